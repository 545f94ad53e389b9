"""Cut a text into passages of a limited number of words, which end where sentences end and overlap."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import regex

from doubleread.domain.spans import Span, sentences

CHUNKING = "1"
"""The version of the way texts are cut. A corpus stores it."""

WORDS, OVERLAP = 200, 40
_TOKEN = re.compile(r"\S{1,100}")
# Scripts without blanks between words: there, each character counts as a word.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_ANY_TOKEN = regex.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]{{1,100}}")
_BLANK_LINE = re.compile(r"\n\s*\n|\r\s*\r")
_HEADING = re.compile(r"#{1,6}\s")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a part of a long one. `breaks` tells that a paragraph or a section begins with it."""

    start: int
    end: int
    words: int
    breaks: bool


def passages_of(text: str, words: int = WORDS, overlap: int = OVERLAP) -> Iterator[Span]:
    """Yield the passages of a text, in order: whole sentences, up to `words` words.

    A passage repeats the sentences at the end of the one before it that have at most `overlap` words together. One that
    is at least half full ends with its paragraph.
    """
    held: list[_Unit] = []
    count = fresh = 0
    for unit in _units(text, words):
        full = count + unit.words > words
        if fresh and (full or (unit.breaks and 2 * count >= words)):
            yield Span(held[0].start, held[-1].end)
            held = _last(held, min(overlap, words - unit.words))
            count, fresh = sum(one.words for one in held), 0
        held.append(unit)
        count += unit.words
        fresh += 1
    if fresh:
        yield Span(held[0].start, held[-1].end)


def _last(units: list[_Unit], words: int) -> list[_Unit]:
    """Return the last units that have at most so many words together."""
    kept = 0
    for unit in reversed(units):
        words -= unit.words
        if words < 0:
            break
        kept += 1
    return units[len(units) - kept :]


def _units(text: str, most: int) -> Iterator[_Unit]:
    end = 0
    for sentence in sentences(text):
        breaks = end > 0 and bool(_BLANK_LINE.search(text, end, sentence.start))
        breaks = breaks or _HEADING.match(text, sentence.start) is not None
        count = _count(text, sentence)
        if count <= most:
            yield _Unit(sentence.start, sentence.end, count, breaks)
        else:
            yield from _pieces(text, sentence, most, breaks=breaks)
        end = sentence.end


def _count(text: str, span: Span) -> int:
    words = span.of(text)
    return len(_TOKEN.findall(words)) if words.isascii() else len(_ANY_TOKEN.findall(words))


def _pieces(text: str, span: Span, most: int, *, breaks: bool) -> Iterator[_Unit]:
    tokens = list(_ANY_TOKEN.finditer(text, span.start, span.end))
    for first in range(0, len(tokens), most):
        piece = tokens[first : first + most]
        yield _Unit(piece[0].start(), piece[-1].end(), len(piece), breaks and first == 0)
