"""The page of a study's results: sections of figures, each linked to the cases behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal

from doubleread.domain.answer_status import AnswerStatus
from doubleread.domain.formatting import decimal, fraction, p_value, percent, sample
from doubleread.domain.wording import plural
from doubleread.read_model.cases import PLACES
from doubleread.results import Accuracy, AccuracyComparison, ComparedRates
from doubleread.results.accuracy import ALL_KINDS
from doubleread.results.cases_behind import Behind, Measure
from doubleread.results.notes import notes
from doubleread.results.view import ResultsView
from doubleread.statistics import Estimate, Group, Hallucinating, McNemar, PairedRates, Proportion, Undefined
from doubleread.tui.results.page_base import LOOKS, Page, coefficient, difference_plot
from doubleread.tui.results.readers_page import readers_sections
from doubleread.tui.shared.plots.intervals import (
    DIFFERENCES,
    PROPORTIONS,
    Axis,
    Bar,
    Value,
    difference_axis,
    figures,
    interval_plot,
    rate_axis,
)
from doubleread.tui.shared.plots.lines import Line, Look, Part, wrapped
from doubleread.tui.shared.plots.stacks import Piece, stack
from doubleread.tui.shared.plots.tables import columns, paired_plot

_GLANCE = "at a glance"
_PATTERNS: Mapping[AnswerStatus, tuple[str, Look]] = {
    "correct": ("█", "correct"),
    "incorrect": ("░", "incorrect"),
    "unparsed": ("?", "indeterminate"),
    "refused": ("!", "indeterminate"),
    "truncated": ("~", "indeterminate"),
    "pending": ("·", "open"),
    "disputed": ("≠", "open"),
    "unscored": ("-", "open"),
}
_KINDS = {"choice": "Multiple choice", "diagnosis": "Diagnosis in free text"}


def results_page(view: ResultsView, width: int) -> tuple[list[Line], list[int]]:
    """Return the lines of the page for a window of so many cells, and the rows in which its sections begin."""
    page = Page(view, width)
    found = view.results
    _glance(page)
    for comparison in found.accuracy:
        if comparison.kind != ALL_KINDS:
            _kind(page, comparison)
    _specialties(page)
    _annotations(page, "Hallucinations", found.hallucinations, "annotations")
    _rates_by(page, "kind", found.hallucination_rates_by_kind)
    _rates_by(page, "specialty", found.hallucination_rates_by_specialty)
    _annotations(page, "Omissions", found.omissions, "omissions")
    _adjudicated(page)
    _sentences(page)
    readers_sections(page)
    if said := notes(found):
        page.section("Notes")
        for note in said:
            page.note(note)
    return page.lines, page.sections


def _accuracy(page: Page, kind: str) -> tuple[Accuracy, Accuracy]:
    first, second = page.view.results.models
    return (first.choice, second.choice) if kind == "choice" else (first.diagnosis, second.diagnosis)


def _glance(page: Page) -> None:
    view, results = page.view, page.view.results
    page.section("At a glance", plural(results.cases, "case"))
    if not results.blindness.named:
        page.note(
            "The models are not named, and their order is randomised, until every reading is committed. Readers "
            f"who are not done must not see these results: {results.blindness.reason}."
        )
    found, leads, answered = results.hallucinations, results.preference, results.progress.answered
    rates = found.each_answer.first, found.each_answer.second
    rows: list[tuple[str, tuple[str, str], tuple[Behind, Behind]]] = [
        ("answers", (f"{answered[0]} of {results.cases}", f"{answered[1]} of {results.cases}"), _spots("answers"))
    ]
    for comparison in results.accuracy:
        if comparison.kind != ALL_KINDS:
            one, other = _accuracy(page, comparison.kind)
            said = _short(one.indeterminate_incorrect), _short(other.indeterminate_incorrect)
            rows.append((f"correct, {comparison.kind}", said, _spots("counted", comparison.kind)))
    rows += [
        ("hallucinations per answer", (_short(rates[0]), _short(rates[1])), _spots("answers", name="read")),
        ("answers with any", (_short(found.first_with), _short(found.second_with)), _spots("annotations")),
        (
            "cases preferred",
            (str(leads.first), str(leads.second)),
            (Behind("lead", name="first", section=_GLANCE), Behind("lead", name="second", section=_GLANCE)),
        ),
    ]
    table = [(words, (said[0], spots[0]), (said[1], spots[1])) for words, said, spots in rows]
    page.add(columns(table, view.names, min(page.width, 100)))


def _spots(measure: Measure, kind: str = "", *, name: str = "") -> tuple[Behind, Behind]:
    return Behind(measure, kind, 0, name, _GLANCE), Behind(measure, kind, 1, name, _GLANCE)


def _short(value: Value) -> str:
    if isinstance(value, Undefined):
        return "none yet"
    if isinstance(value, Proportion):
        return f"{percent(value.value)}   {fraction(value.successes, value.n)}"
    return f"{decimal(value.value)}   {sample(value.n)}"


def _kind(page: Page, comparison: AccuracyComparison) -> None:
    kind = comparison.kind
    page.section(_KINDS[kind], plural(comparison.cases, "case"))
    one, other = _accuracy(page, kind)
    proportions: tuple[tuple[str, Measure, tuple[Value, Value]], ...] = (
        ("indeterminate as incorrect", "counted", (one.indeterminate_incorrect, other.indeterminate_incorrect)),
        ("indeterminate left out", "clear", (one.indeterminate_left_out, other.indeterminate_left_out)),
    )
    bars = [
        Bar(page.labelled(place, words), proportion[place], LOOKS[place], Behind(measure, kind, place))
        for words, measure, proportion in proportions
        for place in PLACES
    ]
    if kind == "diagnosis":
        bars += [
            Bar(page.labelled(place, f"top {top}"), proportion, LOOKS[place], Behind("top", kind, place, top))
            for top, pair in page.view.results.diagnoses.top.items()
            for place, proportion in zip(PLACES, (pair.first, pair.second), strict=True)
        ]
    finder = "the scorer finds" if not page.view.results.diagnoses.reviewed else "a person or the scorer finds"
    words = "Correct answers" if kind == "choice" else f"Correct answers; top: where {finder} the key's diagnosis"
    page.lines.append((Part(words, "muted"),))
    page.two_up(
        lambda width: interval_plot(bars, PROPORTIONS, width, page.label), lambda width: _outcomes(page, kind, width)
    )
    page.lines.append(())
    paired = comparison.paired.indeterminate_incorrect
    difference = Bar("difference ● - ◆", paired.difference, "", Behind("pair", kind))

    def table(width: int) -> list[Line]:
        if not paired.table.n:
            return [(Part("No case has two answers that count yet.", "muted"),)]
        spot = partial(_field, kind)
        return paired_plot(paired.table, page.view.names, ("correct", "not correct"), spot, width)

    page.two_up(table, lambda width: [*difference_plot(difference, width, page.label), *_test(paired.test, width)])
    if one.reviewed or other.reviewed:
        _reviewed(page, kind, one, other)
    if kind == "diagnosis":
        _grades(page)


def _reviewed(page: Page, kind: str, one: Accuracy, other: Accuracy) -> None:
    """Say how many scores a person reviewed, and what the proportion is without them."""
    spots = Behind("reviewed", kind, 0), Behind("reviewed", kind, 1)
    without = (
        Behind("counted", kind, 0, section="without review"),
        Behind("counted", kind, 1, section="without review"),
    )
    # Of a diagnosis the automatic score alone says neither right nor wrong: there the readers' words count.
    alone = "automatic only" if kind == "choice" else "without review"
    said = str(one.reviewed), str(other.reviewed)
    proportions = _short(one.automatic), _short(other.automatic)
    rows = [
        ("reviewed by a person", (said[0], spots[0]), (said[1], spots[1])),
        (alone, (proportions[0], without[0]), (proportions[1], without[1])),
    ]
    page.lines.append(())
    page.add(columns(rows, page.view.names, min(page.width, 100)))


def _grades(page: Page) -> None:
    found = page.view.results.diagnoses
    if any(proposals.n for proposals in found.proposals):
        said = [
            f"{'●◆'[place]} confirmed {_short(one.precision)}, kappa {coefficient(one.kappa)}"
            for place, one in zip(PLACES, found.proposals, strict=True)
        ]
        page.note(f"The scorer's proposals against people: {'; '.join(said)}.")
    if any(grades.graded for grades in found.grades):
        said = [
            f"{'●◆'[place]} {', '.join(f'{grade}: {count}' for grade, count in grades.counts.items())}"
            for place, grades in zip(PLACES, found.grades, strict=True)
        ]
        page.note(f"Answers by Bond grade (5: the key's diagnosis): {'; '.join(said)}.")
    if found.readers.pairs:
        page.note(
            f"Readers' grades against review: identical in {_short(found.readers.same)}, weighted kappa "
            f"{coefficient(found.readers.weighted)}; the grades from review count."
        )


def _specialties(page: Page) -> None:
    groups = page.view.results.accuracy_by_specialty
    if len(groups) < 2:
        return
    page.section("By specialty", "difference in correct answers, indeterminate as incorrect")
    bars = [
        Bar(group.name, group.result.indeterminate_incorrect.difference, "", Behind("specialty", name=group.name))
        for group in groups
    ]
    page.add(interval_plot(bars, DIFFERENCES, page.width, page.label))
    page.groups("McNemar's mid-p", groups)


def _rates_by(page: Page, name: Literal["kind", "specialty"], groups: Sequence[Group[ComparedRates]]) -> None:
    if len(groups) < 2:
        return
    page.section(f"Hallucinations by {name}", "annotations per answer, ● - ◆")
    bars = [
        Bar(
            group.name,
            group.result.each_answer.difference,
            "",
            Behind("read", group.name if name == "kind" else "", name=group.name if name == "specialty" else ""),
        )
        for group in groups
    ]
    page.add(interval_plot(bars, difference_axis([bar.value for bar in bars]), page.width, page.label))
    page.groups("Randomisation test", groups)


def _field(kind: str, name: str) -> Behind:
    return Behind("pair", kind, name=name)


def _test(test: McNemar | Undefined, width: int) -> list[Line]:
    if isinstance(test, Undefined):
        words = f"McNemar's test: none, {test.reason}"
    else:
        differ = f"the models differ on {plural(test.n, 'case')}"
        words = f"McNemar's test: {p_value(test.mid_p, 'mid-p')}, {p_value(test.exact, 'exact p')}; {differ}"
    return wrapped([Part(word, "muted") for word in words.split()], width, gap=" ")


def _outcomes(page: Page, kind: str, width: int) -> list[Line]:
    lines: list[Line] = []
    for place, accuracy in zip(PLACES, _accuracy(page, kind), strict=True):
        pieces = [
            Piece(status, getattr(accuracy, status), pattern, look, Behind("outcome", kind, place, status))
            for status, (pattern, look) in _PATTERNS.items()
        ]
        lines += [*([()] if lines else []), *stack(page.labelled(place), pieces, width, page.label, LOOKS[place])]
    return lines


def _annotations(page: Page, title: str, found: Hallucinating, measure: Measure) -> None:
    page.section(title, "per reading of an answer")
    if isinstance(found.each_answer.first, Undefined) and isinstance(found.each_answer.second, Undefined):
        page.note("None yet: no reading of an answer is committed.")
        return
    rates: list[tuple[str, PairedRates, Measure, str]] = [("all", found.each_answer, measure, "")]
    if measure == "annotations":
        rates += [(name, pair, "category", name) for name, pair in found.by_category.items()]
        rates += [(name, pair, "severity", name) for name, pair in found.by_severity.items()]
    else:
        rates += [(name, pair, measure, name) for name, pair in found.by_severity.items()]
    bars = [
        Bar(page.labelled(place, label), (pair.first, pair.second)[place], LOOKS[place], Behind(of, "", place, name))
        for label, pair, of, name in rates
        for place in PLACES
    ]
    page.add(interval_plot(bars, rate_axis([bar.value for bar in bars]), page.width, page.label))
    page.lines.append(())
    proportions = (found.first_with, found.second_with)
    spots = [Behind("answers", "", place, "read", title) for place in PLACES]
    bars = [Bar(page.labelled(p, "answers with any"), proportions[p], LOOKS[p], spots[p]) for p in PLACES]
    page.add(interval_plot(bars, PROPORTIONS, page.width, page.label))
    words = found.each_100_words
    page.note(
        f"Difference ● - ◆ per answer: {_said(found.each_answer.difference)}. Per 100 words: ● {_said(words.first)}; "
        f"◆ {_said(words.second)}."
    )


def _adjudicated(page: Page) -> None:
    """Put what adjudicators resolved beside what the readers marked."""
    reviewed = page.view.results.adjudicated
    if reviewed is None:
        return
    page.section("Adjudicated", f"{plural(reviewed.cases, 'case')}, each counted once")
    for what, raw, own in (
        ("hallucinations", page.view.results.hallucinations, reviewed.hallucinations),
        ("omissions", page.view.results.omissions, reviewed.omissions),
    ):
        pairs = (("as read", raw.each_answer), ("adjudicated", own.each_answer))
        bars = [
            Bar(page.labelled(place, words), (pair.first, pair.second)[place], LOOKS[place])
            for words, pair in pairs
            for place in PLACES
        ]
        page.lines.append((Part(f"{what} per answer", "muted"),))
        page.add(interval_plot(bars, rate_axis([bar.value for bar in bars]), page.width, page.label))
        page.gap()
    leads = reviewed.preference
    page.note(f"Preferred as adjudicated: ● in {leads.first}, ◆ in {leads.second}, neither in {leads.even}.")


def _sentences(page: Page) -> None:
    found = page.view.results.sentences
    if not found.any:
        return
    judged = sum(counts.judged for counts in found.counts)
    page.section("Sentences", f"proportions of {plural(judged, 'judged sentence')}")
    named = {"unsupported or incorrect": found.faulty, **found.by_judgement}
    bars = [
        Bar(
            page.labelled(place, name),
            (pair.first, pair.second)[place],
            LOOKS[place],
            Behind("answers", "", place, "read", f"sentences {name}"),
        )
        for name, pair in named.items()
        for place in PLACES
    ]
    page.add(interval_plot(bars, PROPORTIONS, page.width, page.label))
    page.add(
        difference_plot(
            Bar("faulty ● - ◆", found.faulty.difference, "", Behind("answers", section="sentences")),
            page.width,
            page.label,
        )
    )
    one, other = found.counts
    page.note(
        f"Judged: ● {one.judged} of {one.sentences} sentences, ◆ {other.judged} of {other.sentences}. Intervals "
        "resample cases."
    )


def _said(value: Estimate | Undefined) -> str:
    return figures(value, Axis(0.0, 1.0, percent=False)).replace(" n =", ", n =")
