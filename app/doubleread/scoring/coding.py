"""Score the ICD-10-CM codes of an answer against those of the key.

Codes are compared as sets, in their normal form. An answer without a code has an F1, a precision and a recall of 0;
what is a mean over its codes is left out.

The hierarchical measures are those of Kiritchenko et al. (Learning and evaluation in the presence of class hierarchies,
2006), as Kosmopoulos et al. (Evaluation measures for hierarchical classification, 2015) describe them: both sets are
augmented with all ancestors of their codes, here up to the chapter and without the root, and precision, recall and F1
are computed of the augmented sets. The distance is the number of steps between two codes in the tree over their nearest
common ancestor; each code of the answer counts with its nearest code of the key. `icd10_code_set.path` says where codes
that do not exist are.

The measures of the variant "clue" repeat `eval/eval_MeDiSumCode.py` and `eval/utils.py` of CLUE (github TIO-IKIM/CLUE,
MIT) with their defects: the regular expression misses U07.1, C7A.1 and lower case, and reads "B12" in "vitamin B12";
repeated codes count in the precision; no code at all counts as a proportion of valid codes of 0. They look codes up in
the release below, not in the older one of that code.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from statistics import fmean

from doubleread.domain.case import Case
from doubleread.domain.score import Evidence, Outcome, Score
from doubleread.scoring.icd10_code_set import RELEASE, category, distance, exists, is_billable, normal_form, path
from doubleread.scoring.icd10_codes import ReadCode, assigned, read_codes
from doubleread.scoring.icd10_forms import readable
from doubleread.scoring.plain import visible_stretch
from doubleread.scoring.refusals import is_refusal

SCORER = "coding"
VERSION = f"1, ICD-10-CM {RELEASE}"

_CLUE_CODE = re.compile(r"\b[A-TV-Z][0-9]{2}(?:\.?[0-9A-Z]{1,4})?\b")


def score_coding(answer_text: str, case: Case, finish_reason: str = "stop") -> Score:
    """Return the measures of an answer to a case of kind "coding", with a span of evidence for each code in it.

    `chosen` has the answer's codes in their order. Codes that are rejected, or only mark a range, are in the evidence,
    and match nothing. Raises ValueError for a case of another kind.
    """
    if case.kind != "coding":
        raise ValueError(f"case {case.id} is of kind {case.kind}, not coding")
    key = [normal_form(code) for code in case.codes]
    _, _, open_reasoning = visible_stretch(answer_text)
    cut_off = open_reasoning or finish_reason == "length"
    read = read_codes(answer_text, cut_off=cut_off)
    codes = assigned(read)
    measures = {**measures_of(codes, key), **clue_measures(answer_text, case.codes)}
    evidence = tuple(_evidence(item, codes, key) for item in read)
    outcome, reason = _outcome(answer_text, codes, read, cut_off=cut_off)
    counted = [item for item in evidence if item.matches is not None]
    start, end = (counted[0].start, counted[0].end) if counted else (None, None)
    chosen = ", ".join(codes) or None
    return Score(SCORER, VERSION, outcome, chosen, reason, start, end, measures=measures, evidence=evidence)


def measures_of(codes: Collection[str], key: Collection[str]) -> dict[str, float]:
    """Return our measures of an answer's codes in their normal form, by the names of `metrics.METRICS`."""
    precision, recall, f1 = _agreement(codes, key)
    tree_precision, tree_recall, tree_f1 = _agreement(_augmented(codes), _augmented(key))
    measures = {
        "code_f1": f1,
        "code_precision": precision,
        "code_recall": recall,
        "category_f1": _agreement(map(category, codes), map(category, key))[2],
        "tree_f1": tree_f1,
        "tree_precision": tree_precision,
        "tree_recall": tree_recall,
    }
    if codes:
        measures["tree_distance"] = fmean(min(distance(code, wanted) for wanted in key) for code in codes)
        measures["valid_codes"] = fmean(map(exists, codes))
        measures["billable_codes"] = fmean(map(is_billable, codes))
    return measures


def clue_measures(answer_text: str, key: Iterable[str]) -> Mapping[str, float]:
    """Return the measures of an answer as CLUE's code computes them, by the names of `metrics.METRICS`."""
    read = [code.replace(".", "") for code in _CLUE_CODE.findall(answer_text)]
    wanted = [code.replace(".", "") for code in key]
    precision = sum(code in wanted for code in read) / len(read) if read else 0.0
    recall = sum(code in read for code in wanted) / len(wanted)
    near_precision, near_recall, near_f1 = _agreement(map(category, read), map(category, wanted))
    return {
        "clue_code_f1": _harmonic(precision, recall),
        "clue_code_precision": precision,
        "clue_code_recall": recall,
        "clue_category_f1": near_f1,
        "clue_category_precision": near_precision,
        "clue_category_recall": near_recall,
        "clue_valid_codes": fmean(exists(normal_form(code)) for code in read) if read else 0.0,
    }


def _agreement(found: Iterable[str], wanted: Iterable[str]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of two sets; 0 where there is nothing to divide by."""
    here, there = set(found), set(wanted)
    both = len(here & there)
    precision = both / len(here) if here else 0.0
    recall = both / len(there) if there else 0.0
    return precision, recall, _harmonic(precision, recall)


def _harmonic(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _augmented(codes: Iterable[str]) -> set[str]:
    return {step for code in codes for step in path(code)}


def _evidence(item: ReadCode, codes: Collection[str], key: Collection[str]) -> Evidence:
    if item.use == "assigned" and item.code in codes:
        return Evidence(item.start, item.end, item.code, item.code in key)
    why = "rejected" if item.use == "assigned" else item.use
    return Evidence(item.start, item.end, f"{item.code} ({why})")


def _outcome(
    answer_text: str, codes: Collection[str], read: Iterable[ReadCode], *, cut_off: bool
) -> tuple[Outcome, str]:
    if codes:
        return "measured", "cut off" if cut_off else ""
    text = readable(answer_text).text
    if is_refusal(text):
        return "refused", "refused"
    if cut_off:
        return "truncated", "truncated"
    if not text.strip():
        return "unparsed", "empty"
    return "unparsed", "rejects every code" if any(item.use == "rejected" for item in read) else "names no code"


__all__ = ["SCORER", "VERSION", "clue_measures", "measures_of", "score_coding"]
