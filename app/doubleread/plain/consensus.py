"""What the plain mode does besides in a consensus round: the differences to other readings, agreeing, being done."""

from __future__ import annotations

from collections.abc import Callable

from doubleread.domain.adjudication import Difference
from doubleread.domain.wording import plural, verb
from doubleread.plain.arguments import Arguments, NotUnderstoodError, Option
from doubleread.plain.talk import Talk
from doubleread.sessions.consensus import INTRODUCTION, ConsensusSession
from doubleread.sessions.difference_words import held_parts, place_words, reader_words

_TYPE_DIFFERENCES = "Type differences to read them, agree and a number to agree, done to close the case."


class Consensus:
    """Prints differences and revises readings in a consensus round. Outside of one, leads to it.

    `arrived` introduces the case that the session went to, `all_done` says that none is open. `to_round` opens the
    round.
    """

    def __init__(
        self, talk: Talk, arrived: Callable[[], None], all_done: Callable[[], None], to_round: Callable[[], None]
    ) -> None:
        self._talk = talk
        self._session = talk.session if isinstance(talk.session, ConsensusSession) else None
        self._arrived = arrived
        self._all_done = all_done
        self._to_round = to_round
        self.wanted = False
        """Whether the reader wants to go to the round."""

    @property
    def active(self) -> bool:
        """Whether this is a consensus round."""
        return self._session is not None

    def introduce(self) -> None:
        """Say what the round is, to a reader who begins it."""
        if self._session is not None and not self._session.progress.committed:
            self._talk.say_lines([line for line in INTRODUCTION.splitlines() if line])

    def say_count(self) -> None:
        """Say how many differences this case has, and what the reader has done with it."""
        session = self._session
        if session is None:
            return
        count = len(session.differences)
        outcome = f" Your reading is {session.outcome}." if session.outcome else ""
        self._talk.say(f"{plural(count, 'difference') if count else 'No difference'} left.{outcome}")
        if count and not session.outcome:
            self._talk.say(_TYPE_DIFFERENCES)

    def consensus(self, arguments: Arguments) -> None:
        """Go to the consensus round."""
        arguments.expect_none()
        if self._session is not None:
            raise NotUnderstoodError(f"You are in the consensus round. {_TYPE_DIFFERENCES}")
        if not self._talk.session.has_consensus_round:
            raise NotUnderstoodError("There is no consensus round here, or not before all your cases are committed.")
        self._talk.session.expect_consensus_round()
        self.wanted = True
        self._to_round()

    def differences(self, arguments: Arguments) -> None:
        """List the differences of this case, or print one."""
        session = self._in_round()
        number = arguments.take_number()
        arguments.expect_none()
        shown = list(enumerate(session.differences, start=1))
        if number is not None:
            shown = [(number, self._difference(session, number))]
        for at, difference in shown:
            question = session.question_of(difference)
            where = place_words(difference, session.side_of(difference)) + (f": {question}" if question else "")
            self._talk.say_lines([f"{at}. {where[:1].upper()}{where[1:]}."])
            self._talk.say_lines(
                [f"{_who(place)}: {_said(difference, place)}." for place in range(len(difference.held))]
            )
        if not shown:
            self._talk.say("No difference is left in this case.")

    def agree(self, arguments: Arguments) -> None:
        """Revise the reading: say what another reader said of a difference."""
        session = self._in_round()
        number = arguments.take_number()
        arguments.take_word("reader")
        reader = arguments.take_number()
        arguments.expect_none()
        if number is None:
            number = Arguments(self._talk.text("Which difference? Type its number.")).take_number() or 0
        difference = self._difference(session, number)
        others = session.to_agree_with(difference)
        if not others:
            raise NotUnderstoodError("The other readers did not judge this. Change your own judgement, or keep it.")
        if reader is None:
            options = [Option(_who(other), _said(difference, other)) for other in others]
            reader = others[self._talk.choose("Which reader do you agree with?", options)] if options[1:] else others[0]
        elif reader not in others:
            raise NotUnderstoodError(f"You cannot agree with reader {reader} here: type differences {number}.")
        before, reason = self._talk.judgement, self._talk.reason
        if reason is None:
            reason = self._talk.text("Your reading is revised. Why do you agree? The reason is stored with it.")
        chosen, why = reader, reason
        if self._talk.saved(lambda: session.take(difference.id, chosen, why)):
            self._talk.say_changes(before)
            self.say_count()

    def done(self, arguments: Arguments) -> None:
        """Be done with this case, after confirmation, and go to the next open one."""
        session = self._in_round()
        arguments.expect_none()
        if session.outcome:
            self._talk.say(f"You are done with this case: your reading is {session.outcome}.")
            return
        left = len(session.differences)
        outcome = "revised" if self._talk.reading.revised else "kept"
        self._talk.say(f"You have {outcome} your reading. {plural(left, 'difference')} {verb(left, 'is', 'are')} left.")
        if not self._talk.confirm("Done with this case?", "done", "not yet"):
            return
        if self._talk.saved(session.close_case):
            if session.next_open():
                self._arrived()
            else:
                self._all_done()

    def _in_round(self) -> ConsensusSession:
        if self._session is None:
            raise NotUnderstoodError("This works in the consensus round only. Type consensus to go there.")
        return self._session

    def _difference(self, session: ConsensusSession, number: int) -> Difference:
        listed = session.differences
        if not 1 <= number <= len(listed):
            raise NotUnderstoodError(
                f"There is no difference {number}. This case has {plural(len(listed), 'difference')}."
            )
        return listed[number - 1]


def _who(number: int) -> str:
    words = reader_words(number)
    return f"{words[:1].upper()}{words[1:]}"


def _said(difference: Difference, number: int) -> str:
    return ", ".join(words for words, _ in held_parts(difference, difference.held[number]))
