"""Check thoroughly that a study file is what was recorded, without changing it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from doubleread.domain.annotation import ANSWER, CASE_SOURCE
from doubleread.domain.events import Event, chain_faults
from doubleread.domain.events.answers import AnswerRecorded
from doubleread.domain.events.readings import READING_EVENTS
from doubleread.domain.events.study import SplitCreated, StudyCreated
from doubleread.domain.hashes import canonical_json, json_sha256, text_sha256
from doubleread.domain.wording import plural, verb
from doubleread.errors import DoublereadError, StudyDamagedError
from doubleread.store.branches.current_adjudications import CurrentAdjudications, rows_of
from doubleread.store.branches.current_readings import CurrentReadings, loose_readings, overrides_superseded
from doubleread.store.branches.resolutions import choice_faults
from doubleread.store.branches.split_entry import absent_events, split_event
from doubleread.store.log.event_log import chain_heads, events_of
from doubleread.store.log.projections import PARTS, Rows, readers_of_log
from doubleread.store.log.verify_report import Check, VerifyReport
from doubleread.store.passage_sources import text_beside
from doubleread.store.protocols import protocol_faults, protocols_in_order
from doubleread.store.records import (
    ARMS,
    EVENT_COLUMNS,
    MODELS,
    answer_from_row,
    arms_from_rows,
    case_from_row,
    event_from_row,
)
from doubleread.store.score_overrides import override_faults
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.creation import answers_sha256, cases_sha256
from doubleread.store.sqlite.faults import intact
from doubleread.store.sqlite.opening import opened_to_look, schema_faults
from doubleread.store.sqlite.schema import COLUMNS
from doubleread.store.sqlite.state import study_state
from doubleread.store.training_set import training_faults

_SHOWN = 20
_PART_NOUNS = {"sentences": ("sentence", "sentences"), "criteria": ("criterion", "criteria")}
_READERS = f"SELECT {', '.join(COLUMNS['readers'])} FROM readers"


def verify(path: Path) -> VerifyReport:
    """Check a study file thoroughly. What is wrong with the file is in the report, never raised.

    Each check looks at one state of the file; another program may write between two checks. An interrupted write is
    rolled back in a copy, as the next opening will do in the file itself.
    """
    checks: list[Check] = []
    heads: dict[str, tuple[int, str]] = {}
    state = ""
    obstacle: DoublereadError | None = None
    try:
        with opened_to_look(path) as (connection, how):
            checks.append(Check("open", how))
            checks.extend(examine(connection))
            with contextlib.suppress(DoublereadError):
                heads = chain_heads(connection)
                state = study_state(connection)
    except StudyDamagedError as error:
        checks.append(Check("open" if not checks else "reading", str(path), (error.happened,), unreadable=True))
    except DoublereadError as error:
        obstacle = error
    return VerifyReport(path, tuple(checks), heads, state, obstacle)


def examine(connection: Connection, names: frozenset[str] | None = None) -> Iterator[Check]:
    """Yield every check except that of the opening, or those with these names, of an open file.

    Raises StudyFileError if the file cannot be read for another reason than damage.
    """
    questions = {"triggers": lambda _: _triggers(connection), **_QUESTIONS}
    for name, question in questions.items():
        if names is None or name in names:
            yield _asked(name, question, connection)


def _asked(name: str, question: Callable[[Database], tuple[str, list[str]]], connection: Connection) -> Check:
    try:
        with intact(connection.path, f"what {name} looks at"), connection.snapshot() as db:
            seen, faults = question(db)
    except StudyDamagedError as error:
        return Check(name, "not fully checked", (f"cannot be fully read ({error.happened})",), unreadable=True)
    more = [f"and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
    return Check(name, seen, (*faults[:_SHOWN], *more))


def _integrity(db: Database) -> tuple[str, list[str]]:
    # Whether each page of an encrypted file is signed; a plain file returns no row.
    if unsigned := [str(row[0]) for row in db.execute("PRAGMA cipher_integrity_check")]:
        return "pages", unsigned
    found = [row[0] for row in db.execute(f"PRAGMA integrity_check({_SHOWN + 1})")]
    return "pages and indexes", [] if found == ["ok"] else found


def _foreign_keys(db: Database) -> tuple[str, list[str]]:
    rows = db.execute("PRAGMA foreign_key_check").fetchall()
    return "references", [f"{row[0]}, row {row[1]}: refers to a missing row of {row[2]}" for row in rows]


def _triggers(connection: Connection) -> tuple[str, list[str]]:
    return "tables and the triggers that protect records", schema_faults(connection)


def _chain(db: Database) -> tuple[str, list[str]]:
    faults: list[str] = []
    count = 0

    def events() -> Iterator[Event]:
        nonlocal count
        for row in db.execute(f"SELECT {EVENT_COLUMNS}, reading_id FROM events ORDER BY device, seq, hash"):
            event = event_from_row(row)
            count += 1
            named = event.body.get("reading_id") if event.kind in READING_EVENTS else None
            if row["body"] != canonical_json(event.body) or row["reading_id"] != named:
                faults.append(f"event {event.seq} of device {event.device}: not in canonical form")
            yield event

    absent = absent_events(db)
    chained = chain_faults(events(), absent)
    order = db.execute(
        "SELECT count(*) FROM events b JOIN events a ON a.device = b.device AND a.seq = b.seq - 1"
        " AND a.hash = b.prev_hash WHERE b.position < a.position AND a.hash NOT IN (SELECT value FROM json_each(?))",
        [json.dumps(sorted(absent))],
    ).fetchone()[0]
    if order:
        faults.append(f"{plural(order, 'event')} {verb(order, 'comes', 'come')} before the event that precedes it")
    forks = db.execute(
        "SELECT count(*) FROM (SELECT 1 FROM events GROUP BY device, prev_hash HAVING count(*) > 1)"
    ).fetchone()[0]
    seen = plural(count, "event") + (
        f", {plural(forks, 'fork')} where copies were written independently" if forks else ""
    )
    return seen + (f", {plural(len(absent), 'gap')} that the log itself records" if absent else ""), chained + faults


def _settings(db: Database) -> tuple[str, list[str]]:
    created = split_event(db) or next((StudyCreated.from_body(e.body) for e in events_of(db, StudyCreated)), None)
    if created is None:
        return "settings, cases, arms", [f"the event {StudyCreated.kind} is missing"]
    meta = {row["key"]: row["value"] for row in db.execute("SELECT key, value FROM meta")}
    faults: list[str] = []
    if json_sha256(json.loads(meta["protocol"])) != meta["protocol_sha256"]:
        faults.append("the protocol was changed")
    faults += protocol_faults(db)
    pairs: list[tuple[str, str]] = []
    for case_row in db.execute("SELECT * FROM cases ORDER BY position"):
        case = case_from_row(case_row)
        pairs.append((case.id, case_row["sha256"]))
        if case.sha256 != case_row["sha256"]:
            faults.append(f"case {case.id}: its content was changed")
    arms = [arm.summary() for arm in arms_from_rows(db.execute(ARMS), db.execute(MODELS))]
    faults += created.check(
        {
            "study_id": meta["study_id"],
            "protocol_sha256": meta["protocol_sha256"],
            "secret_sha256": text_sha256(meta["secret"]),
            "cases": len(pairs),
            "cases_sha256": cases_sha256(pairs),
            "arms": arms,
        }
    )
    versions = len(protocols_in_order(db))
    settings = "settings" if versions == 1 else f"settings, {versions} versions of the protocol"
    return f"{settings}, {plural(len(pairs), 'case')}, {plural(len(arms), 'arm')}", faults


def _answers(db: Database) -> tuple[str, list[str]]:
    if split := split_event(db):
        return _split_answers(db, split)
    faults: list[str] = []
    recorded: dict[str, AnswerRecorded] = {}
    for event in events_of(db, AnswerRecorded):
        AnswerRecorded.from_body(event.body).apply(recorded, event)
    count = 0
    for row in db.execute("SELECT * FROM answers"):
        answer = answer_from_row(row)
        count += 1
        record = recorded.pop(answer.id, None)
        fault = record.check(answer, row["manifest"]) if record else "no event records it"
        if not fault and row["sha256"] != answer.sha256:
            fault = "its hash was changed"
        if fault:
            faults.append(f"answer {answer.id}: {fault}")
    kept = {row["object_id"] for row in db.execute("SELECT object_id FROM quarantine WHERE kind = 'answer'")}
    faults.extend(f"answer {answer_id}: recorded, but missing from the table" for answer_id in recorded.keys() - kept)
    return plural(count, "answer"), faults


def _split_answers(db: Database, split: SplitCreated) -> tuple[str, list[str]]:
    faults: list[str] = []
    triples: list[tuple[str, str, str]] = []
    for row in db.execute("SELECT * FROM answers"):
        answer = answer_from_row(row)
        triples.append((answer.id, answer.case_id, answer.sha256))
        if row["sha256"] != answer.sha256:
            faults.append(f"answer {answer.id}: its text was changed")
    if answers_sha256(triples) != split.answers_sha256:
        faults.append("the answers differ from those with which this reader's file was created")
    return plural(len(triples), "answer"), faults


def _quotes(db: Database) -> tuple[str, list[str]]:
    faults: list[str] = []
    count = 0
    rows = db.execute(
        'SELECT f.id, f.place, f.start, f."end", f.quote, f.passage_start, f.passage_end, f.passage_quote,'
        " f.passage_source, f.answer_id, f.case_id FROM annotations f ORDER BY f.case_id, f.answer_id"
    )
    seen: tuple[str, str] | None = None
    case_text = answer_text = ""
    carried = split_event(db) is not None
    for row in rows:
        count += 1
        if seen != (row["case_id"], row["answer_id"]):
            seen = (row["case_id"], row["answer_id"])
            case_text = db.execute("SELECT text FROM cases WHERE id = ?", [seen[0]]).fetchone()["text"]
            answer_text = db.execute("SELECT text FROM answers WHERE id = ?", [seen[1]]).fetchone()["text"]
        if row["place"] in (ANSWER, CASE_SOURCE):
            text = answer_text if row["place"] == ANSWER else case_text
        else:
            text = text_beside(db, row["case_id"], row["place"]) or ""
        if text[row["start"] : row["end"]] != row["quote"]:
            faults.append(f"annotation {row['id']}: its quote does not match the text")
        if row["passage_quote"] is not None:
            in_case = row["passage_source"] == CASE_SOURCE
            source = case_text if in_case else text_beside(db, row["case_id"], row["passage_source"])
            if source is None and carried:
                # A reader's own file does not say what the models were given.
                continue
            if (source or "")[row["passage_start"] : row["passage_end"]] != row["passage_quote"]:
                faults.append(f"annotation {row['id']}: its passage does not match {row['passage_source']}")
    seen_parts = ""
    for table, noun in _PART_NOUNS.items():
        counted, more = _part_quotes(db, table)
        seen_parts += f", {plural(counted, *noun)}" if counted else ""
        faults += more
    return plural(count, "annotation") + seen_parts, faults


def _part_quotes(db: Database, table: str) -> tuple[int, list[str]]:
    """Return how many sentences or criteria were judged, and those whose quotes do not match."""
    faults: list[str] = []
    count = 0
    answer_id, text = "", ""
    for row in db.execute(f"SELECT * FROM {table} ORDER BY answer_id"):
        count += 1
        if row["quote"] is None:
            continue
        if answer_id != row["answer_id"]:
            answer_id = row["answer_id"]
            text = db.execute("SELECT text FROM answers WHERE id = ?", [answer_id]).fetchone()["text"]
        if text[row["start"] : row["end"]] != row["quote"]:
            where = _part_at(table, row["reading_id"], [row[column] for column in PARTS[table]])
            faults.append(f"{where}: its quote does not match the text")
    return count, faults


def _part_at(table: str, reading_id: str, place: Sequence[Any]) -> str:
    what = f"sentence at {place[1]}" if table == "sentences" else f"criterion {place[1]}"
    return f"reading {reading_id}, {what} of answer {place[0]}"


def _part_faults(db: Database, table: str, reading_id: str, made_rows: Rows) -> list[str]:
    """Return which sentences or criteria of a reading differ between the table and the log."""
    stored = {
        tuple(row[column] for column in PARTS[table]): row
        for row in db.execute(f"SELECT * FROM {table} WHERE reading_id = ?", [reading_id])
    }
    faults: list[str] = []
    for place in sorted(stored.keys() | made_rows.keys()):
        kept, made = stored.get(place), made_rows.get(place)
        if kept is None or made is None or any(kept[column] != made[column] for column in COLUMNS[table]):
            faults.append(f"{_part_at(table, reading_id, place)}: the table differs from the log")
    return faults


def _projections(db: Database) -> tuple[str, list[str]]:
    faults: list[str] = []
    readings = annotations = blinding_assessments = 0
    parts = dict.fromkeys(PARTS, 0)
    superseded = len(loose_readings(db))
    for outcome in CurrentReadings(db).all():
        superseded += len(outcome.superseded)
        projection = outcome.projection
        if projection.reading is None:
            continue
        readings += 1
        reading_id = projection.reading["id"]
        row = db.execute("SELECT * FROM readings WHERE id = ?", [reading_id]).fetchone()
        if row is None or any(row[column] != projection.reading[column] for column in COLUMNS["readings"]):
            faults.append(f"reading {reading_id}: the table differs from the log")
        stored = {row["id"]: row for row in db.execute("SELECT * FROM annotations WHERE reading_id = ?", [reading_id])}
        annotations += len(projection.annotations)
        for annotation_id in sorted(stored.keys() | projection.annotations.keys()):
            kept, made = stored.get(annotation_id), projection.annotations.get(annotation_id)
            if kept is None or made is None or any(kept[column] != made[column] for column in COLUMNS["annotations"]):
                faults.append(f"annotation {annotation_id}: the table differs from the log")
        for table in PARTS:
            parts[table] += len(projection.parts(table))
            faults += _part_faults(db, table, reading_id, projection.parts(table))
        assessment = db.execute("SELECT * FROM blinding_assessments WHERE reading_id = ?", [reading_id]).fetchone()
        blinding_assessments += projection.blinding_assessment is not None
        if projection.blinding_assessment != (
            assessment and {column: assessment[column] for column in COLUMNS["blinding_assessments"]}
        ):
            faults.append(f"assessment of reading {reading_id}: the table differs from the log")
    faults += choice_faults(db)
    readers = readers_of_log(db)
    registered = sorted(tuple(getattr(reader, column) for column in COLUMNS["readers"]) for reader in readers.values())
    if registered != sorted(map(tuple, db.execute(_READERS))):
        faults.append("the table of readers differs from the log")
    counts = {
        "readings": readings,
        "annotations": annotations,
        **parts,
        "blinding_assessments": blinding_assessments,
    }
    for table, count in counts.items():
        if (kept_rows := db.table(table).count) != count:
            faults.append(f"the table of {table} has {plural(kept_rows, 'row')}, but the log yields {count}")
    counted = {"reader": len(readers), "reading": readings, "annotation": annotations}
    seen = ", ".join(plural(count, what) for what, count in counted.items())
    seen += "".join(f", {plural(parts[table], *noun)}" for table, noun in _PART_NOUNS.items() if parts[table])
    resolved, of_scores = override_faults(db)
    seen += f", {plural(resolved, 'reviewed score')}" if resolved else ""
    seen += f", {plural(superseded, 'branch', 'branches')} of readings superseded" if superseded else ""
    superseded = len(overrides_superseded(db))
    return seen + (f", decisions on {plural(superseded, 'score')} superseded" if superseded else ""), faults + of_scores


def _adjudications(db: Database) -> tuple[str, list[str]]:
    current = CurrentAdjudications(db)
    faults: list[str] = []
    seen: list[str] = []
    made = zip(_ADJUDICATED.items(), rows_of(current), strict=True)
    for (table, what), rows in made:
        columns = COLUMNS[table]
        log_says = {row["id"]: tuple(row[column] for column in columns) for row in rows}
        listed = ", ".join(f'"{column}"' for column in columns)
        kept = {row["id"]: tuple(row) for row in db.execute(f"SELECT {listed} FROM {table}")}
        wrong = sorted(row_id for row_id in log_says.keys() | kept.keys() if log_says.get(row_id) != kept.get(row_id))
        faults += [f"{what} {row_id}: the table differs from the log" for row_id in wrong]
        seen.append(plural(len(log_says), what))
    superseded = len(current.superseded())
    return ", ".join(seen) + (
        f", {plural(superseded, 'branch', 'branches')} of adjudications superseded" if superseded else ""
    ), faults


_ADJUDICATED = {
    "adjudications": "adjudicated difference",
    "adjudicated_annotations": "adjudicated annotation",
}
"""The name of a row, by table."""


def _training(db: Database) -> tuple[str, list[str]]:
    entries, faults = training_faults(db)
    return plural(entries, "entry", "entries"), faults


_QUESTIONS: dict[str, Callable[[Database], tuple[str, list[str]]]] = {
    "integrity": _integrity,
    "foreign keys": _foreign_keys,
    "chain": _chain,
    "settings and cases": _settings,
    "answers": _answers,
    "quotes": _quotes,
    "projections": _projections,
    "adjudications": _adjudications,
    "training": _training,
}
