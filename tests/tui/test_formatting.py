"""Markdown on the screens: formatted in all texts alike, or as it is written, by one key."""

from __future__ import annotations

from pathlib import Path

import pytest

from doubleread.config import Settings
from doubleread.domain.score import Score
from doubleread.domain.spans import Span
from doubleread.read_model.blinding import blinding_of
from doubleread.read_model.case_details import case_detail
from doubleread.store import StudyFile
from doubleread.tui.app import DoublereadApp
from doubleread.tui.reading.annotations_list import described
from doubleread.tui.results.case_view import CaseViewScreen
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.read_only_pane import ReadOnlyText
from doubleread.tui.shared.text.text_pane import TextPane
from tui.adjudicated import ADJUDICATOR, adjudicable_study
from tui.driving import annotations, reading, shown_text, until
from tui.studies import ARMS, CASES, OneStudyLibrary, make_app, make_study, wall

ANSWER = """# Result

- **Acute pericarditis**, *likely*.
- HLA-B*27 and HLA-B*57 not tested

| a | b |
|---|---|
| x | y |"""
SHOWN = ["Result", "• Acute pericarditis, likely.", "• HLA-B*27 and HLA-B*57 not tested"]


@pytest.fixture
def library(tmp_path: Path) -> OneStudyLibrary:
    texts = {(case.id, arm.id): ANSWER for case in CASES for arm in ARMS}
    return OneStudyLibrary(make_study(tmp_path / "study.doubleread", texts=texts))


def drawn(pane: TextPane) -> list[str]:
    """What a text shows, row by row, without the gutter and blank rows."""
    found = [pane.render_line(row).text[4:].strip() for row in range(pane.size.height)]
    return [row for row in found if row]


async def test_both_answers_and_the_case_change_together(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(150, 40)) as pilot:
        screen = reading(pilot)
        answers = [screen.text_of(side) for side in ("A", "B")]
        await until(pilot, lambda: all(drawn(pane)[:3] == SHOWN for pane in answers))
        await pilot.press("f3", "R")
        await until(pilot, lambda: all(drawn(pane)[0] == "# Result" for pane in answers))
        assert not screen.text_of("case").formatted
        await pilot.press("n")
        await until(pilot, lambda: screen.session.case.id == "c02")
        assert all(drawn(pane)[0] == "# Result" for pane in answers)
        await pilot.press("R")
        await until(pilot, lambda: all(drawn(pane)[:3] == SHOWN for pane in answers))


async def test_what_a_reader_marks_is_stored_as_it_is_in_the_answer(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(150, 40)) as pilot:
        text = reading(pilot).text_of("A")
        await until(pilot, lambda: bool(text.text))
        await pilot.press("f3")
        text.move_caret(ANSWER.index("Acute"))
        await pilot.press("s", "m", "f", "m")
        await until(pilot, lambda: bool(annotations(library.path)))
    (stored,) = annotations(library.path)
    assert stored["quote"] == "Acute pericarditis**, *likely*."
    assert ANSWER[stored["start"] : stored["end"]] == stored["quote"]


async def test_an_annotation_of_a_judged_sentence_leaves_out_its_bullet(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(150, 40)) as pilot:
        text = reading(pilot).text_of("A")
        await until(pilot, lambda: bool(text.text))
        await pilot.press("f3", "a")
        await until(pilot, lambda: text.by_sentence)
        text.move_caret(ANSWER.index("HLA"))
        await pilot.press("3", "f")
        await pilot.pause()
        await pilot.press("f", "m")
        await until(pilot, lambda: bool(annotations(library.path)))
    assert [row["quote"] for row in annotations(library.path)] == ["HLA-B*27 and HLA-B*57 not tested"]


async def test_a_setting_says_how_texts_are_shown_at_first(library: OneStudyLibrary) -> None:
    async with make_app(library, settings=Settings(formatted=False)).run_test(size=(150, 40)) as pilot:
        pane = reading(pilot).text_of("B")
        await until(pilot, lambda: drawn(pane)[:1] == ["# Result"])
        await pilot.press("R")
        await until(pilot, lambda: drawn(pane)[:1] == ["Result"])


async def test_in_an_adjudication(tmp_path: Path) -> None:
    path = adjudicable_study(tmp_path / "trial.doubleread")
    async with make_app(OneStudyLibrary(path), adjudicator=ADJUDICATOR).run_test(size=(150, 45)) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, DeclaredScreen)
        await until(pilot, lambda: bool(screen.query(TextPane)))
        assert all(text.formatted for text in screen.query(TextPane))
        await pilot.press("R")
        await until(pilot, lambda: not any(text.formatted for text in screen.query(TextPane)))
        assert screen.key_of("adjudication.reopen") == "O"


@pytest.mark.parametrize("kind", ["results", "reviews"])
async def test_in_results_and_score_review(library: OneStudyLibrary, kind: str) -> None:
    with StudyFile.open(library.path, device="d") as study:
        if kind == "reviews":
            study.answers.replace_scores(f"c01/{ARMS[0].id}", [Score("choice", "2", "unparsed", None, "several")])
            study.readers.register(ADJUDICATOR)
        detail = case_detail(study, "c01", blinding_of(study))
    app = make_app(library)
    if kind == "reviews":
        app = DoublereadApp(library, Settings(), start=library.path, reviews=ADJUDICATOR, wall=wall)
    async with app.run_test(size=(150, 45)) as pilot:
        await until(pilot, lambda: bool(app.screen.query(TextPane)))
        if kind == "results":
            app.push_screen(CaseViewScreen(detail, ["c01"], Settings(), read=lambda _: None))
            await until(pilot, lambda: isinstance(app.screen, CaseViewScreen))
        await until(pilot, lambda: any(drawn(pane)[:3] == SHOWN for pane in app.screen.query(ReadOnlyText)))
        await pilot.press("R")
        await until(pilot, lambda: any(drawn(pane)[:1] == ["# Result"] for pane in app.screen.query(ReadOnlyText)))
        assert not any(pane.formatted for pane in app.screen.query(ReadOnlyText))


async def test_words_of_an_annotation_are_quoted_as_they_are_shown(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await until(pilot, lambda: screen.ready)
        text = screen.text_of("A")
        await pilot.press("f3")
        start = text.text.index("Acute")
        text.select(Span(start, text.text.index("likely") + len("likely")))
        await pilot.press("m")
        await until(pilot, lambda: "what is wrong with “Acute pericarditis, likely”?" in shown_text(pilot))
        await pilot.press("f", "m")
        await until(pilot, lambda: bool(screen.marking.listed))
        assert "“Acute pericarditis, likely”" in described(screen.marking.listed[0])
