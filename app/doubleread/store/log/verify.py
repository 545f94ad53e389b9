"""Check thoroughly that a study file is what was recorded, without changing it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from doubleread.domain.annotation import ANSWER, CASE_SOURCE
from doubleread.domain.events.answers import AnswerRecorded
from doubleread.domain.events.entry import GENESIS, Link, link_faults
from doubleread.domain.events.study import SplitCreated, StudyCreated
from doubleread.domain.hashes import json_sha256, text_sha256
from doubleread.domain.wording import plural, verb
from doubleread.errors import DoublereadError, StudyDamagedError
from doubleread.parallel import Helpers, batched
from doubleread.progress import Progress, untold
from doubleread.store.branches.current_adjudications import CurrentAdjudications, rows_of
from doubleread.store.branches.current_readings import loose_readings, overrides_superseded
from doubleread.store.branches.resolutions import choice_faults
from doubleread.store.branches.split_entry import absent_events, split_event
from doubleread.store.files.backup import page_faults, unsigned_pages
from doubleread.store.log.event_log import chain_heads, events_of
from doubleread.store.log.event_texts import loaded
from doubleread.store.log.projections import PARTS, TABLES_OF_READINGS, readers_of_log
from doubleread.store.log.readings_check import EventFault, ReadingsCheck, check_readings, event_faults, part_at
from doubleread.store.log.verify_report import PAGES, Check, VerifyReport
from doubleread.store.passage_sources import text_beside
from doubleread.store.protocols import protocol_faults, protocols_in_order
from doubleread.store.records import (
    ARMS,
    MODELS,
    PLACED_EVENT_COLUMNS,
    answer_from_row,
    arms_from_rows,
    case_from_row,
    marks,
)
from doubleread.store.score_overrides import override_faults
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.creation import answers_sha256, cases_sha256
from doubleread.store.sqlite.faults import intact
from doubleread.store.sqlite.opening import opened_to_look, schema_faults
from doubleread.store.sqlite.plain_rows import tuples
from doubleread.store.sqlite.schema import COLUMNS
from doubleread.store.sqlite.state import state_of, study_state
from doubleread.store.training_set import training_faults

_SHOWN = 20
_OUT_OF_ORDER = (
    "SELECT count(*) FROM events b JOIN events a ON a.device = b.device AND a.seq = b.seq - 1 AND a.hash = b.prev_hash"
    " WHERE b.position < a.position AND a.hash NOT IN (SELECT value FROM json_each(?))"
)
_FORKS = "SELECT count(*) FROM (SELECT 1 FROM events GROUP BY device, prev_hash HAVING count(*) > 1)"
_LINKS = "SELECT device, seq, prev_hash, hash, position FROM events ORDER BY device, seq, hash"
_CHAIN, _PROJECTIONS = "chain", "projections"
_ALONE = frozenset({"foreign keys", "quotes", "adjudications", "training"})
"""The checks that use no helpers."""

_AS_WRITTEN = (False, True)
_CACHE_OF_PAGES = "PRAGMA cache_size = -4000"
_EVENTS_AT_ONCE = 1000
_LARGE = 10_000_000
_ROWS_AT_ONCE = 500

Heads = Mapping[str, tuple[int, str]]
Finding = tuple[str, list[str]] | tuple[str, list[str], Heads]
"""What was seen, the faults, and the heads of the chains if it is known that these are all."""

Question = Callable[[Database, Helpers], Finding]
"""A check of one state of a file."""

_PART_NOUNS = {"sentences": ("sentence", "sentences"), "criteria": ("criterion", "criteria")}
_READERS = f"SELECT {', '.join(COLUMNS['readers'])} FROM readers"


def verify(path: Path, progress: Progress = untold) -> VerifyReport:
    """Check a study file thoroughly. What is wrong with the file is in the report, never raised.

    Each check looks at one state of the file; another program may write between two checks. An interrupted write is
    rolled back in a copy, as the next opening will do in the file itself.
    """
    checks: list[Check] = []
    heads: dict[str, tuple[int, str]] = {}
    state = ""
    obstacle: DoublereadError | None = None
    try:
        with opened_to_look(path) as (connection, how), Helpers() as helpers:
            checks.append(Check("open", how))
            checks.extend(examine(connection, None, progress, helpers))
            with contextlib.suppress(DoublereadError):
                known = next((check.heads for check in checks if check.heads), None)
                heads = dict(known) if known else chain_heads(connection)
                # Only in an intact file does reading by an index find what reading whole tables finds.
                intact_file = all(check.ok for check in checks)
                states = [check.state for check in checks if check.state and intact_file]
                state = states[0] if states else study_state(connection, helpers)
    except StudyDamagedError as error:
        checks.append(Check("open" if not checks else "reading", str(path), (error.happened,), unreadable=True))
    except DoublereadError as error:
        obstacle = error
    return VerifyReport(path, tuple(checks), heads, state, obstacle)


def examine(
    connection: Connection,
    names: Collection[str] | None = None,
    progress: Progress = untold,
    helpers: Helpers | None = None,
) -> Iterator[Check]:
    """Yield every check except that of the opening, or those with these names, of an open file.

    The pages of a large file are checked meanwhile by a connection of their own, and reported last.
    Raises StudyFileError if the file cannot be read for another reason than damage.
    """
    questions = {"triggers": lambda _db, _helpers: _triggers(connection), **_QUESTIONS}
    asked = [name for name in questions if names is None or name in names]
    with nullcontext(helpers) if helpers else Helpers() as workers, ThreadPoolExecutor(1, "pages") as thread:
        pages: Future[Check] | None = None
        if connection.path.stat().st_size >= _LARGE:
            workers.start()
            if PAGES in asked:
                pages = thread.submit(_pages_of, connection.path, workers)
                asked = [*(name for name in asked if name != PAGES), PAGES]
        made: dict[str, Check] = {}
        for number, name in enumerate(asked):
            progress("Checking", number, len(asked))
            if pages and number == 0:
                # The pages take a processor to themselves, and what comes after needs all of them.
                made = {name: _asked(name, questions[name], connection, workers) for name in asked if name in _ALONE}
            if name == _CHAIN and _PROJECTIONS in asked:
                made |= _chain_and_projections(connection, workers)
            if name in made:
                yield made[name]
            elif pages and name == PAGES:
                yield pages.result()
            else:
                yield _asked(name, questions[name], connection, workers)


def _pages_of(path: Path, helpers: Helpers) -> Check:
    with closing(Connection(path, read_only=True)) as connection:
        # Indexes lead to pages all over the file, of which many are read again and again.
        connection.row(_CACHE_OF_PAGES)
        return _asked(PAGES, _QUESTIONS[PAGES], connection, helpers)


def _chain_and_projections(connection: Connection, helpers: Helpers) -> dict[str, Check]:
    """Return both checks, for which the events are read once; nothing if one of them cannot be completed."""
    try:
        with intact(connection.path, "an event or a row"), connection.snapshot() as db:
            # Hardly ever is an event not as it was written, so its place can be looked at while the pages are checked.
            chain = _linked(db, {})
            readings = check_readings(db, helpers)
            if wrong := _wrong_events(db, helpers, readings):
                chain = _linked(db, wrong)
            projections = _projections(db, readings)
            kept = sum(db.table(table).count for table in TABLES_OF_READINGS)
            known = readings.digests_of_all(kept)
            state = "" if known is None else state_of(db, helpers, known)
    except StudyDamagedError:
        return {}
    return {_CHAIN: _check(_CHAIN, *chain), _PROJECTIONS: replace(_check(_PROJECTIONS, *projections), state=state)}


def _asked(name: str, question: Question, connection: Connection, helpers: Helpers) -> Check:
    try:
        with intact(connection.path, f"what {name} looks at"), connection.snapshot() as db:
            return _check(name, *question(db, helpers))
    except StudyDamagedError as error:
        return Check(name, "not fully checked", (f"cannot be fully read ({error.happened})",), unreadable=True)


def _check(name: str, seen: str, faults: Sequence[str], heads: Heads | None = None) -> Check:
    more = [f"and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
    return Check(name, seen, (*faults[:_SHOWN], *more), heads=heads)


def _integrity(db: Database, _helpers: Helpers) -> tuple[str, list[str]]:
    if unsigned := unsigned_pages(db.conn):
        return "pages", unsigned
    return "pages and indexes", page_faults(db.conn, _SHOWN + 1)


def _foreign_keys(db: Database, _helpers: Helpers) -> tuple[str, list[str]]:
    rows = db.execute("PRAGMA foreign_key_check").fetchall()
    return "references", [f"{row[0]}, row {row[1]}: refers to a missing row of {row[2]}" for row in rows]


def _triggers(connection: Connection) -> tuple[str, list[str]]:
    return "tables and the triggers that protect records", schema_faults(connection)


def _chain(db: Database, helpers: Helpers) -> Finding:
    """Check every event and its place in its chain."""
    return _linked(db, _wrong_events(db, helpers))


_WrongEvents = Mapping[int, tuple[bool, bool]]
"""Of the events that are not as they were written, by position: whether it was changed, and whether it is canonical."""


def _linked(db: Database, wrong: _WrongEvents) -> Finding:
    """Check the place of every event in its chain."""
    faults: list[str] = []
    count = 0
    absent = absent_events(db)
    left = set(absent - {GENESIS})
    in_line = in_order = True
    heads: dict[str, tuple[int, str]] = {}

    def links() -> Iterator[Link]:
        nonlocal count, in_line, in_order
        last_hash, last_position = GENESIS, 0
        for device, seq, prev_hash, own_hash, position in tuples(db, _LINKS):
            count += 1
            changed, canonical = wrong.get(position, _AS_WRITTEN)
            if not canonical:
                faults.append(f"event {seq} of device {device}: not in canonical form")
            if device not in heads:
                last_hash, last_position = GENESIS, position
            if prev_hash != last_hash:
                in_line = False
                # An event may follow one of those absent, and no other one may do so.
                in_order = in_order and prev_hash in left
                left.discard(prev_hash)
            if position < last_position:
                in_line = in_order = False
            if changed or own_hash in absent:
                in_order = False
            last_hash, last_position = own_hash, position
            heads[device] = (seq, own_hash)
            yield Link(device, seq, prev_hash, own_hash, changed)

    chained = link_faults(links(), absent)
    order = forks = 0
    if not in_line and not in_order:
        order = db.execute(_OUT_OF_ORDER, [json.dumps(sorted(absent))]).fetchone()[0]
        forks = db.execute(_FORKS).fetchone()[0]
    if order:
        faults.append(f"{plural(order, 'event')} {verb(order, 'comes', 'come')} before the event that precedes it")
    seen = plural(count, "event") + (
        f", {plural(forks, 'fork')} where copies were written independently" if forks else ""
    )
    seen += f", {plural(len(absent), 'gap')} that the log itself records" if absent else ""
    # Where each event follows the one before it, nothing follows the last one.
    return (seen, chained + faults, heads) if in_line else (seen, chained + faults)


def _wrong_events(db: Database, helpers: Helpers, readings: ReadingsCheck | None = None) -> _WrongEvents:
    """Check every event but those that were checked with their `readings`."""
    faults = _event_faults(db, helpers, readings)
    return {position: (changed, canonical) for position, changed, canonical in faults}


def _event_faults(db: Database, helpers: Helpers, readings: ReadingsCheck | None) -> Iterator[EventFault]:
    """Yield which events are not as they were written."""
    columns = PLACED_EVENT_COLUMNS

    def rows() -> Iterator[tuple[Any, ...]]:
        if readings is None:
            yield from tuples(db, f"SELECT {columns} FROM events")
            return
        yield from tuples(db, f"SELECT {columns} FROM events WHERE reading_id IS NULL")
        for row in db.execute("SELECT DISTINCT reading_id FROM events WHERE reading_id IS NOT NULL"):
            if row[0] not in readings.checked:
                yield from tuples(db, f"SELECT {columns} FROM events WHERE reading_id = ?", [row[0]])

    yield from readings.event_faults if readings else ()
    for part in helpers.map(event_faults, batched(rows(), _EVENTS_AT_ONCE)):
        yield from part


def _settings(db: Database, helpers: Helpers) -> tuple[str, list[str]]:
    created = split_event(db) or next((StudyCreated.from_body(e.body) for e in events_of(db, StudyCreated)), None)
    if created is None:
        return "settings, cases, arms", [f"the event {StudyCreated.kind} is missing"]
    meta = {row["key"]: row["value"] for row in db.execute("SELECT key, value FROM meta")}
    faults: list[str] = []
    if json_sha256(json.loads(meta["protocol"])) != meta["protocol_sha256"]:
        faults.append("the protocol was changed")
    faults += protocol_faults(db)
    pairs: list[tuple[str, str]] = []
    rows = db.execute("SELECT * FROM cases ORDER BY position")
    for part in helpers.map(checked_cases, batched(map(dict, rows), _ROWS_AT_ONCE)):
        for case_id, sha256, changed in part:
            pairs.append((case_id, sha256))
            if changed:
                faults.append(f"case {case_id}: its content was changed")
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


def checked_cases(rows: list[dict[str, Any]]) -> list[tuple[str, str, bool]]:
    """Return the id and the hash of each case, and whether the case was changed."""
    cases = [(case_from_row(row), row["sha256"]) for row in rows]
    return [(case.id, sha256, case.sha256 != sha256) for case, sha256 in cases]


def _answers(db: Database, helpers: Helpers) -> tuple[str, list[str]]:
    if split := split_event(db):
        return _split_answers(db, split)
    faults: list[str] = []
    recorded: dict[str, str] = {}
    for row in db.execute("SELECT body FROM events WHERE kind = ? ORDER BY position", [AnswerRecorded.kind]):
        recorded[AnswerRecorded.from_body(loaded(row["body"])).answer_id] = row["body"]
    count = 0
    rows = ((row, recorded.pop(row["id"], None)) for row in map(dict, db.execute("SELECT * FROM answers")))
    for part in helpers.map(checked_answers, batched(rows, _ROWS_AT_ONCE)):
        count += len(part)
        faults += [f"answer {answer_id}: {fault}" for answer_id, fault in part if fault]
    kept = {row["object_id"] for row in db.execute("SELECT object_id FROM quarantine WHERE kind = 'answer'")}
    faults.extend(f"answer {answer_id}: recorded, but missing from the table" for answer_id in recorded.keys() - kept)
    return plural(count, "answer"), faults


def checked_answers(rows: list[tuple[dict[str, Any], str | None]]) -> list[tuple[str, str]]:
    """Return the id of each answer and what is wrong with it; a row comes with the body of the event about it."""
    found: list[tuple[str, str]] = []
    for row, recorded in rows:
        answer = answer_from_row(row)
        record = None if recorded is None else AnswerRecorded.from_body(loaded(recorded))
        fault = record.check(answer, row["manifest"]) if record else "no event records it"
        if not fault and row["sha256"] != answer.sha256:
            fault = "its hash was changed"
        found.append((answer.id, fault))
    return found


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


def _quotes(db: Database, _helpers: Helpers) -> tuple[str, list[str]]:
    faults: list[str] = []
    count = 0
    rows = db.execute(
        'SELECT f.id, f.place, f.start, f."end", f.quote, f.passage_start, f.passage_end, f.passage_quote,'
        " f.passage_source, f.answer_id, f.case_id FROM annotations f"
    )
    carried = split_event(db) is not None
    for part in batched(rows, _ROWS_AT_ONCE):
        case_texts = _texts(db, "cases", {row["case_id"] for row in part})
        answer_texts = _texts(db, "answers", {row["answer_id"] for row in part})
        for row in part:
            count += 1
            case_id, place, source = row["case_id"], row["place"], row["passage_source"]
            case_text, answer_text = case_texts[case_id], answer_texts[row["answer_id"]]
            if place in (ANSWER, CASE_SOURCE):
                text = answer_text if place == ANSWER else case_text
            else:
                text = text_beside(db, case_id, place) or ""
            if text[row["start"] : row["end"]] != row["quote"]:
                faults.append(f"annotation {row['id']}: its quote does not match the text")
            if row["passage_quote"] is not None:
                linked = case_text if source == CASE_SOURCE else text_beside(db, case_id, source)
                if linked is None and carried:
                    # A reader's own file does not say what the models were given.
                    continue
                if (linked or "")[row["passage_start"] : row["passage_end"]] != row["passage_quote"]:
                    faults.append(f"annotation {row['id']}: its passage does not match {source}")
    seen_parts = ""
    for table, noun in _PART_NOUNS.items():
        counted, more = _part_quotes(db, table)
        seen_parts += f", {plural(counted, *noun)}" if counted else ""
        faults += more
    return plural(count, "annotation") + seen_parts, faults


def _texts(db: Database, table: str, ids: set[str]) -> dict[str, str]:
    rows = db.execute(f"SELECT id, text FROM {table} WHERE id IN {marks(ids)}", sorted(ids))
    return {row["id"]: row["text"] for row in rows}


def _part_quotes(db: Database, table: str) -> tuple[int, list[str]]:
    """Return how many sentences or criteria were judged, and those whose quotes do not match."""
    faults: list[str] = []
    count = 0
    for part in batched(db.execute(f"SELECT * FROM {table} ORDER BY answer_id"), _ROWS_AT_ONCE):
        count += len(part)
        quoting = [row for row in part if row["quote"] is not None]
        texts = _texts(db, "answers", {row["answer_id"] for row in quoting})
        for row in quoting:
            if texts[row["answer_id"]][row["start"] : row["end"]] != row["quote"]:
                where = part_at(table, row["reading_id"], [row[column] for column in PARTS[table]])
                faults.append(f"{where}: its quote does not match the text")
    return count, faults


def _projections(db: Database, readings: ReadingsCheck) -> tuple[str, list[str]]:
    faults = readings.faults + choice_faults(db)
    superseded = readings.superseded + len(loose_readings(db))
    readers = readers_of_log(db)
    registered = sorted(tuple(getattr(reader, column) for column in COLUMNS["readers"]) for reader in readers.values())
    if registered != sorted(map(tuple, db.execute(_READERS))):
        faults.append("the table of readers differs from the log")
    counts = readings.rows
    for table in TABLES_OF_READINGS:
        if (kept_rows := db.table(table).count) != counts[table]:
            faults.append(f"the table of {table} has {plural(kept_rows, 'row')}, but the log yields {counts[table]}")
    counted = {"reader": len(readers), "reading": counts["readings"], "annotation": counts["annotations"]}
    seen = ", ".join(plural(count, what) for what, count in counted.items())
    seen += "".join(f", {plural(counts[table], *noun)}" for table, noun in _PART_NOUNS.items() if counts[table])
    resolved, of_scores = override_faults(db)
    seen += f", {plural(resolved, 'reviewed score')}" if resolved else ""
    seen += f", {plural(superseded, 'branch', 'branches')} of readings superseded" if superseded else ""
    superseded = len(overrides_superseded(db))
    return seen + (f", decisions on {plural(superseded, 'score')} superseded" if superseded else ""), faults + of_scores


def _adjudications(db: Database, _helpers: Helpers) -> tuple[str, list[str]]:
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


def _training(db: Database, _helpers: Helpers) -> tuple[str, list[str]]:
    entries, faults = training_faults(db)
    return plural(entries, "entry", "entries"), faults


_QUESTIONS: dict[str, Question] = {
    PAGES: _integrity,
    "foreign keys": _foreign_keys,
    _CHAIN: _chain,
    "settings and cases": _settings,
    "answers": _answers,
    "quotes": _quotes,
    _PROJECTIONS: lambda db, helpers: _projections(db, check_readings(db, helpers)),
    "adjudications": _adjudications,
    "training": _training,
}
