"""A reader's own file: the cases, both answers of each, and this reader's readings so far. It names no model.

The file omits whatever could reveal which model wrote which answer: names, hashes and files of the models, manifests,
times, the log of the generation, and the secret that randomises the sides. It has a secret of its own, and assigns the
two answers of each case to two unnamed models so that this secret gives the same sides as the study's. Each unnamed
model therefore has answers of both. If an answer names its model, the file says which spans are redacted, but not
why; the answers themselves are complete. `merge` adds the reader's work to the study: answers keep their ids.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from doubleread.domain.arm import Arm
from doubleread.domain.blinding import SIDES, randomised_sides
from doubleread.domain.blinding_assessment import asked_role
from doubleread.domain.events import GENESIS
from doubleread.domain.events.readers import ReaderRegistered
from doubleread.domain.events.study import SplitCreated
from doubleread.domain.events.training import (
    BackgroundStated,
    ReaderQualified,
    TrainingActed,
    TrainingAttempted,
    TrainingSetChosen,
    qualified_of,
)
from doubleread.domain.hashes import canonical_json, text_sha256
from doubleread.domain.redaction import names_to_redact, redaction, words_of
from doubleread.domain.retrieval import given_passages
from doubleread.domain.study import Protocol
from doubleread.errors import StudyFileError
from doubleread.parallel import Helpers, batched
from doubleread.progress import Progress, untold
from doubleread.store.assignments import assigned_cases
from doubleread.store.branches.current_readings import CurrentReadings
from doubleread.store.branches.resolutions import carried_choices
from doubleread.store.branches.split_entry import created_event, sealed, split_secret
from doubleread.store.files.file_key import FileKey
from doubleread.store.log.event_log import PROGRAM, EventLog, copying_events, entry_of, events_of
from doubleread.store.log.event_texts import loaded
from doubleread.store.log.projections import TABLES_OF_READINGS
from doubleread.store.log.rebuild import rebuild
from doubleread.store.log.verify import examine
from doubleread.store.participation import check_taking_part
from doubleread.store.protocols import later_protocols
from doubleread.store.records import arm_row, case_from_row, marks
from doubleread.store.scores import PRIMARY_SCORES
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.creation import answers_sha256, cases_sha256, new_file
from doubleread.store.sqlite.filling import bare_tables
from doubleread.store.sqlite.migrations import migrate
from doubleread.store.sqlite.schema import COLUMNS, PROTECTED_TABLES
from doubleread.store.study_file import StudyFile

_OWN = (ReaderRegistered, TrainingActed, TrainingAttempted, BackgroundStated)
"""The events about a reader, besides those of readings, that their own file carries."""

_CHECKED = frozenset({"triggers", "integrity", "foreign keys", "chain", "settings and cases", "answers", "quotes"})
"""The checks of a new file. Its projections were made from its log a moment before."""

_COPIED = PROTECTED_TABLES | {"scores"}
_KEPT_OF_ANSWERS = ("id", "case_id", "text", "sha256")
_CASES_AT_ONCE = 100
_MANY_CASES = 2000

_ToRedact = tuple[tuple[tuple[str, ...], tuple[str, ...]], list[tuple[dict[str, Any], list[tuple[str, str]]]]]
"""See `spans_to_redact`."""


@dataclass(frozen=True, slots=True)
class Split:
    """What was written: cases, cases that lack an answer, and readings that the reader had already begun.

    `differing` counts the cases of a consensus round.
    """

    out: Path
    cases: int
    unanswered: int
    readings: int
    differing: int = 0


def split(
    study: StudyFile,
    reader_id: str,
    out: Path,
    *,
    key: FileKey | None = None,
    progress: Progress = untold,
    others: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> Split:
    """Write a reader's own file, encrypted with `key` if there is one, and record it in the study.

    For a consensus round it carries `others`: see `SplitCreated`.

    Raises StudyFileError if the study is such a file itself, has no case with both answers, or `out` cannot be
    written, InputRefusedError for a reader who was withdrawn. Then no file is left.
    """
    if study.split_reader is not None:
        raise StudyFileError(
            "Nothing split", f"{study.path} is {study.split_reader}'s own file", "split the original study"
        )
    with study.connection.snapshot() as db:
        check_taking_part(db, reader_id, "Nothing split")
    cases = study.case_ids()
    unanswered = {case_id for case_id, _ in study.answers.missing()}
    if len(unanswered) == len(cases):
        external = all(arm.external for arm in study.arms())
        command = f"import-answers {study.path} FILE --arm NAME" if external else f"run {study.path}"
        raise StudyFileError("Nothing split", "no case has both answers yet", f"doubleread {command}, then split")
    split_id = str(uuid.uuid4())
    progress("Copying", 0, 1)
    with new_file(out) as temporary:
        with closing(Connection(temporary, key=key)) as connection, Helpers() as helpers:
            # Each row changes pages all over the indexes, of which SQLite first copies every one to a temporary file.
            connection.db.execute("PRAGMA temp_store = MEMORY")
            # References are checked below, all at once.
            connection.db.execute("PRAGMA foreign_keys = OFF")
            if len(cases) >= _MANY_CASES:
                helpers.start()
            with study.connection.snapshot() as source, connection.transaction() as db:
                migrate(db)
                log = EventLog(connection, f"split:{split_id}")
                _fill(source, db, log, study, reader_id, split_id, others or {}, helpers)
            faults = [fault for check in examine(connection, _CHECKED, progress, helpers) for fault in check.faults]
            readings: int = connection.rows("SELECT count(*) FROM readings")[0][0]
        if faults:
            raise StudyFileError("Nothing split", f"the new file is incomplete ({faults[0]})", "check the disk")
        study.record_split(split_id, reader_id)
    return Split(out, len(cases), len(unanswered), readings, len(others or {}))


def _fill(
    source: Database,
    db: Database,
    events: EventLog,
    study: StudyFile,
    reader_id: str,
    split_id: str,
    others: Mapping[str, Sequence[Mapping[str, Any]]],
    helpers: Helpers,
) -> None:
    secret = split_secret(study.secret, split_id, reader_id)
    kept = ("study_id", "created_at", "protocol", "protocol_sha256")
    meta = {row["key"]: row["value"] for row in source.execute("SELECT key, value FROM meta") if row["key"] in kept}
    meta |= {"secret": secret.hex(), "split_id": split_id, "split_reader": reader_id}
    db.table("meta").insert_all({"key": key, "value": value} for key, value in meta.items())
    arms = [Arm(f"{split_id}-{number}", f"arm {number} of this file") for number in (1, 2)]
    db.table("arms").insert_all(arm_row(arm, position) for position, arm in enumerate(arms))
    with bare_tables(db, _COPIED):
        copying = _copying_events(source, db, reader_id)
        texts = _copy_texts(source, db, study, reader_id, secret, arms, helpers, copying)
        _copy_primary_scores(source, db, {answer_id for answer_id, _, _ in texts.answers})
    absent = db.execute(
        "SELECT DISTINCT prev_hash FROM events WHERE prev_hash <> ? AND prev_hash NOT IN (SELECT hash FROM events)"
        " ORDER BY prev_hash",
        [GENESIS],
    )
    # Reasons of what was decided stay out: they may name a model.
    created = SplitCreated(
        study_id=study.study_id,
        created=created_event(source, study.study_id).hash,
        split_id=split_id,
        reader_id=reader_id,
        protocol_sha256=study.first_protocol_sha256,
        secret_sha256=text_sha256(secret.hex()),
        cases=len(texts.cases),
        cases_sha256=cases_sha256(texts.cases),
        answers_sha256=answers_sha256(texts.answers),
        arms=[arm.summary() for arm in arms],
        redactions=texts.redactions,
        absent=[row[0] for row in absent],
        asks=sealed(secret, role) if (role := asked_role(study.arms())) else "",
        protocols=later_protocols(source),
        assigned=list(assigned_cases(source).get(reader_id, ())),
        resolved=carried_choices(source, reader_id),
        qualified=reader_id in qualified_of(events_of(source, ReaderQualified)),
        others=others,
    )
    events.record(db, entry_of(PROGRAM, created))
    with bare_tables(db, TABLES_OF_READINGS):
        rebuild(db, helpers)


@dataclass(slots=True)
class _Texts:
    """What was copied: cases with their hashes, answers with their cases and hashes, and where these name models."""

    cases: list[tuple[str, str]] = field(default_factory=list)
    answers: list[tuple[str, str, str]] = field(default_factory=list)
    redactions: dict[str, list[list[int]]] = field(default_factory=dict)


def _copy_texts(
    source: Database,
    db: Database,
    study: StudyFile,
    reader_id: str,
    secret: bytes,
    arms: list[Arm],
    helpers: Helpers,
    meanwhile: Iterator[object],
) -> _Texts:
    """Copy the cases and their first answers, in the order of cases and sides.

    Helpers find what is to be redacted. While they do so, this process takes the steps of `meanwhile`, all of them.
    """
    originals = study.arms()
    names = names_to_redact(originals)
    texts = _Texts()

    def chunks() -> Iterator[_ToRedact]:
        for part in batched(map(dict, source.execute("SELECT * FROM cases ORDER BY position")), _CASES_AT_ONCE):
            first = _first_answers(source, [case["id"] for case in part])
            answers = [
                _answers(first[case["id"]], study, originals, reader_id, case["id"], secret, arms) for case in part
            ]
            _insert(db, "cases", part)
            _insert(db, "answers", [row for rows in answers for row in rows])
            texts.cases += [(case["id"], case["sha256"]) for case in part]
            texts.answers += [(row["id"], row["case_id"], row["sha256"]) for rows in answers for row in rows]
            shown = [[(row["id"], row["text"]) for row in rows] for rows in answers]
            next(meanwhile, None)
            yield names, list(zip(part, shown, strict=True))

    # The file has no names with which to find what is to be redacted.
    for found in helpers.map(spans_to_redact, chunks()):
        texts.redactions |= found
    for _ in meanwhile:
        pass
    return texts


def _first_answers(source: Database, case_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the first answers of some cases by case and arm."""
    found: dict[str, dict[str, Any]] = {case_id: {} for case_id in case_ids}
    for row in source.execute(f"SELECT * FROM answers WHERE case_id IN {marks(case_ids)} AND sample = 0", case_ids):
        found[row["case_id"]][row["arm_id"]] = row
    return found


