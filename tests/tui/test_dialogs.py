"""Choosing one of very many, and room for what can be done."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.widgets import OptionList

from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.dialogs import ConfirmDialog, Dialog, LineDialog, ListDialog, MessageDialog, TextDialog

ITEMS = [(f"c{number}", f"{number:>6}  Case about subject {number % 7}") for number in range(1, 10_001)]


def keys_in_view(dialog: Dialog[Any]) -> bool:
    """Return whether the line of keys of a dialog is in its box, and that on the screen."""
    box = dialog.query_one(".box")
    return box.content_region.contains_region(dialog.query(Chips).last().region) and dialog.region.contains_region(
        box.region
    )


async def test_one_of_ten_thousand_is_found_by_typing_or_by_the_arrows() -> None:
    app: App[None] = App()
    chosen: list[str | None] = []
    async with app.run_test(size=(80, 24)) as pilot:
        for keys in (["enter"], ["down", "enter"], [*"10000", "enter"], [*"nothing", "enter", "escape"]):
            app.push_screen(ListDialog("Cases", ITEMS, current="c9000"), chosen.append)
            await pilot.pause()
            assert app.screen.query_one(OptionList).option_count <= ListDialog.SHOWN
            await pilot.press(*keys)
            await pilot.pause()
    assert chosen == ["c9000", "c9001", "c10000", None]


async def test_the_choices_of_a_dialog_are_in_view_in_a_small_window() -> None:
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        for dialog in (
            ListDialog("Cases", ITEMS),
            ListDialog("Cases", ITEMS[:40]),
            LineDialog("Your reader ID", "Your pseudonym. " * 9, offered=[f"R-{number}" for number in range(40)]),
            MessageDialog("Long", "One line.\n" * 60),
            TextDialog("Longer", "One line.\n" * 600),
        ):
            app.push_screen(dialog)
            await pilot.pause()
            assert keys_in_view(dialog), type(dialog)
            app.pop_screen()


async def test_long_words_leave_room_for_the_keys_when_the_window_shrinks() -> None:
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        for dialog in (
            MessageDialog("Long", "One line.\n" * 60),
            TextDialog("Longer", "One line.\n" * 600),
            ConfirmDialog("Sure?", "One line.\n" * 60, "go on"),
            LineDialog("Why?", "One line.\n" * 60),
        ):
            app.push_screen(dialog)
            for width, height in ((200, 60), (40, 12), (80, 24)):
                await pilot.resize_terminal(width, height)
                await pilot.pause()
                assert keys_in_view(dialog), (type(dialog), width, height)
            app.pop_screen()


async def test_a_message_is_copied_by_key_and_by_mouse_as_it_is_shown() -> None:
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        for dialog, copy in ((MessageDialog, "key"), (TextDialog, "mouse")):
            app.push_screen(dialog("Not saved", f"Disk full: \x1b[31m{copy}.\n\nWhat to do: free some space."))
            await pilot.pause()
            if copy == "key":
                await pilot.press("y")
            else:
                chips = app.screen.query_one(Chips)
                chips.post_message(Chips.Picked(chips, "copy"))
            await pilot.pause()
            assert app.clipboard == f"Not saved\n\nDisk full: ␛[31m{copy}.\n\nWhat to do: free some space."
            assert isinstance(app.screen, dialog)
            await pilot.press("enter")
            assert not isinstance(app.screen, dialog)
