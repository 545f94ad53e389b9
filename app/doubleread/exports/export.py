"""A study as a folder of tables, with a manifest and a description of every column."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO

from doubleread import __version__
from doubleread.domain.arm import arm_differences
from doubleread.domain.events.study import ConflictResolved
from doubleread.exports import csv, jsonl
from doubleread.exports.blinded import BlindedRecords
from doubleread.exports.columns import TABLES
from doubleread.exports.dictionary import readme
from doubleread.exports.folder import new_folder
from doubleread.exports.records import (
    Record,
    RecordContext,
    adjudicated_record,
    adjudication_record,
    annotation_record,
    answer_record,
    criterion_record,
    reading_record,
    score_record,
    sentence_record,
)
from doubleread.file_hash import file_sha256
from doubleread.read_model.blinding import blinding_of
from doubleread.read_model.queries import (
    adjudicated_rows,
    adjudication_rows,
    annotation_rows,
    answer_rows,
    criterion_rows,
    reading_rows,
    score_rows,
    sentence_rows,
)
from doubleread.read_model.readers import registered_readers
from doubleread.read_model.study_counts import open_readings
from doubleread.store import StudyFile
from doubleread.store.log.clock import now

FORMATS = ("jsonl", "csv")
CHANGED_CELLS = "changed-cells.csv"
_CACHED = 512


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: rows by table, the number of cells that got an apostrophe, readings that are still open.

    `blinded` is why the export names no model; "" if it names them.
    """

    out: Path
    rows: Mapping[str, int]
    changed_cells: int
    open_readings: int
    blinded: str = ""


def export_study(study: StudyFile, format_name: str, out: Path, *, with_cases: bool = False) -> Exported:
    """Write the study's tables to a new folder, which appears whole or not at all.

    While arms must not be named, it is a blinded export (see `doubleread.exports.blinded`). `with_cases` adds the cases
    as a native case pack. Raises DoublereadError if `out` has something in it or cannot be written, StudyFileError if a
    quote is not in its text.
    """
    study.expect_models("Nothing exported")
    blinding = blinding_of(study)
    blinded = None if blinding.named else BlindedRecords(study, blinding)
    with new_folder(out) as folder:
        heads = [{"device": device, "seq": seq, "hash": head} for device, (seq, head) in study.chain_heads().items()]
        rows, changed = _tables(study, format_name, folder, blinded)
        with study.connection.snapshot() as db:
            uncommitted = open_readings(db)
        if with_cases:
            with _text_file(folder / "cases.jsonl") as file:
                rows["cases"] = jsonl.write_jsonl(file, (case.as_record() for case in study.cases()))
        if changed:
            with _text_file(folder / CHANGED_CELLS) as file:
                csv.CsvTable(file, "changed", ("table", "row", "id", "column")).write(map(asdict, changed))
        with _text_file(folder / "README.md") as file:
            file.write(readme(format_name, with_cases=with_cases, changed=bool(changed), blinded=blinded is not None))
        manifest = {
            "format": f"doubleread-export-{format_name}",
            "version": 1,
            "made_with": f"doubleread {__version__}",
            "exported_at": now(),
            "blinded": None if blinded is None else blinding.reason,
            **_description(study, blinded),
            "chain_heads": heads,
            "rows": rows,
            "open_readings": uncommitted,
            "files": {path.name: {"sha256": file_sha256(path)} for path in sorted(folder.iterdir())},
        }
        with _text_file(folder / "manifest.json") as file:
            json.dump(manifest, file, ensure_ascii=False, indent=2, allow_nan=False)
            file.write("\n")
    return Exported(out, rows, len(changed), uncommitted, "" if blinded is None else blinding.reason)


