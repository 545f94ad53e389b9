"""A caret in a text: its position, its selection and its motions. Independent of any screen."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import Literal

import regex

from doubleread.domain.spans import (
    Span,
    grapheme_ceiling,
    grapheme_floor,
    is_unspaced,
    next_grapheme,
    paragraphs,
    previous_grapheme,
    sentences,
    span_at,
    trimmed,
    whole_graphemes,
    words,
)
from doubleread.tui.shared.text.wrapping import WrappedText

Unit = Literal["character", "word", "sentence", "paragraph", "text"]
Edge = Literal["start", "end"]
Direction = Literal[-1, 1]

_start = attrgetter("start")
_end = attrgetter("end")
_PUNCTUATION = regex.compile(r"\p{P}+")
_SEPARATED, _LAST_SEPARATED = regex.compile(r"[!-~] [!-~]"), regex.compile(r"(?r)[!-~] [!-~]")
"""A blank that belongs to no word, and to no character beside it."""
_NEAR = 100
"""Words are looked for so many characters around a place: a line may be a whole text."""


@dataclass(frozen=True, slots=True)
class Caret:
    """A position between two characters.

    `anchor` is the other end of the selection, `column` the column that moving up and down keeps, `extending`
    means that every motion extends the selection.
    """

    offset: int = 0
    anchor: int | None = None
    column: int | None = None
    extending: bool = False

    @property
    def selection(self) -> Span | None:
        """The selected span, or None if nothing is selected."""
        if self.anchor is None or self.anchor == self.offset:
            return None
        return Span(min(self.anchor, self.offset), max(self.anchor, self.offset))

    def to(self, offset: int, *, extend: bool = False, column: int | None = None) -> Caret:
        """Return the caret at another offset; with `extend`, or while extending, the selection reaches to it."""
        if extend or self.extending:
            anchor = self.offset if self.anchor is None else self.anchor
            return replace(self, offset=offset, anchor=anchor, column=column)
        return Caret(offset, column=column)

    def selecting(self, span: Span) -> Caret:
        """Return the caret at the end of a selected span."""
        return replace(self, offset=span.end, anchor=span.start, column=None)

    def cleared(self) -> Caret:
        """Return the caret with nothing selected and no longer extending."""
        return Caret(self.offset)

    def toggled(self) -> Caret:
        """Return the caret with extending begun, or ended with the selection kept."""
        if self.extending:
            return replace(self, extending=False)
        return replace(self, extending=True, anchor=self.offset if self.anchor is None else self.anchor)


Motion = Callable[[str, int, bool], int]
"""(text, offset, whether it extends a selection) -> the new offset."""


def _line_around(text: str, offset: int) -> tuple[int, int]:
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    return start, len(text) if end < 0 else end


def _stretch_around(text: str, offset: int, unit: Unit) -> tuple[int, int]:
    """Return the line around an offset, or for words a part of it that cuts none."""
    low, high = _line_around(text, offset)
    if unit != "word":
        return low, high
    before = _LAST_SEPARATED.search(text, low, max(offset - _NEAR, low))
    after = _SEPARATED.search(text, min(offset + _NEAR, high), high)
    return before.start() + 2 if before else low, after.start() + 1 if after else high


@lru_cache(maxsize=64)
def _units(line: str, unit: Unit) -> tuple[Span, ...]:
    """Return the spans of one kind in a line. Only words that are more than punctuation count."""
    if unit == "word":
        found = tuple(word for word in words(line) if not _PUNCTUATION.fullmatch(line, word.start, word.end))
    else:
        found = (sentences if unit == "sentence" else paragraphs)(line)
    return found if line.isascii() else tuple(whole_graphemes(line, span.start, span.end) for span in found)


def character_forward(text: str, offset: int, _extend: bool) -> int:
    """Move past the next user-perceived character."""
    return next_grapheme(text, offset)


def character_backward(text: str, offset: int, _extend: bool) -> int:
    """Move back past the previous user-perceived character."""
    return previous_grapheme(text, offset)


def _forward(unit: Unit) -> Motion:
    def motion(text: str, offset: int, extend: bool) -> int:
        place = offset
        while place <= len(text):
            start, end = _stretch_around(text, place, unit)
            spans = _units(text[start:end], unit)
            index = bisect_right(spans, offset - start, key=_end if extend else _start)
            if index < len(spans):
                return start + (spans[index].end if extend else spans[index].start)
            place = end + 1
        return len(text)

    motion.__doc__ = f"Go to the start of the next {unit}; when extending, to the end of this {unit} or the next."
    return motion


def _backward(unit: Unit) -> Motion:
    def motion(text: str, offset: int, _extend: bool) -> int:
        place = offset
        while place >= 0:
            start, end = _stretch_around(text, place, unit)
            spans = _units(text[start:end], unit)
            index = bisect_left(spans, offset - start, key=_start)
            if index:
                return start + spans[index - 1].start
            place = start - 1
        return 0

    motion.__doc__ = f"Go to the start of this {unit}, or of the previous one."
    return motion


MOTIONS: Mapping[str, Motion] = MappingProxyType(
    {
        "character_forward": character_forward,
        "character_backward": character_backward,
        "word_forward": _forward("word"),
        "word_backward": _backward("word"),
        "sentence_forward": _forward("sentence"),
        "sentence_backward": _backward("sentence"),
        "paragraph_forward": _forward("paragraph"),
        "paragraph_backward": _backward("paragraph"),
        "text_start": lambda _text, _offset, _extend: 0,
        "text_end": lambda text, _offset, _extend: len(text),
    }
)


def move(text: str, caret: Caret, motion: str, *, extend: bool = False) -> Caret:
    """Return the caret after a motion of `MOTIONS`. Raises KeyError for an unknown name."""
    offset = MOTIONS[motion](text, caret.offset, extend or caret.extending)
    return caret.to(offset, extend=extend)


def move_rows(wrapped: WrappedText, caret: Caret, rows: int, *, extend: bool = False) -> Caret:
    """Return the caret moved down by `rows` (up if negative), in the same column.

    Above the first row is the start of the text, below the last row its end.
    """
    column = wrapped.column_of(caret.offset) if caret.column is None else caret.column
    here = wrapped.row_of(caret.offset)
    there = min(max(here + rows, 0), len(wrapped.rows) - 1)
    while 0 < there < len(wrapped.rows) - 1 and wrapped.row_of(wrapped.offset_at(there, column)) != there:
        there += 1 if rows > 0 else -1  # between two rows of a table, a row has no place for a caret
    if there == here and rows:
        return caret.to(0 if rows < 0 else len(wrapped.text), extend=extend, column=column)
    return caret.to(wrapped.offset_at(there, column), extend=extend, column=column)


def move_to_row_edge(wrapped: WrappedText, caret: Caret, edge: Edge, *, extend: bool = False) -> Caret:
    """Return the caret at the start or the last place of its row."""
    index = wrapped.row_of(caret.offset)
    offset = wrapped.first_offset(index) if edge == "start" else wrapped.last_offset(index)
    return caret.to(offset, extend=extend)


def unit_at(text: str, offset: int, unit: Unit) -> Span | None:
    """Return the character, word, sentence, paragraph or text at an offset; between two, the first; or None."""
    if unit == "text":
        return Span(0, len(text)) if text else None
    if unit == "character":
        return Span(grapheme_floor(text, offset), next_grapheme(text, offset)) if offset < len(text) else None
    start, end = _stretch_around(text, offset, unit)
    found = span_at(_units(text[start:end], unit), offset - start)
    if found is None or found.start > offset - start:
        # Of words farther away, the one before is meant as well.
        start, end = _line_around(text, offset)
        found = span_at(_units(text[start:end], unit), offset - start)
    return None if found is None else Span(found.start + start, found.end + start)


Tighten = Callable[[Span], Span]
"""Leaves out what is hidden at the ends of a span."""


def _as_it_is(span: Span) -> Span:
    return span


def widen(text: str, caret: Caret, tight: Tighten = _as_it_is) -> Caret:
    """Select the word at the caret; with a selection, the smallest of word, sentence, paragraph, text around it."""
    chosen = caret.selection
    place = caret.offset if chosen is None else chosen.start
    for unit in ("word", "sentence", "paragraph", "text"):
        found = unit_at(text, place, unit)
        if found is None:
            continue
        candidate = tight(found)
        if chosen is None:
            return caret.selecting(candidate)
        if candidate.start <= chosen.start and chosen.end <= candidate.end and candidate != chosen:
            return caret.selecting(candidate)
    return caret


def select_sentence(text: str, caret: Caret, direction: Direction = 1, tight: Tighten = _as_it_is) -> Caret:
    """Select the sentence at the caret; a selection grows to the end of its sentence, then by one more sentence.

    Between two paragraphs that is the next sentence. With direction -1 it grows the same way at its start.
    """
    chosen = caret.selection
    if chosen is None:
        sentence = unit_at(text, caret.offset, "sentence")
        if sentence is None:
            sentence = unit_at(text, MOTIONS["sentence_forward"](text, caret.offset, False), "sentence")
        return caret if sentence is None else caret.selecting(tight(sentence))
    span = chosen
    while tight(span) == tight(chosen):
        if direction > 0:
            longer = Span(span.start, max(span.end, MOTIONS["sentence_forward"](text, span.end, True)))
        else:
            longer = Span(MOTIONS["sentence_backward"](text, span.start, True), span.end)
        if longer == span:
            break
        span = longer
    return caret.selecting(tight(span))


def whole_words(text: str, start: int, end: int) -> Span:
    """Widen a span so that it cuts no word that blanks or punctuation delimit, and no character."""
    span = whole_graphemes(text, start, end)
    if not len(span):
        return span
    low, high = span.start, span.end
    if (word := _word_cut_at(text, low)) is not None:
        low = word.start
    if (word := _word_cut_at(text, high)) is not None:
        high = word.end
    return whole_graphemes(text, low, high)


def _word_cut_at(text: str, offset: int) -> Span | None:
    """Return the word that an offset cuts; None if it cuts none, or in a script without separators of words."""
    start, end = _stretch_around(text, offset, "word")
    word = span_at(words(text[start:end]), offset - start)
    if word is None or not word.start < offset - start < word.end or is_unspaced(text, word.start + start):
        return None
    return Span(word.start + start, word.end + start)


def nudged(text: str, span: Span, edge: Edge, by: Literal["character", "word"], direction: Direction) -> Span:
    """Return the span with one edge moved by a character or a word. It never becomes empty nor leaves the text."""
    place = span.start if edge == "start" else span.end
    if by == "character":
        moved = next_grapheme(text, place) if direction > 0 else previous_grapheme(text, place)
    elif direction > 0:
        moved = MOTIONS["word_forward"](text, place, edge == "end")
    elif edge == "start":
        moved = MOTIONS["word_backward"](text, place, False)
    else:
        moved = _word_end_before(text, place)
    changed = (moved, span.end) if edge == "start" else (span.start, moved)
    return Span(*changed) if changed[0] < changed[1] else span


def _word_end_before(text: str, offset: int) -> int:
    place = offset
    while place >= 0:
        start, end = _stretch_around(text, place, "word")
        spans = _units(text[start:end], "word")
        index = bisect_left(spans, offset - start, key=_end)
        if index:
            return start + spans[index - 1].end
        place = start - 1
    return 0


def proposal(text: str, span: Span, tight: Tighten = _as_it_is) -> Span | None:
    """Return the span as it can be marked: whole characters, with no blanks and nothing hidden at its ends.

    None if there are only blanks.
    """
    before = None
    while span != before:
        # Without a blank at its end, hidden markup before that may have become its end.
        before, seen = span, tight(span)
        span = trimmed(text, whole_graphemes(text, seen.start, seen.end))
    if not len(span):
        return None
    return Span(grapheme_floor(text, span.start), grapheme_ceiling(text, span.end))
