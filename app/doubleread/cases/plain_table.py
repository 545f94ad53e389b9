"""Read cases from a table with a column for each field, or from JSON objects with such fields.

Columns, in any order and case: `text` (or `case`, `vignette`) and `key` (or `answer`) are needed; `id`, `kind`,
`question`, `title`, `explanation`, `tags`, `accept`, `source`, `licence`, `original_id` may be there. Options are in
columns `option_a`, `option_b`, ... (or `a`, `b`, ...), or in one column `options`, separated by | or line breaks, or
else by semicolons. The key of a case with options is a letter or an option's text; if there is a column `answer_idx` (a
letter, or a position from 0) too, the two must agree. Lists (`accept`, `tags`, the codes of a `coding` case) are
separated by semicolons, and what is an object or a list of objects is JSON. A row with options is of kind "choice", any
other of kind "diagnosis", unless a column or a default says otherwise. Further columns are kept.

A mapping names the columns of fields whose names differ. Texts stay as they are in their cells; blanks around ids,
kinds, letters and the entries of lists are removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from doubleread.cases.case_file import CaseFile
from doubleread.cases.csv_table import Table, columns_shown
from doubleread.cases.json_lines import Line, parse_object
from doubleread.cases.keys import KeyRefusedError, agreed_option
from doubleread.cases.problems import Problem
from doubleread.cases.record import KNOWN_FIELDS, ORIGINAL_ID, Pack, Row

_INDEX = "answer_idx"
_PARTS = ("documents", "criteria", "turns", "fields")
_FIELDS = KNOWN_FIELDS - {*_PARTS} | {_INDEX, ORIGINAL_ID}
_OTHER_NAMES = {
    "answer": "key",
    "case": "text",
    "vignette": "text",
    "synonyms": "accept",
    "license": "licence",
    "specialty": "tags",
}
_OPTION_COLUMN = re.compile(r"(?:option(?:[ _-]|(?!s$)))?([a-z])")
_OPTION_PREFIX = re.compile(r"\s*\(?([A-Z])[).:]\s+")
_QUESTION = {"choice": "Which option is best?", "diagnosis": "What is the most likely diagnosis?"}
_EXACT = frozenset({"text", "question", "explanation", "title", "key", "source", "licence"})
_LISTS = ("accept", "tags")

MAPPED_FIELDS = (
    *sorted(KNOWN_FIELDS | {_INDEX, ORIGINAL_ID}),
    *(f"option_{letter.lower()}" for letter in ascii_uppercase),
)
"""The fields that a mapping can name a column for."""


def mapped_field(name: str) -> str:
    """Return our name of a field that a mapping names, such as "option_a" for "Option A"; "" if there is none."""
    plain = re.sub(r"[\s-]+", "_", name.strip().lower())
    return plain if plain in MAPPED_FIELDS else _OTHER_NAMES.get(plain, "")


def table_pack(source: CaseFile, mapping: Mapping[str, str] | None = None) -> Pack:
    """Return the cases of a table in the file's order, and every problem with its line and its column's name.

    `mapping` maps our fields to the names of columns.
    """
    mapping = mapping or {}
    table = source.table(lambda columns: len(_understood(columns, mapping)))
    if table is None:
        return _objects_pack(source, mapping)
    # Where reading broke off, the header may still be good, and the rows before are checked too.
    broken = list(table.problems)
    if table.columns:
        fields = _understood(table.columns, mapping)
        broken += [
            Problem(source.name, table.header_line, name, message, whole=True, unit=table.unit)
            for name, message in _header_complaints(table, fields, mapping, source.filling.defaults)
        ]
        if len(broken) == len(table.problems):
            return source.pack(_table_rows(table, fields, source))
    return Pack(source.name, (), (), tuple(broken))


def fields_by_column(columns: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Return the column that each of our fields is read from."""
    found = {field: columns[index] for field, index in _understood(columns, mapping).items()}
    return {f"option_{field}" if len(field) == 1 else field: column for field, column in found.items()}


