"""Verdicts, preference, ratings on the axes and scales of the protocol, and grades of diagnoses."""

from __future__ import annotations

from typing import cast

from doubleread.domain.answer_scales import NOT_APPLICABLE, AnswerScale, scales_left
from doubleread.domain.axes import Axis, Rating
from doubleread.domain.blinding import Side
from doubleread.domain.bond import BondGrade
from doubleread.domain.ordinal_scales import OrdinalScale
from doubleread.domain.reading import Preference
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.reading_words import which_grade
from doubleread.tui.reading.verdict_bar import PREFERENCE_ACTIONS
from doubleread.tui.reading.view import ReadingView
from doubleread.tui.shared.question_bar import Choice, Question

_RATINGS = (Choice("A", "a", "answer A"), Choice("tie", "t", "neither: a tie"), Choice("B", "b", "answer B"))


def axis_question(axis: Axis) -> Question:
    """Ask which answer is better on an axis."""
    return Question(f"{axis.name}: {axis.question}", _RATINGS)


def level_question(scale: OrdinalScale) -> Question:
    """Ask for the level on an ordinal scale."""
    return Question(scale.question, tuple(Choice(f"{value}", f"{value}", word) for value, word in scale.levels.items()))


def scale_question(side: Side, scale: AnswerScale, left: int = 0) -> Question:
    """Ask for the level of an answer on a scale. `left` counts the questions from this one on."""
    choices = [Choice(f"{level}", f"{level}", anchor) for level, anchor in scale.numbered.items()]
    if scale.not_applicable:
        choices.append(Choice(NOT_APPLICABLE, "n", NOT_APPLICABLE))
    words = f"Answer {side}, {scale.name}: {scale.question}"
    return Question(f"{words}  ({left} left)" if left > 1 else words, tuple(choices))


class Verdicts:
    """The reader's judgement of whole answers. Repeating a judgement stores nothing."""

    def __init__(self, session: ReadingSession, view: ReadingView) -> None:
        self._session = session
        self._view = view

    def give(self, verdict: str) -> None:
        if self._view.pane == "case":
            key = self._view.key_of("next_pane")
            self._view.tell(f"A verdict is about an answer. Go to one with {key}.")
        else:
            self.give_on(self._view.pane, verdict)

    def give_on(self, side: Side, verdict: str) -> None:
        """Give a verdict on one answer."""
        if self._view.judgement.verdicts.get(side) != verdict:
            self._view.act(lambda reason: self._session.judge(verdicts={side: verdict}, reason=reason))

    def prefer(self, preference: str) -> None:
        if self._view.judgement.preference != preference:
            preferred = cast(Preference, preference)
            self._view.act(lambda reason: self._session.judge(preference=preferred, reason=reason))

    def toggle_outside_field(self) -> None:
        """Decline the case as outside the reader's field, or undo that."""
        outside = not self._view.judgement.outside_field
        self._view.act(lambda reason: self._session.judge(outside_field=outside, reason=reason))

    def compare(self) -> None:
        """Compare the answers by the axes that are not rated yet, or by all of them again."""
        waiting = [axis for axis in self._session.axes if axis.name not in self._view.judgement.ratings]
        self._compare(waiting or list(self._session.axes))

    def _compare(self, axes: list[Axis]) -> None:
        reading = self._session.reading
        if not self._view.ready or reading is None:
            return
        if reading.committed:
            # Each correction needs a reason of its own.
            axes = axes[:1]

        self._view.ask(
            [axis_question(axis) for axis in axes], each=lambda at, side: self.rate_axis(axes[at].name, side)
        )

    def rate_axis(self, name: str, side: str) -> None:
        """Rate which answer is better on an axis."""
        self._view.act(lambda reason: self._session.rate(name, cast(Rating, side), reason=reason))

    def rate_answer(self) -> None:
        """Rate the current answer on the scales on which it is not rated yet, or on all of them again."""
        if self._view.pane != "case":
            self._rate(self._view.pane)

    def _rate(self, side: Side) -> None:
        reading = self._session.reading
        if not self._view.ready or reading is None:
            return
        scales = list(self._session.answer_scales)
        scales = list(scales_left(scales, self._view.judgement.scale_ratings, side)) or scales
        if reading.committed:
            # Each correction needs a reason of its own.
            scales = scales[:1]

        self._view.ask(
            [scale_question(side, scale, left) for scale, left in zip(scales, range(len(scales), 0, -1), strict=True)],
            each=lambda at, given: self.rate_on(side, scales[at].name, given),
        )

    def rate_on(self, side: Side, name: str, given: str) -> None:
        """Rate one answer on a scale, by the id of a choice."""
        level = None if given == NOT_APPLICABLE else int(given)
        self._view.act(lambda reason: self._session.rate_answer(side, name, level, reason=reason))

    def ask_level(self, name: str) -> None:
        """Ask for the level on an ordinal scale."""
        scale = next(scale for scale in self._session.scales if scale.name == name)
        self._view.ask([level_question(scale)], lambda answers, _: self.state(name, answers[0]))

    def state(self, name: str, given: str) -> None:
        """State the level on an ordinal scale, by the id of a choice."""
        self.state_level(name, int(given))

    def state_level(self, name: str, value: int) -> None:
        """State the level on an ordinal scale."""
        if self._view.judgement.levels.get(name) != value:
            self._view.act(lambda reason: self._session.state_level(name, value, reason=reason))

    def pick(self, row: str, chip_id: str) -> None:
        """Take what was clicked in a row of the verdict bar."""
        if chip_id.startswith("rate "):
            self._rate(cast(Side, chip_id.removeprefix("rate ")))
        elif row.startswith("verdict-"):
            side, _, verdict = chip_id.partition(" ")
            self.give_on(cast(Side, side), verdict)
        elif row == "preference":
            if chip_id == "outside":
                self.toggle_outside_field()
            else:
                self.prefer({action: name for name, action in PREFERENCE_ACTIONS.items()}[chip_id])
        elif row == "axes":
            self._compare([self._session.axes[int(chip_id.removeprefix("axis "))]])
        else:
            self.state_level(row, int(chip_id))

    def confirm_diagnosis(self, names_key: bool) -> None:
        """Confirm that the current answer names the key's diagnosis, or ask how close it comes."""
        if self._view.pane != "case" and names_key:
            self.grade(self._view.pane, BondGrade.EXACT)
        else:
            self._ask_grade([grade for grade in BondGrade if not grade.same])

    def ask_grade(self) -> None:
        """Ask how close the current answer comes to the key's diagnosis."""
        self._ask_grade(list(BondGrade))

    def _ask_grade(self, grades: list[BondGrade]) -> None:
        if self._view.pane == "case":
            return
        side = self._view.pane
        numbers = [(str(int(grade)), grade) for grade in grades]
        choices = tuple(Choice(number, number, grade.label, grade.definition) for number, grade in numbers)
        question = Question(which_grade(side), choices)
        self._view.ask([question], lambda answers, _: self.grade(side, BondGrade(int(answers[0]))))

    def grade(self, side: Side, grade: BondGrade) -> None:
        """Grade how close an answer comes to the key's diagnosis."""
        if self._view.judgement.grades.get(side) is not grade:
            self._view.saving.save(lambda: self._session.grade_diagnosis(side, grade))
