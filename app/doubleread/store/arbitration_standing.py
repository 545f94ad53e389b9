"""Which arbitrations stand, and which of them settles a case, where copies of a study came together.

A pure question to the file, like that of the readings (`doubleread.store.standing`), whose tables must be right first:
nobody settles a case that they have read.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from doubleread.domain import events as log
from doubleread.domain.arbitration import Arbitration
from doubleread.domain.arbitration_fold import fold_arbitration
from doubleread.domain.blinding import SIDES
from doubleread.domain.events import Event
from doubleread.domain.versions import Line, lines, weight
from doubleread.errors import InputRefusedError
from doubleread.store.arbitration_checks import check_settlement
from doubleread.store.arbitration_rows import (
    ADJUDICATED_COLUMNS,
    ARBITRATION_COLUMNS,
    OWN_ROWS,
    Row,
    adjudicated_rows,
    arbitration_rows,
    put_rows,
)
from doubleread.store.checks import Texts
from doubleread.store.protocols import known_hashes
from doubleread.store.records import EVENT_COLUMNS, event_from_row
from doubleread.store.split_entry import lost_events
from doubleread.store.standing import CUT_OFF, UNFIT, SetAside, other_version

ArbitrationPlace = tuple[str, str]
"""Arbiter and case."""

_OF_CASE = (
    " AND json_extract(body, '$.arbitration_id') IN (SELECT json_extract(body, '$.arbitration_id') FROM events"
    " WHERE kind = ? AND json_extract(body, '$.case_id') = ?)"
)


@dataclass(frozen=True, slots=True)
class ArbitrationOutcome:
    """What stands for an arbiter and case, with its events, and what does not count there."""

    line: Line = ()
    arbitration: Arbitration | None = None
    aside: tuple[SetAside, ...] = ()

    @property
    def settles(self) -> bool:
        """Whether it was committed, so that it can settle its case."""
        return self.arbitration is not None and self.arbitration.settlement is not None


class ArbitrationStandings:
    """Answers for one state of a file, while `db` shows that state: for one case, or for all."""

    def __init__(self, db: Database, case_id: str | None = None) -> None:
        self._db = db
        self._protocols = known_hashes(db)
        self._lost = lost_events(db)
        self._events: dict[str, list[Event]] = defaultdict(list)
        of_case, values = ("", []) if case_id is None else (_OF_CASE, [log.ARBITRATION_OPENED, case_id])
        rows = db.execute(
            f"SELECT {EVENT_COLUMNS} FROM events WHERE kind IN (SELECT value FROM json_each(?)){of_case}"
            " ORDER BY position",
            [json.dumps(sorted(log.ARBITRATION_KINDS)), *values],
        )
        for event in map(event_from_row, rows.fetchall()):
            self._events[str(event.body.get("arbitration_id"))].append(event)

    def places(self) -> dict[ArbitrationPlace, list[str]]:
        """Return the ids of the arbitrations by arbiter and case: more than one where copies were opened apart."""
        found: dict[ArbitrationPlace, list[str]] = defaultdict(list)
        for arbitration_id, events in self._events.items():
            opened = [place for event in events if (place := _place(event)) is not None]
            if opened:
                # An id is drawn at random, so that two places of one id are somebody's work by hand.
                found[min(opened)].append(arbitration_id)
        return dict(sorted(found.items()))

    def outcome(self, place: ArbitrationPlace, arbitration_ids: Iterable[str]) -> ArbitrationOutcome:
        """Return what stands among the arbitrations of one arbiter and case."""
        candidates: list[Line] = []
        aside: list[SetAside] = []
        for arbitration_id in sorted(arbitration_ids):
            whole, loose = lines(self._events[arbitration_id], self._lost)
            candidates += [line for line in whole if _place(line[0]) == place]
            loose += [event for line in whole if _place(line[0]) != place for event in line]
            if loose:
                aside.append(_aside(place, arbitration_id, loose, CUT_OFF))
        chosen: tuple[Line, Arbitration | None] | None = None
        for line in sorted(candidates, key=weight, reverse=True):
            made = folded_arbitration(line)
            if fault := self.fault(made, line[0]) if made else UNFIT:
                aside.append(_aside(place, _id(line[0]), line, fault))
            elif chosen is None:
                chosen = (line, made)
            else:
                aside.append(other_version(place, _id(line[0]), chosen[0], line, "settled"))
        line, arbitration = chosen or ((), None)
        return ArbitrationOutcome(line, arbitration, tuple(aside))

    def of(self, arbiter_id: str, case_id: str) -> ArbitrationOutcome:
        """Return what stands for an arbiter and case."""
        place = (arbiter_id, case_id)
        return self.outcome(place, self.places().get(place, ()))

    def cases(self) -> Iterator[list[ArbitrationOutcome]]:
        """Yield what stands case by case, in each the one that settles it first, where any does.

        Where two arbiters have settled one case, in copies of the study, the longer arbitration counts.
        """
        by_case: dict[str, list[ArbitrationOutcome]] = defaultdict(list)
        for place, arbitration_ids in self.places().items():
            by_case[place[1]].append(self.outcome(place, arbitration_ids))
        for outcomes in by_case.values():
            standing = [outcome for outcome in outcomes if outcome.line]
            standing.sort(key=lambda outcome: (outcome.settles, weight(outcome.line)), reverse=True)
            yield [*standing, *(outcome for outcome in outcomes if not outcome.line)]

    def settling(self) -> Iterator[Arbitration]:
        """Yield the arbitration that settles each case that is settled."""
        for outcomes in self.cases():
            first = outcomes[0]
            if first.settles and first.arbitration is not None:
                yield first.arbitration

    def aside(self) -> list[SetAside]:
        """Return every event of an arbitration that does not count."""
        found = [self._loose(arbitration_id) for arbitration_id in self._events if self._is_loose(arbitration_id)]
        for outcomes in self.cases():
            found += [item for outcome in outcomes for item in outcome.aside]
            for other in outcomes[1:]:
                if other.settles and other.arbitration is not None:
                    place = (other.arbitration.arbiter_id, other.arbitration.case_id)
                    reason = "another arbiter has settled the case as well, and that counts"
                    found.append(_aside(place, other.arbitration.id, other.line, reason))
        return found

    def standing(self) -> Iterator[Line]:
        """Yield the lines that stand, whether they settle their case or not."""
        for outcomes in self.cases():
            for outcome in outcomes:
                yield outcome.line

    def versions(self) -> Iterator[Line]:
        """Yield every line of every arbitration, standing or not."""
        for events in self._events.values():
            yield from lines(events, self._lost)[0]

    def fault(self, arbitration: Arbitration, opened: Event) -> str:
        """Say why an arbitration cannot stand in this study; "" if it can."""
        if fault := self.on_other_ground(arbitration, opened):
            return fault
        if not self._db.execute("SELECT 1 FROM readers WHERE id = ?", [arbitration.arbiter_id]).fetchone():
            return "its arbiter is not registered"
        read = "SELECT 1 FROM readings WHERE reader_id = ? AND case_id = ? AND committed_at IS NOT NULL"
        if self._db.execute(read, [arbitration.arbiter_id, arbitration.case_id]).fetchone():
            return "its arbiter has read the case"
        return self.settled_wrongly(arbitration)

    def settled_wrongly(self, arbitration: Arbitration) -> str:
        """Say why what an arbitration settles cannot be, in texts that are this study's; "" if it can."""
        about = {decided.answer_id for decided in arbitration.decided.values()} - {None}
        if not about <= set(arbitration.answer_ids.values()):
            return "it decides about an answer that is not part of it"
        if arbitration.settlement is None:
            return ""
        try:
            check_settlement(arbitration.settlement, arbitration.answer_ids, arbitrated_texts(self._db, arbitration))
        except InputRefusedError as error:
            return error.happened
        except (TypeError, AttributeError):
            return UNFIT
        return ""

    def on_other_ground(self, arbitration: Arbitration, opened: Event) -> str:
        """Say why an arbitration was not made on the texts and protocols of this study; "" if it was."""
        body = opened.body
        case = self._db.execute("SELECT sha256 FROM cases WHERE id = ?", [arbitration.case_id]).fetchone()
        if case is None or body.get("case_sha256") != case["sha256"]:
            return "its case is another one here"
        if arbitration.protocol_sha256 not in self._protocols:
            return "it was made under another protocol"
        rows = self._db.execute("SELECT id, sha256 FROM answers WHERE case_id = ?", [arbitration.case_id])
        here = {row["id"]: row["sha256"] for row in rows}
        sides = arbitration.answer_ids
        if set(sides) != set(SIDES) or set(sides.values()) != set(here):
            return "its answers are other ones here"
        if body.get("answer_sha256") != {side: here[answer_id] for side, answer_id in sides.items()}:
            return "its answers have other texts here"
        return ""

    def _is_loose(self, arbitration_id: str) -> bool:
        return all(_place(event) is None for event in self._events[arbitration_id])

    def _loose(self, arbitration_id: str) -> SetAside:
        return _aside(("", ""), arbitration_id, self._events[arbitration_id], CUT_OFF)


