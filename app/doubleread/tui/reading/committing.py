"""Committing a reading, and the blinding assessment before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from doubleread.domain.answer_scales import NOT_APPLICABLE, AnswerScale, ScaleRatings
from doubleread.domain.blinding import SIDES
from doubleread.domain.blinding_assessment import SKIPPED
from doubleread.domain.ordinal_scales import SCALES
from doubleread.domain.reading import Reading
from doubleread.sessions.blinding_assessment import AskedCase
from doubleread.sessions.reading import ReadingSession
from doubleread.tui.reading.blinding_assessment import KEYS, question
from doubleread.tui.reading.criteria import Criteria
from doubleread.tui.reading.criterion_bar import criteria_left_words
from doubleread.tui.reading.sentence_bar import sentences_left_words
from doubleread.tui.reading.sentences import Sentences
from doubleread.tui.reading.view import ReadingView
from doubleread.tui.shared.judgement_summary import summary
from doubleread.tui.shared.question_bar import Choice, Question


def _rated_words(ratings: ScaleRatings, scales: Iterable[AnswerScale]) -> list[str]:
    """Return a line for each answer that was rated on scales. A level of two, such as yes or no, is named."""
    named = {scale.name: scale.numbered for scale in scales if len(scale.numbered) == 2}
    lines = []
    for side in SIDES:
        given = [(name, by_side[side]) for name, by_side in ratings.items() if side in by_side]
        words = ", ".join(
            f"{name} {NOT_APPLICABLE if level is None else named.get(name, {}).get(level, level)}"
            for name, level in given
        )
        if words:
            lines.append(f"Scales of {side}:  {words}")
    return lines


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
        self._view.confirm("Commit this reading?", self._summary(reading), go_on, self._confirmed)

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

    def _summary(self, reading: Reading) -> str:
        lines = summary(reading.judgement, reading.side_of, self._session.labels)
        if reading.judgement.sentences or self._session.sentence_mode == "required":
            lines.append(sentences_left_words(self._sentences.counted()))
        lines += _rated_words(reading.judgement.scale_ratings, self._session.answer_scales)
        if self._criteria.listed:
            lines.append(criteria_left_words(self._criteria.counted()))
        for scale in SCALES:
            if (level := reading.judgement.levels.get(scale.name)) is not None:
                lines.append(f"{scale.name.capitalize()}:  {level}, {scale.levels[level]}")
        if reading.judgement.outside_field:
            lines.append("Outside my field:  yes")
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
