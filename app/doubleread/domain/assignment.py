"""Assignment of cases to readers: randomised by a seed and balanced over readers and pairs of readers.

Every random choice is a SHA-256 of the seed and of its subject, so that a seed always gives the same plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from doubleread.domain.hashes import text_sha256
from doubleread.domain.study import Order

Plan = Literal["all", "proportion", "blocks"]
PLANS: tuple[Plan, ...] = ("all", "proportion", "blocks")
_MOST_EXCHANGES = 60_000


@dataclass(frozen=True, slots=True)
class WorklistItem:
    """One case in a reader's order. `repeat` is 1 for the second reading of a repeated case."""

    case_id: str
    repeat: int = 0


def as_items(case_ids: Iterable[str]) -> tuple[WorklistItem, ...]:
    """Return the items of a list of cases, in which a repeated case is listed twice."""
    seen: Counter[str] = Counter()
    items: list[WorklistItem] = []
    for case_id in case_ids:
        items.append(WorklistItem(case_id, seen[case_id]))
        seen[case_id] += 1
    return tuple(items)


def readers_needed(
    plan: Plan, case_ids: Sequence[str], readers: int, *, each: int, proportion: float, seed: int
) -> list[int]:
    """Return by how many readers each case is read.

    "all": by all. "blocks": by `each`. "proportion": a randomised `proportion` of the cases by `each`, the rest by one.
    """
    if plan == "all":
        return [readers] * len(case_ids)
    if plan == "blocks":
        return [each] * len(case_ids)
    shuffled = sorted(case_ids, key=lambda case_id: _random_key(seed, "proportion", case_id))
    several = set(shuffled[: round(proportion * len(case_ids))])
    return [each if case_id in several else 1 for case_id in case_ids]


def balanced_blocks(needed: Mapping[str, int], readers: Sequence[str], seed: int) -> dict[str, tuple[str, ...]]:
    """Return the readers of each case. `needed` says for each case how many it must have.

    The numbers of cases of any two readers differ by at most one. The numbers of cases that two readers share are as
    even as exchanges between cases make them: close to a balanced incomplete block design.
    """
    if any(not 1 <= count <= len(readers) for count in needed.values()):
        raise ValueError("each case needs at least one reader and at most all readers")
    load: Counter[str] = Counter()
    pairs: Counter[frozenset[str]] = Counter()
    blocks: dict[str, set[str]] = {}
    for case_id in sorted(needed, key=lambda case_id: (-needed[case_id], _random_key(seed, "case", case_id))):
        block: set[str] = set()
        while len(block) < needed[case_id]:
            open_readers = [reader for reader in readers if reader not in block]
            least = min(load[reader] for reader in open_readers)

            def cost(reader: str, block: set[str] = block, case_id: str = case_id) -> tuple[int, str]:
                return sum(pairs[frozenset((reader, other))] for other in block), _random_key(seed, case_id, reader)

            chosen = min((reader for reader in open_readers if load[reader] == least), key=cost)
            pairs.update(frozenset((chosen, other)) for other in block)
            block.add(chosen)
            load[chosen] += 1
        blocks[case_id] = block
    counts = [pairs[frozenset(pair)] for pair in combinations(readers, 2)]
    if counts and max(counts) > min(counts) + 1:
        # Otherwise no exchange makes them more even.
        _even_pairs(blocks, pairs, seed)
    return {case_id: tuple(reader for reader in readers if reader in blocks[case_id]) for case_id in needed}


def _even_pairs(blocks: dict[str, set[str]], pairs: Counter[frozenset[str]], seed: int) -> None:
    """Exchange readers between two cases while that makes the pairs more even; nobody's number of cases changes."""
    cases = sorted(blocks, key=lambda case_id: _random_key(seed, "exchange", case_id))
    tried = 0
    improved = True
    while improved and tried < _MOST_EXCHANGES:
        improved = False
        for one, other in combinations(cases, 2):
            for leaving in sorted(blocks[one] - blocks[other]):
                for coming in sorted(blocks[other] - blocks[one]):
                    tried += 1
                    if (
                        leaving in blocks[one]
                        and coming in blocks[other]
                        and _exchange(blocks[one], blocks[other], leaving, coming, pairs)
                    ):
                        improved = True
            if tried >= _MOST_EXCHANGES:
                return


def _exchange(one: set[str], other: set[str], leaving: str, coming: str, pairs: Counter[frozenset[str]]) -> bool:
    """Exchange two readers where that reduces the sum of squares of the pairs' counts."""
    change: Counter[frozenset[str]] = Counter()
    for block, gone, new in ((one, leaving, coming), (other, coming, leaving)):
        for reader in block - {gone}:
            change[frozenset((reader, gone))] -= 1
            change[frozenset((reader, new))] += 1
    if sum(2 * pairs[pair] * by + by * by for pair, by in change.items()) >= 0:
        return False
    for pair, by in change.items():
        pairs[pair] += by
    one.symmetric_difference_update((leaving, coming))
    other.symmetric_difference_update((leaving, coming))
    return True


def reading_order(
    case_ids: Sequence[str], reader_id: str, *, order: Order, repeat_proportion: float, seed: int
) -> list[str]:
    """Return the order in which a reader gets these cases, including repeats.

    At least half of the cases are between a case and its repeat, as far as the proportion of repeats allows.
    """
    listed = list(case_ids)
    if order == "randomised":
        listed.sort(key=lambda case_id: _random_key(seed, "order", reader_id, case_id))
    count = len(listed)
    wanted = round(repeat_proportion * count)
    early = listed[: max(wanted, (count + 1) // 2)]
    again = sorted(early, key=lambda case_id: _random_key(seed, "again", reader_id, case_id))[:wanted]
    first_places = {case_id: place for place, case_id in enumerate(listed)}
    places = [(float(place), case_id) for case_id, place in first_places.items()]
    for case_id in again:
        first = min(first_places[case_id] + count // 2, count - 1) + 0.5
        part = int(_random_key(seed, "place", reader_id, case_id)[:8], 16) / 16**8
        places.append((first + part * (count - first), case_id))
    return [case_id for _, case_id in sorted(places)]


def _random_key(seed: int, *words: str) -> str:
    return text_sha256("|".join((str(seed), *(f"{len(word)}:{word}" for word in words))))
