"""Judging sentence by sentence: by keyboard alone and by mouse alone, and what is in the study file then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from doubleread.domain.sentences import sentences_to_judge
from doubleread.domain.study import Protocol
from doubleread.tui.reading.screen import ReadingScreen
from doubleread.tui.reading.sentence_bar import SentenceBar
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.dialogs import ConfirmDialog
from doubleread.tui.shared.question_bar import QuestionBar
from tui.driving import annotations, click_chip, reading, rows, shown_text
from tui.studies import ARMS, CASES, OneStudyLibrary, make_app, make_study

SIZES = [(80, 24), (120, 40), (200, 60)]


def judged(path: Path) -> list[tuple[str, str]]:
    """The sentences in the file with what was said of them; quotes are checked on the way."""
    sql = "SELECT sentences.*, answers.text FROM sentences JOIN answers ON answers.id = answer_id ORDER BY side, start"
    found = rows(path, sql)
    for row in found:
        assert row["text"][row["start"] : row["end"]] == row["quote"]
    return [(row["quote"], row["judgement"]) for row in found]


def bar(pilot: Pilot[None], id: str) -> Chips:
    return reading(pilot).query_one(f"#{id}", Chips)


def labels(pilot: Pilot[None], id: str) -> list[str]:
    return [chip.label for chip in bar(pilot, id).chips]


def quotes(screen: ReadingScreen, side: Any) -> list[str]:
    text = screen.text_of(side).text
    return [span.of(text) for span in sentences_to_judge(text)]


def gutters(screen: ReadingScreen, side: Any) -> str:
    """What is shown beside the rows of an answer."""
    text = screen.text_of(side)
    left = text.column_left - 4
    lines = ("".join(segment.text for segment in text.render_line(y)) for y in range(text.size.height))
    return "\n".join(line[left : left + 4].rstrip() for line in lines)


@pytest.fixture
def required(tmp_path: Path) -> OneStudyLibrary:
    protocol = Protocol(title="Chest and more", sentences="required")
    return OneStudyLibrary(make_study(tmp_path / "required.doubleread", protocol=protocol))


@pytest.mark.parametrize("size", SIZES)
async def test_one_key_judges_a_sentence_and_goes_to_the_next(library: OneStudyLibrary, size: tuple[int, int]) -> None:
    async with make_app(library).run_test(size=size) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "a")
        await pilot.pause()
        expected = quotes(screen, "A")
        assert screen.query_one(SentenceBar).display
        assert labels(pilot, "sentence")[0] == f"sentence 1 of {len(expected)}"
        await pilot.press("1", "2", "3", "4")
        await pilot.pause()
        names = ("supported", "unsupported", "incorrect", "unsure")
        assert judged(library.path) == list(zip(expected, names, strict=False))
        assert labels(pilot, "sentence")[0] == f"sentence 5 of {len(expected)}"
        assert labels(pilot, "sentence-more")[:2] == [f"A 4 of {len(expected)} sentences", "B 0 of 4 sentences"]
        assert all(symbol in gutters(screen, "A") for symbol in "✓○✗?▸")
        await pilot.press("up", "up", "1")
        await pilot.pause()
        assert judged(library.path)[2] == (expected[2], "supported")
        assert screen.judgement.verdicts == {}
        await pilot.press("a")
        await pilot.pause()
        assert not screen.query_one(SentenceBar).display
        assert "▸" not in gutters(screen, "A")
        await pilot.press("3")
        await pilot.pause()
        assert screen.judgement.verdicts == {"A": "incorrect"}
        assert len(judged(library.path)) == 4


async def test_judgements_are_undone_and_done_again_one_by_one(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        await pilot.press("f4", "a", "3", "3", "up", "1")
        await pilot.pause()
        assert [said for _, said in judged(library.path)] == ["incorrect", "supported"]
        await pilot.press("u")
        await pilot.pause()
        assert [said for _, said in judged(library.path)] == ["incorrect", "incorrect"]
        await pilot.press("u")
        await pilot.pause()
        assert [said for _, said in judged(library.path)] == ["incorrect"]
        await pilot.press("U", "U")
        await pilot.pause()
        assert [said for _, said in judged(library.path)] == ["incorrect", "supported"]


async def test_a_annotation_is_offered_of_a_sentence_at_fault_and_made_with_three_keys(
    library: OneStudyLibrary,
) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "a", "1", "f")
        await pilot.pause()
        assert screen.dock_view == "judge"  # nothing is offered of a supported one
        await pilot.press("3")
        await pilot.pause()
        assert annotations(library.path) == []
        assert any("make an annotation" in label for label in labels(pilot, "sentence-more"))
        await pilot.press("f", "f", "m")
        await pilot.pause()
        (annotation,) = annotations(library.path)
        assert annotation["quote"] == quotes(screen, "A")[1]
        assert (annotation["category"], annotation["severity"]) == ("fabrication", "major")
        assert screen.sentences.active
        # Once the cursor goes on by itself nothing is offered; back at the sentence, an annotation of it is again.
        await pilot.press("down")
        await pilot.pause()
        assert not screen.situation().faulty_sentence
        await pilot.press("up", "up")
        await pilot.pause()
        assert screen.situation().faulty_sentence


@pytest.mark.parametrize("size", SIZES)
async def test_sentences_are_judged_by_mouse_alone(library: OneStudyLibrary, size: tuple[int, int]) -> None:
    async with make_app(library).run_test(size=size) as pilot:
        screen = reading(pilot)
        if screen.single:
            await click_chip(pilot, screen.query_one("#tabs", Chips), "A")
        else:
            await pilot.click(screen.text_of("A"), offset=screen.text_of("A").cell_of(3))
        await pilot.pause()
        await click_chip(pilot, screen.query_one("#keys", Chips), "sentences")
        text = screen.text_of("A")
        spans = sentences_to_judge(text.text)
        await pilot.click(text, offset=text.cell_of(spans[2].start + 4))
        await pilot.pause()
        assert labels(pilot, "sentence")[0] == f"sentence 3 of {len(spans)}"
        await click_chip(pilot, bar(pilot, "sentence"), "sentence_unsupported")
        await pilot.pause()
        assert judged(library.path) == [(spans[2].of(text.text), "unsupported")]
        await click_chip(pilot, bar(pilot, "sentence-more"), "sentence_annotation")
        choices = screen.query_one(QuestionBar).query_one(Chips)
        await click_chip(pilot, choices, "negation")
        await click_chip(pilot, choices, "minor")
        assert [found["quote"] for found in annotations(library.path)] == [spans[2].of(text.text)]
        await click_chip(pilot, bar(pilot, "sentence-more"), "sentences")
        assert not screen.sentences.active


@pytest.mark.parametrize("size", SIZES[:2])
async def test_the_current_sentence_is_in_view_all_through_a_long_answer(tmp_path: Path, size: tuple[int, int]) -> None:
    text = "\n\n".join(f"Number {n} says that there was {'some ' * (n % 17)}fever. It fits." for n in range(11))
    texts = {(CASES[0].id, arm.id): text for arm in ARMS}
    path = make_study(tmp_path / "long.doubleread", answered=(CASES[0].id,), texts=texts)
    async with make_app(OneStudyLibrary(path)).run_test(size=size) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "a")
        for key in (*["1"] * 21, *["up"] * 21):
            await pilot.press(key)
            await pilot.pause()
            span, pane = screen.sentences.current, screen.text
            top = pane.scroll_offset.y
            assert top <= pane.row_of(span.start) <= pane.row_of(span.end - 1) < top + pane.size.height
        assert len(judged(path)) == 21
        await pilot.press("ctrl+end", "1")
        await pilot.pause()
        assert [said for _, said in judged(path)] == ["supported"] * 22


async def test_words_are_still_marked_freely_meanwhile(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await pilot.press("f3", "a", "w", "W", "W", "m", "n", "i")
        await pilot.pause()
        assert [found["quote"] for found in annotations(library.path)] == ["answer is"]
        assert reading(pilot).sentences.active
        await pilot.press("escape")
        await pilot.pause()
        assert not reading(pilot).sentences.active


async def test_a_commit_says_what_is_not_judged(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await pilot.press("f3", "a", "1", "1", "a", "1", "f4", "3", "6", "c")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ConfirmDialog)
        left = len(quotes(reading(pilot), "A"))
        assert f"A {left - 2} of {left}" in shown_text(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert reading(pilot).session.reading.committed


async def test_where_it_is_required_every_sentence_comes_before_the_commit(required: OneStudyLibrary) -> None:
    async with make_app(required).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "1", "f4", "3", "6", "c")
        await pilot.pause()
        assert "4 sentences of answer B." in shown_text(pilot)
        await pilot.press("1")
        await pilot.pause()
        assert screen.sentences.active, "the key begins with the first sentence that is left"
        for pane, side in (("f3", "A"), ("f4", "B")):
            await pilot.press(pane)
            if not screen.sentences.active:
                await pilot.press("a")
            await pilot.press(*["1"] * (len(quotes(screen, side)) - (side == "B")))
        await pilot.press("c")
        await pilot.pause()
        assert "Not judged yet: 1 sentence of answer B." in shown_text(pilot)
        await pilot.press("1", "1", "c")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ConfirmDialog)
        await pilot.press("enter")
        await pilot.pause()
        assert screen.session.reading.committed


async def test_after_the_commit_a_judgement_is_a_correction(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await pilot.press("f3", "1", "f4", "3", "6", "c", "enter")
        await pilot.pause()
        await pilot.press("f3", "a", "3")
        await pilot.pause()
        assert judged(library.path) == []
        await pilot.press("s", "l", "i", "p", "enter")
        await pilot.pause()
        assert [said for _, said in judged(library.path)] == ["incorrect"]
        assert reading(pilot).session.reading.corrections == ("slip",)


async def test_a_protocol_without_sentences_offers_none(tmp_path: Path) -> None:
    path = make_study(tmp_path / "off.doubleread", protocol=Protocol(title="t", sentences="off"))
    async with make_app(OneStudyLibrary(path)).run_test(size=(120, 40)) as pilot:
        await pilot.press("f3", "a", "1")
        await pilot.pause()
        assert not reading(pilot).sentences.active
        assert reading(pilot).judgement.verdicts == {"A": "correct"}


async def test_the_mode_waits_for_the_answers(live: OneStudyLibrary) -> None:
    async with make_app(live).run_test(size=(120, 40)) as pilot:
        await pilot.press("f3", "a", "1")
        await pilot.pause()
        assert not reading(pilot).sentences.active


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40", "200x60"])
def test_how_it_looks(library: OneStudyLibrary, snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(make_app(library), terminal_size=size, press=("f3", "a", "1", "2", "3"))
