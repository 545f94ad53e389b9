"""A seeded grammar of model answers to multiple-choice cases, each composed to choose a known option or none."""

from __future__ import annotations

from answer_grammar.answer import ABSTENTIONS, GeneratedAnswer
from answer_grammar.grammar import FORMS, PARTS, generate
from answer_grammar.measure import Tally, calibration, measure
from answer_grammar.phrases import LANGUAGES

__all__ = [
    "ABSTENTIONS",
    "FORMS",
    "LANGUAGES",
    "PARTS",
    "GeneratedAnswer",
    "Tally",
    "calibration",
    "generate",
    "measure",
]
