"""The page of a study: what it says, what it leaves out, and where its menu leads."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from doubleread.config import Settings
from doubleread.domain.case import Case
from doubleread.domain.study import Protocol
from doubleread.platform import command_line
from doubleread.read_model.readers import ReaderProgress
from doubleread.sessions.study_overview import StudyOverview, study_overview
from doubleread.store import StudyFile
from doubleread.tui.app import DoublereadApp
from doubleread.tui.library.screen import LibraryScreen
from doubleread.tui.reading.screen import ReadingScreen
from doubleread.tui.results.screen import ResultsScreen
from doubleread.tui.shared.dialogs import LineDialog, MessageDialog, TextDialog
from doubleread.tui.study.actions import STUDY_ACTIONS
from doubleread.tui.study.case_browser import CaseBrowserScreen
from doubleread.tui.study.facts import progress_bar
from doubleread.tui.study.screen import StudyScreen
from doubleread.tui.study.serving import serving_words
from reachable import reachable_strings
from tui.adjudicated import ADJUDICATOR, adjudicable_study
from tui.driving import shown_text, until
from tui.studies import CASES, NAMES, OneStudyLibrary, commit_readings, make_study


def counted(**changed: object) -> StudyOverview:
    values: dict[str, object] = {
        "path": Path("trial.doubleread"),
        "title": "Trial",
        "kinds": (("choice", 8), ("diagnosis", 4)),
        "answered": 12,
        "missing": 0,
        "failed": 0,
        "arms": (),
        "readers": (),
        "open_readings": 0,
        "adjudicators": (),
        "to_adjudicate": 0,
        "adjudicated": 0,
        "to_review": 0,
        "conflicts": 0,
        "encrypted": False,
        "split_reader": None,
    }
    return StudyOverview(**(values | changed))  # type: ignore[arg-type]


def reader(reader_id: str, committed: int, left: int) -> ReaderProgress:
    return ReaderProgress(reader_id, committed, committed, 0, left, 0.0)


DONE = (reader("R-01", 12, 0), reader("R-02", 12, 0))


@pytest.mark.parametrize(
    ("study", "step"),
    [
        (counted(answered=0, missing=24), "Generate the answers: 24 are missing."),
        (counted(), "Register the readers, or begin to read."),
        (counted(readers=(reader("R-01", 3, 9), DONE[1])), "Read the cases: R-01 has 9 cases left."),
        (
            counted(readers=tuple(reader(f"R-{n}", 0, 1) for n in range(5))),
            "Read the cases: R-0 has 1 case, R-1 has 1 case, R-2 has 1 case left, and 2 more are not done.",
        ),
        (counted(readers=DONE, missing=1), "Generate the missing answers: there is 1."),
        (counted(readers=DONE, to_adjudicate=2), "Register an adjudicator: 2 cases can be adjudicated."),
        (
            counted(readers=DONE, to_adjudicate=1, adjudicators=("S-01",)),
            "Adjudicate 1 case that several readers have read.",
        ),
        (counted(readers=DONE, to_review=3), "Review 3 doubtful scores."),
        (counted(readers=DONE), "Everything is done: see the results, write the report, export the data."),
        (counted(conflicts=2), "Choose between the branches of 2 readings continued in two copies."),
        (counted(split_reader="R-01", readers=(reader("R-01", 2, 1),)), "Read the cases: R-01 has 1 case left."),
        (
            counted(split_reader="R-01", readers=(reader("R-01", 3, 0),)),
            "All cases are read. Return this file to the study lead, who merges it into the study.",
        ),
    ],
)
def test_the_next_step(study: StudyOverview, step: str) -> None:
    assert study.next_step.words == step
    assert study.next_step.action in {action.id for action in STUDY_ACTIONS}


def test_a_study_is_counted(path: Path) -> None:
    commit_readings(path, cases=2)
    with StudyFile.open(path, device="d", read_only=True) as study:
        found = study_overview(study)
    assert found.kinds == (("choice", 2), ("diagnosis", 1))
    assert (found.cases, found.answered, found.missing, found.committed, found.open_readings) == (3, 3, 0, 2, 0)
    assert found.to_review == 2
    assert found.arms == ()
    assert [(item.reader_id, item.left) for item in found.readers] == [("R-01", 1)]


def test_what_two_readers_have_read_waits_for_adjudication(tmp_path: Path) -> None:
    path = adjudicable_study(tmp_path / "s.doubleread")
    with StudyFile.open(path, device="d", read_only=True) as study:
        found = study_overview(study)
    assert found.adjudicators == (ADJUDICATOR,)
    assert found.to_adjudicate > 0
    assert found.adjudicated == 0


def test_a_bar_is_full_only_when_nothing_is_left() -> None:
    assert [progress_bar(done, 100, 4) for done in (0, 24, 25, 99, 100)] == ["░░░░", "░░░░", "█░░░", "███░", "████"]
    assert progress_bar(0, 0, 4) == "████"


async def open_page(library: OneStudyLibrary, app: DoublereadApp, pilot: Pilot[None]) -> StudyScreen:
    app.open_page(library.path)
    await until(pilot, lambda: isinstance(app.screen, StudyScreen) and app.screen.overview is not None)
    assert isinstance(app.screen, StudyScreen)
    return app.screen


async def test_the_page_of_a_study_that_is_still_read_names_no_model(library: OneStudyLibrary) -> None:
    commit_readings(library.path, cases=2)
    app = DoublereadApp(library, Settings())
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await open_page(library, app, pilot)
        text = shown_text(pilot)
        assert "Next: Read the cases: R-01 has 1 case left." in text
        assert "3 (2 choice, 1 diagnosis)" in text
        assert "R-01  2 of 3" in text
        assert not any(name in text for name in NAMES)
        assert not any(name in string for string in reachable_strings(screen.overview) for name in NAMES)


async def test_once_everybody_is_done_the_page_names_the_models(library: OneStudyLibrary) -> None:
    commit_readings(library.path, cases=3)
    app = DoublereadApp(library, Settings())
    async with app.run_test(size=(120, 40)) as pilot:
        await open_page(library, app, pilot)
        assert all(name in shown_text(pilot) for name in NAMES)


async def test_the_menu_opens_by_key_by_enter_and_by_click(library: OneStudyLibrary) -> None:
    commit_readings(library.path)
    app = DoublereadApp(library, Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        page = await open_page(library, app, pilot)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, ResultsScreen))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is page)
        await pilot.press("home", "enter")
        await until(pilot, lambda: isinstance(app.screen, LineDialog))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ReadingScreen))
        await pilot.press("L")
        await until(pilot, lambda: app.screen is page)
        menu = page.query_one(OptionList)
        row = next(n for n, option in enumerate(menu.options) if option.id == "cases")
        await pilot.click(menu, offset=(9, row - menu.scroll_offset.y))
        await until(pilot, lambda: isinstance(app.screen, CaseBrowserScreen))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is page)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))


async def test_enter_takes_the_next_step(library: OneStudyLibrary) -> None:
    commit_readings(library.path)
    app = DoublereadApp(library, Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        await open_page(library, app, pilot)
        await until(pilot, lambda: "Next: Review 2 doubtful scores" in shown_text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "Who reviews?" in shown_text(pilot))


async def test_enter_takes_the_step_that_is_next_after_somebody_returns(library: OneStudyLibrary) -> None:
    app = DoublereadApp(library, Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        await open_page(library, app, pilot)
        await pilot.press("down")
        app.push_screen(MessageDialog("Elsewhere", "Somebody reads."))
        await until(pilot, lambda: isinstance(app.screen, MessageDialog))
        commit_readings(library.path)
        await pilot.press("enter")
        await until(pilot, lambda: "Next: Review 2 doubtful scores" in shown_text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "Who reviews?" in shown_text(pilot))


async def test_before_anybody_has_read_the_page_names_no_model(library: OneStudyLibrary) -> None:
    app = DoublereadApp(library, Settings())
    async with app.run_test(size=(120, 40)) as pilot:
        await open_page(library, app, pilot)
        await until(pilot, lambda: "Next: Register the readers" in shown_text(pilot))
        assert not any(name in shown_text(pilot) for name in NAMES)


async def test_the_page_counts_again_when_somebody_returns(library: OneStudyLibrary) -> None:
    app = DoublereadApp(library, Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        page = await open_page(library, app, pilot)
        assert "Register the readers" in shown_text(pilot)
        app.push_screen(MessageDialog("Elsewhere", "Somebody reads."))
        await until(pilot, lambda: isinstance(app.screen, MessageDialog))
        commit_readings(library.path, cases=1)
        await pilot.press("enter")
        await until(pilot, lambda: "R-01 has 2 cases left" in str(page.query_one(".next", Static).render()))


async def test_what_does_not_work_now_says_why(library: OneStudyLibrary) -> None:
    app = DoublereadApp(library, Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        page = await open_page(library, app, pilot)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, MessageDialog))
        assert "no case has been read by two readers yet" in shown_text(pilot)
        await pilot.press("enter")
        menu = page.query_one(OptionList)
        menu.highlighted = menu.get_option_index("adjudicate")
        await until(pilot, lambda: "Not now: no case" in str(page.query_one(".about", Static).render()))


async def test_a_study_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "gone.doubleread"
    app = DoublereadApp(OneStudyLibrary(path), Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        app.open_page(path)
        await until(pilot, lambda: "No such study" in shown_text(pilot))


async def test_a_title_from_elsewhere_is_shown_as_text(tmp_path: Path) -> None:
    cases = (Case(id="c01", kind="choice", text="t", question="q?", options={"A": "a", "B": "b"}, key="A"), *CASES[1:])
    library = OneStudyLibrary(
        make_study(tmp_path / "t.doubleread", cases=cases, protocol=Protocol(title="[b]bold[/b] \x1b[31m red"))
    )
    app = DoublereadApp(library, Settings())
    async with app.run_test(size=(120, 40)) as pilot:
        await open_page(library, app, pilot)
        assert "[b]bold[/b] ␛[31m red" in shown_text(pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=["80x24", "120x40", "200x60"])
async def test_the_way_from_the_library_says_what_to_press_at_every_size(
    library: OneStudyLibrary, size: tuple[int, int]
) -> None:
    app = DoublereadApp(library, Settings())
    async with app.run_test(size=size) as pilot:
        await until(
            pilot, lambda: all(words in shown_text(pilot) for words in ("Chest and more", "enter open", "q quit"))
        )
        await pilot.press("question_mark")
        await until(pilot, lambda: "A study is one file" in shown_text(pilot))
        await pilot.press("escape", "enter")
        await until(pilot, lambda: isinstance(app.screen, StudyScreen) and app.screen.overview is not None)
        wanted = ("Next: Register the readers", "Read the cases", "esc studies", "enter open")
        await until(pilot, lambda: all(words in shown_text(pilot) for words in wanted))
        await pilot.press("question_mark")
        await until(pilot, lambda: "The line at the top says what to do next" in shown_text(pilot))
        assert "fabrication" not in shown_text(pilot)
        await pilot.press("escape", "b")
        await until(pilot, lambda: "/ search" in shown_text(pilot) and "A trembling teacher" in shown_text(pilot))
        await pilot.press("question_mark")
        await until(pilot, lambda: "All cases of the study, without answers" in shown_text(pilot))


async def test_the_page_shows_the_command_that_serves_the_study(tmp_path: Path) -> None:
    path = make_study(tmp_path / "my trial.doubleread")
    commit_readings(path)
    app = DoublereadApp(OneStudyLibrary(path), Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        app.open_page(path)
        await until(pilot, lambda: isinstance(app.screen, StudyScreen) and app.screen.overview is not None)
        await pilot.press("u")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        assert "doubleread serve " in shown_text(pilot)
        assert command_line(["doubleread", "serve", str(path)]) in serving_words(path)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StudyScreen))
