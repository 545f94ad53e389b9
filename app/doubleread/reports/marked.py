"""A text with its annotations, as HTML. Overlapping annotations all stay visible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape

from doubleread.domain.display import display_text
from doubleread.domain.spans import Span

_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """One stretch: its number as shown beside its first word, its look (major, minor, evidence), a title in words."""

    span: Span
    number: str
    look: str
    title: str


def marked_text(text: str, marks: Sequence[Mark]) -> Markup:
    """Return the text, made harmless, with its marks; the rest of it is as it was.

    Where stretches overlap, the text is cut at every end, each piece says which stretches it belongs to, and the
    ground grows darker with their number. Raises ValueError for a mark that ends beyond the text.
    """
    if any(mark.span.end > len(text) for mark in marks):
        raise ValueError("a mark ends after the end of the text")
    # One code point becomes one code point, so that the offsets still hold.
    shown = display_text(text)
    edges = sorted({0, len(text), *(edge for mark in marks for edge in (mark.span.start, mark.span.end))})
    pieces: list[str] = []
    for start, end in pairwise(edges):
        over = [mark for mark in marks if mark.span.start <= start and end <= mark.span.end]
        pieces += [
            f'<sup class="number {escape(mark.look)}">{escape(mark.number)}</sup>'
            for mark in over
            if mark.span.start == start
        ]
        words = escape(shown[start:end])
        pieces.append(_piece(words, over) if over else words)
    return Markup("".join(pieces))


def _piece(words: Markup, over: Sequence[Mark]) -> str:
    looks = " ".join(dict.fromkeys(mark.look for mark in over))
    title = "; ".join(display_text(mark.title) for mark in over)
    depth = min(len(over), _DEEPEST)
    return f'<mark class="{escape(looks)} depth-{depth}" title="{escape(title)}">{words}</mark>'
