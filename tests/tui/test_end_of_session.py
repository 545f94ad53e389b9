"""How a session ends: the summary after the last case, and what is said on the way out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.pilot import Pilot

from doubleread.domain.study import Protocol
from doubleread.read_model.own_readings import own_readings
from doubleread.sessions.session_end import SessionEnd
from doubleread.sessions.worklist import WorklistProgress
from doubleread.store import StudyFile
from doubleread.tui.library.screen import LibraryScreen
from doubleread.tui.reading.blinding_assessment import BlindingAssessmentDialog
from doubleread.tui.reading.screen import ReadingScreen
from doubleread.tui.reading.summary import SummaryScreen
from tui.adjudicated import ADJUDICATOR, adjudicable_study
from tui.driving import by_palette, notices, reading, shown_text, until
from tui.studies import NAMES, READER, OneStudyLibrary, make_app, make_study

COMMIT = ("c", "1", "3", "6")


@pytest.fixture
def blind(tmp_path: Path) -> OneStudyLibrary:
    """A study that never shows the models' names, nor the key."""
    protocol = Protocol(title="Chest and more", reveal_key=False)
    return OneStudyLibrary(make_study(tmp_path / "blind.doubleread", protocol=protocol))


async def commit_all(pilot: Pilot[None]) -> None:
    await pilot.press(*COMMIT, "n", "f3", "s", "m", "f", "m", "c", "1", "3", "6", "enter", "n", "c", "0", "enter")
    await until(pilot, lambda: reading(pilot).session.all_done)


async def test_the_last_commit_leads_to_the_summary_after_the_blinding_assessment(blind: OneStudyLibrary) -> None:
    async with make_app(blind).run_test(size=(80, 24)) as pilot:
        await commit_all(pilot)
        assert isinstance(pilot.app.screen, BlindingAssessmentDialog)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, SummaryScreen))
        await pilot.pause()
        text = shown_text(pilot)
        for words in (
            "3 of 3 cases committed, everything saved. You have read all your cases.",
            "3 of 3 committed; 1 of them outside your field",
            "2 correct, 0 partly, 2 incorrect, 0 unsure",
            "fabrication: 1 major",
            "1 contradiction between judgements",
            "none after a commit",
            "blind.doubleread",
            "device d, entry",
            "ctrl+q quit",
        ):
            assert words in text, words
        summary = "\n".join(str(widget.render()) for widget in pilot.app.screen.query("Static"))
        for name in (*NAMES, "zebrafinch", "quokkamed", "arm", "m-"):
            assert name not in summary
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ReadingScreen)


async def test_the_summary_leads_to_an_open_case(blind: OneStudyLibrary) -> None:
    async with make_app(blind).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press(*COMMIT)
        await by_palette(pilot, "summary")
        await until(pilot, lambda: isinstance(pilot.app.screen, SummaryScreen))
        assert "1 of 3 cases committed, everything saved." in shown_text(pilot)
        before = screen.session.place_id
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert screen.session.place_id != before
        assert not screen.committed


async def test_leaving_says_how_far_the_reader_is(blind: OneStudyLibrary) -> None:
    app = make_app(blind)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.press(*COMMIT, "L")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
        await until(pilot, lambda: bool(notices(pilot)))
        assert notices(pilot)[-1].message == "1 of 3 cases committed, everything saved."
    (end,) = app.ends.values()
    assert (end.person, end.progress.committed, end.unsaved) == (READER, 1, 0)


async def test_the_summary_leaves_the_study(blind: OneStudyLibrary) -> None:
    async with make_app(blind).run_test(size=(80, 24)) as pilot:
        await by_palette(pilot, "summary")
        await until(pilot, lambda: isinstance(pilot.app.screen, SummaryScreen))
        await pilot.press("L")
        await until(pilot, lambda: isinstance(pilot.app.screen, LibraryScreen))


async def test_leaving_an_adjudication_says_how_far_it_is(tmp_path: Path) -> None:
    library = OneStudyLibrary(adjudicable_study(tmp_path / "s.doubleread"))
    app = make_app(library, adjudicator=ADJUDICATOR)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("L")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
        await until(pilot, lambda: bool(notices(pilot)))
        assert re.fullmatch(r"0 of \d cases? resolved, everything saved\.", notices(pilot)[-1].message)
    (end,) = app.ends.values()
    assert end.lines()[0].endswith("You adjudicated for 0 s.")


def test_the_terminal_says_what_to_do_with_the_file() -> None:
    path = Path("/ward/trial-R-01.doubleread")
    half = SessionEnd(path, "R-01", WorklistProgress(1, 36, 6), 754.0, own_file=True)
    assert half.lines() == ["6 of 36 cases committed, everything saved. You read for 13 min."]
    done = SessionEnd(path, "R-01", WorklistProgress(1, 36, 36), 12.0, own_file=True)
    assert done.lines()[1] == "Send trial-R-01.doubleread back to your study lead."
    trained = SessionEnd(path, "R-01", WorklistProgress(3, 3, 3), 12.0, work="training")
    assert trained.lines() == ["3 of 3 training cases committed, everything saved. You read for 12 s."]
    lost = SessionEnd(path, "R-01", WorklistProgress(1, 36, 6), 12.0, unsaved=2)
    assert "2 actions not saved" in lost.lines()[0]


def test_only_ones_own_committed_readings_are_counted(path: Path) -> None:
    with StudyFile.open(path, device="d") as study:
        found = own_readings(study, "R-09")
        assert (found.declined, found.seconds, dict(found.verdicts), dict(found.annotations)) == (0, 0.0, {}, {})
