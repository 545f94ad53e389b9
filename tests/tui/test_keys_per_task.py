"""How many keys each task of a reader takes, counted on the screen. `keys(most)` fails if a task takes more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from textual.pilot import Pilot

from doubleread.domain.case import Case, Criterion
from doubleread.domain.spans import Span
from doubleread.tui.reading.screen import ReadingScreen
from doubleread.tui.shared.actions import PANES, Pane
from doubleread.tui.shared.question_bar import QuestionBar
from doubleread.tui.shared.text.jump_labels import words_in_view
from tui.driving import annotations, reading, rows, until
from tui.studies import ARMS, CASES, TEXTS, OneStudyLibrary, make_app, make_study

SMALL, MEDIUM = (80, 24), (120, 40)
Press = Callable[..., Awaitable[None]]


@asynccontextmanager
async def keys(pilot: Pilot[None], most: int) -> AsyncIterator[Press]:
    """Give what presses keys, and check at the end that they were at most so many."""
    pressed: list[str] = []

    async def press(*some: str) -> None:
        pressed.extend(some)
        await pilot.press(*some)

    yield press
    assert len(pressed) <= most, f"{len(pressed)} keys: {' '.join(pressed)}"


def put_caret(screen: ReadingScreen, pane: Pane, words: str) -> None:
    screen.action_show_pane(pane)
    screen.text.move_caret(screen.text.text.index(words))


async def test_a_sentence_is_a_major_fabrication_in_four_keys(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=SMALL) as pilot:
        put_caret(reading(pilot), "A", TEXTS["c01", ARMS[0].id][:3])
        async with keys(pilot, 4) as press:
            await press("s", "m", "f", "m")
            await until(pilot, lambda: len(annotations(library.path)) == 1)
        (row,) = annotations(library.path)
        assert (row["category"], row["severity"]) == ("fabrication", "major")


@pytest.fixture(scope="module")
def many_words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study whose three texts fill a window of any size with short words."""
    random = Random(3)
    texts = [" ".join(random.choice(["a", "is", "the", "pain", "left", "of", "fever,"]) for _ in range(1500))] * 3
    case = replace(CASES[0], text=texts[0])
    answers = {("c01", arm.id): text for arm, text in zip(ARMS, texts[1:], strict=True)}
    path = tmp_path_factory.mktemp("many") / "many.doubleread"
    return make_study(path, cases=[case], answered=["c01"], texts=answers)


def three_words(screen: ReadingScreen, random: Random) -> tuple[Pane, list[Span]]:
    """Return three neighbouring words in view, in any text in view."""
    pane = random.choice([pane for pane in PANES if screen.reading_pane(pane).display])
    text = screen.text_of(pane)
    words = words_in_view(text.text, text.starts_in_view())
    first = random.randrange(len(words) - 2)
    return pane, words[first : first + 3]


async def propose_by_two_jumps(screen: ReadingScreen, press: Press, pane: Pane, words: list[Span]) -> None:
    """Press H, the letters on the first word and on the last, and m."""
    await press("H")
    await press(*screen.text_of(pane)._labels[words[0].start])
    await press(*screen.text_of(pane)._labels[words[2].start], "m")


async def propose_by_extending(screen: ReadingScreen, press: Press, pane: Pane, words: list[Span]) -> None:
    """Press h, the letters on the first word, W for each word, and m."""
    await press("h")
    await press(*screen.text_of(pane)._labels[words[0].start], "W", "W", "W", "m")


@pytest.mark.parametrize("propose", [propose_by_two_jumps, propose_by_extending])
@pytest.mark.parametrize("size", [SMALL, MEDIUM])
async def test_three_words_anywhere_on_the_screen_are_proposed_in_seven_keys(
    library: OneStudyLibrary, size, propose
) -> None:
    random = Random(str(size))
    async with make_app(library).run_test(size=size) as pilot:
        screen = reading(pilot)
        for _ in range(3):
            screen.text.move_caret(random.randrange(len(screen.text.text)))
            await pilot.pause()
            pane, words = three_words(screen, random)
            if pane == "case" and words[2].end > len(CASES[0].text):
                continue  # the question and the options cannot be annotated
            async with keys(pilot, 7) as press:
                await propose(screen, press, pane, words)
                await until(pilot, lambda: screen.query_one(QuestionBar).has_focus)
            assert (screen.pane, screen.text.selection) == (pane, Span(words[0].start, words[2].end))
            await pilot.press("escape")
            await until(pilot, lambda: screen.text.has_focus)


