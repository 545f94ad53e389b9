"""What adjudicators have resolved, by case and model: adjudicated annotations, verdicts and preferences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from doubleread.domain.adjudication import Adjudication
from doubleread.domain.annotation import Annotation
from doubleread.domain.labels import LabelSet
from doubleread.read_model.cases import AnsweredCase
from doubleread.results.accuracy import Pair
from doubleread.results.readings import hallucinations, omissions, preferred, verdicts
from doubleread.results.rubric import overall_score
from doubleread.statistics import Hallucinating, PairedRates, Preferences
from doubleread.store import StudyFile


@dataclass(frozen=True, slots=True)
class AdjudicatedAnswer:
    """What is resolved of one answer. `annotations` have the hallucinations, `omissions` what it left out of the case.

    `verdict` is None if no reader gave one. `criteria` are the judgements of a rubric's criteria by their ids.
    """

    answer_id: str
    verdict: str | None
    annotations: tuple[Annotation, ...]
    omissions: tuple[Annotation, ...]
    criteria: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AdjudicatedCase:
    """What is resolved of one case. `answers` are by arm id.

    `preferred` is an arm's id, "tie", "both bad", or None if no reader stated a preference; `ratings` map the axes
    to an arm's id or "tie". `stale` says that a reading was corrected or committed since the case was resolved.
    """

    case_id: str
    adjudicator_id: str
    readings: int
    answers: Mapping[str, AdjudicatedAnswer]
    preferred: str | None = None
    ratings: Mapping[str, str] = field(default_factory=dict)
    stale: bool = False


@dataclass(frozen=True, slots=True)
class AdjudicatedEstimates:
    """The estimates of the resolved cases, each counted once, by its resolution."""

    cases: int
    hallucinations: Hallucinating
    omissions: Hallucinating
    verdicts: Mapping[str, PairedRates]
    preference: Preferences
    rubric: PairedRates


def adjudicated_estimates(cases: Sequence[AnsweredCase], arms: Pair, labels: LabelSet) -> AdjudicatedEstimates | None:
    """Count resolved cases; None if there are none."""
    if not cases:
        return None
    return AdjudicatedEstimates(
        cases=len(cases),
        hallucinations=hallucinations(cases, arms, labels),
        omissions=omissions(cases, arms, labels),
        verdicts=verdicts(cases, arms),
        preference=preferred(cases, arms),
        rubric=overall_score(cases, arms),
    )


def adjudicated(study: StudyFile) -> list[AdjudicatedCase]:
    """Return the cases that are resolved, in the study's order. Raises StudyFileError as `results` does."""
    study.expect_models("No results")
    resolved = {adjudication.case_id: adjudication for adjudication in study.adjudications.resolving()}
    return [_case(study, resolved[case_id]) for case_id in study.case_ids() if case_id in resolved]


def _case(study: StudyFile, adjudication: Adjudication) -> AdjudicatedCase:
    if adjudication.resolution is None:
        raise ValueError("a case is resolved by an override")
    held = adjudication.resolution.judgement(adjudication.answer_ids)
    arms = {answer.id: arm_id for arm_id, answer in study.answers.of_case(adjudication.case_id).items()}
    sides = {side: arms[answer_id] for side, answer_id in adjudication.answer_ids.items()}
    answers = {}
    for side, answer_id in adjudication.answer_ids.items():
        own = [annotation for annotation in held.annotations if annotation.answer_id == answer_id]
        answers[arms[answer_id]] = AdjudicatedAnswer(
            answer_id=answer_id,
            verdict=held.verdicts.get(side),
            annotations=tuple(annotation for annotation in own if annotation.in_answer),
            omissions=tuple(annotation for annotation in own if not annotation.in_answer),
            criteria={
                criterion_id: item.judgement
                for (judged_id, criterion_id), item in held.criteria.items()
                if judged_id == answer_id
            },
        )
    by_word: dict[str, str] = dict(sides.items())
    return AdjudicatedCase(
        case_id=adjudication.case_id,
        adjudicator_id=adjudication.adjudicator_id,
        readings=len(adjudication.readings),
        answers=answers,
        preferred=by_word.get(held.preference, held.preference) if held.preference is not None else None,
        ratings={axis: by_word.get(better, better) for axis, better in held.ratings.items()},
        stale=adjudication.stale(study.compared_readings(adjudication.case_id).values()),
    )
