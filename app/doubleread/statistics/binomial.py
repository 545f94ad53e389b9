"""The binomial distribution with a chance of one half, as `scipy.stats` computes it, without importing that.

`scipy.stats` takes a second and 60 MB to import. Its distribution calls functions that `scipy.special` has, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def probabilities(n: int) -> NDArray[np.float64]:
    """Return the chance of each number of successes in n trials: `scipy.stats.binom.pmf(range(n + 1), n, 0.5)`."""
    import numpy as np

    found: NDArray[np.float64] = _function("pmf")(np.arange(n + 1), n, 0.5)
    return found


def probability(successes: int, n: int) -> float:
    """Return the chance of so many successes in n trials."""
    return float(_function("pmf")(successes, n, 0.5))


def two_sided_p(successes: int, n: int) -> float:
    """Return the exact two-sided p value of n trials: `scipy.stats.binomtest(successes, n, 0.5).pvalue`."""
    if 2 * successes == n:
        return 1.0
    fewer = min(successes, n - successes)
    # The distribution is symmetric, so that the other tail begins at n - fewer.
    return min(1.0, float(_function("cdf")(fewer, n, 0.5) + _function("sf")(n - fewer - 1, n, 0.5)))


def _function(name: str) -> Any:
    from scipy.special import _ufuncs

    if (found := getattr(_ufuncs, f"_binom_{name}", None)) is not None:
        return found
    from scipy.stats import binom

    return getattr(binom, name)
