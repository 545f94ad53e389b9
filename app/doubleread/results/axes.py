"""For each axis of the protocol, which arm's answer readers rate better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from doubleread.domain.axes import Axis
from doubleread.read_model.cases import AnsweredCase
from doubleread.results.accuracy import Pair
from doubleread.statistics import Adjusted, Preferences, Preferred, Undefined, adjusted, preferences


@dataclass(frozen=True, slots=True)
class AxisComparison:
    """What readers said by one axis, counted as preferences are (without "both bad", which no axis has).

    `p` is the sign test's, corrected for the number of axes.
    """

    name: str
    question: str
    found: Preferences
    p: Adjusted | Undefined


def axis_comparisons(cases: Sequence[AnsweredCase], models: Pair, axes: Sequence[Axis]) -> tuple[AxisComparison, ...]:
    """Compare by the protocol's axes, in their order, and by those that readings of earlier versions have."""
    questions = {axis.name: axis.question for axis in axes}
    for case in cases:
        for rated in case.ratings.values():
            questions.update(dict.fromkeys(rated.keys() - questions.keys(), ""))
    by_axis = {name: preferences([_said(case, models, name) for case in cases]) for name in questions}
    p_values = adjusted({name: found.sign_test for name, found in by_axis.items()})
    return tuple(AxisComparison(name, questions[name], found, p_values[name]) for name, found in by_axis.items())


def _said(case: AnsweredCase, models: Pair, axis: str) -> list[Preferred]:
    names = dict(zip(models, ("first", "second"), strict=True))
    by_answer = {answer.id: names[model] for model, answer in case.answers.items()}
    given = (rated[axis] for rated in case.ratings.values() if axis in rated)
    return [cast(Preferred, by_answer.get(better, better)) for better in given]
