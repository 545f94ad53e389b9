"""What is shown of a text, in one piece, for searching."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from doubleread.domain.spans import Span
from doubleread.markup.blocks import lines_of
from doubleread.markup.inline import Dialect


@dataclass(frozen=True, slots=True)
class ShownText:
    """The words that are shown of a text, and where each of their characters is in the text.

    Without `starts` and `ends`, all is shown as it is.
    """

    words: str
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None

    def span(self, start: int, end: int) -> Span:
        """Return where characters [start, end) of the words are in the text."""
        if self.starts is None or self.ends is None:
            return Span(start, end)
        if start >= end:
            place = self.starts[start] if start < len(self.starts) else self.ends[-1] if self.ends else 0
            return Span(place, place)
        return Span(self.starts[start], self.ends[end - 1])

    def shown_at(self, span: Span) -> Span:
        """Return where a span of the text is in the words."""
        starts = self.starts
        return span if starts is None else Span(bisect_left(starts, span.start), bisect_left(starts, span.end))

    def words_of(self, span: Span) -> str:
        """Return what is shown of a span of the text, in one line."""
        return " ".join(self.shown_at(span).of(self.words).split())


def without_markup(text: str, span: Span, dialect: Dialect) -> Span:
    """Return a span without markup, such as a bullet, and blanks at its ends. If it has nothing else, return it."""
    shown = shown_text(text, dialect)
    assert shown.starts is not None
    assert shown.ends is not None
    low, high = bisect_right(shown.ends, span.start), bisect_left(shown.starts, span.end)
    while low < high and shown.words[low].isspace():
        low += 1
    while low < high and shown.words[high - 1].isspace():
        high -= 1
    return Span(max(shown.starts[low], span.start), min(shown.ends[high - 1], span.end)) if low < high else span


@lru_cache(maxsize=8)
def shown_text(text: str, dialect: Dialect) -> ShownText:
    """Return what is shown of a text. Lines stay lines, and there is a blank between the cells of a table."""
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def add(shown: str, start: int, end: int, *, as_it_is: bool) -> None:
        words.append(shown)
        if as_it_is:
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
        else:
            starts.extend([start] * len(shown))
            ends.extend([end] * len(shown))

    before = 0
    for number, line in enumerate(lines_of(text, dialect)):
        if number:
            add("\n", before, line.start, as_it_is=False)
        for column, cell in enumerate(line.cells):
            if column:
                add(" ", line.cells[column - 1].end, cell.start, as_it_is=False)
            for run in cell.runs:
                add(run.shown(text), run.start, run.end, as_it_is=run.drawn is None)
        for run in line.runs:
            add(run.shown(text), run.start, run.end, as_it_is=run.drawn is None)
        before = line.end
    return ShownText("".join(words), starts, ends)
