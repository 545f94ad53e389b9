"""Judgements of single criteria: whether an answer meets what the rubric of its case lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from doubleread.domain.labels import Label
from doubleread.domain.spans import Span

MET, NOT_MET, CANNOT_TELL = "met", "not met", "cannot tell"
CRITERION_JUDGEMENTS: tuple[Label, ...] = (
    Label(MET, "1", "The answer does all that the criterion says, good or bad."),
    Label(NOT_MET, "2", "The answer does not do it, or only in part."),
    Label(CANNOT_TELL, "3", "I cannot tell; the score counts it as not met."),
)

CriterionPlace = tuple[str, str]
"""The answer's id and the criterion's."""


@dataclass(frozen=True, slots=True)
class LinkedWords:
    """Words of an answer on which a judgement rests, as code-point offsets into its text."""

    start: int
    end: int
    quote: str

    @property
    def span(self) -> Span:
        """Where they are in the answer's text."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class JudgedCriterion:
    """Whether an answer meets a criterion. `evidence` are words of the answer, where the reader linked some.

    An empty `judgement` clears an earlier one. `judged_at` is the time of its event, "" before that.
    """

    answer_id: str
    criterion_id: str
    judgement: str
    evidence: LinkedWords | None = None
    judged_at: str = field(default="", compare=False)

    @property
    def place(self) -> CriterionPlace:
        """What identifies it within a reading."""
        return self.answer_id, self.criterion_id

    def as_body(self) -> dict[str, Any]:
        """Return it as JSON for an event."""
        body = {"answer_id": self.answer_id, "criterion_id": self.criterion_id, "judgement": self.judgement}
        return body if self.evidence is None else {**body, "evidence": asdict(self.evidence)}


def criterion_from_body(body: Mapping[str, Any], at: str) -> JudgedCriterion:
    """Return what an event says of a criterion. Raises ValueError, TypeError or KeyError for any other body."""
    for name in ("answer_id", "criterion_id", "judgement"):
        if not isinstance(body.get(name), str):
            raise ValueError(f"no text in {name}")
    evidence = body.get("evidence")
    if evidence is not None and not (
        type(evidence["start"]) is type(evidence["end"]) is int and isinstance(evidence["quote"], str)
    ):
        raise ValueError("the evidence is not words of the answer")
    return JudgedCriterion(
        body["answer_id"],
        body["criterion_id"],
        body["judgement"],
        None if evidence is None else LinkedWords(**evidence),
        judged_at=at,
    )


def put_criterion(held: dict[CriterionPlace, JudgedCriterion], criterion: JudgedCriterion) -> None:
    """Add a judgement to earlier ones, in place of that of the same criterion; an empty one only removes that."""
    if criterion.judgement:
        held[criterion.place] = criterion
    else:
        held.pop(criterion.place, None)


def criteria_left(
    criterion_ids: Iterable[str], held: Mapping[CriterionPlace, JudgedCriterion], answer_id: str
) -> tuple[str, ...]:
    """Return the criteria that are not judged of an answer."""
    return tuple(criterion_id for criterion_id in criterion_ids if (answer_id, criterion_id) not in held)