def _tables(
    study: StudyFile, format_name: str, folder: Path, blinded: BlindedRecords | None
) -> tuple[dict[str, int], list[csv.ChangedCell]]:
    """Write every table; return its rows and the cells that were changed."""
    rows: dict[str, int] = {}
    changed: list[csv.ChangedCell] = []
    with ExitStack() as stack:
        for name, records in _records(study, blinded).items():
            file = stack.enter_context(_text_file(folder / f"{name}.{format_name}"))
            if format_name == "csv":
                table = csv.CsvTable(file, name, TABLES[name])
                rows[name] = table.write(records)
                changed += table.changed
            else:
                rows[name] = jsonl.write_jsonl(file, records)
    return rows, changed


def _records(study: StudyFile, blinded: BlindedRecords | None) -> dict[str, Iterator[Record]]:
    """Return the records of each table. Rows come ordered by case, so few cases and answers are read twice."""
    arms = {arm.id: arm for arm in study.arms()}
    label = None if blinded is None else blinded.label
    facts = RecordContext(study.study_id, study.protocol_sha256, arms, label)
    answer, source = lru_cache(_CACHED)(study.answers.by_id), lru_cache(_CACHED)(study.source_text)

    def reading(row: Mapping[str, Any]) -> Record:
        return reading_record(facts, row, {row[side]: answer(row[side]) for side in ("answer_a", "answer_b")})

    def annotation(row: Mapping[str, Any]) -> Record:
        return annotation_record(facts, row, answer(row["answer_id"]).text, source)

    def adjudicated(row: Mapping[str, Any]) -> Record:
        return adjudicated_record(facts, row, answer(row["answer_id"]).text, source)

    def sentence(row: Mapping[str, Any]) -> Record:
        return sentence_record(facts, row, answer(row["answer_id"]).text)

    def criterion(row: Mapping[str, Any]) -> Record:
        return criterion_record(facts, row, answer(row["answer_id"]).text)

    records = {
        "annotations": _made(annotation, annotation_rows(study)),
        "readings": _made(reading, reading_rows(study)),
        "answers": _made(lambda row: answer_record(facts, row), answer_rows(study)),
        "scores": _made(lambda row: score_record(facts, row), score_rows(study)),
        "adjudications": _made(lambda row: adjudication_record(facts, row), adjudication_rows(study)),
        "adjudicated_annotations": _made(adjudicated, adjudicated_rows(study)),
        "sentences": _made(sentence, sentence_rows(study)),
        "criteria": _made(criterion, criterion_rows(study)),
    }
    return records if blinded is None else {name: blinded.table(name, made) for name, made in records.items()}


def _made(make: Callable[[Mapping[str, Any]], Record], rows: Iterable[Mapping[str, Any]]) -> Iterator[Record]:
    yield from map(make, rows)


def _text_file(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="")


def _description(study: StudyFile, blinded: BlindedRecords | None) -> Record:
    resolutions = [
        {"at": event.at, "by": event.actor, **event.body} for event in study.events(kind=ConflictResolved.kind)
    ]
    if blinded is not None:
        resolutions = [{**made, "reason": blinded.reason(str(made.get("reason", "")))} for made in resolutions]
    return {
        "study_id": study.study_id,
        "title": study.protocol.title,
        "protocol": study.protocol.as_record(),
        "protocol_sha256": study.protocol_sha256,
        "protocols": [
            {"sha256": sha256, "protocol": protocol.as_record(), "labels": asdict(protocol.labels)}
            for sha256, protocol in study.protocols()
        ],
        "readers": [asdict(reader) for reader in registered_readers(study)],
        "assigned": {
            reader_id: [asdict(turn) for turn in turns] for reader_id, turns in study.readers.assigned().items()
        },
        "branches": [asdict(branch) for branch in study.conflicts.branches()],
        "resolutions": resolutions,
        "label_set": asdict(study.protocol.labels),
        "arms_differ_in": [*arm_differences(study.arms(), study.protocol)],
        "arms": []
        if blinded is not None
        else [
            {
                **arm.summary(),
                "role": arm.role,
                "metadata": dict(arm.model.metadata) if arm.model is not None else {},
            }
            for arm in study.arms()
        ],
    }
