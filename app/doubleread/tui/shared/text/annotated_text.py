"""The text in which a reader moves, selects and annotates, by keyboard alone or mouse alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from textual import events
from textual.binding import BindingType
from textual.geometry import Offset
from textual.timer import Timer

from doubleread.domain.spans import Span, whole_graphemes
from doubleread.tui.shared.text.caret import (
    MOTIONS,
    Caret,
    Direction,
    Edge,
    Unit,
    move,
    move_rows,
    move_to_row_edge,
    nudged,
    proposal,
    select_sentence,
    unit_at,
    widen,
)
from doubleread.tui.shared.text.keys import CARET_BINDINGS, SELECTION_BINDINGS
from doubleread.tui.shared.text.marks import marks_at
from doubleread.tui.shared.text.messages import (
    CaretMoved,
    Copied,
    MarkClicked,
    ProposalRefused,
    SelectionChanged,
    SpanProposed,
)
from doubleread.tui.shared.text.pointer import Drag, dragged_over, nearest_offset, under_pointer
from doubleread.tui.shared.text.text_pane import TextPane
from doubleread.tui.shared.textual_adapter import FocusDrawnByItself


class AnnotatedText(FocusDrawnByItself, TextPane, can_focus=True, inherit_bindings=False):
    """A text with a caret, a selection and marks.

    Every way of marking ends in one `SpanProposed`: the `m` key, a drag with the mouse, a double click on a word, a
    triple click on a sentence. A drag takes whole words, unless Alt is held or `whole_words` is off.

    `marking_enabled` switches marking off, `markable` limits it to parts of the text; moving, selecting and copying
    work everywhere.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*SELECTION_BINDINGS, *CARET_BINDINGS]
    CLICK_PAUSE: ClassVar[float] = 0.3
    """Seconds after a double click in which a third click may still come."""
    DRAG_SCROLL_INTERVAL: ClassVar[float] = 0.05

    SpanProposed = SpanProposed
    ProposalRefused = ProposalRefused
    CaretMoved = CaretMoved
    SelectionChanged = SelectionChanged
    MarkClicked = MarkClicked

    def __init__(
        self,
        text: str = "",
        *,
        marking_enabled: bool = True,
        markable: Sequence[Span] | None = None,
        whole_words: bool = True,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
        disabled: bool = False,
    ) -> None:
        super().__init__(text, name=name, id=id, classes=classes, disabled=disabled)
        self.marking_enabled = marking_enabled
        self.markable = markable
        self.whole_words = whole_words
        self._drag: Drag | None = None
        self._drag_timer: Timer | None = None
        self._click_timer: Timer | None = None

    @property
    def caret(self) -> int:
        return self._caret.offset

    @property
    def selection(self) -> Span | None:
        """What is selected, without hidden markup at its ends."""
        selected = self._caret.selection
        return None if selected is None else self._wrapped.shown(selected)

    @property
    def extending(self) -> bool:
        return self._caret.extending

    def select(self, span: Span | None) -> None:
        """Select a span, widened to whole characters, with the caret at its end; None clears the selection."""
        if span is None:
            self._place(self._caret.cleared())
        else:
            self._place(self._caret.selecting(whole_graphemes(self.text, span.start, span.end)))

    def move_caret(self, offset: int) -> None:
        """Put the caret at an offset, clear the selection and bring the place into view."""
        self._place(Caret(self._wrapped.stop(whole_graphemes(self.text, offset, offset).start)))

    def go_to_found(self, span: Span) -> None:
        """Put the caret at a place that was found."""
        self.move_caret(span.start)

    @property
    def reading_offset(self) -> int:
        """Where somebody reads: the caret if it is in view, or else the first row."""
        row, top = self.row_of(self.caret), self.scroll_offset.y
        return self.caret if top <= row < top + self.size.height else self.top_offset

    def show_from(self, offset: int, caret: int) -> None:
        """Scroll so that the row of an offset is the first in view, and place the caret."""
        self._place(Caret(caret), reveal=False)
        super().show_from(offset, caret)

    def set_text(self, text: str) -> None:
        """Show another text from its start, with no marks, nothing selected and the caret at 0."""
        self._end_drag()
        self._forget_click()
        had = self._caret
        super().set_text(text)
        self._announce(had)

    def unit_at_caret(self, unit: Unit) -> Span | None:
        """Return the character, word, sentence or paragraph at the caret."""
        return unit_at(self.text, self.caret, unit)

    def nudge(self, edge: Edge, by: Literal["character", "word"], direction: Direction) -> Span | None:
        """Return the focused mark's span with one edge moved; the mark itself does not change.

        Without a focused mark, the selection is changed and returned; without either, return None.
        """
        focused = next((mark for mark in self._marks if mark.focused), None)
        if focused is not None:
            return self._nudged(focused.span, edge, by, direction)
        if self.selection is None:
            return None
        span = self._nudged(self.selection, edge, by, direction)
        self.select(span)
        return span

    def _nudged(self, span: Span, edge: Edge, by: Literal["character", "word"], direction: Direction) -> Span:
        """Move one edge of a span on until that is seen, if possible."""
        seen, before = self._wrapped.shown(span), span
        after = nudged(self.text, before, edge, by, direction)
        while after != before and self._wrapped.shown(after) == seen:
            before, after = after, nudged(self.text, after, edge, by, direction)
        return self._wrapped.shown(after)

    def _place(self, caret: Caret, *, reveal: bool = True) -> None:
        before, self._caret = self._caret, caret
        if caret == before:
            return
        if caret.offset != before.offset:
            for offset in {before.offset, caret.offset}:
                self._refresh_span(Span(offset, offset))
        self._refresh_difference(before.selection, caret.selection)
        if reveal:
            self.scroll_to_offset(caret.offset)
        self._following = caret.offset == len(self.text) and caret.anchor is None
        self._announce(before)

    def _refresh_difference(self, before: Span | None, after: Span | None) -> None:
        if before == after:
            return
        if before is None or after is None:
            self._refresh_span(before or after or Span(0, 0))
            return
        for one, other in ((before.start, after.start), (before.end, after.end)):
            if one != other:
                self._refresh_span(Span(min(one, other), max(one, other)))

    def _announce(self, before: Caret) -> None:
        now = self._caret
        if not self.is_attached:
            return
        if now.offset != before.offset:
            self.post_message(CaretMoved(self, now.offset, self.marks_here))
        if now.selection != before.selection:
            self.post_message(SelectionChanged(self, now.selection))
        if (now.selection is None, now.extending) != (before.selection is None, before.extending):
            self.refresh_bindings()

    @property
    def marks_here(self) -> tuple[str, ...]:
        """The ids of the marks at the caret, the shortest first."""
        return tuple(mark.id for mark in marks_at(self._marks, self.caret))

    def on_focus(self) -> None:
        self._refresh_span(Span(self.caret, self.caret))

    def on_blur(self) -> None:
        """Draw no caret, and release the mouse."""
        self._end_drag()
        self._refresh_span(Span(self.caret, self.caret))

    def propose(self, span: Span | None = None) -> bool:
        """Propose a span, the selection, or the word at the caret. Return whether it can be marked."""
        if not self.marking_enabled:
            return self._refuse("Nothing can be annotated here now.")
        wanted = span or self.selection or self.unit_at_caret("word")
        offered = proposal(self.text, wanted, self._wrapped.shown) if wanted is not None else None
        if offered is None:
            return self._refuse("There are no words to annotate here.")
        if self.markable is not None:
            cut = (Span(max(offered.start, part.start), min(offered.end, part.end)) for part in self._parts_in(offered))
            inside = next(filter(None, (proposal(self.text, part, self._wrapped.shown) for part in cut)), None)
            if inside is None:
                return self._refuse("This part cannot be annotated.")
            offered = inside
        self.post_message(SpanProposed(self, offered))
        return True

    def _parts_in(self, span: Span) -> list[Span]:
        """Return the markable parts that a span overlaps."""
        return [part for part in self.markable or () if part.start < span.end and span.start < part.end]

    def _refuse(self, reason: str) -> bool:
        self.post_message(ProposalRefused(self, reason))
        return False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave a key to the screen if it would do nothing here."""
        if action == "propose":
            return self.marking_enabled
        if action == "propose_selection":
            return self.marking_enabled and self.selection is not None
        if action == "copy":
            return self.selection is not None
        if action == "clear_selection":
            return self.selection is not None or self.extending or self._drag is not None
        return super().check_action(action, parameters)

    def action_move(self, motion: str, extend: bool = False) -> None:
        """Move the caret by a motion of `caret.MOTIONS`, or by rows and pages."""
        caret = replace(self._caret, offset=self._wrapped.stop(self.caret))
        page = max(self.size.height - 2, 1)
        rows = {"row_down": 1, "row_up": -1, "page_down": page, "page_up": -page}
        if motion in MOTIONS:
            moved = move(self.text, caret, motion, extend=extend)
            stop = self._wrapped.stop(moved.offset, forward=moved.offset > caret.offset)
            self._place(replace(moved, offset=stop))
        elif motion in rows:
            self._place(move_rows(self._wrapped, caret, rows[motion], extend=extend))
        else:
            edge: Edge = "start" if motion == "row_start" else "end"
            self._place(move_to_row_edge(self._wrapped, caret, edge, extend=extend))

    def action_propose(self) -> None:
        """Mark the selection, or the word at the caret."""
        self.propose()

    def action_propose_selection(self) -> None:
        self.propose()

    def action_select_sentence(self, direction: Direction = 1) -> None:
        """Select the sentence at the caret; again: one more."""
        self._place(select_sentence(self.text, self._caret, direction, self._wrapped.shown))

    def action_widen(self) -> None:
        self._place(widen(self.text, self._caret, self._wrapped.shown))

    def action_toggle_extending(self) -> None:
        """Begin to extend the selection with every motion, or end it."""
        self._place(self._caret.toggled())

    def action_clear_selection(self) -> None:
        self._end_drag()
        self._place(self._caret.cleared(), reveal=False)

    def action_copy(self) -> None:
        """Copy the selected words exactly as stored."""
        if self.selection is not None:
            raw = self.selection.of(self.text)
            self.app.copy_to_clipboard(raw.encode("utf-8", "replace").decode("utf-8"))
            self.post_message(Copied(self, len(raw)))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Start a selection; with Shift, extend the existing one."""
        if event.button != 1 or event.widget not in (self, None):
            return
        event.stop()
        self._forget_click()
        place = self._under(event.offset)
        anchor = self._caret.anchor if self._caret.anchor is not None else self.caret
        self._drag = Drag(Span(anchor, anchor) if event.shift else place, event.x, event.y, exact=event.meta)
        self.capture_mouse()
        self._drag_timer = self.set_interval(self.DRAG_SCROLL_INTERVAL, self._scroll_while_dragging, name="drag")
        if event.shift:
            self._drag.moved = True
            self._follow_drag()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Select from where the button was pressed to the pointer."""
        if self._drag is None:
            return
        event.stop()
        self._drag.moved = self._drag.moved or (event.x, event.y) != (self._drag.x, self._drag.y)
        self._drag.x, self._drag.y = event.x, event.y
        self._drag.exact = event.meta
        if self._drag.moved:
            self._follow_drag()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Propose what was dragged over; without a drag, put the caret here and focus the mark under the pointer."""
        if self._drag is None:
            return
        event.stop()
        drag = self._drag
        self._end_drag()
        place = self._under(event.offset)
        if drag.moved and (place != drag.origin or event.shift):
            if self.selection is not None and self.marking_enabled:
                self.propose()
            return
        self._place(Caret(nearest_offset(self._wrapped, *self._cell_of(event.offset))), reveal=False)
        here = marks_at(self._marks, place.start) if len(place) else ()
        if here:
            self.post_message(MarkClicked(self, self._next_of([mark.id for mark in here])))

    def on_click(self, event: events.Click) -> None:
        """Propose the word (double click) or the sentence (triple click) under the pointer."""
        if event.chain not in (2, 3) or event.button != 1:
            return
        event.stop()
        self._forget_click()
        span = unit_at(self.text, self._under(event.offset).start, "word" if event.chain == 2 else "sentence")
        if span is None:
            return
        self.select(self._wrapped.shown(span))
        if not self.marking_enabled:
            return
        if event.chain == 3:
            self.propose()
        else:
            self._click_timer = self.set_timer(self.CLICK_PAUSE, self._propose_clicked, name="click")

    def on_mouse_release(self) -> None:
        """End a drag when another widget captures the mouse."""
        self._end_drag()

    def on_hide(self) -> None:
        """End a drag in a pane that is hidden."""
        self._end_drag()

    def _next_of(self, ids: list[str]) -> str:
        focused = next((mark.id for mark in self._marks if mark.focused), None)
        return ids[(ids.index(focused) + 1) % len(ids)] if focused in ids else ids[0]

    def _propose_clicked(self) -> None:
        self._forget_click()
        self.propose()

    def _forget_click(self) -> None:
        if self._click_timer is not None:
            self._click_timer.stop()
            self._click_timer = None

    def _cell_of(self, pointer: Offset) -> tuple[int, int]:
        x, y = pointer - self.content_offset
        return y + self.scroll_offset.y, x - self.column_left

    def _under(self, pointer: Offset) -> Span:
        return under_pointer(self._wrapped, *self._cell_of(pointer))

    def _follow_drag(self) -> None:
        if self._drag is None:
            return
        target = self._under(Offset(self._drag.x, self._drag.y))
        exact = self._drag.exact or not self.whole_words
        span = dragged_over(self.text, self._drag.origin, target, exact=exact)
        backward = target.start < self._drag.origin.start
        caret = Caret(span.start, span.end) if backward else Caret(span.end, span.start)
        self._place(caret, reveal=False)

    def _scroll_while_dragging(self) -> None:
        if self._drag is None or not self._drag.moved:
            return
        y = self._drag.y - self.content_offset.y
        step = -1 if y <= 0 else 1 if y >= self.size.height - 1 else 0
        target = min(max(self.scroll_offset.y + step, 0), self.max_scroll_y)
        if step and target != self.scroll_offset.y:
            self._scroll_to_row(target)
            self._follow_drag()

    def _end_drag(self) -> None:
        if self._drag_timer is not None:
            self._drag_timer.stop()
            self._drag_timer = None
        if self._drag is not None:
            self._drag = None
            self.release_mouse()
