"""From an answer and a case to a score with its evidence. Pure: no files, no screen, no database, no model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from doubleread.domain.case import Case, CaseKind
from doubleread.domain.extraction import Extraction
from doubleread.domain.score import Score
from doubleread.scoring.choice import extract_choice, score_choice
from doubleread.scoring.coding import score_coding
from doubleread.scoring.diagnosis import propose_diagnosis
from doubleread.scoring.extraction import score_extraction
from doubleread.scoring.inference import score_inference
from doubleread.scoring.longhealth import clue_measures
from doubleread.scoring.summary import score_summary


def _score_diagnosis(answer_text: str, case: Case, finish_reason: str) -> Score:
    return propose_diagnosis(answer_text, case.key, case.accept, finish_reason)


def _score_choice(answer_text: str, case: Case, finish_reason: str) -> Score:
    score = score_choice(answer_text, case, finish_reason)
    return replace(score, measures=clue_measures(answer_text, case))


SCORERS: Mapping[CaseKind, Callable[[str, Case, str], Score]] = MappingProxyType(
    {
        "choice": _score_choice,
        "diagnosis": _score_diagnosis,
        "inference": score_inference,
        "summary": score_summary,
        "coding": score_coding,
        "extraction": score_extraction,
    }
)


def score(answer_text: str, case: Case, finish_reason: str = "stop") -> Score | None:
    """Return the score of an answer by the scorer for the case's kind; None if only people judge such answers.

    `finish_reason` is the answer's own.
    """
    scorer = SCORERS.get(case.kind)
    return None if scorer is None else scorer(answer_text, case, finish_reason)


__all__ = ["SCORERS", "Extraction", "extract_choice", "propose_diagnosis", "score", "score_choice"]
