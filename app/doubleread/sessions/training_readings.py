"""Training cases as a study that can be read: alone before the study, or hidden among its cases."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING

from doubleread.domain.answer import Answer
from doubleread.domain.arm import Arm
from doubleread.domain.assignment import WorklistItem
from doubleread.domain.background import Background
from doubleread.domain.case import Case
from doubleread.domain.documents import text_of_case
from doubleread.domain.events import EventDraft
from doubleread.domain.events.event_kind import EventKind
from doubleread.domain.events.reading_event import ReadingAggregate
from doubleread.domain.events.readings import ReadingOpened
from doubleread.domain.events.training import ReaderQualified, TrainingAttempted
from doubleread.domain.reading import Reading
from doubleread.domain.reading_checks import Texts
from doubleread.domain.score import Score
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.domain.training import (
    ANSWERS,
    TrainingAttempt,
    TrainingCase,
    TrainingPlan,
    TrainingRound,
    among,
    passes,
    set_sha256,
    training_order,
    training_rounds,
)
from doubleread.errors import StudyChangedError
from doubleread.store import StudyFile
from doubleread.store.log.training_log import TrainingPlace, TrainingReading
from doubleread.store.records import AskedAbout, ReadingSummary

if TYPE_CHECKING:
    from doubleread.statistics.training_score import TrainingComparison

HIDDEN = 0
"""The round of hidden repeats."""
Then = Callable[[TrainingCase, Reading, Sequence[TrainingAttempt]], Sequence[EventKind]]
"""What a commit writes besides, given the attempts of all readers before it."""


class TrainingReadings:
    """One reader's judgements of training cases, each saved when it is made."""

    def __init__(self, study: StudyFile, reader_id: str) -> None:
        self._study = study
        self._reader_id = reader_id
        self.cases: dict[str, TrainingCase] = {case.id: case for case in study.training.cases()}
        self._arms = study.arms()
        self._made: dict[str, TrainingReading] = {}
        self.read_again()

    def read_again(self) -> None:
        """Read what the log has now."""
        self._made = {place.training_id: made for place, made in self._study.training.begun(self._reader_id).items()}

    def attempts(self) -> list[TrainingAttempt]:
        """Return the reader's attempts, hidden repeats among them."""
        return [one for one in self._study.training.attempts() if one.reader_id == self._reader_id]

    def of_case(self, case_id: str) -> dict[str, Answer]:
        """Return both answers to a training case, as if the study's arms had written them."""
        training = self.cases[case_id]
        return {
            arm.id: Answer(training.answer_ids[number], case_id, arm.id, training.answers[number], "", "", "stop")
            for number, arm in zip(ANSWERS, self._arms, strict=True)
        }

    def answer(self, answer_id: str) -> tuple[Case, Answer] | None:
        """Return an answer to a training case, with the case; None if it is no such answer."""
        for training in self.cases.values():
            if answer_id in training.answer_ids:
                found = self.of_case(training.id).values()
                return training.case, next(answer for answer in found if answer.id == answer_id)
        return None

    def reading(self, case_id: str, number: int) -> Reading | None:
        """Return the reading of a case in a round; None if it was not opened.

        Of several, made in copies of the study, a committed one counts, and then that with most events.
        """
        found = [one for one in self._made.values() if (one.place.case_id, one.place.round) == (case_id, number)]
        readings = [(one, reading) for one in found if (reading := one.reading) is not None]
        if not readings:
            return None
        return max(readings, key=lambda pair: (pair[1].committed, pair[0].events, pair[1].id))[1]

    def owns(self, reading_id: str) -> bool:
        """Return whether a reading is one of a training case."""
        return reading_id in self._made

    def case_of(self, reading_id: str) -> TrainingCase:
        """Return the training case of a reading."""
        return self.cases[self._made[reading_id].place.case_id]

    def append(self, reading_id: str, drafts: Sequence[EventDraft], number: int, then: Then) -> Reading:
        """Save what the reader did with a training case. Raises as `StudyFile.append` does."""
        before = self._made.get(reading_id)
        if before is None:
            before = self._opened(reading_id, drafts[0], number)
        training = self.cases[before.place.case_id]
        reading_of = self._protocol_hash(before, drafts)
        after = self._study.training.append(
            before, drafts, _texts(training), self._study.protocol_of(reading_of), partial(then, training)
        )
        self._made[reading_id] = after
        reading = after.reading
        assert reading is not None
        return reading

    def _opened(self, reading_id: str, draft: EventDraft, number: int) -> TrainingReading:
        if draft.kind != ReadingOpened.kind:
            raise StudyChangedError("The training has changed", "this case is not open any more", "open it again")
        place = TrainingPlace(reading_id, self._reader_id, str(draft.body["case_id"]), number)
        return TrainingReading(place, 0, ReadingAggregate())

    def _protocol_hash(self, before: TrainingReading, drafts: Sequence[EventDraft]) -> str:
        reading = before.reading
        return reading.protocol_sha256 if reading is not None else str(drafts[0].body["protocol_sha256"])


