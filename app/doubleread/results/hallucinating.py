"""Hallucinations in groups of cases: by specialty, by kind; with p values corrected for the number of groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from doubleread.read_model.cases import AnsweredCase
from doubleread.results.accuracy import Pair
from doubleread.results.readings import annotations_each_answer
from doubleread.statistics import (
    Group,
    PairedProportions,
    PairedRates,
    Undefined,
    by_group,
    paired_proportions,
    paired_table,
    randomisation_test,
)


@dataclass(frozen=True, slots=True)
class ComparedRates:
    """Annotations per reading of an answer, and the exact p value of the randomisation test over the same cases."""

    each_answer: PairedRates
    p: float | Undefined


def hallucinating_by(
    cases: Sequence[AnsweredCase], arms: Pair, group: Callable[[AnsweredCase], str]
) -> tuple[Group[PairedProportions], ...]:
    """Compare the proportions of answers with an annotation in every group of the cases in which both answers
    were read.
    """
    read = _both_read(cases, arms)
    with_any = [[bool(case.answers[arm].annotations) for arm in arms] for case in read]
    return by_group(
        [[group(case)] for case in read],
        lambda places: paired_proportions(
            paired_table([with_any[place][0] for place in places], [with_any[place][1] for place in places])
        ),
        lambda found: found.test,
    )


def hallucination_rates_by(
    cases: Sequence[AnsweredCase], arms: Pair, group: Callable[[AnsweredCase], str]
) -> tuple[Group[ComparedRates], ...]:
    """Compare the annotations per reading of an answer in every group of the cases in which both answers were read."""
    read = _both_read(cases, arms)

    def compare(places: Sequence[int]) -> ComparedRates:
        chosen = [read[place] for place in places]
        first, second = ([len(case.answers[arm].annotations) for case in chosen] for arm in arms)
        apart = [one - other for one, other in zip(first, second, strict=True)]
        return ComparedRates(annotations_each_answer(chosen, arms), randomisation_test(apart))

    return by_group([[group(case)] for case in read], compare, lambda found: found.p)


def _both_read(cases: Sequence[AnsweredCase], arms: Pair) -> list[AnsweredCase]:
    """Return the cases in which both answers were read; a reader of a case reads both."""
    return [case for case in cases if all(arm in case.answers and case.answers[arm].readings for arm in arms)]
