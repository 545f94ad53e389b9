"""What the reader has done so far, and what they state of themself."""

from __future__ import annotations

from doubleread.domain.background import ABOUT, MOST_YEARS, PROFESSIONS, YES_NO, Background
from doubleread.plain.arguments import Arguments, NotUnderstoodError, Option
from doubleread.plain.talk import CancelledError, Talk
from doubleread.sessions.session_end import summary_lines

_SKIP = "skip"


class AboutReader:
    """Prints the summary of a reader's work, and asks for their background."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._session = talk.session

    def summary(self, arguments: Arguments) -> None:
        """Print what the reader has done so far."""
        arguments.expect_none()
        self.say_summary()

    def say_summary(self) -> None:
        """Print what the reader has done so far, and the next step."""
        summary = self._session.summary()
        self._talk.say_lines([f"{name}: {counts}" if name else counts for name, counts in summary_lines(summary)])
        if summary.end.next_step:
            self._talk.say_lines([summary.end.next_step])

    def ask_background(self) -> None:
        """Ask for the reader's background if the study wants it and has not been told."""
        if not self._session.asks_background or not self._session.reads_here:
            return
        self._talk.say(ABOUT)
        try:
            if self._talk.confirm("State your background now?", "yes, ask me", "later"):
                self._ask_background()
        except CancelledError:
            self._talk.say("Nothing was stored. Type background to state it later.")

    def background(self, arguments: Arguments) -> None:
        """Ask for the reader's background."""
        arguments.expect_none()
        known = self._session.background
        self._talk.say(f"Stated so far: {known.words or 'nothing'}.")
        self._ask_background()

    def _ask_background(self) -> None:
        self._talk.say(f"At any question, type {_SKIP} to leave it unanswered.")
        background = Background(
            specialty=self._text("Your specialty? Such as cardiology."),
            profession=self._choice("Your profession?", PROFESSIONS),
            years=self._years(),
            board_certified=self._choice("Are you board certified?", YES_NO),
            country=self._text("In which country do you practise?"),
            language=self._text("What is your first language?"),
            evaluated_models_before=self._choice("Have you evaluated language models before?", YES_NO),
        )
        if self._talk.saved(lambda: self._session.state_background(background)):
            self._talk.say_lines([f"Stored: {background.words or 'nothing stated'}."])

    def _text(self, question: str) -> str:
        text = self._talk.text(question)
        return "" if text.casefold() == _SKIP else text

    def _choice(self, question: str, choices: tuple[str, ...]) -> str:
        options = [Option(choice) for choice in (*choices, _SKIP)]
        place = self._talk.choose(question, options)
        return choices[place] if place < len(choices) else ""

    def _years(self) -> int | None:
        text = self._text(f"How many years of experience, from 0 to {MOST_YEARS}?")
        if not text:
            return None
        number = Arguments(text).take_number()
        if number is None or number > MOST_YEARS:
            raise NotUnderstoodError(f"“{text}” is not a number of years. Nothing was stored.")
        return number
