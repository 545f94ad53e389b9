"""The only place that uses private names of Textual."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Self

from textual import events
from textual._compositor import ChopsUpdate, Compositor
from textual.app import App
from textual.containers import Horizontal
from textual.css.model import RuleSet
from textual.css.styles import RenderStyles
from textual.dom import DOMNode
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static


def set_scrollable_size(view: ScrollView, size: Size) -> None:
    """Tell a view how large its content is, without laying out the whole screen.

    Setting `virtual_size` in the public way would lay out the whole screen for every row of a streamed text.
    """
    if view.virtual_size != size:
        view.set_reactive(ScrollView.virtual_size, size)
        view._scroll_update(size)


if TYPE_CHECKING:
    _Mixin = Widget
    _ScreenMixin = Screen[None]
else:
    # Textual takes the styles of the first base that is a widget, and of its bases, and of no other base.
    _Mixin = _ScreenMixin = object


class LaidOutOnce(_Mixin):
    """A widget that does not scroll. With Textual's own ones, a change of their size lays out the screen once more."""

    virtual_size: Reactive[Size] = Reactive(Size(0, 0), repaint=False)


class Words(LaidOutOnce, Static):
    """Some words."""


class Beside(LaidOutOnce, Horizontal):
    """Widgets side by side."""


class LazyComponents(_Mixin):
    """A widget that styles each of its component classes when it is first drawn, and again with another theme.

    Textual would style all of them with every change of the widget or of a part around it, such as its focus. So they
    must look the same in all states of both.
    """

    _styled_by: list[RuleSet] | None = None

    @classmethod
    def _get_component_classes(cls) -> frozenset[str]:  # type: ignore[override]  # theirs is cached
        return frozenset()

    def get_component_styles(self, *names: str) -> RenderStyles:
        """Style the component classes that are not styled yet."""
        stylesheet = self.app.stylesheet
        if self._styled_by is not stylesheet.rules:
            self._styled_by = stylesheet.rules
            self._component_styles.clear()
        for name in names:
            if name not in self._component_styles and name in super()._get_component_classes():
                component = DOMNode(classes=name)
                component._attach(self)
                stylesheet.apply(component)
                self._component_styles[name] = component.styles
        return super().get_component_styles(*names)


class SparingCompositor(Compositor):
    """Asks widgets only for those rows that changed and in which they are seen.

    Textual's own asks each widget that touches the rectangle around all changes for all of its rows.
    """

    def render_partial_update(self) -> ChopsUpdate | None:
        """Draw what has changed since the last time."""
        changed = self._dirty_regions.copy()
        self._dirty_regions.clear()
        if not changed:
            return None
        cuts, spans = self.cuts, list(self._regions_to_spans(changed))
        unseen: dict[int, set[int]] = {}
        for y, left, right in spans:
            parts = {cut for cut, end in pairwise(cuts[y]) if cut < right and end > left}
            unseen[y] = unseen.get(y, set()) | parts
        return ChopsUpdate(self._drawn(unseen), spans, [row[1:] for row in cuts])

    def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Sequence[Mapping[int, Strip]]:
        rows = filter(is_rendered_line, crop.line_range)
        return self._drawn({y: set(self.cuts[y][:-1]) for y in rows})  # type: ignore[return-value]  # theirs as well

    def _drawn(self, unseen: dict[int, set[int]]) -> list[dict[int, Strip | None]]:
        """Return all parts of all rows, of which those in `unseen` are drawn: a part is named by its first column."""
        cuts = self.cuts
        chops: list[dict[int, Strip | None]] = [dict.fromkeys(row[:-1]) for row in cuts]
        # The widgets in front come first.
        for widget, (region, clip) in self.visible_widgets.items():
            shown = region.intersection(clip)
            left, right = shown.x, shown.right
            rows = [y for y in shown.line_range if y in unseen and any(left <= cut < right for cut in unseen[y])]
            for first, number in _runs(rows):
                part = Region(left - region.x, first - region.y, shown.width, number)
                for y, strip in enumerate(widget.render_lines(part), first):
                    within = [cut for cut in cuts[y] if left <= cut <= right]
                    pieces = strip.divide([cut - left for cut in within[1:]])
                    for cut, piece in zip(within, pieces, strict=False):
                        if cut in unseen[y]:
                            chops[y][cut] = piece
                            unseen[y].remove(cut)
        return chops


