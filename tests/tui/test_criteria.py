"""Judging criterion by criterion: by keyboard alone and by mouse alone, and what is in the study file then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from doubleread.domain.blinding import SIDES
from doubleread.domain.case import Case, Criterion
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.tui.adjudication.difference_panel import DifferencePanel
from doubleread.tui.adjudication.screen import AdjudicationScreen
from doubleread.tui.reading.criterion_bar import CriterionBar
from doubleread.tui.reading.reveal_panel import RevealPanel
from doubleread.tui.reading.verdict_bar import VerdictBar
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.dialogs import ConfirmDialog, LineDialog
from doubleread.tui.shared.question_bar import QuestionBar
from tui.driving import annotations, click_chip, reading, rows, shown_text, until
from tui.studies import ARMS, OneStudyLibrary, make_app, make_study

SIZES = [(80, 24), (120, 40), (200, 60)]
LONG = "Says all of this: " + " ".join(f"part{number} of the criterion" for number in range(60)) + " and the end."
CRITERIA = (
    Criterion("c1", "Advises against flying for two days.", 6, ("axis:secret-tag",)),
    Criterion("c2", "Says that flying is harmless.", -717, ("axis:secret-tag",)),
    *(Criterion(f"c{number}", f"Mentions thing number {number}.", 7) for number in range(3, 10)),
    Criterion("c10", LONG, 5),
)
CASE = Case(
    id="c01",
    kind="rubric",
    text="User: May I fly with a plaster cast?",
    question="Write the next reply.",
    key="Wait for two days.",
    criteria=CRITERIA,
    title="A plaster cast",
)
TEXTS = {
    ("c01", ARMS[0].id): "Wait for two days before you fly. The cast must be split if the flight is earlier than that.",
    ("c01", ARMS[1].id): "Yes. Flying with a cast is harmless. Enjoy your flight.",
}


@pytest.fixture
def library(tmp_path: Path) -> OneStudyLibrary:
    return OneStudyLibrary(make_study(tmp_path / "rubric.doubleread", cases=[CASE], answered=["c01"], texts=TEXTS))


def judged(path: Path, side: str = "") -> list[tuple[str, str]]:
    """The criteria in the file with what was said of them; evidence is checked on the way."""
    found = rows(path, "SELECT criteria.*, answers.text FROM criteria JOIN answers ON answers.id = answer_id")
    for row in found:
        assert row["quote"] is None or row["text"][row["start"] : row["end"]] == row["quote"]
    said = {row["criterion_id"]: row["judgement"] for row in found if side in ("", row["side"])}
    return [(criterion.id, said[criterion.id]) for criterion in CRITERIA if criterion.id in said]


def bar(pilot: Pilot[None]) -> CriterionBar:
    return reading(pilot).query_one(CriterionBar)


def place(pilot: Pilot[None]) -> str:
    return bar(pilot).query_one("#criterion-place", Chips).chips[0].label


def shown_criterion(pilot: Pilot[None]) -> str:
    """The rows of the criterion's text that are in view."""
    text = bar(pilot).scrolled
    shown = bar(pilot).query_one(Static)
    top = text.scroll_offset.y
    lines = (
        "".join(segment.text for segment in shown.render_line(y))
        for y in range(top, min(top + text.size.height, shown.size.height))
    )
    return "\n".join(lines)


