"""A text with its annotations, as HTML. Overlapping annotations all stay visible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import pairwise

from markupsafe import Markup

from doubleread.domain.display import display_text
from doubleread.domain.spans import Span

_DEEPEST = 3


@lru_cache(maxsize=4096)
def harmless(text: str) -> str:
    """Return a text that often recurs, such as a category, as HTML."""
    return escape(display_text(text))


@dataclass(frozen=True, slots=True)
class Mark:
    """One span: its number as shown beside its first word, its look (a class of the style sheet), and a title."""

    span: Span
    number: str
    look: str
    title: str


def marked_text(text: str, marks: Sequence[Mark]) -> Markup:
    """Return the escaped text with its marks.

    If stretches overlap, the text is cut at every end, each piece names the marks it belongs to, and the background is
    darker for more marks. Raises ValueError for a mark that ends beyond the text.
    """
    if any(mark.span.end > len(text) for mark in marks):
        raise ValueError("a mark ends after the end of the text")
    # One code point becomes one code point, so that the offsets still apply.
    shown = display_text(text)
    if not marks:
        return Markup(escape(shown))
    edges = sorted({0, len(text), *(edge for mark in marks for edge in (mark.span.start, mark.span.end))})
    placed = [(mark.span.start, mark.span.end, mark) for mark in marks]
    pieces: list[str] = []
    for start, end in pairwise(edges):
        over = [mark for begins, ends, mark in placed if begins <= start and end <= ends]
        pieces += [
            f'<sup class="number {mark.look}">{harmless(mark.number)}</sup>'
            for mark in over
            if mark.span.start == start
        ]
        words = escape(shown[start:end])
        pieces.append(_piece(words, over) if over else words)
    return Markup("".join(pieces))


def _piece(words: str, over: Sequence[Mark]) -> str:
    looks = " ".join(dict.fromkeys(mark.look for mark in over))
    title = "; ".join(harmless(mark.title) for mark in over)
    depth = min(len(over), _DEEPEST)
    return f'<mark class="{looks} depth-{depth}" title="{title}">{words}</mark>'
