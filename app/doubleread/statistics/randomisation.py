"""Fisher's randomisation test of two models' counts on the same cases, which assumes no distribution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from doubleread.statistics.binomial import probabilities
from doubleread.statistics.estimates import Undefined


def randomisation_test(differences: Sequence[int]) -> float | Undefined:
    """Return the two-sided exact p value of "either model is as likely to have the higher count of a case".

    `differences` has for each case the first model's count minus the second's, such as of annotations by the same
    readers. Under the hypothesis each difference has either sign with the same chance, and p is the chance that their
    sum is at least as far from zero as it is. Cases without a difference carry no information.

    All sign assignments are counted, none is sampled. Rounding errors are around 1e-13. Source: Fisher, The Design of
    Experiments, 1935, chapter 3.
    """
    import numpy as np

    sizes = Counter(abs(difference) for difference in differences if difference)
    if not sizes:
        return Undefined("the arms differ on no case")
    # The sum of the positive differences is that of a binomial number of each size, and their distributions convolve.
    total = sum(size * count for size, count in sizes.items())
    length = 1 << total.bit_length()
    spectrum = np.ones(length // 2 + 1, dtype=np.complex128)
    for size, count in sizes.items():
        chances = np.zeros(length)
        chances[: size * count + 1 : size] = probabilities(count)
        spectrum *= np.fft.rfft(chances)
    positive = np.fft.irfft(spectrum, length)
    far = abs(sum(differences))
    return 1.0 if far == 0 else float(np.clip(2 * positive[: (total - far) // 2 + 1].sum(), 0.0, 1.0))
