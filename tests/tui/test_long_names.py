"""Cases whose ids, which replace missing titles, are longer than the window is wide."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import OptionList

from doubleread.config import Settings
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.tui.app import DoublereadApp
from tui.driving import shown_text
from tui.studies import CASES, READER, TEXTS, OneStudyLibrary, make_app, make_study, wall

SIZES = [(80, 24), (120, 40)]
IDS = {case.id: f"{case.id}-{'multicentre-registry-of-rare-diseases-' * 4}".ljust(150, "x")[:150] for case in CASES}


@pytest.fixture
def library(tmp_path: Path) -> OneStudyLibrary:
    path = make_study(
        tmp_path / f"{'a-long-name-of-a-study-' * 6}.doubleread",
        answered=tuple(IDS.values()),
        cases=tuple(replace(case, id=IDS[case.id], title="", tags=("cardiology " * 15,)) for case in CASES),
        texts={(IDS[case_id], arm_id): text for (case_id, arm_id), text in TEXTS.items()},
        protocol=Protocol(title="A long title of a study. " * 8, blinding_assessment="end"),
    )
    with StudyFile.open(path, device="d") as study:
        for reader_id in (READER, "R-02"):
            session = ReadingSession(study, reader_id)
            session.mark("A", "answer", Span(0, 4), "fabrication", "major")
            session.judge(verdicts={"A": "correct", "B": "unsure"}, preference="tie" if reader_id == READER else "A")
            session.commit()
        study.readers.register("ARB-1")
        study.readers.describe("ARB-1", "adjudicator", "")
    return OneStudyLibrary(path)


def seen(pilot, *words: str) -> None:
    text = shown_text(pilot)
    for word in words:
        assert word in text, text


@pytest.mark.parametrize("size", SIZES)
async def test_reading(library: OneStudyLibrary, size: tuple[int, int]) -> None:
    async with make_app(library).run_test(size=size) as pilot:
        await pilot.press("f2")
        await pilot.pause()
        seen(pilot, "case 2 of 3", "? help")
        await pilot.press("g")
        await pilot.pause()
        seen(pilot, "✓    1  c01-multicentre", "     3  c03-multicentre", "enter go there")
        choices = pilot.app.screen.query_one(OptionList)
        assert choices.max_scroll_x == 0
        assert choices.virtual_size.height == len(CASES), "each case has one row"


@pytest.mark.parametrize("size", SIZES)
async def test_adjudication(library: OneStudyLibrary, size: tuple[int, int]) -> None:
    app = DoublereadApp(library, Settings(), start=library.path, adjudicator="ARB-1", wall=wall)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        seen(pilot, "case 1 of 1", "? help")
        await pilot.press("g")
        await pilot.pause()
        seen(pilot, " open  c01-multicentre", "enter go there")
        assert pilot.app.screen.query_one(OptionList).virtual_size.height == 1


@pytest.mark.parametrize("size", SIZES)
async def test_score_review(library: OneStudyLibrary, size: tuple[int, int]) -> None:
    with StudyFile.open(library.path, device="d") as study:
        study.readers.register("R-09")
    app = DoublereadApp(library, Settings(), start=library.path, reviews="R-09", wall=wall)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        seen(pilot, "? help")


@pytest.mark.parametrize("size", SIZES)
async def test_the_library(library: OneStudyLibrary, size: tuple[int, int]) -> None:
    async with DoublereadApp(library, Settings()).run_test(size=size) as pilot:
        await pilot.pause()
        seen(pilot, "Chest and more", "enter open", "q quit")
