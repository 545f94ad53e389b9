"""The same comparison in every group of cases (by specialty, by kind), corrected for the number of groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from doubleread.statistics.comparisons import Adjusted, adjusted
from doubleread.statistics.estimates import Undefined
from doubleread.statistics.paired import McNemar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Group(Generic[Result]):
    """One group: how many cases are in it, what the comparison found, and its p value, corrected (McNemar's: mid-p)."""

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
    counts in each of its groups, once. Groups whose test is undefined count as no comparison (see `adjusted`).
    """
    members: dict[str, list[int]] = {}
    for index, names in enumerate(groups):
        for name in dict.fromkeys(names):
            members.setdefault(name, []).append(index)
    results = {name: compare(members[name]) for name in sorted(members)}
    tests = {name: test(result) for name, result in results.items()}
    p_values = adjusted({name: found.mid_p if isinstance(found, McNemar) else found for name, found in tests.items()})
    return tuple(Group(name, len(members[name]), result, p_values[name]) for name, result in results.items())
