"""How far an answer states the fields of a case as the key does: precision, recall and F1 of the values."""

from __future__ import annotations

from collections.abc import Mapping

from doubleread.domain.case import Case
from doubleread.domain.score import Evidence, Outcome, Score
from doubleread.domain.wording import plural
from doubleread.scoring.field_comparison import Compared, compare
from doubleread.scoring.plain import visible_stretch, without_mark_up
from doubleread.scoring.refusals import is_refusal
from doubleread.scoring.rouge import rouge, words
from doubleread.scoring.stated_fields import StatedFields, stated_fields

SCORER = "extraction"
VERSION = "1"


def score_extraction(answer_text: str, case: Case, finish_reason: str = "stop") -> Score:
    """Return the measures of an answer, with the place of each value that it states.

    The outcome is "measured" where the answer states a field, also if it is cut off; else "refused", "truncated" or
    "unparsed", which counts as if no value were right. Never raises.
    """
    read = stated_fields(answer_text, case.values)
    cut_off = finish_reason == "length" or visible_stretch(answer_text)[2]
    if not read.fields:
        outcome, reason = _nothing_read(answer_text, cut_off=cut_off)
        return Score(SCORER, VERSION, outcome, None, reason, measures=_of_nothing(case))
    compared = {
        name: compare(key, read.fields.get(name), case.field_spec(name), name) for name, key in case.values.items()
    }
    evidence = [
        Evidence(piece.start, piece.end, f"{name}: {piece.text}", matches)
        for name, found in compared.items()
        for piece, matches in found.stated
        if piece.end > piece.start
    ]
    return Score(
        SCORER,
        VERSION,
        "measured",
        None,
        _reason(case, read, compared, cut_off=cut_off),
        measures=_measures(case, read, compared),
        evidence=tuple(sorted(evidence, key=lambda item: (item.start, item.end))),
    )


def field_measure(name: str, count: str) -> str:
    """Return the name of the measure that holds a count of one field: "tp", "fp", "fn" or "tn"."""
    return f"field:{name}:{count}"


def field_and_count(measure: str) -> tuple[str, str] | None:
    """Return the field and the count whose measure this is; None if it is another measure."""
    if not measure.startswith("field:"):
        return None
    name, _, count = measure.removeprefix("field:").rpartition(":")
    return name, count


def _nothing_read(answer_text: str, *, cut_off: bool) -> tuple[Outcome, str]:
    start, end, _ = visible_stretch(answer_text)
    plain = without_mark_up(answer_text, start, end).text
    if not plain.strip():
        return ("truncated", "truncated") if cut_off else ("unparsed", "empty")
    if is_refusal(plain):
        return "refused", "refused"
    return ("truncated", "truncated") if cut_off else ("unparsed", "states no field of the case")


def _of_nothing(case: Case) -> dict[str, float]:
    """Return the measures of an answer that states no field: it has no value right."""
    measures = {"extraction_accuracy": 0.0, "extraction_stated": 0.0}
    wanted = {name: len(key) if isinstance(key, tuple) else 1 for name, key in case.values.items() if key is not None}
    if sum(wanted.values()):
        measures |= {"extraction_f1": 0.0, "extraction_recall": 0.0}
    if _text_fields(case):
        measures["extraction_rouge1"] = 0.0
    return measures | {field_measure(name, "fn"): float(count) for name, count in wanted.items() if count}


def _text_fields(case: Case) -> dict[str, str]:
    """Return the texts of the key that are measured by ROUGE-1, by field; those without a word are left out."""
    return {
        name: key
        for name, key in case.values.items()
        if isinstance(key, str) and case.field_spec(name).compare == "text" and words(key)
    }


def _measures(case: Case, read: StatedFields, compared: Mapping[str, Compared]) -> dict[str, float]:
    found = compared.values()
    hits = sum(item.true_positives for item in found)
    wrong = sum(item.false_positives for item in found)
    missed = sum(item.false_negatives for item in found)
    absent = [name for name, key in case.values.items() if key is None]
    fractions = {
        "extraction_f1": (2 * hits, 2 * hits + wrong + missed),
        "extraction_precision": (hits, hits + wrong),
        "extraction_recall": (hits, hits + missed),
        "extraction_accuracy": (sum(item.right for item in found), len(compared)),
        "extraction_hallucinated": (sum(compared[name].hallucinated for name in absent), len(absent)),
        "extraction_stated": (len(read.fields), len(compared)),
    }
    measures = {name: part / whole for name, (part, whole) in fractions.items() if whole}
    if texts := _text_fields(case):
        stated = {name: "; ".join(read.fields[name].texts) for name in texts if name in read.fields}
        overlaps = [rouge(stated.get(name, ""), key)["rouge1"].f1 for name, key in texts.items()]
        measures["extraction_rouge1"] = sum(overlaps) / len(overlaps)
    for name, item in compared.items():
        counts = {
            "tp": item.true_positives,
            "fp": item.false_positives,
            "fn": item.false_negatives,
            "tn": item.true_negatives,
        }
        measures |= {field_measure(name, count): float(number) for count, number in counts.items() if number}
    return measures


def _reason(case: Case, read: StatedFields, compared: Mapping[str, Compared], *, cut_off: bool) -> str:
    right = sum(item.right for item in compared.values())
    parts = [f"{len(read.fields)} of {plural(len(case.values), 'field')} read from {read.form}, {right} as in the key"]
    hallucinated = [name for name, item in compared.items() if item.hallucinated]
    contradictory = [name for name, stated in read.fields.items() if stated.contradictory]
    if hallucinated:
        parts.append(f"stated, but not in the key: {', '.join(hallucinated)}")
    if contradictory:
        parts.append(f"stated twice, differently: {', '.join(contradictory)}")
    if read.restated:
        parts.append(f"stated again, the last counts: {', '.join(read.restated)}")
    if cut_off:
        parts.append("the answer is cut off")
    return "; ".join(parts)
