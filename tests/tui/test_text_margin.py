"""Annotations beside their spans, where a text of full line length leaves room."""

from __future__ import annotations

from random import Random

import pytest

from doubleread.tui.reading.annotations_list import AnnotationsList
from doubleread.tui.shared.reading_pane import LEAST_LINE
from doubleread.tui.shared.text_margin import LEAST_WIDTH, rows_beside
from tui.driving import reading, rows_drawn, until
from tui.studies import OneStudyLibrary, make_app


@pytest.mark.parametrize("seed", range(20))
def test_notes_never_overlap_and_stay_in_the_text(seed: int) -> None:
    random = Random(seed)
    wanted = sorted((random.randrange(40), random.randint(1, 4)) for _ in range(random.randint(1, 12)))
    first = rows_beside(wanted, 60)
    ends = [row + height for row, (_, height) in zip(first, wanted, strict=True)]
    assert all(end <= later for end, later in zip(ends, first[1:], strict=False))
    assert ends[-1] <= 60
    assert first[0] >= 0


def test_a_note_is_at_the_row_of_its_span_if_there_is_room() -> None:
    assert rows_beside([(3, 1), (7, 2)], 20) == [3, 7]
    assert rows_beside([(3, 4), (4, 1)], 20) == [3, 7], "pushed down"
    assert rows_beside([(17, 2), (19, 3)], 20) == [15, 17], "pushed up from the end"


async def test_an_annotation_is_noted_beside_its_words(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(108, 30)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "right_parenthesis", "s", "m", "f", "m")
        await until(pilot, lambda: len(screen.marking.listed) == 1)
        margin = screen.reading_pane("A").margin
        await until(pilot, lambda: any("A1 fabrication · major" in row for row in rows_drawn(screen)))
        row = next(row for row in rows_drawn(screen) if "A1 fabrication · major" in row)
        assert "The patient has crushing" in row
        assert screen.text.size.width >= 4 + 75 + 2, "the text has its full line length"
        assert not screen.query_one(AnnotationsList).display
        await pilot.press("ctrl+end")
        await until(pilot, lambda: screen.marking.focused_id is not None)
        y = next(iter(margin.rows))
        await pilot.click(margin, offset=(5, y))
        await until(pilot, lambda: screen.text.caret == screen.marking.listed[0].annotation.start)
        await pilot.press("f5")
        await until(pilot, lambda: screen.query_one(AnnotationsList).has_focus)
        assert screen.query_one(AnnotationsList).region.height == 1
        await pilot.press("escape")
        await until(pilot, lambda: not screen.query_one(AnnotationsList).display)


@pytest.mark.parametrize("width", [80, 81 + LEAST_WIDTH - 1, 120, 160])
async def test_without_room_for_notes_a_text_keeps_all_columns(library: OneStudyLibrary, width: int) -> None:
    async with make_app(library).run_test(size=(width, 30)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3")
        await pilot.pause()
        for pane in screen.panes_in_view:
            shown = screen.reading_pane(pane)
            assert not shown.margin.display
            assert shown.annotated.size.width >= shown.size.width - 1
        await pilot.press("s", "m", "f", "m")
        await until(pilot, lambda: screen.query_one(AnnotationsList).display)


@pytest.mark.parametrize("size", [(200, 40), (227, 40), (240, 60), (320, 60)])
async def test_beside_other_texts_an_answer_has_shorter_lines_for_its_notes(
    library: OneStudyLibrary, size: tuple[int, int]
) -> None:
    async with make_app(library).run_test(size=size) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "right_parenthesis", "s", "m", "f", "m")
        await until(pilot, lambda: any("A1 fabrication · major" in row for row in rows_drawn(screen)))
        case, *answers = (screen.reading_pane(pane) for pane in screen.panes_in_view)
        for shown in answers:
            assert shown.annotated.size.width == shown.annotated.width_for(max(LEAST_LINE, shown.size.width - 30))
            assert shown.margin.size.width >= LEAST_WIDTH
        assert answers[0].size.width == answers[1].size.width >= case.size.width
        assert not screen.query_one(AnnotationsList).display
        note = answers[0].margin
        await pilot.press("ctrl+end")
        await pilot.click(note, offset=(3, next(iter(note.rows))))
        await until(pilot, lambda: screen.text.caret == screen.marking.listed[0].annotation.start)


async def test_a_case_has_shorter_lines_once_something_is_noted_beside_it(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(240, 40)) as pilot:
        screen = reading(pilot)
        case = screen.reading_pane("case")
        assert not case.margin.display
        await pilot.press("f2", "s", "o", "a", "m")
        await until(pilot, lambda: any("o1 omission by A" in row for row in rows_drawn(screen)))
        assert case.margin.display
        await pilot.resize_terminal(200, 40)
        await until(pilot, lambda: screen.query_one(AnnotationsList).display)
        assert not case.margin.display, "the omission is in the list"
