"""External answers as JSON Lines or as a table: `case_id`, `text` and optional fields on each line.

| field | what | |---|---| | case_id | the case's id in the study, or its original id (`original_id` of the case); a
text or a whole number | | text | the answer, kept exactly; reasoning between the usual markers is split off | |
reasoning | what a reasoning model wrote before its answer, kept apart and never scored | | finish_reason | "stop" (the
default), or "length" if the answer was cut off at the maximum length | | started_at, finished_at | ISO 8601 with a time
zone, if known | | sample | which of several answers to the case it is, from 0 (the default); readers read sample 0 |

Every other field is kept beside the answer. A table (CSV, or a workbook) has a column for each field; `encounter_id`
and `note`, as in the published notes of ACI-Bench, are accepted for `case_id` and `text`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from doubleread.cases.case_file import table_of
from doubleread.cases.csv_table import Table, TableRow
from doubleread.cases.fields import Complaint, wrong_fields
from doubleread.cases.foreign import plain_name
from doubleread.cases.json_lines import Line, quoted, read_lines
from doubleread.cases.problems import Problem, read_bytes


class AnswerRecord(msgspec.Struct):
    """The fields of one line."""

    case_id: str | int
    text: str
    reasoning: str = ""
    finish_reason: Literal["stop", "length"] = "stop"
    started_at: str = ""
    finished_at: str = ""
    sample: int = 0


FIELDS = AnswerRecord.__struct_fields__
_NEEDED = ("case_id", "text")
_OTHER_NAMES = {"case_id": "encounter_id", "text": "note"}
_NOT_SHOWN = b" \t\r\n\xef\xbb\xbf"
_SAMPLE = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True)
class ForeignAnswer:
    """One answer as it is in the file. Times are ISO 8601, empty if unknown; `extra` are the other fields.

    `named` is the `case_id` as the file has it, which may be the original id of the case.
    """

    line: int
    case_id: str
    named: str
    text: str
    reasoning: str
    finish_reason: str
    started_at: str
    finished_at: str
    sample: int
    extra: Mapping[str, Any]

    def to_case(self, case_id: str) -> ForeignAnswer:
        """Return the answer as that to a case of the study."""
        return replace(self, case_id=case_id)


def answers_and_problems(
    path: Path, columns: Mapping[str, str] | None = None
) -> tuple[list[ForeignAnswer], list[Problem]]:
    """Return the answers of the good lines, and every problem of every line.

    `columns` maps fields to the columns of a table, where their names differ. Several lines with one `case_id` are left
    to `repeated`. Raises CaseFileError if the file cannot be read at all.
    """
    file = str(path)
    answers: list[ForeignAnswer] = []
    problems: list[Problem] = []
    for line in _lines(read_bytes(path), file, columns or {}):
        problems.extend(line.problems)
        if line.record is None:
            continue
        case_id = line.record.get("case_id")
        known_id = str(case_id) if isinstance(case_id, str | int) and not isinstance(case_id, bool) else ""
        found = [
            Problem(file, line.number, name, message, known_id, unit=line.unit)
            for name, message in _complaints(line.record)
        ]
        problems.extend(found)
        if not found and not line.problems:
            answers.append(_answer(line.record, line.number))
    if not answers and not problems:
        problems.append(Problem(file, 0, "", "the file contains no answers"))
    return answers, problems


def _lines(data: bytes, file: str, columns: Mapping[str, str]) -> Iterator[Line]:
    """Yield the lines of a file, which is a table if its header names one of the fields that answers need."""
    if columns or data.lstrip(_NOT_SHOWN)[:1] != b"{":
        table = table_of(data, file, None, lambda found: len(_fields(found, columns)))
        fields = _fields(table.columns, columns)
        if columns or fields:
            yield from _table_lines(table, fields, file, columns)
            return
    yield from read_lines(data, file)


def _fields(found: Sequence[str], columns: Mapping[str, str]) -> dict[int, str]:
    """Return the field of each column that is known, by its position."""
    position = {plain_name(column): index for index, column in reversed(list(enumerate(found)))}
    fields = {}
    for field in FIELDS:
        names = (columns[field],) if field in columns else (field, _OTHER_NAMES.get(field, field))
        if (name := next((name for name in map(plain_name, names) if name in position), None)) is not None:
            fields[position[name]] = field
    return fields


def _table_lines(table: Table, fields: Mapping[int, str], file: str, columns: Mapping[str, str]) -> Iterator[Line]:
    line = table.header_line
    missing = [field for field in (*_NEEDED, *columns) if field not in fields.values()]
    if not table.columns:
        yield Line(0, None, table.problems)
    elif missing:
        named = {field: table.no_column("") + f"; name it with --column {field}=NAME" for field in missing}
        found = (Problem(file, line, columns.get(field, field), named[field], whole=True) for field in named)
        yield Line(line, None, tuple(found))
    else:
        yield from (Line(item.line, None, (item,), item.unit) for item in table.problems)
        yield from (_table_line(table, row, fields, file) for row in table.rows)


def _table_line(table: Table, row: TableRow, fields: Mapping[int, str], file: str) -> Line:
    if wide := table.too_wide(row, file):
        return Line(row.line, None, (wide,), table.unit)
    record: dict[str, Any] = {}
    for index, column in enumerate(table.columns):
        name = fields.get(index) or (f"source_{column}" if column in FIELDS else column)
        value = row.cells[index] if index < len(row.cells) else ""
        if not name or not (value or name in _NEEDED):
            continue
        whole = name == "sample" and _SAMPLE.fullmatch(value.strip())
        record.setdefault(name, int(value) if whole else value)
    return Line(row.line, record, (), table.unit)


def repeated(answers: list[ForeignAnswer], file: str) -> tuple[list[ForeignAnswer], list[Problem]]:
    """Return the only answer to each case and sample, and a problem for every line of one that has several. Of
    identical lines, the first counts.
    """
    by_case: dict[tuple[str, int], list[ForeignAnswer]] = defaultdict(list)
    for answer in answers:
        by_case[answer.case_id, answer.sample].append(answer)
    kept: list[ForeignAnswer] = []
    problems: list[Problem] = []
    for (case_id, _), several in by_case.items():
        if all((item.text, item.reasoning) == (several[0].text, several[0].reasoning) for item in several):
            kept.append(several[0])
            several = several[1:]
            what = "has this answer already, in line"
            others = {item.line: [kept[-1].line] for item in several}
        else:
            what = "has another answer in line"
            others = {item.line: [other.line for other in several if other is not item][:1] for item in several}
        for item in several:
            message = f'the case "{case_id}" {what} {others[item.line][0]}; keep one'
            problems.append(Problem(file, item.line, "case_id", message, case_id))
    return sorted(kept, key=lambda item: item.line), problems


def _answer(record: Mapping[str, Any], number: int) -> ForeignAnswer:
    read = msgspec.structs.asdict(msgspec.convert(record, AnswerRecord))
    name = str(read["case_id"])
    extra = {field: value for field, value in record.items() if field not in read}
    return ForeignAnswer(line=number, named=name, extra=extra, **{**read, "case_id": name})


def _complaints(record: Mapping[str, Any]) -> list[Complaint]:
    complaints = list(wrong_fields(record, AnswerRecord, "every answer"))
    if isinstance(case_id := record.get("case_id"), str) and not case_id.strip():
        complaints.append(("case_id", "is empty; write the id of the case"))
    if isinstance(sample := record.get("sample"), int) and sample < 0:
        complaints.append(("sample", f"must be 0 or more, but is {sample}"))
    for name in ("started_at", "finished_at"):
        complaints += ((name, message) for message in _wrong_time(record.get(name)))
    return complaints


def _wrong_time(value: Any) -> Iterator[str]:
    if not isinstance(value, str):
        return
    try:
        if datetime.fromisoformat(value).tzinfo is None:
            yield f"{quoted(value)} has no time zone; add Z for UTC"
    except ValueError:
        yield f"{quoted(value)} is not a time such as 2026-01-31T12:00:00Z"
