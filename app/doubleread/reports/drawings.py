"""All drawings of a report, each with its section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from doubleread.domain.answer_status import ANSWER_STATUSES, AnswerStatus
from doubleread.domain.formatting import sample
from doubleread.reports.answer_plots import ANSWER_PLOTS
from doubleread.reports.canvas import Canvas, Drawing, Drawn
from doubleread.reports.figures import Notes
from doubleread.reports.plots import Bar, Part, Plot, paired_square, stacked_bar
from doubleread.reports.reading_plots import READING_PLOTS
from doubleread.results import Results
from doubleread.statistics import PairedProportions


@dataclass(frozen=True, slots=True)
class Square:
    """A table of two by two, drawn."""

    title: str
    drawing: Markup


@dataclass(frozen=True, slots=True)
class Drawings:
    """All plots, bars and squares of a page, by the section that they belong to; `legend` names the bars' parts."""

    plots: Mapping[str, tuple[Plot, ...]]
    bars: Mapping[str, tuple[Bar, ...]]
    squares: Mapping[str, tuple[Square, ...]]
    legend: Mapping[str, tuple[Part, ...]]


def drawings(results: Results, notes: Notes) -> Drawings:
    """Draw a study. Reasons of figures that do not exist go to the notes."""
    canvas = Canvas(results, notes)
    return Drawings(
        plots=_by_section(PLOTS, canvas),
        bars=_by_section(BARS, canvas),
        squares=_by_section(SQUARES, canvas),
        legend={
            "accuracy": tuple(_states(_total(results))),
            "preference": _preferred(canvas),
            "progress": (Part("committed", "done", 1), Part("missing", "left", 1)),
        },
    )


def _by_section(drawn: Sequence[Drawing[Drawn]], canvas: Canvas) -> dict[str, tuple[Drawn, ...]]:
    found: dict[str, tuple[Drawn, ...]] = {}
    for item in drawn:
        found[item.section] = (*found.get(item.section, ()), *item.draw(canvas))
    return found


def _outcomes(canvas: Canvas) -> Iterator[Bar]:
    for item in canvas.compared:
        for place, one in enumerate(canvas.of_kind(item.kind)):
            if one.answered:
                counts = {name: getattr(one, name) for name in ANSWER_STATUSES}
                yield stacked_bar(f"{canvas.heads[place]}, {one.kind}", list(_states(counts)))


def _states(counts: Mapping[AnswerStatus, int]) -> Iterator[Part]:
    for name in ANSWER_STATUSES:
        if counts[name]:
            yield Part(name, name, counts[name])


def _total(results: Results) -> Mapping[AnswerStatus, int]:
    return {name: sum(getattr(model.overall, name) for model in results.models) for name in ANSWER_STATUSES}


def _preference(canvas: Canvas) -> Iterator[Bar]:
    found = canvas.results.preference
    readings = found.readings
    if not sum(readings.values()):
        return
    first, second = canvas.heads
    yield stacked_bar(
        "readings",
        [
            Part("first", first, readings["first"]),
            Part("tie", "tie", readings["tie"]),
            Part("both-bad", "both bad", readings["both bad"]),
            Part("second", second, readings["second"]),
        ],
    )
    yield stacked_bar(
        "cases",
        [Part("first", first, found.first), Part("tie", "even", found.even), Part("second", second, found.second)],
    )


def _preferred(canvas: Canvas) -> tuple[Part, ...]:
    return (
        Part("first", canvas.heads[0], 1),
        Part("tie", "tie or even", 1),
        Part("both-bad", "both bad", 1),
        Part("second", canvas.heads[1], 1),
    )


def _answers_progress(canvas: Canvas) -> Iterator[Bar]:
    progress = canvas.results.progress
    for place, answered in enumerate(progress.answered):
        yield _done(f"answers of {canvas.heads[place]}", answered, progress.cases - answered)


def _readings_progress(canvas: Canvas) -> Iterator[Bar]:
    for reader in canvas.results.progress.readers:
        yield _done(f"readings of {reader.reader_id}", reader.committed, reader.left)


def _done(label: str, done: int, left: int) -> Bar:
    return stacked_bar(label, [Part("committed", "done", done), Part("missing", "left", max(0, left))])


def _correct(canvas: Canvas) -> Iterator[Square]:
    for item in canvas.compared:
        title = f"{item.kind}, indeterminate as incorrect"
        yield from _square(canvas, title, item.paired.indeterminate_incorrect, "correct", "not correct")


def _annotated(canvas: Canvas) -> Iterator[Square]:
    found = canvas.results.hallucinations.paired_with
    yield from _square(canvas, "Answers with at least one annotation", found, "with one", "without")


def _square(canvas: Canvas, title: str, proportions: PairedProportions, has: str, has_not: str) -> Iterator[Square]:
    if proportions.table.n:
        drawing = paired_square(proportions.table, *canvas.heads, has, has_not)
        yield Square(f"{title} ({sample(proportions.table.n)})", drawing)


PLOTS: tuple[Drawing[Plot], ...] = (*ANSWER_PLOTS, *READING_PLOTS)
BARS: tuple[Drawing[Bar], ...] = (
    Drawing("answers-progress", "progress", _answers_progress),
    Drawing("readings-progress", "progress", _readings_progress),
    Drawing("outcomes", "accuracy", _outcomes),
    Drawing("preference", "preference", _preference),
)
SQUARES: tuple[Drawing[Square], ...] = (
    Drawing("correct-paired", "accuracy", _correct),
    Drawing("annotated-paired", "hallucinations", _annotated),
)
