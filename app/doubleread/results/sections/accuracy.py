"""Correct answers: by kind of case and by specialty."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import cast

from doubleread.domain.answer_status import ANSWER_STATUSES, INDETERMINATE
from doubleread.domain.case import CaseKind
from doubleread.results.accuracy import ALL_KINDS, Accuracy, AccuracyComparison
from doubleread.results.cases_behind import Behind, Measure
from doubleread.results.counting import Results
from doubleread.results.scales import PROPORTION
from doubleread.results.section import (
    Bar,
    Bars,
    Behinds,
    Count,
    Counts,
    Paired,
    Part,
    Row,
    Section,
    Value,
    arm_heads,
    differences_plot,
    drawn,
    group_section,
    pair,
    pairs_plot,
    proportions,
)
from doubleread.statistics import Group, PairedAccuracy

CHAPTER = "accuracy"


def accuracy(results: Results) -> Section | None:
    """Both arms' correct answers by kind of case, indeterminate ones counted as incorrect and left out."""
    if not any(results.progress.answered):
        return None
    if not (compared := _compared(results)):
        return None
    rows = [_of_kind(results, item) for item in compared]
    kinds = [replace(row, label=row.key) for row in rows]
    determinate = [replace(below, label=row.key) for row in rows for below in row.below if below.key == "determinate"]
    compared_twice = [*kinds, *(replace(row, label=f"{row.label}, determinate only") for row in determinate)]
    return Section(
        "accuracy",
        "Correct answers",
        CHAPTER,
        arm_heads(results),
        tuple(rows),
        drawn(
            pairs_plot("accuracy", "Correct answers, indeterminate ones counted as incorrect", kinds),
            pairs_plot("accuracy-determinate", "Correct answers, indeterminate ones left out", determinate),
            differences_plot("accuracy-difference", "correct answers, same cases", compared_twice),
        ),
        (Bars("answer-statuses", "Status of every answer", tuple(_statuses(results, compared))),),
    )


def _compared(results: Results) -> Sequence[AccuracyComparison]:
    """Return the kinds of case that the study has; all kinds together only if there are several."""
    found = [item for item in results.accuracy if item.cases]
    return found[1:] if len(found) == 2 else found


def _both(results: Results, kind: str) -> tuple[Accuracy, Accuracy]:
    first, second = (arm.overall if kind == ALL_KINDS else arm.by_kind[cast(CaseKind, kind)] for arm in results.arms)
    return first, second


def _behind(measure: Measure, kind: str) -> Behinds:
    kind = "" if kind == "all" else kind
    return Behind(measure, kind, 0), Behind(measure, kind, 1)


def _of_kind(results: Results, item: AccuracyComparison) -> Row:
    both = _both(results, item.kind)
    one, other = both
    pairs = Behind("pair", "" if item.kind == "all" else item.kind)
    label = f"correct, {'all kinds' if item.kind == 'all' else item.kind}"
    below: list[Row] = []
    if any(accuracy.unparsed + accuracy.refused + accuracy.truncated for accuracy in both):
        determinate = proportions(
            "determinate",
            "determinate only",
            item.paired.indeterminate_left_out,
            own=(one.indeterminate_left_out, other.indeterminate_left_out),
            paired=Paired(item.paired.indeterminate_left_out.table),
            behind=_behind("clear", item.kind),
        )
        if not item.paired.indeterminate:
            determinate = Row(determinate.key, determinate.label, determinate.cells)
        below += [determinate, Row("indeterminate", "indeterminate", pair(*map(_indeterminate, both)))]
    if any(accuracy.reviewed for accuracy in both):
        first, second = _behind("reviewed", item.kind)
        below.append(
            Row(
                "reviewed",
                "reviewed scores",
                pair(
                    Count(one.reviewed, one.answered, behind=first),
                    Count(other.reviewed, other.answered, behind=second),
                ),
            )
        )
        # Of a diagnosis the automatic score alone says neither correct nor incorrect: there the readers' words count.
        alone = "automatic only" if item.kind == "choice" else "without review"
        values = (Value(accuracy.automatic, PROPORTION) for accuracy in both)
        below.append(Row("automatic", alone, pair(*values)))
    for name in ("pending", "disputed", "unscored"):
        if any(getattr(accuracy, name) for accuracy in both):
            below.append(Row(name, name, pair(*(Count(getattr(own, name), own.answered) for own in both))))
    return proportions(
        item.kind,
        label,
        item.paired.indeterminate_incorrect,
        own=(one.indeterminate_incorrect, other.indeterminate_incorrect),
        paired=Paired(
            item.paired.indeterminate_incorrect.table,
            "correct",
            "not correct",
            f"{item.kind}, indeterminate as incorrect",
            pairs,
        ),
        behind=_behind("counted", item.kind),
        difference_behind=pairs,
        below=tuple(below),
        headline=label,
    )


def _indeterminate(accuracy: Accuracy) -> Counts:
    counts: dict[str, int] = {name: getattr(accuracy, name) for name in ANSWER_STATUSES if name in INDETERMINATE}
    return Counts(counts, accuracy.answered)


def _statuses(results: Results, compared: Sequence[AccuracyComparison]) -> Iterator[Bar]:
    for item in compared:
        for place, (accuracy, behind) in enumerate(
            zip(_both(results, item.kind), _behind("outcome", item.kind), strict=True)
        ):
            if accuracy.answered and behind is not None:
                parts = (
                    Part(name, name, getattr(accuracy, name), Behind("outcome", behind.kind, behind.place, name))
                    for name in ANSWER_STATUSES
                    if name != "measured"
                )
                yield Bar(item.kind, place, tuple(parts))


def by_kind(results: Results) -> Section | None:
    """Correct answers in each kind of case, indeterminate ones counted as incorrect, with p values corrected."""
    return _groups(results, "kind", results.accuracy_by_kind, lambda name: Behind("pair", name))


def by_specialty(results: Results) -> Section | None:
    """Correct answers in each specialty, indeterminate ones counted as incorrect, with p values corrected."""
    return _groups(results, "specialty", results.accuracy_by_specialty, lambda name: Behind("specialty", name=name))


def _groups(
    results: Results, by: str, groups: Sequence[Group[PairedAccuracy]], behind: Callable[[str], Behind]
) -> Section | None:
    def row(group: Group[PairedAccuracy]) -> Row:
        found = group.result.indeterminate_incorrect
        return proportions(group.name, group.name, found, p=group.p, difference_behind=behind(group.name))

    title, plot = f"Correct answers by {by}", f"correct answers, by {by}"
    return group_section(results, CHAPTER, f"accuracy-by-{by}", title, groups, row, plot)
