"""Score summaries by alternative scorers that need a file of the user's: concepts of a list, and BERTScore.

Their scores are kept beside the primary ones. A later run with another file replaces them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from doubleread.domain.answer import Answer
from doubleread.domain.case import Case
from doubleread.domain.score import Score
from doubleread.errors import DoublereadError
from doubleread.runs.bertscore import BertScorer
from doubleread.runs.concept_lists import ConceptList
from doubleread.scoring.concepts import score_concepts
from doubleread.store import StudyFile


@dataclass(frozen=True, slots=True)
class Measured:
    """How many answers got a score, and how many of them have measures."""

    scored: int
    measured: int

    @classmethod
    def of(cls, scores: list[Score]) -> Measured:
        """Count scores."""
        return cls(len(scores), sum(bool(score.measures) for score in scores))


def measure_concepts(study: StudyFile, concepts: ConceptList) -> Measured:
    """Score every answer to a summary case by the concepts that it names."""
    scores = []
    for case, answer in _summaries(study):
        scores.append(score_concepts(answer.text, case, concepts.index, concepts.version))
        study.answers.replace_scores(answer.id, [scores[-1]])
    return Measured.of(scores)


def measure_bertscore(study: StudyFile, scorer: BertScorer) -> Measured:
    """Score every answer to a summary case by BERTScore, all of them in batches."""
    pairs = list(_summaries(study))
    scores = scorer.scores([(answer.text, case.key) for case, answer in pairs])
    for (_, answer), score in zip(pairs, scores, strict=True):
        study.answers.replace_scores(answer.id, [score])
    return Measured.of(scores)


def _summaries(study: StudyFile) -> Iterator[tuple[Case, Answer]]:
    found = [
        (case, answer)
        for case in study.cases()
        if case.kind == "summary"
        for answer in study.answers.all_of_case(case.id)
    ]
    if not found:
        raise DoublereadError(
            "Nothing to score", "the study has no answer to a case of kind summary", "generate or import answers first"
        )
    return iter(found)
