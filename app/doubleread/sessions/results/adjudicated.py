"""What arbiters have settled, by case and model: adjudicated findings, verdicts and preferences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from doubleread.domain.arbitration import Arbitration
from doubleread.domain.finding import Finding
from doubleread.domain.labels import LabelSet
from doubleread.sessions.judged import JudgedCase
from doubleread.sessions.results.accuracy import Pair
from doubleread.sessions.results.readings import hallucinations, omissions, preferred, verdicts
from doubleread.statistics import Hallucinating, PairedRates, Preferences
from doubleread.store import StudyFile


@dataclass(frozen=True, slots=True)
class AdjudicatedAnswer:
    """What is settled of one answer. `findings` have the hallucinations, `omissions` what it left out of the case.

    `verdict` is None where no reader gave one.
    """

    answer_id: str
    verdict: str | None
    findings: tuple[Finding, ...]
    omissions: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class AdjudicatedCase:
    """What is settled of one case. `answers` are by model id.

    `preferred` is a model's id, "tie", "both bad", or None where no reader stated a preference; `ratings` map the axes
    to a model's id or "tie". `stale` says that a reading was corrected or committed since the case was settled.
    """

    case_id: str
    arbiter_id: str
    readings: int
    answers: Mapping[str, AdjudicatedAnswer]
    preferred: str | None = None
    ratings: Mapping[str, str] = field(default_factory=dict)
    stale: bool = False


@dataclass(frozen=True, slots=True)
class AdjudicatedFigures:
    """The figures of the cases that are settled, each judged once, by what is settled of it.

    They stand beside those of the raw readings, which count every reader.
    """

    cases: int
    hallucinations: Hallucinating
    omissions: Hallucinating
    verdicts: Mapping[str, PairedRates]
    preference: Preferences


def adjudicated_figures(cases: Sequence[JudgedCase], models: Pair, labels: LabelSet) -> AdjudicatedFigures | None:
    """Count settled cases; None where there are none."""
    if not cases:
        return None
    return AdjudicatedFigures(
        cases=len(cases),
        hallucinations=hallucinations(cases, models, labels),
        omissions=omissions(cases, models, labels),
        verdicts=verdicts(cases, models),
        preference=preferred(cases, models),
    )


def adjudicated(study: StudyFile) -> list[AdjudicatedCase]:
    """Return the cases that are settled, in the study's order. Raises StudyFileError as `results` does."""
    study.expect_models("No results")
    settled = {arbitration.case_id: arbitration for arbitration in study.settled()}
    return [_case(study, settled[case_id]) for case_id in study.case_ids() if case_id in settled]


def _case(study: StudyFile, arbitration: Arbitration) -> AdjudicatedCase:
    if arbitration.settlement is None:
        raise ValueError("a case is settled by a settlement")
    held = arbitration.settlement.judgement(arbitration.answer_ids)
    models = {answer.id: model_id for model_id, answer in study.answers_of(arbitration.case_id).items()}
    sides = {side: models[answer_id] for side, answer_id in arbitration.answer_ids.items()}
    answers = {}
    for side, answer_id in arbitration.answer_ids.items():
        own = [finding for finding in held.findings if finding.answer_id == answer_id]
        answers[models[answer_id]] = AdjudicatedAnswer(
            answer_id=answer_id,
            verdict=held.verdicts.get(side),
            findings=tuple(finding for finding in own if finding.place == "answer"),
            omissions=tuple(finding for finding in own if finding.place == "case"),
        )
    by_word: dict[str, str] = dict(sides.items())
    return AdjudicatedCase(
        case_id=arbitration.case_id,
        arbiter_id=arbitration.arbiter_id,
        readings=len(arbitration.readings),
        answers=answers,
        preferred=by_word.get(held.preference, held.preference) if held.preference is not None else None,
        ratings={axis: by_word.get(better, better) for axis, better in held.ratings.items()},
        stale=arbitration.stale(study.compared_readings(arbitration.case_id).values()),
    )
