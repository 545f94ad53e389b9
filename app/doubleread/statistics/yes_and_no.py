"""How far one rater's yes and no agree with those of others: precision, recall and F1 of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doubleread.statistics.bootstrap import Statistic, bootstrap_cases
from doubleread.statistics.estimates import Estimate, Undefined


@dataclass(frozen=True, slots=True)
class Found:
    """Precision, recall and F1 in finding what the others said."""

    precision: Estimate | Undefined
    recall: Estimate | Undefined
    f1: Estimate | Undefined


@dataclass(frozen=True, slots=True)
class YesAndNo:
    """One rater compared with others, whose judgements count as the truth, as HealthBench's meta-evaluation does.

    `mean_f1` is the mean of both F1, which does not favour the commoner of yes and no. `pairs` counts pairs of
    judgements of the same thing; n counts cases, over which the BCa bootstrap resamples.
    """

    yes: Found
    no: Found
    mean_f1: Estimate | Undefined
    pairs: int


def compare_yes_and_no(cases: Sequence[Sequence[tuple[bool, bool]]]) -> YesAndNo:
    """Compare pairs of the rater's and another's judgement, a list for each case."""
    rows = [
        [float(sum(pair == kind for pair in pairs)) for kind in ((True, True), (True, False), (False, True))]
        + [float(sum(pair == (False, False) for pair in pairs))]
        for pairs in cases
        if pairs
    ]
    terms: dict[str, Statistic] = {}
    # Columns: both yes, the rater alone, the others alone, both no.
    for name, (hit, alone, missed) in (("yes", (0, 1, 2)), ("no", (3, 2, 1))):
        terms[f"{name} precision"] = _ratio(hit, alone)
        terms[f"{name} recall"] = _ratio(hit, missed)
        terms[f"{name} f1"] = _f1(hit, alone, missed)
    yes_f1, no_f1 = terms["yes f1"], terms["no f1"]
    terms["mean f1"] = lambda sums: (yes_f1(sums) + no_f1(sums)) / 2
    found = bootstrap_cases(rows, terms)
    yes, no = (
        Found(found[f"{name} precision"], found[f"{name} recall"], found[f"{name} f1"]) for name in ("yes", "no")
    )
    return YesAndNo(yes, no, found["mean f1"], sum(len(pairs) for pairs in cases))


def _ratio(hit: int, other: int) -> Statistic:
    return lambda sums: sums[hit] / (sums[hit] + sums[other])


def _f1(hit: int, alone: int, missed: int) -> Statistic:
    return lambda sums: 2 * sums[hit] / (2 * sums[hit] + sums[alone] + sums[missed])
