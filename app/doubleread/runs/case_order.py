"""The order in which models take the cases of a run."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence

from doubleread.domain.case import Case
from doubleread.domain.hashes import text_sha256
from doubleread.store import StudyFile


class Lane:
    """Cases in the order in which these models take them; a case starts on all of them at once.

    Looking at the first case, taking it, and putting any case first cost the same however many there are.
    """

    def __init__(self, models: Sequence[str], case_ids: Iterable[str]) -> None:
        self.models = tuple(models)
        self._queue = OrderedDict.fromkeys(case_ids)
        self._places = {case_id: place for place, case_id in enumerate(self._queue)}

    def __len__(self) -> int:
        return len(self._queue)

    def first(self) -> str:
        """Return the case that comes next. Raises StopIteration where there is none."""
        return next(iter(self._queue))

    def drop_first(self) -> None:
        """Take the first case off."""
        self._queue.popitem(last=False)

    def put_first(self, case_id: str) -> None:
        """Have a case come next, wherever it was."""
        self._queue[case_id] = None
        self._queue.move_to_end(case_id, last=False)

    def put_back(self, case_ids: Iterable[str]) -> None:
        """Take cases in again, all in the order of the beginning."""
        present = {*self._queue, *case_ids}
        self._queue = OrderedDict.fromkeys(sorted(present, key=self._places.__getitem__))


def lanes_for(study: StudyFile, missing: Mapping[str, Container[str]], *, together: bool) -> list[Lane]:
    """Return one lane for all models where they go together, else one for each, in the order that suits them.

    `missing` says by model which cases it lacks an answer to. Together they keep the study's order.
    """
    if together:
        order = [case_id for case_id in study.case_ids() if any(case_id in cases for cases in missing.values())]
        return [Lane(tuple(missing), order)]
    order = _by_prefix(study, missing.values())
    return [Lane([model_id], [case_id for case_id in order if case_id in cases]) for model_id, cases in missing.items()]


def _by_prefix(study: StudyFile, wanted: Collection[Container[str]]) -> list[str]:
    """Put cases whose prompts begin alike one behind the other, so that a model reads what they share only once.

    A group stands where its first case stands in the study, and keeps the study's order.
    """
    groups: dict[str, list[str]] = {}
    for case in study.cases():
        if any(case.id in cases for cases in wanted):
            groups.setdefault(_beginning(study, case), []).append(case.id)
    return [case_id for group in groups.values() for case_id in group]


def prompts_begin_alike(study: StudyFile) -> bool:
    """Say whether most cases' prompts begin with a text that another one's begins with too."""
    groups = Counter(_beginning(study, case) for case in study.cases())
    return sum(count for count in groups.values() if count > 1) * 2 > groups.total()


def _beginning(study: StudyFile, case: Case) -> str:
    return text_sha256(study.protocol.prompt.beginning(case))