def folded_arbitration(line: Line) -> Arbitration | None:
    """Return the arbitration that a line makes, None where its events do not fit together."""
    try:
        arbitration = fold_arbitration(line)
        if arbitration is not None:
            list(arbitration_rows(arbitration, settles=True))
            list(adjudicated_rows(arbitration))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None
    return arbitration


def arbitrated_texts(db: Database, arbitration: Arbitration) -> Texts:
    """Return the texts that the findings of an arbitration point into."""
    case = db.execute("SELECT text FROM cases WHERE id = ?", [arbitration.case_id]).fetchone()
    rows = db.execute("SELECT id, text FROM answers WHERE case_id = ?", [arbitration.case_id])
    return Texts(case["text"], {row["id"]: row["text"] for row in rows})


def put_arbitrations(db: Database, case_id: str | None = None) -> None:
    """Write the rows of what stands and what is settled, for one case or all, inside the caller's transaction."""
    which, values = ("", []) if case_id is None else (" AND case_id = ?", [case_id])
    db.execute(f"DELETE FROM arbitrations WHERE {OWN_ROWS}{which}", values)
    db.execute(f"DELETE FROM adjudicated_findings WHERE 1{which}", values)
    decisions, findings = rows_of(ArbitrationStandings(db, case_id))
    put_rows(db, "arbitrations", ARBITRATION_COLUMNS, iter(decisions))
    put_rows(db, "adjudicated_findings", ADJUDICATED_COLUMNS, iter(findings))


