"""Merge other files of a study: copies of it, and readers' own files.

A merge adds missing entries and changes none. What counts afterwards follows from the entries alone
(`doubleread.store.branches.current_readings`), so the order and the number of merges do not matter. Only if two
copies have different answers of one model to one case, the study keeps its own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from doubleread.domain.blinding_assessment import check_assessment
from doubleread.domain.events import GENESIS, Event
from doubleread.domain.events.answers import AnswerRecorded
from doubleread.domain.events.readings import check_added
from doubleread.domain.events.scores import ScoreOverridden
from doubleread.domain.events.study import ConflictResolved, StudyMerged
from doubleread.domain.events.training import TRAINING_EVENTS
from doubleread.domain.hashes import canonical_json, text_sha256
from doubleread.domain.reading import Judgement
from doubleread.domain.reading_checks import (
    check_annotations,
    check_answer_scales,
    check_criteria,
    check_sentences,
)
from doubleread.domain.study import protocol_from_record
from doubleread.errors import DoublereadError, InputRefusedError, StudyChangedError, StudyFileError
from doubleread.parallel import batched
from doubleread.progress import Progress, untold
from doubleread.store.branches.current_adjudications import CurrentAdjudications, folded_adjudication, put_adjudications
from doubleread.store.branches.current_readings import (
    UNFIT,
    CurrentReadings,
    Superseded,
    folded,
    overrides_superseded,
    put_current,
    put_readers,
    texts_of,
)
from doubleread.store.branches.resolutions import choice_of
from doubleread.store.branches.split_entry import lost_events, split_event
from doubleread.store.log.clock import now
from doubleread.store.log.event_log import copy_events, events_of, last_events
from doubleread.store.protocols import known_protocols
from doubleread.store.records import EVENT_COLUMNS, event_from_row, event_row, marks
from doubleread.store.score_overrides import ScoreOverrides, put_overrides
from doubleread.store.scores import copy_scores
from doubleread.store.sqlite.faults import intact
from doubleread.store.sqlite.opening import opened_to_look
from doubleread.store.sqlite.source import check_intact, check_origin
from doubleread.store.study_file import StudyFile
from doubleread.store.training_set import entry_fault, foreign_entry

_ROWS_AT_ONCE = 500


@dataclass(slots=True)
class MergedFile:
    """What one file added. `readings` counts, by reader, those with new entries.

    `waiting` counts entries that can only be added after the entries they follow, which another copy of the study has,
    `quarantined` lists what was quarantined, and `refused` says why nothing was added.
    """

    path: Path
    events: int = 0
    readings: Mapping[str, int] = field(default_factory=dict)
    answers: int = 0
    waiting: int = 0
    quarantined: list[str] = field(default_factory=list)
    superseded: list[Superseded] = field(default_factory=list)
    refused: DoublereadError | None = None

    @property
    def changed(self) -> bool:
        """Whether the merge changed the study."""
        return bool(self.events or self.answers or self.quarantined)


def merge(
    study: StudyFile,
    others: Sequence[Path],
    progress: Progress = untold,
    before_writing: Callable[[], object] = lambda: None,
) -> list[MergedFile]:
    """Merge files one after the other, each in one transaction. A refused file does not stop the others.

    `before_writing` is called when a file was found to be intact, before the study is looked at or changed; what it
    raises refuses the file. Raises StudyFileError if `study` is a reader's own file.
    """
    study.expect_models("Nothing merged")
    merged: list[MergedFile] = []
    for number, other in enumerate(others):
        progress("Merging files", number, len(others))
        try:
            merged.append(_merge_file(study, other, before_writing))
        except DoublereadError as error:
            merged.append(MergedFile(other, refused=error))
    return merged


def _merge_file(study: StudyFile, other: Path, before_writing: Callable[[], object]) -> MergedFile:
    merged = MergedFile(other)
    with opened_to_look(other, copied=True) as (connection, _), intact(other, "an entry of its log"):
        if other.samefile(study.path):
            raise StudyFileError("Not merged", f"{other} is the study itself", "name the readers' files")
        check_intact(other, connection)
        before_writing()
        check_origin(study, other, connection)
        with connection.snapshot() as source, study.connection.transaction() as db:
            new, reading_ids = _take_events(source, db, merged)
            _take_answers(source, db, merged)
            _check_choices(other, db, new)
            _check_readings(other, source, db, new, reading_ids)
            _check_adjudications(other, source, db, new)
            _check_overrides(other, db, new)
            _check_training(other, source, db, new)
            if merged.changed:
                put_readers(db)
                merged.superseded = put_current(db, _touched(db, new, reading_ids, merged))
                merged.readings = _by_reader(db, reading_ids)
                put_adjudications(db)
                merged.superseded += [item for item in CurrentAdjudications(db).superseded() if item.head in new]
                put_overrides(db)
                merged.superseded += [item for item in overrides_superseded(db) if item.head in new]
                study.record_merge(db, _record(source, merged))
    return merged


def _take_events(source: Database, db: Database, merged: MergedFile) -> tuple[set[str], set[str]]:
    """Add the missing entries; return their hashes, and the ids of the readings to which they belong."""
    known: set[str] = set()
    new: set[str] = set()
    reading_ids: set[str] = set()
    apart: set[str] = set()
    lost = lost_events(source)
    rows = source.execute("SELECT position, id, device, prev_hash, hash, reading_id FROM events ORDER BY position")
    for part in batched(rows, _ROWS_AT_ONCE):
        ids = json.dumps([row["id"] for row in part])
        here = dict(
            map(tuple, db.execute("SELECT id, hash FROM events WHERE id IN (SELECT value FROM json_each(?))", [ids]))
        )
        missing: list[int] = []
        for row in part:
            own_hash, prev_hash = row["hash"], row["prev_hash"]
            there = here.get(row["id"])
            if there == own_hash:
                known.add(own_hash)
                continue
            if there or prev_hash in apart:
                apart.add(own_hash)
                at = [row["position"]]
                event = event_from_row(
                    source.execute(f"SELECT {EVENT_COLUMNS} FROM events WHERE position = ?", at).fetchone()
                )
                what = f"entry {event.seq} of device {event.device} ({event.kind})"
                why = "has the id of another entry with different content" if there else "follows a quarantined entry"
                _keep_apart(db, merged, "event", event.id, event_row(event), f"{what} {why}")
            elif prev_hash in known or prev_hash in lost or _follows_one(db, row["device"], prev_hash):
                missing.append(row["position"])
                merged.events += 1
                known.add(own_hash)
                new.add(own_hash)
                if row["reading_id"] is not None:
                    reading_ids.add(row["reading_id"])
            else:
                merged.waiting += 1
        copy_events(source, db, f"position IN {marks(missing)}", missing)
    return new, reading_ids


def _follows_one(db: Database, device: str, prev_hash: str) -> bool:
    return prev_hash == GENESIS or bool(
        db.execute("SELECT 1 FROM events WHERE device = ? AND hash = ?", [device, prev_hash]).fetchone()
    )


def _take_answers(source: Database, db: Database, merged: MergedFile) -> None:
    """Add the missing answers. A reader's own file has none of its own."""
    if split_event(source) is not None:
        return
    recorded = {event.body["answer_id"] for event in events_of(db, AnswerRecorded)}
    for answer, there in _with_ours(source, db):
        what = f"the answer {answer['id']} to case {answer['case_id']}"
        if there:
            if (there["sha256"], there["manifest"]) != (answer["sha256"], answer["manifest"]):
                _keep_apart(
                    db, merged, "answer", answer["id"], answer, f"{what} has the id of a different answer in this study"
                )
        elif db.execute(
            "SELECT 1 FROM answers WHERE case_id = ? AND arm_id = ? AND sample = ?",
            [answer["case_id"], answer["arm_id"], answer["sample"]],
        ).fetchone():
            _keep_apart(
                db, merged, "answer", answer["id"], answer, f"{what}: the study has a different answer by this model"
            )
        elif answer["id"] not in recorded:
            _keep_apart(db, merged, "answer", answer["id"], answer, f"{what}: no entry of the log records it")
        else:
            db.table("answers").insert(answer)
            copy_scores(source, db, answer["id"])
            merged.answers += 1
    for row in source.execute("SELECT kind, object_id, content, reason FROM quarantine ORDER BY rowid").fetchall():
        _keep_text_apart(db, merged, *row)


