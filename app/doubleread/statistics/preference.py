"""Which of two models readers prefer: wins, losses and ties, the sign test, and the net preference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from doubleread.statistics.binomial import two_sided_p
from doubleread.statistics.estimates import Estimate, Undefined
from doubleread.statistics.paired import PairedTable, paired_difference
from doubleread.statistics.proportions import Proportion, proportion

Preferred = Literal["first", "second", "tie", "both bad"]


@dataclass(frozen=True, slots=True)
class Preferences:
    """What readers preferred.

    `readings` counts readings. All else counts cases, since readings of the same case are not independent: a case
    counts for the model that more of its readers prefer, and is even if equal numbers prefer each, or nobody either.

    `proportion` is the first model's proportion of the cases that count for either; `net` is its cases minus the second
    model's, as a proportion of all cases. `sign_test` is the two-sided exact p value of equal preference.
    """

    readings: Mapping[Preferred, int]
    first: int
    second: int
    even: int
    proportion: Proportion | Undefined
    net: Estimate | Undefined
    sign_test: float | Undefined


def preferences(by_case: Sequence[Sequence[Preferred]], confidence: float = 0.95) -> Preferences:
    """Count preferences: for each case, what each of its readers preferred. Cases without a reading count nowhere.

    The net preference has Newcombe's paired interval. Raises ValueError for words that are no preference.
    """
    given = [preference for case in by_case for preference in case]
    names: tuple[Preferred, ...] = get_args(Preferred)
    if unknown := set(given).difference(names):
        raise ValueError(f"not a preference: {sorted(unknown)[0]!r}")
    leads = [case.count("first") - case.count("second") for case in by_case if case]
    first, second = sum(lead > 0 for lead in leads), sum(lead < 0 for lead in leads)
    even = len(leads) - first - second
    nothing = Undefined("no case went to either model" if leads else "no reading states a preference")
    net = paired_difference(PairedTable(0, first, second, even), confidence)
    return Preferences(
        readings={name: given.count(name) for name in names},
        first=first,
        second=second,
        even=even,
        proportion=proportion(first, first + second, confidence) if first + second else nothing,
        net=net if leads else nothing,
        sign_test=sign_test(first, second) if first + second else nothing,
    )


def sign_test(wins: int, losses: int) -> float | Undefined:
    """Return the two-sided exact p value of "wins and losses are as likely"; ties are left out.

    Source: Dixon, Mood, J Am Stat Assoc 1946;41:557-566. Raises ValueError for a count below zero.
    """
    if wins < 0 or losses < 0:
        raise ValueError(f"not counts: {wins} wins, {losses} losses")
    if wins + losses == 0:
        return Undefined("there are only ties")
    return two_sided_p(wins, wins + losses)
