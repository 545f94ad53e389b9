"""What is drawn on a text: marks, with their rows and positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doubleread.domain.spans import Span
from doubleread.tui.shared.text.wrapping import Row

GROUND_KINDS: tuple[str, ...] = ("current", "incorrect", "unsupported", "unsure", "supported", "unjudged")
"""Background kinds for whole sentences, drawn below all others and not selectable with the mouse."""
KINDS: tuple[str, ...] = (
    *("found", "major", "minor", "omission", "passage", "evidence", "echo"),
    *("reader-1", "reader-2", "open", "resolved"),
    "neutral",
    *GROUND_KINDS,
)
"""The kinds with a style of their own. If several overlap, the first of these gives the colour.

A mark of any other kind is drawn as "neutral".
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """A highlighted span of the text.

    `kind` chooses the look (see `KINDS`); `symbol`, of one to three cells, is shown in the gutter beside the row
    where the mark begins; one mark of a text may be focused.
    """

    id: str
    span: Span
    kind: str = "neutral"
    symbol: str = ""
    focused: bool = False


def marks_at(marks: Sequence[Mark], offset: int) -> tuple[Mark, ...]:
    """Return the marks at an offset, the shortest first, so that one inside another can be reached.

    Marks of `GROUND_KINDS` are left out.
    """
    found = [mark for mark in marks if mark.span.start <= offset < mark.span.end and mark.kind not in GROUND_KINDS]
    return tuple(sorted(found, key=lambda mark: (len(mark.span), mark.span.start, mark.id)))


def marks_in(marks: Sequence[Mark], row: Row) -> list[Mark]:
    """Return the marks with at least one character in a row, in the order given."""
    return [mark for mark in marks if row.holds(mark.span)]


def gutter_text(marks: Sequence[Mark], row: Row, width: int) -> str:
    """Return the gutter of a row: the symbols of the marks that begin in it, or a line if one continues.

    Without room for blanks between them, symbols of one character are joined. Without room for all symbols, a plus sign
    shows that there are more. The result is at most `width` characters. Symbols of `GROUND_KINDS` are joined, and of
    these kinds only the first has a line.
    """
    here = marks_in(marks, row)
    beginning = [mark for mark in here if row.begins(mark.span) and mark.symbol]
    if not beginning:
        return "│"[:width] if any(mark.kind not in GROUND_KINDS[1:] for mark in here) else ""
    symbols = [mark.symbol for mark in beginning]
    if all(len(symbol) == 1 for symbol in symbols) and 2 * len(symbols) - 1 > width >= len(symbols):
        return "".join(symbols)
    shown = ""
    for index, mark in enumerate(beginning):
        blank = "" if mark.kind in GROUND_KINDS and beginning[index - 1].kind in GROUND_KINDS else " "
        longer = f"{shown}{blank}{mark.symbol}" if shown else mark.symbol
        if len(longer) + (index + 1 < len(beginning)) > width:
            return (shown or mark.symbol[: max(width - 1, 0)]) + "+" if len(beginning) > 1 else mark.symbol[:width]
        shown = longer
    return shown
