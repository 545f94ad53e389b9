"""Read a case from a Markdown file with YAML front matter, as a clinician writes it.

```
---
kind: choice
key: B
tags: [cardiology]
---
# Case
A man of 54 ...

# Question
Which diagnosis is most likely?

# Options
- A: Gout
- B: Septic arthritis
```

The front matter has the fields of a case, as the native format does. Its values are texts as they are written: `NO`
and `007` stay what they are. Only where the native format has numbers (points, tolerances, values to extract) are
numbers read as such. Long texts are sections: `Case`, `Question`, `Options`, `Answer`, `Explanation`, `Document: ID`
for each document of a long case. Without a section, everything is the case. Headings of lower levels belong to
their section. The id is the file's name, if there is no other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from doubleread.cases.case_file import CaseFile, Known
from doubleread.cases.encodings import decoded
from doubleread.cases.json_lines import Line, fields_of
from doubleread.cases.problems import Problem
from doubleread.decoding import encoding_used

if TYPE_CHECKING:
    import yaml

ENDINGS = (".md", ".markdown")
_SECTIONS = {
    "case": "text",
    "question": "question",
    "options": "options",
    "answer": "key",
    "explanation": "explanation",
}
_HEADING = re.compile(r"#[ \t]+(.*?)[ \t]*#*[ \t]*\r?")
_DOCUMENT = re.compile(r"document:[ \t]*(\S.*)", re.I)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_OPTION = re.compile(r"(?:[-*+][ \t]+)?\(?([A-Z])[).:][ \t]+(.*)", re.S)
_BULLET = re.compile(r"[-*+][ \t]+(.*)", re.S)
_KNOWN = "Case, Question, Options, Answer, Explanation or Document: ID"
_DEEPEST = 50
_LITERALS = {"true": True, "false": False, "null": None}
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,15})(?:\.\d{1,15})?")


class _Plain(str):
    """A value that was written without quotation marks."""

    __slots__ = ()


class _FaultError(ValueError):
    """Something that is wrong at a line of the file, and the field that it concerns."""

    def __init__(self, line: int, field: str, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.field = field


class MarkdownFile(CaseFile):
    """One case in a Markdown file."""

    shapes = frozenset({"table"})
    format = "table"

    def __init__(self, name: str, data: bytes, encoding: str | None) -> None:
        super().__init__(name, "Markdown")
        self._text, self._undecodable = decoded(data, name, encoding)
        self.encoding = encoding_used(data, encoding)

    @property
    def total(self) -> int:
        """One case."""
        return 1

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with its encoding."""
        return self._undecodable

    def columns(self, _known: Known) -> list[str]:
        """Return the names of its fields."""
        return fields_of(self.lines())

    def lines(self) -> Iterator[Line]:
        """Yield its case."""
        if self._undecodable:
            yield Line(self._undecodable[0].line, None, tuple(self._undecodable))
            return
        try:
            record = _record(self._text)
        except _FaultError as error:
            yield Line(error.line, None, (Problem(self.name, error.line, error.field, str(error)),))
        else:
            yield Line(1, record, (), "line", Path(self.name).stem)


def starts_with_front_matter(text: str) -> bool:
    """Return whether a text can be Markdown with front matter."""
    return re.match(r"---[ \t]*\r?\n", text) is not None


def _record(text: str) -> dict[str, Any]:
    lines = text.split("\n")
    record: dict[str, Any] = {}
    start = 0
    if starts_with_front_matter(text):
        end = next((number for number, line in enumerate(lines[1:], start=1) if line.rstrip() in ("---", "...")), None)
        if end is None:
            raise _FaultError(1, "", "the front matter is never closed; end it with a line of three hyphens")
        record = front_matter("\n".join(lines[1:end]), before=1)
        start = end + 1
    for field, value, line in _sections(lines, start):
        if field == "documents":
            record.setdefault("documents", [])
            if not isinstance(record["documents"], list):
                raise _FaultError(line, field, "must be a list in the front matter, or sections")
            record["documents"].append(value)
        elif field in record:
            raise _FaultError(line, field, "is given twice; keep the front matter or the section")
        else:
            record[field] = value
    if record.get("kind") == "coding" and isinstance(record.get("key"), str):
        bullets = [_BULLET.fullmatch(line.strip()) for line in record["key"].splitlines() if line.strip()]
        if bullets and all(bullets):
            record["key"] = [bullet[1].strip() for bullet in bullets if bullet]
    return record


def _sections(lines: list[str], start: int) -> Iterator[tuple[str, Any, int]]:
    """Yield our field, the content and the line of each section."""
    name, begin, fence = "", start, ""
    for number in range(start, len(lines) + 1):
        line = lines[number] if number < len(lines) else ""
        if number < len(lines) and (mark := _FENCE.match(line)):
            if not fence:
                fence = mark[1]
            elif mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        heading = None if fence else _HEADING.fullmatch(line)
        if number < len(lines) and heading is None:
            continue
        if name or any(written.strip() for written in lines[begin:number]):
            yield _section(name or "case", lines[begin:number], begin)
        if heading is not None:
            name, begin = heading[1].strip(), number + 1
            if name.lower() not in _SECTIONS and not _DOCUMENT.fullmatch(name):
                message = f'"{name[:40]}" is no known heading; write {_KNOWN}, or ## for a heading inside a text'
                raise _FaultError(number + 1, "", message)


