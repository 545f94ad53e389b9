"""p values of several comparisons, adjusted for their number; the same comparison in every group of cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from doubleread.statistics.estimates import Undefined
from doubleread.statistics.paired import McNemar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A p value, and the same adjusted for `comparisons` comparisons."""

    p: float
    holm: float
    benjamini_hochberg: float
    comparisons: int


def adjusted(p_values: Mapping[str, float | Undefined]) -> dict[str, Adjusted | Undefined]:
    """Return each p value, by name, with its adjusted values. Undefined ones do not count as comparisons.

    Holm's method is valid under any dependence of the tests, Benjamini and Hochberg's under positive dependence. Raises
    ValueError for what is not a probability.
    """
    given = {name: p for name, p in p_values.items() if not isinstance(p, Undefined)}
    listed = list(given.values())
    corrected = dict(zip(given, zip(holm(listed), benjamini_hochberg(listed), strict=True), strict=True))
    return {
        name: p if isinstance(p, Undefined) else Adjusted(p, *corrected[name], len(given))
        for name, p in p_values.items()
    }


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return Holm's adjusted p values, in the order given, which control the chance of any false positive.

    Source: Holm, Scand J Stat 1979;6:65-70. Raises ValueError for what is not a probability.
    """
    _check(p_values)
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return tuple(adjusted)


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return Benjamini and Hochberg's adjusted p values, in the order given, which control the false
    discovery rate.

    Source: Benjamini, Hochberg, J R Stat Soc B 1995;57:289-300. Raises ValueError for what is not a probability.
    """
    _check(p_values)
    adjusted, lowest = [0.0] * len(p_values), 1.0
    ranked = sorted(range(len(p_values)), key=p_values.__getitem__)
    for rank, index in reversed(list(enumerate(ranked, start=1))):
        lowest = min(lowest, p_values[index] * (len(p_values) / rank))
        adjusted[index] = lowest
    return tuple(adjusted)


def _check(p_values: Sequence[float]) -> None:
    if wrong := [p for p in p_values if not 0 <= p <= 1]:
        raise ValueError(f"not a probability: {wrong[0]}")


@dataclass(frozen=True, slots=True)
class Group(Generic[Result]):
    """One group: how many cases are in it, the comparison's result, and its adjusted p value (McNemar's: mid-p)."""

    name: str
    cases: int
    result: Result
    p: Adjusted | Undefined


def by_group(
    groups: Sequence[Iterable[str]],
    compare: Callable[[Sequence[int]], Result],
    test: Callable[[Result], McNemar | float | Undefined],
) -> tuple[Group[Result], ...]:
    """Compare in every group, by name. `groups` names the groups of each case: its tags, or its kind.

    `compare` gets the indices of a group's cases; `test` finds the test, or its p value, in what it returns. A case
    counts in each of its groups, once. Groups whose test is undefined do not count as comparisons (see `adjusted`).
    """
    members: dict[str, list[int]] = {}
    for index, names in enumerate(groups):
        for name in dict.fromkeys(names):
            members.setdefault(name, []).append(index)
    results = {name: compare(members[name]) for name in sorted(members)}
    tests = {name: test(result) for name, result in results.items()}
    p_values = adjusted({name: found.mid_p if isinstance(found, McNemar) else found for name, found in tests.items()})
    return tuple(Group(name, len(members[name]), result, p_values[name]) for name, result in results.items())
