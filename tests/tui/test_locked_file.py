"""Another program keeps the study locked: the screen answers, keeps what was done, and says what is saved."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from doubleread.errors import StudyBusyError
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.patience import patience, waiting_at_most
from doubleread.tui.shared import unsaved
from doubleread.tui.shared.dialogs import ConfirmDialog
from doubleread.tui.shared.unsaved import Unsaved
from tui.driving import annotations, notices, reading, shown_text, until
from tui.studies import OneStudyLibrary, make_app

LOCKING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=10)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
"""


@pytest.fixture(autouse=True)
def nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unsaved, "GIVE_UP", 3600.0)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process keeps the file to itself until the block is left, or until `release`."""
    process = subprocess.Popen(
        [sys.executable, "-c", LOCKING, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield process
    finally:
        release(process)


def release(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.communicate("\n", timeout=60)


async def keys_are_answered(pilot: Pilot[None]) -> None:
    """The cursor moves by key while something waits."""
    text = reading(pilot).text
    before = text.caret
    await pilot.press("right")
    await pilot.pause()
    assert text.caret == before + 1


async def test_a_mark_waits_while_keys_are_answered_and_is_saved_once(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40), notifications=True) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "ctrl+home", "s")
        with locked(library.path):
            await pilot.press("m", "f", "m")
            await pilot.pause()
            assert len(screen.saving.unsaved) == 1
            assert "saving ... the file is locked by another program" in shown_text(pilot)
            await keys_are_answered(pilot)
            await pilot.press("f4", "1")
            await pilot.pause()
            assert len(screen.saving.unsaved) == 2
        await until(pilot, lambda: not screen.saving.unsaved)
        assert "Everything is saved." in [notice.message for notice in notices(pilot)]
        assert [item.annotation.label for item in screen.marking.listed] == ["A1"]
        assert dict(screen.judgement.verdicts) == {"B": "correct"}
    assert [row["category"] for row in annotations(library.path)] == ["fabrication"]
    assert verify(library.path).ok


async def test_when_it_takes_too_long_not_saved_is_said_and_one_key_tries_again(
    library: OneStudyLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unsaved, "GIVE_UP", 0.5)
    monkeypatch.setattr(unsaved, "SELDOM", 3600.0)
    async with make_app(library).run_test(size=(80, 24), notifications=True) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "ctrl+home", "s")
        with locked(library.path) as process:
            await pilot.press("m", "f", "m")
            await until(pilot, lambda: "NOT SAVED" in shown_text(pilot))
            draft = "kept here as a draft. ctrl+s tries again."
            await until(pilot, lambda: any(draft in notice.message for notice in notices(pilot)))
            said = [notice.message for notice in notices(pilot)]
            assert "lost" not in " ".join(said)
            await keys_are_answered(pilot)
            await pilot.press("ctrl+s")
            await pilot.pause()
            assert len(screen.saving.unsaved) == 1
            release(process)
            await pilot.press("ctrl+s")
            await pilot.pause()
        assert not screen.saving.unsaved
        assert "NOT SAVED" not in shown_text(pilot)
    assert len(annotations(library.path)) == 1


async def test_nobody_leaves_what_is_not_saved_without_being_asked(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40), notifications=True) as pilot:
        screen = reading(pilot)
        place = screen.session.place_id
        await pilot.press("f3", "ctrl+home", "s")
        with locked(library.path):
            await pilot.press("m", "f", "m")
            for key in ("n", "p", "N", "L", "u", "c"):
                await pilot.press(key)
                await pilot.pause()
                assert (pilot.app.screen, screen.session.place_id) == (screen, place)
            await pilot.press("ctrl+q")
            await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmDialog))
            assert "1 action could not be saved" in shown_text(pilot)
            await pilot.press("escape")
            await pilot.pause()
        await until(pilot, lambda: not screen.saving.unsaved)
        await pilot.press("n")
        await pilot.pause()
        assert screen.session.place_id != place
    assert len(annotations(library.path)) == 1


async def test_a_note_that_is_typed_is_kept(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "ctrl+home", "s", "m", "f", "m", "e", "t")
        with locked(library.path):
            await pilot.press(*"doubtful", "enter")
            await until(pilot, lambda: bool(screen.saving.unsaved))
        await until(pilot, lambda: not screen.saving.unsaved)
    assert annotations(library.path)[0]["note"] == "doubtful"


async def test_a_case_cannot_be_left_for_one_that_cannot_be_read(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40), notifications=True) as pilot:
        screen = reading(pilot)
        place = screen.session.place_id
        with locked(library.path):
            await pilot.press("n")
            await pilot.pause()
            assert screen.session.place_id == place
            assert any("locked" in notice.message for notice in notices(pilot))
        await pilot.press("n")
        await pilot.pause()
        assert screen.session.place_id != place
        assert screen.ready


async def test_the_time_is_kept_until_it_can_be_saved(library: OneStudyLibrary) -> None:
    now = [0.0]
    library.clock = lambda: now[0]
    async with make_app(library).run_test(size=(120, 40), notifications=True) as pilot:
        screen = reading(pilot)
        with locked(library.path):
            now[0] += 45
            await pilot.press("f3", "right")
            await pilot.pause()
            assert screen.session.active_seconds == 45
            assert not notices(pilot)
        now[0] += 5
        await pilot.press("right")
        await pilot.pause()
        assert screen.session.active_seconds == 50
    with StudyFile.open(library.path, device="d") as study:
        held = study.reading("R-01", screen.session.case.id)
        assert held is not None
        assert held.active_seconds == 50


async def test_a_locked_study_is_said_in_the_library_without_waiting_long(
    library: OneStudyLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doubleread.store.sqlite.patience.BUSY_SECONDS", 3600.0)
    with locked(library.path):
        async with make_app(library).run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: "another program keeps" in shown_text(pilot).replace("\n", " "))


def test_what_waits_is_done_in_order_and_what_follows_in_its_turn() -> None:
    done: list[str] = []
    busy = [True]
    waiting = Unsaved()

    def action(name: str, then: str = "") -> None:
        def work():
            if busy[0]:
                raise StudyBusyError("x", "y")
            done.append(name)
            return (lambda: action(then)) if then else None

        waiting.add(work)
        waiting.work_off()

    action("first", "follows")
    action("second")
    assert (done, len(waiting)) == ([], 2)
    busy[0] = False
    assert waiting.work_off()
    assert done == ["first", "second", "follows"]


def test_a_thread_may_wait_shorter_than_others() -> None:
    usual = patience()
    with waiting_at_most(0.1):
        assert patience() == 0.1
    assert patience() == usual
