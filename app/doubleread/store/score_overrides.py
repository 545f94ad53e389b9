"""Decisions on automatic scores: which one on an answer is in force, and its row in `score_overrides`."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlite_utils import Database

from doubleread.domain.bond import BondGrade
from doubleread.domain.branches import Branch
from doubleread.domain.events import Event
from doubleread.domain.events.decisions import decisions
from doubleread.domain.events.scores import ScoreOverridden
from doubleread.domain.score_override import ScoreOverride, misfit, override_from_body
from doubleread.store.log.event_log import events_of
from doubleread.store.log.projections import readers_of_log
from doubleread.store.records import EVENT_COLUMNS, Row, case_from_row, event_from_row
from doubleread.store.sqlite.schema import COLUMNS

_COLUMNS = COLUMNS["score_overrides"]
_PUT = f"INSERT INTO score_overrides ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"


class ScoreOverrides:
    """The decisions on scores in one state of a file, while `db` shows that state."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._readers = frozenset(readers_of_log(db))

    def of(self, answer_id: str) -> Branch:
        """Return the decisions on one answer that count, the one in force last."""
        rows = self._db.execute(
            f"SELECT {EVENT_COLUMNS} FROM events WHERE kind = ? AND json_extract(body, '$.answer_id') = ?"
            " ORDER BY position",
            [ScoreOverridden.kind, answer_id],
        )
        return self._branch([event_from_row(row) for row in rows.fetchall()])

    def all(self) -> dict[str, Branch]:
        """Return the decisions that count, by answer."""
        return {
            answer_id: branch for answer_id, events in self._by_answer().items() if (branch := self._branch(events))
        }

    def superseded(self) -> list[tuple[str, str, list[Event], str]]:
        """Return adjudicator, case and events that do not count, with the reason, for each answer that has any."""
        found: list[tuple[str, str, list[Event], str]] = []
        for events in self._by_answer().values():
            counting = {event.hash for event in self._branch(events)}
            loose = [event for event in events if event.hash not in counting]
            if loose:
                last = loose[-1]
                why = self.fault(last) or "the score was reviewed in two copies of the study; the other decision counts"
                found.append((str(last.body.get("adjudicator_id", "")), str(last.body.get("case_id", "")), loose, why))
        return found

    def fault(self, event: Event) -> str:
        """Return why a decision does not count in this file; "" if it does."""
        return self.contradiction(event) or self._not_here(override_from_body(event.body))

    def contradiction(self, event: Event) -> str:
        """Return why a decision can count in no file of this study; "" if it can."""
        try:
            overridden = ScoreOverridden.from_body(event.body)
        except ValueError as error:
            return str(error)
        if fault := overridden.check(event):
            return fault
        override = overridden.override
        row = self._db.execute("SELECT * FROM cases WHERE id = ?", [override.case_id]).fetchone()
        return misfit(override, case_from_row(row)) if row else f"the study has no case {override.case_id!r}"

    def _not_here(self, override: ScoreOverride) -> str:
        if override.adjudicator_id not in self._readers:
            return f"{override.adjudicator_id} is not registered"
        first = "SELECT case_id, sha256 FROM answers WHERE id = ? AND sample = 0"
        row = self._db.execute(first, [override.answer_id]).fetchone()
        if row is None:
            return "its answer is not in this file"
        if tuple(row) != (override.case_id, override.answer_sha256):
            return "its answer differs in this study"
        return ""

    def _branch(self, events: list[Event]) -> Branch:
        return decisions(events, lambda event: not self.fault(event))

    def _by_answer(self) -> dict[str, list[Event]]:
        found: dict[str, list[Event]] = defaultdict(list)
        for event in events_of(self._db, ScoreOverridden):
            found[str(event.body.get("answer_id"))].append(event)
        return found


def override_row(event: Event) -> dict[str, Any] | None:
    """Return the row of the decision in force; None if it withdraws the previous one."""
    override = override_from_body(event.body)
    if override.ruling is None:
        return None
    return {**override.as_body(), "id": event.id, "decided_at": event.at}


def override_from_row(row: Row) -> ScoreOverride:
    """Rebuild a decision. Raises ValueError, TypeError or KeyError if the row was damaged."""
    values = {name: row[name] for name in _COLUMNS if name != "id"}
    return ScoreOverride(**values | {"grade": None if row["grade"] is None else BondGrade(row["grade"])})


def override_rows(db: Database) -> dict[str, dict[str, Any]]:
    """Return the rows that follow from the log, by id."""
    rows = (override_row(branch[-1]) for branch in ScoreOverrides(db).all().values())
    return {row["id"]: row for row in rows if row is not None}


def put_override(db: Database, event: Event) -> None:
    """Write the row of the decision that is in force now on its answer, inside the caller's transaction."""
    db.execute("DELETE FROM score_overrides WHERE answer_id = ?", [event.body["answer_id"]])
    row = override_row(event)
    if row is not None:
        db.execute(_PUT, [row[column] for column in _COLUMNS])


def put_overrides(db: Database) -> None:
    """Rewrite all rows, inside the caller's transaction."""
    db.execute("DELETE FROM score_overrides")
    for row in override_rows(db).values():
        db.execute(_PUT, [row[column] for column in _COLUMNS])


def override_faults(db: Database) -> tuple[int, list[str]]:
    """Return how many answers have a decision, and where the table differs from the log."""
    made = override_rows(db)
    kept = {row["id"]: row for row in db.execute("SELECT * FROM score_overrides")}
    faults = [
        f"reviewed score {row_id}: the table differs from the log"
        for row_id in sorted(made.keys() | kept.keys())
        if row_id not in made
        or row_id not in kept
        or any(kept[row_id][column] != made[row_id][column] for column in _COLUMNS)
    ]
    return len(made), faults
