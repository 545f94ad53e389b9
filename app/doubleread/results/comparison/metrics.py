"""The metrics of a study that a comparison shows, for each kind of case: estimates that its results have anyway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from doubleread.domain.metrics import METRICS, Metric
from doubleread.results.accuracy import ALL_KINDS, Accuracy
from doubleread.results.counting import Results
from doubleread.results.scales import (
    MEASURE,
    MEASURE_DIFFERENCE,
    PROPORTION,
    PROPORTION_DIFFERENCE,
    RATE,
    RATE_DIFFERENCE,
    Scale,
    Statistic,
    Test,
)
from doubleread.statistics import Undefined


@dataclass(frozen=True, slots=True)
class ComparedMetric:
    """What is compared. A `headline` metric represents its kind of case; `from_readings` says that readers decide it.

    `variant` is "clue" for the published scoring of that benchmark, which is no headline metric. `higher_is_better` is
    None where neither is.
    """

    name: str
    label: str
    about: str
    scale: Scale
    difference: Scale
    variant: str = ""
    headline: bool = False
    from_readings: bool = False
    higher_is_better: bool | None = True


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric of one kind of case ("all" for every kind) in one study, in the order of its results.

    `arms` is None for a metric that only compares both arms. `indeterminate` counts the answers of each arm that are
    unparsed, refused or truncated, where they count as incorrect.
    """

    metric: ComparedMetric
    kind: str
    arms: tuple[Statistic, Statistic] | None
    difference: Statistic
    test: Test | None = None
    indeterminate: tuple[int, int] = (0, 0)


ACCURACY = ComparedMetric(
    "accuracy",
    "accuracy",
    "proportion of correct answers; unparsed, refused and truncated ones count as incorrect",
    PROPORTION,
    PROPORTION_DIFFERENCE,
    headline=True,
)
DETERMINATE = ComparedMetric(
    "accuracy-determinate",
    "determinate only",
    "proportion of correct answers; unparsed, refused and truncated ones are left out",
    PROPORTION,
    PROPORTION_DIFFERENCE,
)
ALL_ANSWERS = ComparedMetric(
    "accuracy-all-answers",
    "accuracy, all answers",
    "proportion of correct answers over repeated runs, each case with the same weight, by automatic scores; unparsed,"
    " refused and truncated ones count as incorrect",
    PROPORTION,
    PROPORTION_DIFFERENCE,
)
ANNOTATIONS = ComparedMetric(
    "annotations",
    "hallucinations per answer",
    "hallucinations that readers marked, per reading of an answer",
    RATE,
    RATE_DIFFERENCE,
    from_readings=True,
    higher_is_better=False,
)
WITH_ANNOTATION = ComparedMetric(
    "answers-with-annotation",
    "with any hallucination",
    "proportion of answers in which a reader marked at least one hallucination",
    PROPORTION,
    PROPORTION_DIFFERENCE,
    from_readings=True,
    higher_is_better=False,
)
PREFERENCE = ComparedMetric(
    "preference",
    "net preference",
    "cases that count for one arm minus those that count for the other, as a proportion of all cases with a preference",
    PROPORTION,
    PROPORTION_DIFFERENCE,
    from_readings=True,
)


def _of_measure(metric: Metric) -> ComparedMetric:
    bounded = (metric.lowest, metric.highest) == (0.0, 1.0) or metric.aggregate == "clipped mean"
    return ComparedMetric(
        metric.name,
        f"{metric.label} ({metric.variant})" if metric.variant else metric.label,
        metric.about,
        MEASURE if bounded else RATE,
        MEASURE_DIFFERENCE if bounded else RATE_DIFFERENCE,
        metric.variant,
        # Published scoring is shown beside published values.
        metric.headline and not metric.variant,
        higher_is_better=metric.higher_is_better,
    )


def all_metrics(measures: Mapping[str, Metric]) -> Mapping[str, ComparedMetric]:
    """Return all metrics by name, in the order in which they are shown."""
    judged = (WITH_ANNOTATION, ANNOTATIONS, PREFERENCE)
    listed = (ACCURACY, DETERMINATE, ALL_ANSWERS, *map(_of_measure, measures.values()), *judged)
    return {metric.name: metric for metric in listed}


COMPARED = all_metrics(METRICS)
"""Every metric that can be compared."""


def measured(results: Results) -> Iterator[Measured]:
    """Yield every metric that a study has an answer or a reading for."""
    yield from _accuracy(results)
    repeated = results.repeated_runs
    if repeated is not None and not isinstance(repeated.compared, Undefined):
        means = repeated.compared.indeterminate_incorrect
        yield Measured(ALL_ANSWERS, ALL_KINDS, (means.first, means.second), means.difference, means.test)
    for item in results.measures:
        found = item.found
        yield Measured(COMPARED[item.metric.name], item.metric.kind, (found.first, found.second), found.difference)
    for proportions in results.hallucinating_by_kind:
        paired = proportions.result
        yield Measured(WITH_ANNOTATION, proportions.name, (paired.first, paired.second), paired.difference, paired.test)
    for rates in results.hallucination_rates_by_kind:
        each = rates.result.each_answer
        yield Measured(ANNOTATIONS, rates.name, (each.first, each.second), each.difference, rates.result.p)
    preference = results.preference
    if sum(preference.readings.values()):
        yield Measured(PREFERENCE, ALL_KINDS, None, preference.net, preference.sign_test)


def _accuracy(results: Results) -> Iterator[Measured]:
    for item in results.accuracy:
        if item.kind == ALL_KINDS:
            continue
        first, second = (next(own for kind, own in arm.by_kind.items() if kind == item.kind) for arm in results.arms)
        if not (first.answered or second.answered):
            continue
        paired = item.paired.indeterminate_incorrect
        yield Measured(
            ACCURACY,
            item.kind,
            (first.indeterminate_incorrect, second.indeterminate_incorrect),
            paired.difference,
            paired.test,
            (_indeterminate(first), _indeterminate(second)),
        )
        paired = item.paired.indeterminate_left_out
        yield Measured(
            DETERMINATE,
            item.kind,
            (first.indeterminate_left_out, second.indeterminate_left_out),
            paired.difference,
            paired.test,
        )


def _indeterminate(accuracy: Accuracy) -> int:
    return accuracy.unparsed + accuracy.refused + accuracy.truncated
