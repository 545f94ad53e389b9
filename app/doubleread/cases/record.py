"""Check one record of the native format, with messages for the person who wrote it.

The JSON Schema that ships with the case packs says the same, as far as a schema can.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from string import ascii_uppercase
from typing import Any, cast

from doubleread.cases.json_lines import json_type
from doubleread.cases.keys import KeyRefusedError, option_named, same_text
from doubleread.cases.problems import Problem, bad_lines
from doubleread.domain.case import CASE_KINDS, Case, CaseKind

Complaint = tuple[str, str]
_OWN_ID = "every case needs its own id"

_NEEDED_TEXTS = ("id", "text", "question")
_OTHER_TEXTS = ("title", "explanation", "source", "licence")
ORIGINAL_ID = "original_id"
"""The field that keeps a case's id in its source, where the case has another one here."""

_MAY_BE_THERE = (*_OTHER_TEXTS, ORIGINAL_ID)
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
    for name in _MAY_BE_THERE:
        if name in record and not isinstance(record[name], str):
            complaints.append((name, f"must be a text in quotes, but is {json_type(record[name])}"))
    for name in _LISTS:
        complaints += _list_of_texts(record, name)
    kind = record.get("kind")
    known = ", ".join(f'"{name}"' for name in CASE_KINDS)
    if "kind" not in record:
        complaints.append(("kind", f"is missing; give the kind of case: {known}"))
    elif kind not in CASE_KINDS:
        complaints.append(("kind", f"must be one of {known}, but is {_shown(kind)}"))
    if kind == "choice":
        complaints += _choice(record)
    else:
        complaints += _needed_text(record, "key")
        if kind == "diagnosis" and "options" in record:
            complaints.append(("options", 'a case of kind "diagnosis" has none; omit them, or use kind "choice"'))
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
    if not problems and isinstance(options, dict):
        yield from _key(record["key"], options)
        yield from _accepted(record, options)


def _key(key: str, options: Mapping[str, Any]) -> Iterator[Complaint]:
    if key in options:
        return
    try:
        hint = f'; write "{option_named(key, options)}" if that option is meant'
    except KeyRefusedError:
        hint = ""
    yield "key", f"must be one of the options' letters ({', '.join(options)}), but is {_shown(key)}{hint}"


def _accepted(record: Mapping[str, Any], options: Mapping[str, Any]) -> Iterator[Complaint]:
    """Yield a complaint for each further name of the key that is another option's."""
    accept = record.get("accept")
    for position, name in enumerate(accept if isinstance(accept, list) else (), start=1):
        if not isinstance(name, str) or not name.strip():
            continue
        other = {
            letter
            for letter, text in options.items()
            if name.strip() == letter or (isinstance(text, str) and same_text(name) == same_text(text))
        }
        if other and record["key"] not in other:
            yield (
                "accept",
                f"entry {position}, {_shown(name)}, names option {min(other)}, but the key is {record['key']}",
            )


def _options(options: Mapping[str, Any]) -> Iterator[Complaint]:
    if not 2 <= len(options) <= len(ascii_uppercase):
        yield "options", f"must be 2 to 26, but there are {len(options)}"
    first: dict[str, str] = {}
    for letter, text in options.items():
        if len(letter) != 1 or letter not in ascii_uppercase:
            yield "options", f"each must have one capital letter A to Z, but one has {_shown(letter)}"
        if not isinstance(text, str):
            yield "options", f"option {letter} must be a text in quotes, but is {json_type(text)}"
        elif not text.strip():
            yield "options", f"option {letter} is empty"
        elif (same := " ".join(text.split())) in first:
            yield (
                "options",
                f"options {first[same]} and {letter} have the same text; no answer could tell them apart",
            )
        else:
            first[same] = letter


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


@dataclass(frozen=True, slots=True)
class Pack:
    """The cases of one file that nothing is wrong with, in the file's order, the line of each, and every problem."""

    file: str
    cases: tuple[Case, ...]
    lines: tuple[int, ...]
    problems: tuple[Problem, ...]

    @property
    def left_out(self) -> int:
        """How many lines are not among the cases."""
        return bad_lines(self.problems)


def pack_from_rows(rows: Iterable[Row], file: str) -> Pack:
    """Return the good cases and every problem of all rows.

    Of rows with one id none is a good case, except the first where all of them are the same record.
    """
    good: dict[int, Case] = {}
    problems: list[Problem] = []
    first: dict[str, Row] = {}
    ambiguous: dict[str, int] = {}
    empty = True
    for row in rows:
        empty = False
        found = list(row.problems)
        record = row.record or {}
        if row.record is not None:
            complaints = check_record(record)
            if earlier := first.get(record["id"]) if isinstance(record.get("id"), str) else None:
                complaints.append(("id", f"{_shown(record['id'])} is already the id in line {earlier.line}; {_OWN_ID}"))
                if earlier.record != record:
                    ambiguous.setdefault(record["id"], row.line)
            elif isinstance(record.get("id"), str) and record["id"].strip():
                first[record["id"]] = row
            found += [Problem(file, row.line, row.names.get(name, name), message) for name, message in complaints]
            if not found:
                good[row.line] = case_from_record(record)
        case_id = record.get("id")
        problems += [replace(item, id=case_id) for item in found] if isinstance(case_id, str) else found
    for case_id, line in ambiguous.items():
        row = first[case_id]
        good.pop(row.line, None)
        message = f"{_shown(case_id)} is also the id of another case in line {line}; {_OWN_ID}"
        problems.append(Problem(file, row.line, row.names.get("id", "id"), message, case_id))
    if empty:
        problems.append(Problem(file, 0, "", "the file contains no cases"))
    problems.sort(key=lambda problem: problem.line)
    return Pack(file, tuple(good.values()), tuple(good), tuple(problems))
