"""The order in which models take the cases of a run."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence

from doubleread.domain.case import Case
from doubleread.domain.hashes import text_sha256
from doubleread.store import StudyFile


class CaseQueue:
    """Cases in the order in which some models take them; a case starts on all of these models at once.

    Reading the first case, removing it, and putting any case first take constant time.
    """

    def __init__(self, arms: Sequence[str], case_ids: Iterable[str]) -> None:
        self.arms = tuple(arms)
        self._queue = OrderedDict.fromkeys(case_ids)
        self._positions = {case_id: position for position, case_id in enumerate(self._queue)}

    def __len__(self) -> int:
        return len(self._queue)

    def first(self) -> str:
        """Return the next case. Raises StopIteration if there is none."""
        return next(iter(self._queue))

    def drop_first(self) -> None:
        """Remove the first case."""
        self._queue.popitem(last=False)

    def put_first(self, case_id: str) -> None:
        """Put a case first, wherever it was."""
        self._queue[case_id] = None
        self._queue.move_to_end(case_id, last=False)

    def put_back(self, case_ids: Iterable[str]) -> None:
        """Add cases again, and restore the original order."""
        present = {*self._queue, *case_ids}
        self._queue = OrderedDict.fromkeys(sorted(present, key=self._positions.__getitem__))


def case_queues(study: StudyFile, missing: Mapping[str, Container[str]], *, together: bool) -> list[CaseQueue]:
    """Return one queue for all models if they go together, in the study's order; else one for each model, by prefix.

    `missing` are the cases that each model has not answered.
    """
    if together:
        order = [case_id for case_id in study.case_ids() if any(case_id in cases for cases in missing.values())]
        return [CaseQueue(tuple(missing), order)]
    order = _by_prefix(study, missing.values())
    return [CaseQueue([arm_id], [case for case in order if case in cases]) for arm_id, cases in missing.items()]


def _by_prefix(study: StudyFile, wanted: Collection[Container[str]]) -> list[str]:
    """Put cases whose prompts begin alike in a row, so that a model reads their common beginning once.

    Groups and their cases keep the study's order.
    """
    groups: dict[str, list[str]] = {}
    for case in study.cases():
        if any(case.id in cases for cases in wanted):
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
