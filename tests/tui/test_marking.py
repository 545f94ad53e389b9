"""From words on the screen to rows in the study file, by keyboard alone and by mouse alone."""

from __future__ import annotations

from pathlib import Path

from textual import events

from doubleread.tui.reading.annotation_panel import AnnotationPanel
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.question_bar import QuestionBar
from tui.driving import annotations, click_chip, drag, notices, reading, rows, until
from tui.studies import OneStudyLibrary, make_app


async def test_a_sentence_is_marked_with_four_keys(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        await pilot.press("tab", "ctrl+end")
        await pilot.press("s", "m", "f", "m")
        await pilot.pause()
        (annotation,) = annotations(library.path)
        assert annotation["quote"] == "He has no risk factors."
        assert (annotation["category"], annotation["severity"]) == ("fabrication", "major")
        assert reading(pilot).marking.focused_id == annotation["id"]
        assert reading(pilot).text.has_focus


async def test_words_are_marked_by_keys(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        await pilot.press("f4", "w", "W", "W", "m", "n", "i")
        await pilot.pause()
        (annotation,) = annotations(library.path)
        assert annotation["quote"] == "most likely"
        assert (annotation["category"], annotation["severity"]) == ("negation", "minor")


async def test_words_are_marked_by_mouse_alone(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        screen = reading(pilot)
        await drag(pilot, screen.text_of("A"), "crushing chest")
        bar = screen.query_one(QuestionBar).query_one(Chips)
        await click_chip(pilot, bar, "fabrication")
        await click_chip(pilot, bar, "major")
        (annotation,) = annotations(library.path)
        assert annotation["quote"] == "crushing chest"
        assert annotation["answer_id"] == screen.session.reading.answer_ids["A"]


async def test_what_is_asked_covers_no_text_and_can_be_left(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)
        await pilot.press("tab")
        before = screen.text.region
        await pilot.press("ctrl+end", "s", "m")
        await pilot.pause()
        assert screen.dock_view == "question"
        assert screen.text.region.offset == before.offset
        assert screen.text.region.bottom <= screen.query_one("#dock").region.y
        selection = screen.text.selection
        assert selection is not None
        assert 0 <= screen.text.cell_of(selection.start)[1] < screen.text.size.height, "the words are in view"
        await pilot.press("f", "escape", "escape")
        await pilot.pause()
        assert screen.dock_view == "judge"
        assert screen.text.has_focus
        assert annotations(library.path) == []


async def test_exact_duplicates_are_refused_and_overlaps_are_not(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26), notifications=True) as pilot:
        for severity in "mi":
            await pilot.press("f3", "ctrl+home", "s", "m", "f", severity)
        await pilot.pause()
        assert len(annotations(library.path)) == 1
        said = [notice.message for notice in notices(pilot)]
        assert any("annotated" in notice for notice in said), said
        await pilot.press("ctrl+home", "s", "m", "n", "i", "ctrl+home", "W", "m", "f", "i")
        await pilot.pause()
        assert len(annotations(library.path)) == 3


async def test_an_omission_is_laid_to_both_answers_and_undone_at_once(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        await pilot.press("s", "o", "o", "m")
        await pilot.pause()
        found = annotations(library.path)
        assert {row["answer_id"] for row in found} == set(reading(pilot).session.reading.answer_ids.values())
        assert {row["category"] for row in found} == {"omission"}
        assert reading(pilot).marking.listed[0].annotation.label == "o1"
        await pilot.press("u")
        await pilot.pause()
        assert annotations(library.path) == []


async def test_the_question_and_the_options_cannot_be_left_out(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26), notifications=True) as pilot:
        await pilot.press("ctrl+end", "s", "o")
        await pilot.pause()
        assert reading(pilot).dock_view == "judge"
        assert any("not the question or the options" in notice.message for notice in notices(pilot))


async def test_the_passage_that_is_contradicted(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "ctrl+end", "s", "m", "n", "m", "f2", "s", "l")
        await pilot.pause()
        (annotation,) = annotations(library.path)
        passage = screen.marking.listed[0].annotation.passage
        case = rows(library.path, "SELECT text FROM cases WHERE id = ?", annotation["case_id"])[0]["text"]
        assert passage is not None
        assert case[passage.start : passage.end] == passage.quote
        assert passage.quote.startswith("A 44-year-old electrician")
        await drag(pilot, screen.text_of("case"), "history of")
        await click_chip(pilot, screen.query_one(QuestionBar).query_one(Chips), "link")
        assert screen.marking.listed[0].annotation.passage.quote == "history of"
        await pilot.press("l")
        await pilot.pause()
        assert screen.marking.listed[0].annotation.passage is None


async def test_one_passage_can_be_contradicted_by_two_annotations_and_left_out_too(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        screen = reading(pilot)
        await pilot.press("f2", "ctrl+home", "s", "o", "b", "i", "f2", "ctrl+home")
        for pane in ("f3", "f4"):
            await pilot.press(pane, "ctrl+end", "s", "m", "n", "m", "f2", "ctrl+home", "right", "s", "l")
            await pilot.pause()
        passages = {item.annotation.label: item.annotation.passage for item in screen.marking.listed}
        assert passages["A1"] == passages["B1"] is not None
        assert passages["o1"] is None


async def test_boundaries_ratings_and_note(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "ctrl+end", "s", "m", "f", "m")
        await pilot.press(",", ",", ">", ">")
        await pilot.pause()
        assert annotations(library.path)[0]["quote"] == "no risk"
        await pilot.press("e", "2", "6", "8", "c", "i")
        await pilot.pause()
        (annotation,) = annotations(library.path)
        assert annotation["basis"] == "unsupported by the case"
        assert (annotation["harm"], annotation["certainty"]) == ("likely", "probable")
        assert (annotation["category"], annotation["severity"]) == ("causality", "minor")
        await pilot.press("2")
        await pilot.press("t", *"very doubtful".replace(" ", "_"))
        await until(pilot, lambda: annotations(library.path)[0]["note"] == "very_doubtful")
        (annotation,) = annotations(library.path)
        assert annotation["basis"] is None
        assert screen.query_one(AnnotationPanel).annotation_id == annotation["id"]
        await pilot.press(*"!!")
        await pilot.press("escape", "escape", "u")
        await pilot.pause()
        assert annotations(library.path)[0]["note"] == ""
        await pilot.press("d")
        await pilot.pause()
        assert annotations(library.path) == []
        await pilot.press("u", "U")
        await pilot.pause()
        assert annotations(library.path) == []


async def test_a_note_is_saved_when_the_reader_leaves(path: Path, library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        await pilot.press("f3", "s", "m", "f", "m", "e", "t", "a", "b", "ctrl+q")
    assert annotations(path)[0]["note"] == "ab"


async def test_between_annotations(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "s", "m", "f", "m", "f4", "s", "m", "n", "i")
        first, second = (item.annotation.id for item in screen.marking.listed)
        assert screen.marking.focused_id == second
        await pilot.press("]")
        await pilot.pause()
        assert (screen.marking.focused_id, screen.pane) == (first, "A")
        await pilot.press("[")
        await pilot.pause()
        assert (screen.marking.focused_id, screen.pane) == (second, "B")
        await pilot.press("f5", "up")
        await pilot.pause()
        assert (screen.marking.focused_id, screen.pane) == (first, "A")
        text = screen.text_of("A")
        await pilot.press("escape", "ctrl+end")
        await pilot.click(text, offset=text.cell_of(screen.marking.listed[0].annotation.start + 3))
        await pilot.pause()
        assert screen.marking.focused_id == first


async def test_a_click_upon_the_key_line_acts_once(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "s", "m", "f", "m", "ctrl+end", "s", "m", "n", "i")
        await click_chip(pilot, screen.query_one("#keys", Chips), "undo")
        assert [row["category"] for row in annotations(library.path)] == ["fabrication"]


async def test_a_note_is_pasted_once_and_harmless(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        await pilot.press("f3", "s", "m", "f", "m", "e", "t")
        pilot.app.post_message(events.Paste("see\x1b]52;c;x\x07 [b]this"))
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert annotations(library.path)[0]["note"] == "see␛]52;c;x␇ [b]this"


async def test_delete_takes_nothing_back_in_the_text_without_the_keyboard(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "s", "m", "f", "m", "f4", "s", "m", "n", "i", "f3", "ctrl+end", "right")
        await pilot.pause()
        # A1 is at the cursor's text no longer, and B1 was chosen last.
        screen.marking.focus(screen.marking.listed[1].annotation.id, go=False)
        await pilot.pause()
        for key in ("delete", "backspace", "d", "<", ">", ".", "comma", "e"):
            await pilot.press(key)
        await pilot.pause()
        assert [row["label"] for row in annotations(library.path)] == ["A1", "B1"]
        assert screen.dock_view == "judge"
        assert "retract" not in {chip.id for chip in screen.query_one("#keys", Chips).chips}


async def test_delete_acts_on_the_annotation_at_the_cursor_of_the_text_one_goes_to(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await pilot.press("f3", "ctrl+home", "s", "m", "f", "m", "ctrl+home", "f4", "s", "m", "n", "i", "f3", "delete")
        await pilot.pause()
        assert [row["label"] for row in annotations(library.path)] == ["B1"]


async def test_the_keyboard_follows_to_the_next_annotation_beside_the_other_answer(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "s", "m", "f", "m", "f4", "s", "m", "n", "i", "f2", "]")
        await pilot.pause()
        assert (screen.pane, screen.marking.current.annotation.label) == ("A", "A1")
        assert screen.text_of("A").has_focus
        await pilot.press("]", "delete")
        await pilot.pause()
        assert [row["label"] for row in annotations(library.path)] == ["A1"]


async def test_the_list_of_annotations_acts_on_its_own_line(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await pilot.press("f3", "s", "m", "f", "m", "f4", "s", "m", "n", "i", "f5", "up", "delete")
        await pilot.pause()
        assert [row["label"] for row in annotations(library.path)] == ["B1"]


async def test_labels_stay_when_one_is_retracted_and_the_case_is_opened_again(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "ctrl+home", "s", "m", "f", "m", "ctrl+end", "s", "m", "n", "i")
        await pilot.press("[", "delete")
        await pilot.pause()
        assert [item.annotation.label for item in screen.marking.listed] == ["A2"]
        await pilot.press("ctrl+home", "s", "m", "c", "m", "n", "p")
        await pilot.pause()
        assert [item.annotation.label for item in screen.marking.listed] == ["A2", "A3"]
