"""A line of choices to click. Their keys are shown beside them and bound elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import ceil
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from doubleread.domain.display import display_line
from doubleread.tui.shared.textual_adapter import LaidOutOnce, LazyComponents

CHOSEN = "✓"


@dataclass(frozen=True, slots=True)
class Chip:
    """One choice: its key, its label, and in a list also a sentence about it. A heading cannot be chosen.

    `symbol` comes before the label; in a chosen chip it takes the place of the key, and there is no tick. A `pinned`
    chip is never left out.
    """

    id: str
    label: str
    key: str = ""
    detail: str = ""
    chosen: bool = False
    enabled: bool = True
    heading: bool = False
    tooltip: str = ""
    symbol: str = ""
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class _Placed:
    chip: Chip
    row: int
    start: int
    end: int


class Chips(LaidOutOnce, LazyComponents, Widget, can_focus=False):
    """Chips in a row, wrapped at its end; with `listed`, each in a row of its own, with its details.

    A chip is its key and its label with blanks around both. A chosen chip is filled and ends with a tick; all chips
    have room for that, unless `tick` is off, so that choosing one moves none. Chips without a key are indented as if
    they had one. A row that is too narrow does without both. With `fit`, there is one row; a chip without room in it is
    left out, but never a pinned one, and shorter ones after it take what is left. With `balanced`, chips that need
    several rows are in columns; if `centred`, rows are in the middle. Text from outside is made safe here.
    """

    DEFAULT_CSS = """
    Chips {
        height: auto;
        color: $foreground;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        & > .chips--key { color: $accent; text-style: bold; }
        & > .chips--heading { color: $text-muted; }
        & > .chips--chosen { color: $background; background: $primary; text-style: bold; }
        & > .chips--disabled { color: $text-muted; }
        & > .chips--detail { color: $text-muted; }
        & > .chips--hover { background: $panel; text-style: underline; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "chips--key",
        "chips--heading",
        "chips--chosen",
        "chips--disabled",
        "chips--detail",
        "chips--hover",
    }

    @dataclass
    class Picked(Message):
        """Somebody clicked a chip."""

        chips: Chips
        chip_id: str

        @property
        def control(self) -> Chips:
            return self.chips

    def __init__(
        self,
        chips: Iterable[Chip] = (),
        *,
        listed: bool = False,
        fit: bool = False,
        balanced: bool = False,
        gap: int = 0,
        tick: bool = True,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._chips = tuple(chips)
        self._listed = listed
        self._fit = fit
        self._balanced = balanced
        self.centred = False
        self._gap = gap
        self._tick = tick
        self._hovered: str | None = None
        self._arranged: dict[tuple[int, bool], tuple[list[_Placed], bool]] = {}
        """By width and `centred`: where the chips are, and whether they are drawn tightly."""

    @property
    def chips(self) -> tuple[Chip, ...]:
        return self._chips

    def show(self, chips: Iterable[Chip], *, listed: bool | None = None) -> None:
        """Show other chips; `listed` changes whether each has a row of its own."""
        new = tuple(chips)
        listed = self._listed if listed is None else listed
        if new != self._chips or listed != self._listed:
            before = self.rows_in(self.size.width)
            self._chips = new
            self._listed = listed
            self._arranged.clear()
            self.refresh(layout=before != self.rows_in(self.size.width))

    def place_of(self, chip_id: str) -> tuple[int, int] | None:
        """Return a cell (x, y) of a chip inside this widget, or None if it is not shown."""
        for placed in self._placed(self.size.width)[0]:
            if placed.chip.id == chip_id:
                return self.gutter.left + placed.start + 1, self.gutter.top + placed.row
        return None

    def _too_long_for(self, width: int, *, tight: bool = False) -> bool:
        return sum(self._cells_of(chip, tight) for chip in self._chips) - self._gap > width

    def _text(self, chip: Chip, *, tight: bool = False) -> str:
        label = display_line(chip.label)
        if chip.heading:
            return f" {label} "
        key = chip.key or ("" if tight else " ")
        before = f" {key}" if key else ""
        if chip.symbol:
            size = cell_len(f"{before} {chip.symbol} {label} ")
            before = "" if chip.chosen and self._tick else before
            return set_cell_size(f"{before} {chip.symbol} {label} ", size)
        after = f" {CHOSEN}" if chip.chosen and self._tick else " " if tight or not self._tick else "  "
        return f"{before} {label}{after}"

    def _fitting(self, width: int) -> tuple[tuple[Chip, ...], bool]:
        """Return the chips to show, and whether they have to be drawn tightly."""
        tight = not self._listed and self._too_long_for(width)
        if self._balanced and self._too_long_for(width, tight=True):
            tight = False
        if not self._fit:
            return self._chips, tight
        # The blank at the end of the row may be cut off.
        room = width + 1 - sum(self._cells_of(chip, tight) for chip in self._chips if chip.pinned) + self._gap
        shown: set[str] = set()
        for chip in self._chips:
            if not chip.pinned:
                cells = self._cells_of(chip, tight)
                if cells > room:
                    continue
                room -= cells
            shown.add(chip.id)
        return tuple(chip for chip in self._chips if chip.pinned or chip.id in shown), tight

    @property
    def pinned_width(self) -> int:
        """The number of cells of the chips that are never left out."""
        return sum(self._cells_of(chip, tight=True) for chip in self._chips if chip.pinned)

    def _cells_of(self, chip: Chip, tight: bool) -> int:
        return cell_len(self._text(chip, tight=tight)) + self._gap

    def _placed(self, width: int) -> tuple[list[_Placed], bool]:
        """Return where the chips are in a given width, and whether they have to be drawn tightly."""
        known = self._arranged.get((width, self.centred))
        if known is not None:
            return known
        chips, tight = self._fitting(width)
        if self._balanced and not self._listed and self._too_long_for(width, tight=True):
            placed = self._in_columns(width)
        else:
            placed = self._in_rows(chips, width, tight=tight)
        if self.centred:
            ends = {item.row: item.end for item in placed}
            left = {row: max(width - end, 0) // 2 for row, end in ends.items()}
            placed = [
                replace(item, start=item.start + left[item.row], end=item.end + left[item.row]) for item in placed
            ]
        self._arranged[width, self.centred] = placed, tight
        return placed, tight

    def _in_columns(self, width: int) -> list[_Placed]:
        """Put the chips in as many columns as fit, each as wide as its widest chip, with rows as equal as possible."""
        columns, widths = 1, [width]
        for rows in range(1, len(self._chips) + 1):
            columns = ceil(len(self._chips) / rows)
            widths = [
                max(self._cells_of(chip, tight=False) for chip in self._chips[column::columns])
                for column in range(columns)
            ]
            if sum(widths) - self._gap <= width:
                break
        starts = [sum(widths[:column]) for column in range(columns)]
        placed = []
        for number, chip in enumerate(self._chips):
            row, column = divmod(number, columns)
            end = starts[column] + self._cells_of(chip, tight=False) - self._gap
            placed.append(_Placed(chip, row, starts[column], end))
        return placed

    def _in_rows(self, chips: Iterable[Chip], width: int, *, tight: bool) -> list[_Placed]:
        placed: list[_Placed] = []
        row = column = 0
        for chip in chips:
            size = cell_len(self._text(chip, tight=tight))
            if self._listed:
                placed.append(_Placed(chip, row, 0, max(width, size)))
                row += 1
                continue
            if column and column + size > width and not self._fit:
                row, column = row + 1, 0
            placed.append(_Placed(chip, row, column, column + size))
            column += size + self._gap
        return placed

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Return the width of everything in one row."""
        del container, viewport
        return self.width_of(self._chips)

    def width_of(self, chips: Iterable[Chip]) -> int:
        """Return the width of chips in one row of this widget."""
        return sum(cell_len(self._text(chip)) + self._gap for chip in chips)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        del container, viewport
        return self.rows_in(width)

    def rows_in(self, width: int) -> int:
        """Return the number of rows of the chips in a given width."""
        return 1 if self._fit else max((placed.row for placed in self._placed(width)[0]), default=0) + 1

    def render(self) -> Content:
        parts: list[Content] = []
        row = column = 0
        chips, tight = self._placed(self.size.width)
        names = max((cell_len(chip.label) for chip in self._chips if chip.detail), default=0)
        for placed in chips:
            if placed.row != row:
                parts.append(Content("\n" * (placed.row - row)))
                row, column = placed.row, 0
            parts.append(Content(" " * (placed.start - column)))
            parts.append(self._drawn(placed.chip, names, tight=tight))
            column = placed.end
        content = Content("").join(parts)
        return content.truncate(self.size.width) if self._fit else content

    def _drawn(self, chip: Chip, names: int, *, tight: bool) -> Content:
        text = self._text(chip, tight=tight)
        hovered = chip.id == self._hovered and not chip.heading
        # Some viewers of pictures drop blanks at the start of words of one style.
        if chip.heading:
            return Content.assemble(text[:1], (text[1:], self.get_visual_style("chips--heading")))
        if not chip.enabled:
            return Content.assemble(text[:1], (text[1:], self.get_visual_style("chips--disabled")))
        if chip.chosen:
            chosen = self.get_visual_style("chips--chosen")
            drawn = Content.assemble((text[:1], chosen.background_style), (text[1:], chosen))
        else:
            end = len(chip.key) + 2 if chip.key else 1
            drawn = Content.assemble(
                text[:1],
                Content.styled(text[1:end], self.get_visual_style("chips--key")),
                Content.styled(text[end:], self.get_visual_style("chips--hover") if hovered else ""),
            )
        if chip.detail:
            space = " " * (names - cell_len(chip.label) + 1)
            detail = space + display_line(chip.detail)
            drawn += Content.styled(detail, self.get_visual_style("chips--hover" if hovered else "chips--detail"))
        return drawn

    def _chip_at(self, x: int, y: int) -> Chip | None:
        # Padding is part of what the mouse is in.
        x, y = x - self.gutter.left, y - self.gutter.top
        for placed in self._placed(self.size.width)[0]:
            if placed.row == y and placed.start <= x < placed.end:
                return None if placed.chip.heading or not placed.chip.enabled else placed.chip
        return None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        chip = self._chip_at(event.x, event.y)
        hovered = chip.id if chip else None
        if hovered != self._hovered:
            self._hovered = hovered
            self.tooltip = Content(chip.tooltip) if chip and chip.tooltip else None
            self.refresh()

    def on_leave(self) -> None:
        if self._hovered is not None:
            self._hovered = None
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        chip = self._chip_at(event.x, event.y)
        if chip is not None:
            event.stop()
            self.post_message(self.Picked(self, chip.id))