def _answers(
    found: Mapping[str, Any],
    study: StudyFile,
    originals: Sequence[Arm],
    reader_id: str,
    case_id: str,
    secret: bytes,
    arms: list[Arm],
) -> list[dict[str, Any]]:
    """Return the rows of a case's first answers in the order of the sides, each with the unnamed model of its side.

    `found` has the first answers by arm. A case that lacks an answer has none: which of the two is missing could tell
    them apart.
    """
    if len(found) < len(SIDES):
        return []
    there = randomised_sides(study.secret, reader_id, case_id)
    here = randomised_sides(secret, reader_id, case_id)
    rows = [(position, found[originals[original].id]) for position, original in sorted(zip(here, there, strict=True))]
    return [
        {
            **{name: row[name] for name in _KEPT_OF_ANSWERS},
            "arm_id": arms[position].id,
            "started_at": "",
            "finished_at": "",
            # The text shows whether an answer was cut off, but not where it came from.
            "finish_reason": "length" if row["finish_reason"] == "length" else "stop",
            "manifest": _manifest(row["manifest"], study.protocol),
            "reasoning": "",
            "sample": 0,
        }
        for position, row in rows
    ]


def spans_to_redact(chunk: _ToRedact) -> dict[str, list[list[int]]]:
    """Return where answers name their models, by answer id.

    A chunk has the names of models and makers, and rows of cases, each with its answers' ids and texts.
    """
    names, cases = chunk
    wanted = redaction(*names)
    found: dict[str, list[list[int]]] = {}
    for case, answers in cases:
        ordinary = words_of(case_from_row(case)) if answers else frozenset()
        for answer_id, text in answers:
            if spans := wanted.spans(text, ordinary):
                found[answer_id] = [[span.start, span.end] for span in spans]
    return found


