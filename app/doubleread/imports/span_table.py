"""A table (CSV or a workbook) with one annotated span in each row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from doubleread.cases.case_file import table_of
from doubleread.cases.csv_table import Table
from doubleread.cases.foreign import plain_name
from doubleread.cases.json_lines import quoted
from doubleread.cases.problems import Problem, read_bytes
from doubleread.domain.annotation import ANSWER
from doubleread.domain.hashes import bytes_sha256
from doubleread.imports.foreign_annotation import RATINGS, AnnotationFile, AnsweredBy, ForeignAnnotation
from doubleread.imports.offsets import Marked

FIELDS = (
    *("answer_id", "case_id", "arm", "side", "text", "start", "end", "quote", "category"),
    *(*RATINGS, "note", "reader", "place", "repeat"),
)
"""The fields of a row; all but start, end and category may be missing."""

NEEDED = ("start", "end", "category")
_ABOUT = ("answer_id", "case_id", "text")
_OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "arm": ("arm_name", "model"),
    "category": ("label",),
    "reader": ("reader_id", "annotator"),
}
_NUMBER = re.compile(r"\d{1,12}")


def read_span_table(path: Path, columns: Mapping[str, str]) -> AnnotationFile:
    """Return the annotations of a table. `columns` maps fields to columns of other names. Raises CaseFileError."""
    file = str(path)
    data = read_bytes(path)
    table = table_of(data, file, None, lambda found: len(fields_of(found, columns)))
    found: list[ForeignAnnotation] = []
    problems = [*table.problems]
    if table.columns:
        fields = fields_of(table.columns, columns)
        if wrong := list(_header_problems(table, fields, columns, file)):
            problems += wrong
        else:
            _read_rows(table, fields, file, found, problems)
    if not found and not problems:
        problems.append(Problem(file, 0, "", "the file contains no annotations"))
    return AnnotationFile("spans", tuple(found), tuple(problems), bytes_sha256(data))


def fields_of(found: Sequence[str], columns: Mapping[str, str]) -> dict[int, str]:
    """Return the field of each column that is known, by its position."""
    position = {plain_name(column): index for index, column in reversed(list(enumerate(found)))}
    fields = {}
    for field in FIELDS:
        names = (columns[field],) if field in columns else (field, *_OTHER_NAMES.get(field, ()))
        if (name := next((name for name in map(plain_name, names) if name in position), None)) is not None:
            fields[position[name]] = field
    return fields


def _header_problems(
    table: Table, fields: Mapping[int, str], columns: Mapping[str, str], file: str
) -> Iterator[Problem]:
    known = set(fields.values())
    missing = [field for field in (*NEEDED, *columns) if field not in known]
    if not known.intersection(_ABOUT):
        missing.append("answer_id")
    for field in dict.fromkeys(missing):
        message = table.no_column("") + f"; name it with --map {field}=COLUMN"
        if field == "answer_id" and field not in columns:
            message += ", or give case_id and arm or side, or the text of the answer"
        yield Problem(file, table.header_line, columns.get(field, field), message, whole=True, unit=table.unit)


def _read_rows(
    table: Table, fields: Mapping[int, str], file: str, found: list[ForeignAnnotation], problems: list[Problem]
) -> None:
    answers: dict[AnsweredBy, AnsweredBy] = {}
    for row in table.rows:
        if wide := table.too_wide(row, file):
            problems.append(wide)
            continue
        cells = {field: row.cells[index] for index, field in fields.items() if index < len(row.cells)}
        wrong = [
            Problem(file, row.line, name, message, cells.get("case_id", ""), unit=table.unit)
            for name, message in _wrong(cells)
        ]
        problems += wrong
        if not wrong:
            said = {name: cells.get(name, "").strip() for name in ("answer_id", "case_id", "arm", "side")}
            made = AnsweredBy(**said, text=cells.get("text") or None)
            found.append(_annotation(file, row.line, table.unit, cells, answers.setdefault(made, made)))


def _wrong(cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in ("start", "end"):
        if _NUMBER.fullmatch(cells.get(name, "").strip()) is None:
            yield name, f"must be a whole number, but is {quoted(cells.get(name, ''))}"
    if not cells.get("category", "").strip():
        yield "category", "is empty"
    if cells.get("repeat", "").strip() not in ("", "0", "1"):
        yield "repeat", f"must be 0 or 1, but is {quoted(cells['repeat'])}"


def _annotation(file: str, line: int, unit: str, cells: Mapping[str, str], about: AnsweredBy) -> ForeignAnnotation:
    return ForeignAnnotation(
        file,
        line,
        unit,
        about,
        Marked(int(cells["start"]), int(cells["end"]), cells.get("quote") or None),
        cells["category"].strip(),
        {name: cells[name].strip() for name in RATINGS if cells.get(name, "").strip()},
        cells.get("note", ""),
        cells.get("reader", "").strip(),
        cells.get("place", "").strip() or ANSWER,
        int(cells.get("repeat", "").strip() or 0),
    )
