"""The JSON of other programs' logs, which have NaN for scores that could not be computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from doubleread.cases.encodings import decoded, split_lines
from doubleread.cases.json_lines import Line, json_type, lone_surrogates, parse_object
from doubleread.cases.problems import Problem


def log_value(text: str) -> Any:
    """Return a JSON value, null for NaN. Raises ValueError with a message for the user."""
    return parse_object(text, _null)[0]


def _null(_: str) -> None:
    """Return null for NaN and Infinity."""


def log_lines(data: bytes, file: str) -> Iterator[Line]:
    """Yield the objects of JSON Lines, or of one JSON array."""
    text, undecodable = decoded(data, file)
    return log_lines_of(text, undecodable, file)


def log_lines_of(text: str, undecodable: Sequence[Problem], file: str) -> Iterator[Line]:
    """Yield the objects of JSON Lines, or of one JSON array."""
    if not text and undecodable:
        yield Line(0, None, tuple(undecodable))
        return
    bad = {problem.line: problem for problem in undecodable}
    if text.lstrip()[:1] == "[" and not bad:
        try:
            entries = log_value(text)
        except ValueError as error:
            yield Line(0, None, (Problem(file, 0, "", str(error)),))
            return
        yield from (checked(number, entry, file, "entry") for number, entry in enumerate(entries, start=1))
        return
    for number, line in enumerate(split_lines(text), start=1):
        if number in bad:
            yield Line(number, None, (bad[number],))
        elif line.strip():
            try:
                yield checked(number, log_value(line.strip()), file, "line")
            except ValueError as error:
                yield Line(number, None, (Problem(file, number, "", str(error)),))


def checked(number: int, value: Any, file: str, unit: str) -> Line:
    """Return a line of a value that must be an object without halves of surrogate pairs."""
    if not isinstance(value, dict):
        message = f"holds {json_type(value)}; each {unit} must hold one object in curly brackets"
        return Line(number, None, (Problem(file, number, "", message, unit=unit),), unit)
    if broken := next(lone_surrogates(value, ""), ""):
        shown = broken.encode("utf-8", "backslashreplace").decode("utf-8")
        message = "holds half a surrogate pair (\\ud800-\\udfff); write the character"
        return Line(number, None, (Problem(file, number, shown, message, unit=unit),), unit)
    return Line(number, value, (), unit)


def part(value: Any, *names: str | int) -> Any:
    """Return a part of a JSON value by names and positions, or None if it is not there."""
    for name in names:
        if isinstance(name, str):
            value = value.get(name) if isinstance(value, Mapping) else None
        else:
            value = value[name] if isinstance(value, list) and -len(value) <= name < len(value) else None
    return value


def name_in(value: Any, *names: str | int) -> str | None:
    """Return a part of a JSON value that is a name: a text of one line, cut; None for anything else."""
    found = part(value, *names)
    return " ".join(found.split())[:200] if isinstance(found, str) else None


def number_in(value: Any, *names: str | int) -> int | float | None:
    """Return a part of a JSON value that is a number of 0 or more; None for anything else."""
    found = part(value, *names)
    return found if isinstance(found, int | float) and not isinstance(found, bool) and found >= 0 else None


def known(**entries: Any) -> dict[str, Any]:
    """Return the entries that have a value."""
    return {name: value for name, value in entries.items() if value not in (None, "", {}, [])}
