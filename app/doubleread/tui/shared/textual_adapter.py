"""The only place that uses private names of Textual."""

from __future__ import annotations

from textual.app import App
from textual.geometry import Size
from textual.scroll_view import ScrollView


def set_scrollable_size(view: ScrollView, size: Size) -> None:
    """Tell a view how large its content is, without laying out the whole screen.

    Setting `virtual_size` in the public way would lay out the whole screen for every row of a streamed text.
    """
    if view.virtual_size != size:
        view.set_reactive(ScrollView.virtual_size, size)
        view._scroll_update(size)


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
