"""Answers that are generated from the page of a study: started, watched, paused, left and stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from doubleread.config import Settings
from doubleread.runs.engine import EngineFactory
from doubleread.runs.study_run import RunOptions, StudyRun
from doubleread.sessions.running import RunningStudy
from doubleread.store import StudyFile
from doubleread.tui.app import DoublereadApp
from doubleread.tui.run.background import BackgroundRuns
from doubleread.tui.run.screen import LeaveDialog, RunScreen
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.dialogs import ConfirmDialog
from doubleread.tui.study.screen import StudyScreen
from scripted_engine import ScriptedEngine
from tui.driving import click_chip, shown_text, until
from tui.studies import ARMS, CASES, NAMES, OneStudyLibrary, make_study

ANSWER = "A secret answer text."


class Machine:
    """A machine whose models do what the test tells them, and the options of the runs on it."""

    def __init__(self) -> None:
        self.engines: dict[str, ScriptedEngine] = {}
        self.options: list[RunOptions] = []
        machine = self

        class Scripted(StudyRun):
            def engines(self) -> tuple[Mapping[str, EngineFactory], bool]:
                def factory(arm_id: str) -> EngineFactory:
                    def make(hear):  # type: ignore[no-untyped-def]
                        return machine.engines.setdefault(arm_id, ScriptedEngine(hear))

                    return make

                return {arm.id: factory(arm.id) for arm in ARMS}, False

        self._make = Scripted

    def run(self, path: Path, options: RunOptions) -> RunningStudy:
        self.options.append(options)
        self.engines.clear()
        return RunningStudy(path, options, self._make)

    def finish_all(self) -> None:
        for engine in list(self.engines.values()):
            for request in list(engine.requests):
                if not engine.written[request.request_id]:
                    engine.finish(ANSWER, request_id=request.request_id)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    cases = (*CASES, *(replace(CASES[0], id=f"more-{number}") for number in range(3)))
    return make_study(tmp_path / "trial.doubleread", answered=("c01",), cases=cases)


@pytest.fixture
def app(path: Path, machine: Machine) -> DoublereadApp:
    app = DoublereadApp(OneStudyLibrary(path), Settings())
    app.runs = BackgroundRuns(machine.run)
    return app


async def open_page(pilot: Pilot[None], path: Path) -> RunScreen:
    """Open the page of the run from the page of the study."""
    app = pilot.app
    assert isinstance(app, DoublereadApp)
    app.open_page(path)
    await until(pilot, lambda: isinstance(app.screen, StudyScreen) and app.screen.overview is not None)
    await pilot.press("g")
    await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.situation().run != "")
    assert isinstance(app.screen, RunScreen)
    return app.screen


async def begin(pilot: Pilot[None], path: Path, machine: Machine) -> RunScreen:
    screen = await open_page(pilot, path)
    await pilot.press("enter")
    await until(pilot, lambda: len(machine.engines) == 2 and all(one.starts for one in machine.engines.values()))
    for engine in machine.engines.values():
        engine.load()
    await until(pilot, lambda: screen.situation().run == "running" and "reading the prompts" in shown_text(pilot))
    return screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_run_from_start_to_end_shows_counts_and_no_text(
    app: DoublereadApp, path: Path, machine: Machine, size: tuple[int, int]
) -> None:
    async with app.run_test(size=size) as pilot:
        screen = await begin(pilot, path, machine)
        text = shown_text(pilot)
        assert "2 of 12" in text
        assert all(name in text for name in NAMES)

        def all_written() -> bool:
            machine.finish_all()
            return screen.situation().run == "ended" and "no answer is missing" in shown_text(pilot)

        await until(pilot, all_written)
        text = shown_text(pilot)
        assert "12 of 12" in text
        assert ANSWER not in text
    with StudyFile.open(path, device="d") as study:
        assert not study.missing_samples()


async def test_pause_go_on_and_stop(app: DoublereadApp, path: Path, machine: Machine) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await begin(pilot, path, machine)
        await pilot.press("p")
        await until(pilot, lambda: screen.situation().run == "pausing")
        machine.finish_all()
        await until(pilot, lambda: "Paused. The models stay in memory" in shown_text(pilot))
        assert "6 of 12" in shown_text(pilot)
        await click_chip(pilot, screen.query_one("#keys", Chips), "run.resume")
        await until(pilot, lambda: screen.situation().run == "running")


async def test_a_stop_keeps_what_is_finished_and_the_run_can_be_started_again(
    app: DoublereadApp, path: Path, machine: Machine
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await begin(pilot, path, machine)
        engine = machine.engines[ARMS[0].id]
        engine.finish(ANSWER, request_id=engine.requests[0].request_id)
        await until(pilot, lambda: "3 of 12" in shown_text(pilot))
        await click_chip(pilot, screen.query_one("#keys", Chips), "run.stop")
        words = "Stopped. 1 answer generated in this run, 9 answers to go."
        await until(pilot, lambda: words in shown_text(pilot) and "enter start" in shown_text(pilot))
        await pilot.press("tab", "space")
        assert len(machine.options) == 1
        await pilot.press("enter")
        await until(pilot, lambda: len(machine.options) == 2)


async def test_options_are_asked_before_the_start(app: DoublereadApp, path: Path, machine: Machine) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await open_page(pilot, path)
        assert "10 of 12 answers are missing." in shown_text(pilot)
        await pilot.press("tab", "2", "tab", "space", "enter")
        await until(pilot, lambda: bool(machine.options))
        assert machine.options == [RunOptions(slots=2, reproducible=True)]


async def test_a_run_goes_on_after_its_page_is_left_and_is_there_again(
    app: DoublereadApp, path: Path, machine: Machine
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await begin(pilot, path, machine)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, LeaveDialog))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        await pilot.press("escape", "enter")
        await until(pilot, lambda: isinstance(app.screen, StudyScreen))
        assert len(app.runs.going) == 1
        await open_page(pilot, path)
        assert "Generating answers." in shown_text(pilot)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, LeaveDialog))
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, StudyScreen) and not app.runs.going)
    assert all(engine.stopped for engine in machine.engines.values())


async def test_the_end_of_the_program_ends_the_models(app: DoublereadApp, path: Path, machine: Machine) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await begin(pilot, path, machine)
        app.exit()
    assert all(engine.stopped for engine in machine.engines.values())
    assert not app.runs.going


async def test_while_readers_are_not_done_the_page_names_no_model(
    app: DoublereadApp, path: Path, machine: Machine
) -> None:
    with StudyFile.open(path, device="d") as study:
        study.readers.register("R-01", enrolled=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await begin(pilot, path, machine)
        engine = machine.engines[ARMS[0].id]
        engine.fail(f"{NAMES[0]} has too little room")
        await until(pilot, lambda: "Failed answers" in shown_text(pilot))
        text = shown_text(pilot)
    assert "both arms" in text
    assert not any(name in text for name in NAMES)
