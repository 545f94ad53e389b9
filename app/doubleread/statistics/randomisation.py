"""A test of two models' counts on the same cases that assumes no distribution: chance says whose count is whose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from doubleread.statistics.estimates import Undefined


def randomisation_test(differences: Sequence[int]) -> float | Undefined:
    """Return the two-sided exact p value of "it is chance which of the two models the higher count belongs to".

    `differences` has for each case the first model's count less the second's: of annotations by the same readers, for
    instance. Under that hypothesis each difference has either sign with the same chance, and p is the chance that the
    sum of all is as far from zero as it does, or farther. Cases without a difference say nothing either way.

    Every way to choose the signs counts, none is drawn. Rounding lies around 1e-13. Source: Fisher, The Design of
    Experiments, 1935, chapter 3.
    """
    import numpy as np
    from scipy.stats import binom

    sizes = Counter(abs(difference) for difference in differences if difference)
    if not sizes:
        return Undefined("the models differ on no case")
    # The sum of the positive differences is that of a binomial number of each size, and their distributions convolve.
    total = sum(size * count for size, count in sizes.items())
    length = 1 << total.bit_length()
    spectrum = np.ones(length // 2 + 1, dtype=np.complex128)
    for size, count in sizes.items():
        chances = np.zeros(length)
        chances[: size * count + 1 : size] = binom.pmf(np.arange(count + 1), count, 0.5)
        spectrum *= np.fft.rfft(chances)
    positive = np.fft.irfft(spectrum, length)
    far = abs(sum(differences))
    return 1.0 if far == 0 else float(np.clip(2 * positive[: (total - far) // 2 + 1].sum(), 0.0, 1.0))
