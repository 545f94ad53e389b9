"""What is known of each case, for both models in the order of the results: the list of cases behind a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from doubleread.read_model.judged import JudgedAnswer, JudgedCase, Marked

Lead = Literal["first", "second", "even"]
Place = Literal[0, 1]
"""Which of the two models: the first or the second of the results."""
PLACES: tuple[Place, Place] = (0, 1)


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """One model's answer to a case. `status`, `right` and `reviewed` are those of `JudgedAnswer`.

    `rank` is the place of the key's diagnosis, `overridden_by_person` whether a person has reviewed the score.
    `annotations` and `omissions` are what stands in committed readings, of which there are `readings`.
    """

    status: str
    correct: bool | None
    reviewed: bool
    rank: int | None
    readings: int
    annotations: tuple[Marked, ...]
    omissions: tuple[Marked, ...]
    verdicts: tuple[str, ...]
    overridden_by_person: bool = False


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """One case with both answers, None where one is missing. `number` counts from 1 in the study's order.

    `lead` says which model more of the case's readers preferred; None where nobody stated a preference. `axes` says the
    same by each axis that was rated. `again` are the readers to whom the case came a second time.
    """

    id: str
    number: int
    title: str
    kind: str
    specialty: str
    readers: int
    answers: tuple[AnswerFacts | None, AnswerFacts | None]
    lead: Lead | None
    axes: Mapping[str, Lead] = field(default_factory=dict)
    again: frozenset[str] = frozenset()

    @property
    def pair(self) -> str:
        """The field of the two-by-two table that the case is in, with indeterminate counted as wrong; ""
        outside of it.
        """
        one, other = self.answers
        if one is None or other is None or not (one.reviewed and other.reviewed):
            return ""
        if one.correct:
            return "both" if other.correct else "first_only"
        return "second_only" if other.correct else "neither"

    @property
    def read_both(self) -> bool:
        """Whether both answers have been read."""
        return all(facts is not None and facts.readings for facts in self.answers)


def case_facts(cases: Sequence[JudgedCase], models: tuple[str, str]) -> tuple[CaseFacts, ...]:
    """Return all cases in their order, with the answers in the order of these models' ids."""
    return tuple(
        CaseFacts(
            id=case.id,
            number=number,
            title=case.title or case.id,
            kind=case.kind,
            specialty=case.specialty,
            readers=case.readers,
            answers=(_facts(case.answers.get(models[0])), _facts(case.answers.get(models[1]))),
            lead=_lead(case, models, list(case.preferences.values())),
            axes=_axes(case, models),
            again=frozenset(said.reader_id for answer in case.answers.values() for said in answer.again),
        )
        for number, case in enumerate(cases, start=1)
    )


def _facts(answer: JudgedAnswer | None) -> AnswerFacts | None:
    if answer is None:
        return None
    return AnswerFacts(
        status=answer.status,
        correct=answer.correct,
        reviewed=answer.reviewed,
        rank=answer.place,
        overridden_by_person=answer.override is not None,
        readings=len(answer.judgements),
        annotations=answer.annotations,
        omissions=answer.omissions,
        verdicts=tuple(judgement.verdict for judgement in answer.judgements if judgement.verdict),
    )


def _lead(case: JudgedCase, models: tuple[str, str], chosen: Sequence[str]) -> Lead | None:
    if not chosen:
        return None
    first, second = (chosen.count(case.answers[model].id) if model in case.answers else 0 for model in models)
    return "even" if first == second else "first" if first > second else "second"


def _axes(case: JudgedCase, models: tuple[str, str]) -> dict[str, Lead]:
    given: dict[str, list[str]] = {}
    for rated in case.ratings.values():
        for axis, better in rated.items():
            given.setdefault(axis, []).append(better)
    return {axis: lead for axis, chosen in given.items() if (lead := _lead(case, models, chosen))}
