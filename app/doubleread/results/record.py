"""Results as JSON.

| key | what |
|---|---|
| study_id, title, cases | of the study |
| blindness | named: whether the models are named; reason; unblinded: every recorded unblinding |
| progress | answered by model; opened, committed, outside_field, active_seconds; read_by: cases by number of readers; readers |
| models | for each: name, sha256, role, answered, outcomes (the scorer's), overall, choice and diagnosis (right answers, and why others are not; reviewed: answers whose score a person reviewed; automatic: the proportion without that), annotations (counts), verdicts (counts), preferred |
| accuracy | both models on the same cases, by kind ("all" first): indeterminate answers as wrong and left out, each with table, first, second, difference, test |
| accuracy_by_kind, accuracy_by_specialty | the same in groups; p: mid-p, Holm, Benjamini-Hochberg |
| diagnoses | top: proportions by places; reviewed: answers; proposals: the scorer against people, by model; grades: answers by Bond's grade, by model; readers: their grades against reviewed ones |
| adjudicated | null, or of the adjudicated cases, each judged once: cases, and hallucinations, omissions, verdicts, preference as below |
| words | words an answer: first, second, difference |
| hallucinations, omissions | each_answer, each_100_words, by_category, by_severity (first, second, difference); first_with, second_with, paired_with |
| hallucinating_by_kind, hallucinating_by_specialty | proportions of answers with an annotation in groups; p as above |
| hallucination_rates_by_kind, hallucination_rates_by_specialty | annotations an answer in groups; p: randomisation test, Holm, Benjamini-Hochberg |
| sentences | counts by model: readings, whole, sentences, judged, by_judgement; faulty and by_judgement: proportions of judged sentences |
| verdicts | proportion of the readings of an answer, by verdict |
| preference | readings by preference; cases by model; proportion, net, sign_test |
| axes | for each axis of the protocol: found as in preference ("both bad" stays 0); p: sign test, Holm, Benjamini-Hochberg |
| inter_rater | labels: observed, cohen, fleiss, krippendorff, ac1 by subject; spans: the same words, the same stretches; matched: category and severity of the same stretch |
| intra_rater | of one reader, in cases that came twice: all (reader_id null), then each; as agreement |
| versions | of the protocol: number, sha256, since, reason, changed settings, readings, repeats |
| blinding_assessments | which answer is whose, as readers guessed: about (a role), all and by_reader: correct, incorrect, no_idea, skipped, proportion; index, index_by_side: Bang's |
| still_reading | cases left, by reader |
| warnings | what must be said beside the figures |

A figure is {value, interval: {low, high, confidence}, n, method}; a proportion has successes, low and high instead of
interval. A figure that does not exist is {undefined: why}; so is an interval.
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from doubleread.statistics import PairedTable, Proportion, Undefined


def as_json(value: Any) -> Any:
    """Return JSON for a tree of dataclasses, mappings and tuples."""
    if isinstance(value, Undefined):
        return {"undefined": value.reason}
    if is_dataclass(value):
        record = {item.name: as_json(getattr(value, item.name)) for item in fields(value)}
        if isinstance(value, Proportion):
            return {"value": value.value, **record, "method": value.method}
        return {**record, "n": value.n} if isinstance(value, PairedTable) else record
    if isinstance(value, Mapping):
        return {name: as_json(inner) for name, inner in value.items()}
    return [as_json(inner) for inner in value] if isinstance(value, tuple | list) else value
