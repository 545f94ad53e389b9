"""Several answers of each arm to each case: accuracy, worst and best of k, majority vote, consistency."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb

from doubleread.statistics.bootstrap import RESAMPLES, SEED
from doubleread.statistics.case_means import CaseMean, PairedMeans, compare_cases
from doubleread.statistics.paired import Outcome, PairedAccuracy, paired_accuracy
from doubleread.statistics.variance_components import PairedVarianceComponents, paired_variance_components


@dataclass(frozen=True, slots=True)
class SampledAnswer:
    """One of an arm's answers to a case: its outcome, and its value (a letter) where answers of this kind have one.

    Two answers to a case agree where they have the same outcome and the same value. Where answers have no value, as
    free text has none, agreement is agreement in the outcome. An indeterminate answer agrees with no other.
    """

    outcome: Outcome
    value: Hashable | None = None


Case = Sequence[SampledAnswer]
"""One arm's answers to one case, in any order."""


@dataclass(frozen=True, slots=True)
class RepeatedRuns:
    """The comparison of two arms that answered each case up to `k` times.

    `indeterminate_incorrect` and `indeterminate_left_out` are the accuracy over all answers, with the same weight for
    each case; the second leaves indeterminate answers out. Everywhere else, an indeterminate answer is not correct.
    `worst_of_k` is the proportion of cases with k correct answers of k, `best_of_k` of those with at least one. `vote`
    is the accuracy of the cases' majority votes. `mode_agreement` is the proportion of answers that agree with the mode
    of their case, `pairwise_agreement` the probability that two answers to a case agree.
    """

    k: int
    indeterminate_incorrect: PairedMeans
    indeterminate_left_out: PairedMeans
    worst_of_k: PairedMeans
    best_of_k: PairedMeans
    vote: PairedAccuracy
    mode_agreement: PairedMeans
    pairwise_agreement: PairedMeans
    variance: PairedVarianceComponents


def compare_repeated_runs(
    first: Sequence[Case],
    second: Sequence[Case],
    k: int,
    confidence: float = 0.95,
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> RepeatedRuns:
    """Compare two arms: the answers to each case, in the same order of cases. A case may have any number of answers.

    A statistic that needs more answers than a case has leaves the case out for both arms. Raises ValueError where
    lengths differ, for k below 1, and for a confidence outside (0, 1).
    """

    def compared(of_case: Callable[[Case], CaseMean | None], missing: str) -> PairedMeans:
        return compare_cases([of_case(case) for case in first], [of_case(case) for case in second], missing, confidence)

    answered = [(one, other) for one, other in zip(first, second, strict=True) if one and other]
    no_pair = "no case has two answers of both arms"
    too_few = f"no case has {k} answers of both arms" if k > 1 else "no case has an answer of both arms"
    return RepeatedRuns(
        k=k,
        indeterminate_incorrect=compared(case_accuracy, "no case has an answer of both arms"),
        indeterminate_left_out=compared(
            lambda case: case_accuracy([answer for answer in case if answer.outcome is not None]),
            "no case has an answer of both arms that is not indeterminate",
        ),
        worst_of_k=compared(lambda case: worst_of(case, k), too_few),
        best_of_k=compared(lambda case: best_of(case, k), too_few),
        vote=paired_accuracy(
            [majority_vote(one) for one, _ in answered], [majority_vote(other) for _, other in answered], confidence
        ),
        mode_agreement=compared(mode_agreement, no_pair),
        pairwise_agreement=compared(pairwise_agreement, no_pair),
        variance=paired_variance_components(
            [case_accuracy(case) for case in first],
            [case_accuracy(case) for case in second],
            confidence,
            resamples=resamples,
            seed=seed,
        ),
    )


def case_accuracy(case: Case) -> CaseMean | None:
    """Return the proportion of correct answers, an indeterminate one counted as not correct; None without answers."""
    return CaseMean(Fraction(_correct(case), len(case)), len(case)) if case else None


def worst_of(case: Case, k: int) -> CaseMean | None:
    """Return the probability that k of the case's answers are all correct; None where it has fewer than k.

    C(c, k) / C(n, k) for c correct answers of n, the proportion of all choices of k: unbiased, and 1 or 0 where n = k.
    Source: Yao et al., tau-bench, arXiv:2406.12045, 2024 (pass^k). Raises ValueError for k below 1.
    """
    return _of_k(case, k, _correct(case), complement=False)


def best_of(case: Case, k: int) -> CaseMean | None:
    """Return the probability that at least one of k of the case's answers is correct; None where it has fewer than k.

    1 - C(n - c, k) / C(n, k) for c correct answers of n: unbiased, and 1 or 0 where n = k. Source: Chen et al.,
    Evaluating Large Language Models Trained on Code, arXiv:2107.03374, 2021 (pass@k). Raises ValueError for k below 1.
    """
    return _of_k(case, k, len(case) - _correct(case), complement=True)


def _of_k(case: Case, k: int, count: int, *, complement: bool) -> CaseMean | None:
    if k < 1:
        raise ValueError(f"not a number of answers: {k}")
    if len(case) < k:
        return None
    every = Fraction(comb(count, k), comb(len(case), k))
    return CaseMean(1 - every if complement else every, len(case) / k)


def majority_vote(case: Case) -> Outcome:
    """Return the outcome of the answer that the case has most often; None (indeterminate) where two are as frequent.

    Indeterminate answers do not vote: where there is no other, the vote is indeterminate. A vote needs no majority of
    all answers. Source: Wang et al., Self-Consistency, arXiv:2203.11171, 2022.
    """
    ranked = _votes(case).most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0].outcome


def mode_agreement(case: Case) -> CaseMean | None:
    """Return the proportion of answers that agree with the case's mode; None where it has fewer than two answers.

    Modes that tie have the same proportion, so a tie needs no rule. An indeterminate answer counts as one that does
    not agree. Few answers bias it upwards: two that differ still give 1/2. Compare it only between runs with the same
    number of answers. `pairwise_agreement` has no such bias.
    """
    if len(case) < 2:
        return None
    return CaseMean(Fraction(max(_votes(case).values(), default=0), len(case)), len(case))


def pairwise_agreement(case: Case) -> CaseMean | None:
    """Return the proportion of pairs of the case's answers that agree; None where it has fewer than two answers.

    sum(c (c - 1)) / (n (n - 1)) over the different answers, each given c times of n: the unbiased estimate of the
    probability that two answers agree. Source: Simpson, Nature 1949;163:688.
    """
    if len(case) < 2:
        return None
    agreeing = sum(count * (count - 1) for count in _votes(case).values())
    return CaseMean(Fraction(agreeing, len(case) * (len(case) - 1)), len(case) / 2)


def _correct(case: Case) -> int:
    return sum(1 for answer in case if answer.outcome)


def _votes(case: Case) -> Counter[SampledAnswer]:
    return Counter(answer for answer in case if answer.outcome is not None)
