"""The cases that an adjudicator may resolve, and the state of each: its readings, their differences, the decisions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from doubleread.domain.adjudication import Adjudication, ComparedReading, ReadingHead, Resolution
from doubleread.domain.annotation import ANSWER
from doubleread.domain.blinding import SIDES, Side, randomised_order, randomised_sides
from doubleread.domain.case import Case
from doubleread.domain.comparison import Comparison, compare, count_differences, resolve
from doubleread.domain.documents import text_of_case
from doubleread.read_model.adjudicable import (
    adjudicable_case_ids,
    answer_ids_by_arm,
    last_changes,
    opened_case_ids,
    readings_to_compare,
)
from doubleread.store import StudyFile


@dataclass(frozen=True, slots=True)
class Adjudicable:
    """A case that two readers or more have committed. `stale`: a reading was corrected since it was adjudicated."""

    case_id: str
    title: str
    open_differences: int
    differences: int
    committed: bool
    stale: bool


@dataclass(frozen=True, slots=True)
class CaseState:
    """The state of a case for one adjudicator, on the current readings.

    `adjudication` is the stored one, or the one that a first decision would open; `opened` tells the two apart. `texts`
    are the answers by the adjudicator's sides.
    """

    adjudication: Adjudication
    comparison: Comparison
    opened: bool
    stale: bool
    case: Case
    texts: Mapping[Side, str]

    @property
    def committed(self) -> bool:
        """Whether it is resolved on the current readings."""
        return self.adjudication.committed and not self.stale

    @property
    def resolution(self) -> Resolution:
        """What is resolved by the decisions made so far."""
        by_answer = {self.adjudication.answer_ids[side]: text for side, text in self.texts.items()}
        return resolve(
            self.comparison,
            self.adjudication.decisions,
            lambda matter: (
                by_answer[str(matter.answer_id)]
                if matter.place == ANSWER
                else text_of_case(self.case, matter.place) or ""
            ),
        )


def case_state(study: StudyFile, adjudicator_id: str, case_id: str) -> CaseState:
    """Return the state of a case for an adjudicator. Raises KeyError if it does not have both answers."""
    compared = study.compared_readings(case_id)
    written = study.adjudications.load(adjudicator_id, case_id)
    answers = study.answers.of_case(case_id)
    adjudication = written
    if adjudication is None:
        order = randomised_sides(study.secret, adjudicator_id, case_id)
        arms = study.arms()
        adjudication = Adjudication(
            id=str(uuid.uuid4()),
            case_id=case_id,
            adjudicator_id=adjudicator_id,
            answer_ids={side: answers[arms[place].id].id for side, place in zip(SIDES, order, strict=True)},
            readings=(),
            label_set=study.protocol.label_set,
            protocol_sha256=study.protocol_sha256,
        )
    now = _numbered(study, adjudication, compared)
    texts = {answer.id: answer.text for answer in answers.values()}
    on_now = adjudication.on(now)
    return CaseState(
        adjudication=on_now,
        comparison=compare([compared[head.reading_id].reading for head in now], adjudication.answer_ids),
        opened=written is not None,
        stale=written is not None and written.stale(compared.values()),
        case=study.case(case_id),
        texts={side: texts[answer_id] for side, answer_id in adjudication.answer_ids.items()},
    )


def _numbered(
    study: StudyFile, adjudication: Adjudication, compared: Mapping[str, ComparedReading]
) -> tuple[ReadingHead, ...]:
    """Return the current readings, those that already have a number first."""
    before = [head.reading_id for head in adjudication.readings if head.reading_id in compared]
    new = compared.keys() - set(before)
    order = randomised_order(study.secret, adjudication.adjudicator_id, adjudication.case_id, new)
    return tuple(compared[reading_id].place for reading_id in (*before, *order))


_NEVER = (object(),)


@dataclass(slots=True)
class AdjudicableCases:
    """The cases that one adjudicator may resolve. The state of a case is cached until the log has news about it."""

    study: StudyFile
    adjudicator_id: str
    _known: dict[str, tuple[object, Adjudicable]] = field(default_factory=dict)

    def ids(self) -> list[str]:
        """Return the cases in the study's order, as `adjudicable_case_ids` does."""
        return adjudicable_case_ids(self.study, self.adjudicator_id)

    def listed(self, progress: Callable[[str, int, int], object] = lambda *_: None) -> list[Adjudicable]:
        """Return the cases in the study's order with their states. `progress` is told how many are compared."""
        marks = last_changes(self.study)
        ids = self.ids()
        changed = [case_id for case_id in ids if self._known.get(case_id, _NEVER)[0] != marks.get(case_id)]
        if changed:
            titles = self.study.case_titles()
            opened = opened_case_ids(self.study, self.adjudicator_id)
            for done, (case_id, found) in enumerate(self._states(changed, titles, opened)):
                progress("Comparing readings", done, len(changed))
                self._known[case_id] = marks.get(case_id), found
        return [self._known[case_id][1] for case_id in ids]

    def _states(
        self, case_ids: Sequence[str], titles: Mapping[str, str], opened: Collection[str]
    ) -> Iterator[tuple[str, Adjudicable]]:
        """Yield the state of each case. What the adjudicator has not opened needs no more than its readings."""
        answer_ids = answer_ids_by_arm(self.study)
        untouched = [case_id for case_id in case_ids if case_id not in opened]
        for case_id, readings in readings_to_compare(self.study, untouched):
            sides = dict(zip(SIDES, answer_ids[case_id], strict=True))
            differences = count_differences(readings, sides)
            title = titles[case_id] or case_id
            yield case_id, Adjudicable(case_id, title, differences, differences, committed=False, stale=False)
        for case_id in case_ids:
            if case_id in opened:
                yield case_id, self._adjudicable(case_id, titles[case_id] or case_id)

    def _adjudicable(self, case_id: str, title: str) -> Adjudicable:
        state = case_state(self.study, self.adjudicator_id, case_id)
        undecided = state.comparison.undecided(state.adjudication.decisions)
        differences = len(state.comparison.differences)
        return Adjudicable(case_id, title, len(undecided), differences, state.committed, state.stale)
