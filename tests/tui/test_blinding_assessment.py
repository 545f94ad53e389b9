"""The question which answer is whose, on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from doubleread.domain.study import Protocol
from doubleread.tui.reading.blinding_assessment import BlindingAssessmentDialog
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.question_bar import QuestionBar
from doubleread.tui.shared.read_only_pane import ReadOnlyText
from tui.driving import click_chip, reading, rows, shown_text, until
from tui.studies import ARMS, CASES, OneStudyLibrary, commit_readings, make_app, make_study

JUDGE = ("f3", "3", "f4", "1", "7", "c", "enter")


@pytest.fixture
def library(tmp_path: Path) -> OneStudyLibrary:
    return OneStudyLibrary(make_study(tmp_path / "guess.doubleread", protocol=Protocol(title="Chest and more")))


def said(library: OneStudyLibrary) -> list[str]:
    return [row["said"] for row in rows(library.path, "SELECT said FROM blinding_assessments ORDER BY rowid")]


def asking(pilot: Pilot[None]) -> bool:
    return isinstance(pilot.app.screen, BlindingAssessmentDialog)


async def test_the_last_commit_asks_and_every_reply_is_saved_at_once(library: OneStudyLibrary) -> None:
    commit_readings(library.path, cases=2)
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await pilot.press(*JUDGE)
        await pilot.pause()
        assert asking(pilot)
        seen = shown_text(pilot)
        assert "by the model described as “biomedical”?" in seen
        assert "1 of 3" in seen
        await pilot.press("a")
        assert said(library) == ["A"]
        await pilot.press("n")
        await click_chip(pilot, pilot.app.screen.query_one(Chips), "B")
        assert said(library) == ["A", "no idea", "B"]
        await pilot.pause()
        assert not asking(pilot)
        assert reading(pilot).session.asked_at_the_end() == []
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert not asking(pilot), "it is asked once"


async def test_answers_are_shown_formatted_as_on_the_reading_screen(tmp_path: Path) -> None:
    texts = {(case.id, arm.id): "# Result\n\n**Acute** pericarditis" for case in CASES for arm in ARMS}
    library = OneStudyLibrary(make_study(tmp_path / "markdown.doubleread", texts=texts, protocol=Protocol(title="t")))
    commit_readings(library.path)
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: asking(pilot))
        text = pilot.app.screen.query_one("#beginning-A", ReadOnlyText)
        await until(pilot, lambda: text.text != "")
        assert [text.render_line(row).text.strip() for row in (0, 2)] == ["Result", "Acute pericarditis"]


async def test_it_can_be_skipped_for_good(library: OneStudyLibrary) -> None:
    commit_readings(library.path)
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert asking(pilot), "whoever left before is asked when the study is opened again"
        await pilot.press("b", "escape")
        await pilot.pause()
        assert said(library) == ["B", "skipped", "skipped"]
        assert not asking(pilot)


async def test_asked_at_each_commit_it_comes_before_the_reveal(tmp_path: Path) -> None:
    protocol = Protocol(title="Chest and more", blinding_assessment="each", reveal_names=True)
    library = OneStudyLibrary(make_study(tmp_path / "each.doubleread", protocol=protocol))
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await pilot.press(*JUDGE)
        await pilot.pause()
        screen = reading(pilot)
        assert screen.query_one(QuestionBar).display
        assert screen.session.reading is not None
        assert not screen.session.reading.committed
        assert "Zebrafinch" not in shown_text(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert not screen.session.reading.committed
        await pilot.press("c", "enter", "b")
        await pilot.pause()
        assert screen.session.reading.committed
        assert said(library) == ["B"]
        assert "Zebrafinch" in shown_text(pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_question_as_it_looks(library: OneStudyLibrary, snap_compare: Any, size: tuple[int, int]) -> None:
    commit_readings(library.path)
    assert snap_compare(make_app(library), terminal_size=size)
