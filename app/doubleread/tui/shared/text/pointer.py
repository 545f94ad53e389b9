"""Select text with the mouse: from the dragged cells to the intended span."""

from __future__ import annotations

from dataclasses import dataclass

from doubleread.domain.spans import Span, whole_graphemes
from doubleread.tui.shared.text.caret import whole_words
from doubleread.tui.shared.text.wrapping import WrappedText


@dataclass(slots=True)
class Drag:
    """A mouse button held down: what was under the pointer at first, where it is now, and whether it has moved."""

    origin: Span
    x: int
    y: int
    exact: bool = False
    moved: bool = False


def under_pointer(wrapped: WrappedText, row: int, column: int) -> Span:
    """Return the character at a cell of the wrapped text.

    Left of a row and right of its end, above the text and below it, return the empty span at that edge.
    """
    if row < 0:
        return Span(0, 0)
    if row >= len(wrapped.rows):
        return Span(len(wrapped.text), len(wrapped.text))
    if column < 0:
        start = wrapped.rows[row].start
        return Span(start, start)
    cluster = wrapped.cluster_at(row, column)
    if cluster is None:
        end = wrapped.rows[row].end
        return Span(end, end)
    return Span(cluster.start, cluster.end)


def nearest_offset(wrapped: WrappedText, row: int, column: int) -> int:
    """Return the caret offset that is nearest to a cell of the wrapped text."""
    if row < 0:
        return 0
    if row >= len(wrapped.rows):
        return len(wrapped.text)
    return wrapped.offset_at(row, column)


def dragged_over(text: str, origin: Span, target: Span, *, exact: bool) -> Span:
    """Return the span from one character to another, both included, in whole words unless `exact`."""
    start, end = min(origin.start, target.start), max(origin.end, target.end)
    return whole_graphemes(text, start, end) if exact else whole_words(text, start, end)
