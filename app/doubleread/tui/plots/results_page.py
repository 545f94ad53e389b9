"""The page of a study's results: sections of figures, each with a way to the cases behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from doubleread.domain.labels import VERDICTS
from doubleread.domain.wording import plural
from doubleread.sessions.case_facts import PLACES, Place
from doubleread.sessions.cases_behind import Behind, Measure
from doubleread.sessions.results_view import KindFigures, ResultsView
from doubleread.statistics import Estimate, Hallucinating, McNemar, PairedRates, Proportion, Undefined
from doubleread.tui.plots.intervals import (
    DIFFERENCES,
    SHARES,
    Axis,
    Bar,
    Value,
    figures,
    interval_plot,
    plot_width,
    rate_axis,
)
from doubleread.tui.plots.lines import Line, Look, Part, beside, fit, wrapped
from doubleread.tui.plots.stacks import Piece, stack
from doubleread.tui.plots.tables import columns, paired_plot

WIDEST = 170
"""The most cells of a page; wider bars tell no more."""
WIDE = 130
"""From so many cells on, figures of the two halves of a section stand beside each other."""
LOOKS: tuple[Look, Look] = ("first", "second")
_GLANCE = "at a glance"
_PATTERNS: Mapping[str, tuple[str, str, Look]] = {
    "right": ("right", "█", "right"),
    "wrong": ("wrong", "░", "wrong"),
    "unparsed": ("unparsed", "?", "unclear"),
    "refused": ("refused", "!", "unclear"),
    "truncated": ("cut off", "~", "unclear"),
    "waiting": ("waiting for a reader", "·", "open"),
    "disputed": ("readers differ", "≠", "open"),
    "unscored": ("not scored", "-", "open"),
}
_VERDICTS: Mapping[str, tuple[str, Look]] = {
    "correct": ("█", "right"),
    "partly": ("▒", "unclear"),
    "wrong": ("░", "wrong"),
    "unsure": ("?", "open"),
}
_KINDS = {"choice": "Multiple choice", "diagnosis": "Diagnosis in free text"}


class _Page:
    """Lines as they are added, and the rows in which sections begin."""

    def __init__(self, view: ResultsView, width: int) -> None:
        self.view = view
        self.width = width
        self.lines: list[Line] = []
        self.sections: list[int] = []
        self.label = 24 if width < WIDE else 34

    def section(self, title: str, about: str = "") -> None:
        """Begin a section."""
        if self.lines:
            self.lines.append(())
        self.sections.append(len(self.lines))
        self.lines.append((Part(title, "heading"), *([Part(f"   {about}", "muted")] if about else [])))

    def add(self, lines: Sequence[Line]) -> None:
        """Add lines."""
        self.lines += lines

    def note(self, words: str) -> None:
        """Add a remark, wrapped."""
        self.lines += wrapped([Part(word, "muted") for word in words.split()], self.width, gap=" ")

    def two_up(self, left: Callable[[int], list[Line]], right: Callable[[int], list[Line]]) -> None:
        """Add two blocks, beside each other where there is room. Each is a function of its width."""
        if self.width >= WIDE:
            half = (self.width - 3) // 2
            self.add(beside(left(half), right(self.width - 3 - half), half))
        else:
            self.add([*left(self.width), (), *right(self.width)])

    def labelled(self, place: Place, words: str = "") -> str:
        """Name a model's row."""
        return f"{'●◆'[place]} {words or self.view.names[place]}"


def results_page(view: ResultsView, width: int) -> tuple[list[Line], list[int]]:
    """Return the lines of the page for a window of so many cells, and the rows in which its sections begin."""
    page = _Page(view, min(width, WIDEST))
    _glance(page)
    for kind in view.kinds:
        _kind(page, kind)
    _findings(page, "Hallucinations", view.hallucinations, "findings")
    _findings(page, "Omissions", view.omissions, "omissions")
    _readers_words(page)
    page.section("What the figures are")
    page.note(
        "Bars are 95 % intervals: Wilson for shares, Newcombe for paired differences, a BCa bootstrap over cases for "
        "rates. Unclear answers are unparsed, refused or cut off. Findings are those that stand in committed readings "
        "of readers who did not decline the case."
    )
    return page.lines, page.sections


