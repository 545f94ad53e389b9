"""Measures of answers that are neither correct nor incorrect: each arm's estimates and their paired differences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from doubleread.domain.answer_status import INDETERMINATE
from doubleread.domain.metrics import METRICS, Metric
from doubleread.read_model.answers import ScoredAnswer
from doubleread.read_model.cases import AnsweredCase
from doubleread.results.accuracy import Pair
from doubleread.results.readings import rates_of_answers
from doubleread.statistics import PairedRates


@dataclass(frozen=True, slots=True)
class MeasureComparison:
    """Both arms' estimates of one metric, and the difference over the cases in which both answers have it.

    `indeterminate` counts the unparsed, refused and truncated answers among them.
    """

    metric: Metric
    found: PairedRates
    indeterminate: int


def measure_comparisons(cases: Sequence[AnsweredCase], arms: Pair) -> tuple[MeasureComparison, ...]:
    """Compare both arms by every metric that an answer has, in the order of `METRICS`."""
    answers = [answer for case in cases for answer in case.answers.values()]
    having: dict[str, list[ScoredAnswer]] = defaultdict(list)
    for answer in answers:
        for name in answer.measures:
            having[name].append(answer)
    together: dict[object, list[Metric]] = defaultdict(list)
    for name, metric in METRICS.items():
        if name in having:
            # Metrics of the same answers share the resamples of the bootstrap.
            ids = tuple(answer.id for answer in having[name])
            together[metric.kind, metric.aggregate, _counts_first_twice(metric), ids].append(metric)
    found = {
        metric.name: rates
        for metrics in together.values()
        for metric, rates in zip(
            metrics, _compared(metrics[0], cases, arms, [metric.name for metric in metrics]), strict=True
        )
    }
    return tuple(
        MeasureComparison(metric, found[name], sum(answer.status in INDETERMINATE for answer in having[name]))
        for name, metric in METRICS.items()
        if name in having
    )


def compare_measure(metric: Metric, cases: Sequence[AnsweredCase], arms: Pair, name: str) -> PairedRates:
    """Compare both arms by the measure of this name, which is aggregated like a metric."""
    return _compared(metric, cases, arms, [name])[0]


def _counts_first_twice(metric: Metric) -> bool:
    """Return whether the first case counts twice: the code of CLUE stores the result of the first item twice."""
    return metric.variant == "clue" and not metric.counts_once


def _compared(metric: Metric, cases: Sequence[AnsweredCase], arms: Pair, names: Sequence[str]) -> list[PairedRates]:
    """Compare both arms by several measures, which the same answers have and which are aggregated like a metric."""
    own = [case for case in cases if case.kind == metric.kind]
    twice = {answer.id for answer in own[0].answers.values()} if _counts_first_twice(metric) else set()

    def counts(answer: ScoredAnswer) -> list[float]:
        measures = answer.measures
        if names[0] not in measures:
            return []
        weight = 2.0 if answer.id in twice else 1.0
        return [weight, *(weight * measures[name] for name in names)]

    return rates_of_answers(
        own,
        arms,
        counts,
        len(names),
        f"no answer has this measure: {metric.label}",
        clipped=metric.aggregate == "clipped mean",
    )
