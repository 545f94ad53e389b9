"""A comparison of studies as one self-contained page of HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from doubleread import __version__
from doubleread.reports import comparison_words as words
from doubleread.reports.plots import strip
from doubleread.reports.templating import environment
from doubleread.results.comparison import Comparison
from doubleread.results.comparison.comparison import BesidePublished, Column, ComparedPair, Difference
from doubleread.results.comparison.notes import comparison_notes
from doubleread.results.scales import Axis, NumberedReasons, Scale

_MOST_COLUMNS = 4
"""Columns of a table, so that it fits on a printed page."""


@dataclass(frozen=True, slots=True)
class _Table:
    """Some columns of the table of arms. `tasks` are the heads with the number of columns under each."""

    caption: str
    tasks: tuple[tuple[str, int], ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]


@dataclass(frozen=True, slots=True)
class _PlotRow:
    label: str
    strip: Markup
    words: str
    p: str


@dataclass(frozen=True, slots=True)
class _Plot:
    """A forest plot: rows below the label of each pair, on a common axis."""

    title: str
    axis: Axis
    sides: tuple[str, str]
    groups: tuple[tuple[str, tuple[_PlotRow, ...]], ...]


_PublishedRow = tuple[str, str, list[list[str]]]
"""A name, a role, and the texts of each cell."""


@dataclass(frozen=True, slots=True)
class _Published:
    """One's own arms and published models at a task."""

    task: str
    columns: tuple[Column, ...]
    own: list[_PublishedRow]
    models: list[_PublishedRow]


@dataclass(frozen=True, slots=True)
class _DifferenceRow:
    """A line of the table of differences. `p` is followed by the exact p value of McNemar's test."""

    task: str
    metric: str
    study: int
    estimate: str
    p: tuple[str, str]


def comparison_page(comparison: Comparison, made_at: str) -> Iterator[str]:
    """Yield the page piece by piece."""
    reasons = NumberedReasons()
    sources = words.Sources()
    scores = [place for place, column in enumerate(comparison.columns) if not column.metric.from_readings]
    judged = [place for place, column in enumerate(comparison.columns) if column.metric.from_readings]
    tables = [
        *_tables("Scores", scores, comparison, reasons),
        *_tables("Judged by readers", judged, comparison, reasons),
    ]
    published = [_published(one, comparison, sources, reasons) for one in comparison.published]
    metrics = {column.metric.name: column.metric for column in comparison.columns}
    metrics |= {column.metric.name: column.metric for one in comparison.published for column in one.columns}
    metrics |= {item.metric.name: item.metric for pair in comparison.pairs for item in pair.differences}
    yield from (
        environment()
        .get_template("comparison.html")
        .generate(
            comparison=comparison,
            words=words,
            tables=tables,
            plots=[_plot(scale, groups, reasons) for scale, groups in words.by_scale(comparison.pairs)],
            differences=list(_differences(comparison, reasons)),
            counts=list(words.interval_counts(comparison)),
            published=published,
            sources=sources,
            metrics=list(metrics.values()),
            reasons=reasons,
            notes=comparison_notes(comparison),
            made_at=made_at,
            program=f"doubleread {__version__}",
        )
    )


def _tables(title: str, places: Sequence[int], comparison: Comparison, reasons: NumberedReasons) -> Iterator[_Table]:
    blocks = [places[start : start + _MOST_COLUMNS] for start in range(0, len(places), _MOST_COLUMNS)]
    for number, block in enumerate(blocks, start=1):
        columns = tuple(comparison.columns[place] for place in block)
        part = f", part {number} of {len(blocks)}" if len(blocks) > 1 else ""
        tasks = tuple((label, len(list(same))) for label, same in groupby(columns, lambda column: column.task.label))
        rows = []
        for arm in comparison.arms:
            cells = [comparison.cells.get((arm.number, place), ()) for place in block]
            texts = (
                tuple(words.entry_texts(entries, column, reasons))
                for entries, column in zip(cells, columns, strict=True)
            )
            if any(cells):
                rows.append((arm.label, tuple(texts)))
        yield _Table(f"{title}: estimate, 95% interval and n{part}", tasks, columns, tuple(rows))


def _published(
    one: BesidePublished, comparison: Comparison, sources: words.Sources, reasons: NumberedReasons
) -> _Published:
    arms = {arm.number: arm for arm in comparison.arms}
    places = range(len(one.columns))
    own = [
        (
            arms[arm].label,
            arms[arm].role,
            [list(words.entry_texts(one.own.get((arm, place), ()), one.columns[place], reasons)) for place in places],
        )
        for arm in one.arms
    ]
    models = [
        (model, role, [[sources.cell(one, model, place)] for place in places]) for model, role in one.models.items()
    ]
    return _Published(one.task.label, one.columns, own, models)


def _plot(scale: Scale, groups: words.DifferenceGroups, reasons: NumberedReasons) -> _Plot:
    axis = scale.axis([item.statistic for _, items in groups for item in items])

    def row(item: Difference, pair: ComparedPair) -> _PlotRow:
        label = words.difference_label(item, pair)
        said = reasons.statistic(item.statistic, scale)
        return _PlotRow(label, strip(axis, item.statistic, f"{label}: {said}"), said, words.p_text(item.test))

    rows = tuple((pair.label, tuple(row(item, pair) for item in items)) for pair, items in groups)
    return _Plot(words.plot_title(groups), axis, words.sides(groups), rows)


def _differences(comparison: Comparison, reasons: NumberedReasons) -> Iterator[tuple[str, list[_DifferenceRow]]]:
    for pair in comparison.pairs:
        rows = [
            _DifferenceRow(
                task=item.task.label if item.task is not None else "all cases",
                metric=item.metric.label,
                study=item.study,
                estimate=reasons.statistic(item.statistic, item.metric.difference),
                p=words.p_numbers(item.test),
            )
            for item in pair.differences
        ]
        yield pair.label, rows
