"""Training of readers: cases with a reference judgement, how a reader's judgement is scored, and when they qualify."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from doubleread.domain.annotation import ANSWER, Place
from doubleread.domain.case import Case
from doubleread.domain.hashes import json_sha256, text_sha256
from doubleread.domain.spans import Span

TrainingMetric = Literal["training score", "span F1", "verdict agreement"]
TRAINING_METRICS: tuple[TrainingMetric, ...] = ("training score", "span F1", "verdict agreement")
ANSWERS = (0, 1)
"""The two answers of a training case, which belong to no arm. Files call them 1 and 2."""


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """What a reader must reach in the training cases before they read cases of the study.

    A reader qualifies when the mean of `metric` over all training cases is at least `threshold`. The set must have at
    least `minimum_cases`. `hidden_repeats` of them come again, unmarked, among the cases of the study.
    """

    metric: TrainingMetric = "training score"
    threshold: float = 0.8
    minimum_cases: int = 1
    hidden_repeats: int = 0


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another way to make a reference annotation. What is None is as in the reference."""

    category: str | None = None
    severity: str | None = None
    start: int | None = None
    end: int | None = None
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class ReferenceAnnotation:
    """An annotation that the reference makes. `answer` is 0 or 1; offsets are into the text of `place`.

    An `optional` one is neither missed where a reader leaves it out nor extra where a reader makes it.
    """

    answer: int
    start: int
    end: int
    quote: str
    category: str
    severity: str
    place: Place = ANSWER
    alternatives: tuple[Alternative, ...] = ()
    optional: bool = False

    @property
    def spans(self) -> tuple[Span, ...]:
        """Its span, and those of its alternatives."""
        own = Span(self.start, self.end)
        others = (
            Span(one.start, one.end) for one in self.alternatives if one.start is not None and one.end is not None
        )
        return tuple(dict.fromkeys((own, *others)))

    def accepted(self, rated: Literal["category", "severity"]) -> tuple[str, ...]:
        """Return the values of a rating that count as right, the reference's first."""
        others = (getattr(one, rated) for one in self.alternatives)
        return tuple(dict.fromkeys((getattr(self, rated), *(value for value in others if value))))


@dataclass(frozen=True, slots=True)
class TrainingCase:
    """A case with two fixed answers and the judgement that readers are trained to make.

    `verdicts` are by answer: the reference's, then others that count as right. `preference` is "1", "2", "tie",
    "both bad", or empty where the reference has none. `feedback` explains the reference.
    """

    case: Case
    answers: tuple[str, str]
    verdicts: tuple[tuple[str, ...], tuple[str, ...]]
    annotations: tuple[ReferenceAnnotation, ...] = ()
    preference: str = ""
    feedback: str = ""

    @property
    def id(self) -> str:
        """The id of its case."""
        return self.case.id

    @property
    def answer_ids(self) -> tuple[str, str]:
        """Ids of both answers, which look like those of a study's answers and follow from the texts."""
        first, second = (
            str(uuid.UUID(hex=text_sha256(f"training|{self.id}|{number}|{self.answers[number]}")[:32]))
            for number in ANSWERS
        )
        return first, second

    def judgement_record(self) -> dict[str, Any]:
        """Return all but the case as JSON."""
        return {
            "answers": list(self.answers),
            "verdicts": [list(accepted) for accepted in self.verdicts],
            "annotations": [asdict(annotation) for annotation in self.annotations],
            "preference": self.preference,
            "feedback": self.feedback,
        }

    @property
    def sha256(self) -> str:
        """Hash of case, answers and reference."""
        return json_sha256({"case": self.case.sha256, **self.judgement_record()})


def training_case_from_record(case: Case, record: Mapping[str, Any]) -> TrainingCase:
    """Rebuild a training case from its case and `TrainingCase.judgement_record`. Raises KeyError, TypeError or
    ValueError for what that does not return.
    """
    first, second = record["answers"]
    verdicts_first, verdicts_second = record["verdicts"]
    annotations = tuple(
        ReferenceAnnotation(**{**one, "alternatives": tuple(Alternative(**other) for other in one["alternatives"])})
        for one in record["annotations"]
    )
    return TrainingCase(
        case=case,
        answers=(str(first), str(second)),
        verdicts=(tuple(verdicts_first), tuple(verdicts_second)),
        annotations=annotations,
        preference=record["preference"],
        feedback=record["feedback"],
    )


def set_sha256(cases: Iterable[TrainingCase]) -> str:
    """Hash a set of training cases."""
    return json_sha256([case.sha256 for case in cases])