def _insert(db: Database, table: str, rows: Iterable[dict[str, Any]]) -> None:
    columns = COLUMNS[table]
    quoted = ", ".join(f'"{column}"' for column in columns)
    sql = f"INSERT INTO {table} ({quoted}) VALUES ({', '.join(f':{column}' for column in columns)})"
    db.conn.executemany(sql, rows)


def _copy_primary_scores(source: Database, db: Database, answer_ids: set[str]) -> None:
    """Write the scores that the reader may see after the commit, without their versions.

    Only models on this machine get alternative scores, and answers that came at different times may have been scored by
    different versions.
    """
    rows = (row for row in map(dict, source.execute(PRIMARY_SCORES)) if row["answer_id"] in answer_ids)
    _insert(db, "scores", ({**row, "id": None, "version": ""} for row in rows))


def _manifest(manifest: str, protocol: Protocol) -> str:
    """Return what a reader's own file keeps of a manifest: passages that the reader sees while reading."""
    passages = given_passages(loaded(manifest))
    if protocol.show_passages != "blind" or not passages:
        return "{}"
    return canonical_json({"retrieval": {"passages": [passage.as_record() for passage in passages]}})


def _copying_events(source: Database, db: Database, reader_id: str) -> Iterator[int]:
    """Copy the events of this reader's readings, training and registration, in the order of the study, step by step.

    The training cases are carried too. A qualification is not: its reason may name a model.
    """
    opened = [
        reading_id
        for (whose, _, _), reading_ids in CurrentReadings(source).places().items()
        if whose == reader_id
        for reading_id in reading_ids
    ]
    return copying_events(
        source,
        db,
        # The sign keeps SQLite from collecting the rows by its index, and then sorting all of them.
        "(+reading_id IN (SELECT value FROM json_each(?))"
        " OR (kind IN (SELECT value FROM json_each(?)) AND json_extract(body, '$.reader_id') = ?) OR +kind = ?)",
        [json.dumps(opened), json.dumps([kind.kind for kind in _OWN]), reader_id, TrainingSetChosen.kind],
    )
