"""Readers' judgements compared over the same cases: hallucinations, omissions, verdicts, preferences, axes,
and lengths.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from doubleread.domain.axes import Axis
from doubleread.domain.labels import VERDICTS, LabelSet
from doubleread.read_model.answers import Marked, ScoredAnswer
from doubleread.read_model.cases import AnsweredCase
from doubleread.results.accuracy import Pair
from doubleread.results.labels import preferences_of, ratings_of
from doubleread.statistics import (
    Adjusted,
    Estimate,
    Hallucinating,
    PairedRates,
    Preferences,
    Preferred,
    ReadAnswer,
    Statistic,
    Undefined,
    adjusted,
    bootstrap_cases,
    compare_hallucinations,
    preferences,
)

_UNREAD = "no reading of an answer is committed"


def hallucinations(cases: Sequence[AnsweredCase], arms: Pair, labels: LabelSet) -> Hallucinating:
    """Compare the annotations in both models' answers; omissions are not among them."""
    names = [label.name for label in labels.categories]
    return _compared(cases, arms, names, labels, lambda answer: answer.annotations)


def omissions(cases: Sequence[AnsweredCase], arms: Pair, labels: LabelSet) -> Hallucinating:
    """Compare the omissions of both models' answers."""
    return _compared(cases, arms, [labels.omission.name], labels, lambda answer: answer.omissions)


def _compared(
    cases: Sequence[AnsweredCase],
    arms: Pair,
    categories: Sequence[str],
    labels: LabelSet,
    found: Callable[[ScoredAnswer], tuple[Marked, ...]],
) -> Hallucinating:
    # There are few kinds of annotations, and many thousands of them share one object for each kind.
    kinds: dict[tuple[str, str], tuple[str, str]] = {}

    def read(case: AnsweredCase, arm: str) -> ReadAnswer | None:
        answer = case.answers.get(arm)
        if answer is None:
            return None
        marked = [(one.category, one.severity) for one in found(answer)]
        return ReadAnswer(len(answer.readings), answer.words, tuple([kinds.setdefault(kind, kind) for kind in marked]))

    first, second = ([read(case, arm) for case in cases] for arm in arms)
    return compare_hallucinations(first, second, categories, [label.name for label in labels.severities])


def annotations_each_answer(cases: Sequence[AnsweredCase], arms: Pair) -> PairedRates:
    """Return how many annotations a reading of an answer has; omissions are not among them."""

    def found(answer: ScoredAnswer) -> list[float]:
        readings = float(len(answer.readings))
        return [readings, float(len(answer.annotations))] if readings else []

    return rates_of_answers(cases, arms, found, 1, _UNREAD)[0]


def verdicts(cases: Sequence[AnsweredCase], arms: Pair) -> Mapping[str, PairedRates]:
    """Return, for each verdict, its proportion of the readings of an answer."""
    names = [label.name for label in VERDICTS]

    def given(answer: ScoredAnswer) -> list[float]:
        said = [reading.verdict for reading in answer.readings if reading.verdict is not None]
        return [float(len(said)), *(float(said.count(name)) for name in names)] if said else []

    return dict(zip(names, rates_of_answers(cases, arms, given, len(names), _UNREAD), strict=True))


def words(cases: Sequence[AnsweredCase], arms: Pair) -> PairedRates:
    """Return how many words an answer has, separated by blanks."""
    return rates_of_answers(cases, arms, lambda answer: [1.0, float(answer.words)], 1, "there are no answers")[0]


def preferred(cases: Sequence[AnsweredCase], arms: Pair) -> Preferences:
    """Count what readers preferred."""
    return _counted(preferences_of(case, arms, case.preferences) for case in cases)


def _counted(said: Iterable[Mapping[str, Hashable | None]]) -> Preferences:
    return preferences([[cast(Preferred, better) for better in by_reader.values()] for by_reader in said])


@dataclass(frozen=True, slots=True)
class AxisComparison:
    """What readers said by one axis, counted as preferences are (without "both bad", which no axis has).

    `p` is the sign test's, corrected for the number of axes.
    """

    name: str
    question: str
    found: Preferences
    p: Adjusted | Undefined


def axis_comparisons(cases: Sequence[AnsweredCase], arms: Pair, axes: Sequence[Axis]) -> tuple[AxisComparison, ...]:
    """Compare on the protocol's axes, in their order, and on those that only earlier versions had."""
    questions = {axis.name: axis.question for axis in axes}
    for case in cases:
        for rated in case.ratings.values():
            questions.update(dict.fromkeys(rated.keys() - questions.keys(), ""))
    by_axis = {name: _counted(ratings_of(case, arms, case.ratings, name) for case in cases) for name in questions}
    p_values = adjusted({name: found.sign_test for name, found in by_axis.items()})
    return tuple(AxisComparison(name, questions[name], found, p_values[name]) for name, found in by_axis.items())


