"""Rating each answer on the protocol's scales, one key for each scale."""

from __future__ import annotations

import json
from pathlib import Path

from doubleread.domain.study import Protocol
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.dialogs import ConfirmDialog
from tui.driving import click_chip, reading, rows, shown_text, until
from tui.studies import OneStudyLibrary, make_app, make_study

PDSQI = Protocol(answer_scales=("pdsqi-9",), blinding_assessment="never")


def rated(path: Path) -> dict[str, dict[str, int | None]]:
    (row,) = rows(path, "SELECT scale_ratings FROM readings WHERE case_id = 'c01'")
    return json.loads(row["scale_ratings"])


def library_with(tmp_path: Path, protocol: Protocol) -> OneStudyLibrary:
    return OneStudyLibrary(make_study(tmp_path / "scaled.doubleread", protocol=protocol))


async def test_nine_scales_take_nine_keys_for_each_answer(tmp_path: Path) -> None:
    library = library_with(tmp_path, PDSQI)
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        await pilot.press("f3")
        await pilot.pause()
        assert "X 0 of 9 scales" in shown_text(pilot)
        await pilot.press("X")
        await pilot.pause()
        assert "Answer A, cited: Are citations present and appropriate?" in shown_text(pilot)
        assert "all citations are correct, but some assertions lack one" in shown_text(pilot)
        assert "(9 left)" in shown_text(pilot)
        await pilot.press("1")
        await pilot.pause()
        assert "(8 left)" in shown_text(pilot)
        await pilot.press(*"234512", "n")
        await pilot.pause()
        assert "left)" not in shown_text(pilot), "the last one"
        await pilot.press("0")
        await pilot.pause()
        assert "9 of 9 scales ✓" in shown_text(pilot)
        assert rated(library.path)["cited"] == {"A": 1}
        assert rated(library.path)["synthesized"] == {"A": None}
        assert rated(library.path)["stigmatizing"] == {"A": 0}
        await pilot.press("c")
        await pilot.pause()
        assert "Verdict on answer A?   (then: verdict on B, preference, cited of B, 8 more)" in shown_text(pilot)
        await pilot.press("1", "1", "6", *"1234512", "n", "0")
        await pilot.pause()
        assert len(rated(library.path)) == 9
        assert all(len(levels) == 2 for levels in rated(library.path).values())
        assert reading(pilot).committed, "the last level has committed it"


async def test_the_next_rating_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    library = library_with(tmp_path, PDSQI)
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "X", "5", "4", "escape", "escape", "escape")
        await pilot.pause()
        await pilot.press("u", "f4", "X")
        await pilot.pause()
        assert "Answer B, cited" in shown_text(pilot)
        await pilot.press("escape", "f3", "X")
        await pilot.pause()
        assert rated(library.path) == {"cited": {"A": 5}}, "the second level was undone"
        assert "Answer A, accurate" in shown_text(pilot)
        await pilot.press("escape")
        await click_chip(pilot, screen.query_one("#verdict-B", Chips), "rate B")
        await until(pilot, lambda: "Answer B, cited" in shown_text(pilot))


async def test_the_summary_before_the_commit_and_a_correction_after_it(tmp_path: Path) -> None:
    library = library_with(tmp_path, Protocol(answer_scales=("medval-risk",), blinding_assessment="never"))
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await pilot.press("f3", "1", "X", "4", "f4", "1", "X", "2", "8", "c")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ConfirmDialog)
        assert "Scales of A:  risk 4" in shown_text(pilot)
        assert "Scales of B:  risk 2" in shown_text(pilot)
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("f3", "X", "1")
        await pilot.pause()
        await pilot.press(*"slip", "enter")
        await pilot.pause()
        assert rated(library.path)["risk"] == {"A": 1, "B": 2}
        (row,) = rows(library.path, "SELECT corrections FROM readings WHERE case_id = 'c01'")
        assert json.loads(row["corrections"]) == ["slip"]


async def test_the_summary_names_a_level_of_two(tmp_path: Path) -> None:
    library = library_with(tmp_path, PDSQI)
    async with make_app(library).run_test(size=(200, 60)) as pilot:
        for pane, stigmatizing in (("f3", "1"), ("f4", "0")):
            await pilot.press(pane, "1", "X", *"5555555", "n", stigmatizing)
            await pilot.pause()
        await pilot.press("8", "c")
        await pilot.pause()
        words = " ".join(shown_text(pilot).replace("│", " ").split())
        assert "comprehensible 5, succinct 5, synthesized not applicable, stigmatizing yes" in words
        assert "stigmatizing no" in words
