"""The words of a text that marked stretches touch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from doubleread.domain.spans import word_bounds

_ASCII_WORD = re.compile(r"[A-Za-z0-9]+(?:['.,/+-][A-Za-z0-9]+)*")
"""The words of `word_bounds` in ASCII characters, without the punctuation. This takes a third of the time."""


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
        # The character that follows can belong to a word, too, where it is not ASCII.
        bounds = _ascii_words if text[low : end + 1].isascii() else _words
        for first, last in bounds(text, low):
            if first >= end:
                break
            if last > start:
                found |= 1 << first
    return found


def _ascii_words(text: str, low: int) -> Iterator[tuple[int, int]]:
    """Yield what `_words` does where the text is ASCII."""
    return (match.span() for match in _ASCII_WORD.finditer(text, low))


def _words(text: str, low: int) -> Iterator[tuple[int, int]]:
    """Yield where each word of the text from `low` on begins and ends, without punctuation."""
    for first, last in word_bounds(text, low):
        if any(map(str.isalnum, text[first:last])):
            yield first, last
