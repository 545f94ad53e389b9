"""The annotations of a doubleread export: the file `annotations.jsonl` or `annotations.csv`, or the folder around it.

Offsets are code points. Retracted annotations are counted and left out. In CSV, cells got an apostrophe where a
spreadsheet would take them for formulas; `changed-cells.csv` beside the file says which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from sys import intern as _shared
from typing import Any

from doubleread.cases.case_file import table_of
from doubleread.cases.json_lines import Line, json_type, quoted, read_lines
from doubleread.cases.problems import Problem, read_bytes
from doubleread.domain.annotation import ANSWER, RELATIONS
from doubleread.domain.hashes import bytes_sha256
from doubleread.imports.foreign_annotation import (
    RATINGS,
    AnnotationFile,
    AnsweredBy,
    ForeignAnnotation,
    ForeignPassage,
)
from doubleread.imports.offsets import CODE_POINTS, Marked

TABLE = "annotations"
CHANGED_CELLS = "changed-cells.csv"
TELLING = frozenset({"annotation_id", "answer_id", "text_sha256", "start", "end", "category"})
"""Columns by which our own files are recognised."""

_WHOLE = ("start", "end", "passage_start", "passage_end", "repeat")
_NEEDED = ("answer_id", "start", "end", "category", "severity", "reader_id")
_RETRACTED = "retracted annotations"


def read_own_json_lines(path: Path, columns: Mapping[str, str]) -> AnnotationFile:
    """Return the annotations of `annotations.jsonl`. `columns` is not used. Raises CaseFileError."""
    del columns
    data = read_bytes(path)
    sha256, lines = bytes_sha256(data), read_lines(data, str(path))
    # The lines come from the decoded text, which is as long.
    del data
    return _read("jsonl", str(path), lines, sha256)


def read_own_csv(path: Path, columns: Mapping[str, str]) -> AnnotationFile:
    """Return the annotations of `annotations.csv`. `columns` is not used. Raises CaseFileError."""
    del columns
    data = read_bytes(path)
    return _read("csv", str(path), _csv_lines(path, data), bytes_sha256(data))


def _csv_lines(path: Path, data: bytes) -> Iterator[Line]:
    file = str(path)
    table = table_of(data, file, None, lambda found: len(TELLING & set(found)))
    yield from (Line(item.line, None, (item,), item.unit) for item in table.problems)
    guarded = _guarded(path)
    for number, row in enumerate(table.rows, start=1):
        if wide := table.too_wide(row, file):
            yield Line(row.line, None, (wide,), table.unit)
            continue
        record: dict[str, Any] = {}
        for name, cell in zip(table.columns, row.cells, strict=False):
            if (number, name) in guarded:
                cell = cell.removeprefix("'")
            record[name] = (cell or None) if name != "note" else cell
        for name in _WHOLE:
            if isinstance(value := record.get(name), str) and value.isascii() and value.isdigit() and len(value) < 13:
                record[name] = int(value)
        record["retracted"] = record.get("retracted") == "true"
        yield Line(row.line, record, (), table.unit)


def _guarded(path: Path) -> frozenset[tuple[int, str]]:
    """Return row and column of the cells that got an apostrophe."""
    beside = path.with_name(CHANGED_CELLS)
    if not beside.is_file():
        return frozenset()
    table = table_of(read_bytes(beside), str(beside), None, len)
    cells = (dict(zip(table.columns, row.cells, strict=False)) for row in table.rows)
    return frozenset(
        (int(cell["row"]), cell.get("column", ""))
        for cell in cells
        if cell.get("table") == TABLE
        and cell.get("row", "").isascii()
        and cell["row"].isdigit()
        and len(cell["row"]) < 13
    )


def _read(format_name: str, file: str, lines: Iterator[Line], sha256: str) -> AnnotationFile:
    found: list[ForeignAnnotation] = []
    problems: list[Problem] = []
    ignored: Counter[str] = Counter()
    empty = True
    for line in lines:
        empty = False
        problems += line.problems
        if line.record is None or line.problems:
            continue
        if line.record.get("retracted") is True:
            ignored[_RETRACTED] += 1
            continue
        wrong = list(_wrong(line.record))
        problems += [Problem(file, line.number, name, message, unit=line.unit) for name, message in wrong]
        if not wrong:
            found.append(_annotation(file, line, line.record))
    if empty:
        problems.append(Problem(file, 0, "", "the file contains no annotations"))
    return AnnotationFile(format_name, tuple(found), tuple(problems), sha256, dict(ignored), CODE_POINTS)


def _wrong(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in _NEEDED:
        if record.get(name) is None:
            yield name, "is missing"
    for name in _WHOLE:
        value = record.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            yield name, f"must be a whole number, but is {quoted(value)}"
    texts: Sequence[str] = (
        *("answer_id", "case_id", "arm_id", "side", "quote", "category", "note", "reader_id", "place", "text_sha256"),
        *RATINGS,
        *("passage_quote", "passage_source"),
    )
    for name in texts:
        if record.get(name) is not None and not isinstance(record[name], str):
            yield name, f"must be a text, but is {json_type(record[name])}"
    if record.get("passage_start") is not None and record.get("passage_relation") not in RELATIONS:
        yield "passage_relation", f"must be {' or '.join(sorted(RELATIONS))}"


def _annotation(file: str, line: Line, record: Mapping[str, Any]) -> ForeignAnnotation:
    place = _shared(record.get("place") or ANSWER)
    sha256 = _shared(record.get("text_sha256") or "")
    return ForeignAnnotation(
        file,
        line.number,
        line.unit,
        _answered_by(
            record["answer_id"],
            record.get("case_id") or "",
            record.get("arm_id") or "",
            record.get("side") or "",
            sha256 if place == ANSWER else "",
        ),
        Marked(record["start"], record["end"], record.get("quote")),
        _shared(record["category"]),
        {name: _shared(record[name]) for name in RATINGS if record.get(name) is not None},
        record.get("note") or "",
        _shared(record["reader_id"]),
        place,
        1 if record.get("repeat") else 0,
        _passage(record),
        sha256,
    )


@lru_cache(maxsize=1024)
def _answered_by(answer_id: str, case_id: str, arm_id: str, side: str, sha256: str) -> AnsweredBy:
    """Return which answer an annotation is about: the same object for annotations that follow each other."""
    return AnsweredBy(answer_id, case_id, arm_id, side, sha256=sha256)


def _passage(record: Mapping[str, Any]) -> ForeignPassage | None:
    start, end, source = (record.get(f"passage_{name}") for name in ("start", "end", "source"))
    if start is None or end is None or source is None:
        return None
    return ForeignPassage(start, end, record.get("passage_quote"), source, record["passage_relation"])
