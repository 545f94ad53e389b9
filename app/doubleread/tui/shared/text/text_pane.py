"""A pane that shows one text in a column for reading, with marks. It draws only the rows that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.css.model import RuleSet
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from doubleread.domain.spans import Span
from doubleread.markup.inline import Dialect
from doubleread.markup.runs import CODE, DECORATION, EMPHASIS, HEADING, LINK, STRIKE, STRONG
from doubleread.markup.shown import ShownText, shown_text
from doubleread.tui.shared.text.caret import Caret
from doubleread.tui.shared.text.drawing import GUTTER_WIDTH, SPARE_WIDTH, Look, Overlay, row_segments
from doubleread.tui.shared.text.formatted import format_text
from doubleread.tui.shared.text.marks import GROUND_KINDS, KINDS, Mark
from doubleread.tui.shared.text.wrapping import WrappedText, wrap
from doubleread.tui.shared.textual_adapter import LazyComponents, set_scrollable_size

_MARKUP_STYLES = {
    HEADING: "heading",
    STRONG: "strong",
    EMPHASIS: "emphasis",
    STRIKE: "strike",
    CODE: "code",
    LINK: "link",
    DECORATION: "decoration",
}


class TextPane(LazyComponents, ScrollView):
    """Shows a text, its marks, its caret and its selection, row by row.

    With `formatted`, it shows Markdown as it is meant: markup is hidden, but all offsets remain those of the text.
    """

    ALLOW_SELECT = False
    LINE_LENGTH: ClassVar[int] = 75
    """Maximum number of cells in a row of text, for readability; `line_length` overrides it for one pane."""
    FOLLOW_STEP: ClassVar[int] = 4
    """Rows by which a growing text is scrolled at a time. Each scroll redraws the whole pane."""
    SHOWS_CARET: ClassVar[bool] = True
    """Whether the caret is drawn while the pane has the focus."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"annotated-text--{kind}" for kind in KINDS),
        *(f"annotated-text--{name}" for name in _MARKUP_STYLES.values()),
        "annotated-text--overlap",
        "annotated-text--focused-mark",
        "annotated-text--selection",
        "annotated-text--caret",
        "annotated-text--gutter",
        "annotated-text--label-1",
        "annotated-text--label-2",
    }

    DEFAULT_CSS = """
    TextPane {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        background: $surface;
        color: $foreground;

        & > .annotated-text--heading { text-style: bold; }
        & > .annotated-text--strong { text-style: bold; }
        & > .annotated-text--emphasis { text-style: italic; }
        & > .annotated-text--strike { text-style: strike; }
        & > .annotated-text--code { background: $panel; }
        & > .annotated-text--link { color: $text-primary; }
        & > .annotated-text--decoration { color: $text-muted; text-style: none; }
        & > .annotated-text--found { color: auto; background: $secondary; text-style: underline; }
        & > .annotated-text--major { color: $foreground; background: $error-muted; text-style: bold underline; }
        & > .annotated-text--minor { color: $foreground; background: $warning-muted; text-style: underline; }
        & > .annotated-text--omission { color: $foreground; background: $accent-muted; text-style: italic underline; }
        & > .annotated-text--echo { color: $foreground; background: $secondary-muted; text-style: underline; }
        & > .annotated-text--passage { color: $foreground; background: $secondary-muted; text-style: bold italic; }
        & > .annotated-text--evidence { color: $foreground; background: $success-muted; text-style: italic; }
        & > .annotated-text--reader-1 { color: $foreground; background: $warning-muted; text-style: underline; }
        & > .annotated-text--reader-2 { color: $foreground; background: $primary-muted; text-style: italic; }
        & > .annotated-text--open { color: $foreground; background: $panel; text-style: underline; }
        & > .annotated-text--resolved { color: $foreground; background: $panel; text-style: italic; }
        & > .annotated-text--neutral { color: $foreground; background: $primary-muted; text-style: underline; }
        & > .annotated-text--current { background: $primary-muted; }
        & > .annotated-text--incorrect { color: $text-error; }
        & > .annotated-text--unsupported { color: $text-warning; }
        & > .annotated-text--unsure { text-style: italic; }
        & > .annotated-text--supported { color: $text-muted; }
        & > .annotated-text--overlap { text-style: bold italic underline; }
        & > .annotated-text--focused-mark { color: auto; background: $accent; text-style: bold underline; }
        & > .annotated-text--selection { color: auto; background: $primary; text-style: none; }
        & > .annotated-text--caret { color: $background; background: $foreground; text-style: bold; }
        & > .annotated-text--gutter { text-style: bold not underline not italic; }
        & > .annotated-text--label-1 { color: $background; background: $warning; text-style: bold; }
        & > .annotated-text--label-2 { color: $background; background: $foreground; text-style: bold; }
    }
    """

    def __init__(
        self,
        text: str = "",
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
        disabled: bool = False,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes, disabled=disabled)
        self.line_length = self.LINE_LENGTH
        self._formatted = False
        self._dialect: Dialect = "answer"
        self._text = text
        self._row_width = self.line_length
        self._laid_out: WrappedText | None = None
        self._marks: tuple[Mark, ...] = ()
        self._found: tuple[Mark, ...] = ()
        self._echoes: tuple[Mark, ...] = ()
        self._rows_of_marks: list[tuple[range, Mark]] | None = None
        """The rows in which each mark may be drawn; None if the marks or the rows have changed."""
        self._labels: Mapping[int, str] = {}
        self._caret = Caret()
        self._following = not text
        self._strips: dict[int, Strip] = {}
        self._look_styles: dict[Look, Style] = {}
        self._drawn_with: tuple[list[RuleSet], Style] | None = None
        self._drawn_width = 0

    @property
    def text(self) -> str:
        """The raw text, to which all offsets refer."""
        return self._text

    @property
    def _wrapped(self) -> WrappedText:
        """The rows, which are laid out when they are first needed."""
        if self._laid_out is None:
            self._row_width = self._fitting_width
            self._laid_out = self._lay_out(self._text, self._row_width)
            self._update_size()
        return self._laid_out

    @property
    def _fitting_width(self) -> int:
        """The cells of a row in a pane of this size; of a full row before the pane has a size."""
        room = self.size.width - GUTTER_WIDTH - SPARE_WIDTH if self.size else self.line_length
        return max(min(self.line_length, room), 1)

    @property
    def formatted(self) -> bool:
        """Whether Markdown is shown as it is meant, not as it is written."""
        return self._formatted

    @property
    def shown_text(self) -> ShownText:
        """The words that are shown, to search in, with their offsets in the text."""
        return shown_text(self.text, self._dialect) if self._formatted else ShownText(self.text)

    def quoted(self, span: Span) -> str:
        """Return what is shown of a span, in one line."""
        return self.shown_text.words_of(span)

    def set_formatted(self, formatted: bool, dialect: Dialect | None = None) -> None:
        """Show Markdown as it is meant, or as it is written. What is at the top or at the caret stays in view."""
        dialect = dialect or self._dialect
        if (formatted, dialect) == (self._formatted, self._dialect):
            return
        self._formatted, self._dialect = formatted, dialect
        if self._laid_out is not None:
            self._show_again(self._lay_out(self._text, self._row_width))

    def _lay_out(self, text: str, width: int) -> WrappedText:
        return format_text(text, width, self._dialect) if self._formatted else wrap(text, width)

    @property
    def following(self) -> bool:
        """Whether the pane stays at the end while text is appended."""
        return self._following

    def set_text(self, text: str) -> None:
        """Show another text from its start, with no marks, nothing selected and the caret at 0.

        An empty text is followed to its end as it grows; other texts are not.
        """
        self._text = text
        self._laid_out = None
        self._marks = self._found = self._echoes = ()
        self._rows_of_marks = None
        self._labels = {}
        self._caret = Caret()
        self._strips.clear()
        self._update_size()
        self._scroll_to_row(0)
        self._following = not text
        self.refresh()

    def append(self, text: str) -> None:
        """Add to the end of the text. Only the rows that change are drawn again.

        The pane follows the end until the person scrolls or moves the caret away from it.
        """
        if not text:
            return
        before = len(self._wrapped.rows)
        first = self._wrapped.append(text)
        self._text = self._wrapped.text
        self._rows_of_marks = None
        self._refresh_rows(first, max(before, len(self._wrapped.rows)))
        following, height, top = self._following, self.size.height, self.scroll_offset.y
        if following and len(self._wrapped.rows) > top + height:
            top = len(self._wrapped.rows) - height + min(self.FOLLOW_STEP, height // 3 + 1) - 1
        self._update_size(top + height)
        if following:
            self._scroll_to_row(top)
        self._following = following

    @property
    def marks(self) -> tuple[Mark, ...]:
        return self._marks

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Replace the marks. Only rows whose marks changed are drawn again."""
        before, self._marks = self._marks, tuple(marks)
        self._refresh_marks(before, self._marks)

    def set_found(self, places: Sequence[Span], current: int) -> None:
        """Mark the places where words were found, beside the other marks."""
        before = self._found
        self._found = tuple(
            Mark(f"found {number}", span, "found", focused=number == current) for number, span in enumerate(places)
        )
        self._refresh_marks(before, self._found)

    def set_echoes(self, places: Sequence[Span]) -> None:
        """Mark the places that have the words selected in another text, beside the other marks."""
        before = self._echoes
        self._echoes = tuple(Mark(f"echo {number}", span, "echo") for number, span in enumerate(places))
        self._refresh_marks(before, self._echoes)

    def _refresh_marks(self, before: Sequence[Mark], after: Sequence[Mark]) -> None:
        if before != after:
            self._rows_of_marks = None
            for mark in set(before) ^ set(after):
                self._refresh_span(mark.span)

    def set_labels(self, labels: Mapping[int, str]) -> None:
        """Draw labels over the characters at their offsets, until they are replaced by none."""
        if labels != self._labels:
            self._labels = labels
            self._strips.clear()
            self.refresh()

    def starts_in_view(self) -> list[int]:
        """Return the offset of every character in view, in the order in which they are drawn."""
        top = self.scroll_offset.y
        rows = range(top, min(top + self.size.height, len(self._wrapped.rows)))
        return [
            cluster.start for row in rows for cluster in self._wrapped.clusters_of(row) if cluster.start < cluster.end
        ]

    def go_to_found(self, span: Span) -> None:
        """Bring a place into view that was found."""
        self.scroll_to_offset(span.start)

    @property
    def top_offset(self) -> int:
        """The offset of the first row in view."""
        return self._wrapped.rows[min(self.scroll_offset.y, len(self._wrapped.rows) - 1)].start

    @property
    def reading_offset(self) -> int:
        """Where somebody reads: the first row in view."""
        return self.top_offset

    def show_from(self, offset: int, caret: int) -> None:  # noqa: ARG002  (here, nobody moves a caret)
        """Scroll so that the row of an offset is the first in view, as far as the text is long enough."""
        self._scroll_to_row(self.row_of(offset))

    @property
    def full_width(self) -> int:
        """The width that shows rows of full line length, with the scroll bar."""
        return self.width_for(self.line_length)

    def width_for(self, line_length: int) -> int:
        """Return the width that shows rows of a line length, or of the full one if that is shorter."""
        return GUTTER_WIDTH + min(line_length, self.line_length) + SPARE_WIDTH + 1

    @property
    def column_left(self) -> int:
        """Cells between the left edge of the content and the text."""
        room = self.size.width - GUTTER_WIDTH - self._row_width - SPARE_WIDTH
        return max(room // 2, 0) + GUTTER_WIDTH

    def row_of(self, offset: int) -> int:
        """Return the row, counted from the start of the text, that shows an offset."""
        return self._wrapped.row_of(offset)

    def cell_of(self, offset: int) -> tuple[int, int]:
        """Return (x, y) of an offset in the content area at the current scroll position; it may be outside."""
        return self.column_left + self._wrapped.column_of(offset), self.row_of(offset) - self.scroll_offset.y

    def scroll_to_offset(self, offset: int, *, context: int = 2) -> None:
        """Scroll as little as needed to show an offset, with some rows around it if there is room."""
        row = self.row_of(offset)
        height = self.size.height
        if height <= 0:
            return
        context = max(min(context, (height - 1) // 2), 0)
        top = self.scroll_offset.y
        if row - context < top:
            target = row - context
        elif row + context >= top + height:
            target = row + context - height + 1
        else:
            return
        self._scroll_to_row(max(target, 0))

    def _scroll_to_row(self, row: int) -> None:
        if self.is_attached:
            self.scroll_to(y=min(row, self.max_scroll_y), animate=False, force=True)

    def on_resize(self) -> None:
        """Wrap the text for the new width; the words at the top stay at the top, the caret stays in view."""
        if not self.size:
            return
        width = self._fitting_width
        if self._laid_out is None or width != self._row_width:
            self._row_width = width
            self._show_again(self._lay_out(self._text, width))
        elif self.size.width != self._drawn_width:
            self._show_again(self._laid_out)
        else:
            self._stay(self.top_offset)

    def _show_again(self, wrapped: WrappedText) -> None:
        top = self.top_offset if self._laid_out is not None else 0
        self._laid_out = wrapped
        self._rows_of_marks = None
        self._strips.clear()
        self._drawn_width = self.size.width
        self._stay(top)
        self.refresh()

    def _stay(self, top: int) -> None:
        """Keep the row of an offset at the top, or the end of a growing text in view."""
        following = self._following
        self._update_size()
        if following:
            self._scroll_to_row(len(self._wrapped.rows))
        else:
            self._scroll_to_row(self.row_of(top))
            if self.has_focus:
                self.scroll_to_offset(self._caret.offset, context=0)
        self._following = following

    def _update_size(self, at_least: int = 0) -> None:
        if self.is_attached:
            # Without a size, nobody knows the width for which the text will be wrapped.
            rows = len(self._wrapped.rows) if self.size or self._laid_out is not None else 0
            set_scrollable_size(self, Size(self.size.width, max(rows, at_least)))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the growing text only while its end is in view."""
        super().watch_scroll_y(old_value, new_value)
        self._following = round(new_value) >= self.max_scroll_y

    def notify_style_update(self) -> None:
        """Forget every drawn row if colours have changed. Textual calls this also when the focus moves."""
        super().notify_style_update()
        drawn_with = (self.app.stylesheet.rules, self.rich_style)
        if drawn_with != self._drawn_with:
            self._drawn_with = drawn_with
            self._strips.clear()
            self._look_styles.clear()

    def render_line(self, y: int) -> Strip:
        index = y + self.scroll_offset.y
        if index >= len(self._wrapped.rows):
            return Strip.blank(self.size.width, self._style(Look()))
        strip = self._strips.get(index)
        if strip is None:
            strip = self._strips[index] = self._draw(index)
        return strip

    def _draw(self, index: int) -> Strip:
        caret = self._caret.offset if self.has_focus and self.SHOWS_CARET else None
        overlay = Overlay(self._caret.selection, caret, self._labels)
        segments, cells = row_segments(self._wrapped, index, self._marks_near(index), overlay, self._style)
        left = self.column_left - GUTTER_WIDTH
        if left:
            segments.insert(0, Segment(" " * left, self._style(Look())))
        return Strip(segments, cells + left).adjust_cell_length(self.size.width, self._style(Look()))

    def _marks_near(self, index: int) -> list[Mark]:
        """Return the marks that may be drawn in a row."""
        if self._rows_of_marks is None:
            marks = (*self._found, *self._echoes, *self._marks)
            self._rows_of_marks = [(self._wrapped.rows_of(mark.span), mark) for mark in marks]
        return [mark for rows, mark in self._rows_of_marks if index in rows]

    def _style(self, look: Look) -> Style:
        style = self._look_styles.get(look)
        if style is None:
            style = self._look_styles[look] = self._compose_style(look)
        return style

    def _compose_style(self, look: Look) -> Style:
        style = self.rich_style
        for bit, name in _MARKUP_STYLES.items():
            if look.text & bit:
                style += self._component(name)
        known = [kind if kind in KINDS else "neutral" for kind in look.kinds]
        for kind in sorted(known, key=KINDS.index, reverse=True):
            style += self._component(kind)
        if sum(kind not in GROUND_KINDS for kind in look.kinds) > 1:
            style += self._component("overlap")
        if look.focused:
            style += self._component("focused-mark")
        if look.selected:
            style += self._component("selection")
        if look.gutter:
            style += self._component("gutter")
        if look.caret:
            style += self._component("caret")
        if look.label:
            style += self._component(f"label-{look.label}")
        return style

    def _component(self, name: str) -> Style:
        component = f"annotated-text--{name}"
        if self.get_component_styles(component).auto_color:
            return self.get_component_rich_style(component)
        return self.get_component_rich_style(component, partial=True)

    def _refresh_span(self, span: Span) -> None:
        if self._laid_out is not None and span.start <= len(self.text):
            rows = self._laid_out.rows_of(span)
            self._refresh_rows(rows.start, rows.stop)

    def _refresh_rows(self, first: int, end: int) -> None:
        """Draw rows [first, end) again, if they are in view."""
        for index in range(first, end):
            self._strips.pop(index, None)
        top = self.scroll_offset.y
        low, high = max(first - top, 0), min(end - top, self.size.height)
        if low < high:
            self.refresh(Region(0, low, self.size.width, high - low))
