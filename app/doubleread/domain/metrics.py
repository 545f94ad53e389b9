"""The measures of answers that are neither correct nor incorrect, and how they are aggregated over cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from doubleread.domain.case import CaseKind
from doubleread.domain.longhealth import TASKS, clue_measure
from doubleread.domain.rubric import LENGTH_ADJUSTED, RUBRIC

Aggregate = Literal["mean", "clipped mean"]
Variant = Literal["", "clue"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A measure of one answer.

    `name` is its key in `Score.measures`. `aggregate` says how it becomes the estimate of an arm: the mean over cases,
    or that mean clipped to 0 and 1. `lowest` and `highest` are its bounds, None if it has none. A `headline` metric
    represents its kind in comparisons of studies. `higher_is_better` is None where neither is. `part_of` names the
    metric that it is a part of, as precision is of F1, and below which it is shown.

    Metrics of the variant "clue" repeat the published scoring of the CLUE benchmark (github TIO-IKIM/CLUE) with its
    defects, so that published values can be shown beside them. Their mean counts the first case twice, as that code
    does, except where it `counts_once`.
    """

    name: str
    label: str
    kind: CaseKind
    about: str
    aggregate: Aggregate = "mean"
    variant: Variant = ""
    lowest: float | None = 0.0
    highest: float | None = 1.0
    headline: bool = False
    higher_is_better: bool | None = True
    part_of: str = ""
    counts_once: bool = False


def _named(metrics: Iterable[Metric]) -> Mapping[str, Metric]:
    return {metric.name: metric for metric in metrics}


