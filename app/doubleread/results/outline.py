"""The outline of the results: all sections that there can be, in order.

To add a section, write a function that describes it in `doubleread.results.sections`, and list it here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from doubleread.domain.ordinal_scales import SCALES
from doubleread.results.counting import Results
from doubleread.results.section import Section
from doubleread.results.sections import (
    accuracy,
    answers,
    consensus,
    fields,
    hallucinations,
    judgements,
    long_cases,
    measures,
    readers,
    reliability,
    repeated_runs,
    retrieval,
    rubrics,
    training,
)

CHAPTERS: Mapping[str, str] = {
    "progress": "Progress",
    "accuracy": "Correct answers",
    "measures": "Measured answers",
    "retrieval": "Retrieval",
    "hallucinations": "Hallucinations",
    "sentences": "Sentences",
    "verdicts": "Verdicts and preference",
    "adjudicated": "Adjudicated",
    "agreement": "Agreement",
}
"""The chapters of the report's page. Versions of the protocol are in its Methods."""

SECTIONS: Mapping[str, Callable[[Results], Section | None]] = {
    "arms": answers.arms,
    "accuracy": accuracy.accuracy,
    "accuracy-by-kind": accuracy.by_kind,
    "accuracy-by-specialty": accuracy.by_specialty,
    "measures": measures.measures,
    "fields": fields.fields,
    "published-scoring": measures.published_scoring,
    "retrieval": retrieval.retrieval,
    "rubric": rubrics.scores,
    "repeated-runs": repeated_runs.repeated_runs,
    "longhealth": long_cases.longhealth,
    "documents": long_cases.documents,
    "diagnoses": answers.diagnoses,
    "words": answers.words,
    "hallucinations": hallucinations.hallucinations,
    "annotations-by-kind": hallucinations.rates_by_kind,
    "answers-with-annotation-by-kind": hallucinations.answers_by_kind,
    "annotations-by-specialty": hallucinations.rates_by_specialty,
    "answers-with-annotation-by-specialty": hallucinations.answers_by_specialty,
    "omissions": hallucinations.omissions,
    "sentences": judgements.sentences,
    "verdicts": judgements.verdicts,
    "preference": judgements.preference,
    "axes": judgements.axes,
    "answer-scales": judgements.answer_scales,
    **{scale.name: judgements.levels(scale) for scale in SCALES},
    "adjudicated": judgements.adjudicated,
    "inter-rater-reliability": reliability.inter_rater,
    "consensus-agreement": consensus.agreement,
    "consensus-revisions": consensus.revisions,
    "criteria-agreement": rubrics.agreement,
    "intra-rater-reliability": reliability.intra_rater,
    "intra-rater-over-time": reliability.over_time,
    "training": training.training,
    "versions": readers.versions,
    "readers": readers.progress,
    "blinding-assessment": readers.blinding_assessment,
}
"""Each section by its key, with the function that describes it, or returns None if there is nothing to show."""


def outline(results: Results) -> tuple[Section, ...]:
    """Return the sections of these results."""
    return tuple(section for describe in SECTIONS.values() if (section := describe(results)) is not None)
