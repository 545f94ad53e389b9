"""Jumping to a word in view by the letters drawn on it, and selecting from one word to another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from doubleread.domain.spans import Span
from doubleread.tui.shared.actions import PANES, Pane
from doubleread.tui.shared.reading_pane import ReadingText
from doubleread.tui.shared.text.jump_labels import LETTERS, NEAR, labels_of, words_in_view


class JumpView(Protocol):
    """A screen with texts, as jumping knows it."""

    @property
    def pane(self) -> Pane:
        """The current text."""

    @property
    def panes_in_view(self) -> Sequence[Pane]:
        """The texts that are shown."""

    def text_of(self, pane: Pane) -> ReadingText:
        """Return one of the texts."""

    def go_to(self, pane: Pane, offset: int | None) -> None:
        """Show a text and put the caret at an offset, if there is one."""

    def rest_in_text(self) -> None:
        """Give the keyboard to the current text."""

    def tell(self, words: str) -> None:
        """Tell the person something."""

    def show_keys(self) -> None:
        """Show the keys that work now."""


@dataclass(frozen=True, slots=True)
class _Target:
    """A word that can be jumped to."""

    pane: Pane
    span: Span


class Jumping:
    """While it is on, the current text hands it every key: letters narrow the labels down, all other keys cancel."""

    def __init__(self, view: JumpView) -> None:
        self._view = view
        self._targets: Mapping[str, _Target] = {}
        self._typed = ""
        self._take: Callable[[_Target], None] | None = None
        self._texts: dict[Pane, str] = {}

    @property
    def active(self) -> bool:
        """Whether labels are drawn."""
        return self._take is not None

    @property
    def words(self) -> str:
        """What to type."""
        return "type the letters on a word"

    def jump(self) -> None:
        """Go to a word. While the selection is extended, extend it to the end of a word of the same text."""
        self._view.rest_in_text()
        text = self._view.text_of(self._view.pane)
        if text.extending:
            self._begin([self._view.pane], self._extend)
        else:
            self._begin(self._view.panes_in_view, lambda word: self._view.go_to(word.pane, word.span.start))

    def select(self) -> None:
        """Select from one word to another by two jumps."""
        self._view.rest_in_text()
        self._begin(self._view.panes_in_view, self._select_from)

    def _select_from(self, first: _Target) -> None:
        self._view.go_to(first.pane, first.span.start)
        self._view.text_of(first.pane).select(first.span)

        def select_to(last: _Target) -> None:
            span = Span(min(first.span.start, last.span.start), max(first.span.end, last.span.end))
            self._view.text_of(first.pane).select(span)

        self._begin([first.pane], select_to, near=NEAR)

    def _extend(self, word: _Target) -> None:
        text = self._view.text_of(word.pane)
        text.extend_to(word.span.end if word.span.end > text.caret else word.span.start)

    def _begin(self, panes: Sequence[Pane], take: Callable[[_Target], None], *, near: int = 0) -> None:
        """Label the words in view, the nearest ones of the current text first."""
        here = self._view.pane
        self._texts = {pane: self._view.text_of(pane).text for pane in panes}
        words: list[_Target] = []
        for pane in sorted(panes, key=lambda pane: pane != here):
            text = self._view.text_of(pane)
            spans = words_in_view(text.text, text.starts_in_view())
            if pane == here:
                caret = text.caret
                spans.sort(key=lambda span: abs(span.start - caret))
            words += [_Target(pane, span) for span in spans]
        if not words:
            self._view.tell("There are no words in view.")
            return
        self._targets = dict(zip(labels_of(len(words), near=near), words, strict=True))
        self._typed = ""
        self._take = take
        self._view.text_of(here).key_taker = self
        self._show()
        self._view.show_keys()

    def _show(self) -> None:
        labels: dict[Pane, dict[int, str]] = {pane: {} for pane in PANES}
        for label, word in self._targets.items():
            if label.startswith(self._typed):
                labels[word.pane][word.span.start] = label[len(self._typed) :]
        for pane, drawn in labels.items():
            self._view.text_of(pane).set_labels(drawn)

    def take(self, character: str | None) -> None:
        """Take a key: a letter of a label, or any other one to cancel."""
        typed = self._typed + (character or "").lower()
        grown = any(not self._view.text_of(pane).text.startswith(text) for pane, text in self._texts.items())
        letter = bool(character) and character is not None and character.lower() in LETTERS
        if grown or not letter or not any(label.startswith(typed) for label in self._targets):
            self.cancel()
            return
        self._typed = typed
        word = self._targets.get(typed)
        take = self._take
        if word is None or take is None:
            self._show()
        else:
            self.cancel()
            take(word)

    def cancel(self) -> None:
        """Remove the labels, and stay."""
        if self._take is None:
            return
        self._take = None
        self._targets = {}
        for pane in PANES:
            text = self._view.text_of(pane)
            text.key_taker = None
            text.set_labels({})
        self._view.show_keys()
