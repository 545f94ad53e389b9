"""Bootstrap intervals for what can be computed from sums over cases: means, rates, ratios, and their differences.

Cases are resampled, never answers: both models' answers to a case, and all readings of them, stay together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from doubleread.statistics.estimates import Estimate, Interval, Undefined, normal_quantile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

Block = TypeVar("Block")

Statistic = Callable[["Floats"], "Floats"]
"""From sums (a row for each column of the cases' values, a column for each sample) to the statistic of each sample.

It is NaN if a sample lacks the statistic, as 0 / 0 is.
"""

RESAMPLES = 9_999
SEED = 20_250_601
_LEFT_OUT = 0.01  # the proportion of samples that may lack a statistic; an interval from fewer would describe the rest
_ALIKE = 16  # with this many cases for each kind of case, drawing kinds is faster than drawing cases
_BLOCK = 1 << 17  # numbers held at a time: 1 MB, whatever the number of cases
_KEPT = 1 << 18  # numbers of a drawing that is kept: 1 MB
_PIECE = 1 << 15  # numbers counted at a time: they stay in the processor's cache
_CLOSE = (
    1e-9  # sums in another order differ in the last digits; what is closer than this proportion of the spread is equal
)


def bootstrap_cases(
    values: ArrayLike,
    statistics: Mapping[str, Statistic],
    *,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    unit: str = "case",
) -> dict[str, Estimate | Undefined]:
    """Return each statistic of the cases with its BCa bootstrap interval; n counts cases.

    `unit` is what a row is called, if it is something other than a case.

    `values` has one row for each case and one column for each quantity; all statistics use the same samples. The same
    values, in the same order, and the same seed give the same intervals. They equal those of
    `scipy.stats.bootstrap(paired=True, method="BCa")` for the same samples. This one works on sums: all statistics of a
    sample share one row of a matrix product, where scipy copies all cases for each statistic. If many cases have the
    same values, it samples how many of each kind are in a sample, which is equivalent.

    A statistic that is NaN is undefined. Samples without it are left out, and `method` says how many. An interval is
    undefined if there is one case, where leaving out any case changes nothing (resampling shows no spread, which is not
    certainty), where more than 1% of the samples lack the statistic, and if no sample is on the other side of the
    estimate.

    Source: Efron, Tibshirani, An Introduction to the Bootstrap, 1993, chapter 14. Raises ValueError for values that are
    not finite or not a table, and for a confidence outside (0, 1).
    """
    import numpy as np

    table = np.asarray(values, dtype=np.float64)
    normal_quantile(confidence)
    if len(table) == 0:
        return {name: Undefined("there are no cases") for name in statistics}
    if table.ndim != 2 or not np.isfinite(table).all():
        raise ValueError("a bootstrap needs a table of finite values: a row for each case")
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = table.sum(axis=0)
        sums = np.concatenate(list(_samples(table, resamples, seed))).T if len(table) > 1 else None
        without = (whole - table).T
        found: dict[str, Estimate | Undefined] = {}
        for name, statistic in statistics.items():
            value = float(statistic(whole[:, None])[0])
            if not np.isfinite(value):
                found[name] = Undefined("its denominator is zero")
                continue
            method = f"BCa bootstrap over {unit}s, {resamples:,} samples, seed {seed}"
            interval: Interval | Undefined = Undefined(f"there is one {unit}")
            if sums is not None:
                samples = statistic(sums)
                having = samples[np.isfinite(samples)]
                if missing := len(samples) - len(having):
                    method += f", {missing:,} samples without the statistic left out"
                interval = Undefined(f"too few samples of the {unit}s have this statistic")
                if missing <= _LEFT_OUT * len(samples):
                    interval = _bca(value, having, statistic(without), confidence)
            found[name] = Estimate(value, interval, len(table), method)
    return found


def _samples(table: Floats, resamples: int, seed: int) -> Iterator[Floats]:
    """Yield the sums of samples drawn with replacement, in blocks: how often each case is drawn, times its values."""
    import numpy as np

    n = len(table)
    generator = np.random.default_rng(seed)
    if (alike := _kinds(table)) is not None:
        kinds, counts = alike
        block = max(1, _BLOCK // len(kinds))
        if resamples * len(kinds) <= _KEPT:
            yield _drawn_kinds(tuple(counts.tolist()), resamples, seed) @ kinds
            return
        for start in range(0, resamples, block):
            yield generator.multinomial(n, counts / n, size=min(block, resamples - start)) @ kinds
        return
    piece = max(1, _PIECE // n)
    apart = n * np.arange(piece, dtype=np.int32)[:, None]
    # One array for all blocks, which saves memory.
    kept = np.empty((min(max(1, _BLOCK // n), resamples), n))
    for cases in _ahead(_drawn_cases(n, len(kept), resamples, generator)):
        times = kept[: len(cases)]
        for low in range(0, len(cases), piece):
            part = cases[low : low + piece]
            part += apart[: len(part)]
            times[low : low + len(part)] = np.bincount(part.ravel(), minlength=part.size).reshape(part.shape)
        yield times @ table


def _drawn_cases(n: int, block: int, resamples: int, generator: np.random.Generator) -> Iterator[NDArray[np.int32]]:
    """Yield which of the cases are in each sample: a block of samples at a time, a row for each."""
    import numpy as np

    for start in range(0, resamples, block):
        yield generator.integers(0, n, (min(block, resamples - start), n), dtype=np.int32)


def _ahead(blocks: Iterator[Block]) -> Iterator[Block]:
    """Yield blocks; the next one is made in a thread meanwhile. NumPy draws without the interpreter's lock."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = thread.submit(next, blocks, None)
            yield block


def _kinds(table: Floats) -> tuple[Floats, NDArray[np.int64]] | None:
    """Return the different rows in ascending order, and how many there are of each; None if few rows are alike.

    They are what `numpy.unique` returns, which sorts all rows, and takes twenty times as long.
    """
    import numpy as np

    rows = np.ascontiguousarray(table + 0.0)  # so that 0 and -0 have the same bytes
    found = Counter(rows.view(f"V{rows[0].nbytes}").ravel().tolist())
    if len(found) * _ALIKE > len(table):
        return None
    kinds = np.frombuffer(b"".join(found)).reshape(len(found), -1)
    order = np.lexsort(kinds.T[::-1])
    return kinds[order], np.fromiter(found.values(), np.int64)[order]


# The coefficients of agreement of one label are of the same kinds of cases, one after the other.
@lru_cache(maxsize=2)
def _drawn_kinds(counts: tuple[int, ...], resamples: int, seed: int) -> NDArray[np.int32]:
    """Return how many cases of each kind are in each sample; `counts` says how many of them there are."""
    import numpy as np

    n = sum(counts)
    return np.random.default_rng(seed).multinomial(n, np.array(counts) / n, size=resamples).astype(np.int32)


def _bca(value: float, samples: Floats, without: Floats, confidence: float) -> Interval | Undefined:
    """Return the interval: `samples` are the statistic in each sample, `without` the statistic without each case."""
    import numpy as np
    from scipy.special import ndtr, ndtri

    if not np.isfinite(without).all():
        return Undefined("without one of the cases the statistic is undefined")
    away = without.mean() - without
    size = max(abs(value), float(np.abs(samples).max()))
    if float(np.abs(away).max()) * len(away) <= _CLOSE * size:
        return Undefined("all cases are alike, so that resampling them shows no spread")
    close = _CLOSE * max(float(np.ptp(samples)), np.finfo(np.float64).tiny)
    below, at = np.count_nonzero(samples < value - close), np.count_nonzero(np.abs(samples - value) <= close)
    proportion = (below + at / 2) / len(samples)
    if not 0 < proportion < 1:
        return Undefined("no sample of the cases lies on the other side of the estimate")
    bias = float(ndtri(proportion))
    acceleration = float((away**3).sum() / (6 * (away**2).sum() ** 1.5))
    reach = bias + np.array([-1, 1]) * normal_quantile(confidence)
    if (acceleration * reach >= 1).any():
        return Undefined("the cases are too uneven for an interval at this confidence")
    low, high = np.quantile(samples, ndtr(bias + reach / (1 - acceleration * reach)))
    return Interval(float(low), float(high), confidence)
