"""Lines with spots to choose from, by arrow keys or by click. Only the visible rows are drawn."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import ClassVar, overload

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from doubleread.tui.shared.plots.lines import LOOKS, Line, Look, lit
from doubleread.tui.shared.textual_adapter import LazyComponents, set_scrollable_size

CONTEXT = 4
"""Rows shown above and below the current spot, if there is room."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a spot is that keys stop at: its row, and its cells [start, end)."""

    spot: Hashable
    row: int
    start: int
    end: int


class DrawnLines(Sequence[Line]):
    """One line for each spot, drawn only when it is asked for: for lists of thousands. The whole line is the spot."""

    def __init__(self, spots: Sequence[Hashable], draw: Callable[[int], Line]) -> None:
        self._draw = draw
        self.stops = [Stop(spot, row, 0, 1) for row, spot in enumerate(spots)]

    def __len__(self) -> int:
        return len(self.stops)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | Sequence[Line]:
        rows = range(len(self))
        return [self._draw(row) for row in rows[index]] if isinstance(index, slice) else self._draw(rows[index])


_ROW = attrgetter("row")


def stops_of(lines: Sequence[Line]) -> list[Stop]:
    """Return all stops, from the top, and from left to right."""
    if isinstance(lines, DrawnLines):
        return lines.stops
    stops: list[Stop] = []
    for row, line in enumerate(lines):
        column = 0
        for part in line:
            if part.stop:
                stops.append(Stop(part.spot, row, column, column + part.width))
            column += part.width
    return stops


def stops_beyond(stops: Sequence[Stop], row: int, by: int) -> Sequence[Stop]:
    """Return the stops below a row (`by` positive), or above it (negative)."""
    return stops[bisect_right(stops, row, key=_ROW) :] if by > 0 else stops[: bisect_left(stops, row, key=_ROW)]


def nearest_stop(stops: Sequence[Stop], row: int, column: int) -> Stop | None:
    """Return the stop nearest to a row, and of those the one nearest to a column; None if there is none."""
    below = bisect_left(stops, row, key=_ROW)
    rows = [stops[place].row for place in (below - 1, below) if 0 <= place < len(stops)]
    nearest = [
        stop
        for found in rows
        for stop in stops[bisect_left(stops, found, key=_ROW) : bisect_right(stops, found, key=_ROW)]
    ]
    return min(nearest, key=lambda stop: (abs(stop.row - row), abs(stop.start - column)), default=None)


def next_stop(stops: Sequence[Stop], now: Stop, by: int, column: int) -> Stop | None:
    """Return the stop in the next row below (`by` 1) or above (-1) that is nearest to a column, or None."""
    return nearest_stop(stops_beyond(stops, now.row, by), now.row, column)


