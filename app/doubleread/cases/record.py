"""The rules for one case: what the native format asks of a record, in words for the person who wrote it.

The JSON Schema that ships with the case packs says the same, as far as a schema can.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from string import ascii_uppercase
from typing import Any, cast

from doubleread.cases.json_lines import json_type
from doubleread.cases.problems import Problem
from doubleread.domain.case import CASE_KINDS, Case, CaseKind

Complaint = tuple[str, str]

_NEEDED_TEXTS = ("id", "text", "question")
_OTHER_TEXTS = ("title", "explanation", "source", "licence")
_LISTS = ("accept", "tags")
KNOWN_FIELDS = frozenset((*_NEEDED_TEXTS, *_OTHER_TEXTS, *_LISTS, "kind", "options", "key"))


@dataclass(frozen=True, slots=True)
class Row:
    """A record on its way to a case: where it stood, what is wrong with it, its fields' names in the source.

    `line` counts from 1. `record` is None where the line could not be read at all. `names` maps our field's name to the
    source's where they differ, so that a problem speaks of the column that its author knows.
    """

    line: int
    record: Mapping[str, Any] | None
    problems: tuple[Problem, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


def check_record(record: Mapping[str, Any]) -> list[Complaint]:
    """Return (field, message) for everything wrong with one record; empty where it is a case."""
    complaints: list[Complaint] = []
    for name in _NEEDED_TEXTS:
        complaints += _needed_text(record, name)
    for name in _OTHER_TEXTS:
        if name in record and not isinstance(record[name], str):
            complaints.append((name, f"must be a text in quotes, but is {json_type(record[name])}"))
    for name in _LISTS:
        complaints += _list_of_texts(record, name)
    kind = record.get("kind")
    known = ", ".join(f'"{name}"' for name in CASE_KINDS)
    if "kind" not in record:
        complaints.append(("kind", f"is missing; say which kind of case this is: {known}"))
    elif kind not in CASE_KINDS:
        complaints.append(("kind", f"must be one of {known}, but is {_shown(kind)}"))
    if kind == "choice":
        complaints += _choice(record)
    else:
        complaints += _needed_text(record, "key")
        if kind == "diagnosis" and "options" in record:
            complaints.append(("options", 'a case of kind "diagnosis" has none; leave them out or say kind "choice"'))
    return complaints


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value[:40]}"' + ("..." if len(value) > 40 else "")
    return json_type(value)


def _needed_text(record: Mapping[str, Any], name: str) -> Iterator[Complaint]:
    if name not in record:
        yield name, "is missing; every case needs it"
    elif not isinstance(record[name], str):
        yield name, f"must be a text in quotes, but is {json_type(record[name])}"
    elif not record[name].strip():
        yield name, "is empty; every case needs it"


def _list_of_texts(record: Mapping[str, Any], name: str) -> Iterator[Complaint]:
    if name not in record:
        return
    value = record[name]
    if not isinstance(value, list):
        yield name, f'must be a list of texts, such as ["one", "two"], but is {json_type(value)}'
        return
    for position, item in enumerate(value, start=1):
        if not isinstance(item, str):
            yield name, f"entry {position} must be a text in quotes, but is {json_type(item)}"
        elif not item.strip():
            yield name, f"entry {position} is empty; leave it out"


def _choice(record: Mapping[str, Any]) -> Iterator[Complaint]:
    options = record.get("options")
    if "options" not in record:
        yield "options", 'is missing; a case of kind "choice" needs options, such as {"A": "...", "B": "..."}'
    elif not isinstance(options, dict):
        yield "options", f'must be an object such as {{"A": "...", "B": "..."}}, but is {json_type(options)}'
    else:
        yield from _options(options)
    yield from (problems := list(_needed_text(record, "key")))
    if not problems and isinstance(options, dict) and record["key"] not in options:
        yield "key", f"must be one of the options' letters ({', '.join(options)}), but is {_shown(record['key'])}"


def _options(options: Mapping[str, Any]) -> Iterator[Complaint]:
    if not 2 <= len(options) <= len(ascii_uppercase):
        yield "options", f"must be 2 to 26, but there are {len(options)}"
    first: dict[str, str] = {}
    for letter, text in options.items():
        if len(letter) != 1 or letter not in ascii_uppercase:
            yield "options", f"each must be named by one capital letter A to Z, but one is named {_shown(letter)}"
        if not isinstance(text, str):
            yield "options", f"option {letter} must be a text in quotes, but is {json_type(text)}"
        elif not text.strip():
            yield "options", f"option {letter} is empty"
        elif text.strip() in first:
            yield (
                "options",
                f"options {first[text.strip()]} and {letter} have the same text; no answer could tell them apart",
            )
        else:
            first[text.strip()] = letter


def case_from_record(record: Mapping[str, Any]) -> Case:
    """Make the case of a record that `check_record` found nothing wrong with. Unknown fields go to `extra`."""
    return Case(
        id=record["id"],
        kind=cast("CaseKind", record["kind"]),
        text=record["text"],
        question=record["question"],
        key=record["key"],
        options=dict(record.get("options", {})),
        accept=tuple(record.get("accept", ())),
        title=record.get("title", ""),
        explanation=record.get("explanation", ""),
        tags=tuple(record.get("tags", ())),
        source=record.get("source", ""),
        licence=record.get("licence", ""),
        extra={name: value for name, value in record.items() if name not in KNOWN_FIELDS},
    )


def cases_from_rows(rows: Iterable[Row], file: str) -> tuple[list[Case], list[Problem]]:
    """Return the good cases and every problem of all rows, repeated ids among them, in the order of the lines."""
    cases: list[Case] = []
    problems: list[Problem] = []
    first_line: dict[str, int] = {}
    empty = True
    for row in rows:
        empty = False
        found = list(row.problems)
        if row.record is not None:
            found += [
                Problem(file, row.line, row.names.get(name, name), message)
                for name, message in (*check_record(row.record), *_used_before(row, first_line))
            ]
            if not found:
                cases.append(case_from_record(row.record))
        problems += found
    if empty:
        problems.append(Problem(file, 0, "", "the file holds no case"))
    return cases, problems


def _used_before(row: Row, first_line: dict[str, int]) -> Iterator[Complaint]:
    assert row.record is not None
    name = row.record.get("id")
    if not isinstance(name, str) or not name.strip():
        return
    if name in first_line:
        yield "id", f"{_shown(name)} stands already in line {first_line[name]}; every case needs an id of its own"
    else:
        first_line[name] = row.line
