"""Which adjudication counts and resolves a case after copies of a study were merged.

The tables of readings must be up to date first: nobody resolves a case that they have read.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from sqlite_utils import Database

from doubleread.domain.adjudication import Adjudication
from doubleread.domain.adjudication_checks import check_adjudicated
from doubleread.domain.blinding import SIDES
from doubleread.domain.branches import Branch, branches, precedence
from doubleread.domain.events import Event
from doubleread.domain.events.adjudications import ADJUDICATION_EVENTS, AdjudicationOpened, fold_adjudication
from doubleread.domain.reading_checks import Texts
from doubleread.errors import InputRefusedError
from doubleread.store.branches.current_readings import CUT_OFF, UNFIT, Superseded, other_branch
from doubleread.store.branches.split_entry import lost_events
from doubleread.store.log.adjudication_rows import (
    Row,
    adjudicated_rows,
    adjudication_rows,
    put_rows,
)
from doubleread.store.passage_sources import text_beside
from doubleread.store.protocols import known_hashes
from doubleread.store.records import EVENT_COLUMNS, criterion_ids, event_from_row

AdjudicationPlace = tuple[str, str]
"""Adjudicator and case."""

_OF_CASE = (
    " AND json_extract(body, '$.adjudication_id') IN (SELECT json_extract(body, '$.adjudication_id') FROM events"
    " WHERE kind = ? AND json_extract(body, '$.case_id') = ?)"
)


@dataclass(frozen=True, slots=True)
class CurrentAdjudication:
    """The adjudication that counts for an adjudicator and case, with its events, and what is superseded."""

    branch: Branch = ()
    adjudication: Adjudication | None = None
    superseded: tuple[Superseded, ...] = ()

    @property
    def resolves(self) -> bool:
        """Whether it was committed, so that it can resolve its case."""
        return self.adjudication is not None and self.adjudication.resolution is not None


class CurrentAdjudications:
    """The adjudications that count in one state of a file, while `db` shows that state: of one case, or of all."""

    def __init__(self, db: Database, case_id: str | None = None) -> None:
        self._db = db
        self._protocols = known_hashes(db)
        self._lost = lost_events(db)
        self._events: dict[str, list[Event]] = defaultdict(list)
        of_case, values = ("", []) if case_id is None else (_OF_CASE, [AdjudicationOpened.kind, case_id])
        rows = db.execute(
            f"SELECT {EVENT_COLUMNS} FROM events WHERE kind IN (SELECT value FROM json_each(?)){of_case}"
            " ORDER BY position",
            [json.dumps(list(ADJUDICATION_EVENTS)), *values],
        )
        for event in map(event_from_row, rows.fetchall()):
            self._events[str(event.body.get("adjudication_id"))].append(event)

    def places(self) -> dict[AdjudicationPlace, list[str]]:
        """Return the ids of the adjudications by adjudicator and case: several where copies opened it independently."""
        found: dict[AdjudicationPlace, list[str]] = defaultdict(list)
        for adjudication_id, events in self._events.items():
            opened = [place for event in events if (place := _place(event)) is not None]
            if opened:
                # Ids are random, so that an id in two places was forged.
                found[min(opened)].append(adjudication_id)
        return dict(sorted(found.items()))

    def outcome(self, place: AdjudicationPlace, adjudication_ids: Iterable[str]) -> CurrentAdjudication:
        """Return what counts among the adjudications of one adjudicator and case."""
        candidates: list[Branch] = []
        superseded: list[Superseded] = []
        for adjudication_id in sorted(adjudication_ids):
            whole, loose = branches(self._events[adjudication_id], self._lost)
            candidates += [branch for branch in whole if _place(branch[0]) == place]
            loose += [event for branch in whole if _place(branch[0]) != place for event in branch]
            if loose:
                superseded.append(_superseded(place, adjudication_id, loose, CUT_OFF))
        chosen: tuple[Branch, Adjudication | None] | None = None
        for branch in sorted(candidates, key=precedence, reverse=True):
            made = folded_adjudication(branch)
            if fault := self.fault(made, branch[0]) if made else UNFIT:
                superseded.append(_superseded(place, _id(branch[0]), branch, fault))
            elif chosen is None:
                chosen = (branch, made)
            else:
                superseded.append(other_branch(place, _id(branch[0]), chosen[0], branch, "resolved"))
        branch, adjudication = chosen or ((), None)
        return CurrentAdjudication(branch, adjudication, tuple(superseded))

    def of(self, adjudicator_id: str, case_id: str) -> CurrentAdjudication:
        """Return what counts for an adjudicator and case."""
        place = (adjudicator_id, case_id)
        return self.outcome(place, self.places().get(place, ()))

    def cases(self) -> Iterator[list[CurrentAdjudication]]:
        """Yield what counts case by case, the adjudication that resolves the case first.

        If two adjudicators have resolved one case, in copies of the study, the longer adjudication counts.
        """
        by_case: dict[str, list[CurrentAdjudication]] = defaultdict(list)
        for place, adjudication_ids in self.places().items():
            by_case[place[1]].append(self.outcome(place, adjudication_ids))
        for outcomes in by_case.values():
            counting = [outcome for outcome in outcomes if outcome.branch]
            counting.sort(key=lambda outcome: (outcome.resolves, precedence(outcome.branch)), reverse=True)
            yield [*counting, *(outcome for outcome in outcomes if not outcome.branch)]

    def resolving(self) -> Iterator[Adjudication]:
        """Yield the adjudication that resolves each case that is resolved."""
        for outcomes in self.cases():
            first = outcomes[0]
            if first.resolves and first.adjudication is not None:
                yield first.adjudication

    def superseded(self) -> list[Superseded]:
        """Return the events of adjudications that do not count."""
        found = [self._loose(adjudication_id) for adjudication_id in self._events if self._is_loose(adjudication_id)]
        for outcomes in self.cases():
            found += [item for outcome in outcomes for item in outcome.superseded]
            for other in outcomes[1:]:
                if other.resolves and other.adjudication is not None:
                    place = (other.adjudication.adjudicator_id, other.adjudication.case_id)
                    reason = "another adjudicator also resolved the case, and their adjudication counts"
                    found.append(_superseded(place, other.adjudication.id, other.branch, reason))
        return found

    def counting(self) -> Iterator[Branch]:
        """Yield the branches that count, whether they resolve their case or not."""
        for outcomes in self.cases():
            for outcome in outcomes:
                yield outcome.branch

    def all_branches(self) -> Iterator[Branch]:
        """Yield every branch of every adjudication, whether it counts or not."""
        for events in self._events.values():
            yield from branches(events, self._lost)[0]

    def fault(self, adjudication: Adjudication, opened: Event) -> str:
        """Return why an adjudication cannot count in this study; "" if it can."""
        if fault := self.on_other_ground(adjudication, opened):
            return fault
        if not self._db.execute("SELECT 1 FROM readers WHERE id = ?", [adjudication.adjudicator_id]).fetchone():
            return "its adjudicator is not registered"
        read = "SELECT 1 FROM readings WHERE reader_id = ? AND case_id = ? AND committed_at IS NOT NULL"
        if self._db.execute(read, [adjudication.adjudicator_id, adjudication.case_id]).fetchone():
            return "its adjudicator has read the case"
        return self.resolved_wrongly(adjudication)

    def resolved_wrongly(self, adjudication: Adjudication) -> str:
        """Return why an adjudication on this study's texts cannot resolve what it does; "" if it can."""
        about = {decided.answer_id for decided in adjudication.decided.values()} - {None}
        if not about <= set(adjudication.answer_ids.values()):
            return "it decides about an answer that does not belong to it"
        if adjudication.resolution is None:
            return ""
        try:
            check_adjudicated(
                adjudication.resolution, adjudication.answer_ids, adjudicated_texts(self._db, adjudication)
            )
        except InputRefusedError as error:
            return error.happened
        except (TypeError, AttributeError):
            return UNFIT
        return ""

    def on_other_ground(self, adjudication: Adjudication, opened: Event) -> str:
        """Return why an adjudication was not made on the texts and protocols of this study; "" if it was."""
        body = opened.body
        case = self._db.execute("SELECT sha256 FROM cases WHERE id = ?", [adjudication.case_id]).fetchone()
        if case is None or body.get("case_sha256") != case["sha256"]:
            return "its case differs in this study"
        if adjudication.protocol_sha256 not in self._protocols:
            return "it was made under a different protocol"
        first = "SELECT id, sha256 FROM answers WHERE case_id = ? AND sample = 0"
        rows = self._db.execute(first, [adjudication.case_id])
        here = {row["id"]: row["sha256"] for row in rows}
        sides = adjudication.answer_ids
        if set(sides) != set(SIDES) or set(sides.values()) != set(here):
            return "its answers differ in this study"
        if body.get("answer_sha256") != {side: here[answer_id] for side, answer_id in sides.items()}:
            return "its answers have different texts in this study"
        return ""

    def _is_loose(self, adjudication_id: str) -> bool:
        return all(_place(event) is None for event in self._events[adjudication_id])

    def _loose(self, adjudication_id: str) -> Superseded:
        return _superseded(("", ""), adjudication_id, self._events[adjudication_id], CUT_OFF)


