"""Committing a reading, what the commit reveals, and the blinding assessment."""

from __future__ import annotations

from doubleread.domain.blinding import SIDES
from doubleread.domain.blinding_assessment import NO_IDEA, SKIPPED
from doubleread.domain.display import display_line
from doubleread.plain.arguments import Arguments, Option
from doubleread.plain.talk import CancelledError, Talk
from doubleread.sessions.blinding_assessment import WORDS, question
from doubleread.sessions.reading_summary import reading_summary
from doubleread.sessions.reveal_words import explanation_lines, key_line, revealed_answers

_SAID = (*SIDES, NO_IDEA, SKIPPED)
_REPLIES = (
    Option("A", "answer A", "a"),
    Option("B", "answer B", "b"),
    Option(NO_IDEA, key="n"),
    Option(SKIPPED, "skip this question", "s"),
)


class Committing:
    """Says what is missing, asks for confirmation and for the blinding assessment, commits and reveals."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._session = talk.session

    def missing(self, arguments: Arguments) -> None:
        """Say what is missing for the commit."""
        arguments.expect_none()
        if self._talk.reading.committed:
            self._talk.say("This reading is committed.")
        elif not self._say_missing():
            self._talk.say("Nothing is missing. Type commit to commit this reading.")

    def _say_missing(self) -> bool:
        missing = self._session.missing_for_commit
        if missing:
            self._talk.say("Not judged yet:")
            self._talk.say_lines(missing)
            self._talk.say("Or type outside if the case is outside your field.")
        return bool(missing)

    def commit(self, arguments: Arguments) -> None:
        """Commit the reading, and print what that reveals."""
        arguments.expect_none()
        if self._talk.reading.committed:
            self._talk.say("This reading is committed already. Later changes are corrections with a reason.")
            return
        if self._say_missing():
            return
        self._talk.say_lines([" ".join(line.split()) for line in reading_summary(self._session)])
        if self._session.reveals_key:
            self._talk.say("The answer key is then shown.")
        self._talk.say("Later changes are kept as corrections, with a reason.")
        if not self._talk.confirm("Commit this reading?", "commit", "back"):
            self._talk.say("Not committed.")
            return
        if self._session.asks_before_commit and not self._assess():
            return
        if self._talk.saved(self._session.commit):
            progress = self._session.progress
            self._talk.say(f"Committed: {progress.committed} of {progress.total} cases.")
            self._say_key()
            self.assess_at_the_end()
            self._say_next()

    def _say_next(self) -> None:
        if self._session.all_done:
            self._talk.say("All cases are committed. Thank you. Type quit to end.")
        else:
            self._talk.say("Type open for the next open case.")

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
            self._talk.say("The questions that are left are asked when you open the study again.")

    def _assess(self, reading_id: str | None = None) -> bool:
        """Ask which answer is by which model, and return whether the reply was stored."""
        reply = _SAID[self._talk.choose(question(self._session.asked_role), _REPLIES)]
        return self._talk.saved(lambda: self._session.assess_blinding(reply, reading_id))
