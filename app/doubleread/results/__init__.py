"""The results of a study: one object with every estimate, its interval, its n and its method.

`results(study)` makes it from one state of the file. All pairs come in the order of `Results.models`; a difference is
the first model's figure less the second's. While a study is blind the models are "model 1" and "model 2", in an order
that the study's secret draws (see `doubleread.read_model.blinding`).
"""

from doubleread.read_model.blinding import Blindness, Unblinding, unblind
from doubleread.results.accuracy import Accuracy, AccuracyComparison
from doubleread.results.adjudicated import AdjudicatedAnswer, AdjudicatedCase, AdjudicatedFigures, adjudicated
from doubleread.results.axes import AxisComparison
from doubleread.results.blinding_assessment import AssessmentCounts, BlindingAssessments
from doubleread.results.counting import (
    Annotations,
    ModelResults,
    Progress,
    Results,
    counted_in_steps,
    results,
    results_and_cases,
)
from doubleread.results.diagnoses import Diagnoses
from doubleread.results.hallucinating import ComparedRates
from doubleread.results.labels import LabelAgreement
from doubleread.results.reliability import InterRaterReliability, IntraRaterReliability
from doubleread.results.sentences import SentenceCounts, SentenceResults
from doubleread.results.versions import ProtocolVersion

__all__ = [
    "Accuracy",
    "AccuracyComparison",
    "AdjudicatedAnswer",
    "AdjudicatedCase",
    "AdjudicatedFigures",
    "Annotations",
    "AssessmentCounts",
    "AxisComparison",
    "BlindingAssessments",
    "Blindness",
    "ComparedRates",
    "Diagnoses",
    "InterRaterReliability",
    "IntraRaterReliability",
    "LabelAgreement",
    "ModelResults",
    "Progress",
    "ProtocolVersion",
    "Results",
    "SentenceCounts",
    "SentenceResults",
    "Unblinding",
    "adjudicated",
    "counted_in_steps",
    "results",
    "results_and_cases",
    "unblind",
]
