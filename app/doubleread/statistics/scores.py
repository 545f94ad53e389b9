"""Two models' scores on the same cases: a grade, an overlap with a reference text, an F1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from doubleread.statistics.bootstrap import RESAMPLES, SEED, bootstrap_cases
from doubleread.statistics.estimates import Estimate, Undefined


@dataclass(frozen=True, slots=True)
class PairedScores:
    """Both models' means and the mean difference (first minus second), over the cases that have both scores.

    `left_out` counts the cases in which a score is missing. All estimates are in the scores' unit; n counts cases.
    """

    left_out: int
    first: Estimate | Undefined
    second: Estimate | Undefined
    difference: Estimate | Undefined


def paired_scores(
    first: Sequence[float | None],
    second: Sequence[float | None],
    confidence: float = 0.95,
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    readers: Sequence[str] | None = None,
) -> PairedScores:
    """Compare the means of scores, one for each case, in the same order, by a BCa bootstrap over cases.

    `readers` names whose each pair of scores is: the bootstrap is then over readers, and n counts pairs. A case without
    a score of both models (None) is left out. Raises ValueError if lengths differ or a score is not finite.
    """
    pairs = [(one, other) for one, other in zip(first, second, strict=True) if one is not None and other is not None]
    left_out = len(first) - len(pairs)
    if not pairs:
        nothing = Undefined("no case has a score of both arms")
        return PairedScores(left_out, nothing, nothing, nothing)
    rows: list[tuple[float, ...]] = [(1.0, one, other, one - other) for one, other in pairs]
    if readers is not None:
        rows = _summed(rows, [name for name, *both in zip(readers, first, second, strict=True) if None not in both])
    found = bootstrap_cases(
        rows,
        {
            "first": lambda sums: sums[1] / sums[0],
            "second": lambda sums: sums[2] / sums[0],
            "difference": lambda sums: sums[3] / sums[0],
        },
        confidence=confidence,
        resamples=resamples,
        seed=seed,
        unit="case" if readers is None else "reader",
    )
    if readers is not None:
        found = {name: replace(one, n=len(pairs)) if isinstance(one, Estimate) else one for name, one in found.items()}
    return PairedScores(left_out, found["first"], found["second"], found["difference"])


def _summed(rows: Sequence[tuple[float, ...]], readers: Sequence[str]) -> list[tuple[float, ...]]:
    """Return the sums of the rows of each reader."""
    own: dict[str, list[tuple[float, ...]]] = {}
    for reader, row in zip(readers, rows, strict=True):
        own.setdefault(reader, []).append(row)
    return [tuple(map(sum, zip(*found, strict=True))) for found in own.values()]
