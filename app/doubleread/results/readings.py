"""Readers' judgements compared over the same cases: hallucinations, omissions, verdicts, preferences, and lengths."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from doubleread.domain.annotation import Annotation
from doubleread.domain.labels import VERDICTS, LabelSet
from doubleread.read_model.answers import ScoredAnswer
from doubleread.read_model.cases import AnsweredCase
from doubleread.results.accuracy import Pair
from doubleread.statistics import (
    Estimate,
    Hallucinating,
    PairedRates,
    Preferences,
    Preferred,
    ReadAnswer,
    Statistic,
    Undefined,
    bootstrap_cases,
    compare_hallucinations,
    preferences,
)

_UNREAD = "no reading of an answer is committed"


def hallucinations(cases: Sequence[AnsweredCase], models: Pair, labels: LabelSet) -> Hallucinating:
    """Compare the annotations in both models' answers; omissions are not among them."""
    names = [label.name for label in labels.categories]
    return _compared(cases, models, names, labels, lambda answer: answer.annotations)


def omissions(cases: Sequence[AnsweredCase], models: Pair, labels: LabelSet) -> Hallucinating:
    """Compare the omissions laid to both models' answers."""
    return _compared(cases, models, [labels.omission.name], labels, lambda answer: answer.omissions)


def _compared(
    cases: Sequence[AnsweredCase],
    models: Pair,
    categories: Sequence[str],
    labels: LabelSet,
    found: Callable[[ScoredAnswer], tuple[Annotation, ...]],
) -> Hallucinating:
    def read(case: AnsweredCase, model: str) -> ReadAnswer | None:
        answer = case.answers.get(model)
        if answer is None:
            return None
        return ReadAnswer(
            len(answer.readings), answer.words, tuple((one.category, one.severity) for one in found(answer))
        )

    first, second = ([read(case, model) for case in cases] for model in models)
    return compare_hallucinations(first, second, categories, [label.name for label in labels.severities])


def annotations_each_answer(cases: Sequence[AnsweredCase], models: Pair) -> PairedRates:
    """Return how many annotations a reading of an answer has; omissions are not among them."""

    def found(answer: ScoredAnswer) -> list[float]:
        readings = float(len(answer.readings))
        return [readings, float(len(answer.annotations))] if readings else []

    return rates_of_answers(cases, models, found, 1, _UNREAD)[0]


def verdicts(cases: Sequence[AnsweredCase], models: Pair) -> Mapping[str, PairedRates]:
    """Return, for each verdict, its proportion of the readings of an answer."""
    names = [label.name for label in VERDICTS]

    def given(answer: ScoredAnswer) -> list[float]:
        said = [reading.verdict for reading in answer.readings if reading.verdict is not None]
        return [float(len(said)), *(float(said.count(name)) for name in names)] if said else []

    return dict(zip(names, rates_of_answers(cases, models, given, len(names), _UNREAD), strict=True))


def words(cases: Sequence[AnsweredCase], models: Pair) -> PairedRates:
    """Return how many words an answer has, counting what stands between blanks."""
    return rates_of_answers(cases, models, lambda answer: [1.0, float(answer.words)], 1, "there are no answers")[0]


def preferred(cases: Sequence[AnsweredCase], models: Pair) -> Preferences:
    """Count what readers preferred."""
    names = dict(zip(models, ("first", "second"), strict=True))
    by_case: list[list[Preferred]] = []
    for case in cases:
        by_answer = {answer.id: names[model] for model, answer in case.answers.items()}
        by_case.append([cast(Preferred, by_answer.get(choice, choice)) for choice in case.preferences.values()])
    return preferences(by_case)


def rates_of_answers(
    cases: Sequence[AnsweredCase], models: Pair, counts: Callable[[ScoredAnswer], list[float]], rates: int, nothing: str
) -> list[PairedRates]:
    """Return rates and their differences by a bootstrap over cases.

    `counts` gives an answer's denominator and the numerators of all rates, or nothing where it does not count.
    """
    rows: list[list[float]] = []
    n = {"first": 0, "second": 0, "difference": 0}
    for case in cases:
        sides = [counts(case.answers[model]) if model in case.answers else [] for model in models]
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
        rows.append([*own[0], *own[1], *(own[0] if both else zeros), *(own[1] if both else zeros)])
    width = 1 + rates
    figures: dict[str, Statistic] = {}
    for rate in range(1, width):
        one, other, one_paired, other_paired = (_rate(start, start + rate) for start in range(0, 4 * width, width))
        figures[f"first {rate}"], figures[f"second {rate}"] = one, other
        figures[f"difference {rate}"] = _less(one_paired, other_paired)
    found = bootstrap_cases(rows, figures)

    def side(name: str, rate: int) -> Estimate | Undefined:
        estimate = found[f"{name} {rate}"]
        if isinstance(estimate, Estimate):
            return replace(estimate, n=n[name])
        return Undefined("no case has both" if name == "difference" and rows else nothing)

    return [
        PairedRates(side("first", rate), side("second", rate), side("difference", rate)) for rate in range(1, width)
    ]


def _rate(below: int, above: int) -> Statistic:
    return lambda sums: sums[above] / sums[below]


def _less(one: Statistic, other: Statistic) -> Statistic:
    return lambda sums: one(sums) - other(sums)
