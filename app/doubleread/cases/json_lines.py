"""Read JSON Lines, or one JSON array of objects, reporting every bad line or entry with its problem."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from doubleread.cases.encodings import decoded, each_line
from doubleread.cases.other_files import other_shape
from doubleread.cases.problems import Problem


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank: its number from 1, and its object, or None if `problems` says why not.

    `unit` is what `number` counts: lines, the entries of an array, or the rows of a worksheet. `name` is the name of
    the entry in an object of objects. `file` is the file that the line is in, if a folder is read.
    """

    number: int
    record: dict[str, Any] | None
    problems: tuple[Problem, ...] = field(default=())
    unit: str = "line"
    name: str = ""
    file: str = ""


_DEEPEST = 100
_TOO_DEEP = f"lists or objects are nested too deeply, more than {_DEEPEST} levels; flatten them"
_ESCAPE = "\\u"
"""How JSON writes a character by its number."""
_PYTHON_WORD = re.compile(r"None|True|False")


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


def parse_object(text: str, constant: Callable[[str], Any] = _constant) -> tuple[Any, list[tuple[str, str]]]:
    """Return the JSON value of a text and (field, message) for each name that an object has twice.

    Raises ValueError with a message for the user if the text is not JSON. NaN, Infinity and numbers beyond a float are
    refused, because other programs could not read them back, and so are values nested more than 100 deep. `constant`
    returns a value for NaN and Infinity instead.
    """
    twice: list[tuple[str, str]] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        record: dict[str, Any] = {}
        for name, value in items:
            if name in record:
                twice.append((name, "is given twice in the same object; keep one of the two"))
            record[name] = value
        return record

    try:
        value = json.loads(
            text, object_pairs_hook=pairs, parse_constant=constant, parse_float=_number, parse_int=_whole_number
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON at character {error.pos + 1}: {_reason(text, error)}") from None
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if _deeper_than(value, _DEEPEST):
        raise ValueError(_TOO_DEEP)
    return value, twice


def _reason(text: str, error: json.JSONDecodeError) -> str:
    """Return what is wrong at that place, in words for somebody who does not know the parser."""
    here, before = text[error.pos : error.pos + 1], text[: error.pos].rstrip()
    if here == "\0":
        return "a NUL byte; the file is damaged, or not a text file"
    if error.msg.startswith("Extra data"):
        if here == ",":
            return "a comma after the object; JSON Lines has none between lines"
        return "a second value on the same line; write each on its own line" if here in "{[" else "extra text"
    if here == "'":
        return "a single quotation mark; JSON needs double ones"
    if error.msg.startswith("Invalid control character"):
        return "a tab or another control character inside a string; write it as an escape such as \\t"
    if before.endswith(",") and (here in ("}", "]") or text[error.pos :].lstrip()[:1] in ("}", "]")):
        return "a comma before the closing bracket; remove it"
    if error.msg.startswith("Illegal trailing comma"):
        return "a comma before the closing bracket; remove it"
    if (word := _PYTHON_WORD.match(text, error.pos)) is not None:
        return f"{word[0]}; JSON writes null, true and false"
    if not text[error.pos :].strip() or error.msg.startswith("Unterminated string"):
        return "the line ends inside the object"
    return f"{error.msg[:1].lower()}{error.msg[1:]}"


def _deeper_than(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return any(isinstance(inner, dict | list) for inner in level)


def lone_surrogates(value: Any, name: str) -> Iterator[str]:
    """Yield the path of every string in a JSON value with half a surrogate pair, which UTF-8 cannot store."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            yield name
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from lone_surrogates(key, f"{name} (a name inside)")
            yield from lone_surrogates(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for position, inner in enumerate(value, start=1):
            yield from lone_surrogates(inner, f"{name}[{position}]")


def read_lines(data: bytes, file: str, encoding: str | None = None) -> Iterator[Line]:
    """Yield every line of a file that is not blank, good or bad, in order, as `lines_of` does."""
    text, undecodable = decoded(data, file, encoding)
    return lines_of(text, undecodable, file)


def lines_of(text: str, undecodable: Sequence[Problem], file: str) -> Iterator[Line]:
    """Yield every line that is not blank, good or bad, in order. `file` is the name for the problems.

    Lines end with LF or CR LF, or with CR if the file has no LF. If the whole file is something else, such as one JSON
    array, only a line 0 with that problem is yielded.
    """
    if not text and undecodable:
        yield Line(0, None, tuple(undecodable))
        return
    whole = other_shape(text)
    if whole:
        yield Line(0, None, (Problem(file, 0, "", whole),))
        return
    bad = {problem.line: problem for problem in undecodable}
    for number, line in enumerate(each_line(text), start=1):
        if number in bad:
            yield Line(number, None, (bad[number],))
        elif line.strip():
            yield _line(number, line.strip(), file)


def _line(number: int, text: str, file: str) -> Line:
    try:
        value, twice = parse_object(text)
    except ValueError as error:
        return Line(number, None, (Problem(file, number, "", str(error)),))
    problems = [Problem(file, number, name, message) for name, message in twice]
    # Half a surrogate pair is in a string if it is in the line, or written as an escape.
    suspect = _ESCAPE in text or any(lone_surrogates(text, "line"))
    return _checked(number, value, problems, file, "line", suspect=suspect)


def _checked(
    number: int, value: Any, problems: list[Problem], file: str, unit: str, name: str = "", *, suspect: bool = True
) -> Line:
    """Return the line of a JSON value, of which some string may have half a surrogate pair if it is `suspect`."""
    if not isinstance(value, dict):
        message = f"holds {json_type(value)}; each {unit} must hold one object in curly brackets"
        return Line(number, None, (Problem(file, number, "", message, unit=unit),), unit, name)
    for place in lone_surrogates(value, "") if suspect else ():
        shown = place.encode("utf-8", "backslashreplace").decode("utf-8")
        message = "holds half a surrogate pair (\\ud800-\\udfff); write the character"
        problems.append(Problem(file, number, shown, message, unit=unit))
    return Line(number, value, tuple(problems), unit, name)


def entries_of(value: Any, twice: Sequence[tuple[str, str]], file: str) -> list[Line] | None:
    """Return the entries of a JSON array, or of an object from names to objects; None for any other value."""
    if isinstance(value, list):
        entries = [("", entry) for entry in value]
    elif isinstance(value, dict) and value and all(isinstance(entry, dict) for entry in value.values()):
        entries = list(value.items())
    else:
        return None
    lines = [_checked(number, entry, [], file, "entry", name) for number, (name, entry) in enumerate(entries, start=1)]
    if twice:
        lines.insert(0, Line(0, None, tuple(Problem(file, 0, name, message) for name, message in twice)))
    return lines


def fields_of(lines: Iterable[Line]) -> list[str]:
    """Return the names of the fields of the first record that could be read."""
    return next((list(line.record) for line in lines if line.record is not None), [])


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


def quoted(value: Any) -> str:
    """Return a text in quotation marks, cut after 40 characters, or the type of another value."""
    if isinstance(value, str):
        return f'"{value[:40]}{"..." if len(value) > 40 else ""}"'
    return json_type(value)
