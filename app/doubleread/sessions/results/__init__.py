"""What a study has shown so far: one object with every figure, its interval, its n and its method. Nothing is guessed.

`results(study)` makes it from one state of the file. All pairs come in the order of `Results.models`; a difference is
the first model's figure less the second's. While a study is blind the models are "model 1" and "model 2", in an order
that the study's secret draws (see `doubleread.sessions.blinding`).
"""

from doubleread.sessions.blinding import Blindness, Unblinding, unblind
from doubleread.sessions.results.accuracy import Accuracy, AccuracyComparison
from doubleread.sessions.results.adjudicated import AdjudicatedAnswer, AdjudicatedCase, AdjudicatedFigures, adjudicated
from doubleread.sessions.results.agreement import ReadersAgreement
from doubleread.sessions.results.axes import AxisComparison
from doubleread.sessions.results.counting import (
    CaseOutcome,
    Findings,
    ModelResults,
    Progress,
    Results,
    counted_in_steps,
    results,
    results_and_cases,
)
from doubleread.sessions.results.diagnoses import Diagnoses
from doubleread.sessions.results.guesses import Guessed, Guesses
from doubleread.sessions.results.hallucinating import ComparedRates
from doubleread.sessions.results.labels import LabelAgreement
from doubleread.sessions.results.self_agreement import SelfAgreement
from doubleread.sessions.results.sentences import SentenceCounts, SentenceResults
from doubleread.sessions.results.versions import ProtocolVersion

__all__ = [
    "Accuracy",
    "AccuracyComparison",
    "AdjudicatedAnswer",
    "AdjudicatedCase",
    "AdjudicatedFigures",
    "AxisComparison",
    "Blindness",
    "CaseOutcome",
    "ComparedRates",
    "Diagnoses",
    "Findings",
    "Guessed",
    "Guesses",
    "LabelAgreement",
    "ModelResults",
    "Progress",
    "ProtocolVersion",
    "ReadersAgreement",
    "Results",
    "SelfAgreement",
    "SentenceCounts",
    "SentenceResults",
    "Unblinding",
    "adjudicated",
    "counted_in_steps",
    "results",
    "results_and_cases",
    "unblind",
]
