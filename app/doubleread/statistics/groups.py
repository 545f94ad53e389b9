"""The same comparison in every group of cases (by specialty, by kind), corrected for the number of groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from doubleread.statistics.comparisons import benjamini_hochberg, holm
from doubleread.statistics.estimates import Undefined
from doubleread.statistics.paired import McNemar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A p value, and what it comes to among `comparisons` of them."""

    p: float
    holm: float
    benjamini_hochberg: float
    comparisons: int


@dataclass(frozen=True, slots=True)
class Group(Generic[Result]):
    """One group: how many cases are in it, what the comparison found, and its mid-p value, corrected."""

    name: str
    cases: int
    result: Result
    p: Adjusted | Undefined


def by_group(
    groups: Sequence[Iterable[str]],
    compare: Callable[[Sequence[int]], Result],
    test: Callable[[Result], McNemar | Undefined],
) -> tuple[Group[Result], ...]:
    """Compare in every group, by name. `groups` names the groups of each case: its tags, or its kind.

    `compare` gets the indices of a group's cases; `test` finds the test in what it returns. A case counts in each of
    its groups, once. Groups whose test is undefined count as no comparison. Holm's correction holds however groups
    overlap; Benjamini and Hochberg's where their tests do not pull against each other.
    """
    members: dict[str, list[int]] = {}
    for index, names in enumerate(groups):
        for name in dict.fromkeys(names):
            members.setdefault(name, []).append(index)
    results = {name: compare(members[name]) for name in sorted(members)}
    tests = {name: test(result) for name, result in results.items()}
    p_values = {name: found.mid_p for name, found in tests.items() if isinstance(found, McNemar)}
    corrected = zip(holm(list(p_values.values())), benjamini_hochberg(list(p_values.values())), strict=True)
    adjusted = {
        name: Adjusted(p, *both, len(p_values)) for (name, p), both in zip(p_values.items(), corrected, strict=True)
    }
    return tuple(
        Group(name, len(members[name]), result, adjusted[name] if name in adjusted else _reason(tests[name]))
        for name, result in results.items()
    )


def _reason(test: McNemar | Undefined) -> Undefined:
    return test if isinstance(test, Undefined) else Undefined("the test gave no p value")
