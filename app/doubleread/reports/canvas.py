"""What all drawings of a report need: the results, the arms' names, and plots that are left out when empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from doubleread.reports.figures import Notes
from doubleread.reports.plots import (
    Figure,
    Plot,
    coefficients_plot,
    differences_plot,
    proportions_plot,
    rates_plot,
)
from doubleread.reports.table_lines import model_heads
from doubleread.results import Accuracy, AccuracyComparison, Results
from doubleread.statistics import Estimate, PairedRates, Undefined

Rows = list[tuple[str, int | None, Figure]]
Differences = Sequence[tuple[str, Estimate | Undefined]]
Drawn = TypeVar("Drawn")


@dataclass(frozen=True, slots=True)
class Drawing(Generic[Drawn]):
    """One kind of drawing and the section of the page in which it stands. `draw` yields none where there is nothing."""

    id: str
    section: str
    draw: Callable[[Canvas], Iterator[Drawn]]


class Canvas:
    """The results to be drawn. Reasons of figures that do not exist go to the notes."""

    def __init__(self, results: Results, notes: Notes) -> None:
        self.results = results
        self.notes = notes
        self.heads = model_heads(results)

    @property
    def compared(self) -> Sequence[AccuracyComparison]:
        """The kinds of case that the study has; all kinds together only where there are several."""
        found = [item for item in self.results.accuracy if item.cases]
        return found[1:] if len(found) == 2 else found

    def of_kind(self, kind: str) -> tuple[Accuracy, Accuracy]:
        """Return both arms' accuracy in one kind of case."""
        name = "overall" if kind == "all" else kind
        first, second = (getattr(model, name) for model in self.results.models)
        return first, second

    def pair(self, name: str, rates: PairedRates) -> Rows:
        """Return the rows of one rate of both arms."""
        return [(f"{self.heads[0]}, {name}", 0, rates.first), (f"{self.heads[1]}, {name}", 1, rates.second)]

    def minus(self, what: str) -> str:
        """Return the title of a plot of differences."""
        return f"{self.heads[0]} minus {self.heads[1]}: {what}"

    def proportions(self, title: str, rows: Rows) -> Iterator[Plot]:
        """Yield a plot of proportions, unless no row has a figure."""
        if _any(figure for _, _, figure in rows):
            yield proportions_plot(title, rows, self.notes)

    def rates(self, title: str, rows: Rows) -> Iterator[Plot]:
        """Yield a plot of rates, unless no row has a figure."""
        if _any(figure for _, _, figure in rows):
            yield rates_plot(title, rows, self.notes)

    def coefficients(self, title: str, rows: Rows) -> Iterator[Plot]:
        """Yield a plot of coefficients of agreement, unless no row has a figure."""
        if _any(figure for _, _, figure in rows):
            yield coefficients_plot(title, rows, self.notes)

    def differences(self, what: str, rows: Differences, *, proportions: bool) -> Iterator[Plot]:
        """Yield a plot of differences, unless no row has a figure."""
        if _any(figure for _, figure in rows):
            yield differences_plot(self.minus(what), rows, self.notes, proportions=proportions)


def _any(figures: Iterator[Figure]) -> bool:
    return any(not isinstance(figure, Undefined) for figure in figures)
