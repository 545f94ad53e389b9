"""The case's question and options in a few rows, while the case does not show them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from doubleread.tui.shared.question_strip import QuestionStrip, question_rows
from tui.driving import reading, until
from tui.studies import CASES, OneStudyLibrary, make_app, make_study

OPTIONS = {"A": "Acute myocardial infarction", "B": "Acute pericarditis", "C": "Pulmonary embolism"}
QUESTION = "What is the most likely diagnosis?"


@pytest.mark.parametrize("width", [20, 40, 78, 118, 198])
@pytest.mark.parametrize("most", [1, 2, 3])
def test_rows_fit_and_every_option_is_named(width: int, most: int) -> None:
    rows = question_rows(QUESTION, OPTIONS, width, most)
    assert 1 <= len(rows) <= most
    assert all(row.cell_length <= width for row in rows)
    if width * most >= 80:
        words = " ".join(row.plain for row in rows)
        assert all(f"{letter} {text[:8]}" in words for letter, text in OPTIONS.items())


def test_nothing_is_shortened_where_there_is_room() -> None:
    (row,) = question_rows(QUESTION, OPTIONS, 118, 1)
    assert row.plain == f"{QUESTION}   A Acute myocardial infarction · B Acute pericarditis · C Pulmonary embolism"


def test_the_longest_option_is_shortened_first() -> None:
    words = " ".join(row.plain for row in question_rows(QUESTION, OPTIONS, 105, 1))
    assert "B Acute pericarditis" in words
    assert "infarction" not in words


def test_a_long_option_goes_on_below_its_text() -> None:
    options = {"A": "Disclose the error to the patient and put it in the report", "B": "Refuse"}
    rows = [row.plain for row in question_rows("What now?", options, 40, 8)]
    assert rows == ["What now?", "A Disclose the error to the patient and", "  put it in the report · B Refuse"]


def test_hostile_words_are_made_safe() -> None:
    (row,) = question_rows("What\x1b[31m is\n it?", {"A": "[bold]x"}, 60, 1)
    assert "\x1b" not in row.plain
    assert row.plain.endswith("A [bold]x")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_question_is_in_reach_when_the_case_does_not_show_it(tmp_path: Path, size: tuple[int, int]) -> None:
    case = replace(CASES[0], text="\n\n".join([CASES[0].text] * 6))
    path = make_study(tmp_path / "long.doubleread", cases=(case, *CASES[1:]))
    async with make_app(OneStudyLibrary(path)).run_test(size=size) as pilot:
        screen = reading(pilot)
        strip = screen.query_one(QuestionStrip)
        await until(pilot, lambda: strip.rows > 0)
        assert "Acute pericarditis" in strip.render().plain
        await pilot.click(strip)
        await until(pilot, lambda: screen.text.caret == case_question(screen.text.text))
        await pilot.press("ctrl+end")
        await until(pilot, lambda: not strip.rows)
        await pilot.press("f3")
        await until(pilot, lambda: (strip.rows > 0) == screen.single)


async def test_rows_that_are_free_below_a_short_answer_are_used_for_whole_options(tmp_path: Path) -> None:
    options = {letter: f"{letter * 3} {'and so on ' * 6}end" for letter in "ABCDE"}
    case = replace(CASES[0], text="\n\n".join([CASES[0].text] * 6), options=options)
    path = make_study(tmp_path / "long.doubleread", cases=(case, *CASES[1:]))
    async with make_app(OneStudyLibrary(path)).run_test(size=(80, 24)) as pilot:
        strip = reading(pilot).query_one(QuestionStrip)
        await until(pilot, lambda: strip.rows == 2)
        assert "…" in strip.render().plain, "the case fills its pane"
        await pilot.press("f3")
        await until(pilot, lambda: strip.rows > 2)
        assert "…" not in strip.render().plain
        assert reading(pilot).reading_pane("A").free_rows >= 0, "the answer need not be scrolled"
        await pilot.press("f2")
        await until(pilot, lambda: strip.rows == 2)


def case_question(text: str) -> int:
    return text.index(QUESTION)


async def test_a_short_case_needs_no_strip(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        strip = reading(pilot).query_one(QuestionStrip)
        await pilot.press("f3")
        await pilot.pause()
        assert not strip.rows


async def test_a_case_that_is_laid_out_late_ends_the_strip_that_it_does_not_need(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        strip = reading(pilot).query_one(QuestionStrip)
        await until(pilot, lambda: reading(pilot).text_of("case").size.height > 0 and not strip.rows)
        pane = reading(pilot).reading_pane("case")
        pane.display = False
        reading(pilot).arrange_question()
        await until(pilot, lambda: strip.has_class("-shown") and not pane.annotated.size)
        pane.display = True
        await until(pilot, lambda: not strip.has_class("-shown"))
