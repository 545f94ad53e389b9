"""Drawing a row of text with its marks as Textual segments."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style

from doubleread.domain.display import display_line
from doubleread.domain.spans import Span
from doubleread.tui.shared.text.marks import Mark, gutter_text, marks_in
from doubleread.tui.shared.text.wrapping import Cluster, Row, WrappedText

GUTTER_WIDTH = 4
"""Cells to the left of the text, for the marks' symbols."""
SPARE_WIDTH = 2
"""Cells to the right of the text, for a trailing space and for the caret at the end of a row."""

_cluster_start = attrgetter("start")
_cluster_end = attrgetter("end")


class Look(NamedTuple):
    """Everything that decides how a span is drawn. `label` is 1 or 2: labels that touch are told apart."""

    kinds: tuple[str, ...] = ()
    focused: bool = False
    selected: bool = False
    caret: bool = False
    gutter: bool = False
    label: int = 0
    text: int = 0
    """Constants of `doubleread.markup.runs`, added up."""


class Overlay(NamedTuple):
    """What is drawn over the text besides the marks. `caret` is None if it is not shown.

    `labels` are drawn over the characters that begin at their offsets, without moving any.
    """

    selection: Span | None
    caret: int | None
    labels: Mapping[int, str] = MappingProxyType({})


def row_segments(
    wrapped: WrappedText, index: int, marks: Sequence[Mark], overlay: Overlay, style_of: Callable[[Look], Style]
) -> tuple[list[Segment], int]:
    """Return the segments of one row, gutter first, and their width in cells."""
    row = wrapped.rows[index]
    cells = wrapped.clusters_of(index)
    if row.runs:
        around = wrapped.line_around(index)
        near = [mark for mark in marks if mark.span.start <= around.end and mark.span.end >= around.start]
        marks = [replace(mark, span=wrapped.seen(mark.span)) for mark in near]
        overlay = overlay._replace(caret=None if overlay.caret is None else wrapped.stop(overlay.caret))
    here = marks_in(marks, row)
    segments, width = _gutter(row, marks, here, style_of)
    cells, labelled, beyond = _with_labels(cells, overlay.labels)
    cuts = {*_cuts(cells, row, here, overlay), *labelled, *(end + 1 for end in labelled)}
    for low, high in pairwise(sorted(cuts)):
        piece = cells[low:high]
        look = Look(label=labelled[low]) if low in labelled else _look(piece[0], row, here, overlay)
        segments.append(Segment("".join([cluster.drawn for cluster in piece]), style_of(look)))
        width += sum([cluster.cells for cluster in piece])
    if beyond:
        segments.append(Segment(beyond, style_of(Look(label=labelled[len(cells) - 1]))))
        width += len(beyond)
    elif overlay.caret is not None and wrapped.is_line_end(index, overlay.caret):
        segments.append(Segment(" ", style_of(Look(caret=True))))
        width += 1
    elif not row.has_text and _holds(overlay.selection, row.start, row.end + 1):
        segments.append(Segment(" ", style_of(Look(selected=True))))
        width += 1
    return segments, width


def _with_labels(cells: list[Cluster], labels: Mapping[int, str]) -> tuple[list[Cluster], dict[int, int], str]:
    """Return the clusters with labels drawn over them, the look of those by index, and what hangs over the row's end.

    A label that would reach into the next one is cut off there. One that touches the one before it has the other look.
    """
    drawn, over, left = list(cells), dict[int, int](), ""
    if not labels:
        return drawn, over, ""
    look = 1
    for index, cluster in enumerate(cells):
        if cluster.start < cluster.end and cluster.start in labels:
            left = labels[cluster.start]
            look = 3 - look if index - 1 in over else 1
        if left:
            drawn[index] = cluster._replace(drawn=left[: cluster.cells].ljust(cluster.cells))
            over[index] = look
            left = left[cluster.cells :]
    return drawn, over, left[:SPARE_WIDTH]


def _gutter(
    row: Row, marks: Sequence[Mark], here: list[Mark], style_of: Callable[[Look], Style]
) -> tuple[list[Segment], int]:
    text = display_line(gutter_text(marks, row, GUTTER_WIDTH - 1))
    beginning = [mark for mark in here if row.begins(mark.span) and mark.symbol] or here
    focused = any(mark.focused for mark in beginning)
    kinds = tuple(mark.kind for mark in beginning[:1])
    segments = [Segment(text, style_of(Look(kinds, focused=focused, gutter=True)))] if text else []
    segments.append(Segment(" " * (GUTTER_WIDTH - len(text)), style_of(Look())))
    return segments, GUTTER_WIDTH


def _cuts(cells: list[Cluster], row: Row, here: list[Mark], overlay: Overlay) -> list[int]:
    """Return the indexes of the clusters where the style may change, including the first and the end."""
    if not cells:
        return []
    cuts = {0, len(cells)}
    spans = [mark.span for mark in here]
    spans += [overlay.selection] if overlay.selection is not None else []
    for span in spans:
        if span.start > row.start:
            cuts.add(bisect_right(cells, span.start, key=_cluster_end))
        if span.end < row.end:
            cuts.add(bisect_left(cells, span.end, key=_cluster_start))
    if overlay.caret is not None and row.start <= overlay.caret < row.end:
        caret = bisect_right(cells, overlay.caret, key=_cluster_end)
        cuts.update((caret, caret + 1))
    if row.runs:
        cuts.update(at for at in range(1, len(cells)) if cells[at].look != cells[at - 1].look)
    return sorted(cut for cut in cuts if 0 <= cut <= len(cells))


def _look(cluster: Cluster, row: Row, here: list[Mark], overlay: Overlay) -> Look:
    start, end = cluster.start, cluster.end
    if start == end:
        if row.has_text:
            return Look(text=cluster.look)
        # The row has nothing else by which a mark of its markup can be seen.
        start, end = row.start, row.end + 1
    upon = [mark for mark in here if _holds(mark.span, start, end)]
    return Look(
        kinds=tuple(mark.kind for mark in upon),
        focused=any(mark.focused for mark in upon),
        selected=cluster.start < end and _holds(overlay.selection, start, end),
        caret=overlay.caret is not None and cluster.start <= overlay.caret < cluster.end,
        text=cluster.look,
    )


def _holds(span: Span | None, start: int, end: int) -> bool:
    return span is not None and span.start < end and start < span.end
