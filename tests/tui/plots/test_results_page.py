"""The page of results: which sections it has, and what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from doubleread.domain.adjudication import Decision
from doubleread.domain.ordinal_scales import CONFIDENCE
from doubleread.reports.page import report_page
from doubleread.results.cases_behind import Behind, cases_behind
from doubleread.results.outline import outline
from doubleread.results.study_methods import study_methods
from doubleread.results.view import ResultsView, results_view
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.reading import ReadingSession
from doubleread.tui.results.page import results_page
from doubleread.tui.shared.plots.lines import Line, width_of
from sessions.adjudicated_study import ADJUDICATOR, make_study, read_twice
from sessions.judged_study import answered_study, read
from sessions.judged_twice import read_all, steady, twice_study


@pytest.fixture
def twice(tmp_path: Path) -> Iterator[ResultsView]:
    with twice_study(tmp_path / "twice.doubleread") as study:
        read_all(study, "R-01", steady)
        study.change_protocol(replace(study.protocol, guideline="Mark all."), "readers asked")
        yield results_view(study)


def said(lines: list[Line]) -> str:
    return " ".join(" ".join(part.text for line in lines for part in line).split())


@pytest.mark.parametrize("width", [58, 78, 118, 168])
def test_axes_repeats_and_versions_have_their_sections(twice: ResultsView, width: int) -> None:
    lines, sections = results_page(twice, width)
    assert all(width_of(line) <= width for line in lines)
    heads = [lines[row][0].text for row in sections]
    assert heads == ["At a glance", *(section.title for section in outline(twice.results)), "Notes"]
    text = said(lines)
    assert "recall 0 of 4 3 of 4" in text
    assert width < 78 or "even 1, net -75.0% (-95.4 to -8.5) n = 4 p = 0.250, Holm p = 0.250" in text
    assert "R-01 4 cases 4 repeat readings" in text
    assert "matched 4, unmatched 0" in text
    assert re.search(r"version 1 [0-9a-f]{8} 4 4 version 2 [0-9a-f]{8} 0 0 guideline", text)


def test_estimates_of_readers_lead_to_their_cases(twice: ResultsView) -> None:
    lines, _ = results_page(twice, 118)
    stops = {replace(part.spot, section="") for line in lines for part in line if part.stop}
    for spot, words in (
        (Behind("axis", name="recall"), "compared by recall: 4 cases"),
        (Behind("again", name="R-01"), "read twice by R-01: 4 cases"),
    ):
        assert spot in stops
        assert cases_behind(twice, spot).title == words


def test_groups_differ_in_rates_with_p_values(tmp_path: Path) -> None:
    with answered_study(tmp_path / "study.doubleread") as study:
        read(study, "R-01", 6)
        view = results_view(study)
    lines, _ = results_page(view, 100)
    text = said(lines)
    assert "Difference ● - ◆: annotations per answer, by kind" in text
    assert re.search(r"choice 1.00 .* p = 0.125, Holm p = 0.250 diagnosis 1.00 .* p = 0.500, Holm p = 0.500", text)
    listed = cases_behind(view, Behind("read", "diagnosis"))
    assert listed.title == "diagnosis, both answers read: 2 cases"
    assert "p = 0.625, exact p = 1.000" in text


def test_reviewed_scores_are_shown_beside_readings(tmp_path: Path) -> None:
    with make_study(tmp_path / "trial.study", 2) as study:
        read_twice(study)
        assert results_view(study).results.adjudicated is None
        session = AdjudicationSession(study, ADJUDICATOR)
        for difference in session.differences:
            session.decide(difference.id, Decision.take(0))
        session.commit()
        view = results_view(study)
        html = "".join(report_page(view.results, study_methods(study, view.results), None, "2026-03-01T12:00:00.000Z"))
    text = said(results_page(view, 100)[0])
    assert "Adjudicated: 1 case, each counted once" in text
    assert text.count("● adjudicated") == 2
    assert "<h2>Adjudicated</h2>" in html
    assert "Annotations per answer, as read and adjudicated" in html
    assert "1 adjudicator resolved the differences between readers in 1 case, without the arms" in html


def test_each_confidence_has_a_pattern_of_its_own(tmp_path: Path) -> None:
    with answered_study(tmp_path / "study.doubleread") as study:
        study.change_protocol(replace(study.protocol, confidence=True), "readers asked")
        session = ReadingSession(study, "R-01")
        for value in CONFIDENCE.levels:
            session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
            session.state_level("confidence", value)
            session.commit()
            session.next_open()
        session.leave()
        view = results_view(study)
        html = "".join(report_page(view.results, study_methods(study, view.results), None, "2026-03-01T12:00:00.000Z"))
    text = said(results_page(view, 118)[0])
    assert "· 1 very unsure: 1 ░ 2 unsure: 1 ▒ 3 fairly sure: 1 ▓ 4 sure: 1 █ 5 certain: 1" in text
    swatches = re.findall(r'<li>(<svg class="swatch".*?</svg>)[1-5] ', html)
    assert [swatch.count("<line") for swatch in swatches] == [4, 3, 2, 1, 0]
