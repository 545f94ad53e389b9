"""Drawings of estimates: what is where, and what is said beside it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from importlib.resources import files

import pytest

from doubleread.reports.plots import bar, plot, square, strip, swatch
from doubleread.results import section as outlined
from doubleread.results.looks import LOOKS
from doubleread.results.scales import (
    COEFFICIENT,
    PROPORTION,
    PROPORTION_DIFFERENCE,
    RATE,
    NumberedReasons,
)
from doubleread.results.section import Mark, Paired, Part, Value
from doubleread.statistics import Estimate, Interval, PairedTable, Undefined, proportion
from hostile import hostile_strings

NOTHING = Undefined("nobody looked")
PROPORTIONS = PROPORTION.axis([])
HEADS = ("One", "Two")


def estimate(value, low, high):
    return Estimate(value, Interval(low, high), 30, "BCa")


def lines(drawing, name):
    return [
        {key: float(value) for key, value in line.attrib.items() if key != "class"}
        for line in ET.fromstring(drawing)
        if line.get("class") == name
    ]


def test_a_strip_has_the_interval_and_the_value_where_they_lie():
    drawing = strip(PROPORTIONS, proportion(15, 30), "half", 0)
    (interval,), (dot,) = lines(drawing, "interval"), lines(drawing, "dot")
    assert dot["x1"] == dot["x2"] == 500
    assert (interval["x1"], interval["x2"]) == pytest.approx((331.5, 668.5), abs=0.1)
    assert len(lines(drawing, "end")) == 2
    assert ET.fromstring(drawing).get("class") == "strip model-1"


def test_undefined_estimates_leave_the_axis_alone():
    drawing = strip(PROPORTIONS, NOTHING, "none", 1)
    assert not lines(drawing, "dot")
    assert len(lines(drawing, "grid")) + len(lines(drawing, "grid zero")) == 5


def test_an_estimate_without_an_interval_is_a_dot_alone():
    drawing = strip(PROPORTIONS, Estimate(0.25, NOTHING, 1, "mean"), "a quarter")
    assert lines(drawing, "dot")[0]["x1"] == 250
    assert not lines(drawing, "interval")


def test_words_are_beside_every_estimate():
    reasons = NumberedReasons()

    def drawn(scale, *marks):
        found = outlined.Plot("key", "title", tuple(Mark(label, arm, Value(one, scale)) for label, arm, one in marks))
        return plot(found, HEADS, reasons)

    proportions = drawn(PROPORTION, ("all", 0, proportion(16, 30)), ("all", 1, NOTHING))
    rates = drawn(RATE, ("all", 0, estimate(0.5, 0.25, 0.75)))
    apart = drawn(PROPORTION_DIFFERENCE, ("all", None, estimate(0.067, -0.121, 0.246)))
    agreement = drawn(COEFFICIENT, ("AC1", None, Estimate(1.0, NOTHING, 5, "AC1")))
    plots = (proportions, rates, apart, agreement)
    assert [row.words for one in plots for row in one.rows] == [
        "53.3% (36.1-69.8) 16/30",
        "none [1]",
        "0.50 (0.25-0.75) n = 30",
        "+6.7% (-12.1 to +24.6) n = 30",
        "1.00 [2] n = 5",
    ]
    assert [row.label for one in plots for row in one.rows] == ["One, all", "Two, all", "One, all", "all", "AC1"]
    assert [one.title for one in plots] == ["title", "title", "One minus Two: title", "title"]
    assert reasons.lines() == ["[1] undefined because nobody looked", "[2] no interval: nobody looked"]
    assert 'aria-label="One, all: 53.3% (36.1-69.8) 16/30"' in proportions.rows[0].strip


def test_parts_of_a_bar_fill_it_in_their_shares():
    parts = (Part("correct", "correct", 3), Part("incorrect", "incorrect", 1), Part("refused", "refused", 0))
    found = bar(outlined.Bar("choice", 0, parts), HEADS)
    parts = [part for part in ET.fromstring(found.drawing) if part.tag == "rect"]
    assert [float(part.get("width")) for part in parts] == [750, 250]
    assert (found.label, found.words) == ("One, choice", "correct: 3, incorrect: 1")
    assert bar(outlined.Bar("nothing", None, ()), HEADS).words == "nothing"


def test_adjacent_parts_differ_without_their_colours():
    statuses = ("correct", "incorrect", "unparsed", "refused", "truncated", "pending", "disputed", "unscored")
    assert len({LOOKS[name].pattern for name in statuses}) == len(statuses)
    assert len({(LOOKS[name].colour == "open", LOOKS[name].stripes) for name in statuses}) == len(statuses)
    assert str(swatch("truncated")).count("<line") == LOOKS["truncated"].stripes


def test_every_colour_of_a_part_is_in_the_style_sheet():
    sheet = files("doubleread.reports").joinpath("templates", "report.css").read_text(encoding="utf-8")
    for colour in {look.colour for look in LOOKS.values()} - {"open"}:
        assert f".part.{colour}" in sheet, colour


def test_a_square_says_all_four_counts():
    found = square(Paired(PairedTable(17, 9, 2, 1), "correct", "not right", "choice"), ("one", "two"))
    assert found.title == "choice (n = 29)"
    text = "".join(ET.fromstring(found.drawing).itertext())
    for word in ("17", "9", "2", "1", "only one", "only two", "both correct", "both not right", "59%"):
        assert word in text


def test_hostile_names_stay_words_in_every_drawing():
    for name in hostile_strings():
        made = (
            strip(PROPORTIONS, NOTHING, name),
            bar(outlined.Bar(name, None, (Part("correct", name, 1),)), HEADS).drawing,
            square(Paired(PairedTable(1, 1, 1, 1), "correct", "not right", name), (name, name)).drawing,
        )
        for drawing in made:
            # A noncharacter that HTML allows and XML does not.
            root = ET.fromstring(drawing.replace("\ufffe", ""))
            assert {child.tag for child in root.iter()} <= {"svg", "line", "rect", "text", "tspan"}
