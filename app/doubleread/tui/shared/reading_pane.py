"""A pane of the reading screen: one text with its state, and what to do if it failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from doubleread.config import Settings
from doubleread.domain.display import display_line, display_text
from doubleread.domain.drafts import DraftState, Trouble
from doubleread.domain.spans import Span, span_at
from doubleread.markup.inline import Dialect
from doubleread.sessions.blind import BlindAnswer, OpenCase
from doubleread.tui.shared.actions import Pane
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.document_tabs import DocumentTabs
from doubleread.tui.shared.reasoning_fold import ReasoningFold
from doubleread.tui.shared.screen_words import screen_words
from doubleread.tui.shared.text.annotated_text import AnnotatedText
from doubleread.tui.shared.text.caret import Caret
from doubleread.tui.shared.text.messages import TextResized
from doubleread.tui.shared.text_margin import LEAST_WIDTH, MOST_WIDTH, MarginNote, TextMargin
from doubleread.tui.shared.textual_adapter import Beside, Framed, LaidOutOnce, Words

PANE_NAMES: dict[Pane, str] = {"case": "Case", "A": "Answer A", "B": "Answer B"}
LEAST_LINE = 44
"""A text gives the columns beyond these to the notes beside it."""
_SENTENCE_STEPS: dict[str, int] = {"row_down": 1, "row_up": -1}
STATE_WORDS: dict[DraftState, str] = {
    "waiting": "waiting",
    "writing": "writing …",
    "done": "",
    "failed": "failed",
}


def _parts(trouble: Trouble) -> Iterator[str]:
    yield from map(screen_words, filter(None, (trouble.title, trouble.happened, trouble.remedy)))


class KeyTaker(Protocol):
    """Takes the keys pressed in a text instead of it."""

    def take(self, character: str | None) -> None:
        """Take a key, by its character if it has one."""

    def cancel(self) -> None:
        """Take no more keys, because the person left the text."""


class ReadingText(AnnotatedText):
    """A text that knows whether the reader is in it by the mouse or by the keyboard."""

    def __init__(self, settings: Settings, dialect: Dialect, *, id: str) -> None:
        super().__init__(id=id, whole_words=settings.snap_to_words)
        self.line_length = settings.line_length
        self.set_formatted(settings.formatted, dialect)
        self.by_mouse = False
        self.by_sentence = False
        self.sentences: tuple[Span, ...] = ()
        self.key_taker: KeyTaker | None = None

    def action_move(self, motion: str, extend: bool = False) -> None:
        """Move the caret; up and down by sentence if the reader judges sentences and extends no selection."""
        step = _SENTENCE_STEPS.get(motion) if self.by_sentence and not extend and not self.extending else None
        if step is None:
            super().action_move(motion, extend)
            return
        spans = self.sentences
        here = span_at(spans, self.caret)
        if here is not None:
            self.go_to_sentence(spans[min(max(spans.index(here) + step, 0), len(spans) - 1)])

    def go_to_sentence(self, span: Span) -> None:
        """Put the caret at the start of a sentence. Scroll it into the upper third, unless all of it is in view.

        So the text is not scrolled and redrawn for every sentence.
        """
        self._place(Caret(span.start), reveal=False)
        first, last = self.row_of(span.start), self.row_of(span.end - 1)
        top, height = self.scroll_offset.y, self.size.height
        if first < top or last + 1 >= top + height:
            self._scroll_to_row(max(first - height // 3, 0))

    def extend_to(self, offset: int) -> None:
        """Move the caret, and extend the selection to it."""
        self._place(self._caret.to(offset, extend=True))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.by_mouse = event.button > 0
        self._take_no_more()

    def on_key(self, event: events.Key) -> None:
        self.by_mouse = False
        if self.key_taker is not None:
            event.stop()
            self.key_taker.take(event.character)

    def on_blur(self) -> None:
        self._take_no_more()

    def on_resize(self) -> None:
        self.post_message(TextResized(self))

    def _take_no_more(self) -> None:
        if self.key_taker is not None:
            self.key_taker.cancel()


class ReadingPane(Framed, LaidOutOnce, Vertical):
    """A frame with a title, the text, a notice, and after the commit the model's reasoning before its answer.

    The notice is below the text, if there is a text.
    """

    DEFAULT_CSS = """
    ReadingPane {
        width: 1fr;
        height: 1fr;
        border: round $border;
        border-title-color: $text-muted;
        border-subtitle-color: $text-muted;
        padding: 0;
        & > .beside { height: 1fr; align-horizontal: center; }
        & AnnotatedText { height: 1fr; }
        & > .verdict { display: none; background: $panel; }
        & > .verdict.-shown { display: block; }
        & > .notice { display: none; height: auto; max-height: 60%; padding: 0 2; color: $text-muted; }
        & > .notice.-shown { display: block; }
        & > .notice.-below { dock: bottom; }
        & > .notice.-failed { color: $error; }
        &:focus-within { border: round $primary; }
        &.-bare { border: none; }
        &.-bare > .verdict { background: $surface; }
        &.-bare:focus-within { border: none; }
    }
    """

    def __init__(self, pane: Pane, settings: Settings) -> None:
        super().__init__(id=f"pane-{pane}")
        self.pane: Pane = pane
        self.state: DraftState = "done" if pane == "case" else "waiting"
        self._settings = settings
        self._title = ""
        self._titled_as_focused = False
        self.has_notes = False
        """Whether there can be notes beside the text."""
        self.asked = Span(0, 0)
        """Where in a case the question and the options are."""
        self.annotated = ReadingText(settings, "case" if pane == "case" else "answer", id=f"text-{pane}")
        self.margin = TextMargin(self.annotated)
        """What is noted beside the text, where there is room."""
        self.verdict = Chips(id=f"verdict-{pane}", balanced=True, classes="verdict")
        """What is judged of this answer alone, at the foot of its pane. It takes no room without chips."""

    def compose(self) -> ComposeResult:
        yield Words(classes="notice", markup=False)
        if self.pane == "case":
            yield DocumentTabs(self.annotated)
        else:
            yield ReasoningFold(self.pane, self._settings)
        with Beside(classes="beside"):
            yield self.annotated
            yield self.margin
        if self.pane != "case":
            yield self.verdict

    def on_resize(self) -> None:
        self.fit_margin()

    def fit_margin(self) -> None:
        """Give the margin the room that the text leaves; without enough room, there is none.

        Beside other texts, an answer has shorter lines for its margin, and a case once it has notes. Where a text is
        alone, its lines keep their length.
        """
        text, margin = self.annotated, self.margin
        shortens = not self.has_class("-bare") and (self.pane != "case" or bool(margin.notes))
        least = text.width_for(LEAST_LINE) if shortens else text.full_width
        room = self.size.width - least
        width = min(max(self.size.width - text.full_width, LEAST_WIDTH), MOST_WIDTH) if room >= LEAST_WIDTH else 0
        margin.fit(width if self.has_notes else 0)
        text.styles.width = min(text.full_width, self.size.width - width) if margin.display else "1fr"

    @property
    def width_with_notes(self) -> int:
        """The least width of this pane beside others with room for notes, with its frame."""
        return self.annotated.width_for(LEAST_LINE) + LEAST_WIDTH + 2

    def show_notes(self, notes: Sequence[MarginNote]) -> None:
        """Show what is noted beside the text."""
        before = bool(self.margin.notes)
        self.margin.show(notes)
        if before != bool(notes):
            self.fit_margin()

    @property
    def documents(self) -> DocumentTabs:
        """The tabs of the case's documents."""
        return self.query_one(DocumentTabs)

    @property
    def reasoning(self) -> ReasoningFold:
        """The model's reasoning before this answer."""
        return self.query_one(ReasoningFold)

    def on_mount(self) -> None:
        self._retitle()
        self.watch(self.screen, "focused", self._focus_moved, init=False)

    def show_case(self, case: OpenCase) -> None:
        """Show a case. Only its own text and its documents can be annotated, not the question or the options."""
        self._title = case.title
        self.asked = case.whole.asked
        self.annotated.set_text(case.whole.text)
        self.annotated.markable = tuple(part.span for part in case.whole.parts)
        self.documents.show_case(case.whole)
        self._retitle()

    def shows_question(self, more: int) -> bool:
        """Whether the question and the options would be in view if the text had `more` rows."""
        text = self.annotated
        if not self.display or not text.size or not self.asked:
            return False
        first, last = text.row_of(self.asked.start), text.row_of(max(self.asked.end - 1, 0))
        top = text.scroll_offset.y
        return first >= top and last < top + text.size.height + more

    @property
    def free_rows(self) -> int:
        """The rows that are empty below the text; negative if the text has to be scrolled."""
        return self.annotated.size.height - self.annotated.virtual_size.height

    def show_answer(self, answer: BlindAnswer, again_key: str, *, at_work: bool) -> bool:
        """Show an answer as far as it is written, adding only what is new. Return whether anything changed.

        `at_work` says whether its model can generate it again.
        """
        text = self.annotated
        text.sentences = answer.sentences
        turned = answer.state != self.state
        grew = answer.text != text.text
        self.state = answer.state
        if grew:
            if text.text and answer.text.startswith(text.text):
                text.append(answer.text[len(text.text) :])
            elif not text.text and answer.state == "writing":
                text.append(answer.text)
            else:
                unredacted = len(answer.text) == len(text.text)
                place = text.caret
                text.set_text(answer.text)
                if unredacted:
                    text.move_caret(place)
        if turned:
            # A new title redraws the whole pane, so it is not set for every word.
            self._retitle()
        if turned or (grew and answer.state != "writing"):
            self._explain(answer, again_key, at_work)
        return turned or grew

    def clear(self) -> None:
        """Forget the answer, for another case."""
        self.annotated.set_text("")
        self.annotated.set_marks([])
        self.reasoning.show("", "")
        self.state = "waiting"
        self._notice("")
        self._retitle()

    def name_arm(self, name: str) -> None:
        """Show which model wrote this, after the reveal; an empty name hides it."""
        if name != self._title:
            # A new title redraws the whole pane, and this is called after every action.
            self._title = name
            self._retitle()

    def _explain(self, answer: BlindAnswer, again_key: str, at_work: bool) -> None:
        if answer.state == "failed" and answer.trouble is not None:
            trouble = answer.trouble
            lines = [f"{part[:1].upper()}{part[1:].rstrip('.')}." for part in _parts(trouble)]
            if answer.text:
                lines.insert(0, "This answer is not finished and cannot be annotated.")
            if at_work:
                lines.append(f"Press {again_key} to generate this answer again.")
            self._notice("\n".join(lines), failed=True, below=bool(answer.text))
        elif answer.state == "waiting":
            loading = "The model is loading, or is busy with another case."
            self._notice(loading if at_work else "This answer has not been generated yet.")
        elif answer.state == "done" and not answer.text:
            self._notice("This answer is empty.")
        else:
            self._notice("")

    def _notice(self, words: str, *, failed: bool = False, below: bool = False) -> None:
        notice = self.query_one(".notice", Static)
        if not words and not notice.has_class("-shown"):
            return
        notice.update(Content(display_text(words)))
        notice.set_class(bool(words), "-shown")
        notice.set_class(failed, "-failed")
        notice.set_class(below, "-below")

    def _focus_moved(self) -> None:
        if self.has_focus_within != self._titled_as_focused:
            self._retitle()

    def _retitle(self) -> None:
        name = PANE_NAMES[self.pane]
        title = f" {name} · {display_line(self._title)} " if self._title else f" {name} "
        # With styles of the title, Textual would draw all parts of the pane again.
        self._titled_as_focused = self.has_focus_within
        self.border_title = Content.styled(title, "bold $primary" if self._titled_as_focused else "")
        if self.pane != "case":
            words = STATE_WORDS[self.state]
            self.border_subtitle = Content(f" {words} ") if words else ""