def _compared(training: TrainingCase, reading: Reading) -> TrainingComparison:
    # Slow to import, and few studies have training.
    from doubleread.statistics.training_score import compare_with_reference

    return compare_with_reference(training, reading)


def _texts(training: TrainingCase) -> Texts:
    answers = dict(zip(training.answer_ids, training.answers, strict=True))
    criteria = tuple(criterion.id for criterion in training.case.criteria)
    return Texts(training.case.text, answers, partial(text_of_case, training.case), criteria)


def attempted(training: TrainingCase, reading: Reading, number: int) -> TrainingAttempted:
    """Return the event that a committed training case was scored."""
    compared = _compared(training, reading)
    sides = [reading.side_of(answer_id) for answer_id in training.answer_ids]
    return TrainingAttempted(
        training_id=reading.id,
        reader_id=reading.reader_id,
        training_case=training.id,
        round=number,
        reference_sha256=training.sha256,
        score=asdict(compared.score),
        seconds=reading.active_seconds,
        judgement={
            "annotations": [annotation.as_body() for annotation in reading.judgement.annotations],
            "verdicts": [reading.judgement.verdicts.get(side, "") for side in sides],
            "preference": _preferred(reading, sides),
        },
    )


def _preferred(reading: Reading, sides: Sequence[str]) -> str:
    """Return the preference as references name it: "1", "2", "tie", "both bad", or "" without one."""
    said = reading.judgement.preference
    if said is None:
        return ""
    return str(sides.index(said) + 1) if said in sides else said


class _Answers:
    """The answers of training cases, and those of the study for all others."""

    def __init__(self, study: StudyFile, training: TrainingReadings) -> None:
        self._study = study
        self._training = training

    def of_case(self, case_id: str) -> Mapping[str, Answer]:
        return (
            self._training.of_case(case_id) if case_id in self._training.cases else self._study.answers.of_case(case_id)
        )

    def by_id(self, answer_id: str) -> Answer:
        found = self._training.answer(answer_id)
        return found[1] if found is not None else self._study.answers.by_id(answer_id)

    def primary_score(self, answer_id: str) -> Score | None:
        found = self._training.answer(answer_id)
        if found is None:
            return self._study.answers.primary_score(answer_id)
        from doubleread.scoring import score  # slow to import, and few studies have training

        return score(found[1].text, found[0])

    def carried_redactions(self) -> Mapping[str, tuple[Span, ...]] | None:
        return self._study.answers.carried_redactions()


class _Readers:
    def __init__(self, study: StudyFile, items: Callable[[], tuple[WorklistItem, ...]]) -> None:
        self._study = study
        self._items = items

    def register(self, reader_id: str) -> None:
        self._study.readers.register(reader_id)

    def worklist(self, _reader_id: str) -> tuple[WorklistItem, ...]:
        return self._items()


class _ReadableTraining:
    """What both ways to read training cases have in common. Everything else is asked of the study."""

    def __init__(self, study: StudyFile, reader_id: str) -> None:
        self.study = self.file = study
        self.reader_id = reader_id
        self.training = TrainingReadings(study, reader_id)
        self.answers = _Answers(study, self.training)
        self.readers = _Readers(study, self.items)

    @abstractmethod
    def items(self) -> tuple[WorklistItem, ...]:
        """Return the reader's worklist."""

    @property
    def protocol(self) -> Protocol:
        """The protocol in force."""
        return self.study.protocol

    @property
    def protocol_sha256(self) -> str:
        """Its hash."""
        return self.study.protocol_sha256

    @property
    def split_reader(self) -> str | None:
        """The reader whose own file this is."""
        return self.study.split_reader

    def follow_protocol(self) -> bool:
        """Take over a protocol that another program has put in force."""
        return self.study.follow_protocol()

    def changed_elsewhere(self) -> bool:
        """Return whether another connection has written since the last call."""
        changed = self.study.changed_elsewhere()
        if changed:
            self.training.read_again()
        return changed

    def arms(self) -> tuple[Arm, Arm]:
        """Return the study's arms, in whose places the answers of training cases are."""
        return self.study.arms()

    def case(self, case_id: str) -> Case:
        """Return a training case, or one of the study."""
        found = self.training.cases.get(case_id)
        return self.study.case(case_id) if found is None else found.case

    def background_of(self, reader_id: str) -> Background | None:
        """Return what the reader has stated of themself."""
        return self.study.background_of(reader_id)

    def state_background(self, reader_id: str, background: Background) -> None:
        """Store what the reader states of themself."""
        self.study.state_background(reader_id, background)

    def close(self) -> None:
        """Close the study."""
        self.study.close()

    def _readings(self, case_ids: Sequence[str], number: int) -> list[tuple[Reading, Case]]:
        found = ((self.training.reading(case_id, number), self.case(case_id)) for case_id in case_ids)
        return [(reading, case) for reading, case in found if reading is not None]

    def _summaries(self, case_ids: Sequence[str], number: int) -> dict[str, ReadingSummary]:
        found = {case_id: self.training.reading(case_id, number) for case_id in case_ids}
        return {
            case_id: ReadingSummary(
                reading.id,
                case_id,
                reading.committed_at,
                len(reading.judgement.annotations),
                reading.active_seconds,
                reading.judgement.outside_field,
            )
            for case_id, reading in found.items()
            if reading is not None
        }


