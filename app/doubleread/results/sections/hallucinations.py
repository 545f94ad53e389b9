"""Annotations: hallucinations and omissions, together and in groups of cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from doubleread.results.cases_behind import Behind, Measure
from doubleread.results.counting import Results
from doubleread.results.hallucinating import ComparedRates
from doubleread.results.section import (
    Behinds,
    Count,
    Paired,
    Row,
    Section,
    arm_heads,
    differences_plot,
    drawn,
    group_section,
    pair,
    pairs_plot,
    proportions,
    rates,
)
from doubleread.statistics import Group, PairedProportions

CHAPTER = "hallucinations"


def behind(measure: Measure, name: str = "") -> Behinds:
    """Return the cases behind both models' annotations."""
    return Behind(measure, "", 0, name), Behind(measure, "", 1, name)


def hallucinations(results: Results) -> Section | None:
    """Annotations per answer and per 100 words, answers with any, and rates by severity and by category."""
    if not results.progress.committed:
        return None
    found = results.hallucinations
    counts = [arm.annotations for arm in results.arms]
    each = rates(
        "per-answer",
        "per answer",
        found.each_answer,
        behind=behind("annotations"),
        headline="hallucinations per answer",
    )
    each_100_words = rates("per-100-words", "per 100 words", found.each_100_words)
    with_any = proportions(
        "answers-with-any",
        "answers with any",
        found.paired_with,
        own=(found.first_with, found.second_with),
        paired=Paired(found.paired_with.table, "with one", "without", "Answers with at least one annotation"),
        behind=behind("annotations"),
        headline="answers with any",
    )
    severities = [
        rates(f"severity-{name}", name, compared, behind=behind("severity", name))
        for name, compared in found.by_severity.items()
    ]
    categories = [
        rates(f"category-{name}", name, compared, behind=behind("category", name))
        for name, compared in found.by_category.items()
    ]
    marked = Row(
        "annotations",
        "annotations",
        pair(*(Count(one.annotations, one.readings, "reading", "in") for one in counts)),
    )
    return Section(
        "hallucinations",
        "Hallucinations",
        CHAPTER,
        arm_heads(results),
        (marked, each, each_100_words, with_any, *severities, *categories),
        drawn(
            pairs_plot("annotations", "Annotations per answer", [each]),
            pairs_plot("annotations-100-words", "Annotations per 100 words", [each_100_words]),
            pairs_plot("answers-with-annotation", "Answers with at least one annotation", [with_any]),
            pairs_plot("annotations-by-severity", "Annotations per answer, by severity", severities),
            pairs_plot("annotations-by-category", "Annotations per answer, by category", categories),
            differences_plot("annotations-difference", "annotations per answer", [each, *severities, *categories]),
        ),
    )


def omissions(results: Results) -> Section | None:
    """Omissions per answer, together and by severity."""
    if not results.progress.committed:
        return None
    found = results.omissions
    counts = [arm.annotations for arm in results.arms]
    rows = [
        rates("per-answer", "per answer", found.each_answer, behind=behind("omissions")),
        *(
            rates(f"severity-{name}", name, compared, behind=behind("omissions", name))
            for name, compared in found.by_severity.items()
        ),
    ]
    marked = Row(
        "omissions", "omissions", pair(*(Count(one.omissions, one.readings, "reading", "in") for one in counts))
    )
    return Section(
        "omissions",
        "Omissions",
        CHAPTER,
        arm_heads(results),
        (marked, *rows),
        drawn(
            pairs_plot("omissions", "Omissions per answer", rows),
            differences_plot("omissions-difference", "omissions per answer", rows),
        ),
    )


def rates_by_kind(results: Results) -> Section | None:
    """Annotations per answer in each kind of case, with p values of the randomisation test, corrected."""
    return _rates(results, "kind", results.hallucination_rates_by_kind, lambda name: Behind("read", name))


def rates_by_specialty(results: Results) -> Section | None:
    """Annotations per answer in each specialty, with p values of the randomisation test, corrected."""
    return _rates(
        results, "specialty", results.hallucination_rates_by_specialty, lambda name: Behind("read", name=name)
    )


def answers_by_kind(results: Results) -> Section | None:
    """Answers with an annotation in each kind of case, with p values of McNemar's test, corrected."""
    return _proportions(results, "kind", results.hallucinating_by_kind)


def answers_by_specialty(results: Results) -> Section | None:
    """Answers with an annotation in each specialty, with p values of McNemar's test, corrected."""
    return _proportions(results, "specialty", results.hallucinating_by_specialty)


def _rates(
    results: Results, by: str, groups: Sequence[Group[ComparedRates]], cases: Callable[[str], Behind]
) -> Section | None:
    def row(group: Group[ComparedRates]) -> Row:
        found = group.result.each_answer
        return rates(group.name, group.name, found, p=group.p, difference_behind=cases(group.name))

    title, plot = f"Annotations per answer, by {by}", f"annotations per answer, by {by}"
    return group_section(results, CHAPTER, f"annotations-by-{by}", title, groups, row, plot)


def _proportions(results: Results, by: str, groups: Sequence[Group[PairedProportions]]) -> Section | None:
    def row(group: Group[PairedProportions]) -> Row:
        return proportions(group.name, group.name, group.result, p=group.p)

    title = f"Answers with an annotation, by {by}"
    return group_section(results, CHAPTER, f"answers-with-annotation-by-{by}", title, groups, row)