async def test_three_words_of_more_than_676_on_the_screen_are_proposed_in_seven_keys(many_words: Path) -> None:
    random = Random(5)
    async with make_app(OneStudyLibrary(many_words)).run_test(size=(200, 52)) as pilot:
        screen = reading(pilot)
        texts = [screen.text_of(pane) for pane in PANES]
        in_view = [words_in_view(text.text, text.starts_in_view()) for text in texts]
        assert sum(map(len, in_view)) > 26 * 26
        for _ in range(2):
            pane, words = three_words(screen, random)
            async with keys(pilot, 7) as press:
                await propose_by_two_jumps(screen, press, pane, words)
                await until(pilot, lambda: screen.query_one(QuestionBar).has_focus)
            assert (screen.pane, screen.text.selection) == (pane, Span(words[0].start, words[2].end))
            await pilot.press("escape")
            await until(pilot, lambda: screen.text.has_focus)


async def test_a_sentence_of_the_case_is_left_out_in_four_keys(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=SMALL) as pilot:
        put_caret(reading(pilot), "case", "He mentions")
        async with keys(pilot, 4) as press:
            await press("s", "o", "b", "m")
            await until(pilot, lambda: len(annotations(library.path)) == 1)
        (row,) = annotations(library.path)
        assert (row["category"], row["side"], row["severity"]) == ("omission", "B", "major")
        assert row["quote"].startswith("He mentions a recent upper respiratory infection")


async def test_evidence_is_linked_in_three_keys(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=SMALL) as pilot:
        screen = reading(pilot)
        side: Pane = "A" if "crushing" in screen.text_of("A").text else "B"
        put_caret(screen, side, "The patient has crushing")
        await pilot.press("s", "m", "f", "m")
        await until(pilot, lambda: len(annotations(library.path)) == 1)
        screen.action_show_pane("case")
        async with keys(pilot, 3) as press:
            await press("]", "l")
            await until(pilot, lambda: annotations(library.path)[0]["passage_quote"] == "chest pain")
        # Words that the answer does not have are selected in the case.
        put_caret(screen, side, "The patient has crushing")
        screen.text_of("case").move_caret(0)
        async with keys(pilot, 3) as press:
            await press("f2", "s", "l")
            await until(
                pilot, lambda: (annotations(library.path)[0]["passage_quote"] or "").startswith("A 44-year-old")
            )


async def test_both_answers_are_judged_compared_and_committed_in_seven_keys(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=SMALL) as pilot:
        assert reading(pilot).pane == "case"
        async with keys(pilot, 7) as press:
            await press("f3", "1", "f4", "3", "6", "c", "enter")
            await until(pilot, lambda: reading(pilot).committed)


async def test_the_severity_is_changed_in_two_keys(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=SMALL) as pilot:
        await pilot.press("f3", "s", "m", "f", "m")
        await until(pilot, lambda: len(annotations(library.path)) == 1)
        async with keys(pilot, 2) as press:
            await press("e", "i")
            await until(pilot, lambda: annotations(library.path)[0]["severity"] == "minor")


async def test_ten_criteria_are_judged_in_twelve_keys(tmp_path: Path) -> None:
    criteria = tuple(Criterion(f"c{number}", f"Mentions thing {number}.", 5) for number in range(10))
    case = Case("c01", "rubric", "May I fly?", "Write the reply.", "Wait.", criteria=criteria, title="A cast")
    answers = {("c01", arm.id): "Wait for two days before you fly." for arm in ARMS}
    path = make_study(tmp_path / "rubric.doubleread", cases=[case], answered=["c01"], texts=answers)
    async with make_app(OneStudyLibrary(path)).run_test(size=SMALL) as pilot, keys(pilot, 12) as press:
        await press("f3", *"1231231231")
        await until(pilot, lambda: len(rows(path, "SELECT * FROM criteria")) == 10)