def _runs(rows: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield first and number of consecutive rows."""
    first = number = 0
    for row in rows:
        if number and row == first + number:
            number += 1
            continue
        if number:
            yield first, number
        first, number = row, 1
    if number:
        yield first, number


class FocusDrawnByItself(_Mixin):
    """A widget that draws again itself what it shows of the focus, and whose styles are the same with and without.

    Textual would style it and its scroll bar, and draw all of it.
    """

    def watch_has_focus(self, has_focus: bool) -> None:
        """Style nothing."""

    def _on_focus(self, event: events.Focus) -> None:
        event.prevent_default()
        self.has_focus = True
        if self.parent is not None:
            self.parent.post_message(events.DescendantFocus(self))

    def _on_blur(self, event: events.Blur) -> None:
        event.prevent_default()
        self.has_focus = False
        if self.parent is not None:
            self.parent.post_message(events.DescendantBlur(self))


class Framed(_Mixin):
    """A widget that shows nothing but its frame and its parts, and styles no part by whether the focus is in it.

    Textual would style all parts when the focus moves, and draw them all for another frame or title.
    """

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Draw the frame again, unless more has changed."""
        if not (regions or layout or recompose) and self.styles.border:
            left, top = self.content_offset
            width, height = self.outer_size
            regions = (
                Region(-left, -top, width, 1),
                Region(-left, height - top - 1, width, 1),
                Region(-left, -top, 1, height),
                Region(width - left - 1, -top, 1, height),
            )
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class DrawnAtOnce(_ScreenMixin):
    """A screen that draws what a key changes as soon as all of it is known, not with the next frame.

    A frame is up to 17 ms away while answers stream. What changes the layout waits for it.
    """

    _key_waits = False

    def __init__(self) -> None:
        super().__init__()
        self._compositor = SparingCompositor()

    def expect_change(self) -> None:
        """Draw the next change at once: a key was pressed."""
        self._key_waits = True

    def _update_focus_styles(self, focused: Widget | None = None, blurred: Widget | None = None) -> None:
        frames = {_frame_around(widget) for widget in (focused, blurred) if widget is not None}
        if None in frames:
            super()._update_focus_styles(focused, blurred)
        else:
            self.app.stylesheet.update_nodes(filter(None, frames), animate=True)

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        if not self.stack_updates:
            # Every widget was styled when it was mounted, a moment ago.
            event.refresh_styles = False

    async def _on_idle(self, event: events.Idle) -> None:
        del event
        if self._key_waits and not self._layout_required and (self._dirty_widgets or self._scroll_required):
            self._key_waits = False
            self._on_timer_update()


def _frame_around(widget: Widget) -> Widget | None:
    """Return the frame around a widget that shows whether the focus is in it; None if something else may show that."""
    shows = next((node for node in reversed(widget.ancestors_with_self) if node._has_focus_within), None)
    return shows if isinstance(shows, Framed) else None


class FailingQuietly(App[None]):
    """An app that ends after an error of its own without printing a traceback, which would show words of the case.

    The caller finds the error in `failure`.
    """

    @property
    def failure(self) -> Exception | None:
        """The error that ended the program, or None."""
        return self._exception

    def fail(self, error: Exception) -> None:
        """End because of an error in a thread, as of one in the app itself."""
        self._handle_exception(error)

    def panic(self, *renderables: object) -> None:
        """End without printing what Textual would print: a traceback."""
        del renderables
        if self._exception is None:
            self._exception = RuntimeError("the terminal could not be read")
        self._fatal_error()

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()