@pytest.mark.parametrize("size", SIZES)
async def test_ten_criteria_of_an_answer_take_eleven_keys_and_both_answers_twenty_one(
    library: OneStudyLibrary, size: tuple[int, int]
) -> None:
    async with make_app(library).run_test(size=size) as pilot:
        screen = reading(pilot)
        assert not bar(pilot).display
        keys = ["f3", *"1231231231"]
        assert len(keys) <= 12
        await pilot.press(*keys)
        await pilot.pause()
        said = ["met", "not met", "cannot tell"] * 3 + ["met"]
        assert judged(library.path, "A") == list(zip((item.id for item in CRITERIA), said, strict=True))
        # On by itself: from the last criterion of A to the first one of B.
        assert (screen.pane, place(pilot)) == ("B", "B: criterion 1 of 10")
        both = [*keys, *"2222222222"]
        assert len(both) == 21
        await pilot.press(*both[len(keys) :])
        await pilot.pause()
        assert [said for _, said in judged(library.path, "B")] == ["not met"] * 10
        assert screen.judgement.verdicts == {}
        # Then the verdicts, the preference and the commit.
        assert not screen.session.missing_for_commit[0].endswith("of answer B")
        await pilot.press("j", "2", "f3", "1", "6", "c")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ConfirmDialog)
        assert "Criteria met:  A 4 of 10, B 0 of 10" in shown_text(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert screen.committed
        assert screen.judgement.verdicts == {"A": "correct", "B": "partly"}


async def test_a_slip_is_undone_at_its_criterion_and_one_goes_back_and_forth(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        await pilot.press("f3", "1", "1", "2")
        await pilot.pause()
        assert place(pilot) == "A: criterion 4 of 10"
        await pilot.press("u")
        await pilot.pause()
        assert (place(pilot), judged(library.path)) == (
            "A: criterion 3 of 10",
            [("c1", "met"), ("c2", "met")],
        )
        await pilot.press("U")
        await pilot.pause()
        assert judged(library.path)[-1] == ("c3", "not met")
        await pilot.press("[", "[", "3")
        await pilot.pause()
        assert (place(pilot), judged(library.path)[0]) == ("A: criterion 2 of 10", ("c1", "cannot tell"))
        await pilot.press("[", "[")
        await pilot.pause()
        assert place(pilot) == "A: criterion 1 of 10"
        await pilot.press(*["]"] * 10)
        await pilot.pause()
        assert place(pilot) == "B: criterion 1 of 10"
        await pilot.press("[")
        await pilot.pause()
        assert place(pilot) == "A: criterion 10 of 10"
        # The same judgement again stores nothing, and goes on to what is left of this answer.
        before = len(rows(library.path, "SELECT * FROM events"))
        await pilot.press("[", "[", "1", "1", "1")
        await pilot.pause()
        assert place(pilot) == "A: criterion 4 of 10"
        await pilot.press("[", "2")
        await pilot.pause()
        assert len(rows(library.path, "SELECT * FROM events")) == before + 3


async def test_a_judgement_is_cleared_and_the_criterion_stays(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        await pilot.press("f3", "1", "2", "[", "4")
        await pilot.pause()
        assert (place(pilot), judged(library.path)) == ("A: criterion 2 of 10", [("c1", "met")])
        assert reading(pilot).session.criteria_left("A") == tuple(item.id for item in CRITERIA[1:])
        events = len(rows(library.path, "SELECT * FROM events"))
        await pilot.press("4")
        await pilot.pause()
        assert len(rows(library.path, "SELECT * FROM events")) == events
        await pilot.press("u")
        await pilot.pause()
        assert judged(library.path) == [("c1", "met"), ("c2", "not met")]


@pytest.mark.parametrize("size", SIZES)
async def test_a_long_criterion_can_be_read_to_its_end(library: OneStudyLibrary, size: tuple[int, int]) -> None:
    async with make_app(library).run_test(size=size) as pilot:
        await pilot.press("f3", "[", *["]"] * 9)
        await pilot.pause()
        assert place(pilot) == "A: criterion 10 of 10"
        seen = shown_criterion(pilot)
        assert "Says all of this" in seen
        long = bool(bar(pilot).scrolled.max_scroll_y)
        assert long == any(
            chip.id == "criterion_text" for chip in bar(pilot).query_one("#criterion-place", Chips).chips
        )
        assert long or size != (80, 24)
        for _ in range(4 if long else 0):
            await pilot.press("J")
            await pilot.pause()
            seen += shown_criterion(pilot)
        assert "and the end." in " ".join(seen.split())
        assert {f"part{number}" for number in range(60)} <= set(seen.split())
        # The next criterion is shown from its beginning, and so is this one again.
        await pilot.press("[", "]")
        await pilot.pause()
        assert "Says all of this" in shown_criterion(pilot)
        # The answer stays in view.
        assert reading(pilot).text_of("A").size.height >= 6


async def test_selected_words_become_the_evidence_and_a_key_links_or_removes_them(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)
        text = screen.text_of("A")
        await pilot.press("f3", "s", "1")
        await pilot.pause()
        (row,) = rows(library.path, "SELECT * FROM criteria")
        assert row["quote"] == text.text[: text.text.index(".") + 1]
        assert text.selection is None
        await pilot.press("1", "[", "l")
        await pilot.pause()
        # Nothing is selected and nothing linked.
        assert [row["quote"] for row in rows(library.path, "SELECT * FROM criteria ORDER BY judged_at")][1] is None
        text.select(Span(0, 4))
        await pilot.press("l")
        await pilot.pause()
        (row,) = rows(library.path, "SELECT * FROM criteria WHERE criterion_id = 'c2'")
        assert (row["judgement"], row["quote"]) == ("met", text.text[:4])
        await pilot.press("[", "]")
        await pilot.pause()
        chips = bar(pilot).query_one("#criterion", Chips)
        assert any(chip.label.startswith("evidence “") for chip in chips.chips)
        assert chips.rows_in(78) == 1
        # Another judgement keeps the words that it is about.
        await pilot.press("2", "[")
        await pilot.pause()
        (row,) = rows(library.path, "SELECT * FROM criteria WHERE criterion_id = 'c2'")
        assert (row["judgement"], row["quote"]) == ("not met", text.text[:4])
        await pilot.press("l")
        await pilot.pause()
        (row,) = rows(library.path, "SELECT * FROM criteria WHERE criterion_id = 'c2'")
        assert (row["judgement"], row["quote"]) == ("not met", None)


@pytest.mark.parametrize("size", SIZES)
async def test_criteria_are_judged_by_mouse_alone(library: OneStudyLibrary, size: tuple[int, int]) -> None:
    async with make_app(library).run_test(size=size) as pilot:
        screen = reading(pilot)
        if screen.single:
            await click_chip(pilot, screen.query_one("#tabs", Chips), "A")
        else:
            await pilot.click(screen.text_of("A"), offset=screen.text_of("A").cell_of(3))
        await pilot.pause()
        chips = bar(pilot).query_one("#criterion", Chips)
        await click_chip(pilot, chips, "criterion_met")
        # A drag selects evidence, and asks nothing.
        text = screen.text_of("A")
        start, end = text.cell_of(0), text.cell_of(10)
        assert start is not None
        assert end is not None
        await pilot.mouse_down(text, offset=start)
        await pilot.hover(text, offset=end)
        await pilot.mouse_up(text, offset=end)
        await pilot.pause()
        assert not screen.query_one(QuestionBar).display
        assert text.selection is not None
        await click_chip(pilot, chips, "criterion_not_met")
        await click_chip(pilot, bar(pilot).query_one("#criterion-place", Chips), "previous_criterion")
        await pilot.pause()
        assert judged(library.path) == [("c1", "met"), ("c2", "not met")]
        (row,) = rows(library.path, "SELECT * FROM criteria WHERE criterion_id = 'c2'")
        assert row["quote"]
        assert annotations(library.path) == []
        await click_chip(pilot, chips, "criterion_evidence")
        await click_chip(pilot, bar(pilot).query_one("#criterion-place", Chips), "criteria")
        await pilot.pause()
        assert not bar(pilot).display
        assert screen.query_one(VerdictBar).display


async def test_from_the_case_keys_judge_the_answer_that_one_came_from(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        await pilot.press("1")
        await pilot.pause()
        assert judged(library.path) == []
        await pilot.press("f4", "1", "f2", "2")
        await pilot.pause()
        assert bar(pilot).display
        assert judged(library.path, "B") == [("c1", "met"), ("c2", "not met")]
        assert reading(pilot).pane == "case"


async def test_the_commit_says_how_many_criteria_are_left(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await pilot.press("f3", "1", "1", "c")
        await pilot.pause()
        assert "Not judged yet: 8 criteria of answer A and 10 criteria of answer B." in shown_text(pilot)
        await pilot.press("1", "3")
        await pilot.pause()
        judged = reading(pilot).judgement.criteria
        assert [item.judgement for item in judged.values()] == ["met", "met", "cannot tell"], "the key led there"


async def commit_all(pilot: Pilot[None]) -> None:
    await pilot.press("f3", "1", "2", *"1" * 7, "2", "2", "1", *"3" * 8, "j", "1", "f3", "1", "6", "c")
    await pilot.pause()
    await pilot.press("enter")
    await until(pilot, lambda: reading(pilot).session.all_done)
    while pilot.app.screen is not reading(pilot):
        await pilot.press("escape")
        await pilot.pause()


async def test_points_and_tags_are_shown_after_the_commit_only_and_so_is_the_score(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await pilot.press("f3", "]")
        await pilot.pause()
        for _ in range(3):
            assert "717" not in shown_text(pilot)
            assert "secret-tag" not in shown_text(pilot)
            await pilot.press("]")
            await pilot.pause()
        await pilot.press("j", "j")
        await commit_all(pilot)
        screen = reading(pilot)
        assert screen.committed
        panel = "\n".join(shown_text(pilot).splitlines()[screen.query_one(RevealPanel).region.y :])
        # 6 and seven times 7 of 6 + 7 * 7 + 5; the fault of B costs.
        assert "rubric score 0.92: 55 of 60 points" in panel
        assert "rubric score -11.95: -717 of 60 points" in panel
        assert "Ideal answer  Wait for two days." in panel
        await pilot.press("f4", "j", "]")
        await pilot.pause()
        assert "-717 points · axis:secret-tag" in shown_criterion(pilot)
        # A change is a correction, with a reason.
        await pilot.press("2")
        await pilot.pause()
        assert isinstance(pilot.app.screen, LineDialog)
        await pilot.press(*"slip", "enter")
        await pilot.pause()
        assert dict(judged(library.path, "B"))["c2"] == "not met"


async def test_a_study_that_hides_its_key_hides_the_points(tmp_path: Path) -> None:
    protocol = Protocol(title="t", reveal_key=False)
    path = make_study(tmp_path / "r.doubleread", cases=[CASE], answered=["c01"], texts=TEXTS, protocol=protocol)
    async with make_app(OneStudyLibrary(path)).run_test(size=(120, 40)) as pilot:
        await commit_all(pilot)
        screen = reading(pilot)
        assert screen.committed
        assert "rubric score" not in shown_text(pilot)
        await pilot.press("j")
        await pilot.pause()
        assert "points" not in shown_criterion(pilot)


async def test_sentences_are_judged_once_the_criteria_are_left(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)
        await pilot.press("f3", "a")
        await pilot.pause()
        assert not screen.sentences.active
        await pilot.press("escape", "a", "2")
        await pilot.pause()
        assert screen.sentences.active
        assert judged(library.path) == []
        assert len(rows(library.path, "SELECT * FROM sentences")) == 1
        await pilot.press("j", "2")
        await pilot.pause()
        assert judged(library.path) == [("c1", "not met")]


async def test_case_and_question_are_shown_without_the_criteria(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        shown: Any = reading(pilot).text_of("case").text
        assert shown.startswith(CASE.text)
        assert CRITERIA[0].text not in shown_text(pilot)


async def test_an_adjudicator_resolves_a_criterion_with_one_key(library: OneStudyLibrary) -> None:
    """Two readers differ on a long criterion of one answer; the adjudicator reads all of it and both readers' words."""
    with StudyFile.open(library.path, device="d") as study:
        for reader_id, long, evidence in (("R-01", "met", Span(0, 4)), ("R-02", "not met", None)):
            session = ReadingSession(study, reader_id, clock=lambda: 0.0)
            first = session.reading.side_of(f"c01/{ARMS[0].id}")
            for side in SIDES:
                for criterion in CRITERIA:
                    differs = criterion.id == "c10" and side == first
                    said, words = (long, evidence) if differs else ("met", None)
                    session.judge_criterion(side, criterion.id, said, words)
            session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
            session.commit()
            session.leave()
        study.readers.register("S-01")
        study.readers.describe("S-01", "adjudicator", "")
    async with make_app(library, adjudicator="S-01").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        shown = shown_text(pilot)
        assert "criterion of answer" in shown
        assert "met / not met" in shown or "not met / met" in shown
        assert "Says all of this: part0 of the criterion" in shown
        assert "“Wait”" in shown
        screen = next(item for item in pilot.app.screen_stack if isinstance(item, AdjudicationScreen))
        panel = screen.query_one(DifferencePanel).scrolled
        await pilot.press("f5", "pagedown", "pagedown", "pagedown", "pagedown")
        await pilot.pause()
        assert panel.scroll_offset.y == panel.max_scroll_y > 0
        await pilot.press("o")
        await pilot.pause()
        assert "meet the criterion?" in shown_text(pilot)
        await pilot.press("3", "c", "enter")
        await pilot.pause()
        (row,) = rows(
            library.path,
            "SELECT * FROM adjudications WHERE subject = 'criterion' AND axis = 'c10' AND decision LIKE '%own%'",
        )
        assert (row["value"], row["resolves"]) == ("cannot tell", 1)
        said = rows(library.path, "SELECT judgement FROM criteria WHERE criterion_id = 'c10' ORDER BY judgement")
        assert [row["judgement"] for row in said] == ["met", "met", "met", "not met"]


async def test_the_key_that_leaves_the_criteria_is_shown_once(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "j criteria" in shown_text(pilot)
        await pilot.press("j")
        await pilot.pause()
        assert "j done" in shown_text(pilot)
        assert "j criteria" not in shown_text(pilot)
        await pilot.press("j")
        await pilot.pause()
        assert "j criteria" in shown_text(pilot)