_CHOICE = tuple(
    Metric(
        clue_measure(task),
        f"LongHealth task {task}, accuracy",
        "choice",
        '1 if the first "The correct answer is X:" in the answer names the key, else 0; the key is the first option'
        f" that contains the correct text{'; any other answer counts as a hallucination' if task == 3 else ''}",
        variant="clue",
        counts_once=True,
    )
    for task in TASKS
)
_INFERENCE = (
    Metric(
        "clue_accuracy",
        "accuracy",
        "inference",
        "1 if the key's label is in the answer exactly once, ignoring case, else 0; a denied label counts too",
        variant="clue",
        headline=True,
    ),
)
_ROUGE = {
    "rouge1": ("ROUGE-1", "single words in common"),
    "rouge2": ("ROUGE-2", "pairs of adjacent words in common"),
    "rougeL": ("ROUGE-L", "longest common subsequence of words"),
    "rougeLsum": ("ROUGE-Lsum", "longest common subsequences by line"),
}
_PARTS = {
    "f1": ("F1", "harmonic mean of precision and recall"),
    "precision": ("precision", "as a proportion of the answer"),
    "recall": ("recall", "as a proportion of the reference"),
}
_SUMMARY = (
    *(
        Metric(
            f"{name}{stem}_{part}",
            f"{'stemmed ' if stem else ''}{label} {of}",
            "summary",
            f"{about}{', after Porter stemming' if stem else ''}; {of_what}",
            headline=(name, stem, part) == ("rougeL", "", "f1"),
            part_of="" if part == "f1" else f"{name}{stem}_f1",
        )
        for part, (of, of_what) in _PARTS.items()
        for stem in ("", "_stem")
        for name, (label, about) in _ROUGE.items()
    ),
    Metric("concept_f1", "concept F1", "summary", "F1 of the listed concepts that answer and reference name, as sets"),
    Metric(
        "concept_precision",
        "concept precision",
        "summary",
        "proportion of the answer's concepts that the reference names",
        part_of="concept_f1",
    ),
    Metric(
        "concept_recall",
        "concept recall",
        "summary",
        "proportion of the reference's concepts that the answer names",
        part_of="concept_f1",
    ),
    Metric(
        "bertscore_f1",
        "BERTScore F1",
        "summary",
        "similarity of contextual token embeddings: harmonic mean of precision and recall; not rescaled",
        lowest=None,
    ),
    Metric(
        "bertscore_precision",
        "BERTScore precision",
        "summary",
        "mean similarity of the answer's tokens to the most similar token of the reference",
        lowest=None,
        part_of="bertscore_f1",
    ),
    Metric(
        "bertscore_recall",
        "BERTScore recall",
        "summary",
        "mean similarity of the reference's tokens to the most similar token of the answer",
        lowest=None,
        part_of="bertscore_f1",
    ),
    *(
        Metric(f"clue_{name}", f"{_ROUGE[name][0]} F1", "summary", f"{_ROUGE[name][1]}; F1", variant="clue")
        for name in ("rouge1", "rouge2", "rougeL")
    ),
)
_CODING = (
    Metric("code_f1", "code F1", "coding", "harmonic mean of precision and recall of the codes", headline=True),
    Metric(
        "code_precision",
        "code precision",
        "coding",
        "proportion of the answer's codes that are in the key",
        part_of="code_f1",
    ),
    Metric(
        "code_recall",
        "code recall",
        "coding",
        "proportion of the key's codes that are in the answer",
        part_of="code_f1",
    ),
    Metric("category_f1", "category F1", "coding", "F1 of the codes' first three characters"),
    Metric("tree_f1", "tree F1", "coding", "F1 of the codes together with all codes, blocks and chapters above them"),
    Metric(
        "tree_precision",
        "tree precision",
        "coding",
        "precision of the codes together with everything above them",
        part_of="tree_f1",
    ),
    Metric(
        "tree_recall",
        "tree recall",
        "coding",
        "recall of the codes together with everything above them",
        part_of="tree_f1",
    ),
    Metric(
        "tree_distance",
        "steps to the key",
        "coding",
        "mean number of steps in the code tree from each of the answer's codes to the nearest code of the key",
        highest=None,
        higher_is_better=False,
    ),
    Metric("valid_codes", "valid codes", "coding", "proportion of the answer's codes that are in the code set"),
    Metric(
        "billable_codes", "billable codes", "coding", "proportion of the answer's codes that have no code below them"
    ),
    Metric(
        "clue_code_f1",
        "exact F1",
        "coding",
        "F1 of the codes that CLUE's regular expression reads; repeated codes count in the precision",
        variant="clue",
        headline=True,
    ),
    Metric("clue_code_precision", "exact precision", "coding", "precision of those codes", variant="clue"),
    Metric("clue_code_recall", "exact recall", "coding", "recall of those codes", variant="clue"),
    Metric(
        "clue_category_f1",
        "3-character F1",
        "coding",
        "F1 of the first three characters of the codes that CLUE's regular expression reads",
        variant="clue",
    ),
    Metric(
        "clue_category_precision",
        "3-char precision",
        "coding",
        "precision of those first three characters",
        variant="clue",
    ),
    Metric("clue_category_recall", "3-char recall", "coding", "recall of those first three characters", variant="clue"),
    Metric(
        "clue_valid_codes",
        "valid codes",
        "coding",
        "proportion of the codes read by CLUE's regular expression that are in the code set; 0 if it reads none",
        variant="clue",
    ),
)
_EXTRACTION = (
    Metric(
        "extraction_f1",
        "field F1",
        "extraction",
        "harmonic mean of precision and recall of an answer's values; undefined where neither has any",
        headline=True,
    ),
    Metric(
        "extraction_precision",
        "field precision",
        "extraction",
        "proportion of the stated values that are in the key",
        part_of="extraction_f1",
    ),
    Metric(
        "extraction_recall",
        "field recall",
        "extraction",
        "proportion of the key's values that are stated",
        part_of="extraction_f1",
    ),
    Metric(
        "extraction_accuracy",
        "fields as in the key",
        "extraction",
        "proportion of fields; includes those without a value in both",
    ),
    Metric(
        "extraction_hallucinated",
        "hallucinated values",
        "extraction",
        "proportion of the fields without a value in the key for which the answer states one",
        higher_is_better=False,
    ),
    Metric(
        "extraction_rouge1",
        "ROUGE-1 F1 of texts",
        "extraction",
        'mean over the fields compared as "text" that have a value in the key; 0 for one that the answer leaves out',
    ),
    Metric(
        "extraction_stated",
        "fields stated",
        "extraction",
        "proportion of fields that the answer names, with a value or as not stated",
        higher_is_better=None,
    ),
)
_RUBRIC: tuple[Metric, ...] = (
    Metric(
        RUBRIC,
        "rubric score",
        "rubric",
        "points of the criteria that readers judge to be met, negative ones included, as a proportion of the sum of"
        " positive points, as HealthBench computes it: the mean over readers for an answer, which can be negative; the"
        ' mean over cases is clipped to 0 and 1. A criterion judged "cannot tell" counts as not met.',
        aggregate="clipped mean",
        lowest=None,
        headline=True,
    ),
    Metric(
        LENGTH_ADJUSTED,
        "rubric score, length-adjusted",
        "rubric",
        "the rubric score minus 0.0147 for every 500 characters by which the answer exceeds 2,000, as HealthBench"
        " Professional adjusts it; shorter answers gain. Not clipped.",
        lowest=None,
        highest=None,
    ),
)

METRICS: Mapping[str, Metric] = _named((*_CHOICE, *_INFERENCE, *_SUMMARY, *_CODING, *_EXTRACTION, *_RUBRIC))
"""All metrics by name, in the order in which they are shown."""
