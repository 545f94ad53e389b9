"""How the reading screen looks at three sizes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from doubleread.config import Settings
from tui.studies import ARMS, OneStudyLibrary, make_app, make_study

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


def test_tour(tmp_path: Path, snap_compare: Any) -> None:
    library = OneStudyLibrary(make_study(tmp_path / "d.doubleread"), demo=True)
    assert snap_compare(make_app(library), terminal_size=(80, 24))
