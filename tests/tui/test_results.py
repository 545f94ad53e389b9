"""The results screen: its estimates, the cases behind them, and what happens while others write."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from doubleread.config import Settings
from doubleread.domain.bond import BondGrade
from doubleread.domain.score_override import Ruling
from doubleread.errors import StudyFileError
from doubleread.results import counting
from doubleread.results.cases_behind import Behind
from doubleread.results.view import results_view
from doubleread.runs.generation import GenerationRun
from doubleread.store import StudyFile
from doubleread.tui.app import DoublereadApp
from doubleread.tui.library.screen import LibraryScreen
from doubleread.tui.results import screen as results_screen
from doubleread.tui.results.case_list import CaseListScreen, case_line
from doubleread.tui.results.case_view import CaseViewScreen
from doubleread.tui.results.page import results_page
from doubleread.tui.results.screen import ResultsScreen
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.dialogs import ConfirmDialog, MessageDialog
from doubleread.tui.shared.plots.lines import Part
from doubleread.tui.shared.spot_lines import SpotLines
from tui.driving import by_palette, click_chip, rows_drawn, shown_text, until
from tui.studies import NAMES, OneStudyLibrary, commit_readings, make_study, wall
from waiting import PATIENCE

ONLY_FIRST_RIGHT = Behind("pair", "choice", name="first_only")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results_screen, "LOOK_SECONDS", 0.02)


@pytest.fixture
def read_library(library: OneStudyLibrary) -> OneStudyLibrary:
    """A study in which one reader has committed every case."""
    commit_readings(library.path)
    return library


def make_app(library: OneStudyLibrary, settings: Settings | None = None) -> DoublereadApp:
    return DoublereadApp(library, settings or Settings(), start=library.path, results=True, wall=wall)


def screen_of(pilot: Pilot[None]) -> ResultsScreen:
    return next(screen for screen in pilot.app.screen_stack if isinstance(screen, ResultsScreen))


async def counted(pilot: Pilot[None]) -> SpotLines:
    """Wait until there are estimates."""
    await until(pilot, lambda: any(isinstance(screen, ResultsScreen) for screen in pilot.app.screen_stack))
    await until(pilot, lambda: screen_of(pilot).view is not None)
    return screen_of(pilot).query_one(SpotLines)


def behind(page: SpotLines) -> Behind | None:
    """What is behind the current spot, wherever on the page it is."""
    return replace(page.spot, section="") if isinstance(page.spot, Behind) else None


async def go_to(pilot: Pilot[None], page: SpotLines, cases: Behind) -> Behind:
    """Go down by keys to the first estimate with these cases behind it; return its spot."""
    await pilot.press("home")
    for _ in range(300):
        if behind(page) == cases:
            assert isinstance(page.spot, Behind)
            return page.spot
        await pilot.press("right")
    raise AssertionError(f"no key leads to {cases}")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_one_key_leads_from_an_estimate_to_its_cases_and_on_to_the_answers(
    read_library: OneStudyLibrary, size: tuple[int, int]
) -> None:
    async with make_app(read_library).run_test(size=size) as pilot:
        page = await counted(pilot)
        text = shown_text(pilot)
        assert all(name in text for name in NAMES)
        assert "100.0% (34.2-100.0) 2/2" in text
        await go_to(pilot, page, Behind("outcome", "choice", 0, "correct"))
        drawn = rows_drawn(pilot.app.screen)
        assert any(line.rstrip(" ▇▁▂▃▄▅▆█").endswith("n 2") for line in drawn)
        await go_to(pilot, page, ONLY_FIRST_RIGHT)
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, CaseListScreen)
        text = shown_text(pilot)
        assert f"{NAMES[0]} correct, {NAMES[1]} not: 2 cases" in text
        assert "Fever and cough" in text
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CaseViewScreen))
        view = pilot.app.screen
        assert isinstance(view, CaseViewScreen)
        assert view.shown.case.id == "c03"
        text = shown_text(pilot)
        assert "Key  A  Streptococcus pneumoniae" in text
        assert "R-01: correct, preferred" in text
        assert "fabrication, major" in text
        assert "[b]not[/b] in the case" in text
        await pilot.press("tab", "tab")
        assert "Influenza, since the patient" in shown_text(pilot)
        await pilot.press("p")
        await until(pilot, lambda: view.shown.case.id == "c01")
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, CaseListScreen)
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, ResultsScreen)
        assert behind(page) == ONLY_FIRST_RIGHT
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, LibraryScreen))


async def test_everything_can_be_done_by_mouse(read_library: OneStudyLibrary) -> None:
    async with make_app(read_library).run_test(size=(120, 40)) as pilot:
        page = await counted(pilot)
        place = page.place_of(await go_to(pilot, page, ONLY_FIRST_RIGHT))
        assert place is not None
        await pilot.click(page, offset=(place[0] + 2, place[1]))
        await pilot.pause()
        assert isinstance(pilot.app.screen, CaseListScreen)
        listed = pilot.app.screen.query_one(SpotLines)
        place = listed.place_of("c03")
        assert place is not None
        await pilot.click(listed, offset=(place[0] + 3, place[1] + 1))
        await until(pilot, lambda: isinstance(pilot.app.screen, CaseViewScreen))
        await click_chip(pilot, pilot.app.screen.query_one("#keys", Chips), "results.back")
        assert isinstance(pilot.app.screen, CaseListScreen)
        await click_chip(pilot, pilot.app.screen.query_one("#keys", Chips), "results.back")
        assert isinstance(pilot.app.screen, ResultsScreen)
        await pilot.resize_terminal(80, 24)
        await pilot.press("home", "enter", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CaseViewScreen))
        await click_chip(pilot, pilot.app.screen.query_one("#tabs", Chips), "1")
        assert "crushing chest pain" in shown_text(pilot)


async def test_reasoning_is_folded_before_its_answer(tmp_path: Path) -> None:
    thought = "\n".join(f"Line {number} of what it considered." for number in range(30))  # of six words each
    reasoning = {("c01", "m-quokkamed"): thought}
    library = OneStudyLibrary(make_study(tmp_path / "thought.doubleread", reasoning=reasoning))
    commit_readings(library.path)
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        page = await counted(pilot)
        await go_to(pilot, page, ONLY_FIRST_RIGHT)
        await pilot.press("enter", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CaseViewScreen))
        view = pilot.app.screen
        assert isinstance(view, CaseViewScreen)
        await until(pilot, lambda: "reasoning, 180 words" in shown_text(pilot))
        assert "Line 0" not in shown_text(pilot)
        await pilot.press("t")
        await until(pilot, lambda: "Line 0 of what it considered." in shown_text(pilot))
        assert (view.place, view.focused) == (1, view.pane(1).reasoning.text)
        await pilot.press("t")
        await until(pilot, lambda: "Line 0" not in shown_text(pilot))
        assert view.focused is view.pane(1).text
        await click_chip(pilot, view.pane(1).reasoning.query_one(Chips), "reasoning")
        await until(pilot, lambda: "Line 0" in shown_text(pilot))
        await pilot.press("n")
        await until(pilot, lambda: view.shown.case.id == "c03")
        assert "reasoning" not in shown_text(pilot)
        await pilot.press("t")
        assert not view.pane(1).reasoning.unfolded


async def test_readers_who_are_not_done_are_asked_about_and_models_stay_unnamed(library: OneStudyLibrary) -> None:
    commit_readings(library.path, cases=1)
    async with DoublereadApp(library, Settings(), wall=wall).run_test(size=(80, 24)) as pilot:
        await pilot.press("r")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ConfirmDialog)
        assert "R-01: 2 to go" in shown_text(pilot)
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, LibraryScreen)
        await click_chip(pilot, pilot.app.screen.query_one("#keys", Chips), "library.results")
        await pilot.press("enter")
        page = await counted(pilot)
        text = shown_text(pilot)
        assert "arm 1" in text
        assert "must not see these results" in text
        await go_to(pilot, page, Behind("answers", place=0))
        await pilot.press("enter", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CaseViewScreen))
        everything = shown_text(pilot).casefold()
        assert not any(name.casefold() in everything for name in NAMES)
        assert "zebrafinch" not in everything


async def test_an_open_reading_is_in_no_estimate_and_in_no_case(library: OneStudyLibrary) -> None:
    commit_readings(library.path, cases=1)
    with StudyFile.open(library.path, device="d") as study:
        before = study.connection.rows("SELECT count(*) FROM events")[0][0]
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await pilot.press("enter")
        await counted(pilot)
        view = screen_of(pilot).view
        assert view is not None
        assert view.results.progress.committed == 1
    with StudyFile.open(library.path, device="d") as study:
        assert study.connection.rows("SELECT count(*) FROM events")[0][0] == before


async def test_estimates_follow_a_run_and_the_same_spot_stays_current(tmp_path: Path) -> None:
    library = OneStudyLibrary(make_study(tmp_path / "live.doubleread", answered=["c01"]), live=True)
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        page = await counted(pilot)
        spot = await go_to(pilot, page, Behind("outcome", "choice", 1, "incorrect"))
        place = page.place_of(spot)
        with StudyFile.open(library.path, device="d") as study:
            factories = {arm.id: library.factory(arm.id) for arm in study.arms()}
            run = GenerationRun(study, factories)
            run.start()
            for engine in library.engines.values():
                engine.load()
            for engine in library.engines.values():
                engine.finish("The answer is (A).")
            await until(pilot, lambda: screen_of(pilot).view.results.progress.answered == (2, 2))
            assert page.spot == spot
            assert page.place_of(spot)[1] == place[1]
            await pilot.press("enter")
            assert "1 case" in shown_text(pilot)
            for _ in range(2):
                for engine in library.engines.values():
                    if len(engine.requests) > 1:
                        engine.finish("The answer is (B).")
            run.stop()
            await until(pilot, lambda: screen_of(pilot).view.results.progress.answered == (3, 3))
        await until(pilot, lambda: "2 cases" in shown_text(pilot))
        assert isinstance(pilot.app.screen, CaseListScreen)


async def test_no_key_waits_while_it_counts(read_library: OneStudyLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    async with make_app(read_library).run_test(size=(80, 24)) as pilot:
        page = await counted(pilot)
        go_on, begun = threading.Event(), threading.Event()
        session = read_library.looked_at[0]
        view = session.view

        def slow() -> Any:
            begun.set()
            assert go_on.wait(PATIENCE)
            return view()

        monkeypatch.setattr(session, "view", slow)
        monkeypatch.setattr(session, "changed", lambda: True)
        await until(pilot, begun.is_set)
        before = page.spot
        await pilot.press("down", "down")
        assert page.spot != before
        await pilot.press("enter", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CaseViewScreen))
        go_on.set()


async def test_a_large_study_shows_what_is_counted_soonest_and_then_the_rest(
    read_library: OneStudyLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "LARGE", 1)
    commit_readings(read_library.path, "R-02")
    go_on = threading.Event()
    whole = counting._with_the_rest

    def slow(*arguments: Any) -> Any:
        assert go_on.wait(PATIENCE)
        return whole(*arguments)

    monkeypatch.setattr(counting, "_with_the_rest", slow)
    async with make_app(read_library).run_test(size=(120, 40)) as pilot:
        await counted(pilot)
        soonest = screen_of(pilot).view
        assert soonest is not None
        assert soonest.results.inter_rater.cases == 0
        assert soonest.results.hallucinations.first_with.n == 3
        go_on.set()
        await until(pilot, lambda: screen_of(pilot).view.results.inter_rater.cases == 3)
        after = screen_of(pilot).view.results
        assert after.hallucinations == soonest.results.hallucinations
        assert [group.name for group in after.hallucination_rates_by_kind] == ["choice", "diagnosis"]


async def test_a_file_that_cannot_be_read_any_more_is_a_dialog(
    read_library: OneStudyLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with make_app(read_library).run_test(size=(80, 24)) as pilot:
        await counted(pilot)

        def broken() -> bool:
            raise StudyFileError("The study file is damaged", "it ends too early", "continue with a backup")

        monkeypatch.setattr(read_library.looked_at[0], "changed", broken)
        await until(pilot, lambda: isinstance(pilot.app.screen, MessageDialog))
        assert "it ends too early" in shown_text(pilot)
        await pilot.press("enter", "end")
        assert isinstance(pilot.app.screen, ResultsScreen)


async def test_the_study_is_given_back(read_library: OneStudyLibrary) -> None:
    async with make_app(read_library).run_test(size=(80, 24)) as pilot:
        await counted(pilot)
        await pilot.press("L")
        await until(pilot, lambda: isinstance(pilot.app.screen, LibraryScreen))
        session = read_library.looked_at[0]

        def closed() -> bool:
            try:
                session.changed()
            except StudyFileError:
                return True
            return False

        await until(pilot, closed)


async def test_sections_help_and_palette(read_library: OneStudyLibrary) -> None:
    settings = Settings(keys={"results.next_section": "f9"})
    async with make_app(read_library, settings).run_test(size=(120, 40)) as pilot:
        page = await counted(pilot)
        assert "f9 next section" in shown_text(pilot)
        first = page.current_row
        await pilot.press("f9")
        assert page.current_row > first
        await pilot.press("p")
        assert page.current_row == first
        await pilot.press("question_mark")
        await pilot.pause()
        assert "List the cases behind an estimate" in shown_text(pilot)
        await pilot.press("escape")
        await by_palette(pilot, "behind")
        await until(pilot, lambda: isinstance(pilot.app.screen, CaseListScreen))


async def test_the_demo_is_in_the_library_once(tmp_path: Path) -> None:
    library = OneStudyLibrary(make_study(tmp_path / "demo.doubleread"), demo=True)
    async with DoublereadApp(library, Settings()).run_test(size=(80, 24)) as pilot:
        assert "Open the demo" not in shown_text(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: bool(library.opened))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize(
    "keys", [(), ("n", "n", "n", "n"), ("n", "down", "enter", "enter")], ids=["top", "read", "case"]
)
def test_snapshot(
    read_library: OneStudyLibrary, snap_compare: Any, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    async def show(pilot: Pilot[None]) -> None:
        await counted(pilot)
        await pilot.press(*keys)
        if "enter" in keys:
            await until(pilot, lambda: isinstance(pilot.app.screen, CaseViewScreen))
        await pilot.pause()

    assert snap_compare(make_app(read_library), terminal_size=size, run_before=show)


async def test_reviewed_scores_are_in_the_estimates_and_at_the_case(read_library: OneStudyLibrary) -> None:
    with StudyFile.open(read_library.path, device="d") as study:
        study.overrides.decide("R-01", "c01/m-quokkamed", Ruling(chosen="B"), "see the last line", before=None)
        study.overrides.decide("R-01", "c02/m-zebrafinch", Ruling(grade=BondGrade.VERY_CLOSE), before=None)
    async with make_app(read_library).run_test(size=(120, 40)) as pilot:
        page = await counted(pilot)
        view = screen_of(pilot).view
        lines, _ = results_page(view, 118)
        text = " ".join("".join(part.text for line in lines for part in (*line, Part(" "))).split())
        assert "reviewed scores 0 of 2 1 of 2 automatic only 100.0% (34.2-100.0) 2/2 0.0% (0.0-65.8) 0/2" in text
        assert "reviewed scores 1 of 1 0 of 1 without review" in text
        assert "grades 5/4/3/2/0 0/1/0/0/0 of 1" in text
        assert "● proposals confirmed" in text
        await go_to(pilot, page, Behind("reviewed", "choice", 1))
        await pilot.press("enter")
        assert f"{NAMES[1]} with a score that a person reviewed: 1 case" in shown_text(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CaseViewScreen))
        assert "reviewed by R-01: option B, correct (see the last line)" in shown_text(pilot)


def test_short_titles_leave_their_room_to_the_answers(read_library: OneStudyLibrary) -> None:
    with StudyFile.open(read_library.path, device="d") as study:
        view = results_view(study)
    case = view.cases[0]
    short = replace(case, title="1")
    for width in (78, 118):
        line = "".join(part.text for part in case_line(short, view.arm_ids, width, 1))
        assert line.rstrip().endswith(", 1 annotation")
        assert len(line) <= width
        full = "".join(part.text for part in case_line(case, view.arm_ids, width, len(case.title)))
        assert len(full) <= width
