"""How far an answer says what the reference text says, by ROUGE."""

from __future__ import annotations

from doubleread.domain.case import Case
from doubleread.domain.score import Outcome, Score
from doubleread.scoring.plain import visible_stretch
from doubleread.scoring.rouge import PACKAGE, VARIANTS, rouge, words

SCORER = "rouge"
VERSION = f"1 ({PACKAGE})"

CLUE_VARIANTS = ("rouge1", "rouge2", "rougeL")
"""The variants in the published scoring of CLUE, which takes F1 without stemming."""

_READABLE = 0.5


def score_summary(answer_text: str, case: Case, finish_reason: str = "stop") -> Score:
    """Return the ROUGE of an answer against the case's reference text.

    The outcome is "measured", also for an answer that is cut off. An empty answer is "unparsed" or "truncated" and
    counts as 0. ROUGE reads only the letters a to z and digits: without measures is an answer whose reference is in
    another script, because ROUGE is undefined there. Reasoning is not read. No words are given as evidence: a word in
    common is no evidence that the answer says the same.
    """
    start, end, open_reasoning = visible_stretch(answer_text)
    answer = answer_text[start:end]
    cut_off = open_reasoning or finish_reason == "length"
    if fault := _unreadable("the reference", case.key):
        return Score(SCORER, VERSION, "unparsed", None, fault)
    measures = _measures(answer, case.key)
    if not answer.strip():
        outcome: Outcome = "truncated" if cut_off else "unparsed"
        return Score(SCORER, VERSION, outcome, None, "truncated" if cut_off else "empty", measures=measures)
    if fault := _unreadable("the answer", answer):
        return Score(SCORER, VERSION, "unparsed", None, f"{fault}; it counts as 0", measures=measures)
    reason = f"{len(words(answer))} words compared with {len(words(case.key))} of the reference"
    if cut_off:
        reason += "; the answer is cut off"
    return Score(SCORER, VERSION, "measured", None, reason, measures=measures)


def rouge_measure(variant: str, part: str, *, stemmed: bool = False) -> str:
    """Return the name of a measure, such as "rouge1_f1" or "rougeL_stem_recall"."""
    return f"{variant}{'_stem' if stemmed else ''}_{part}"


def _measures(answer: str, reference: str) -> dict[str, float]:
    measures = {}
    for stemmed in (False, True):
        overlaps = rouge(answer, reference, stemmed=stemmed)
        for variant in VARIANTS:
            overlap = overlaps[variant]
            for part, value in (("f1", overlap.f1), ("precision", overlap.precision), ("recall", overlap.recall)):
                measures[rouge_measure(variant, part, stemmed=stemmed)] = value
    return measures | {f"clue_{variant}": measures[rouge_measure(variant, "f1")] for variant in CLUE_VARIANTS}


def _unreadable(whose: str, text: str) -> str:
    """Return why ROUGE can't read a text; empty if it can."""
    signs = [sign for sign in text if sign.isalnum()]
    read = sum(sign.isascii() for sign in signs)
    if read and read >= _READABLE * len(signs):
        return ""
    return f"ROUGE reads only the letters a to z and digits, which are {read} of the {len(signs)} in {whose}"
