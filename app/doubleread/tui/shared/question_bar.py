"""A bar that asks one short question after the other, each answered with one key or one click."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from doubleread.domain.display import display_line
from doubleread.domain.labels import Label
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.textual_adapter import LaidOutOnce, Words


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer to a question. `key` is a character, or the name of a key such as "enter".

    `further_key` chooses it, too, without being shown.
    """

    id: str
    key: str
    label: str
    definition: str = ""
    further_key: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. An answer in `last` skips the questions that follow. `on_ask` is called whenever it is asked.

    `on_change` is called when the person has stored something elsewhere on the screen while this was asked.
    """

    words: str
    choices: tuple[Choice, ...]
    last: frozenset[str] = field(default_factory=frozenset)
    on_ask: Callable[[], None] | None = field(default=None, compare=False)
    on_change: Callable[[], None] | None = field(default=None, compare=False)


def from_labels(words: str, labels: Sequence[Label]) -> Question:
    """Ask for a label of the label set."""
    return Question(words, tuple(Choice(label.name, label.key, label.name, label.definition) for label in labels))


class QuestionBar(LaidOutOnce, Vertical, can_focus=True):
    """Asks below the texts, so that the words in question stay in view. Escape goes back by one question.

    Choices are listed with their definitions, or side by side if there are too few rows for that.
    """

    DEFAULT_CSS = """
    QuestionBar { height: auto; max-height: 100%; overflow-y: auto; background: $surface; }
    QuestionBar > .question { height: 1; padding: 0 1; color: $primary; text-style: bold; }
    QuestionBar > .question { text-wrap: nowrap; text-overflow: ellipsis; }
    """

    @dataclass
    class Answered(Message):
        """All questions are answered."""

        answers: tuple[str, ...]
        by_mouse: bool

    class Dismissed(Message):
        """The reader cancelled."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._questions: tuple[Question, ...] = ()
        self._answers: tuple[str, ...] = ()
        self._by_mouse = False
        self._listed = True
        self._each: Callable[[int, str], None] | None = None

    def compose(self) -> ComposeResult:
        yield Words(classes="question", markup=False)
        yield Chips(listed=True)

    def ask(
        self, questions: Sequence[Question], *, by_mouse: bool, each: Callable[[int, str], None] | None = None
    ) -> None:
        """Ask. `by_mouse` says whether the words in question were selected with the mouse.

        `each` gets every answer at once, with the number of its question; `Answered` follows the last one.
        """
        self._each = each
        self._questions = tuple(questions)
        self._answers = ()
        self._by_mouse = by_mouse
        self._ask_next()

    @property
    def rows(self) -> int:
        """The number of rows of the longest question with its definitions."""
        return 1 + max((len(question.choices) for question in self._questions), default=0)

    def fit(self, room: int) -> None:
        """Show the choices with their definitions if they fit in `room` rows."""
        listed = self.rows <= room
        if listed != self._listed:
            self._listed = listed
            if len(self._answers) < len(self._questions):
                self._show()

    def _ask_next(self) -> None:
        question = self._questions[len(self._answers)]
        self._show()
        if question.on_ask is not None:
            question.on_ask()

    def note_change(self) -> None:
        """Note that the person has stored something elsewhere on the screen."""
        question = self._questions[len(self._answers)] if len(self._answers) < len(self._questions) else None
        if question is not None and question.on_change is not None:
            question.on_change()

    def _show(self) -> None:
        question = self._questions[len(self._answers)]
        self.query_one(".question", Static).update(Content(display_line(question.words)), layout=False)
        chips = [
            Chip(
                choice.id,
                choice.label,
                choice.key,
                detail=choice.definition if self._listed else "",
                tooltip="" if self._listed else choice.definition,
            )
            for choice in question.choices
        ]
        self.query_one(Chips).show(chips, listed=self._listed)

    def _answer(self, choice_id: str) -> None:
        question = self._questions[len(self._answers)]
        self._answers = (*self._answers, choice_id)
        if self._each is not None:
            self._each(len(self._answers) - 1, choice_id)
        if choice_id in question.last or len(self._answers) == len(self._questions):
            self.post_message(self.Answered(self._answers, self._by_mouse))
        else:
            self._ask_next()

    def on_key(self, event: events.Key) -> None:
        """Answer, or go back. Other keys but that of the help do nothing while a question is open."""
        if not self._questions or len(self._answers) == len(self._questions):
            return
        if event.key == "escape":
            event.stop()
            if self._answers:
                self._answers = self._answers[:-1]
                self._ask_next()
            else:
                self.post_message(self.Dismissed())
            return
        choices = self._questions[len(self._answers)].choices
        pressed = {event.key, event.character}
        choice = next((choice for choice in choices if pressed & {choice.key, choice.further_key}), None)
        if choice is not None:
            event.stop()
            self._answer(choice.id)
        elif event.is_printable and event.key != "question_mark":
            event.stop()

    def on_chips_picked(self, event: Chips.Picked) -> None:
        event.stop()
        self._answer(event.chip_id)
