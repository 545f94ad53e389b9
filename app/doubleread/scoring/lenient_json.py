"""JSON objects in a model's answer, with the place of every value.

What models write is often not quite JSON. These deviations are read, because each can mean only one thing: single or
typographic quotes, names without quotes, Python's True, False and None, words without quotes, commas too many or
missing at the end of a line, comments, line breaks and unescaped quotes inside a text. Where the text breaks off or
makes no sense, the pair at that place is left out and the object is marked as incomplete: a value is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“”", "‘": "’", "`": "`"}
_BLANK = re.compile(r"(?:\s|//[^\n]*|#[^\n]*|/\*.*?\*/)*", re.S)
_NAME = re.compile(r"[^\W\d][\w \-./]{0,60}?(?=\s*:)")
_BARE = re.compile(r"[^\s,{}\[\]\"'“”:][^,{}\[\]\"“”\n:]*")
_QUOTED_NAME = r"[\"'“][^\W\d][\w \-./()%]{0,60}[\"'”]\s*:"
_AFTER_VALUE = re.compile(rf"[ \t]*(?:[,}}\]\n]|//|#|$)|[ \t]+{_QUOTED_NAME}")
_AFTER_NAME = re.compile(r"\s*:")
# Without a limit, many empty lines would take quadratic time.
_GAP = r"\s{0,200}+"
_NEXT_QUOTED_PAIR = re.compile(rf"[\n,]{_GAP}(?={_QUOTED_NAME})")
_NEXT_PAIR = re.compile(rf"{_NEXT_QUOTED_PAIR.pattern}|\n{_GAP}(?=[^\W\d][\w \-./]{{0,60}}:)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_DEEPEST = 12
_LONGEST_TEXT = 20_000
_MOST_FAILED = 20
_MOST_LEFT_OUT = 20


@dataclass(frozen=True, slots=True)
class Text:
    """A text, number, true, false or null, as it is written; escapes of a quoted text are read."""

    start: int
    end: int
    text: str
    quoted: bool = False

    @property
    def inside(self) -> tuple[int, int]:
        """The start and end without the quotes."""
        return (self.start + 1, self.end - 1) if self.quoted else (self.start, self.end)


@dataclass(frozen=True, slots=True)
class List:
    """A list and its items."""

    start: int
    end: int
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Object:
    """An object and its pairs of name and value, in their order. `complete` is False if a pair was left out."""

    start: int
    end: int
    pairs: tuple[tuple[str, Node], ...]
    complete: bool


Node = Text | List | Object


class _UnreadableError(ValueError):
    """The text at this place is no pair."""


class _NoNameError(_UnreadableError):
    """No name begins here: what was read as the value before may be only the beginning of one."""


def objects(text: str) -> Iterator[Object]:
    """Yield the outermost objects of a text that have at least one readable pair. Never raises."""
    place, failed = text.find("{"), 0
    while place >= 0 and failed < _MOST_FAILED:
        found = _Reader(text).object(place, 0)
        if found.pairs:
            yield found
            place = text.find("{", found.end)
        else:
            failed += 1
            place = text.find("{", place + 1)


class _Reader:
    """Reads values from places of one text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def object(self, start: int, depth: int) -> Object:
        pairs: list[tuple[str, Node]] = []
        left_out = 0
        at = start + 1
        while True:
            at = self._skip(at, commas=True)
            if at >= len(self._text):
                return Object(start, at, tuple(pairs), complete=False)
            if self._text[at] == "}":
                return Object(start, at + 1, tuple(pairs), complete=not left_out)
            try:
                name, node = self._pair(at, depth)
            except _UnreadableError as error:
                left_out += 1
                if pairs and isinstance(error, _NoNameError) and "\n" not in self._text[pairs[-1][1].end : at]:
                    pairs.pop()
                following = _NEXT_PAIR.search(self._text, at)
                if following is None or left_out > _MOST_LEFT_OUT:
                    closing = self._text.find("}", at)
                    end = len(self._text) if closing < 0 else closing + 1
                    return Object(start, end, tuple(pairs), complete=False)
                at = following.end()
            else:
                pairs.append((name, node))
                at = node.end

    def _pair(self, at: int, depth: int) -> tuple[str, Node]:
        if self._text[at] in _QUOTES:
            try:
                quoted = self._quoted(at, of_name=True)
            except _UnreadableError:
                raise _NoNameError from None
            name, at = quoted.text, quoted.end
        elif match := _NAME.match(self._text, at):
            name, at = match.group().strip(), match.end()
        else:
            raise _NoNameError
        colon = _AFTER_NAME.match(self._text, at)
        if colon is None:
            raise _UnreadableError
        node = self._value(self._skip(colon.end()), depth)
        if not _AFTER_VALUE.match(self._text, node.end):
            raise _UnreadableError
        return name, node

    def _value(self, at: int, depth: int) -> Node:
        if at >= len(self._text) or depth > _DEEPEST:
            raise _UnreadableError
        sign = self._text[at]
        if sign == "{":
            return self.object(at, depth + 1)
        if sign == "[":
            return self._list(at, depth + 1)
        if sign in _QUOTES:
            return self._quoted(at)
        match = _BARE.match(self._text, at)
        if match is None:
            raise _UnreadableError
        bare = match.group().split("//")[0].split("#")[0].rstrip("; \t")
        end = at + len(bare)
        if end >= len(self._text):
            raise _UnreadableError
        return Text(at, end, bare)

    def _list(self, start: int, depth: int) -> List:
        items: list[Node] = []
        at = start + 1
        while True:
            at = self._skip(at, commas=True)
            if at >= len(self._text):
                raise _UnreadableError
            if self._text[at] == "]":
                return List(start, at + 1, tuple(items))
            node = self._value(at, depth)
            items.append(node)
            if not _AFTER_VALUE.match(self._text, node.end):
                raise _UnreadableError
            at = node.end

    def _quoted(self, start: int, *, of_name: bool = False) -> Text:
        """Read a quoted text. A quote ends it only where something may follow a value or a name."""
        closing = _QUOTES[self._text[start]]
        pieces: list[str] = []
        at = start + 1
        while at < min(len(self._text), start + _LONGEST_TEXT):
            sign = self._text[at]
            if sign == "\\" and at + 1 < len(self._text):
                piece, at = self._escaped(at)
                pieces.append(piece)
                continue
            if sign in closing and (_AFTER_NAME if of_name else _AFTER_VALUE).match(self._text, at + 1):
                return Text(start, at + 1, "".join(pieces), quoted=True)
            if sign == "\n" and (of_name or _NEXT_QUOTED_PAIR.match(self._text, at)):
                break
            pieces.append(sign)
            at += 1
        raise _UnreadableError

    def _escaped(self, at: int) -> tuple[str, int]:
        sign = self._text[at + 1]
        code = self._text[at + 2 : at + 6]
        if sign == "u" and re.fullmatch(r"[0-9a-fA-F]{4}", code):
            character = chr(int(code, 16))
            return "\ufffd" if "\ud800" <= character <= "\udfff" else character, at + 6
        return _ESCAPES.get(sign, sign), at + 2

    def _skip(self, at: int, *, commas: bool = False) -> int:
        """Return the next place that is no blank, comment or, if asked, comma."""
        while True:
            match = _BLANK.match(self._text, at)
            at = match.end() if match else at
            if not (commas and self._text.startswith(",", at)):
                return at
            at += 1