def _glance(page: _Page) -> None:
    view = page.view
    page.section("At a glance", plural(len(view.cases), "case"))
    if not view.named:
        page.note(
            "The models are not named and stand in a drawn order, because some readings are open. Readers who are not "
            "done must not see these figures: "
            + ", ".join(f"{reader} ({left} to go)" for reader, left in view.readings.still_reading.items())
            + "."
        )
    found, leads = view.hallucinations, view.preferences
    rates = found.each_answer.first, found.each_answer.second
    rows: list[tuple[str, tuple[str, str], tuple[Behind, Behind]]] = [
        ("answers made", _both(lambda place: f"{view.answered[place]} of {len(view.cases)}"), _spots("answers"))
    ]
    rows += [
        (f"right, {kind.kind}", (_short(shares[0]), _short(shares[1])), _spots("counted", kind.kind))
        for kind in view.kinds
        for shares in (kind.unclear_wrong,)
    ]
    rows += [
        ("hallucinations an answer", _both(lambda place: _short(rates[place])), _spots("answers", name="read")),
        ("answers with any", (_short(found.first_with), _short(found.second_with)), _spots("findings")),
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


def _both(of: Callable[[Place], str]) -> tuple[str, str]:
    return of(0), of(1)


def _short(value: Value) -> str:
    if isinstance(value, Undefined):
        return "none yet"
    if isinstance(value, Proportion):
        return f"{value.value:.1%}   {value.successes}/{value.n}"
    return f"{value.value:.2f}   n {value.n}"


def _kind(page: _Page, kind: KindFigures) -> None:
    page.section(_KINDS[kind.kind], plural(kind.cases, "case"))
    shares: tuple[tuple[str, Measure, tuple[Value, Value]], ...] = (
        ("unclear as wrong", "counted", kind.unclear_wrong),
        ("unclear left out", "clear", kind.unclear_left_out),
    )
    bars = [
        Bar(page.labelled(place, words), share[place], LOOKS[place], Behind(measure, kind.kind, place))
        for words, measure, share in shares
        for place in PLACES
    ]
    page.lines.append((Part("Right answers", "muted"),))
    page.two_up(
        lambda width: interval_plot(bars, SHARES, width, page.label), lambda width: _outcomes(page, kind, width)
    )
    page.lines.append(())
    paired = kind.paired.unclear_wrong
    difference = Bar("difference ● - ◆", paired.difference, "", Behind("pair", kind.kind))

    def table(width: int) -> list[Line]:
        words = ("right", "not right")
        if not paired.table.n:
            return [(Part("No case has both answers settled yet.", "muted"),)]
        return paired_plot(paired.table, page.view.names, words, partial(_field, kind.kind), width)

    page.two_up(table, lambda width: [*_difference(difference, width, page.label), *_test(paired.test, width)])


def _field(kind: str, name: str) -> Behind:
    return Behind("pair", kind, name=name)


def _difference(bar: Bar, width: int, label: int) -> list[Line]:
    lines = interval_plot([bar], DIFFERENCES, width, label)
    if isinstance(bar.value, Undefined):
        return lines
    room = plot_width(width, label)
    head = fit(f"◂ ◆ ahead{'● ahead ▸':>{room - 9}}", room)
    return [(Part(" " * (label + 1)), Part(head, "muted")), *lines]


def _test(test: McNemar | Undefined, width: int) -> list[Line]:
    if isinstance(test, Undefined):
        words = f"McNemar's test: none, {test.reason}"
    else:
        words = f"McNemar's test: mid-p {test.mid_p:.3f}, exact p {test.exact:.3f}, n {test.n} cases that differ"
    return wrapped([Part(word, "muted") for word in words.split()], width, gap=" ")


def _outcomes(page: _Page, kind: KindFigures, width: int) -> list[Line]:
    lines: list[Line] = []
    for place in PLACES:
        pieces = [
            Piece(
                name, kind.outcomes[place].get(outcome, 0), pattern, look, Behind("outcome", kind.kind, place, outcome)
            )
            for outcome, (name, pattern, look) in _PATTERNS.items()
        ]
        lines += stack(page.labelled(place), pieces, width, page.label, LOOKS[place])
    return lines


def _findings(page: _Page, title: str, found: Hallucinating, measure: Measure) -> None:
    page.section(title, "per reading of an answer")
    if isinstance(found.each_answer.first, Undefined) and isinstance(found.each_answer.second, Undefined):
        page.note("None yet: no reading of an answer is committed.")
        return
    rates: list[tuple[str, PairedRates, Measure, str]] = [("all", found.each_answer, measure, "")]
    if measure == "findings":
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
    shares = (found.first_with, found.second_with)
    spots = [Behind("answers", "", place, "read", title) for place in PLACES]
    bars = [Bar(page.labelled(p, "answers with any"), shares[p], LOOKS[p], spots[p]) for p in PLACES]
    page.add(interval_plot(bars, SHARES, page.width, page.label))
    words = found.each_100_words
    page.note(
        f"Difference ● - ◆ an answer: {_said(found.each_answer.difference)}. For 100 words: ● {_said(words.first)}; "
        f"◆ {_said(words.second)}."
    )


def _said(value: Estimate | Undefined) -> str:
    return figures(value, Axis(0.0, 1.0, percent=False))


def _readers_words(page: _Page) -> None:
    view = page.view
    counts = view.readings
    about = f"{plural(counts.committed, 'committed reading')} of {counts.opened}, {plural(counts.readers, 'reader')}"
    page.section("Readers", about)
    found = view.preferences
    if isinstance(found.net, Undefined):
        page.note("No preference yet.")
    else:
        pieces = [
            Piece(f"● {view.names[0]}", found.first, "█", "first", Behind("lead", name="first")),
            Piece("neither", found.even, "·", "open", Behind("lead", name="even")),
            Piece(f"◆ {view.names[1]}", found.second, "▒", "second", Behind("lead", name="second")),
        ]
        page.add(stack("cases preferred", pieces, page.width, page.label))
        net = Bar("net preference ● - ◆", found.net, "", Behind("lead"))
        page.add(_difference(net, page.width, page.label))
        sign = found.sign_test
        page.note(f"Sign test: {'none, ' + sign.reason if isinstance(sign, Undefined) else f'p {sign:.3f}'}.")
    page.lines.append(())
    for place in PLACES:
        given = view.verdicts[place]
        pieces = [
            Piece(name, given.get(name, 0), *_VERDICTS[name], Behind("verdict", "", place, name))
            for name in (label.name for label in VERDICTS)
        ]
        page.add(stack(page.labelled(place, "verdicts"), pieces, page.width, page.label, LOOKS[place]))
    if counts.still_reading:
        page.note(
            "Still to read: " + ", ".join(f"{reader} {left}" for reader, left in counts.still_reading.items()) + "."
        )
