"""The outline: every count and estimate leads to the cases behind it, and what is drawn is also in a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from doubleread.domain.ordinal_scales import SCALES
from doubleread.reports.plots import swatch
from doubleread.results.cases_behind import Behind, cases_behind
from doubleread.results.looks import LOOKS, level_look
from doubleread.results.outline import outline
from doubleread.results.section import Count, Counts, Paired, Part, Section, Value
from doubleread.results.view import ResultsView, results_view
from doubleread.statistics import Interval, Proportion
from doubleread.tui.results.page import results_page
from reports import small_studies as studies

ONE_CASE_ONE_ANSWER = {"answers", "outcome", "lead", "reviewed"}
"""What counts cases, so that as many cases are behind it."""


@pytest.fixture(scope="module")
def views(tmp_path_factory) -> list[ResultsView]:
    found = []
    builders = (studies.bare, studies.two_readers, studies.twice, studies.rated_by_two, studies.reviewed)
    for builder in (
        *builders,
        studies.sentences,
        studies.rubrics,
        studies.rated,
        studies.repeated,
        studies.partly_repeated,
    ):
        with builder(tmp_path_factory.mktemp(builder.__name__)) as study:
            found.append(results_view(study))
    return found


def counts_of(section: Section) -> Iterator[tuple[Behind, int | None]]:
    """Yield what is behind each cell, mark, part and field of a section, with its count of cases where it has one."""
    for _, row in section.all_rows():
        for cell in row.cells.values():
            if isinstance(cell, Value | Count) and cell.behind:
                yield cell.behind, cell.count if isinstance(cell, Count) else None
            if isinstance(cell, Paired) and cell.behind:
                for field in ("both", "first_only", "second_only", "neither"):
                    yield replace(cell.behind, name=field), getattr(cell.table, field)
    for plot in section.plots:
        yield from ((mark.value.behind, None) for mark in plot.marks if mark.value.behind)
    parts: list[Part] = [part for group in section.bars for bar in group.bars for part in bar.parts]
    yield from ((part.behind, part.count) for part in parts if part.behind)


def test_every_count_has_as_many_cases_behind_it(views):
    checked = set()
    for view in views:
        for section in outline(view.results):
            for behind, count in counts_of(section):
                listed = cases_behind(view, behind)
                assert listed.title
                if count is not None and behind.measure in (*ONE_CASE_ONE_ANSWER, "pair"):
                    assert len(listed.cases) == count, (section.key, behind)
                    checked.add(behind.measure)
    assert checked == {*ONE_CASE_ONE_ANSWER, "pair"}


def test_proportions_lead_to_as_many_cases_as_they_have(views):
    for view in views:
        for section in outline(view.results):
            for _, row in section.all_rows():
                for cell in row.cells.values():
                    if not isinstance(cell, Value) or not isinstance(cell.statistic, Proportion) or not cell.behind:
                        continue
                    found = len(cases_behind(view, cell.behind).cases)
                    whole = cell.behind.measure in ("counted", "clear")
                    assert found == (cell.statistic.n if whole else cell.statistic.successes), (section.key, row.key)


def test_what_is_drawn_is_in_a_row_too(views):
    for view in views:
        for section in outline(view.results):
            if section.key == "adjudicated":
                continue
            cells = [cell for _, row in section.all_rows() for cell in row.cells.values()]
            for plot in section.plots:
                assert all(any(mark.value is cell for cell in cells) for mark in plot.marks), plot.key
                ends = plot.scale.axis([mark.value.statistic for mark in plot.marks])
                for mark in plot.marks:
                    interval = getattr(mark.value.statistic, "interval", None)
                    if isinstance(interval, Interval):
                        assert ends.low <= interval.low <= interval.high <= ends.high


@pytest.mark.parametrize("width", [78, 118, 168])
def test_the_screen_shows_every_section_and_no_label_is_cut(views, width):
    for view in views:
        lines, starts = results_page(view, width)
        text = ["".join(part.text for part in line) for line in lines]
        heads = [text[row] for row in starts]
        assert heads[1:-1] == [section.title for section in outline(view.results)]
        labels = {mark.label for section in outline(view.results) for plot in section.plots for mark in plot.marks}
        for label in labels:
            assert any(label in line for line in text), label


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.name)
def test_levels_are_drawn_differently(views, scale):
    sections = [section for view in views for section in outline(view.results) if section.key == scale.name]
    ((group,),) = [section.bars for section in sections]
    assert len({str(swatch(name)).count("<line") for name in group.legend}) == len(group.legend) == scale.highest


@pytest.mark.parametrize("most", [2, 3, 4, 5])
def test_a_scale_has_as_many_looks_as_levels_from_the_lightest_to_the_darkest(most):
    names = [level_look(level, most) for level in range(1, most + 1)]
    assert names == sorted(set(names))
    assert (names[0], names[-1]) == ("level-1", "level-5")
    assert set(names) <= LOOKS.keys()


def test_counts_are_written_with_their_whole():
    assert str(Count(3)) == "3"
    assert str(Count(3, 12)) == "3 of 12"
    assert str(Count(3, 1, "reading", "in")) == "3 in 1 reading"
    assert str(Counts({"unparsed": 1, "refused": 0}, 6)) == "1/0 of 6"
