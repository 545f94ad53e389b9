"""Cohen's kappa of two readers, or of one reader's two readings, plain and weighted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import compress
from math import sqrt
from typing import TYPE_CHECKING, Literal

from doubleread.statistics.bootstrap import RESAMPLES, SEED, bootstrap_cases
from doubleread.statistics.estimates import Estimate, Interval, Undefined, normal_quantile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Weights = Literal["none", "linear", "quadratic"]


def crosstable(
    first: Sequence[Hashable | None], second: Sequence[Hashable | None], scale: Sequence[Hashable]
) -> tuple[tuple[int, ...], ...]:
    """Count two readers' judgements, one for each case, in the same order: rows are the first reader's.

    `scale` names the categories in their order. A case that a reader did not judge (None) is left out. Raises
    ValueError if lengths differ and for a judgement that is not on the scale.
    """
    place = {category: index for index, category in enumerate(scale)}
    counts = [[0] * len(place) for _ in place]
    for (one, other), times in Counter(zip(first, second, strict=True)).items():
        if one is None or other is None:
            continue
        if one not in place or other not in place:
            raise ValueError(f"not on the scale: {one if one not in place else other!r}")
        counts[place[one]][place[other]] += times
    return tuple(map(tuple, counts))


def cohen(
    table: Sequence[Sequence[int]],
    weights: Weights = "none",
    scores: Sequence[float] | None = None,
    confidence: float = 0.95,
) -> Estimate | Undefined:
    """Return Cohen's kappa of a square table of counts, with its asymptotic interval; n counts cases.

    With weights, disagreement grows with the distance of the categories, or with its square; `scores` place the
    categories (0, 1, 2, ... where there are none). The interval ends at -1 and 1. Kappa is undefined if everybody
    gave one category: agreement by chance is then complete, and some programs print 1 there by convention. The interval
    is undefined if the standard error is zero, as it is where readers agree everywhere.

    Source: Fleiss, Cohen, Everitt, Psychol Bull 1969;72:323-327; the values equal those of SAS's PROC FREQ. Raises
    ValueError for a table that is not square or has counts below zero, and for scores of another length.
    """
    import numpy as np

    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or (counts < 0).any():
        raise ValueError("kappa needs a square table of counts")
    places = np.arange(len(counts), dtype=np.float64) if scores is None else np.asarray(scores, dtype=np.float64)
    if places.shape != (len(counts),):
        raise ValueError(f"{len(places)} scores for {len(counts)} categories")
    z = normal_quantile(confidence)
    n = counts.sum()
    if n == 0:
        return Undefined("no case was judged by both")
    apart = np.abs(places[:, None] - places[None, :])
    agreement = np.eye(len(counts)) if weights == "none" else _weights(apart, weights)
    proportions = counts / n
    rows, columns = proportions.sum(axis=1), proportions.sum(axis=0)
    observed = float((agreement * proportions).sum())
    expected = float(rows @ agreement @ columns)
    if np.count_nonzero(rows + columns) == 1 or expected >= 1:
        return Undefined("everybody gave one category")
    kappa = (observed - expected) / (1 - expected)
    marginal = (agreement @ columns)[:, None] + (rows @ agreement)[None, :]
    spread = (
        float((proportions * (agreement - marginal * (1 - kappa)) ** 2).sum()) - (kappa - expected * (1 - kappa)) ** 2
    )
    error = sqrt(max(0.0, spread) / n) / (1 - expected)
    method = "Cohen's kappa" if weights == "none" else f"Cohen's kappa, {weights} weights"
    interval: Interval | Undefined = Interval(max(-1.0, kappa - z * error), min(1.0, kappa + z * error), confidence)
    if observed == 1 or spread < 1e-12:
        interval = Undefined("its standard error is zero")
    return Estimate(kappa, interval, int(n), method)


def cohen_by_case(
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    scale: Sequence[Hashable],
    clusters: Sequence[Hashable],
    confidence: float = 0.95,
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Estimate | Undefined:
    """Return Cohen's kappa of judgements of which several come from one case; n counts judgements.

    The value is that of `cohen`; the interval comes from resampling whole cases. Raises ValueError if lengths
    differ and for a judgement that is not on the scale.
    """
    import numpy as np

    if len(clusters) != len(first):
        raise ValueError(f"{len(clusters)} clusters for {len(first)} judgements")
    crosstable(first, second, scale)
    place = {name: index for index, name in enumerate(dict.fromkeys(clusters))}
    code = {name: index for index, name in enumerate(scale)}
    size = len(scale)
    judged = [one is not None and other is not None for one, other in zip(first, second, strict=True)]
    cells = [
        np.fromiter((number[name] for name in compress(names, judged)), np.intp)
        for names, number in ((clusters, place), (first, code), (second, code))
    ]
    tables = np.zeros((len(place), size, size))
    np.add.at(tables, tuple(cells), 1)
    whole = tables.sum(axis=0)
    if not whole.sum():
        return Undefined("no case was judged by both")
    if np.count_nonzero(whole.sum(axis=0) + whole.sum(axis=1)) == 1:
        return Undefined("everybody gave one category")

    def kappa(sums: Floats) -> Floats:
        proportions = (sums / sums.sum(axis=0)).reshape(size, size, -1)
        observed = np.einsum("iis->s", proportions)
        expected = np.einsum("is,is->s", proportions.sum(axis=1), proportions.sum(axis=0))
        result: Floats = (observed - expected) / (1 - expected)
        return result

    values = tables.reshape(len(place), size * size)
    estimate = bootstrap_cases(values, {"kappa": kappa}, confidence=confidence, resamples=resamples, seed=seed)["kappa"]
    if isinstance(estimate, Undefined):
        return estimate
    return Estimate(estimate.value, estimate.interval, int(whole.sum()), f"Cohen's kappa, {estimate.method}")


def _weights(apart: Floats, weights: Weights) -> Floats:
    """Return how much agreement each distance is worth: 1 for none, 0 for the greatest."""
    greatest = float(apart.max()) or 1.0
    return 1 - (apart / greatest) ** (1 if weights == "linear" else 2)
