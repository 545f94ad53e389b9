"""Measures of answers that are neither correct nor incorrect: each arm's estimates and their paired differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doubleread.domain.metrics import METRICS, Metric
from doubleread.read_model.answers import ScoredAnswer
from doubleread.read_model.cases import AnsweredCase
from doubleread.results.accuracy import Pair
from doubleread.results.readings import rates_of_answers
from doubleread.statistics import PairedRates


@dataclass(frozen=True, slots=True)
class MeasureComparison:
    """Both arms' estimates of one metric, and the difference over the cases in which both answers have it."""

    metric: Metric
    found: PairedRates


def measure_comparisons(cases: Sequence[AnsweredCase], arms: Pair) -> tuple[MeasureComparison, ...]:
    """Compare both arms by every metric that an answer has, in the order of `METRICS`."""
    answers = [answer for case in cases for answer in case.answers.values()]
    present = {name for answer in answers for name in answer.measures}
    return tuple(
        MeasureComparison(metric, compare_measure(metric, cases, arms))
        for name, metric in METRICS.items()
        if name in present
    )


def compare_measure(metric: Metric, cases: Sequence[AnsweredCase], arms: Pair, name: str = "") -> PairedRates:
    """Compare both arms by a metric, or by the measure of another `name` that is aggregated like it."""
    own = [case for case in cases if case.kind == metric.kind]
    # The code of CLUE stores the result of the first item twice.
    doubled = metric.variant == "clue" and not metric.counts_once
    twice = {answer.id for answer in own[0].answers.values()} if doubled else set()

    def counts(answer: ScoredAnswer) -> list[float]:
        value = answer.measures.get(name or metric.name)
        if value is None:
            return []
        weight = 2.0 if answer.id in twice else 1.0
        return [weight, weight * value]

    clipped = metric.aggregate == "clipped mean"
    return rates_of_answers(own, arms, counts, 1, f"no answer has this measure: {metric.label}", clipped=clipped)[0]
