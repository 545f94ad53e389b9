"""How often two models are right on the same cases, with indeterminate answers counted as wrong and left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doubleread.statistics.estimates import Estimate, Undefined
from doubleread.statistics.paired import McNemar, PairedTable, mcnemar, paired_difference, paired_table
from doubleread.statistics.proportions import Proportion, proportion

Outcome = bool | None
"""Right, wrong, or None for an answer in which no statement was found: unparsed, refused, cut off."""


@dataclass(frozen=True, slots=True)
class PairedProportions:
    """Both models' proportions of the same cases, the difference (first less second), and the test; n is `table.n`."""

    table: PairedTable
    first: Proportion | Undefined
    second: Proportion | Undefined
    difference: Estimate | Undefined
    test: McNemar | Undefined


@dataclass(frozen=True, slots=True)
class PairedAccuracy:
    """The comparison both ways; `indeterminate` counts the cases in which at least one model's answer is indeterminate.

    `indeterminate_left_out` leaves such a case out for both models, since the comparison is paired.
    """

    indeterminate: int
    indeterminate_incorrect: PairedProportions
    indeterminate_left_out: PairedProportions


def paired_proportions(table: PairedTable, confidence: float = 0.95) -> PairedProportions:
    """Return proportions, difference and test of a table. Raises ValueError for a confidence outside (0, 1)."""
    return PairedProportions(
        table=table,
        first=proportion(table.first, table.n, confidence),
        second=proportion(table.second, table.n, confidence),
        difference=paired_difference(table, confidence),
        test=mcnemar(table),
    )


def paired_accuracy(first: Sequence[Outcome], second: Sequence[Outcome], confidence: float = 0.95) -> PairedAccuracy:
    """Compare two models' outcomes, one for each case, in the same order. Raises ValueError where lengths differ."""
    clear = [(one, other) for one, other in zip(first, second, strict=True) if one is not None and other is not None]
    return PairedAccuracy(
        indeterminate=len(first) - len(clear),
        indeterminate_incorrect=paired_proportions(
            paired_table(*([bool(one) for one in side] for side in (first, second))), confidence
        ),
        indeterminate_left_out=paired_proportions(
            paired_table([one for one, _ in clear], [other for _, other in clear]), confidence
        ),
    )
