"""Several studies beside each other: arms by tasks, and the paired difference of the two arms of each study.

Every estimate is one of the results of a study. Nothing is pooled, and nothing is compared between studies.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from doubleread.domain.statements import listed
from doubleread.domain.study import Protocol
from doubleread.domain.wording import plural
from doubleread.errors import DoublereadError
from doubleread.results.accuracy import ALL_KINDS
from doubleread.results.comparison.arms import ComparedArm, identified
from doubleread.results.comparison.metrics import COMPARED, ComparedMetric, Measured, measured
from doubleread.results.comparison.published import PublishedValue, values_beside
from doubleread.results.comparison.studies import StudyResults
from doubleread.results.scales import Statistic, Test
from doubleread.statistics import Estimate, Interval, Undefined

GENERAL, BIOMEDICAL = "general", "biomedical"
"""The roles that give a paired difference its direction."""
_COMPARED_SETTINGS = ("prompt", "decoding", "n_ctx", "samples")


@dataclass(frozen=True, slots=True)
class Task:
    """What studies ask of their arms: cases of one kind. `number` counts from 1, `cases` counts cases by study number.

    `label` is its name, with the kind if another task has the same name.
    """

    number: int
    name: str
    label: str
    kind: str
    cases: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class ComparedStudy:
    """One study of the comparison. `number` counts from 1, `arms` and `tasks` are numbers."""

    number: int
    found: StudyResults
    arms: tuple[int, int]
    tasks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A study that is not compared."""

    found: StudyResults
    reason: str


@dataclass(frozen=True, slots=True)
class Column:
    """A metric of a task: a column of the table of arms."""

    task: Task
    metric: ComparedMetric


@dataclass(frozen=True, slots=True)
class Entry:
    """An arm's estimate in a column, and the numbers of the studies that have it."""

    statistic: Statistic
    studies: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """The paired difference of two arms in one study. `task` is None where it covers all cases of the study."""

    study: int
    task: Task | None
    metric: ComparedMetric
    statistic: Statistic
    test: Test | None


@dataclass(frozen=True, slots=True)
class Directions:
    """How many intervals of headline metrics lie above zero, below it, include it, or do not exist."""

    above: int
    below: int
    including_zero: int
    undefined: int

    @property
    def all(self) -> int:
        """All differences."""
        return self.above + self.below + self.including_zero + self.undefined


@dataclass(frozen=True, slots=True)
class ComparedPair:
    """Two arms that at least one study compares; every difference is `first` minus `second`.

    `by_role` says that the first one is biomedical and the second one general.
    """

    first: ComparedArm
    second: ComparedArm
    by_role: bool
    differences: tuple[Difference, ...]

    @property
    def label(self) -> str:
        """What is subtracted from what."""
        roles = f" ({BIOMEDICAL} minus {GENERAL})" if self.by_role else ""
        return f"{self.first.label} minus {self.second.label}{roles}"

    @property
    def directions(self) -> Directions:
        """Count the differences of headline metrics by where their intervals lie."""
        shown = [item.statistic for item in self.differences if item.metric.headline]
        intervals = [_interval(statistic) for statistic in shown]
        return Directions(
            above=sum(interval is not None and interval.low > 0 for interval in intervals),
            below=sum(interval is not None and interval.high < 0 for interval in intervals),
            including_zero=sum(interval is not None and interval.low <= 0 <= interval.high for interval in intervals),
            undefined=intervals.count(None),
        )


def _interval(statistic: Statistic) -> Interval | None:
    if isinstance(statistic, Undefined) or isinstance(statistic.interval, Undefined):
        return None
    return statistic.interval