def rows_of(standings: ArbitrationStandings) -> tuple[list[Row], list[Row]]:
    """Return the rows of `arbitrations` and of `adjudicated_findings` that the log makes."""
    decisions: list[Row] = []
    findings: list[Row] = []
    for outcomes in standings.cases():
        for place, outcome in enumerate(outcomes):
            if outcome.arbitration is not None:
                settles = place == 0 and outcome.settles
                decisions += arbitration_rows(outcome.arbitration, settles=settles)
                if settles:
                    findings += adjudicated_rows(outcome.arbitration)
    return decisions, findings


def _place(event: Event) -> ArbitrationPlace | None:
    """Return arbiter and case of an event that opens an arbitration; None for others, and for one without them."""
    if event.kind != log.ARBITRATION_OPENED:
        return None
    arbiter_id, case_id = event.body.get("arbiter_id"), event.body.get("case_id")
    return (arbiter_id, case_id) if isinstance(arbiter_id, str) and isinstance(case_id, str) else None


def _id(opened: Event) -> str:
    return str(opened.body.get("arbitration_id"))


def _aside(place: ArbitrationPlace, arbitration_id: str, events: Sequence[Event], reason: str) -> SetAside:
    return SetAside(*place, arbitration_id, len(events), events[-1].hash, reason)