def _with_ours(source: Database, db: Database) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Yield the answers of a file, each with the study's answer of the same id."""
    for part in batched(source.execute("SELECT * FROM answers ORDER BY rowid"), _ROWS_AT_ONCE):
        rows = db.execute(
            "SELECT id, sha256, manifest FROM answers WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps([row["id"] for row in part])],
        )
        ours = {row["id"]: dict(row) for row in rows}
        for row in part:
            yield dict(row), ours.get(row["id"])


def _keep_apart(
    db: Database, merged: MergedFile, kind: str, object_id: str, content: dict[str, Any], reason: str
) -> None:
    _keep_text_apart(db, merged, kind, object_id, canonical_json(content), reason)


def _keep_text_apart(db: Database, merged: MergedFile, kind: str, object_id: str, content: str, reason: str) -> None:
    digest = text_sha256(f"{kind} {content}")
    if not db.execute("SELECT 1 FROM quarantine WHERE sha256 = ?", [digest]).fetchone():
        db.execute(
            "INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?)", [digest, kind, object_id, content, reason, now()]
        )
        merged.quarantined.append(reason)


def _check_readings(other: Path, source: Database, db: Database, new: set[str], reading_ids: set[str]) -> None:
    """Check what new entries of some readings quote against the texts of this study.

    Raises StudyFileError for a wrong quote, for an event that doubleread would have refused, and for an annotation with
    the id of another reading's: doubleread did not write such a file.
    """
    here = CurrentReadings(db)
    lost = lost_events(db)
    protocols = known_protocols(db)
    theirs = CurrentReadings(source)
    of_places = (ids for ids in theirs.places().items() if not reading_ids.isdisjoint(ids[1]))
    for branch in (branch for place, ids in of_places for branch in theirs.branches_of(place, ids)):
        if branch[-1].hash not in new or here.fault(branch):
            continue
        reading = folded(branch)
        if reading is None:
            continue
        try:
            if not lost:
                # Where events were lost, those after them need not fit.
                check_added(branch, new)
            protocol, texts = protocol_from_record(protocols[reading.protocol_sha256]), texts_of(db, reading)
            check_annotations(reading, texts, protocol.labels)
            check_sentences(Judgement(), reading, texts, protocol.sentences)
            check_answer_scales(Judgement(), reading, protocol.rated_scales)
            check_criteria(Judgement(), reading, texts)
            if reading.blinding_assessment is not None:
                check_assessment(reading.blinding_assessment)
            for annotation in (*reading.judgement.annotations, *reading.judgement.retracted):
                owner = db.execute(
                    "SELECT reader_id, readings.case_id FROM annotations JOIN readings ON readings.id = reading_id"
                    " WHERE annotations.id = ?",
                    [annotation.id],
                ).fetchone()
                if owner and tuple(owner) != (reading.reader_id, reading.case_id):
                    raise InputRefusedError("Annotation refused", f"the id {annotation.id} is another annotation's")
        except (InputRefusedError, StudyChangedError) as error:
            where = f"{reading.reader_id}, case {reading.case_id}"
            raise StudyFileError(
                "Not merged", f"{other} was changed ({where}: {error.happened})", "ask for the file again"
            ) from error


