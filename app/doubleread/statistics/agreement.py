"""The agreement of any number of readers in labels of the same cases, some of which may be missing.

Ratings have one row for each case and one entry for each reader; None if a reader did not judge the case. Every
statistic has a BCa bootstrap interval over cases, and n counts the cases that two readers or more judged.

If several rows come from one case, as its sentences do, `clusters` names the case of each row: the estimate is that of
the rows, n counts rows, and the interval resamples whole cases, because rows of one case are not independent.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from doubleread.statistics.bootstrap import RESAMPLES, SEED, bootstrap_cases
from doubleread.statistics.estimates import Estimate, Undefined, normal_quantile
from doubleread.statistics.proportions import proportion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Rating = Hashable | None
Clusters = Sequence[Hashable] | None
"""The case that each row of ratings comes from; None if every row is a case of its own."""
Level = Literal["nominal", "ordinal", "interval", "ratio"]


@dataclass(frozen=True, slots=True)
class GroupedRatings:
    """Ratings by their kinds: in a large study many cases have the same ratings.

    `kinds` are the different rows, in the order in which they first appear; `kind_of` has the kind of each row by its
    place among them.
    """

    kinds: tuple[tuple[Rating, ...], ...]
    kind_of: NDArray[np.intp]


Ratings = GroupedRatings | Sequence[Sequence[Rating]]
"""Rows of ratings. Group those that go into several statistics once."""


def grouped(ratings: Ratings) -> GroupedRatings:
    """Group the rows of ratings by their kinds."""
    import numpy as np

    if isinstance(ratings, GroupedRatings):
        return ratings
    kinds: dict[tuple[Rating, ...], int] = {}
    kind_of = [kinds.setdefault(tuple(case), len(kinds)) for case in ratings]
    return GroupedRatings(tuple(kinds), np.array(kind_of, dtype=np.intp))


_ONE_CATEGORY = Undefined("everybody gave one category")
_NO_PAIR = Undefined("no case was judged by two readers")


def observed_agreement(
    ratings: Ratings,
    confidence: float = 0.95,
    *,
    clusters: Clusters = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Estimate | Undefined:
    """Return the proportion of pairs of readers who agree, averaged over cases.

    If no case has more than two readers, that is a proportion of cases, and without clusters the interval is
    Wilson's.
    """
    counts, _ = _counted(ratings, None)
    paired = counts.sum(axis=1) >= 2
    pairs = counts[paired]
    if not len(pairs):
        return _NO_PAIR
    agreeing = _agreeing(pairs)
    if clusters is None and pairs.sum(axis=1).max() == 2:
        fraction = proportion(round(float(agreeing.sum())), len(pairs), confidence)
        if isinstance(fraction, Undefined):
            return fraction
        return Estimate(fraction.value, fraction.interval, fraction.n, "observed agreement, Wilson")
    values = _clustered(_columns(len(pairs), agreeing), clusters, paired)
    estimate = _estimated("observed agreement", values, lambda sums: sums[1] / sums[0], confidence, resamples, seed)
    return replace(estimate, n=len(pairs)) if isinstance(estimate, Estimate) else estimate


def fleiss(
    ratings: Ratings,
    confidence: float = 0.95,
    *,
    clusters: Clusters = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Estimate | Undefined:
    """Return Fleiss' kappa, for two readers Scott's pi. It is undefined if everybody gave one category.

    Missing ratings as in Gwet, Handbook of Inter-Rater Reliability, 4th edition, 2014, chapter 2: agreement from the
    cases with two ratings or more, prevalence from all. Source: Fleiss, Psychol Bull 1971;76:378-382.
    """
    return _corrected("Fleiss' kappa", ratings, None, _chance_fleiss, confidence, resamples, seed, clusters)


def gwet_ac1(
    ratings: Ratings,
    scale: Sequence[Hashable] | None = None,
    confidence: float = 0.95,
    *,
    clusters: Clusters = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Estimate | Undefined:
    """Return Gwet's AC1, which does not fall if one category is rare, as hallucinations are. `scale` names the possible
    categories (by default, those that were given). With at least two it is defined, and 1, even if everybody gave the
    same one; with fewer, it is undefined. Missing ratings as in `fleiss`. Source: Gwet, Br J Math Stat Psychol
    2008;61:29-48. Raises ValueError for a rating that is not on the scale.
    """
    return _corrected("Gwet's AC1", ratings, scale, _chance_gwet, confidence, resamples, seed, clusters)


def krippendorff(
    ratings: Ratings,
    level: Level = "nominal",
    scale: Sequence[Hashable] | None = None,
    confidence: float = 0.95,
    *,
    clusters: Clusters = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Estimate | Undefined:
    """Return Krippendorff's alpha; a case with a single rating does not count.

    Ordinal ratings need a `scale` in their order or be numbers; interval and ratio ratings are numbers, those of a
    ratio not below zero. It is undefined if everybody gave one category. Meant for scales of some dozen steps:
    memory grows with the square of the number of categories.

    Source: Krippendorff, Content Analysis, 3rd edition, 2013, chapter 12. The interval comes from cases resampled, not
    from Krippendorff's own resampling of pairs. Raises ValueError for a rating that is not on the scale or no number.
    """
    import numpy as np

    counts, categories = _counted(ratings, scale, ordered=level != "nominal")
    paired = counts.sum(axis=1) >= 2
    counts = counts[paired]
    if not len(counts):
        return _NO_PAIR
    given = counts.sum(axis=0) > 0
    if given.sum() < 2:
        return _ONE_CATEGORY
    counts = counts[:, given]
    kept = [category for category, used in zip(categories, given, strict=True) if used]
    low, high = np.triu_indices(len(kept), 1)
    observed = 2 * counts[:, low] * counts[:, high] / (counts.sum(axis=1) - 1)[:, None]
    apart = None if level == "ordinal" else _distances(kept, level, low, high)

    def alpha(sums: Floats) -> Floats:
        margins, pairs = sums[: len(kept)], sums[len(kept) :]
        distances = _ordinal_distances(margins, low, high) if apart is None else apart[:, None]
        expected = (2 * margins[low] * margins[high] * distances).sum(axis=0)
        disagreement: Floats = (pairs * distances).sum(axis=0)
        result: Floats = 1 - (margins.sum(axis=0) - 1) * disagreement / expected
        return result

    values = _clustered(np.hstack([counts, observed]), clusters, paired)
    estimate = _estimated(f"Krippendorff's alpha, {level}", values, alpha, confidence, resamples, seed)
    return replace(estimate, n=len(counts)) if isinstance(estimate, Estimate) else estimate


def _distances(kept: Sequence[Hashable], level: Level, low: Any, high: Any) -> Floats:
    import numpy as np

    if level == "nominal":
        return np.ones(len(low))
    values = np.array([_number(category) for category in kept])
    difference: Floats = values[high] - values[low]
    if level == "interval":
        return difference**2
    if values.min() < 0:
        raise ValueError(f"a ratio must not be negative: {values.min()}")
    ratio: Floats = (difference / (values[high] + values[low])) ** 2
    return ratio


def _ordinal_distances(margins: Floats, low: Any, high: Any) -> Floats:
    """Return, for each sample, the squared number of ratings between two categories, half of both ends counted."""
    ranks = margins.cumsum(axis=0) - margins / 2
    distances: Floats = (ranks[high] - ranks[low]) ** 2
    return distances


def _number(category: Hashable) -> float:
    if isinstance(category, bool) or not isinstance(category, int | float):
        raise ValueError(f"not a number: {category!r}")
    return float(category)


def _counted(
    ratings: Ratings, scale: Sequence[Hashable] | None, *, ordered: bool = False
) -> tuple[Floats, list[Hashable]]:
    """Return how many readers gave each category, for each case, and the categories."""
    import numpy as np

    by_kind = grouped(ratings)
    kinds = by_kind.kinds
    given = dict.fromkeys(rating for kind in kinds for rating in kind if rating is not None)
    if scale is not None:
        categories = list(dict.fromkeys(scale))
    else:
        categories = sorted(given, key=_number) if ordered else list(given)
    place = {category: index for index, category in enumerate(categories)}
    if unknown := [rating for rating in given if rating not in place]:
        raise ValueError(f"not on the scale: {unknown[0]!r}")
    counts = np.zeros((len(kinds), len(categories)))
    for row, kind in enumerate(kinds):
        for rating in kind:
            if rating is not None:
                counts[row, place[rating]] += 1
    return counts[by_kind.kind_of], categories


def _agreeing(pairs: Floats) -> Floats:
    """Return the proportion of agreeing pairs of readers, for each case; two readers or more have judged each."""
    readers = pairs.sum(axis=1)
    fraction: Floats = (pairs * (pairs - 1)).sum(axis=1) / (readers * (readers - 1))
    return fraction


def _chance_fleiss(prevalence: Floats) -> Floats:
    chance: Floats = (prevalence**2).sum(axis=0)
    return chance


def _chance_gwet(prevalence: Floats) -> Floats:
    chance: Floats = (prevalence * (1 - prevalence)).sum(axis=0) / (len(prevalence) - 1)
    return chance


def _corrected(
    name: str,
    ratings: Ratings,
    scale: Sequence[Hashable] | None,
    chance: Callable[[Floats], Floats],
    confidence: float,
    resamples: int,
    seed: int,
    clusters: Clusters,
) -> Estimate | Undefined:
    """Return an agreement corrected for chance: (observed - chance) / (1 - chance)."""
    import numpy as np

    counts, categories = _counted(ratings, scale)
    judged = counts.sum(axis=1) >= 1
    counts = counts[judged]
    readers = counts.sum(axis=1)
    paired = readers >= 2
    if not paired.any():
        return _NO_PAIR
    if len(categories) < 2 or (chance is _chance_fleiss and np.count_nonzero(counts.sum(axis=0)) < 2):
        return _ONE_CATEGORY
    agreeing = np.zeros(len(counts))
    agreeing[paired] = _agreeing(counts[paired])

    def statistic(sums: Floats) -> Floats:
        observed, expected = sums[2] / sums[1], chance(sums[3:] / sums[0])
        result: Floats = (observed - expected) / (1 - expected)
        return result

    columns = np.hstack([_columns(len(counts), paired, agreeing), counts / readers[:, None]])
    values = _clustered(columns, clusters, judged)
    estimate = _estimated(name, values, statistic, confidence, resamples, seed)
    return replace(estimate, n=int(paired.sum())) if isinstance(estimate, Estimate) else estimate


def _columns(cases: int, *columns: Any) -> Floats:
    """Return a table whose first column is 1 in every case, so that its sum counts cases."""
    import numpy as np

    return np.column_stack([np.ones(cases), *columns])


def _clustered(values: Floats, clusters: Clusters, kept: NDArray[np.bool_]) -> Floats:
    """Return the sums of the rows of each cluster. `kept` says which of the ratings' rows the values are of."""
    import numpy as np

    if clusters is None:
        return values
    if len(clusters) != len(kept):
        raise ValueError(f"{len(clusters)} clusters for {len(kept)} rows of ratings")
    names = [cluster for cluster, stays in zip(clusters, kept, strict=True) if stays]
    place = {name: index for index, name in enumerate(dict.fromkeys(names))}
    sums = np.zeros((len(place), values.shape[1]))
    np.add.at(sums, [place[name] for name in names], values)
    return sums


def _estimated(
    name: str, values: Floats, statistic: Callable[[Floats], Floats], confidence: float, resamples: int, seed: int
) -> Estimate | Undefined:
    normal_quantile(confidence)
    estimate = bootstrap_cases(values, {name: statistic}, confidence=confidence, resamples=resamples, seed=seed)[name]
    if isinstance(estimate, Undefined):
        return estimate
    return replace(estimate, method=f"{name}, {estimate.method}")
