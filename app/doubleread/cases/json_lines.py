"""JSON Lines, read so that every bad line is named with what is wrong with it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from doubleread.cases.problems import Problem, decoded


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank: its number from 1, and its object, or None where `problems` says why not."""

    number: int
    record: dict[str, Any] | None
    problems: tuple[Problem, ...] = field(default=())


class _RefusedError(ValueError):
    pass


def _constant(name: str) -> float:
    raise _RefusedError(f"{name} is not allowed in JSON; leave the field out or use a string")


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _RefusedError(f"the number {text[:40]} is too large; use a string")
    return value


def _whole_number(text: str) -> int:
    if len(text) > 300:
        raise _RefusedError(f"the number {text[:20]}... is too large; use a string")
    return int(text)


def parse_object(text: str) -> tuple[Any, list[tuple[str, str]]]:
    """Return the JSON value of a text and (field, message) for each name that stands twice in one object.

    Raises ValueError with a message for the user where the text is not JSON. NaN, Infinity and numbers beyond a
    float are refused, because other programs could not read them back.
    """
    twice: list[tuple[str, str]] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        record: dict[str, Any] = {}
        for name, value in items:
            if name in record:
                twice.append((name, "stands twice in the same object; keep one of the two"))
            record[name] = value
        return record

    try:
        value = json.loads(
            text, object_pairs_hook=pairs, parse_constant=_constant, parse_float=_number, parse_int=_whole_number
        )
    except json.JSONDecodeError as error:
        raise ValueError(
            f"not valid JSON at character {error.pos + 1}: {error.msg[:1].lower()}{error.msg[1:]}"
        ) from None
    except RecursionError:
        raise ValueError("lists or objects are nested too deeply; keep the case flat") from None
    return value, twice


def lone_surrogates(value: Any, name: str) -> Iterator[str]:
    """Yield the path of every string inside a JSON value that holds half a surrogate pair, which UTF-8 cannot store."""
    if isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            yield name
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from lone_surrogates(key, f"{name} (a name inside)")
            yield from lone_surrogates(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for position, inner in enumerate(value, start=1):
            yield from lone_surrogates(inner, f"{name}[{position}]")


def read_lines(data: bytes, file: str) -> Iterator[Line]:
    """Yield every line that is not blank, good or bad, in order. `file` is the name for the problems.

    Lines end with LF or CR LF. A byte order mark at the start is skipped. Where the whole file is one JSON list or one
    object over several lines, one line 0 with that problem is yielded and nothing else.
    """
    text, undecodable = decoded(data, file)
    if not text and undecodable:
        yield Line(0, None, tuple(undecodable))
        return
    whole = _one_document(text)
    if whole:
        yield Line(0, None, (Problem(file, 0, "", whole),))
        return
    bad = {problem.line: problem for problem in undecodable}
    for number, line in enumerate(text.split("\n"), start=1):
        if number in bad:
            yield Line(number, None, (bad[number],))
        elif line.strip():
            yield _line(number, line.strip(), file)


def _line(number: int, text: str, file: str) -> Line:
    try:
        value, twice = parse_object(text)
    except ValueError as error:
        return Line(number, None, (Problem(file, number, "", str(error)),))
    if not isinstance(value, dict):
        message = f"holds {json_type(value)}; each line must hold one object in curly brackets"
        return Line(number, None, (Problem(file, number, "", message),))
    problems = [Problem(file, number, name, message) for name, message in twice]
    for name in lone_surrogates(value, ""):
        shown = name.encode("utf-8", "backslashreplace").decode("utf-8")
        problems.append(
            Problem(file, number, shown, "holds half a surrogate pair (\\ud800-\\udfff); write the character")
        )
    return Line(number, value, tuple(problems))


def _one_document(text: str) -> str:
    start = text.lstrip()[:1]
    if start not in ("[", "{") or "\n" not in text.strip():
        if start != "[":
            return ""
    elif start == "{":
        first = text.lstrip().split("\n", 1)[0]
        if first.rstrip().endswith("}"):
            return ""
    try:
        value, _ = parse_object(text)
    except ValueError:
        return ""
    if isinstance(value, list):
        return "the file is one JSON list; JSON Lines has one case a line, without brackets and commas around them"
    return "one case stretches over several lines; JSON Lines has each case on one line"


def json_type(value: Any) -> str:
    """Name the type of a JSON value as a reader of the file would."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "an object"
