"""Score summaries by alternative scorers that need a file of the user's: concepts of a list, and BERTScore.

Their scores are kept beside the primary ones. A later run with another file replaces them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from doubleread.domain.answer import Answer
from doubleread.domain.case import Case
from doubleread.domain.score import Score
from doubleread.errors import DoublereadError
from doubleread.parallel import batched
from doubleread.runs.bertscore import BertScorer
from doubleread.runs.concept_lists import ConceptList
from doubleread.scoring.concepts import score_concepts
from doubleread.store import StudyFile

_WRITTEN_AT_ONCE = 500


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
    found = list(_summaries(study))
    return _written(
        study, found, [score_concepts(answer.text, case, concepts.index, concepts.version) for case, answer in found]
    )


def measure_bertscore(study: StudyFile, scorer: BertScorer) -> Measured:
    """Score every answer to a summary case by BERTScore, all of them in batches."""
    found = list(_summaries(study))
    return _written(study, found, scorer.scores([(answer.text, case.key) for case, answer in found]))


def _written(study: StudyFile, found: Sequence[tuple[Case, Answer]], scores: list[Score]) -> Measured:
    """Write the score of each answer, some hundred at a time; when this returns, all of them are in the file."""
    made = ((answer.id, [score]) for (_, answer), score in zip(found, scores, strict=True))
    for some in batched(made, _WRITTEN_AT_ONCE):
        study.answers.replace_all_scores(some)
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
