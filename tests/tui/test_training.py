"""A reader in training on the screen: feedback, the result of a round, and the way to the study's cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from doubleread.domain.background import Background
from doubleread.domain.training import TrainingPlan
from doubleread.store import StudyFile
from doubleread.tui.shared.dialogs import TextDialog
from doubleread.tui.shared.forms import FormScreen
from doubleread.tui.training.guide import FeedbackDialog, RoundDialog
from training_study import CANARY, READER, judge, make_training_study
from tui.driving import reading, shown_text, until
from tui.studies import OneStudyLibrary, make_app


@pytest.fixture
def library(tmp_path: Path) -> OneStudyLibrary:
    with make_training_study(tmp_path / "s.doubleread"):
        pass
    return OneStudyLibrary(tmp_path / "s.doubleread")


async def shows(pilot: Pilot[None], dialog: type) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, dialog) and bool(pilot.app.screen.query(".box")))


async def commit(pilot: Pilot[None], *, well: bool) -> None:
    """Judge the current case in its session, and commit it with keys."""
    screen = reading(pilot)
    session = screen.session
    commit = session.commit
    session.commit = lambda: None  # type: ignore[method-assign]
    judge(session, well=well)
    session.commit = commit  # type: ignore[method-assign]
    screen.show()
    await pilot.press("c")
    await until(pilot, lambda: pilot.app.screen is not screen)
    await pilot.press("enter")
    await shows(pilot, FeedbackDialog)


async def test_a_reader_is_trained_and_then_reads_the_study(library: OneStudyLibrary) -> None:
    app = make_app(library)
    async with app.run_test(size=(120, 40)) as pilot:
        await shows(pilot, TextDialog)
        assert "Training: 2 cases" in str(app.screen.query_one(".box").border_title)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is reading(pilot))
        assert "training" in shown_text(pilot)
        assert "case 1 of 2" in shown_text(pilot)
        await commit(pilot, well=False)
        told = shown_text(pilot)
        assert "missed: " in told
        assert "extra: " in told
        assert "the reference says correct" in told
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is reading(pilot))
        await pilot.press("F")
        await shows(pilot, FeedbackDialog)
        await pilot.press("enter")
        await until(pilot, lambda: "case 2 of 2" in shown_text(pilot))
        await commit(pilot, well=True)
        await pilot.press("enter")
        await shows(pilot, RoundDialog)
        assert "Your training score is 50.0%; the threshold is 80.0%." in shown_text(pilot)
        assert "1 case below the threshold comes again" in shown_text(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "training, round 2" in shown_text(pilot))
        assert "case 1 of 1" in shown_text(pilot)
        await commit(pilot, well=True)
        await pilot.press("enter")
        await shows(pilot, RoundDialog)
        assert "Training passed" in str(app.screen.query_one(".box").border_title)
        before = reading(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is reading(pilot) is not before and reading(pilot).ready)
        told = shown_text(pilot)
        assert "case 1 of 5" in told
        assert "training" not in told
        assert CANARY not in told
        assert reading(pilot).session.reads_here
    with StudyFile.open(library.path, device="d") as study:
        assert study.training.qualified()[READER].rounds == 2
        assert [one.round for one in study.training.attempts()] == [1, 1, 2]


async def test_a_reader_who_is_interrupted_goes_on_where_they_were(library: OneStudyLibrary) -> None:
    app = make_app(library)
    async with app.run_test(size=(120, 40)) as pilot:
        await shows(pilot, TextDialog)
        await pilot.press("enter")
        await commit(pilot, well=True)
        first = reading(pilot).session.case.id
    app = make_app(library)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: reading(pilot).is_mounted and reading(pilot).ready)
        assert app.screen is reading(pilot), "training is introduced once"
        assert reading(pilot).session.case.id != first
        assert "case 2 of 2" in shown_text(pilot)


async def test_the_background_is_asked_for_once(tmp_path: Path) -> None:
    path = tmp_path / "s.doubleread"
    make_training_study(path, plan=None, training=0, protocol={"background": True}).close()
    library = OneStudyLibrary(path)
    app = make_app(library)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is reading(pilot))
    app = make_app(library)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        await pilot.press(*"cardiology", "ctrl+s")
        await until(pilot, lambda: app.screen is reading(pilot))
    with StudyFile.open(path, device="d") as study:
        assert study.background_of(READER) == Background(specialty="cardiology")
    app = make_app(library)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: reading(pilot).is_mounted and reading(pilot).ready)
        assert app.screen is reading(pilot)


async def test_a_low_screen_shows_the_feedback(tmp_path: Path) -> None:
    make_training_study(tmp_path / "s.doubleread", plan=TrainingPlan(), training=1).close()
    app = make_app(OneStudyLibrary(tmp_path / "s.doubleread"))
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, TextDialog)
        await pilot.press("enter")
        await commit(pilot, well=True)
        assert "1 matched, 0 missed, 0 extra" in shown_text(pilot)
        assert "see the result" in shown_text(pilot)
