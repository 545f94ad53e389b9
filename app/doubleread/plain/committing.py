"""Committing a reading, what the commit reveals, and the blinding assessment."""

from __future__ import annotations

from collections.abc import Callable

from doubleread.domain.blinding import SIDES
from doubleread.domain.blinding_assessment import NO_IDEA, SKIPPED
from doubleread.domain.consistency import Inconsistency
from doubleread.domain.display import display_line
from doubleread.plain.arguments import Arguments, Option
from doubleread.plain.judging import Judging
from doubleread.plain.looking import Looking
from doubleread.plain.talk import CancelledError, Talk
from doubleread.sessions.blinding_assessment import WORDS, question
from doubleread.sessions.reading_summary import reading_summary
from doubleread.sessions.reading_words import CORRECTIONS_FOLLOW, KEY_FOLLOWS
from doubleread.sessions.reveal_words import explanation_lines, key_line, revealed_answers

_SAID = (*SIDES, NO_IDEA, SKIPPED)
_REPLIES = (
    Option("A", "answer A", "a"),
    Option("B", "answer B", "b"),
    Option(NO_IDEA, key="n"),
    Option(SKIPPED, "skip this question", "s"),
)
_ASKING = (
    Option("answer", "be asked for each of these, one after the other", "y"),
    Option("outside my field", "commit the case without a judgement", "o"),
)
_MEANT = (
    Option("it is intended", "the confirmation is stored with the reading", "y"),
    Option("correct it", "go back, then commit again", "n"),
)


class Committing:
    """Asks for what is missing, for confirmation and for the blinding assessment, then commits and reveals.

    `committed` says what follows.
    """

    def __init__(self, talk: Talk, looking: Looking, judging: Judging, committed: Callable[[], None]) -> None:
        self._committed = committed
        self._looking = looking
        self._judging = judging
        self._talk = talk
        self._session = talk.session

    def missing(self, arguments: Arguments) -> None:
        """List what is missing for the commit, and judgements that contradict each other."""
        arguments.expect_none()
        if self._talk.reading.committed:
            self._talk.say("This reading is committed.")
            return
        self._talk.say_lines([f"Not judged yet: {words}." for words in self._session.missing_for_commit])
        self._talk.say_lines([self._words(found) for found in self._session.inconsistencies()])
        if not self._session.missing_for_commit:
            self._talk.say("Nothing is missing. Type commit to commit this reading.")

    def commit(self, arguments: Arguments) -> None:
        """Commit the reading, after asking for what is missing and inconsistent, and print what that reveals."""
        arguments.expect_none()
        if self._talk.reading.committed:
            self._talk.say("This reading is already committed. Later changes are corrections with a reason.")
            return
        self._ask_missing()
        confirmed = [found for found in self._session.inconsistencies() if self._is_meant(found)]
        self._talk.say_lines([" ".join(line.split()) for line in reading_summary(self._session)])
        if self._session.reveals_key:
            self._talk.say(KEY_FOLLOWS)
        self._talk.say(CORRECTIONS_FOLLOW)
        if not self._talk.confirm("Commit this reading?", "commit", "back"):
            self._talk.say("Not committed.")
            return
        if self._session.asks_before_commit and not self._assess():
            return
        if self._talk.saved(lambda: self._session.commit(confirmed)):
            progress = self._session.progress
            self._talk.say(f"Committed: {progress.committed} of {progress.total} cases.")
            self._say_key()
            self.assess_at_the_end()
            self._committed()

    def _ask_missing(self) -> None:
        """Ask for what is missing, one question at a time. Raises CancelledError if the reader goes back."""
        missing = self._session.missing_for_commit
        if not missing:
            return
        self._talk.say_lines([f"Not judged yet: {words}." for words in missing])
        if self._talk.choose("What now?", _ASKING) == 1:
            self._judging.outside(Arguments("yes"))
            return
        for side in SIDES:
            if self._session.case.criteria and self._session.criteria_left(side):
                self._judging.criterion(Arguments(side))
            if self._session.sentence_mode == "required" and self._session.sentences_left(side):
                self._judging.judge(Arguments(side))
            if side not in self._talk.judgement.verdicts:
                self._judging.verdict(Arguments(side))
        if self._talk.judgement.preference is None:
            self._judging.prefer(Arguments(""))
        if self._session.missing_for_commit:
            self._judging.rate(Arguments(""))

    def _is_meant(self, found: Inconsistency) -> bool:
        """Ask whether an inconsistency is intended. Raises CancelledError if the reader wants to correct it."""
        if self._talk.choose(self._words(found), _MEANT) == 1:
            raise CancelledError
        return True

    def _words(self, found: Inconsistency) -> str:
        """Return an inconsistency, and the sentence that it is about."""
        if found.side is None or found.at is None:
            return found.words
        text = next(text for text in self._looking.answers() if text.side == found.side)
        return f"{found.words} See sentence {text.name_at(found.at)}."

    def key(self, arguments: Arguments) -> None:
        """Print the answer key and the scores."""
        arguments.expect_none()
        if self._session.reveal() is None:
            self._talk.say("The key is hidden until the commit.")
        else:
            self._say_key()

    def _say_key(self) -> None:
        reveal, reading = self._session.reveal(), self._session.reading
        if reveal is None or reading is None:
            return
        self._talk.say_lines([" ".join(line.split()) for line in key_line(reveal).splitlines()])
        for answer in revealed_answers(reveal, reading.judgement, reading.answer_ids):
            name = f"Answer {answer.side} is by {answer.name}." if answer.name else ""
            words = f"Answer {answer.side}: {answer.words}." if answer.words else ""
            self._talk.say_lines([" ".join(filter(None, (words, name)))])
        for text in explanation_lines(reveal):
            self._talk.say(text)
        if reveal.gradable:
            self._talk.say("Type grade to grade how close each answer comes to the key.")

    def assess_at_the_end(self) -> None:
        """Ask about some cases which answer is by which model, if all are committed. `cancel` leaves the rest."""
        asked = self._session.asked_at_the_end() if self._session.reads_here else []
        if not asked:
            return
        self._talk.say(WORDS)
        try:
            for number, case in enumerate(asked, start=1):
                self._talk.say(display_line(f"Case {number} of {len(asked)}: {case.title}"))
                for side, beginning in sorted(case.beginnings.items()):
                    self._talk.say(f"Answer {side}: {beginning}")
                if not self._assess(case.reading_id):
                    return
        except CancelledError:
            self._talk.say("The remaining questions are asked when you open the study again.")

    def _assess(self, reading_id: str | None = None) -> bool:
        """Ask which answer is by which model, and return whether the reply was stored."""
        reply = _SAID[self._talk.choose(question(self._session.asked_role), _REPLIES)]
        return self._talk.saved(lambda: self._session.assess_blinding(reply, reading_id))
