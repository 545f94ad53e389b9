"""A whole study without the command line: two readers on two laptops, adjudication, report, export and deposit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from doubleread.config import Settings
from doubleread.sessions.study_library import StudyLibrary
from doubleread.store.log.verify import verify
from doubleread.tui.adjudication.screen import AdjudicationScreen
from doubleread.tui.app import DoublereadApp
from doubleread.tui.library.screen import LibraryScreen
from doubleread.tui.new_study.screen import NewStudyScreen
from doubleread.tui.reading.screen import ReadingScreen
from doubleread.tui.shared.dialogs import MessageDialog, TextDialog
from doubleread.tui.shared.forms import FormScreen
from doubleread.tui.study.screen import StudyScreen
from tui.driving import rows, shown_text, until

CASES = 2
KEYS = (90, 53)
"""Keys pressed, and characters typed, in all: by the study lead, two readers and the adjudicator."""
SIZES = ((80, 24), (120, 40))


class Hand:
    """Presses keys and counts them, typed text apart."""

    def __init__(self) -> None:
        self.keys = self.typed = 0

    def at(self, pilot: Pilot[None]) -> Callable[..., object]:
        async def press(*keys: str, text: str = "") -> None:
            if text:
                self.typed += len(text)
                await pilot.press(*text)
            self.keys += len(keys)
            await pilot.press(*keys)
            await pilot.pause()

        return press


class Desk:
    """One laptop on which the program runs: `screen` waits for a screen, `press` for the keys."""

    def __init__(self, pilot: Pilot[None], hand: Hand) -> None:
        self.pilot = pilot
        self.press = hand.at(pilot)

    async def screen(self, kind: type, words: str = "") -> None:
        await until(self.pilot, lambda: isinstance(self.pilot.app.screen, kind) and words in self._text())

    async def page(self) -> None:
        """Wait for the page of the study, counted."""
        await until(self.pilot, lambda: getattr(self.pilot.app.screen, "overview", None) is not None)

    async def form(self, key: str, title: str, *texts: str) -> str:
        """Open a form from the study's page, type into its first fields, submit it, and return its result."""
        await self.page()
        await self.press(key)
        await self.screen(FormScreen, title)
        for number, text in enumerate(texts):
            if number:
                await self.press("enter")
            field = self.pilot.app.focused
            if isinstance(field, Input) and field.value:
                await self.press("end", "ctrl+u")
            await self.press(text=text)
        await self.press("ctrl+s")
        await self.screen(TextDialog)
        result = self._text()
        await self.press("enter")
        await self.screen(StudyScreen)
        return result

    def _text(self) -> str:
        return " ".join(shown_text(self.pilot).split())


@pytest.fixture
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A function that continues on another laptop: its own settings, name and recent files."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    for variable in ("LLAMA_CACHE", "HF_HUB_CACHE", "OLLAMA_MODELS", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))

    def use(name: str) -> None:
        monkeypatch.setenv("DOUBLEREAD_HOME", str(tmp_path / name))

    return use


def program(start: Path | None = None) -> DoublereadApp:
    return DoublereadApp(StudyLibrary(Settings()), Settings(), start=start, page=start is not None)


