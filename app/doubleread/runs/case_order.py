"""The order in which models take the cases of a run."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from doubleread.domain.case import Case
from doubleread.domain.hashes import text_sha256
from doubleread.store import StudyFile


class CaseSample(NamedTuple):
    """One of the answers to a case, the same one of each arm: 0 is the first."""

    case_id: str
    sample: int = 0


class CaseQueue:
    """Answers to cases in the order in which some arms give them; all of these arms start an answer at once.

    Reading the first item, removing it, and putting any item first take constant time.
    """

    def __init__(self, arms: Sequence[str], items: Iterable[CaseSample]) -> None:
        self.arms = tuple(arms)
        self._queue = OrderedDict.fromkeys(items)
        self._positions = {item: position for position, item in enumerate(self._queue)}

    def __len__(self) -> int:
        return len(self._queue)

    def first(self) -> CaseSample:
        """Return the next item. Raises StopIteration if there is none."""
        return next(iter(self._queue))

    def drop_first(self) -> None:
        """Remove the first item."""
        self._queue.popitem(last=False)

    def put_first(self, item: CaseSample) -> None:
        """Put an item first, wherever it was."""
        self._queue[item] = None
        self._queue.move_to_end(item, last=False)

    def put_back(self, items: Iterable[CaseSample]) -> None:
        """Add items again, and restore the original order."""
        present = {*self._queue, *items}
        self._queue = OrderedDict.fromkeys(sorted(present, key=self._positions.__getitem__))


def case_queues(study: StudyFile, missing: Mapping[str, Collection[CaseSample]], *, together: bool) -> list[CaseQueue]:
    """Return one queue for all arms if they go together, in the study's order; else one for each arm, by prefix.

    `missing` are the answers that each arm has not given. The first answers to all cases precede the later ones; those
    to one case are in a row, because they have the same prompt.
    """
    wanted = {item for items in missing.values() for item in items}
    case_ids = study.case_ids() if together else _by_prefix(study, {item.case_id for item in wanted})
    places = {case_id: place for place, case_id in enumerate(case_ids)}
    order = sorted(wanted, key=lambda item: (item.sample > 0, places[item.case_id], item.sample))
    if together:
        return [CaseQueue(tuple(missing), order)]
    return [CaseQueue([arm_id], [item for item in order if item in items]) for arm_id, items in missing.items()]


def _by_prefix(study: StudyFile, wanted: Collection[str]) -> list[str]:
    """Put cases whose prompts begin alike in a row, so that a model reads their common beginning once.

    Groups and their cases keep the study's order.
    """
    groups: dict[str, list[str]] = {}
    for case in study.cases():
        if case.id in wanted:
            groups.setdefault(_beginning(study, case), []).append(case.id)
    return [case_id for group in groups.values() for case_id in group]


def prompts_begin_alike(study: StudyFile) -> bool:
    """Return whether most cases share the beginning of their prompt with another case."""
    if any(arm.prompt_of(study.protocol).examples for arm in study.arms()):
        return True
    groups = Counter(_beginning(study, case) for case in study.cases())
    return sum(count for count in groups.values() if count > 1) * 2 > groups.total()


def _beginning(study: StudyFile, case: Case) -> str:
    return text_sha256(study.protocol.prompt.beginning(case))
