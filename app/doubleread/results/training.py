"""How readers were trained: rounds, scores at qualification, and drift measured by hidden repeats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doubleread.domain.events.training import ReaderQualified
from doubleread.domain.training import (
    TrainingAttempt,
    TrainingCase,
    TrainingMetric,
    TrainingPlan,
    training_rounds,
)
from doubleread.read_model.training import attempts_by_reader
from doubleread.statistics import PairedScores, paired_scores
from doubleread.store import StudyFile


@dataclass(frozen=True, slots=True)
class TrainedReader:
    """One reader's training. `attempts` counts judgements of training cases, `hidden` those of hidden repeats.

    `first` is the overall score of the first round, `overall` that at qualification; None where there is none.
    """

    reader_id: str
    attempts: int
    rounds: int
    hidden: int
    first: float | None
    overall: float | None
    qualified: bool
    waived: bool


@dataclass(frozen=True, slots=True)
class TrainingResults:
    """The training of a study's readers by a metric and its threshold. `cases` counts the training cases in force.

    `drift` compares the scores of hidden repeats, as first, with those of the same readers and cases at qualification;
    its n counts pairs of a reader and a case, and its bootstrap is over readers.
    """

    metric: TrainingMetric
    threshold: float
    cases: int
    readers: tuple[TrainedReader, ...]
    drift: PairedScores | None

    @property
    def trained(self) -> tuple[TrainedReader, ...]:
        """The readers who judged training cases."""
        return tuple(reader for reader in self.readers if reader.attempts)


def training_results(study: StudyFile) -> TrainingResults | None:
    """Return how readers were trained; None where nobody was trained and no training was waived."""
    attempts, qualified = attempts_by_reader(study), study.training.qualified()
    people = [reader_id for reader_id in study.readers.ids() if reader_id in attempts or reader_id in qualified]
    if not people:
        return None
    plan, cases = study.protocol.training or TrainingPlan(), study.training.cases()
    return TrainingResults(
        metric=plan.metric,
        threshold=plan.threshold,
        cases=len(cases),
        readers=tuple(_reader(one, attempts.get(one, []), qualified.get(one), cases, plan) for one in people),
        drift=_drift({one: attempts.get(one, []) for one in people}, plan),
    )


def _reader(
    reader_id: str,
    attempts: Sequence[TrainingAttempt],
    qualified: ReaderQualified | None,
    cases: Sequence[TrainingCase],
    plan: TrainingPlan,
) -> TrainedReader:
    own = [attempt for attempt in attempts if not attempt.hidden]
    rounds = training_rounds(cases, own, plan)
    return TrainedReader(
        reader_id=reader_id,
        attempts=len(own),
        rounds=max((attempt.round for attempt in own), default=0),
        hidden=len(attempts) - len(own),
        first=rounds[0].overall if rounds else None,
        overall=qualified.overall if qualified is not None else None,
        qualified=qualified is not None and qualified.how == "passed",
        waived=qualified is not None and qualified.how == "waived",
    )


def _drift(by_reader: Mapping[str, Sequence[TrainingAttempt]], plan: TrainingPlan) -> PairedScores | None:
    again: list[float] = []
    before: list[float] = []
    readers: list[str] = []
    for reader, attempts in by_reader.items():
        newest: dict[str, TrainingAttempt] = {}
        for attempt in attempts:
            known = newest.get(attempt.case_id)
            if not attempt.hidden and (known is None or attempt.round >= known.round):
                newest[attempt.case_id] = attempt
        for attempt in attempts:
            if attempt.hidden and attempt.case_id in newest:
                again.append(attempt.score.value(plan.metric))
                before.append(newest[attempt.case_id].score.value(plan.metric))
                readers.append(reader)
    return paired_scores(again, before, readers=readers) if again else None
