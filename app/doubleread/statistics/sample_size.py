"""How many cases a study needs to detect a difference in correct answers between two models, on the same cases."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist

from doubleread.domain.formatting import percent, short


@dataclass(frozen=True, slots=True)
class SampleSize:
    """`cases` that show a difference of proportions `difference`, where models differ on the proportion `discordant` of
    cases.

    `power` is the exact chance that McNemar's mid-p test then finds it at the two-sided level `alpha`.
    """

    cases: int
    difference: float
    discordant: float
    alpha: float
    power: float
    method: str = "Connor 1987"

    @property
    def assumption(self) -> str:
        """What was assumed, in words."""
        return (
            f"if the arms differ on {percent(self.discordant)} of all cases, and one is correct on"
            f" {percent(self.difference)} more of them, {self.cases} cases show it with a power of"
            f" {percent(self.power)} (McNemar's mid-p test, two-sided, alpha {short(self.alpha)}); cases are"
            " independent, and each counts once"
        )


def discordant_proportion(first: float, second: float, correlation: float = 0.0) -> float:
    """Return on which proportion of cases two models differ, from their proportions of correct answers and the
    correlation phi.

    Zero, independent models, is cautious: models that find the same cases hard differ on fewer. Raises ValueError for
    proportions outside 0 to 1 and for a correlation that such proportions cannot have.
    """
    if not (0 <= first <= 1 and 0 <= second <= 1):
        raise ValueError(f"a proportion must be between 0 and 1: {first}, {second}")
    both = first * second + correlation * sqrt(first * (1 - first) * second * (1 - second))
    if not max(0.0, first + second - 1) - 1e-12 <= both <= min(first, second) + 1e-12:
        raise ValueError(
            f"proportions of {short(first)} and {short(second)} cannot have a correlation of {short(correlation)}"
        )
    return first + second - 2 * both


def cases_needed(difference: float, discordant: float, power: float = 0.8, alpha: float = 0.05) -> SampleSize:
    """Return how many cases show a difference of two proportions, with the chance `power`, at the two-sided level
    `alpha`.

    `difference` is first less second, its sign without meaning; `discordant` is the proportion of cases on which the
    models differ, which a pilot or `discordant_proportion` gives. Connor, Biometrics 1987;43:207-211, with a normal
    approximation: the result tells the exact power beside it. Raises ValueError for a difference of zero or above the
    discordant proportion, and for chances outside (0, 1).
    """
    size = abs(difference)
    if not 0 < size <= discordant <= 1:
        raise ValueError(f"a difference must be above 0 and at most the discordant proportion: {size}, {discordant}")
    if not (0 < power < 1 and 0 < alpha < 1):
        raise ValueError(f"power and alpha must be between 0 and 1: {power}, {alpha}")
    normal = NormalDist()
    spread = normal.inv_cdf(1 - alpha / 2) * sqrt(discordant)
    spread += normal.inv_cdf(power) * sqrt(max(0.0, discordant - size * size))
    cases = max(1, ceil((spread / size) ** 2))
    return SampleSize(cases, size, discordant, alpha, mcnemar_power(cases, size, discordant, alpha))


def mcnemar_power(cases: int, difference: float, discordant: float, alpha: float = 0.05) -> float:
    """Return the exact chance that McNemar's mid-p test finds the difference at the two-sided level `alpha`.

    Adds up over every number of discordant cases, and for each over every way they can fall. Raises ValueError for what
    cannot be.
    """
    import numpy as np
    from scipy.stats import binom

    if cases < 0 or not abs(difference) <= discordant <= 1 or not 0 < alpha < 1:
        raise ValueError(f"not a study: {cases} cases, {difference} of {discordant}, alpha {alpha}")
    if discordant == 0:
        return 0.0
    differing = np.arange(1, cases + 1)
    ahead = (discordant + difference) / (2 * discordant)
    most = binom.ppf(alpha / 2, differing, 0.5)
    fewest = np.full(len(differing), -1.0)
    for shift in (-1, 0, 1):
        at = most + shift
        mid_p = 2 * binom.cdf(at, differing, 0.5) - binom.pmf(at, differing, 0.5)
        found = (at >= 0) & (2 * at < differing) & (mid_p <= alpha)
        fewest = np.where(found, np.maximum(fewest, at), fewest)
    chance = binom.cdf(fewest, differing, ahead) + binom.cdf(fewest, differing, 1 - ahead)
    return float((binom.pmf(differing, cases, discordant) * chance).sum())
