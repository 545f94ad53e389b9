"""Saving without a screen: what is refused, what waits while the file is locked, and what the person is told."""

from __future__ import annotations

from datetime import datetime

import pytest

from doubleread.errors import DoublereadError, InputRefusedError, StudyBusyError
from doubleread.tui.shared import unsaved
from doubleread.tui.shared.saving import Saving


class View:
    """Records what it is told to show."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.errors: list[DoublereadError] = []
        self.shown = 0

    def tell(self, words: str, *, title: str = "", warn: bool = False) -> None:
        self.told.append(f"{title}: {words}" if title else words)
        assert warn == bool(title)

    def show_error(self, error: DoublereadError) -> None:
        self.errors.append(error)

    def key_of(self, action_id: str) -> str:
        return {"save_again": "f9"}[action_id]

    def show(self) -> None:
        self.shown += 1


@pytest.fixture
def view() -> View:
    return View()


@pytest.fixture
def saving(view: View) -> Saving:
    return Saving(view, lambda: datetime(2026, 1, 2, 3, 4, 5))


def busy() -> None:
    raise StudyBusyError("Busy", "the file is locked")


def test_what_is_saved_is_followed_by_what_was_asked_for(view: View, saving: Saving) -> None:
    done: list[str] = []
    saving.save(lambda: "annotation", done.append)
    assert done == ["annotation"]
    assert saving.words == "saved 03:04:05"
    assert view.shown == 1


def test_a_refusal_is_told_and_any_other_error_shown(view: View, saving: Saving) -> None:
    def refused() -> None:
        raise InputRefusedError("Not stored", "it is empty", "select words")

    def broken() -> None:
        raise DoublereadError("Disk", "it is full", "make room")

    done: list[None] = []
    saving.save(refused, done.append)
    assert not saving.attempt(broken)
    assert view.told == ["Not stored: It is empty. Select words."]
    assert [error.title for error in view.errors] == ["Disk"]
    assert (done, saving.words) == ([], "")


def test_actions_wait_in_their_order_while_the_file_is_locked(view: View, saving: Saving) -> None:
    locked, done = [True], []

    def work(name: str) -> None:
        if locked:
            busy()
        done.append(name)

    saving.save(lambda: work("first"))
    saving.save(lambda: work("second"))
    assert len(saving.unsaved) == 2
    assert saving.words.startswith("saving ...")
    assert saving.must_stay()
    locked.clear()
    saving.save_again()
    assert done == ["first", "second"]
    assert not saving.must_stay()
    assert view.told[-1] == "Everything is saved."


def test_after_a_while_an_action_is_said_to_be_unsaved_once(
    view: View, saving: Saving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unsaved, "GIVE_UP", 0.0)
    saving.save(busy)
    saving.save_waiting()
    (told,) = view.told
    assert told.startswith("Not saved: The file is locked")
    assert told.endswith("f9 tries again.")


def test_what_cannot_wait_is_not_done_while_the_file_is_locked(view: View, saving: Saving) -> None:
    assert saving.fetch(busy) is None
    assert view.told == ["Not done: The file is locked by another program. Try again in a moment."]


def test_an_action_that_follows_from_another_did_not_wait(view: View, saving: Saving) -> None:
    done: list[str] = []
    saving.save(lambda: done.append("reopen"), lambda _: saving.save(lambda: done.append("decide")))
    assert done == ["reopen", "decide"]
    assert view.told == [], "nothing was unsaved, so nothing is said"
