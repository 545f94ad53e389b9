"""Which figures of a study are drawn, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from doubleread.domain.wording import plural
from doubleread.reports.figures import Notes
from doubleread.reports.plots import (
    Bar,
    Figure,
    Part,
    Plot,
    coefficients_plot,
    differences_plot,
    paired_square,
    rates_plot,
    shares_plot,
    stacked_bar,
)
from doubleread.reports.table_lines import model_heads
from doubleread.sessions.results import Accuracy, Results
from doubleread.statistics import PairedRates, PairedShares

_STANDINGS = ("right", "wrong", "unparsed", "refused", "truncated", "waiting", "disputed", "unscored")
_SAID = {
    "truncated": "cut off",
    "waiting": "waits for a reader",
    "disputed": "readers differ",
    "unscored": "not scored",
}

Rows = list[tuple[str, int | None, Figure]]


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
    drawer = _Drawer(results, notes)
    return Drawings(
        plots={
            "accuracy": tuple(drawer.accuracy()),
            "diagnoses": tuple(drawer.diagnoses()),
            "hallucinations": tuple(drawer.hallucinations()),
            "omissions": tuple(drawer.omissions()),
            "sentences": tuple(drawer.sentences()),
            "verdicts": tuple(drawer.verdicts()),
            "adjudicated": tuple(drawer.adjudicated()),
            "axes": tuple(drawer.axes()),
            "agreement": tuple(drawer.agreement()),
            "self-agreement": tuple(drawer.self_agreement()),
        },
        bars={
            "accuracy": tuple(drawer.outcomes()),
            "preference": tuple(drawer.preference()),
            "progress": tuple(drawer.progress()),
        },
        squares={"accuracy": tuple(drawer.squares()), "hallucinations": tuple(drawer.hallucination_square())},
        legend={
            "accuracy": tuple(drawer.standings(_total(results))),
            "preference": tuple(drawer.preferred()),
            "progress": (Part("committed", "done", 1), Part("missing", "left", 1)),
        },
    )


class _Drawer:
    def __init__(self, results: Results, notes: Notes) -> None:
        self.results = results
        self.notes = notes
        self.heads = model_heads(results)
        compared = [item for item in results.accuracy if item.cases]
        self.compared = compared[1:] if len(compared) == 2 else compared

    def accuracy(self) -> Iterator[Plot]:
        kinds = [self._of_kind(item.kind) for item in self.compared]
        for title, name in (
            ("Right answers, unclear ones counted as wrong", "unclear_wrong"),
            ("Right answers, unclear ones left out", "unclear_left_out"),
        ):
            rows: Rows = [
                (f"{self.heads[place]}, {one.kind}", place, getattr(one, name))
                for pair in kinds
                for place, one in enumerate(pair)
            ]
            yield shares_plot(title, rows, self.notes)
        rows_apart = [
            (f"{item.kind}, {words}", shares.difference)
            for item in self.compared
            for words, shares in (
                ("unclear as wrong", item.paired.unclear_wrong),
                ("unclear left out", item.paired.unclear_left_out),
            )
        ]
        by_specialty = self.results.accuracy_by_specialty
        if len(by_specialty) > 1:
            rows_apart += [(group.name, group.result.unclear_wrong.difference) for group in by_specialty]
        yield differences_plot(self._less("right answers, same cases"), rows_apart, self.notes)

    def _less(self, what: str) -> str:
        return f"{self.heads[0]} less {self.heads[1]}: {what}"

    def _of_kind(self, kind: str) -> tuple[Accuracy, Accuracy]:
        name = "overall" if kind == "all" else kind
        first, second = (getattr(model, name) for model in self.results.models)
        return first, second

    def outcomes(self) -> Iterator[Bar]:
        for item in self.compared:
            for place, one in enumerate(self._of_kind(item.kind)):
                counts = {name: getattr(one, name) for name in _STANDINGS}
                yield stacked_bar(f"{self.heads[place]}, {one.kind}", list(self.standings(counts)))

    def standings(self, counts: Mapping[str, int]) -> Iterator[Part]:
        for name in _STANDINGS:
            if counts[name]:
                yield Part(name, _SAID.get(name, name), counts[name])

    def squares(self) -> Iterator[Square]:
        for item in self.compared:
            yield from self._square(f"{item.kind}, unclear as wrong", item.paired.unclear_wrong, "right", "not right")

    def hallucination_square(self) -> Iterator[Square]:
        found = self.results.hallucinations.paired_with
        yield from self._square("Answers with at least one finding", found, "with one", "without")

    def _square(self, title: str, shares: PairedShares, has: str, has_not: str) -> Iterator[Square]:
        if shares.table.n:
            yield Square(f"{title} (n {shares.table.n})", paired_square(shares.table, *self.heads, has, has_not))

    def diagnoses(self) -> Iterator[Plot]:
        found = self.results.diagnoses
        if not found.compared:
            return
        rows: Rows = []
        for places, shares in found.top.items():
            where = "first" if places == "1" else f"among the first {places}"
            rows += [(f"{self.heads[0]}, {where}", 0, shares.first), (f"{self.heads[1]}, {where}", 1, shares.second)]
        yield shares_plot("The key's diagnosis in the answer, as settled or found by the scorer", rows, self.notes)
        if any(proposals.n for proposals in found.proposals):
            rows = [
                (f"{self.heads[place]}, {words}", place, figure)
                for place, one in enumerate(found.proposals)
                for words, figure in (
                    ("proposals that people uphold", one.precision),
                    ("named diagnoses that were proposed", one.recall),
                )
            ]
            yield shares_plot("The scorer's proposals against people", rows, self.notes)

    def hallucinations(self) -> Iterator[Plot]:
        found = self.results.hallucinations
        if not self.results.progress.committed:
            return
        yield rates_plot("Findings an answer", self._pair("all", found.each_answer), self.notes)
        yield rates_plot("Findings in 100 words", self._pair("all", found.each_100_words), self.notes)
        shares: Rows = [(self.heads[0], 0, found.first_with), (self.heads[1], 1, found.second_with)]
        yield shares_plot("Answers with at least one finding", shares, self.notes)
        for title, rates in (("by severity", found.by_severity), ("by category", found.by_category)):
            rows: Rows = [row for name, pair in rates.items() for row in self._pair(name, pair)]
            yield rates_plot(f"Findings an answer, {title}", rows, self.notes)
        apart = [("all", found.each_answer.difference)]
        apart += [
            (name, pair.difference)
            for pair_of in (found.by_severity, found.by_category)
            for name, pair in pair_of.items()
        ]
        yield differences_plot(self._less("findings an answer"), apart, self.notes, shares=False)
        for name, groups in (
            ("kind", self.results.hallucination_rates_by_kind),
            ("specialty", self.results.hallucination_rates_by_specialty),
        ):
            if len(groups) > 1:
                listed = [(group.name, group.result.each_answer.difference) for group in groups]
                title = self._less(f"findings an answer, by {name}")
                yield differences_plot(title, listed, self.notes, shares=False)

    def _pair(self, name: str, rates: PairedRates) -> Rows:
        return [(f"{self.heads[0]}, {name}", 0, rates.first), (f"{self.heads[1]}, {name}", 1, rates.second)]

    def omissions(self) -> Iterator[Plot]:
        found = self.results.omissions
        if not self.results.progress.committed:
            return
        rows = self._pair("all", found.each_answer)
        rows += [row for name, pair in found.by_severity.items() for row in self._pair(name, pair)]
        yield rates_plot("Omissions an answer", rows, self.notes)

    def sentences(self) -> Iterator[Plot]:
        found = self.results.sentences
        if not found.any:
            return
        named = {"unsupported or wrong": found.faulty, **found.by_judgement}
        rows: Rows = [row for name, pair in named.items() for row in self._pair(name, pair)]
        yield shares_plot("Sentences, as shares of those that were judged", rows, self.notes)
        apart = [(name, pair.difference) for name, pair in named.items()]
        yield differences_plot(self._less("share of sentences, same cases"), apart, self.notes)

    def verdicts(self) -> Iterator[Plot]:
        if not self.results.progress.committed:
            return
        rows: Rows = [row for name, pair in self.results.verdicts.items() for row in self._pair(name, pair)]
        yield shares_plot("Verdicts, as shares of the readings of an answer", rows, self.notes)

    def preference(self) -> Iterator[Bar]:
        if not self.results.progress.committed:
            return
        readings = self.results.preference.readings
        yield stacked_bar(
            "readings",
            [
                Part("first", self.heads[0], readings["first"]),
                Part("tie", "tie", readings["tie"]),
                Part("both-bad", "both bad", readings["both bad"]),
                Part("second", self.heads[1], readings["second"]),
            ],
        )
        found = self.results.preference
        yield stacked_bar(
            "cases",
            [
                Part("first", self.heads[0], found.first),
                Part("tie", "even", found.even),
                Part("second", self.heads[1], found.second),
            ],
        )

    def preferred(self) -> Sequence[Part]:
        return (
            Part("first", self.heads[0], 1),
            Part("tie", "tie or even", 1),
            Part("both-bad", "both bad", 1),
            Part("second", self.heads[1], 1),
        )

    def adjudicated(self) -> Iterator[Plot]:
        settled = self.results.adjudicated
        if settled is None:
            return
        for title, raw, own in (
            ("Findings an answer", self.results.hallucinations, settled.hallucinations),
            ("Omissions an answer", self.results.omissions, settled.omissions),
        ):
            rows = [*self._pair("as read", raw.each_answer), *self._pair("as settled", own.each_answer)]
            yield rates_plot(f"{title}, as read and as settled", rows, self.notes)

    def axes(self) -> Iterator[Plot]:
        if self.results.axes and self.results.progress.committed:
            listed = [(axis.name, axis.found.net) for axis in self.results.axes]
            yield differences_plot(self._less("cases in which the answer is better"), listed, self.notes)

    def self_agreement(self) -> Iterator[Plot]:
        for own in self.results.self_agreement:
            rows: Rows = [(label.subject, None, label.raw) for label in (*own.labels, *own.matched) if label.cases]
            rows += [("F1 of marked words", None, own.spans.words), ("agreement of spans", None, own.spans.spans)]
            who = "all readers" if own.reader_id is None else own.reader_id
            yield shares_plot(f"The same said twice: {who}, {plural(own.readings, 'second reading')}", rows, self.notes)

    def agreement(self) -> Iterator[Plot]:
        found = self.results.agreement
        if not found.cases:
            return
        axes: Rows = [(label.subject, None, label.krippendorff) for label in found.labels if label.of_axis]
        if axes:
            yield coefficients_plot("Better answers by axis: Krippendorff's alpha, ordinal", axes, self.notes)
        of_answers = (label for label in found.labels if not label.of_axis)
        for label in (*of_answers, *(label for label in found.matched if label.cases)):
            of = "" if label.model is None else f" on {self.heads[label.model]}"
            rows: Rows = [
                ("raw agreement", label.model, label.raw),
                ("Cohen's kappa", label.model, label.cohen),
                ("Fleiss' kappa", label.model, label.fleiss),
                ("Krippendorff's alpha", label.model, label.krippendorff),
                ("Gwet's AC1", label.model, label.ac1),
            ]
            yield coefficients_plot(f"{label.subject}{of}", rows, self.notes)
        rows = [("F1 of marked words", None, found.spans.words), ("agreement of spans", None, found.spans.spans)]
        yield coefficients_plot("What was marked", rows, self.notes)

    def progress(self) -> Iterator[Bar]:
        progress = self.results.progress
        for place, answered in enumerate(progress.answered):
            yield _done(f"answers of {self.heads[place]}", answered, progress.cases)
        for reader in progress.readers:
            yield _done(f"readings of {reader.reader_id}", reader.committed, progress.cases)


def _done(label: str, done: int, total: int) -> Bar:
    return stacked_bar(label, [Part("committed", "done", done), Part("missing", "left", max(0, total - done))])


def _total(results: Results) -> Mapping[str, int]:
    return {name: sum(getattr(model.overall, name) for model in results.models) for name in _STANDINGS}