def write_files(folder: Path) -> None:
    cases = [
        {
            "id": f"c{number}",
            "kind": "choice",
            "text": f"Case {number}: cough and fever for {number + 2} days.",
            "question": "What is it?",
            "options": {"A": "Influenza", "B": "Asthma"},
            "key": "A",
        }
        for number in range(CASES)
    ]
    (folder / "pack.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    for name, letter in (("one", "A"), ("two", "B")):
        lines = [{"case_id": case["id"], "text": f"The answer is {letter}. It began suddenly."} for case in cases]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def on_step(desk: Desk, name: str) -> Callable[[], bool]:
    def there() -> bool:
        screen = desk.pilot.app.screen
        return isinstance(screen, NewStudyScreen) and screen.situation().step == name

    return there


async def new_study(desk: Desk) -> None:
    """Create a study with two arms whose answers are external, two readers and an adjudicator."""
    pilot = desk.pilot
    await desk.screen(LibraryScreen)
    await desk.press("n")
    await until(pilot, on_step(desk, "cases"))
    await desk.press("enter", text="pack.jsonl")
    screen = pilot.app.screen
    assert isinstance(screen, NewStudyScreen)
    await until(pilot, lambda: bool(screen.cases_pane.files) and not screen.cases_pane.reading)
    await desk.press("ctrl+s")
    await until(pilot, on_step(desk, "models"))
    for name in ("One", "Two"):
        await desk.press("end")
        await until(pilot, lambda: "answers to import" in shown_text(pilot))
        await desk.press("enter")
        await desk.press("enter", "enter", text=name)
    await until(pilot, on_step(desk, "protocol"))
    await desk.press("ctrl+s")
    await until(pilot, on_step(desk, "readers"))
    await desk.press("enter", text="R-01,R-02")
    await desk.press("ctrl+s", text="S-01")
    await until(pilot, on_step(desk, "file"))
    await desk.press("ctrl+s")
    await desk.screen(TextDialog)
    await desk.press("enter")
    await desk.screen(StudyScreen)


async def read_all(desk: Desk, judgement: tuple[str, ...]) -> None:
    """Judge and commit every case."""
    await desk.screen(ReadingScreen)
    for number in range(CASES):
        if number:
            await desk.press("n")
        await desk.press(*judgement, "c", "enter")


async def adjudicate_all(desk: Desk) -> None:
    """Take the first reader's value for every difference, and commit each case."""
    screen = desk.pilot.app.screen
    assert isinstance(screen, AdjudicationScreen)
    for number in range(CASES):
        await until(desk.pilot, lambda wanted=f"c{number}": screen.session.case.id == wanted)
        assert len(screen.session.differences) == 3
        await desk.press("1", "1", "1", "c", "enter")
    await desk.screen(MessageDialog, "Everything that readers differ in is resolved.")
    await desk.press("enter", "L")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_whole_study(tmp_path: Path, laptop: Callable[[str], None], size: tuple[int, int]) -> None:
    hand = Hand()
    work = tmp_path / "work"
    write_files(work)
    laptop("lead")
    study = work / "pack.doubleread"
    async with program().run_test(size=size) as pilot:
        desk = Desk(pilot, hand)
        await new_study(desk)
        for name, arm in (("one.jsonl", "One"), ("two.jsonl", "Two")):
            assert f"{CASES} answers imported" in await desk.form("i", "Import answers", name, arm)
        result = await desk.form("f", "Split off files")
        assert "pack-R-01.doubleread" in result
    for reader, judgement in (("R-01", ("f3", "1", "f4", "1", "8")), ("R-02", ("f3", "3", "f4", "3", "9"))):
        laptop(reader)
        async with program(work / f"pack-{reader}.doubleread").run_test(size=size) as pilot:
            await read_all(Desk(pilot, hand), judgement)
    laptop("lead")
    async with program(study).run_test(size=size) as pilot:
        desk = Desk(pilot, hand)
        await desk.page()
        assert "new entries" in await desk.form("m", "Merge files")
        await desk.page()
        await desk.press("a")
        await until(pilot, lambda: not isinstance(pilot.app.screen, StudyScreen))
        if not isinstance(pilot.app.screen, AdjudicationScreen):
            await desk.press("enter")
        await desk.screen(AdjudicationScreen)
        await adjudicate_all(desk)
        await desk.page()
        assert "cases" in await desk.form("p", "Write the report")
        assert "pack-export" in await desk.form("x", "Export")
        assert "TRIPOD-LLM" in await desk.form("d", "Write a deposit")
        assert "every check passed" in await desk.form("v", "Verify")

    assert verify(study).ok
    assert len(rows(study, "SELECT * FROM readings WHERE committed_at IS NOT NULL")) == 2 * CASES
    assert len(rows(study, "SELECT DISTINCT case_id FROM adjudications WHERE resolves")) == CASES
    manifest = json.loads((work / "pack-export" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["rows"]["readings"] == 2 * CASES
    assert manifest["blinded"] is None
    assert (work / "pack-report.html").is_file()
    assert (work / "pack-deposit" / "README.md").is_file()
    assert (hand.keys, hand.typed) == KEYS
