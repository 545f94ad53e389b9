"""The readers of a study: their cases and their progress."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from doubleread.domain.training import training_rounds
from doubleread.read_model.training import attempts_by_reader, training_words
from doubleread.store import StudyFile
from doubleread.store.assignments import assigned_cases
from doubleread.store.log.event_log import PROGRAM
from doubleread.store.participation import is_adjudicator, readers_of_files, withdrawn_readers
from doubleread.store.sqlite.connection import Snapshot


@dataclass(frozen=True, slots=True)
class ReaderProgress:
    """A reader's progress. `left` counts the cases that the reader has still to commit: none once withdrawn.

    `outside_field` counts committed readings whose reader declined the case; `active_seconds` is the time spent on all
    readings, without pauses. `inconsistencies` counts those that the reader confirmed at commits. `repeats` counts
    committed readings of cases that came again. `in_training`: the reader has to pass the training first.
    """

    reader_id: str
    opened: int
    committed: int
    outside_field: int
    left: int
    active_seconds: float
    withdrawn: bool = False
    inconsistencies: int = 0
    repeats: int = 0
    in_training: bool = False

    @property
    def done(self) -> int:
        """How many cases the reader has committed, each repeat counted too."""
        return self.committed + self.repeats


def reader_progress(db: Snapshot) -> Iterator[ReaderProgress]:
    """Yield the progress of each reader, in the order of registration.

    Training and hidden repeats do not count. An adjudicator who was not assigned cases and has opened none is no
    reader. A withdrawn reader has nothing left to read, and what they have committed counts.
    """
    cases = int(db.execute("SELECT count(*) FROM cases").fetchone()[0])
    withdrawn = set(withdrawn_readers(db))
    assigned = {reader_id: len(items) for reader_id, items in assigned_cases(db).items()}
    rows = db.execute(
        "SELECT reader_id, coalesce(sum(repeat = 0), 0) AS opened,"
        " coalesce(sum(repeat = 0 AND committed_at IS NOT NULL), 0) AS committed, count(committed_at) AS done,"
        " coalesce(sum(repeat = 0 AND outside_field AND committed_at IS NOT NULL), 0) AS outside,"
        " coalesce(sum(active_seconds), 0.0) AS seconds,"
        " coalesce(sum(json_array_length(confirmed_inconsistencies)), 0) AS inconsistencies, max(role) AS role"
        " FROM (SELECT id AS reader_id, registered_at, role FROM readers UNION"
        "  SELECT key, value, '' FROM json_each(?) WHERE key NOT IN (SELECT id FROM readers))"
        " LEFT JOIN readings USING (reader_id) GROUP BY reader_id ORDER BY min(registered_at), reader_id",
        [json.dumps(readers_of_files(db))],
    )
    adjudicators = {row["id"] for row in db.execute("SELECT id, role FROM readers") if is_adjudicator(row["role"])}
    for row in rows:
        if row["reader_id"] in adjudicators - assigned.keys() and not row["opened"]:
            continue
        yield ReaderProgress(
            reader_id=row["reader_id"],
            opened=row["opened"],
            committed=row["committed"],
            outside_field=row["outside"],
            left=0 if row["reader_id"] in withdrawn else assigned.get(row["reader_id"], cases) - row["done"],
            active_seconds=row["seconds"],
            inconsistencies=row["inconsistencies"],
            repeats=row["done"] - row["committed"],
            withdrawn=row["reader_id"] in withdrawn,
        )


def progress_with_training(study: StudyFile, readers: Iterable[ReaderProgress]) -> tuple[ReaderProgress, ...]:
    """Return how far readers are, with what training adds: the cases of the current round, and hidden repeats."""
    plan, cases = study.protocol.training, study.training.cases()
    if plan is None or not cases:
        return tuple(readers)
    qualified, attempts = study.training.qualified(), attempts_by_reader(study)
    found = []
    for reader in readers:
        own = attempts.get(reader.reader_id, [])
        trained = {one.case_id for one in own} & {case.id for case in cases}
        if reader.withdrawn:
            found.append(reader)
        elif reader.reader_id not in qualified and not reader.opened:
            current = training_rounds(cases, own, plan)[-1]
            left = len(current.case_ids) - len(current.attempts) + min(plan.hidden_repeats, len(cases))
            found.append(replace(reader, left=reader.left + left, in_training=True))
        else:
            done = len({one.case_id for one in own if one.hidden} & trained)
            left = max(min(plan.hidden_repeats, len(trained)) - done, 0)
            found.append(replace(reader, left=reader.left + left, repeats=reader.repeats + done))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class RegisteredReader:
    """A reader with their progress. `cases` counts different cases, `repeats` those that are repeated.

    `committed` counts readings, repeated ones among them. `assigned` is False if nobody assigned cases to this
    reader, who then reads all; an adjudicator then reads none. `withdrawn_at` is None for those who take part; of a
    withdrawn reader `cases` counts what they have begun. `training` is how far they are with the training in words;
    empty in a study without.
    """

    reader_id: str
    role: str
    qualification: str
    assigned: bool
    cases: int
    repeats: int
    committed: int
    withdrawn_at: str | None = None
    withdrawal_reason: str = ""
    training: str = ""


def registered_readers(study: StudyFile) -> list[RegisteredReader]:
    """Return all readers in the order of registration, then those who so far have only their own file."""
    assigned = study.readers.assigned()
    committed = {
        row["reader_id"]: row["n"]
        for row in study.connection.rows(
            "SELECT reader_id, count(*) AS n FROM readings WHERE committed_at IS NOT NULL GROUP BY reader_id"
        )
    }
    found = []
    training = training_words(study)
    rows = study.connection.rows(
        "SELECT id, role, qualification, withdrawn_at, withdrawal_reason FROM readers ORDER BY registered_at, id"
    ) + study.connection.rows(
        "SELECT value AS id, '' AS role, '' AS qualification, NULL AS withdrawn_at, '' AS withdrawal_reason"
        " FROM json_each(?) WHERE value NOT IN (SELECT readers.id FROM readers)",
        [json.dumps(study.readers.with_own_files())],
    )
    for row in rows:
        reader_id = row["id"]
        reads = reader_id in assigned or reader_id in committed or not is_adjudicator(row["role"])
        items = study.readers.worklist(reader_id) if reads else ()
        if row["withdrawn_at"]:
            items = tuple(study.readers.items_read(reader_id))
        repeats = sum(item.repeat > 0 for item in items)
        counts = (len(items) - repeats, repeats, committed.get(reader_id, 0))
        withdrawal = (row["withdrawn_at"], row["withdrawal_reason"])
        about = (reader_id, row["role"], row["qualification"], reader_id in assigned)
        found.append(RegisteredReader(*about, *counts, *withdrawal, training.get(reader_id, "") if reads else ""))
    return found


def people_of(study: StudyFile) -> list[str]:
    """Return the names of all people of a study: readers, adjudicators, reviewers, and others who decided something."""
    rows = study.connection.rows(
        "SELECT id FROM (SELECT id FROM readers UNION SELECT actor FROM events"
        " UNION SELECT adjudicator_id FROM adjudications UNION SELECT adjudicator_id FROM score_overrides)"
        " WHERE id != ?",
        [PROGRAM],
    )
    return [str(row["id"]) for row in rows]