def folded_adjudication(branch: Branch) -> Adjudication | None:
    """Return the adjudication of a branch, None if its events do not fit together."""
    try:
        adjudication = fold_adjudication(branch)
        if adjudication is not None:
            list(adjudication_rows(adjudication, resolves=True))
            list(adjudicated_rows(adjudication))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None
    return adjudication


def adjudicated_texts(db: Database, adjudication: Adjudication) -> Texts:
    """Return the texts that the annotations of an adjudication point into."""
    case = db.execute("SELECT text, parts FROM cases WHERE id = ?", [adjudication.case_id]).fetchone()
    rows = db.execute("SELECT id, text FROM answers WHERE case_id = ? AND sample = 0", [adjudication.case_id])
    answers = {row["id"]: row["text"] for row in rows}
    return Texts(case["text"], answers, partial(text_beside, db, adjudication.case_id), criterion_ids(case))


def put_adjudications(db: Database, case_id: str | None = None) -> None:
    """Write the rows of what counts and what is resolved, for one case or all, inside the caller's transaction."""
    which, values = ("", []) if case_id is None else (" WHERE case_id = ?", [case_id])
    db.execute(f"DELETE FROM adjudications{which}", values)
    db.execute(f"DELETE FROM adjudicated_annotations{which}", values)
    decisions, annotations = rows_of(CurrentAdjudications(db, case_id))
    put_rows(db, "adjudications", iter(decisions))
    put_rows(db, "adjudicated_annotations", iter(annotations))


