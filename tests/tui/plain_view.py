"""A reading screen without Textual: it records what its controllers do to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.reading import Judgement
from doubleread.domain.sentences import sentences_to_judge
from doubleread.domain.spans import Span
from doubleread.errors import DoublereadError
from doubleread.sessions.blind import BlindAnswer
from doubleread.sessions.reading import ReadingSession
from doubleread.tui.shared.actions import Pane
from doubleread.tui.shared.dialogs import Why
from doubleread.tui.shared.question_bar import Question
from doubleread.tui.shared.saving import Saving


@dataclass
class PlainText:
    """A text with a caret and a selection."""

    text: str
    caret: int = 0
    selection: Span | None = None
    marks_here: tuple[str, ...] = ()
    by_mouse: bool = False
    sentences: tuple[Span, ...] = ()
    nudged: Span | None = None

    def quoted(self, span: Span) -> str:
        return " ".join(span.of(self.text).split())

    def select(self, span: Span | None) -> None:
        self.selection = span

    def propose(self) -> bool:
        return self.selection is not None

    def nudge(self, edge: str, by: str, direction: int) -> Span | None:
        assert edge in ("start", "end")
        assert by in ("character", "word")
        assert direction in (-1, 1)
        return self.nudged

    def go_to_sentence(self, span: Span) -> None:
        self.caret = span.start

    def span(self, words: str) -> Span:
        start = self.text.index(words)
        return Span(start, start + len(words))


@dataclass
class Asked:
    """Questions that wait for a reply."""

    questions: list[Question]
    then: Callable[[tuple[str, ...], bool], None] | None
    each: Callable[[int, str], None] | None
    by_mouse: bool


class Asking:
    """A screen that tells, asks and saves. `reply` answers what was asked last; every confirmation is given."""

    def __init__(self) -> None:
        self.pane: Pane = "case"
        self.told: list[str] = []
        self.asked: list[Asked] = []
        self.dialogs: list[tuple[str, str]] = []
        self.on_show: Callable[[], None] = lambda: None
        self.saving = Saving(self)

    def ask(
        self,
        questions: list[Question],
        then: Callable[[tuple[str, ...], bool], None] | None = None,
        each: Callable[[int, str], None] | None = None,
        *,
        by_mouse: bool = False,
    ) -> None:
        self.asked.append(Asked(questions, then, each, by_mouse))

    def reply(self, *answers: str) -> None:
        """Answer what was asked last."""
        asked = self.asked.pop()
        for number, answer in enumerate(answers):
            assert answer in [choice.id for choice in asked.questions[number].choices]
            if asked.each is not None:
                asked.each(number, answer)
        if asked.then is not None:
            asked.then(answers, asked.by_mouse)

    def confirm(
        self, title: str, words: str, go_on: str, then: Callable[[bool | None], None], *, back: str = "back"
    ) -> None:
        self.dialogs.append((title, f"{words}\n[{go_on}]"))
        then(True)

    def inform(self, title: str, words: str) -> None:
        self.dialogs.append((title, words))

    def tell(self, words: str, *, title: str = "", warn: bool = False) -> None:
        assert warn or not title
        self.told.append(words)

    def show_error(self, error: DoublereadError) -> None:
        raise error

    def ask_reason(self, why: Why, then: Callable[[str], None]) -> None:
        then("a slip")

    def leave_case(self) -> None:
        pass

    def key_of(self, action_id: str) -> str:
        return f"<{action_id}>"

    def show(self) -> None:
        self.on_show()


class PlainView(Asking):
    """What a controller knows of the reading screen. A correction gets the reason "a slip"."""

    def __init__(self, session: ReadingSession) -> None:
        super().__init__()
        self.session = session
        self.in_annotations = False
        self.done: list[str] = []
        self.places: tuple[Span, ...] = ()
        self.answers: dict[Side, BlindAnswer] = {}
        self.texts: dict[Pane, PlainText] = {}
        self.open_case()

    def open_case(self) -> None:
        """Show the session's case."""
        self.answers = self.session.answers()
        self.texts = {"case": PlainText(self.session.case.text)}
        for side in SIDES:
            text = self.answers[side].text
            self.texts[side] = PlainText(text, sentences=sentences_to_judge(text))

    @property
    def ready(self) -> bool:
        return all(answer.state == "done" for answer in self.answers.values())

    @property
    def judgement(self) -> Judgement:
        assert self.session.reading is not None
        return self.session.reading.judgement

    def text_of(self, pane: Pane) -> PlainText:
        return self.texts[pane]

    def go_to(self, pane: Pane, offset: int) -> None:
        self.pane = pane
        self.texts[pane].caret = offset

    def act(self, work: Callable[[str | None], Any], then: Callable[[Any], None] | None = None) -> None:
        reading = self.session.reading
        reason = "a slip" if reading is not None and reading.committed else None
        self.saving.save(lambda: work(reason), then)

    def show_dock(self, view: str) -> None:
        self.done.append(f"dock {view}")

    def arrange_parts(self) -> None:
        self.done.append("arrange")

    def show_marks(self) -> None:
        self.done.append("marks")

    def show_sentences(self) -> None:
        self.done.append("sentences")

    @property
    def echoed(self) -> tuple[Span, ...]:
        return self.places

    @property
    def in_criteria(self) -> bool:
        return False

    def show_criteria(self) -> None:
        self.done.append("criteria")

    def scroll_criterion(self) -> None:
        self.done.append("scroll")
