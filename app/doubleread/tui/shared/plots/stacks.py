"""Stacked bars: the parts of a whole. Each part has its own pattern, with its name and count below the bar."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from doubleread.tui.shared.plots.lines import Line, Look, Part, fit, wrapped


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of the whole. `pattern` is the character that fills it."""

    name: str
    count: int
    pattern: str
    look: Look = ""
    spot: Hashable = None


def piece_widths(counts: Sequence[int], width: int) -> list[int]:
    """Divide cells by counts. Every count above zero gets at least one cell, if there are enough. The remaining cells
    go to the largest remainders. Raises ValueError for a count below zero.
    """
    if min(counts, default=0) < 0:
        raise ValueError("a count below zero")
    total = sum(counts)
    if not total or width <= 0:
        return [0] * len(counts)
    exact = [count * width / total for count in counts]
    cells = [max(int(proportion), 1) if count else 0 for proportion, count in zip(exact, counts, strict=True)]
    while sum(cells) < width:
        cells[max(range(len(cells)), key=lambda index: (exact[index] - cells[index], -index))] += 1
    while sum(cells) > width:
        large = [index for index, size in enumerate(cells) if size > 1] or [i for i, size in enumerate(cells) if size]
        cells[max(large, key=lambda index: (cells[index] - exact[index], index))] -= 1
    return cells


def stack(label: str, pieces: Sequence[Piece], width: int, label_width: int, look: Look = "") -> list[Line]:
    """Draw one bar with its total, and below it the name and the count of each part that is there."""
    total = sum(piece.count for piece in pieces)
    words = f"  n {total}"
    room = max(width - label_width - 1 - len(words), 10)
    lead = Part(fit(label, label_width) + " ", look)
    if not total:
        return [(lead, Part("nothing yet", "muted"))]
    widths = piece_widths([piece.count for piece in pieces], room)
    shown = [(piece, size) for piece, size in zip(pieces, widths, strict=True) if piece.count]
    bar = [Part(piece.pattern * size, piece.look, piece.spot) for piece, size in shown]
    names = [
        Part(f"{piece.pattern} {piece.name}: {piece.count}", piece.look, piece.spot, stop=piece.spot is not None)
        for piece, _ in shown
    ]
    return [(lead, *bar, Part(words, "muted")), *wrapped(names, width, indent=label_width + 1)]
