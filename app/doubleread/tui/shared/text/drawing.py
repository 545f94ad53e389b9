"""Drawing a row of text with its marks as Textual segments."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style

from doubleread.domain.display import display_line
from doubleread.domain.spans import Span
from doubleread.tui.shared.text.marks import Mark, gutter_text, marks_in
from doubleread.tui.shared.text.wrapping import Cluster, WrappedText

GUTTER_WIDTH = 4
"""Cells to the left of the text, for the marks' symbols."""
SPARE_WIDTH = 2
"""Cells to the right of the text, for a trailing space and for the caret at the end of a row."""

_cluster_start = attrgetter("start")
_cluster_end = attrgetter("end")


class Look(NamedTuple):
    """Everything that decides how a span is drawn."""

    kinds: tuple[str, ...] = ()
    focused: bool = False
    flashed: bool = False
    selected: bool = False
    caret: bool = False
    gutter: bool = False
    label: bool = False


class Overlay(NamedTuple):
    """What is drawn over the text besides the marks. `caret` is None if it is not shown.

    `labels` are drawn over the characters that begin at their offsets, without moving any.
    """

    selection: Span | None
    caret: int | None
    flashed: Span | None
    labels: Mapping[int, str] = MappingProxyType({})


def row_segments(
    wrapped: WrappedText, index: int, marks: Sequence[Mark], overlay: Overlay, style_of: Callable[[Look], Style]
) -> tuple[list[Segment], int]:
    """Return the segments of one row, gutter first, and their width in cells."""
    row = wrapped.rows[index]
    cells = wrapped.clusters_of(index)
    here = marks_in(marks, row)
    segments, width = _gutter(wrapped, index, marks, here, style_of)
    cells, labelled, beyond = _with_labels(cells, overlay.labels)
    cuts = {*_cuts(cells, row.start, row.end, here, overlay), *labelled, *(end + 1 for end in labelled)}
    for low, high in pairwise(sorted(cuts)):
        piece = cells[low:high]
        look = Look(label=True) if low in labelled else _look(piece[0], here, overlay)
        segments.append(Segment("".join([cluster.drawn for cluster in piece]), style_of(look)))
        width += sum([cluster.cells for cluster in piece])
    if beyond:
        segments.append(Segment(beyond, style_of(Look(label=True))))
        width += len(beyond)
    elif overlay.caret == row.end and wrapped.row_of(row.end) == index:
        segments.append(Segment(" ", style_of(Look(caret=True))))
        width += 1
    elif overlay.selection is not None and overlay.selection.start <= row.end < overlay.selection.end and not cells:
        segments.append(Segment(" ", style_of(Look(selected=True))))
        width += 1
    return segments, width


def _with_labels(cells: list[Cluster], labels: Mapping[int, str]) -> tuple[list[Cluster], set[int], str]:
    """Return the clusters with labels drawn over them, the indexes of those, and what hangs over the row's end.

    A label that would reach into the next one is cut off there.
    """
    if not labels:
        return cells, set(), ""
    drawn, over, left = list(cells), set[int](), ""
    for index, cluster in enumerate(cells):
        left = labels.get(cluster.start, left)
        if left:
            drawn[index] = cluster._replace(drawn=left[: cluster.cells].ljust(cluster.cells))
            over.add(index)
            left = left[cluster.cells :]
    return drawn, over, left[:SPARE_WIDTH]


def _gutter(
    wrapped: WrappedText, index: int, marks: Sequence[Mark], here: list[Mark], style_of: Callable[[Look], Style]
) -> tuple[list[Segment], int]:
    row = wrapped.rows[index]
    text = display_line(gutter_text(marks, row, GUTTER_WIDTH - 1))
    beginning = [mark for mark in here if mark.span.start >= row.start and mark.symbol] or here
    focused = any(mark.focused for mark in beginning)
    kinds = tuple(mark.kind for mark in beginning[:1])
    segments = [Segment(text, style_of(Look(kinds, focused=focused, gutter=True)))] if text else []
    segments.append(Segment(" " * (GUTTER_WIDTH - len(text)), style_of(Look())))
    return segments, GUTTER_WIDTH


def _cuts(cells: list[Cluster], start: int, end: int, here: list[Mark], overlay: Overlay) -> list[int]:
    """Return the indexes of the clusters where the style may change, including the first and the end."""
    if not cells:
        return []
    cuts = {0, len(cells)}
    spans = [mark.span for mark in here]
    spans += [span for span in (overlay.selection, overlay.flashed) if span is not None]
    for span in spans:
        if span.start > start:
            cuts.add(bisect_right(cells, span.start, key=_cluster_end))
        if span.end < end:
            cuts.add(bisect_left(cells, span.end, key=_cluster_start))
    if overlay.caret is not None and start <= overlay.caret < end:
        caret = bisect_right(cells, overlay.caret, key=_cluster_end)
        cuts.update((caret, caret + 1))
    return sorted(cut for cut in cuts if 0 <= cut <= len(cells))


def _look(cluster: Cluster, here: list[Mark], overlay: Overlay) -> Look:
    def holds(span: Span | None) -> bool:
        return span is not None and span.start < cluster.end and cluster.start < span.end

    upon = [mark for mark in here if holds(mark.span)]
    return Look(
        kinds=tuple(mark.kind for mark in upon),
        focused=any(mark.focused for mark in upon),
        flashed=holds(overlay.flashed),
        selected=holds(overlay.selection),
        caret=overlay.caret is not None and cluster.start <= overlay.caret < cluster.end,
    )