def _header_complaints(
    table: Table, fields: Mapping[str, int], mapping: Mapping[str, str], defaults: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    lower = [column.lower() for column in table.columns]
    for column in sorted({column for column in lower if column and lower.count(column) > 1}):
        yield column, "two columns have this name; rename one"
    for field, column in mapping.items():
        if _position(table.columns, column) is None:
            yield column, f"{table.no_column('')}; correct --map {field}=COLUMN"
    named = [(field, index) for index, column in enumerate(table.columns) if (field := _field_named(column))]
    for name in sorted({field for field, _ in named if f"option_{field}" not in mapping and field not in mapping}):
        both = [table.columns[index] for field, index in named if field == name]
        if len({column.lower() for column in both}) > 1:
            yield name, f"the columns {' and '.join(both)} mean the same; keep one"
    needed = {"text": ("documents",), "key": (_INDEX, *(["key"] if defaults.get("kind") == "rubric" else []))}
    others = {"text": "case or vignette", "key": "answer or answer_idx"}
    for name, instead in needed.items():
        if name not in fields and name not in mapping and not any(other in fields for other in instead):
            if name == "key" and "key" in instead:
                continue
            yield name, f"{table.no_column(f' (or {others[name]})')}; name it with --map {name}=COLUMN"


def _table_rows(table: Table, fields: Mapping[str, int], source: CaseFile) -> Iterator[Row]:
    stem = Path(source.name).stem
    names = {field: table.columns[index] for field, index in fields.items()}
    others = {index: name for index, name in enumerate(table.columns) if name and index not in fields.values()}
    yield from (Row(item.line, None, (item,), {}, item.unit) for item in table.problems)
    for number, row in enumerate(table.rows, start=1):
        if wide := table.too_wide(row, source.name):
            yield Row(row.line, None, (wide,), {}, table.unit)
            continue
        cells = row.cells
        width = len(cells)
        values = {field: cells[index] for field, index in fields.items() if index < width and cells[index].strip()}
        rest = {name: cells[index] for index, name in others.items() if index < width and cells[index].strip()}
        line = Line(row.line, None, (), table.unit)
        made = _row(line, values, rest, names, f"{stem}-{number}", source)
        if made.record is not None and width < len(table.columns) and not (made.record["text"] and made.record["key"]):
            message = f"has {width} cells, the header {len(table.columns)}, and `text` or `key` is missing"
            problem = Problem(source.name, row.line, "", message, made.record["id"], unit=table.unit)
            made = Row(row.line, None, (problem,), {}, table.unit)
        yield made


def _objects_pack(source: CaseFile, mapping: Mapping[str, str]) -> Pack:
    """Return the cases of JSON objects."""
    lines = list(source.lines())
    found = list(dict.fromkeys(name for line in lines if line.record is not None for name in line.record))
    if found and (missing := [(field, name) for field, name in mapping.items() if _position(found, name) is None]):
        return Pack(
            source.name,
            (),
            (),
            tuple(
                Problem(
                    source.name,
                    0,
                    name,
                    f"there is no field of this name; found: {columns_shown(found)}; correct --map {field}=FIELD",
                    whole=True,
                )
                for field, name in missing
            ),
        )
    return source.pack(_object_row(line, mapping, source) for line in lines)


def _object_row(line: Line, mapping: Mapping[str, str], source: CaseFile) -> Row:
    if line.record is None:
        return Row(line.number, None, line.problems, {}, line.unit, line.file)
    columns = list(line.record)
    fields = _understood(columns, mapping, parts=True)
    names = {field: columns[index] for field, index in fields.items()}
    values = {field: line.record[name] for field, name in names.items() if not _absent(line.record[name])}
    rest = {name: value for name, value in line.record.items() if name not in names.values() and value is not None}
    return _row(line, values, rest, names, source.id_of(line), source)


def _absent(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _row(
    line: Line,
    values: Mapping[str, Any],
    rest: Mapping[str, Any],
    names: Mapping[str, str],
    without_id: str,
    source: CaseFile,
) -> Row:
    """Return a row with what its fields contain. `rest` are the columns that are none of our fields."""
    record = {f"source_{name}" if name in KNOWN_FIELDS | {ORIGINAL_ID} else name: value for name, value in rest.items()}
    options: dict[str, Any] = {}
    for field, value in values.items():
        if len(field) == 1:
            options[field.upper()] = _as_text(value)
        elif field == "options":
            options.update(_options(value))
        elif field in _LISTS and isinstance(value, str):
            record[field] = _parts(value)
        else:
            record[field] = value if field in _EXACT and isinstance(value, str) else _as_text(value, strip=True)
    record.setdefault("id", without_id)
    default = source.filling.defaults.get("kind")
    record.setdefault("kind", default or ("choice" if options else "diagnosis"))
    problems: list[Problem] = []
    index, key = record.pop(_INDEX, None), record.pop("key", None)
    record["key"] = index or "" if key is None else key
    place, shown = line.file or source.name, record["id"] if isinstance(record["id"], str) else ""
    names = {**names, "key": names.get("key", names.get(_INDEX, "key"))}
    if options:
        record["options"] = options
        if record["key"] != "":
            try:
                record["key"] = agreed_option(index, key, options)
            except KeyRefusedError as error:
                column = names.get(_INDEX if index else "key", "key")
                problems.append(Problem(place, line.number, column, str(error), shown, unit=line.unit))
                record["key"] = next(iter(options))  # so that the other fields are checked; the row is refused anyway
    elif isinstance(record["key"], str) and record["kind"] not in ("summary", "rubric"):
        record["key"] = record["key"].strip()
    if record["kind"] == "coding" and isinstance(record["key"], str):
        record["key"] = _parts(record["key"].replace(",", ";").replace("\n", ";"))
    for name in (*_PARTS, *(["key"] if record["kind"] == "extraction" else [])):
        if isinstance(record.get(name), str):
            try:
                record[name], _ = parse_object(record[name])
            except ValueError as error:
                problems.append(Problem(place, line.number, names.get(name, name), str(error), shown, unit=line.unit))
    record.setdefault("question", source.filling.defaults.get("question") or _QUESTION.get(str(record["kind"]), ""))
    record.setdefault("text", "")
    return Row(line.number, record, (*line.problems, *problems), names, line.unit, line.file)


def _as_text(value: Any, *, strip: bool = False) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value.strip() if strip and isinstance(value, str) else value


def _understood(columns: Sequence[str], mapping: Mapping[str, str], *, parts: bool = False) -> dict[str, int]:
    """Return the position of the column of each field that is known. An option's field is its letter."""
    fields = {}
    for field, name in mapping.items():
        if (position := _position(columns, name)) is not None:
            fields[field.removeprefix("option_") if field.startswith("option_") else field] = position
    named = set(fields.values())
    for index, column in enumerate(columns):
        field = _field_named(column, parts=parts)
        if field and index not in named:
            fields.setdefault(field, index)
    return fields


def _field_named(column: str, *, parts: bool = False) -> str:
    name = column.strip().lower()
    if option := _OPTION_COLUMN.fullmatch(name):
        return option[1]
    name = name.replace(" ", "_")
    name = _OTHER_NAMES.get(name, name)
    return name if name in _FIELDS or (parts and name in _PARTS) else ""


def _position(columns: Sequence[str], name: str) -> int | None:
    """Return the position of a column: of this very name, or else of this name in another case."""
    for wanted, names in ((name, columns), (name.strip().lower(), [column.strip().lower() for column in columns])):
        if wanted in names:
            return list(names).index(wanted)
    return None


def _options(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return _split_options(value)
    if isinstance(value, list):
        return dict(zip(ascii_uppercase, map(_as_text, value), strict=False))
    return dict(value) if isinstance(value, dict) else {"A": value}


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(";") if part.strip()]


def _split_options(value: str) -> dict[str, str]:
    mark = "|" if "|" in value else "\n" if "\n" in value else ";"
    parts = [part.strip() for part in value.split(mark) if part.strip()]
    prefixes = [_OPTION_PREFIX.match(part) for part in parts]
    letters = [prefix[1] for prefix in prefixes if prefix]
    if len(letters) == len(set(letters)) == len(parts):
        return {prefix[1]: part[prefix.end() :] for prefix, part in zip(prefixes, parts, strict=True) if prefix}
    return dict(zip(ascii_uppercase, parts, strict=False))
