"""What the commands do with a person: say something, ask something, store something and say what changed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from doubleread.domain.annotation import Annotation
from doubleread.domain.display import display_line
from doubleread.domain.judgement_changes import Names, changes
from doubleread.domain.reading import Judgement, Reading
from doubleread.domain.sentences import JudgedSentence
from doubleread.errors import DoublereadError, StudyBusyError
from doubleread.plain.arguments import Option, picked
from doubleread.plain.terminal import Terminal
from doubleread.sessions.reading import ReadingSession
from doubleread.store.sqlite.patience import waiting_at_most

SOON, LATER = 1.0, 10.0
"""Seconds to wait for a locked file before and after the person is told."""
CANCEL = ("cancel", "back")
LOCKED = "Another program keeps the study file locked."


class CancelledError(Exception):
    """A question was not answered."""


def said(error: DoublereadError) -> str:
    """Return an error in sentences."""
    parts = (error.title, error.happened, error.remedy)
    return " ".join(
        f"{part[:1].upper()}{part[1:]}{'' if part.endswith(('.', '?', '!')) else '.'}" for part in parts if part
    )


class Questions:
    """Asks one question at a time, with numbered answers. `cancel` at any question raises CancelledError.

    `aside` does what a line says that is no answer, such as reading a sentence again, and returns whether it did.
    """

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.aside: Callable[[str], bool] = lambda _: False

    def say(self, text: str = "") -> None:
        """Print a text."""
        self.terminal.say(text)

    def say_lines(self, lines: Sequence[str]) -> None:
        """Print lines; foreign text in them has no line feeds then."""
        for line in lines:
            self.say(display_line(line))

    def choose(self, question: str, options: Sequence[Option]) -> int:
        """Ask for one of some answers, by its number, its name or its key, and return its place."""
        numbers = [option.number or str(place) for place, option in enumerate(options, start=1)]
        about = [f"{option.name}: {option.about}" if option.about else option.name for option in options]
        lines = [question, *(f"{number} {words}" for number, words in zip(numbers, about, strict=True))]
        self.say_lines(lines)
        while True:
            line = self._answer()
            if line in numbers:
                return numbers.index(line)
            found = picked(line, options)
            if len(found) == 1:
                return found[0]
            if line and not found and self.aside(line):
                self.say_lines(lines)
                continue
            wrong = f"“{line}” is not one of the choices. " if line else ""
            self.say(f"{wrong}Type a number from {numbers[0]} to {numbers[-1]}, or cancel.")

    def confirm(self, question: str, yes: str, no: str) -> bool:
        """Ask whether to do something."""
        try:
            return self.choose(question, [Option(yes, key="y", also="yes"), Option(no, key="n", also="no")]) == 0
        except CancelledError:
            return False

    def text(self, question: str) -> str:
        """Ask for a text of one line."""
        self.say(display_line(question))
        while not (line := self._answer()):
            self.say("Type a text, or cancel.")
        return line

    def _answer(self) -> str:
        line = self.terminal.read()
        if line.casefold() in CANCEL:
            raise CancelledError
        return line


class Talk(Questions):
    """Questions about a session, and its changes. `reason` is that of the correction that is being made."""

    def __init__(self, session: ReadingSession, terminal: Terminal) -> None:
        super().__init__(terminal)
        self.session = session
        self.reason: str | None = None

    @property
    def reading(self) -> Reading:
        """The reading of this case. Raises InputRefusedError before both answers are finished."""
        if self.session.reading is None:
            # It says why not.
            _ = self.session.missing_for_commit
        reading = self.session.reading
        assert reading is not None
        return reading

    @property
    def judgement(self) -> Judgement:
        """What the reader has said of this case."""
        return self.reading.judgement

    def act(self, work: Callable[[str | None], object]) -> bool:
        """Store something, after asking for the reason if the reading is committed, and say what changed.

        `work` gets the reason. Return whether it was stored.
        """
        before = self.reading
        reason = self._reason() if before.committed else None
        if not self.saved(lambda: work(reason)):
            return False
        self.say_changes(before.judgement)
        return True

    def _reason(self) -> str:
        if self.reason is None:
            self.reason = self.text("This reading is committed. Why this correction? The reason is stored with it.")
        return self.reason

    def say_changes(self, before: Judgement, prefix: str = "") -> None:
        """Say how the judgement differs from an earlier one."""
        for sentence in changes(before, self.judgement, self.names):
            self.say(prefix + display_line(sentence))

    @property
    def names(self) -> Names:
        """How sentences and criteria are called."""
        reading, answers = self.reading, self.session.answers()
        criteria = [criterion.id for criterion in self.session.case.criteria]

        def sentence(judged: JudgedSentence) -> str:
            side = reading.side_of(judged.answer_id)
            spans = answers[side].sentences
            return f"{side}{spans.index(judged.span) + 1}" if judged.span in spans else f"of answer {side}"

        def place(annotation: Annotation) -> str:
            side = reading.side_of(annotation.answer_id)
            return f"in sentence {side}{max(bisect_right(starts[side], annotation.start), 1)}"

        starts = {side: [span.start for span in answer.sentences] for side, answer in answers.items()}
        return Names(reading.side_of, sentence, lambda name: str(criteria.index(name) + 1), place)

    def saved(self, work: Callable[[], object]) -> bool:
        """Do something that is stored, and return whether it was. If the file stays locked, ask whether to go on."""
        try:
            with waiting_at_most(SOON):
                work()
        except StudyBusyError:
            self.say(f"{LOCKED} Waiting for up to {int(LATER)} seconds.")
        else:
            return True
        while True:
            try:
                with waiting_at_most(LATER):
                    work()
            except StudyBusyError:
                again = self.confirm(f"Not saved. {LOCKED}", "try again", "give up")
                if not again:
                    self.say("Given up. Nothing was stored.")
                    return False
            else:
                return True
