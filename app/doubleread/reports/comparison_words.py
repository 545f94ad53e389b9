"""How a comparison is put into words, in a terminal and on a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from doubleread.domain.formatting import p_number, p_value
from doubleread.domain.statements import listed
from doubleread.domain.wording import plural, verb
from doubleread.results.comparison import Comparison
from doubleread.results.comparison.arms import ComparedArm
from doubleread.results.comparison.comparison import (
    BIOMEDICAL,
    GENERAL,
    BesidePublished,
    Column,
    ComparedPair,
    ComparedStudy,
    Difference,
    Directions,
    Entry,
)
from doubleread.results.comparison.published import Source
from doubleread.results.scales import Scale, Test, Words
from doubleread.statistics import Adjusted, McNemar, Undefined

DifferenceGroups = Sequence[tuple[ComparedPair, Sequence[Difference]]]
"""Differences on one scale, pair by pair."""
_HASH = 16


def heading(comparison: Comparison) -> str:
    """Return how many studies, arms and tasks there are."""
    counts = (
        plural(len(comparison.studies), "study", "studies"),
        plural(len(comparison.arms), "arm"),
        plural(len(comparison.tasks), "task"),
    )
    return listed(counts)


def tasks_of(study: ComparedStudy, comparison: Comparison) -> str:
    """Return the tasks of a study with their cases."""
    tasks = (task for task in comparison.tasks if study.number in task.cases)
    return ", ".join(f"{task.label} ({plural(task.cases[study.number], 'case')})" for task in tasks)


def numbered_studies(numbers: Sequence[int]) -> str:
    """Return "study 1", or "studies 1 and 3"."""
    return f"{verb(len(numbers), 'study', 'studies')} {listed(map(str, numbers))}"


def model_of(arm: ComparedArm) -> str:
    """Return what identifies the model of an arm, and what the arm sets itself."""
    model = f"sha256 {arm.sha256[:_HASH]}" if arm.sha256 else arm.server or "external answers"
    return model if arm.settings == "unmodified" else f"{model}, {arm.settings}"


def also_called(arm: ComparedArm) -> str:
    """Return the other names that an arm has in some studies; "" if there are none."""
    others = [name for name in arm.names if name != arm.name]
    return f"also called {listed(others)}" if others else ""


def entry_texts(entries: Iterable[Entry], column: Column, words: Words) -> Iterator[str]:
    """Yield each estimate of a cell; with its studies where they differ."""
    found = list(entries)
    for entry in found:
        text = words.statistic(entry.statistic, column.metric.scale)
        yield f"{text}, {numbered_studies(entry.studies)}" if len(found) > 1 else text


def p_text(test: Test | None) -> str:
    """Return the p value of a difference; "" if there is none."""
    p = _p(test)
    return "" if p is None else p_value(p)


def p_numbers(test: Test | None) -> tuple[str, str]:
    """Return the p value without its letter, and the exact one of McNemar's test; "" if there is none."""
    p = _p(test)
    return "" if p is None else p_number(p), p_number(test.exact) if isinstance(test, McNemar) else ""


def _p(test: Test | None) -> float | None:
    if test is None or isinstance(test, Undefined):
        return None
    if isinstance(test, McNemar):
        return test.mid_p
    return test.p if isinstance(test, Adjusted) else test


def by_scale(pairs: Iterable[ComparedPair]) -> list[tuple[Scale, DifferenceGroups]]:
    """Return the differences that are drawn together, those of each pair together.

    They have the same scale, and are all of scores or all of what readers judged: more annotations are not better.
    """
    scales: dict[tuple[int, bool], tuple[Scale, list[tuple[ComparedPair, list[Difference]]]]] = {}
    for pair in pairs:
        for item in pair.differences:
            scale = item.metric.difference
            groups = scales.setdefault((id(scale), item.metric.from_readings), (scale, []))[1]
            if not groups or groups[-1][0] is not pair:
                groups.append((pair, []))
            groups[-1][1].append(item)
    return list(scales.values())


def plot_title(groups: DifferenceGroups) -> str:
    """Return which differences a plot shows."""
    metrics = dict.fromkeys(item.metric.label for _, items in groups for item in items)
    return f"Paired differences with 95% intervals: {listed(metrics)}"


def sides(groups: DifferenceGroups) -> tuple[str, str]:
    """Return which arm is higher on the left and on the right of zero."""
    return (GENERAL, BIOMEDICAL) if all(pair.by_role for pair, _ in groups) else ("second", "first")


def difference_label(item: Difference, pair: ComparedPair) -> str:
    """Return task and metric of a difference; with its study where the pair has others, or where it has no task."""
    task = item.task.label if item.task is not None else "all cases"
    same = [other for other in pair.differences if (other.task, other.metric) == (item.task, item.metric)]
    study = f", study {item.study}" if len(same) > 1 or item.task is None else ""
    return f"{task}, {item.metric.label}{study}"


def interval_counts(comparison: Comparison) -> Iterator[str]:
    """Yield for each pair with several scores where the intervals of their differences lie."""
    for pair in comparison.pairs:
        if pair.directions.all > 1:
            yield f"{pair.label}: {_counts(pair.directions)}"


def _counts(found: Directions) -> str:
    words = f"{found.above} above zero, {found.below} below zero, {found.including_zero} including zero"
    return f"{words}, {found.undefined} undefined" if found.undefined else words


@dataclass(slots=True)
class Sources:
    """Writes published values, each with the letter of its source."""

    cited: list[Source] = field(default_factory=list)

    def cell(self, one: BesidePublished, model: str, place: int) -> str:
        """Return the published value of a model in a column, such as "0.322 [a]"; "" if there is none."""
        value = one.values.get((model, place))
        if value is None:
            return ""
        if value.source not in self.cited:
            self.cited.append(value.source)
        written = one.columns[place].metric.scale.style.value(value.value)
        return f"{written} [{_letter(self.cited.index(value.source))}]"

    def lines(self) -> list[str]:
        """Return every source with its letter."""
        return [f"[{_letter(place)}] {one.citation}: {one.note}" for place, one in enumerate(self.cited)]


def _letter(place: int) -> str:
    return chr(ord("a") + place)
