"""Bang's index of blinding: how far guesses of identity are better than chance, from -1 to 1."""

from __future__ import annotations

from math import sqrt

from doubleread.statistics.estimates import Estimate, Interval, Undefined, normal_quantile


def bang_index(correct: int, incorrect: int, no_idea: int, confidence: float = 0.95) -> Estimate | Undefined:
    """Return Bang's blinding index of one arm with its asymptotic interval; n counts all who were asked.

    It is the proportion that guessed correct less the proportion that guessed incorrect, those with no idea in the
    denominator: 1 where everybody blinding_assessments correct, 0 where blinding_assessments are like chance or nobody
    has an idea, -1 where everybody blinding_assessments incorrect. The interval ends at -1 and 1, and is undefined
    where the standard error is zero.

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
