"""Bang's index of blinding: how far readers name the arms better than chance, from -1 to 1."""

from __future__ import annotations

from math import sqrt

from doubleread.statistics.estimates import Estimate, Interval, Undefined, normal_quantile


def bang_index(correct: int, incorrect: int, no_idea: int, confidence: float = 0.95) -> Estimate | Undefined:
    """Return Bang's blinding index of one arm with its asymptotic interval; n counts all who were asked.

    It is the proportion of correct replies minus the proportion of incorrect ones, with replies of no idea in the
    denominator: 1 if every reply is correct, 0 if replies are like chance or nobody
    has an idea, -1 if every reply is incorrect. The interval ends at -1 and 1, and is undefined
    if the standard error is zero.

    Source: Bang, Ni, Davis, Control Clin Trials 2004;25:143-156. Raises ValueError for counts below zero.
    """
    if min(correct, incorrect, no_idea) < 0:
        raise ValueError(f"not counts: {correct}, {incorrect}, {no_idea}")
    n = correct + incorrect + no_idea
    if not n:
        return Undefined("nobody was asked")
    index = (correct - incorrect) / n
    error = sqrt(max(0.0, (correct + incorrect) / n - index**2) / n)
    z = normal_quantile(confidence)
    interval: Interval | Undefined = Interval(max(-1.0, index - z * error), min(1.0, index + z * error), confidence)
    if not error:
        interval = Undefined("its standard error is zero")
    return Estimate(index, interval, n, "Bang's blinding index")
