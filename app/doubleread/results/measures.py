"""Measures of answers that are neither correct nor incorrect: each arm's estimates and their paired differences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from doubleread.domain.answer_status import INDETERMINATE
from doubleread.domain.case import CaseKind
from doubleread.domain.metrics import METRICS, Metric
from doubleread.read_model.answers import ScoredAnswer
from doubleread.read_model.cases import AnsweredCase
from doubleread.results.accuracy import Pair
from doubleread.results.readings import Ratio, ratios_of_answers
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
    having: dict[str, list[str]] = {}
    for case in cases:
        for name in {name for answer in case.answers.values() for name in answer.measures if name in METRICS}:
            having.setdefault(name, []).append(case.id)
    # Metrics of the same cases take one bootstrap: ROUGE alone has 24.
    together: dict[tuple[CaseKind, tuple[str, ...]], list[Metric]] = {}
    for name, metric in METRICS.items():
        if name in having:
            together.setdefault((metric.kind, tuple(having[name])), []).append(metric)
    found = {
        metric.name: compared
        for metrics in together.values()
        for metric, compared in zip(
            metrics, _compared([(item, item.name) for item in metrics], cases, arms), strict=True
        )
    }
    unread = Counter(
        name
        for case in cases
        for answer in case.answers.values()
        if answer.status in INDETERMINATE
        for name in answer.measures
    )
    return tuple(
        MeasureComparison(metric, found[name], unread[name]) for name, metric in METRICS.items() if name in found
    )


def compare_measure(metric: Metric, cases: Sequence[AnsweredCase], arms: Pair, name: str = "") -> PairedRates:
    """Compare both arms by a metric, or by the measure of another `name` that is aggregated like it."""
    return _compared([(metric, name or metric.name)], cases, arms)[0]


def _compared(
    measures: Sequence[tuple[Metric, str]], cases: Sequence[AnsweredCase], arms: Pair
) -> Sequence[PairedRates]:
    """Compare both arms by measures of one kind of case, given by metric and name."""
    own = [case for case in cases if case.kind == measures[0][0].kind]
    first = {answer.id for answer in own[0].answers.values()} if own else set()

    def ratio(metric: Metric, name: str) -> Ratio:
        # The code of CLUE stores the result of the first item twice.
        twice = first if metric.variant == "clue" and not metric.counts_once else set()

        def parts(answer: ScoredAnswer) -> list[float]:
            value = answer.measures.get(name)
            weight = 2.0 if answer.id in twice else 1.0
            return [] if value is None else [weight, weight * value]

        nothing = f"no answer has this measure: {metric.label}"
        return Ratio(parts, nothing, clipped=metric.aggregate == "clipped mean")

    return ratios_of_answers(own, arms, [ratio(metric, name) for metric, name in measures])
