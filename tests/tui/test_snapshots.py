"""How the screens look at fixed sizes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from doubleread.config import Settings
from doubleread.tui.app import DoublereadApp
from doubleread.tui.shared.field_views import FolderList
from doubleread.tui.shared.fields import ChoiceField, FormChoice, NumberField, PathField, SwitchField
from doubleread.tui.shared.forms import Form, FormResult, FormScreen
from doubleread.tui.study.actions import STUDY_ACTIONS
from doubleread.tui.study.case_browser import CaseBrowserScreen
from doubleread.tui.study.screen import StudyScreen
from tui.driving import shown_text, until
from tui.studies import ARMS, OneStudyLibrary, commit_readings, make_app, make_study

READ = ("f3", "right_parenthesis", "s", "m", "f", "m", "3", "f2", "s", "o", "b", "i", "f3")
THOUGHT = "A rub and widespread ST elevation. Leaning forward helps? The case does not say so.\n\nB, then. " * 6
COMMIT = (*READ, "f4", "1", "7", "c", "enter")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=["80x24", "120x40", "200x60"])
def test_reading(library: OneStudyLibrary, snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(make_app(library), terminal_size=size, press=READ)


def test_label_bar(library: OneStudyLibrary, snap_compare: Any) -> None:
    assert snap_compare(make_app(library), terminal_size=(80, 24), press=("f3", "s", "m"))


def test_annotation_panel(library: OneStudyLibrary, snap_compare: Any) -> None:
    assert snap_compare(make_app(library), terminal_size=(80, 24), press=(*READ, "]", "]", "e", "2", "4"))


@pytest.mark.parametrize("theme", ["doubleread-light", "doubleread-contrast"])
def test_revealed(library: OneStudyLibrary, snap_compare: Any, theme: str) -> None:
    app = make_app(library, settings=Settings(theme=theme))
    assert snap_compare(app, terminal_size=(120, 40), press=COMMIT)


def test_reasoning(tmp_path: Path, snap_compare: Any) -> None:
    path = make_study(tmp_path / "d.doubleread", reasoning={("c01", ARMS[0].id): THOUGHT, ("c01", ARMS[1].id): "A?"})
    assert snap_compare(make_app(OneStudyLibrary(path)), terminal_size=(120, 40), press=(*COMMIT, "f4", "t"))


TWO_SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])


async def ready(pilot: Pilot[None]) -> None:
    """Wait until the page was counted, which a thread does."""
    app = pilot.app
    await until(pilot, lambda: isinstance(app.screen, StudyScreen) and app.screen.overview is not None)


@TWO_SIZES
def test_study_page(
    library: OneStudyLibrary, snap_compare: Any, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_readings(library.path, cases=2)
    # Some rows of the menu, so that a new row changes no picture.
    some = [row for row in STUDY_ACTIONS if row.id in ("read", "cases", "adjudicate", "review_scores", "results")]
    monkeypatch.setattr("doubleread.tui.study.screen.STUDY_ACTIONS", some)
    monkeypatch.chdir(library.path.parent)
    library.path = Path(library.path.name)
    app = DoublereadApp(library, Settings(), start=library.path, page=True)
    assert snap_compare(app, terminal_size=size, run_before=ready)


@TWO_SIZES
def test_case_browser(library: OneStudyLibrary, snap_compare: Any, size: tuple[int, int]) -> None:
    commit_readings(library.path, cases=2)
    app = DoublereadApp(library, Settings(), start=library.path, page=True)

    async def browse(pilot: Pilot[None]) -> None:
        await ready(pilot)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, CaseBrowserScreen) and bool(app.screen.query("#keys")))

    assert snap_compare(app, terminal_size=size, run_before=browse)


@TWO_SIZES
def test_form(tmp_path: Path, snap_compare: Any, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "packs").mkdir()
    (tmp_path / "cases.jsonl").write_text("")
    monkeypatch.chdir(tmp_path)
    plans = (FormChoice("all", "everybody", "every reader reads every case"), FormChoice("split", "shared out"))
    fields = [
        PathField("cases", "Case file", "JSON Lines", suffixes=(".jsonl",)),
        NumberField("seed", "Seed", "for the randomised order", value=0, minimum=1),
        ChoiceField("plan", "Plan", choices=plans),
        SwitchField("repeat", "Read some cases twice"),
    ]
    form = Form("Assign cases", "Say who reads what.", fields, lambda values, work: FormResult(), "assign")
    app = DoublereadApp(OneStudyLibrary(tmp_path / "none.doubleread"), Settings())

    async def fill_in(pilot: Pilot[None]) -> None:
        app.open_form(lambda: form)
        await until(pilot, lambda: app.screen.focused is not None and isinstance(app.screen, FormScreen))
        await pilot.press("tab", "tab", "tab")
        await until(pilot, lambda: "out of range" in shown_text(pilot))
        app.screen.query_one("#field-cases Input").focus()
        await until(pilot, lambda: app.screen.query_one(FolderList).option_count == 2 and "packs/" in shown_text(pilot))

    assert snap_compare(app, terminal_size=size, run_before=fill_in)


def test_tour(tmp_path: Path, snap_compare: Any) -> None:
    library = OneStudyLibrary(make_study(tmp_path / "d.doubleread"), demo=True)
    assert snap_compare(make_app(library), terminal_size=(80, 24))