def rows_of(current: CurrentAdjudications) -> tuple[list[Row], list[Row]]:
    """Return the rows of `adjudications` and of `adjudicated_annotations` that follow from the log."""
    decisions: list[Row] = []
    annotations: list[Row] = []
    for outcomes in current.cases():
        for place, outcome in enumerate(outcomes):
            if outcome.adjudication is not None:
                resolves = place == 0 and outcome.resolves
                decisions += adjudication_rows(outcome.adjudication, resolves=resolves)
                if resolves:
                    annotations += adjudicated_rows(outcome.adjudication)
    return decisions, annotations


def _place(event: Event) -> AdjudicationPlace | None:
    """Return adjudicator and case of an event that opens an adjudication; None for others, and for one without them."""
    if event.kind != AdjudicationOpened.kind:
        return None
    adjudicator_id, case_id = event.body.get("adjudicator_id"), event.body.get("case_id")
    return (adjudicator_id, case_id) if isinstance(adjudicator_id, str) and isinstance(case_id, str) else None


def _id(opened: Event) -> str:
    return str(opened.body.get("adjudication_id"))


def _superseded(place: AdjudicationPlace, adjudication_id: str, events: Sequence[Event], reason: str) -> Superseded:
    return Superseded(*place, adjudication_id, len(events), events[-1].hash, reason)
