"""Emphasis, code, links, entities and escapes in a paragraph.

The rules are CommonMark's, except where these would damage what clinicians write. An asterisk or an underscore between
two letters or beside a digit is a character ("HLA-B*57:01", "2*3"). So are three underscores or more (a blank to fill
in), a single tilde ("~5 mg"), and a backslash before a bracket (LaTeX). HTML is text. A link shows its words and its
address. Every character that is not markup is shown, in its place.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html.entities import html5
from itertools import pairwise
from typing import Literal

import regex

from doubleread.domain.spans import is_unspaced
from doubleread.markup.runs import CODE, EMPHASIS, LINK, STRIKE, STRONG, Run

Dialect = Literal["answer", "case"]
"""What a text may contain. Models write Markdown in answers.

Case texts are mostly plain text, written by hand, where an asterisk, a hash or a greater-than sign has a meaning of its
own: in them, only what cannot be anything else is shown as Markdown.
"""

MOST_CHARACTERS = 20_000
"""A longer paragraph is shown as it is."""

_TOKEN = {
    # Each alternative begins with a literal character, which makes the search several times faster.
    "answer": re.compile(
        r"\\[\\`*_~#+\-.!|<>&$%]|``*|\*\**|__*|~~*|!\[|\[|\]"
        r"|&(?:\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});|<[a-z][a-z0-9+.-]+:[^<>\s]*>"
    ),
    "case": re.compile(r"``*|\*\**"),
}
_ADDRESS = regex.compile(
    r"\((?=[^\s()]*[/#:@]|www\.)[^\s()]{1,2000}+(?:\([^\s()]{0,200}\)[^\s()]{0,200})*(?:[ \n]\"[^\"\n]{0,500}\")?\)"
)
_WORD = regex.compile(r"[\p{L}\p{N}]")
_DIGIT = regex.compile(r"\p{N}")
_PUNCTUATION = regex.compile(r"[\p{P}\p{S}]")
_LOOKS = {"*": (EMPHASIS, STRONG), "_": (EMPHASIS, STRONG), "~": (STRIKE, STRIKE)}
_INLINE = (STRONG, EMPHASIS, STRIKE, CODE, LINK)
_HIDDEN = 1 << 20


@dataclass(slots=True)
class _Delimiters:
    """A run of the same delimiters [start, end), of which some may be used already."""

    mark: str
    start: int
    end: int
    length: int
    opens: bool
    closes: bool


def inline_runs(text: str, lines: Sequence[tuple[int, int]], look: int, dialect: Dialect) -> list[list[Run]]:
    """Return the runs of each line of a paragraph, given as (start, end) of its content. All get `look` as well."""
    start, end = lines[0][0], lines[-1][1]
    plain = [_plain(low, high, look) for low, high in lines]
    if end - start > MOST_CHARACTERS:
        return plain
    scanner = _Scanner(text, start, end, dialect)
    if not scanner.scan():
        return plain
    return _cut(lines, look, scanner.stretches, scanner.replaced)


def _plain(start: int, end: int, look: int) -> list[Run]:
    return [Run(start, end, None, look)] if start < end else []


def _cut(
    lines: Sequence[tuple[int, int]],
    look: int,
    stretches: Sequence[tuple[int, int, int]],
    replaced: Mapping[int, tuple[int, str]],
) -> list[list[Run]]:
    """Return the runs between the places where the look changes. Stretches are (start, end, look) and may overlap."""
    changes: dict[int, list[tuple[int, int]]] = {edge: [] for line in lines for edge in line}
    for start, (end, _) in replaced.items():
        changes.setdefault(start, [])
        changes.setdefault(end, [])
    for start, end, bit in stretches:
        changes.setdefault(start, []).append((bit, 1))
        changes.setdefault(end, []).append((bit, -1))
    runs: list[list[Run]] = [[] for _ in lines]
    depth = dict.fromkeys((_HIDDEN, *_INLINE), 0)
    at = 0
    for low, high in pairwise(sorted(changes)):
        for bit, step in changes[low]:
            depth[bit] += step
        while at < len(lines) and lines[at][1] <= low:
            at += 1
        if at == len(lines) or low < lines[at][0] or depth[_HIDDEN]:
            continue
        drawn = replaced[low][1] if low in replaced else None
        runs[at].append(Run(low, high, drawn, look | sum(bit for bit in _INLINE if depth[bit])))
    return runs


class _Scanner:
    """Finds the markup of one paragraph."""

    def __init__(self, text: str, start: int, end: int, dialect: Dialect) -> None:
        self._text, self._start, self._end, self._dialect = text, start, end, dialect
        self.stretches: list[tuple[int, int, int]] = []
        self.replaced: dict[int, tuple[int, str]] = {}
        self._delimiters: list[_Delimiters] = []
        self._brackets: list[tuple[int, int, int]] = []

    def scan(self) -> bool:
        """Find `stretches` with a look, and what is `replaced`; return whether there can be any markup."""
        tokens = list(_TOKEN[self._dialect].finditer(self._text, self._start, self._end))
        ticks: dict[int, list[int]] = {}
        for token in tokens:
            if token[0][0] == "`":
                ticks.setdefault(len(token[0]), []).append(token.start())
        done = self._start
        for token in tokens:
            if token.start() < done:
                continue
            first = token[0][0]
            if first == "\\":
                self._hide(token.start(), token.start() + 1)
            elif first == "`":
                done = self._code(token.start(), token.end(), ticks)
            elif first == "&":
                self._entity(token.start(), token.end(), token[0])
            elif token[0].endswith("["):
                self._brackets.append((token.start(), token.end(), len(self._delimiters)))
            elif first == "]":
                done = self._link(token.start())
            elif first != "<":
                self._delimit(first, token.start(), token.end())
        self._pair()
        return bool(tokens)

    def _hide(self, start: int, end: int) -> None:
        self._mark(start, end, _HIDDEN)

    def _mark(self, start: int, end: int, look: int) -> None:
        if start < end:
            self.stretches.append((start, end, look))

    def _code(self, start: int, end: int, ticks: dict[int, list[int]]) -> int:
        """Show what is between two runs of as many backticks as code; return where to go on."""
        same = ticks[end - start]
        at = bisect_left(same, end)
        if at == len(same):
            return end
        close = same[at]
        low, high = end, close
        inside = self._text[low:high]
        if inside[:1] == inside[-1:] == " " and inside.strip(" "):
            low, high = low + 1, high - 1
        self._hide(start, low)
        self._hide(high, close + end - start)
        self._mark(low, high, CODE)
        return close + end - start

    def _entity(self, start: int, end: int, entity: str) -> None:
        drawn = _character(entity)
        if drawn:
            self.replaced[start] = (end, drawn)

    def _link(self, close: int) -> int:
        """Show a link's words, a blank in place of the bracket after them, and its address; return where to go on."""
        if not self._brackets:
            return close + 1
        start, words, delimiters = self._brackets.pop()
        address = _ADDRESS.match(self._text, close + 1, self._end)
        if address is None or words == close:
            return close + 1
        self._hide(start, words)
        self._mark(words, close, LINK)
        self.replaced[close] = (close + 1, " ")
        self._brackets.clear()
        self._pair(delimiters)
        return address.end()

    def _delimit(self, mark: str, start: int, end: int) -> None:
        length = end - start
        if (mark == "_" and length > 2) or (mark == "~" and length != 2) or (self._dialect == "case" and length != 2):
            return
        before = self._text[start - 1] if start > self._start else " "
        after = self._text[end] if end < self._end else " "
        left = not after.isspace() and (not _is_punctuation(after) or before.isspace() or _is_punctuation(before))
        right = not before.isspace() and (not _is_punctuation(before) or after.isspace() or _is_punctuation(after))
        opens, closes = left, right
        if left and right:
            if mark == "_":
                opens, closes = _is_punctuation(before), _is_punctuation(after)
            elif _WORD.match(before) and _WORD.match(after):
                spaced = not (is_unspaced(before, 0) or is_unspaced(after, 0))
                if spaced and (length != 2 or mark != "*" or _DIGIT.match(before) or _DIGIT.match(after)):
                    return
        if opens or closes:
            self._delimiters.append(_Delimiters(mark, start, end, length, opens, closes))

    def _pair(self, first: int = 0) -> None:
        """Pair the delimiters from a place on, as CommonMark does, and forget them."""
        found = self._delimiters[first:]
        del self._delimiters[first:]
        openers: list[_Delimiters] = []
        bottoms: dict[tuple[str, bool, int], int] = {}
        for closer in found:
            while closer.closes and closer.start < closer.end:
                kind = (closer.mark, closer.opens, closer.length % 3)
                bottom = bottoms.get(kind, 0)
                at = len(openers) - 1
                while at >= bottom and not _fits(openers[at], closer):
                    at -= 1
                if at < bottom:
                    bottoms[kind] = len(openers)
                    break
                opener = openers[at]
                del openers[at + 1 :]
                used = 2 if opener.end - opener.start >= 2 and closer.end - closer.start >= 2 else 1
                self._hide(opener.end - used, opener.end)
                self._hide(closer.start, closer.start + used)
                self._mark(opener.end, closer.start, _LOOKS[closer.mark][used - 1])
                opener.end -= used
                closer.start += used
                if opener.start == opener.end:
                    openers.pop()
                bottoms = {name: min(place, len(openers)) for name, place in bottoms.items()}
            if closer.opens and closer.start < closer.end:
                openers.append(closer)


def _fits(opener: _Delimiters, closer: _Delimiters) -> bool:
    if opener.mark != closer.mark:
        return False
    if (opener.closes or closer.opens) and (opener.length + closer.length) % 3 == 0:
        return opener.length % 3 == 0 and closer.length % 3 == 0
    return True


@lru_cache(maxsize=512)
def _is_punctuation(character: str) -> bool:
    return _PUNCTUATION.match(character) is not None


@lru_cache(maxsize=512)
def _character(entity: str) -> str:
    """Return the one character that an entity stands for; "" if it stands for none that can be shown."""
    body = entity[1:-1]
    if not body.startswith("#"):
        found = html5.get(f"{body};", "")
    else:
        code = int(body[2:], 16) if body[1] in "xX" else int(body[1:])
        found = chr(code) if 0 < code < 0x110000 else ""
    shown = found.isprintable() or found == "\xa0"
    return found if len(found) == 1 and shown and not regex.match(r"\p{M}", found) else ""