@dataclass(frozen=True, slots=True)
class BesidePublished:
    """A task with published values. `columns` are the metrics for which there are some.

    `own` are one's own estimates, by the number of the arm and the place of the column, `values` the published ones by
    model and place of the column.
    """

    task: Task
    columns: tuple[Column, ...]
    own: Mapping[tuple[int, int], tuple[Entry, ...]]
    values: Mapping[tuple[str, int], PublishedValue]

    @property
    def arms(self) -> tuple[int, ...]:
        """The numbers of one's own arms."""
        return tuple(sorted({arm for arm, _ in self.own}))

    @property
    def models(self) -> Mapping[str, str]:
        """The published models, with their roles."""
        return {value.model: value.role for value in self.values.values()}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Several studies beside each other. `cells` are by the numbers of an arm and of a column of `columns`.

    `remarks` are what must be read beside the tables: cases or settings that differ within a task.
    `same_names` says that external arms with the same name were taken to be the same.
    `indeterminate` counts answers that count as incorrect in an accuracy because they are unparsed, refused or
    truncated.
    """

    studies: tuple[ComparedStudy, ...]
    left_out: tuple[LeftOut, ...]
    arms: tuple[ComparedArm, ...]
    tasks: tuple[Task, ...]
    columns: tuple[Column, ...]
    cells: Mapping[tuple[int, int], tuple[Entry, ...]]
    pairs: tuple[ComparedPair, ...]
    published: tuple[BesidePublished, ...]
    remarks: tuple[str, ...]
    same_names: bool
    indeterminate: int

    @property
    def external_namesakes(self) -> tuple[str, ...]:
        """The names that several external arms have."""
        names = Counter(arm.name for arm in self.arms if arm.external)
        return tuple(name for name, count in names.items() if count > 1)

    @property
    def statistics(self) -> tuple[Statistic, ...]:
        """Every estimate and difference that is shown."""
        own = [entry.statistic for entries in self.cells.values() for entry in entries]
        beside = [entry.statistic for one in self.published for entries in one.own.values() for entry in entries]
        differences = [item.statistic for pair in self.pairs for item in pair.differences]
        return (*own, *beside, *differences)

    @property
    def tests(self) -> tuple[Test, ...]:
        """Every test that is shown."""
        return tuple(item.test for pair in self.pairs for item in pair.differences if item.test is not None)


@dataclass(frozen=True, slots=True)
class _Found:
    """One metric of one study with its task, and the arms as they are numbered."""

    study: int
    arms: tuple[int, int]
    task: Task | None
    measured: Measured


def compare(studies: Sequence[StudyResults], *, metrics: Collection[str] = (), same_names: bool = False) -> Comparison:
    """Put studies beside each other. Blind ones are left out.

    `metrics` names the metrics to show; without it, the headline metrics of each kind of case and what readers judged.
    Raises DoublereadError if two files are copies of one study, or if nothing is left to compare.
    """
    _expect_different(studies)
    shown = [study for study in studies if study.arms is not None]
    left_out = tuple(LeftOut(study, study.results.blindness.reason) for study in studies if study.arms is None)
    if not shown:
        reasons = "; ".join(f"{one.found.path}: {one.reason}" for one in left_out)
        raise DoublereadError(
            "Nothing to compare",
            f"the arms may not be named yet ({reasons})",
            "wait until every reading is committed, or record an unblinding: doubleread results STUDY --unblind REASON",
        )
    numbered = list(enumerate(shown, start=1))
    arms, places = identified(
        [(number, study.arms) for number, study in numbered if study.arms is not None], same_names=same_names
    )
    tasks, task_of = _tasks(numbered)
    found = [
        _Found(number, _numbers(places, number, study), _task(task_of, number, study, item.kind), item)
        for number, study in numbered
        for item in measured(study.results)
    ]
    kept = [item for item in found if _is_shown(item.measured.metric, metrics)]
    if not kept:
        what = f"an estimate of {listed(metrics)}" if metrics else "an answer"
        raise DoublereadError("Nothing to compare", f"no study has {what}", "generate or import the answers first")
    columns = _columns(kept)
    return Comparison(
        studies=tuple(
            ComparedStudy(
                number,
                study,
                _numbers(places, number, study),
                tuple(task_of[number, kind].number for kind in study.cases),
            )
            for number, study in numbered
        ),
        left_out=left_out,
        arms=arms,
        tasks=tasks,
        columns=columns,
        cells=_cells(kept, columns),
        pairs=_pairs(kept, {arm.number: arm for arm in arms}, dict(numbered)),
        published=_beside_published(item for item in found if not metrics or item.measured.metric.name in metrics),
        remarks=(*_differing_cases(tasks, dict(numbered)), *_differing_settings(tasks, dict(numbered))),
        same_names=same_names,
        indeterminate=sum(sum(item.measured.indeterminate) for item in kept),
    )


def _expect_different(studies: Sequence[StudyResults]) -> None:
    seen: dict[str, StudyResults] = {}
    for study in studies:
        other = seen.setdefault(study.results.study_id, study)
        if other is not study:
            raise DoublereadError(
                "Nothing compared",
                f"{other.path} and {study.path} are copies of one study",
                "give one of them, or merge them first",
            )


def _is_shown(metric: ComparedMetric, names: Collection[str]) -> bool:
    return metric.name in names if names else metric.headline or metric.from_readings


def _numbers(places: Mapping[tuple[int, str], int], number: int, study: StudyResults) -> tuple[int, int]:
    first, second = study.results.arms
    return places[number, first.id], places[number, second.id]


def _tasks(studies: Sequence[tuple[int, StudyResults]]) -> tuple[tuple[Task, ...], dict[tuple[int, str], Task]]:
    """Return all tasks, and the task of each kind of case of each study.

    Studies share a task if its name and the kind are the same, or if they have exactly the same cases and the user has
    not named both.
    """
    groups: dict[tuple[str, str], list[int]] = {}
    by_number = dict(studies)
    # What the user has named comes first, so that other studies of the same cases get that name.
    for number, study in sorted(studies, key=lambda item: (not item[1].task, item[0])):
        for kind, cases in study.cases.items():
            key = study.task_name, kind
            if not study.task and key not in groups:
                same = (
                    (name, other)
                    for (name, other), members in groups.items()
                    if other == kind and by_number[members[0]].cases[kind] == cases
                )
                key = next(same, key)
            groups.setdefault(key, []).append(number)
    tasks: list[Task] = []
    task_of: dict[tuple[int, str], Task] = {}
    ordered = sorted(groups.items(), key=lambda item: min(item[1]))
    names = Counter(name for name, _ in groups)
    for place, ((name, kind), members) in enumerate(ordered, start=1):
        counts = {number: len(by_number[number].cases[kind]) for number in sorted(members)}
        task = Task(place, name, f"{name}, {kind}" if names[name] > 1 else name, kind, counts)
        tasks.append(task)
        task_of |= {(number, kind): task for number in members}
    return tuple(tasks), task_of


def _task(tasks: Mapping[tuple[int, str], Task], number: int, study: StudyResults, kind: str) -> Task | None:
    """Return the task of a kind of case; of all kinds together, only where the study has a single one."""
    if kind == ALL_KINDS and len(study.cases) == 1:
        kind = next(iter(study.cases))
    return tasks.get((number, kind))


def _columns(found: Iterable[_Found]) -> tuple[Column, ...]:
    """Return the columns: first scores task by task, then what readers judged, metric by metric."""
    columns = {
        (item.task.number, item.measured.metric.name): Column(item.task, item.measured.metric)
        for item in found
        if item.task is not None and item.measured.arms is not None
    }
    order = list(COMPARED)
    return tuple(
        sorted(
            columns.values(),
            key=lambda column: (
                column.metric.from_readings,
                order.index(column.metric.name) if column.metric.from_readings else 0,
                column.task.number,
                order.index(column.metric.name),
            ),
        )
    )


def _cells(found: Iterable[_Found], columns: Sequence[Column]) -> dict[tuple[int, int], tuple[Entry, ...]]:
    place = {(column.task.number, column.metric.name): index for index, column in enumerate(columns)}
    cells: dict[tuple[int, int], list[Entry]] = defaultdict(list)
    for item in found:
        if item.task is None or item.measured.arms is None:
            continue
        column = place.get((item.task.number, item.measured.metric.name))
        if column is None:
            continue
        for arm, statistic in zip(item.arms, item.measured.arms, strict=True):
            _add(cells[arm, column], statistic, item.study)
    return {key: tuple(entries) for key, entries in cells.items()}


def _add(entries: list[Entry], statistic: Statistic, study: int) -> None:
    """Add an estimate; one that another study has as well is listed once."""
    for index, entry in enumerate(entries):
        if entry.statistic == statistic:
            entries[index] = replace(entry, studies=(*entry.studies, study))
            return
    entries.append(Entry(statistic, (study,)))


def _pairs(
    found: Iterable[_Found], arms: Mapping[int, ComparedArm], studies: Mapping[int, StudyResults]
) -> tuple[ComparedPair, ...]:
    differences: dict[tuple[int, int, bool], list[Difference]] = {}
    for item in found:
        first, second = item.arms
        turned = _turned(studies[item.study])
        by_role = turned is not None
        if turned is None:
            turned = (first, second, False) not in differences and (second, first, False) in differences
        if turned:
            first, second = second, first
        statistic = _negated(item.measured.difference) if turned else item.measured.difference
        differences.setdefault((first, second, by_role), []).append(
            Difference(item.study, item.task, item.measured.metric, statistic, item.measured.test)
        )
    order = list(COMPARED)

    def place(item: Difference) -> tuple[bool, int, int, int]:
        metric = order.index(item.metric.name)
        task = item.task.number if item.task is not None else 0
        return (
            item.metric.from_readings,
            metric if item.metric.from_readings else task,
            task if item.metric.from_readings else metric,
            item.study,
        )

    return tuple(
        ComparedPair(arms[first], arms[second], by_role, tuple(sorted(items, key=place)))
        for (first, second, by_role), items in differences.items()
    )


def _turned(study: StudyResults) -> bool | None:
    """Return whether the biomedical arm is the second one; None if the roles do not say which one it is."""
    roles = tuple(arm.role.strip().casefold() for arm in study.results.arms)
    if roles == (GENERAL, BIOMEDICAL):
        return True
    return False if roles == (BIOMEDICAL, GENERAL) else None


def _negated(statistic: Statistic) -> Statistic:
    """Return the difference with its sides exchanged."""
    if not isinstance(statistic, Estimate):
        return statistic
    interval = statistic.interval
    if isinstance(interval, Interval):
        interval = replace(interval, low=-interval.high, high=-interval.low)
    return replace(statistic, value=-statistic.value, interval=interval)


def _beside_published(found: Iterable[_Found]) -> tuple[BesidePublished, ...]:
    by_task: dict[int, list[_Found]] = defaultdict(list)
    for item in found:
        if item.task is not None and _values(item.task, item.measured.metric):
            by_task[item.task.number].append(item)
    return tuple(_with_published(items) for _, items in sorted(by_task.items()))


def _values(task: Task, metric: ComparedMetric) -> tuple[PublishedValue, ...]:
    return values_beside(task.name, task.kind, metric.name)


def _with_published(found: Sequence[_Found]) -> BesidePublished:
    columns = _columns(found)
    task = columns[0].task
    values = {
        (value.model, place): value for place, column in enumerate(columns) for value in _values(task, column.metric)
    }
    return BesidePublished(task, columns, _cells(found, columns), values)


def _differing_cases(tasks: Iterable[Task], studies: Mapping[int, StudyResults]) -> Iterable[str]:
    for task in tasks:
        sets = [studies[number].cases[task.kind] for number in task.cases]
        if all(cases == sets[0] for cases in sets):
            continue
        common = frozenset.intersection(*sets)
        counts = ", ".join(f"study {number} has {count}" for number, count in task.cases.items())
        yield f"{task.label}: the cases differ between studies ({counts}; {plural(len(common), 'case')} in common)"


def _differing_settings(tasks: Iterable[Task], studies: Mapping[int, StudyResults]) -> Iterable[str]:
    for task in tasks:
        protocols = {number: studies[number].protocol for number in task.cases}
        differing = _differing(list(protocols.values()))
        if differing:
            numbers = listed(map(str, protocols))
            yield f"{task.label}: the protocols of studies {numbers} differ in {listed(differing)}"


def _differing(protocols: Sequence[Protocol]) -> list[str]:
    return [
        name.replace("n_ctx", "context size")
        for name in _COMPARED_SETTINGS
        if any(getattr(protocol, name) != getattr(protocols[0], name) for protocol in protocols)
    ]
