"""The words of a text that marked stretches touch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from doubleread.domain.spans import word_bounds

_PIECE = re.compile(r"[^ \n]+")


class Stretch(Protocol):
    """A half-open stretch [start, end) of code points: a span, or what is marked there."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where it ends."""


def marked_words(text: str, stretches: Iterable[Stretch]) -> int:
    """Return which words of the text the stretches touch, as a set of bits: bit n is the word that begins at n.

    Punctuation by itself is no word here. Raises ValueError for a stretch that ends beyond the text.
    """
    found = 0
    for stretch in stretches:
        start, end = stretch.start, stretch.end
        if end > len(text):
            raise ValueError(f"a span ends beyond the text: [{start}, {end}) of {len(text)}")
        if start == end:
            continue
        # No word holds a blank, so that from a blank on there are the words that the whole text has there.
        low = max(text.rfind(" ", 0, start), text.rfind("\n", 0, start)) + 1
        for first, last in _words(text, low, end):
            if first < end and last > start:
                found |= 1 << first
    return found


def _words(text: str, low: int, high: int) -> Iterator[tuple[int, int]]:
    """Yield where each word begins and ends that begins in [low, high). What blanks separate is mostly one word."""
    for piece in _PIECE.finditer(text, low):
        first, last = piece.span()
        if first >= high:
            return
        word = piece[0]
        if word.isascii() and word.isalnum():
            yield first, last
            continue
        for start, end in word_bounds(word):
            if any(map(str.isalnum, word[start:end])):
                yield first + start, first + end
