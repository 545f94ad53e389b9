"""Committing a reading, and the blinding assessment before it."""

from __future__ import annotations

from collections.abc import Callable

from doubleread.domain.blinding import SIDES
from doubleread.domain.blinding_assessment import SKIPPED
from doubleread.sessions.blinding_assessment import AskedCase, question
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.reading_summary import reading_summary
from doubleread.tui.reading.blinding_assessment import KEYS
from doubleread.tui.reading.criteria import Criteria
from doubleread.tui.reading.sentences import Sentences
from doubleread.tui.reading.view import ReadingView
from doubleread.tui.shared.question_bar import Choice, Question


class Committing:
    """Asks for what is missing, for confirmation and for the blinding assessment, then commits and calls `then`."""

    def __init__(
        self,
        session: ReadingSession,
        view: ReadingView,
        sentences: Sentences,
        criteria: Criteria,
        then: Callable[[], None],
    ) -> None:
        self._session = session
        self._view = view
        self._sentences = sentences
        self._criteria = criteria
        self._then = then

    def commit(self) -> None:
        self._view.leave_case()
        reading = self._session.reading
        if reading is None or reading.committed or self._view.saving.must_stay():
            return
        if self._session.missing_for_commit:
            self._view.inform("Not complete yet", self._missing_words())
            return
        go_on = "commit, show the key" if self._session.reveals_key else "commit"
        self._view.confirm("Commit this reading?", self._summary(), go_on, self._confirmed)

    def _missing_words(self) -> str:
        words = "\n".join(f"  {item}" for item in self._session.missing_for_commit)
        ways = [f"Or press {self._view.key_of('outside')} if the case is outside your field."]
        if self._session.answer_scales:
            ways.insert(0, f"In an answer, press {self._view.key_of('rate_answer')} to rate it on each scale.")
        if any(count.judged < count.criteria for count in self._criteria.counted()):
            ways.insert(0, f"In an answer, press {self._view.key_of('criteria')} to judge its criteria.")
        if self._session.sentence_mode == "required":
            ways.insert(0, f"In an answer, press {self._view.key_of('sentences')} to judge its sentences.")
        return "\n".join([f"Not judged yet:\n{words}\n", *ways])

    def _summary(self) -> str:
        lines = reading_summary(self._session)
        shown = "The answer key is then shown. " if self._session.reveals_key else ""
        lines.append(f"\n{shown}Later changes are kept as corrections, with a reason.")
        return "\n".join(lines)

    def _confirmed(self, confirmed: bool | None) -> None:
        if confirmed and self._session.asks_before_commit:
            self._assess_blinding()
        elif confirmed:
            self._commit()
        else:
            self._view.show()

    def _assess_blinding(self) -> None:
        choices = [Choice(said, key, f"answer {said}" if said in SIDES else said) for key, said in KEYS.items()]
        choices.append(Choice(SKIPPED, "s", "skip this question"))

        def take(answers: tuple[str, ...], _: bool) -> None:
            self._view.saving.save(lambda: self._session.assess_blinding(answers[0]), lambda _: self._commit())

        self._view.ask([Question(question(self._session.asked_role), tuple(choices))], take)

    def _commit(self) -> None:
        self._view.saving.save(self._session.commit, lambda _: self._then())

    def asked_at_the_end(self) -> list[AskedCase]:
        """Return the cases about which the blinding assessment asks now that all are committed."""
        return self._view.saving.fetch(self._session.asked_at_the_end) or []

    def assess_at_the_end(self, case: AskedCase, reply: str) -> bool:
        """Store a reply about one case, and return whether it was stored."""
        return self._view.saving.attempt(lambda: self._session.assess_blinding(reply, case.reading_id))
