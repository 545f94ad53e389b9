"""The base of the results page, shared by its sections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from doubleread.domain.display import display_line
from doubleread.domain.formatting import decimal, p_value
from doubleread.domain.wording import plural
from doubleread.read_model.cases import Place
from doubleread.results.view import ResultsView
from doubleread.statistics import Adjusted, Estimate, Group, Undefined
from doubleread.tui.shared.plots.intervals import DIFFERENCES, Bar, interval_plot, plot_width
from doubleread.tui.shared.plots.lines import Line, Look, Part, beside, fit, wrapped

WIDEST = 170
"""Maximum width of a page in cells; wider bars show no more."""
WIDE = 130
"""Minimum width in cells at which the two halves of a section are side by side."""
LOOKS: tuple[Look, Look] = ("first", "second")


class Page:
    """Lines as they are added, and the rows in which sections begin."""

    def __init__(self, view: ResultsView, width: int) -> None:
        self.view = view
        self.width = min(width, WIDEST)
        self.lines: list[Line] = []
        self.sections: list[int] = []
        self.label = min(24 if self.width < WIDE else 34, self.width * 3 // 10)

    def section(self, title: str, about: str = "") -> None:
        """Begin a section."""
        if self.lines:
            self.gap()
        self.sections.append(len(self.lines))
        self.lines.append((Part(title, "heading"), *([Part(f"   {about}", "muted")] if about else [])))

    def add(self, lines: Sequence[Line]) -> None:
        """Add lines."""
        self.lines += lines

    def note(self, words: str) -> None:
        """Add a remark, made safe and wrapped."""
        self.lines += wrapped([Part(word, "muted") for word in display_line(words).split()], self.width, gap=" ")

    def two_up(self, left: Callable[[int], list[Line]], right: Callable[[int], list[Line]]) -> None:
        """Add two blocks, beside each other where there is room. Each is a function of its width."""
        if self.width >= WIDE:
            half = (self.width - 3) // 2
            self.add(beside(left(half), right(self.width - 3 - half), half))
        else:
            self.add([*left(self.width), (), *right(self.width)])

    def labelled(self, place: Place, words: str = "") -> str:
        """Name a model's row."""
        return f"{'●◆'[place]} {words or self.view.names[place]}"

    def gap(self) -> None:
        """Leave a line free, so that what stands above and below does not look like one plot."""
        self.lines.append(())

    def adjusted(self, what: str, p_values: Sequence[tuple[str, Adjusted | Undefined]]) -> None:
        """Add a remark with the p values that exist, corrected for their number; `what` says of which test."""
        found = [f"{name} {p_value(p.holm)}" for name, p in p_values if isinstance(p, Adjusted)]
        if found:
            self.note(f"{what}, Holm-corrected for {plural(len(found), 'comparison')}: {', '.join(found)}.")

    def groups(self, what: str, groups: Sequence[Group[Any]]) -> None:
        """Add the p values of groups."""
        self.adjusted(what, [(group.name, group.p) for group in groups])


def difference_plot(bar: Bar, width: int, label: int) -> list[Line]:
    """Draw a difference below words that say on which side either model is ahead."""
    lines = interval_plot([bar], DIFFERENCES, width, label)
    if isinstance(bar.value, Undefined):
        return lines
    room = plot_width(width, label)
    head = fit(f"◂ ◆ ahead{'● ahead ▸':>{max(room - 9, 0)}}", room)
    return [(Part(" " * (label + 1)), Part(head, "muted")), *lines]


def coefficient(value: Estimate | Undefined) -> str:
    """Return a coefficient of agreement for a remark."""
    return "none" if isinstance(value, Undefined) else decimal(value.value)
