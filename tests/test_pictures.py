"""The program that takes the pictures of all screens works, and has every screen."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from doubleread.config import THEMES

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(DOCS))
    import pictures as program  # type: ignore[import-not-found]

    yield program
    sys.modules.pop("pictures")


@pytest.mark.parametrize(
    ("name", "words"),
    [("criteria", "criterion"), ("training", "Training:"), ("score-review", "Hard"), ("library", "demo")],
)
def test_a_picture_shows_its_screen(pictures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name, words) -> None:
    monkeypatch.setenv("DOUBLEREAD_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    paths = pictures.small_studies(tmp_path)
    (shot,) = (shot for shot in pictures.SHOTS if shot.name == name)
    svg = asyncio.run(pictures.take(shot, paths.get(shot.study), (80, 24), THEMES[1]))
    assert svg.startswith("<svg")
    assert words in svg.replace("&#160;", " ")


def test_sizes_and_themes_are_those_that_are_promised(pictures) -> None:
    assert pictures.SIZES == ((80, 24), (120, 40), (200, 60))
    assert len(THEMES) == 3
    assert len({shot.name for shot in pictures.SHOTS}) == len(pictures.SHOTS)