def _section(name: str, lines: list[str], line: int) -> tuple[str, Any, int]:
    """Return our field, the content, and the line of the heading, which is also how many lines are before it."""
    content = "\n".join(lines).strip("\r\n")
    if document := _DOCUMENT.fullmatch(name):
        return "documents", {"id": document[1].strip(), "text": content}, line
    field = _SECTIONS[name.lower()]
    if field == "options":
        return field, _options(lines, line + 1), line
    return field, content, line


def _options(lines: list[str], first: int) -> dict[str, str]:
    """Return the options of a list: "- A: Gout", "A) Gout", or bullets without letters; a text may go on below."""
    options: dict[str, str] = {}
    letter = ""
    for number, written in enumerate(lines, start=first):
        item = written.rstrip("\r")
        if named := _OPTION.fullmatch(item):
            letter, text = named[1], named[2]
        elif (bullet := _BULLET.fullmatch(item)) and len(options) < len(ascii_uppercase):
            letter, text = ascii_uppercase[len(options)], bullet[1]
        elif item.strip() and letter:
            options[letter] += f"\n{item.strip()}"
            continue
        elif item.strip():
            raise _FaultError(number, "options", "must be a list of options such as - A: Gout")
        else:
            continue
        if letter in options:
            raise _FaultError(number, "options", f"the letter {letter} is there twice")
        options[letter] = text.strip()
    return options


def front_matter(text: str, before: int = 0) -> dict[str, Any]:
    """Return the fields of a YAML text that begins `before` lines after the start of its file.

    Raises ValueError if there are none.
    """
    import yaml

    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = (
            f"the front matter is not YAML ({str(error.problem)[:100]}); put a text with : or # in quotation marks"
        )
        raise _FaultError((mark.line + 1 if mark else 1) + before, "", message) from None
    except (yaml.YAMLError, ValueError) as error:
        raise _FaultError(1, "", f"the front matter is not YAML ({str(error).splitlines()[0][:100]})") from None
    except RecursionError:
        raise _FaultError(1, "", "the front matter is nested too deeply; flatten it") from None
    if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise _FaultError(1, "", "the front matter must have a name and a value in each line, such as key: B")
    value = _Values(before).of(node)
    return {name: _typed(name, inner) for name, inner in value.items()}


class _Values:
    """Makes values of YAML nodes: texts, lists of values, and objects from texts to values."""

    def __init__(self, before: int) -> None:
        self._before = before
        self._seen: set[int] = set()

    def of(self, node: yaml.Node, depth: int = 0) -> Any:
        """Return the value of a node. Raises _FaultError for an alias, and for a name that is given twice."""
        import yaml

        line = node.start_mark.line + 1 + self._before
        if id(node) in self._seen:
            raise _FaultError(line, "", "YAML aliases (*name) cannot be used here; write the value out")
        if depth > _DEEPEST:
            raise _FaultError(line, "", "the front matter is nested too deeply; flatten it")
        self._seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            return _Plain(node.value) if node.style is None else str(node.value)
        if isinstance(node, yaml.SequenceNode):
            return [self.of(item, depth + 1) for item in node.value]
        found: dict[str, Any] = {}
        for name, inner in node.value:
            if not isinstance(name, yaml.ScalarNode):
                raise _FaultError(line, "", "a name must be a text, not a list or an object")
            if name.value in found:
                raise _FaultError(name.start_mark.line + 1 + self._before, name.value[:40], "is given twice; keep one")
            found[str(name.value)] = self.of(inner, depth + 1)
        return found


def _typed(field: str, value: Any) -> Any:
    """Return a value with numbers, true, false and null where the native format has them, and texts elsewhere."""
    if field == "key" and isinstance(value, dict):
        return {name: _literal(inner) for name, inner in value.items()}
    part = {"criteria": "points", "documents": "needed"}.get(field)
    if part and isinstance(value, list):
        return [
            {name: _literal(one) if name == part else _plain(one) for name, one in item.items()}
            if isinstance(item, dict)
            else _plain(item)
            for item in value
        ]
    if field == "fields" and isinstance(value, dict):
        return {
            name: {inner: _literal(one) if inner == "tolerance" else _plain(one) for inner, one in spec.items()}
            if isinstance(spec, dict)
            else _plain(spec)
            for name, spec in value.items()
        }
    return _plain(value)


def _literal(value: Any) -> Any:
    """Return what an unquoted JSON literal stands for; any other value as it is."""
    if not isinstance(value, _Plain):
        return _plain(value)
    if value in _LITERALS:
        return _LITERALS[value]
    return json.loads(value) if _NUMBER.fullmatch(value) else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return str(value)