def _check_choices(other: Path, db: Database, new: set[str]) -> None:
    """Raise StudyFileError if a new entry claims to choose a branch and cannot be read as that."""
    for event in _new_choices(db, new):
        try:
            choice_of(event)
        except ValueError as error:
            where = f"entry {event.seq} of device {event.device}"
            raise StudyFileError(
                "Not merged", f"{other} was changed ({where}: {error})", "ask for the file again"
            ) from error


def _new_choices(db: Database, new: set[str]) -> list[Event]:
    return [event for event in events_of(db, ConflictResolved) if event.hash in new]


def _check_adjudications(other: Path, source: Database, db: Database, new: set[str]) -> None:
    """Check what new adjudications resolve against the texts of this study.

    Raises StudyFileError if it cannot have been resolved, and if a reader's own file contains any: doubleread did
    not write such a file.
    """
    here = CurrentAdjudications(db)
    own_file = split_event(source) is not None
    for branch in CurrentAdjudications(source).all_branches():
        if branch[-1].hash not in new:
            continue
        adjudication = folded_adjudication(branch)
        if own_file:
            fault = "it is a reader's own file but contains an adjudication"
        elif adjudication is None:
            fault = f"an adjudication, {UNFIT}"
        elif here.on_other_ground(adjudication, branch[0]):
            continue
        else:
            fault = here.resolved_wrongly(adjudication)
        if fault:
            raise StudyFileError("Not merged", f"{other} was changed ({fault})", "ask for the file again")


def _check_overrides(other: Path, db: Database, new: set[str]) -> None:
    """Raise StudyFileError for a new decision on a score that doubleread would not have written."""
    overrides = ScoreOverrides(db)
    for event in events_of(db, ScoreOverridden):
        if event.hash not in new or not (fault := overrides.contradiction(event)):
            continue
        raise StudyFileError(
            "Not merged", f"{other} was changed (a score review by {event.actor}: {fault})", "ask for the file again"
        )


def _check_training(other: Path, source: Database, db: Database, new: set[str]) -> None:
    """Raise StudyFileError for a new entry about training that doubleread would not have written."""
    split = split_event(source)
    for event in events_of(db, *TRAINING_EVENTS):
        if event.hash not in new:
            continue
        fault = entry_fault(event) or (foreign_entry(event, split.reader_id) if split is not None else "")
        if fault:
            raise StudyFileError("Not merged", f"{other} was changed ({event.kind}: {fault})", "ask for the file again")


def _touched(db: Database, new: set[str], own: set[str], merged: MergedFile) -> set[str]:
    """Return the ids of the readings for which another branch may count now: `own`, with new entries, and more."""
    if merged.answers:
        # A superseded reading can count once its answers are there.
        rows = db.execute("SELECT DISTINCT reading_id FROM events WHERE reading_id IS NOT NULL")
        return {row["reading_id"] for row in rows}
    touched = set(own)
    if places := {choice_of(event).place for event in _new_choices(db, new)}:
        for place, reading_ids in CurrentReadings(db).places().items():
            if place in places:
                touched.update(reading_ids)
    return touched


def _by_reader(db: Database, reading_ids: set[str]) -> dict[str, int]:
    """Return how many of some readings each reader has."""
    rows = db.execute("SELECT id, reader_id FROM readings ORDER BY reader_id, id")
    return dict(Counter(row["reader_id"] for row in rows if row["id"] in reading_ids))


def _record(source: Database, merged: MergedFile) -> StudyMerged:
    return StudyMerged(
        events=merged.events,
        answers=merged.answers,
        quarantined=len(merged.quarantined),
        heads=sorted(last for _, _, last in last_events(source)),
    )