@dataclass(frozen=True, slots=True)
class TrainingScore:
    """How near a reader's judgement of a training case is to the reference.

    `span_f1` is twice the matched annotations, as a proportion of the reader's and the reference's; 1 where neither has
    any. `verdict_agreement` is the proportion of the two verdicts that are right. Both are 0 where the reader declined
    the case. Annotations that the reference calls optional do not count.
    """

    span_f1: float
    verdict_agreement: float
    matched: int = 0
    missed: int = 0
    extra: int = 0
    declined: bool = False

    def value(self, metric: TrainingMetric) -> float:
        """Return the score by a metric; the training score is the mean of the other two."""
        if metric == "span F1":
            return self.span_f1
        if metric == "verdict agreement":
            return self.verdict_agreement
        return (self.span_f1 + self.verdict_agreement) / 2


@dataclass(frozen=True, slots=True)
class TrainingAttempt:
    """A committed judgement of a training case. `round` counts from 1; it is 0 for a hidden repeat."""

    id: str
    reader_id: str
    case_id: str
    round: int
    reference_sha256: str
    score: TrainingScore
    at: str = ""

    @property
    def hidden(self) -> bool:
        """Whether the case came again, unmarked, among the cases of the study."""
        return self.round == 0


@dataclass(frozen=True, slots=True)
class TrainingRound:
    """One round: its cases, the attempts made, and the overall score once all are made.

    The overall score is the mean over all training cases of each one's newest attempt.
    """

    number: int
    case_ids: tuple[str, ...]
    attempts: Mapping[str, TrainingAttempt] = field(default_factory=dict)
    overall: float | None = None


def training_rounds(
    cases: Sequence[TrainingCase], attempts: Iterable[TrainingAttempt], plan: TrainingPlan
) -> list[TrainingRound]:
    """Return one reader's rounds; the last one is that in which they are, or in which they reached the threshold.

    The first round has all cases, later ones those whose newest score is below the threshold. Attempts at a case whose
    reference has changed do not count. Of several attempts at a case in one round, made in copies of the study, the
    earliest counts.
    """
    hashes = {case.id: case.sha256 for case in cases}
    made: dict[tuple[int, str], TrainingAttempt] = {}
    for attempt in sorted(attempts, key=lambda one: (one.at, one.id)):
        if not attempt.hidden and hashes.get(attempt.case_id) == attempt.reference_sha256:
            made.setdefault((attempt.round, attempt.case_id), attempt)
    rounds: list[TrainingRound] = []
    newest: dict[str, TrainingAttempt] = {}
    case_ids = tuple(hashes)
    while case_ids:
        number = len(rounds) + 1
        here = {case_id: made[number, case_id] for case_id in case_ids if (number, case_id) in made}
        newest |= here
        complete = len(here) == len(case_ids)
        overall = mean_score(newest.values(), plan.metric) if complete else None
        rounds.append(TrainingRound(number, case_ids, here, overall))
        if overall is None or passes(overall, plan):
            break
        case_ids = tuple(case_id for case_id in hashes if not passes(newest[case_id].score.value(plan.metric), plan))
    return rounds


def mean_score(attempts: Iterable[TrainingAttempt], metric: TrainingMetric) -> float:
    """Return the mean score of some attempts, at least one."""
    values = [attempt.score.value(metric) for attempt in attempts]
    return sum(values) / len(values)


def passes(value: float, plan: TrainingPlan) -> bool:
    """Return whether a score reaches the threshold."""
    return value >= plan.threshold - 1e-9


def training_order(secret: bytes, reader_id: str, case_ids: Iterable[str], number: int) -> tuple[str, ...]:
    """Return cases in the randomised order of a reader's round. Round 0 orders those that can come again hidden."""

    def key(case_id: str) -> bytes:
        message = f"training|{number}|{len(reader_id)}:{reader_id}|{case_id}".encode()
        return hmac.new(secret, message, hashlib.sha256).digest()

    return tuple(sorted(case_ids, key=key))


def among(secret: bytes, reader_id: str, items: int, case_ids: Sequence[str]) -> dict[str, int]:
    """Return before which of a reader's items each hidden repeat comes: in the second half, and never last."""
    first, last = items // 2, max(items - 1, 0)
    found = {}
    for case_id in case_ids:
        message = f"hidden|{len(reader_id)}:{reader_id}|{case_id}".encode()
        draw = int.from_bytes(hmac.new(secret, message, hashlib.sha256).digest()[:6], "big") / 2**48
        found[case_id] = first + int(draw * (last - first + 1))
    return found
