"""Choosing one of very many, and room for what can be done."""

from __future__ import annotations

from textual.app import App
from textual.widgets import OptionList

from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.dialogs import LineDialog, ListDialog, MessageDialog

ITEMS = [(f"c{number}", f"{number:>6}  Case about subject {number % 7}") for number in range(1, 10_001)]


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
        ):
            app.push_screen(dialog)
            await pilot.pause()
            last = dialog.query(Chips).last().region
            assert dialog.query_one(".box").content_region.contains_region(last), type(dialog)
            app.pop_screen()
