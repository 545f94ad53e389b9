"""Committing a reading: what is missing is asked for, what contradicts itself is corrected or confirmed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from doubleread.domain.answer_scales import scales_left
from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.blinding_assessment import SKIPPED
from doubleread.domain.consistency import Inconsistency
from doubleread.domain.labels import VERDICTS
from doubleread.domain.reading import Reading
from doubleread.domain.wording import plural
from doubleread.sessions.blinding_assessment import AskedCase, question
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.reading_summary import reading_summary
from doubleread.sessions.reading_words import CORRECTIONS_FOLLOW, KEY_FOLLOWS, WHICH_PREFERRED
from doubleread.tui.reading.blinding_assessment import KEYS
from doubleread.tui.reading.criteria import Criteria
from doubleread.tui.reading.sentences import Sentences
from doubleread.tui.reading.verdict_bar import PREFERENCE_ACTIONS
from doubleread.tui.reading.verdicts import Verdicts, axis_question, level_question, scale_question
from doubleread.tui.reading.view import ReadingView
from doubleread.tui.shared.question_bar import Choice, Question

_OUTSIDE = "outside"
_GO, _MEANT = "go", "meant"
_MOST_NAMED = 3


class Missing(NamedTuple):
    """What one question asks for: its name, the question, the answer it is about, and what stores the choice."""

    name: str
    question: Question
    side: Side | None
    store: Callable[[str], None]


class Committing:
    """Takes a reading from the first press of the key to its commit, then calls `then`.

    Questions below the texts ask for what is missing, then about each inconsistency. After the last one the reading is
    committed; if nothing had to be asked, a dialog asks for confirmation. Escape leads back to the texts at any point,
    and what was answered stays.
    """

    def __init__(
        self,
        session: ReadingSession,
        view: ReadingView,
        sentences: Sentences,
        criteria: Criteria,
        verdicts: Verdicts,
        then: Callable[[], None],
    ) -> None:
        self._session = session
        self._view = view
        self._sentences = sentences
        self._criteria = criteria
        self._verdicts = verdicts
        self._then = then
        self._confirmed: list[Inconsistency] = []
        self._of: str | None = None
        """The id of the reading whose inconsistencies were confirmed."""

    def commit(self) -> None:
        """Begin to commit."""
        self._view.leave_case()
        self._go_on(asked=False)

    def _go_on(self, *, asked: bool) -> None:
        """Take the next step. `asked`: the reader has answered a question since the key was pressed."""
        reading = self._session.reading
        if reading is None or reading.committed or self._view.saving.must_stay():
            return
        if self._of != reading.id:
            self._of, self._confirmed = reading.id, []
        if self._ask_parts() or self._ask_missing(reading) or self._ask_inconsistencies():
            return
        if asked:
            self._assess_or_commit()
        else:
            go_on = "commit and show the key" if self._session.reveals_key else "commit"
            self._view.confirm("Commit this reading?", self._summary(), go_on, self._answered)

    def _ask_parts(self) -> bool:
        """Offer to judge the sentences or criteria that are left: these are judged in the texts."""
        if not self._session.missing_for_commit:
            return False
        criteria = [(count.side, count.criteria - count.judged) for count in self._criteria.counted()]
        sentences = [
            (side, len(self._session.sentences_left(side)))
            for side in SIDES
            if self._session.sentence_mode == "required"
        ]
        for noun, nouns, left, begin in (
            ("criterion", "criteria", criteria, self._begin_criteria),
            ("sentence", "sentences", sentences, self._begin_sentences),
        ):
            if sides := {side: count for side, count in left if count}:
                counts = " and ".join(f"{plural(count, noun, nouns)} of answer {side}" for side, count in sides.items())
                go = Choice(_GO, "1", f"judge the {nouns}", "Go to the first one.")
                words = f"Not judged yet: {counts}."
                self._view.ask(
                    [Question(words, (go, self._outside()))], partial(self._take_part, begin, next(iter(sides)))
                )
                return True
        return False

    def _take_part(self, begin: Callable[[Side], None], side: Side, answers: tuple[str, ...], _: bool) -> None:
        if answers[0] == _OUTSIDE:
            self._decline()
        else:
            begin(side)

    def _begin_criteria(self, side: Side) -> None:
        self._view.go_to(side, None)
        if not self._criteria.active:
            self._criteria.toggle()

    def _begin_sentences(self, side: Side) -> None:
        self._view.go_to(side, self._session.sentences_left(side)[0].start)
        if not self._sentences.active:
            self._sentences.toggle()

    def _outside(self) -> Choice:
        return Choice(_OUTSIDE, self._key("outside", "0"), "outside my field", "Commit the case without a judgement.")

    def _or_outside(self, choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
        """Offer to decline the case as well, unless a choice has the key."""
        outside = self._outside()
        return choices if any(choice.key == outside.key for choice in choices) else (*choices, outside)

    def _decline(self) -> None:
        """Decline the case. The dialog asks for confirmation: this answers no question of the study."""
        self._verdicts.toggle_outside_field()
        self._go_on(asked=False)

    def _key(self, action_id: str, default: str) -> str:
        key = self._view.key_of(action_id)
        return key if len(key) == 1 else default

    def _ask_missing(self, reading: Reading) -> bool:
        """Ask for everything that one key can answer."""
        missing = list(self._missing(reading)) if self._session.missing_for_commit else []
        if not missing:
            return False

        def answered(at: int, choice: str) -> None:
            if choice != _OUTSIDE:
                missing[at].store(choice)

        def done(answers: tuple[str, ...], _: bool) -> None:
            if answers[-1] == _OUTSIDE:
                self._decline()
            else:
                self._go_on(asked=True)

        names = [item.name for item in missing]
        questions = [
            Question(
                f"{item.question.words}   {_and_then(names[at + 1 :])}",
                self._or_outside(item.question.choices),
                last=frozenset({_OUTSIDE}),
                on_ask=partial(self._look_at, item.side),
                on_change=partial(self._go_on, asked=True),
            )
            for at, item in enumerate(missing)
        ]
        self._view.ask(questions, done, answered)
        return True

    def _look_at(self, side: Side | None) -> None:
        """Show the answer that a question is about, where only one text is shown."""
        if side is not None:
            self._view.go_to(side, None)

    def _missing(self, reading: Reading) -> Iterator[Missing]:
        judgement, session, verdicts = reading.judgement, self._session, self._verdicts
        for side in SIDES:
            if side not in judgement.verdicts:
                choices = tuple(
                    Choice(label.name, self._key(f"verdict_{label.name}", label.key), label.name, label.definition)
                    for label in VERDICTS
                )
                asked = Question(f"Verdict on answer {side}?", choices)
                yield Missing(f"verdict on {side}", asked, side, partial(verdicts.give_on, side))
        if judgement.preference is None:
            preferences = tuple(
                Choice(name, self._key(action, default), f"{name} is better" if name in SIDES else name)
                for (name, action), default in zip(PREFERENCE_ACTIONS.items(), "6789", strict=True)
            )
            yield Missing("preference", Question(WHICH_PREFERRED, preferences), None, verdicts.prefer)
        for axis in session.axes:
            if axis.name not in judgement.ratings:
                yield Missing(axis.name, axis_question(axis), None, partial(verdicts.rate_axis, axis.name))
        for scale in session.scales:
            if scale.name not in judgement.levels:
                yield Missing(scale.name, level_question(scale), None, partial(verdicts.state, scale.name))
        for side in SIDES:
            for rated in scales_left(session.answer_scales, judgement.scale_ratings, side):
                store = partial(verdicts.rate_on, side, rated.name)
                yield Missing(f"{rated.name} of {side}", scale_question(side, rated), side, store)

    def _ask_inconsistencies(self) -> bool:
        """Ask about each inconsistency that the reader has not confirmed."""
        found = [item for item in self._session.inconsistencies() if item not in self._confirmed]
        if not found:
            return False
        choices = (
            Choice(_GO, "1", "correct it", "Go there, then commit again."),
            Choice(
                _MEANT, "enter", "it is intended", "The confirmation is stored with the reading.", further_key="space"
            ),
        )

        def done(answers: tuple[str, ...], _: bool) -> None:
            meant = [item for item, said in zip(found, answers, strict=False) if said == _MEANT]
            self._confirmed += meant
            if len(meant) == len(found):
                self._go_on(asked=True)
            else:
                self._correct(found[len(meant)])

        self._view.ask([Question(item.words, choices, last=frozenset({_GO})) for item in found], done)
        return True

    def _correct(self, found: Inconsistency) -> None:
        if found.side is not None:
            self._view.go_to(found.side, found.at)

    def _summary(self) -> str:
        lines = reading_summary(self._session)
        shown = f"{KEY_FOLLOWS} " if self._session.reveals_key else ""
        lines.append(f"\n{shown}{CORRECTIONS_FOLLOW}")
        return "\n".join(lines)

    def _answered(self, confirmed: bool | None) -> None:
        if confirmed:
            self._assess_or_commit()
        else:
            self._view.show()

    def _assess_or_commit(self) -> None:
        if self._session.asks_before_commit:
            self._assess_blinding()
        else:
            self._commit()

    def _assess_blinding(self) -> None:
        choices = [Choice(said, key, f"answer {said}" if said in SIDES else said) for key, said in KEYS.items()]
        choices.append(Choice(SKIPPED, "s", "skip this question"))

        def take(answers: tuple[str, ...], _: bool) -> None:
            self._view.saving.save(lambda: self._session.assess_blinding(answers[0]), lambda _: self._commit())

        self._view.ask([Question(question(self._session.asked_role), tuple(choices))], take)

    def _commit(self) -> None:
        self._view.saving.save(lambda: self._session.commit(self._confirmed), lambda _: self._then())

    def asked_at_the_end(self) -> list[AskedCase]:
        """Return the cases about which the blinding assessment asks now that all are committed."""
        return self._view.saving.fetch(self._session.asked_at_the_end) or []

    def assess_at_the_end(self, case: AskedCase, reply: str) -> bool:
        """Store a reply about one case, and return whether it was stored."""
        return self._view.saving.attempt(lambda: self._session.assess_blinding(reply, case.reading_id))


def _and_then(names: list[str]) -> str:
    """Say what follows after a question."""
    if not names:
        return "(then the reading is committed)"
    more = f", {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"(then: {', '.join(names[:_MOST_NAMED])}{more})"