class TrainingStudy(_ReadableTraining):
    """The training cases of one reader's current round."""

    def __init__(self, study: StudyFile, reader_id: str) -> None:
        super().__init__(study, reader_id)
        self.number = self.current.number

    @property
    def plan(self) -> TrainingPlan:
        """What the reader must reach."""
        return self.study.protocol.training or TrainingPlan()

    @property
    def rounds(self) -> list[TrainingRound]:
        """The reader's rounds, that in which they are last."""
        return training_rounds(list(self.training.cases.values()), self.training.attempts(), self.plan)

    @property
    def current(self) -> TrainingRound:
        """The round in which the reader is."""
        return self.rounds[-1]

    @property
    def shown_round(self) -> TrainingRound:
        """The round on the screen, or the one that ended the training because the threshold was lowered meanwhile."""
        rounds = self.rounds
        return rounds[min(self.number, len(rounds)) - 1]

    def order_of(self, shown: TrainingRound) -> tuple[str, ...]:
        """Return the cases of a round in their randomised order."""
        return training_order(self.study.secret, self.reader_id, shown.case_ids, shown.number)

    def items(self) -> tuple[WorklistItem, ...]:
        """Return the cases of the round in their randomised order."""
        return tuple(map(WorklistItem, self.order_of(self.shown_round)))

    @property
    def secret(self) -> bytes:
        """What randomises the sides, differently in each round."""
        return hashlib.sha256(self.study.secret + f"|training {self.number}".encode()).digest()

    @property
    def protocol(self) -> Protocol:
        """The protocol in force, as it applies to answers that no arm wrote."""
        return _of_training(self.study.protocol)

    def protocol_of(self, sha256: str) -> Protocol:
        """Return a version of the protocol, as it applies here."""
        return _of_training(self.study.protocol_of(sha256))

    def further_readings(self) -> list[tuple[Reading, Case]]:
        """Return the readings of this round, with their cases."""
        return self._readings(list(self.training.cases), self.number)

    def case_titles(self) -> Mapping[str, str]:
        """Return the titles of the training cases."""
        return {case_id: training.case.title for case_id, training in self.training.cases.items()}

    def reading(self, _reader_id: str, case_id: str, _repeat: int = 0) -> Reading | None:
        """Return the reading of a case in this round."""
        return self.training.reading(case_id, self.number)

    def reading_summaries(self, _reader_id: str, repeat: int = 0) -> Mapping[str, ReadingSummary]:
        """Return summaries of the readings of this round."""
        return {} if repeat else self._summaries(list(self.training.cases), self.number)

    def asked_about(self, _reader_id: str) -> list[AskedAbout]:
        """Return nothing: readers are not asked which arm wrote these answers."""
        return []

    def asked_role(self) -> str:
        """Return an empty text, for the same reason."""
        return ""

    def append(self, _actor: str, reading_id: str, drafts: Sequence[EventDraft]) -> Reading:
        """Save what the reader did. The commit of the last case of a round that passes qualifies them."""
        return self.training.append(reading_id, drafts, self.number, self._then)

    def _then(self, training: TrainingCase, reading: Reading, before: Sequence[TrainingAttempt]) -> list[EventKind]:
        event = attempted(training, reading, self.number)
        own = [one for one in before if one.reader_id == self.reader_id]
        made = TrainingAttempt(
            reading.id,
            self.reader_id,
            training.id,
            self.number,
            training.sha256,
            _compared(training, reading).score,
            reading.updated_at,
        )
        passed = self.passed([*own, made])
        return [event] if passed is None else [event, passed]

    def passed(self, attempts: Sequence[TrainingAttempt]) -> ReaderQualified | None:
        """Return the event that qualifies the reader if these attempts of theirs reach the threshold."""
        cases = list(self.training.cases.values())
        after = training_rounds(cases, attempts, self.plan)[-1]
        if after.overall is None or not passes(after.overall, self.plan):
            return None
        return ReaderQualified(
            reader_id=self.reader_id,
            how="passed",
            overall=after.overall,
            threshold=self.plan.threshold,
            metric=self.plan.metric,
            rounds=after.number,
            cases=len(cases),
            set_sha256=set_sha256(cases),
        )

    def comparison(self, reading: Reading) -> tuple[TrainingCase, TrainingComparison]:
        """Return a reading's training case, and how the reading compares with the reference."""
        training = self.training.case_of(reading.id)
        return training, _compared(training, reading)

    def next_round(self) -> None:
        """Go to the round in which the reader is now."""
        self.number = self.current.number


