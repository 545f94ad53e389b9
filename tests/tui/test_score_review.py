"""The reviewing screen, by keyboard and mouse, and what is in the study file then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from doubleread.config import Settings
from doubleread.domain.answer import Answer
from doubleread.domain.bond import BondGrade
from doubleread.domain.case import Case
from doubleread.domain.score import Score
from doubleread.domain.score_override import Ruling
from doubleread.domain.study import Protocol
from doubleread.scoring.inference import score_inference
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from doubleread.tui.app import DoublereadApp
from doubleread.tui.library.screen import LibraryScreen
from doubleread.tui.score_review.reviewing import ALL_REVIEWED
from doubleread.tui.score_review.screen import NOTHING, ScoreReviewScreen
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.dialogs import LineDialog, MessageDialog
from tui.driving import click_chip, notices, shown_text, until
from tui.studies import ARMS, NAMES, OneStudyLibrary, commit_readings, make_study, wall

ADJUDICATOR = "R-09"
SIZES = [(80, 24), (120, 40)]
CONFLICT = "c01/m-quokkamed"
NO_CHOICE = "c03/m-zebrafinch"


@pytest.fixture
def library(path: Path) -> OneStudyLibrary:
    """Four answers to review: two of choices, one of them a conflict that the scorer calls right, and two proposals."""
    with StudyFile.open(path, device="d") as study:
        study.readers.register(ADJUDICATOR)
        study.answers.replace_scores(
            CONFLICT, [Score("choice", "2", "correct", "B", "stated answer; letter and text disagree", 14, 44, 0.5)]
        )
        study.answers.replace_scores(NO_CHOICE, [Score("choice", "2", "unparsed", None, "several")])
    return OneStudyLibrary(path)


def make_app(
    library: OneStudyLibrary, adjudicator: str = ADJUDICATOR, settings: Settings | None = None
) -> DoublereadApp:
    return DoublereadApp(library, settings or Settings(), start=library.path, reviews=adjudicator, wall=wall)


def screen_of(pilot: Pilot[None]) -> ScoreReviewScreen:
    return next(screen for screen in pilot.app.screen_stack if isinstance(screen, ScoreReviewScreen))


async def go_to(pilot: Pilot[None], answer_id: str) -> ScoreReviewScreen:
    """Go to an answer by the keys for the next one and the one before."""
    screen = screen_of(pilot)
    await pilot.press(*["left_square_bracket"] * 4)
    for _ in range(4):
        await pilot.pause()
        if screen.session.item.answer_id == answer_id:
            return screen
        await pilot.press("space")
    raise AssertionError(f"{answer_id} is not in the queue")


def reviewed(path: Path) -> dict[str, Ruling]:
    with StudyFile.open(path, device="d", read_only=True) as study:
        return {answer_id: held.ruling for answer_id, held in study.overrides.all().items()}


@pytest.mark.parametrize("size", SIZES)
async def test_everything_is_reviewed_with_one_key_each(library: OneStudyLibrary, size: tuple[int, int]) -> None:
    async with make_app(library).run_test(size=size, notifications=True) as pilot:
        screen = await go_to(pilot, CONFLICT)
        text = shown_text(pilot)
        assert "4 to review" in text
        assert "took option B" in text
        assert "the letter belongs to one option" in " ".join(text.split())
        assert "The patient has crushing chest pain" in text
        (mark,) = screen.pane(1).text.marks
        assert (mark.kind, mark.span.of(screen.pane(1).text.text)) == ("evidence", "A. Acute myocardial infarction")
        await pilot.press("a")
        await pilot.pause()
        assert reviewed(library.path) == {CONFLICT: Ruling(chosen="A")}
        assert "3 to review" in shown_text(pilot)
        assert "saved 12:04:31" in shown_text(pilot)
        await go_to(pilot, NO_CHOICE)
        await pilot.press("minus")
        await go_to(pilot, "c02/m-zebrafinch")
        text = shown_text(pilot)
        assert "Key  Graves disease   also: Basedow disease" in text
        assert "a synonym of the key" in text
        await pilot.press("5")
        await go_to(pilot, "c02/m-quokkamed")
        await pilot.press("2")
        await pilot.pause()
        assert reviewed(library.path) == {
            CONFLICT: Ruling(chosen="A"),
            NO_CHOICE: Ruling(),
            "c02/m-zebrafinch": Ruling(grade=BondGrade.EXACT),
            "c02/m-quokkamed": Ruling(grade=BondGrade.RELATED),
        }
        assert any(ALL_REVIEWED in notice.message for notice in notices(pilot))
        assert "0 to review" in shown_text(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, LibraryScreen))
    assert verify(library.path).ok


@pytest.mark.parametrize("size", SIZES)
async def test_the_same_by_mouse(library: OneStudyLibrary, size: tuple[int, int]) -> None:
    async with make_app(library).run_test(size=size) as pilot:
        screen = await go_to(pilot, CONFLICT)
        choices = screen.query_one("#choices", Chips)
        await click_chip(pilot, choices, "letter C")
        await go_to(pilot, NO_CHOICE)
        await click_chip(pilot, choices, "refused")
        await go_to(pilot, "c02/m-quokkamed")
        await click_chip(pilot, choices, "grade 0")
        assert reviewed(library.path) == {
            CONFLICT: Ruling(chosen="C"),
            NO_CHOICE: Ruling(refused=True),
            "c02/m-quokkamed": Ruling(grade=BondGrade.NOTHING_CLOSE),
        }
        await click_chip(pilot, screen.query_one("#keys", Chips), "review.undo")
        assert "c02/m-quokkamed" not in reviewed(library.path)
        await click_chip(pilot, choices, "none")
        assert reviewed(library.path)["c02/m-quokkamed"] == Ruling()


async def test_another_decision_asks_for_a_reason_and_undo_goes_back(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        await go_to(pilot, CONFLICT)
        await pilot.press("a")
        await go_to(pilot, CONFLICT)
        assert "✓ Reviewed by R-09: option A" in shown_text(pilot)
        await pilot.press("b")
        assert isinstance(pilot.app.screen, LineDialog)
        await pilot.press("escape")
        await pilot.pause()
        assert reviewed(library.path)[CONFLICT] == Ruling(chosen="A")
        await pilot.press("b")
        pilot.app.screen.query_one(Input).value = "the text says pericarditis"
        await pilot.press("enter")
        await pilot.pause()
        assert reviewed(library.path)[CONFLICT] == Ruling(chosen="B")
        await pilot.press("ctrl+z")
        await pilot.pause()
        assert reviewed(library.path)[CONFLICT] == Ruling(chosen="A")
        assert screen_of(pilot).session.item.answer_id == CONFLICT
        await pilot.press("backspace")
        await pilot.pause()
        assert reviewed(library.path) == {}


async def test_a_key_that_does_not_fit_the_case_does_nothing(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        await go_to(pilot, NO_CHOICE)
        await pilot.press("c", "z", "5", "0")
        await go_to(pilot, "c02/m-quokkamed")
        await pilot.press("a", "b", "1")
        await pilot.pause()
        assert reviewed(library.path) == {}


@pytest.mark.parametrize("size", [(80, 24), (160, 40)])
async def test_it_is_blind_to_the_model_and_for_a_choice_to_the_key(
    library: OneStudyLibrary, size: tuple[int, int]
) -> None:
    async with make_app(library).run_test(size=size) as pilot:
        for answer_id in (CONFLICT, NO_CHOICE, "c02/m-quokkamed", "c02/m-zebrafinch"):
            await go_to(pilot, answer_id)
            for _ in range(2):
                text = shown_text(pilot).casefold()
                for word in (*NAMES, "zebrafinch", "quokkamed", "m-zebra", "7b", "9b", *(m.model_sha256 for m in ARMS)):
                    assert word.casefold() not in text, (answer_id, word)
                if answer_id == CONFLICT:
                    for word in ("correct", "key", "right", "characteristic of pericarditis"):
                        assert word not in text, word
                await pilot.press("tab")
                await pilot.pause()


async def test_a_narrow_window_begins_with_the_answer(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = screen_of(pilot)
        assert [screen.pane(place).display for place in (0, 1)] == [False, True]
        assert screen.pane(1).text.has_focus
        await pilot.press("question_mark")
        await pilot.pause()
        assert "How to review scores" in shown_text(pilot)


@pytest.mark.parametrize("size", SIZES)
async def test_case_and_answer_are_both_in_reach(library: OneStudyLibrary, size: tuple[int, int]) -> None:
    async with make_app(library).run_test(size=size) as pilot:
        screen = await go_to(pilot, CONFLICT)
        wide = size[0] > 100
        assert ("A 44-year-old electrician" in shown_text(pilot)) is wide
        await pilot.press("tab")
        await pilot.pause()
        assert "A 44-year-old electrician" in shown_text(pilot)
        if not wide:
            await click_chip(pilot, screen.query_one("#tabs", Chips), "1")
            assert "A 44-year-old electrician" not in shown_text(pilot)


async def test_an_empty_queue_says_so(tmp_path: Path) -> None:
    path = make_study(tmp_path / "s.doubleread", answered=("c01", "c03"))
    with StudyFile.open(path, device="d") as study:
        study.readers.register(ADJUDICATOR)
    async with make_app(OneStudyLibrary(path)).run_test(size=(80, 24)) as pilot:
        assert NOTHING in shown_text(pilot)
        await pilot.press("a", "5", "minus", "space", "enter", "ctrl+z", "tab")
        assert reviewed(path) == {}


async def test_what_is_held_back_is_reported(library: OneStudyLibrary) -> None:
    commit_readings(library.path, "R-01", 1)
    async with make_app(library, "R-01").run_test(size=(112, 26), notifications=True) as pilot:
        assert "answer 1 of 1" in shown_text(pilot)
        assert any(
            "3 answers of cases that you have not read yet are listed here once" in item.message
            for item in notices(pilot)
        )


async def test_who_is_not_registered_is_told_what_to_do(library: OneStudyLibrary) -> None:
    async with make_app(library, "R-77").run_test(size=(112, 26)) as pilot:
        assert isinstance(pilot.app.screen, MessageDialog)
        assert "R-77 is not registered" in shown_text(pilot)


async def test_hostile_text_is_shown_harmless(tmp_path: Path) -> None:
    path = make_study(tmp_path / "s.doubleread")
    with StudyFile.open(path, device="d") as study:
        study.readers.register(ADJUDICATOR)
        study.overrides.decide(ADJUDICATOR, "c02/m-zebrafinch", Ruling(grade=BondGrade.EXACT), "", before=None)
        held = study.overrides.of("c02/m-zebrafinch")
        study.overrides.decide(ADJUDICATOR, "c02/m-zebrafinch", Ruling(), "[b]no\x1b[31m[/b]", before=held)
    async with make_app(OneStudyLibrary(path)).run_test(size=(112, 26)) as pilot:
        await pilot.press("left_square_bracket", "left_square_bracket")
        for _ in range(2):
            if screen_of(pilot).session.item.reviewed:
                break
            await pilot.press("space")
        await pilot.pause()
        text = shown_text(pilot)
        assert "[b]no␛[31m[/b]" in text
        assert "\x1b" not in text


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40"])
def test_how_it_looks(library: OneStudyLibrary, snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(make_app(library), terminal_size=size, press=("space", "4", "left_square_bracket"))


@pytest.mark.parametrize("size", SIZES)
async def test_an_answer_that_begins_with_empty_lines_is_shown_from_its_first_words(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    texts = {(case, arm.id): "\n" * 60 + f"Hardly {case}." for case in ("c01", "c02", "c03") for arm in ARMS}
    path = make_study(tmp_path / "blank.doubleread", texts=texts)
    with StudyFile.open(path, device="d") as study:
        study.readers.register(ADJUDICATOR)
        study.answers.replace_scores(NO_CHOICE, [Score("choice", "2", "unparsed", None, "none")])
        study.answers.replace_scores("c01/m-zebrafinch", [Score("choice", "2", "unparsed", None, "none")])
    async with make_app(OneStudyLibrary(path)).run_test(size=size) as pilot:
        for _ in range(2):
            await pilot.pause()
            assert f"Hardly {screen_of(pilot).session.item.case_id}." in shown_text(pilot)
            await pilot.press("space")


async def test_the_label_of_an_inference_is_picked_by_its_first_letter(tmp_path: Path) -> None:
    case = Case("n01", "inference", "A premise.", "A statement.", "neutral", title="An inference")
    path = tmp_path / "inference.doubleread"
    with StudyFile.create(path, cases=[case], arms=ARMS, protocol=Protocol(), device="d", secret=b"s" * 32) as study:
        study.readers.register(ADJUDICATOR)
        for arm, text in zip(ARMS, ("entailment or neutral", "Neutral"), strict=True):
            answer = Answer(
                id=f"n01/{arm.id}",
                case_id="n01",
                arm_id=arm.id,
                text=text,
                started_at="2026-03-01T12:00:00.000Z",
                finished_at="2026-03-01T12:00:01.000Z",
                finish_reason="stop",
                manifest={},
            )
            study.answers.record(answer, [score_inference(text, case)])
    async with make_app(OneStudyLibrary(path)).run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: "1 to review" in shown_text(pilot))
        text = shown_text(pilot)
        assert "took no label" in text
        assert "none of them for certain" in text
        assert all(label in text for label in ("entailment", "neutral", "contradiction"))
        await pilot.press("b")
        assert reviewed(path) == {}
        await pilot.press("n")
        await until(pilot, lambda: reviewed(path) == {f"n01/{ARMS[0].id}": Ruling(chosen="neutral")})
        assert "neutral" in shown_text(pilot)