class SpotLines(LazyComponents, ScrollView, can_focus=True):
    """Shows lines; one spot is current. Enter or a click opens a spot."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    SpotLines {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        background: $surface;
        color: $foreground;
        & > .spot-lines--heading { color: $primary; text-style: bold; }
        & > .spot-lines--muted { color: $text-muted; }
        & > .spot-lines--first { color: $primary; }
        & > .spot-lines--second { color: $accent; }
        & > .spot-lines--right { color: $success; }
        & > .spot-lines--incorrect { color: $error; }
        & > .spot-lines--indeterminate { color: $warning; }
        & > .spot-lines--open { color: $text-muted; }
        & > .spot-lines--current { color: $background; background: $primary; text-style: bold; }
        & > .spot-lines--blurred { text-style: underline; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"spot-lines--{look}" for look in LOOKS),
        "spot-lines--current",
        "spot-lines--blurred",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "go_rows(1)", show=False),
        Binding("up,k", "go_rows(-1)", show=False),
        Binding("right", "go_along(1)", show=False),
        Binding("left", "go_along(-1)", show=False),
        Binding("pagedown,space", "go_pages(1)", show=False),
        Binding("pageup", "go_pages(-1)", show=False),
        Binding("home", "go_end(-1)", show=False),
        Binding("end", "go_end(1)", show=False),
    ]

    class Opened(Message):
        """Somebody opened a spot."""

        def __init__(self, spot: Hashable) -> None:
            super().__init__()
            self.spot = spot

    class Resized(Message):
        """The width for the lines has changed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: Sequence[Line] = ()
        self._stops: list[Stop] = []
        self._places: dict[Hashable, int] = {}
        self._spot: Hashable = None
        self._column = 0
        self._styles: dict[tuple[Look, str], Style] = {}

    @property
    def lines(self) -> Sequence[Line]:
        """What is shown."""
        return self._lines

    @property
    def spot(self) -> Hashable:
        """The current spot, or None."""
        return self._spot

    def show(self, lines: Sequence[Line], *, spot: Hashable = None) -> None:
        """Show other lines. If the current spot is still there, it stays current, in the same row of the window.

        Otherwise the nearest spot becomes current. `spot` asks for another one.
        """
        before = self._current
        offset = before.row - self.scroll_offset.y if before else 0
        self._lines = lines if isinstance(lines, DrawnLines) else tuple(lines)
        self._stops = stops_of(self._lines)
        self._places = {stop.spot: len(self._stops) - place for place, stop in enumerate(reversed(self._stops), 1)}
        now = self._stop_of(self._spot if spot is None else spot)
        if now is None:
            now = nearest_stop(self._stops, before.row if before else 0, 0)
        self._spot = now.spot if now else None
        if self.is_attached:
            set_scrollable_size(self, Size(self.size.width, len(self._lines)))
            if before and now and spot is None:
                self._scroll_to_row(now.row - offset)
            self.reveal()
        self.refresh()

    @property
    def _current(self) -> Stop | None:
        return self._stop_of(self._spot)

    def _stop_of(self, spot: Hashable) -> Stop | None:
        """Return the first stop of a spot."""
        place = self._places.get(spot)
        return None if place is None else self._stops[place]

    @property
    def line_width(self) -> int:
        """The most cells that a line may take. The last one stays free: it is for the scroll bar."""
        return max(self.size.width - 1, 0)

    @property
    def current_row(self) -> int:
        """The row of the current spot; without one, the first row in view."""
        stop = self._current
        return stop.row if stop else self.scroll_offset.y

    def place_of(self, spot: Hashable) -> tuple[int, int] | None:
        """Return a cell (x, y) of a spot in the content area as it is scrolled now, or None if it is not shown."""
        stop = self._stop_of(spot)
        if stop is None or not 0 <= stop.row - self.scroll_offset.y < self.size.height:
            return None
        return stop.start, stop.row - self.scroll_offset.y

    def go_to(self, stop: Stop, *, keep_column: bool = False) -> None:
        """Make a spot the current one."""
        self._spot = stop.spot
        if not keep_column:
            self._column = stop.start
        self.reveal()
        self.refresh()

    def go_to_row(self, row: int) -> None:
        """Make the first spot at or below a row the current one, and show that row at the top of the window."""
        below = stops_beyond(self._stops, row - 1, 1)
        self._scroll_to_row(row)
        if below:
            self.go_to(below[0])

    def reveal(self) -> None:
        """Scroll as little as needed to show the current spot, with some rows around it."""
        stop, height = self._current, self.size.height
        if stop is None or height <= 0:
            return
        context = max(min(CONTEXT, (height - 1) // 2), 0)
        top = self.scroll_offset.y
        if stop.row - context < top:
            self._scroll_to_row(stop.row - context)
        elif stop.row + context >= top + height:
            self._scroll_to_row(stop.row + context - height + 1)

    def _scroll_to_row(self, row: int) -> None:
        self.scroll_to(y=min(max(row, 0), self.max_scroll_y), animate=False, force=True)

    def action_go_rows(self, by: int) -> None:
        """Go to the spot below, or above; past the last one, scroll."""
        now = self._current
        found = next_stop(self._stops, now, by, self._column) if now else None
        if found is not None:
            self.go_to(found, keep_column=True)
        else:
            self._scroll_to_row(self.scroll_offset.y + by)

    def action_go_along(self, by: int) -> None:
        """Go to the next spot in the row, and on to the next row at its end; or back."""
        place = self._places.get(self._spot)
        if place is not None:
            index = place + by
            if 0 <= index < len(self._stops):
                self.go_to(self._stops[index])

    def action_go_pages(self, by: int) -> None:
        """Go on by a window's height, or back."""
        now = self._current
        if now is None or not self._stops:
            self._scroll_to_row(self.scroll_offset.y + by * self.size.height)
            return
        row = now.row + by * max(self.size.height - 2, 1)
        found = nearest_stop(stops_beyond(self._stops, now.row, by), row, self._column)
        if found is not None:
            self.go_to(found)
        else:
            self.action_go_end(by)

    def action_go_end(self, by: int) -> None:
        """Go to the last spot, or the first."""
        if self._stops:
            self.go_to(self._stops[-1 if by > 0 else 0])
        self._scroll_to_row(len(self._lines) if by > 0 else 0)

    def action_open_spot(self) -> None:
        """Open the current spot."""
        if self._spot is not None:
            self.post_message(self.Opened(self._spot))

    def on_click(self, event: events.Click) -> None:
        """Open what is clicked."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        row, column = offset.y + self.scroll_offset.y, 0
        for part in self._lines[row] if row < len(self._lines) else ():
            if column <= offset.x < column + part.width and part.spot is not None:
                event.stop()
                stop = self._stop_of(part.spot)
                if stop is not None:
                    self._spot, self._column = stop.spot, stop.start
                    self.refresh()
                self.post_message(self.Opened(part.spot))
                return
            column += part.width

    def on_resize(self) -> None:
        """Ask for lines of another width."""
        if self.size:
            set_scrollable_size(self, Size(self.size.width, len(self._lines)))
            self.post_message(self.Resized())

    def on_focus(self) -> None:
        """Highlight the current spot."""
        self.refresh()

    def on_blur(self) -> None:
        """Dim it."""
        self.refresh()

    def notify_style_update(self) -> None:
        """Forget the styles, since colours have changed."""
        super().notify_style_update()
        self._styles.clear()

    def render_line(self, y: int) -> Strip:
        """Draw one row of the content area."""
        index, width = y + self.scroll_offset.y, self.size.width
        if index >= len(self._lines):
            return Strip.blank(width, self._style("", ""))
        shown = "current" if self.has_focus else "blurred"
        segments = [
            Segment(part.text, self._style(part.look, shown if chosen else ""))
            for part, chosen in lit(self._lines[index], self._spot)
        ]
        return Strip(segments).adjust_cell_length(width, self._style("", "")).simplify()

    def _style(self, look: Look, shown: str) -> Style:
        style = self._styles.get((look, shown))
        if style is None:
            style = self.rich_style
            for name in filter(None, (look, shown)):
                style += self.get_component_rich_style(f"spot-lines--{name}", partial=True)
            self._styles[look, shown] = style
        return style