class WithHiddenRepeats(_ReadableTraining):
    """A study in which training cases come again among its cases. They look like all others."""

    def __init__(self, study: StudyFile, reader_id: str) -> None:
        super().__init__(study, reader_id)
        self._hidden = self._chosen()

    def _chosen(self) -> tuple[str, ...]:
        """Return which training cases come again: of those that the reader was trained with, begun ones first."""
        plan = self.study.protocol.training
        trained = {one.case_id for one in self.training.attempts() if not one.hidden} & self.training.cases.keys()
        ordered = training_order(self.study.secret, self.reader_id, trained, HIDDEN)
        begun = [case_id for case_id in ordered if self.training.reading(case_id, HIDDEN) is not None]
        wanted = [*begun, *(case_id for case_id in ordered if case_id not in begun)]
        return tuple(wanted[: max(plan.hidden_repeats if plan else 0, len(begun))])

    @property
    def hides_any(self) -> bool:
        """Whether a training case comes again."""
        return bool(self._hidden)

    def items(self) -> tuple[WorklistItem, ...]:
        """Return the reader's worklist in the study, with the hidden repeats."""
        items = list(self.study.readers.worklist(self.reader_id))
        places = among(self.study.secret, self.reader_id, len(items), self._hidden)
        for case_id, place in sorted(places.items(), key=lambda one: (one[1], one[0]), reverse=True):
            items.insert(place, WorklistItem(case_id))
        return tuple(items)

    @property
    def secret(self) -> bytes:
        """What randomises the sides."""
        return self.study.secret

    def protocol_of(self, sha256: str) -> Protocol:
        """Return a version of the protocol."""
        return self.study.protocol_of(sha256)

    def further_readings(self) -> list[tuple[Reading, Case]]:
        """Return the readings of hidden repeats, with their cases."""
        return self._readings(self._hidden, HIDDEN)

    def case_titles(self) -> Mapping[str, str]:
        """Return no titles: they would reveal the repeats."""
        return {}

    def reading(self, reader_id: str, case_id: str, repeat: int = 0) -> Reading | None:
        """Return the reading of a case."""
        if case_id in self.training.cases:
            return self.training.reading(case_id, HIDDEN)
        return self.study.reading(reader_id, case_id, repeat)

    def reading_summaries(self, reader_id: str, repeat: int = 0) -> Mapping[str, ReadingSummary]:
        """Return summaries of the readings."""
        own = self.study.reading_summaries(reader_id, repeat)
        return own if repeat else {**own, **self._summaries(self._hidden, HIDDEN)}

    def asked_about(self, reader_id: str) -> list[AskedAbout]:
        """Return the readings that the blinding assessment can ask about."""
        return self.study.asked_about(reader_id)

    def asked_role(self) -> str:
        """Return the role about which readers are asked."""
        return self.study.asked_role()

    def append(self, actor: str, reading_id: str, drafts: Sequence[EventDraft]) -> Reading:
        """Save what the reader did."""
        opened = drafts[0].body.get("case_id") if drafts[0].kind == ReadingOpened.kind else None
        if self.training.owns(reading_id) or opened in self.training.cases:
            return self.training.append(
                reading_id, drafts, HIDDEN, lambda training, reading, _: [attempted(training, reading, HIDDEN)]
            )
        return self.study.append(actor, reading_id, drafts)


def _of_training(protocol: Protocol) -> Protocol:
    return replace(protocol, reveal_names=False, blinding_assessment="never")