def rates_of_answers(
    cases: Sequence[AnsweredCase],
    arms: Pair,
    counts: Callable[[ScoredAnswer], list[float]],
    rates: int,
    nothing: str,
) -> list[PairedRates]:
    """Return rates and their differences by a bootstrap over cases.

    `counts` gives an answer's denominator and the numerators of all rates, or nothing if it does not count.
    """
    import numpy as np

    rows = array("d")
    n = {"first": 0, "second": 0, "difference": 0}
    for case in cases:
        sides = [counts(case.answers[arm]) if arm in case.answers else [] for arm in arms]
        if not any(sides):
            continue
        both = all(sides)
        n = {
            "first": n["first"] + bool(sides[0]),
            "second": n["second"] + bool(sides[1]),
            "difference": n["difference"] + both,
        }
        zeros = [0.0] * (1 + rates)
        own = [side or zeros for side in sides]
        rows.extend((*own[0], *own[1], *(own[0] if both else zeros), *(own[1] if both else zeros)))
    width = 1 + rates
    terms: dict[str, Statistic] = {}
    for rate in range(1, width):
        one, other, one_paired, other_paired = (_rate(start, start + rate) for start in range(0, 4 * width, width))
        terms[f"first {rate}"], terms[f"second {rate}"] = one, other
        terms[f"difference {rate}"] = _difference(one_paired, other_paired)
    found = bootstrap_cases(np.frombuffer(rows).reshape(-1, 4 * width), terms)

    def side(name: str, rate: int) -> Estimate | Undefined:
        estimate = found[f"{name} {rate}"]
        if isinstance(estimate, Estimate):
            return replace(estimate, n=n[name])
        return Undefined("no case has both" if name == "difference" and rows else nothing)

    return [
        PairedRates(side("first", rate), side("second", rate), side("difference", rate)) for rate in range(1, width)
    ]


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of sums over answers.

    `parts` gives an answer's denominator and numerator, or nothing if it does not count. `nothing` says why the ratio
    is undefined if no answer counts. If it is `clipped` to 0 and 1, it is so in every resample.
    """

    parts: Callable[[ScoredAnswer], Sequence[float]]
    nothing: str
    clipped: bool = False


def ratios_of_answers(cases: Sequence[AnsweredCase], arms: Pair, ratios: Sequence[Ratio]) -> list[PairedRates]:
    """Return both arms' ratios and their differences by one bootstrap over the cases in which any answer counts.

    One bootstrap of many ratios takes a fraction of the time of one for each.
    """
    zeros = (0.0, 0.0)
    table: list[list[float]] = []
    n = [[0, 0, 0] for _ in ratios]
    for case in cases:
        row: list[float] = []
        for ratio, counted in zip(ratios, n, strict=True):
            one, other = (ratio.parts(case.answers[arm]) if arm in case.answers else () for arm in arms)
            both = bool(one and other)
            counted[0] += bool(one)
            counted[1] += bool(other)
            counted[2] += both
            row += [*(one or zeros), *(other or zeros), *(one if both else zeros), *(other if both else zeros)]
        if any(row[::2]):
            table.append(row)
    terms: dict[str, Statistic] = {}
    for index, ratio in enumerate(ratios):
        first, second, first_paired, second_paired = (
            _rate(below, below + 1, clipped=ratio.clipped) for below in range(8 * index, 8 * index + 8, 2)
        )
        terms[f"0 {index}"], terms[f"1 {index}"] = first, second
        terms[f"2 {index}"] = _difference(first_paired, second_paired)
    found = bootstrap_cases(table, terms)

    def side(which: int, index: int) -> Estimate | Undefined:
        estimate = found[f"{which} {index}"]
        if isinstance(estimate, Estimate):
            return replace(estimate, n=n[index][which])
        one_sided = which == 2 and any(n[index])
        return Undefined("no case has both" if one_sided else ratios[index].nothing)

    return [PairedRates(side(0, index), side(1, index), side(2, index)) for index in range(len(ratios))]


def _rate(below: int, above: int, *, clipped: bool = False) -> Statistic:
    if clipped:
        return lambda sums: (sums[above] / sums[below]).clip(0.0, 1.0)
    return lambda sums: sums[above] / sums[below]


def _difference(one: Statistic, other: Statistic) -> Statistic:
    return lambda sums: one(sums) - other(sums)
