"""Finding the cases of a study by their words, tags, kinds and states."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from doubleread.domain.adjudication import Decision
from doubleread.domain.case import Case, Document
from doubleread.errors import DoublereadError
from doubleread.read_model import case_search
from doubleread.read_model.case_search import CaseBrowser, CaseFilter, CaseWords
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.store import StudyFile
from tui.adjudicated import ADJUDICATOR, READERS, adjudicable_study
from tui.studies import CASES, commit_readings, make_study
from waiting import until

DOCUMENTS = (Document("d", "A wet cough."),)
WORDS = (
    Case("w1", "choice", "Fever and a naïve reader.", "What now?", options={"A": "Wait"}, key="A"),
    Case("w2", "diagnosis", "Cough.", "Which?", key="pericarditis", explanation="A rub is heard."),
    Case("w3", "summary", "", "Summarise.", key="k", documents=DOCUMENTS),
    Case("w4", "summary", "患者は胸痛を訴えた。", "要約?", key="k", tags=("cardiology",), title="Chest_pain"),
)


def no_index(_: sqlite3.Connection) -> bool:
    _.execute("CREATE TABLE words (text TEXT NOT NULL)")
    return False


@pytest.fixture(params=["full-text index", "without one"])
def words(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> CaseWords:
    if request.param == "without one":
        monkeypatch.setattr(case_search, "_make_index", no_index)
    return CaseWords(WORDS)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("cough", {"w2", "w3"}),
        ("COU", {"w2", "w3"}),
        ("wet cough", {"w3"}),
        ("cough fever", set()),
        ("wait", {"w1"}),
        ("cardio", {"w4"}),
        ("chest pain", {"w4"}),
        ("胸痛", {"w4"}),
        ("w2", {"w2"}),
        ('fever" OR "cough', set()),
        ("fever) NOT (", set()),
        ("reader*", {"w1"}),
    ],
)
def test_words_are_found_where_a_reader_reads_them(words: CaseWords, asked: str, found: set[str]) -> None:
    assert words.having(asked) == found


@pytest.mark.parametrize("hidden", ["pericarditis", "rub"])
def test_keys_and_explanations_are_not_searched(words: CaseWords, hidden: str) -> None:
    assert words.having(hidden) == set()


@pytest.mark.parametrize("nothing", ["", "  ", "?! -"])
def test_without_words_nothing_is_asked(words: CaseWords, nothing: str) -> None:
    assert words.having(nothing) is None


def test_accents_do_not_matter_to_the_index() -> None:
    assert CaseWords(WORDS).having("naive") == {"w1"}


@pytest.fixture
def browser(tmp_path: Path) -> CaseBrowser:
    path = make_study(tmp_path / "s.doubleread", answered=("c01", "c02"))
    commit_readings(path, "R-01", cases=2)
    commit_readings(path, "R-02", cases=1)
    return CaseBrowser(StudyFile.open(path, device="d", read_only=True))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (CaseFilter(), ["c01", "c02", "c03"]),
        (CaseFilter(tag="Cardiology"), ["c01"]),
        (CaseFilter(kind="choice"), ["c01", "c03"]),
        (CaseFilter(state="answered"), ["c01", "c02"]),
        (CaseFilter(state="unanswered"), ["c03"]),
        (CaseFilter(state="read"), ["c01", "c02"]),
        (CaseFilter(state="unread"), ["c03"]),
        (CaseFilter(read_by="R-02"), ["c01"]),
        (CaseFilter(state="read", read_by="R-02"), ["c01"]),
        (CaseFilter(state="unread", read_by="R-02"), ["c02", "c03"]),
        (CaseFilter(state="answered", read_by="R-02"), ["c01"]),
        (CaseFilter(state="adjudicated"), []),
        (CaseFilter(text="fever"), ["c03"]),
        (CaseFilter(text="the", kind="choice"), ["c01", "c03"]),
    ],
)
def test_cases_are_filtered(browser: CaseBrowser, wanted: CaseFilter, found: list[str]) -> None:
    assert [case.id for case in browser.find(wanted)] == found
    browser.close()


def test_what_occurs_can_be_chosen(browser: CaseBrowser) -> None:
    assert browser.tags == ("cardiology", "endocrinology", "infectious disease")
    assert browser.kinds == ("choice", "diagnosis")
    assert browser.readers == ("R-01", "R-02")
    assert browser.case("c01") == CASES[0]
    with pytest.raises(DoublereadError, match="there is no case c99"):
        browser.case("c99")


def test_a_resolved_case_is_adjudicated(tmp_path: Path) -> None:
    path = adjudicable_study(tmp_path / "s.doubleread")
    with StudyFile.open(path, device="d") as study:
        session = AdjudicationSession(study, ADJUDICATOR, clock=lambda: 0.0)
        for difference in session.differences:
            session.decide(difference.id, Decision.take(0))
        session.commit()
    with StudyFile.open(path, device="d", read_only=True) as study:
        cases = CaseBrowser(study).find(CaseFilter(state="adjudicated"))
    assert [(case.id, case.readers) for case in cases] == [("c01", tuple(sorted(READERS)))]


def test_nothing_is_written_into_the_study_file(tmp_path: Path) -> None:
    path = make_study(tmp_path / "s.doubleread")
    before = path.read_bytes()
    browser = CaseBrowser(StudyFile.open(path, device="d", read_only=True))
    assert browser.find(CaseFilter(text="fever"))
    browser.close()
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["s.doubleread"]


def test_the_search_reports_how_many_cases_it_has_read(browser: CaseBrowser) -> None:
    reports: list[int] = []
    browser.find(CaseFilter(text="fever"), reports.append)
    browser.find(CaseFilter(text="chest"), reports.append)
    assert reports == [0]


def test_a_search_ends_when_the_study_is_closed(browser: CaseBrowser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_search, "_STEP", 1)
    closing: list[threading.Thread] = []

    def report(_: int) -> None:
        if not closing:
            closing.append(threading.Thread(target=browser.close))
            closing[0].start()
            until(browser.closing.is_set)

    assert browser.find(CaseFilter(text="chest"), report) == []
    closing[0].join(60)
    assert browser.find(CaseFilter()) == []
