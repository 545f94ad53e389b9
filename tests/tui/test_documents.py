"""A case with documents on the screens: the list, finding words, marking and linking."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from doubleread.config import Settings
from doubleread.domain.answer import Answer
from doubleread.domain.case import Document
from doubleread.domain.documents import in_order
from doubleread.domain.score import Score
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.read_model.blinding import blinding_of
from doubleread.read_model.case_details import case_details
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.tui.adjudication.screen import AdjudicationScreen
from doubleread.tui.app import DoublereadApp
from doubleread.tui.results.case_view import CaseViewScreen
from doubleread.tui.shared.dialogs import ListDialog
from doubleread.tui.shared.document_tabs import DocumentTabs, tabs_in_view, tabs_of
from tui.driving import reading, rows, shown_text, until
from tui.studies import ARMS, CASES, READER, SECRET, TEXTS, OneStudyLibrary, make_app, make_study, wall

FILLER = " ".join(f"Line {number} of a long report." for number in range(120))
LETTERS = tuple(
    Document(f"d{number}", f"Start of letter {number}. {FILLER} Potassium {number} mmol/L.", f"Letter {number}")
    for number in range(5)
)
SHUFFLED = Protocol(title="Records", document_order="shuffled")
CASE = replace(CASES[0], documents=LETTERS)
ORDER = [int(document.id[1]) for document in in_order(CASE, "shuffled", 1).documents]
SIZES = [(80, 24), (200, 60)]


@pytest.fixture
def long_case(tmp_path: Path) -> OneStudyLibrary:
    path = tmp_path / "study.doubleread"
    cases = [CASE, replace(CASES[1], documents=())]
    with StudyFile.create(path, cases=cases, arms=ARMS, protocol=SHUFFLED, device="d", secret=SECRET) as study:
        for case in cases:
            for arm in ARMS:
                text = TEXTS[case.id, arm.id]
                study.answers.record(Answer(f"{case.id}/{arm.id}", case.id, arm.id, text, "", "", "stop", {}))
    return OneStudyLibrary(path)


def lines(pilot: Pilot[None]) -> DocumentTabs:
    return reading(pilot).reading_pane("case").documents


@pytest.mark.parametrize("size", SIZES)
async def test_the_list_names_all_documents_and_opens_them(long_case: OneStudyLibrary, size) -> None:
    async with make_app(long_case).run_test(size=size) as pilot:
        text = reading(pilot).text_of("case")
        assert lines(pilot).display
        assert CASE.question in text.text
        await pilot.press("f6", "3")
        await pilot.pause()
        assert "or a number opens a document" in shown_text(pilot)
        assert "enter to the text" in shown_text(pilot)
        shown = text.text[text.top_offset :]
        assert shown.startswith(f"--- Document 3: Letter {ORDER[2]} ---")
        assert f"Start of letter {ORDER[2]}" in shown_text(pilot)
        await pilot.press("right")
        await pilot.pause()
        assert text.text[text.top_offset :].startswith(f"--- Document 4: Letter {ORDER[3]} ---")
        await pilot.press("enter")
        await pilot.pause()
        assert text.has_focus
        assert "or a number opens a document" not in shown_text(pilot)


@pytest.mark.parametrize("size", SIZES)
async def test_a_document_is_opened_where_it_was_left(long_case: OneStudyLibrary, size) -> None:
    async with make_app(long_case).run_test(size=size) as pilot:
        text = reading(pilot).text_of("case")
        await pilot.press("f6", "2", "enter", "pagedown")
        await pilot.pause()
        left = text.top_offset
        await pilot.press("f6", "0")
        await pilot.pause()
        assert text.top_offset == 0
        await pilot.press("2")
        await pilot.pause()
        assert text.top_offset == left


async def test_a_click_opens_a_document(long_case: OneStudyLibrary) -> None:
    async with make_app(long_case).run_test(size=(240, 60)) as pilot:
        await pilot.click(lines(pilot), offset=lines(pilot).place_of(2))
        await pilot.pause()
        text = reading(pilot).text_of("case")
        assert text.text[text.top_offset :].startswith("--- Document 2")
        assert text.has_focus


async def test_the_list_follows_the_scrolled_text(long_case: OneStudyLibrary) -> None:
    async with make_app(long_case).run_test(size=(80, 24)) as pilot:
        text = reading(pilot).text_of("case")
        text.focus()
        await pilot.press("ctrl+end")
        await pilot.pause()
        assert lines(pilot).current == 5


@pytest.mark.parametrize("size", SIZES)
async def test_words_are_found_in_text_and_documents(long_case: OneStudyLibrary, size) -> None:
    async with make_app(long_case).run_test(size=size) as pilot:
        text = reading(pilot).text_of("case")
        await pilot.press("slash", *"potassium")
        await pilot.pause()
        assert "1 of 5" in shown_text(pilot)
        first = text.caret
        assert text.text[first:].startswith(f"Potassium {ORDER[0]}")
        await pilot.press("enter")
        await pilot.pause()
        assert "2 of 5" in shown_text(pilot)
        await pilot.press("up", "up")
        await pilot.pause()
        assert "5 of 5" in shown_text(pilot)
        assert lines(pilot).current == 5
        await pilot.press("escape")
        await pilot.pause()
        assert text.has_focus
        assert text.text[text.caret :].startswith("Potassium")
        assert not any(mark.kind == "found" for mark in text.marks)


async def test_words_of_a_document_are_marked_as_left_out(long_case: OneStudyLibrary) -> None:
    async with make_app(long_case).run_test(size=(120, 40)) as pilot:
        screen = reading(pilot)
        await pilot.press("slash", *"potassium", "escape")
        await pilot.pause()
        await pilot.press("s", "o")
        await pilot.pause()
        await pilot.press("a", "m")
        await pilot.pause()
        (row,) = rows(long_case.path, "SELECT * FROM annotations")
        document = LETTERS[ORDER[0]]
        assert row["place"] == f"document:{document.id}"
        assert row["quote"] == document.text[row["start"] : row["end"]] == f"Potassium {ORDER[0]} mmol/L."
        (mark,) = screen.text_of("case").marks
        assert mark.span.of(screen.text_of("case").text) == row["quote"]
        await pilot.press("comma")
        await pilot.pause()
        (row,) = rows(long_case.path, "SELECT * FROM annotations")
        assert row["quote"] == document.text[row["start"] : row["end"]]
        assert len(row["quote"]) < len(f"Potassium {ORDER[0]} mmol/L.")


async def test_an_annotation_is_linked_to_words_of_a_document(long_case: OneStudyLibrary) -> None:
    async with make_app(long_case).run_test(size=(120, 40)) as pilot:
        await pilot.press("f3", "w", "m", "f", "i")
        await pilot.pause()
        await pilot.press("f2", "slash", *"potassium", "down", "escape", "s", "l")
        await pilot.pause()
        (row,) = rows(long_case.path, "SELECT * FROM annotations")
        document = LETTERS[ORDER[1]]
        assert row["passage_source"] == f"document:{document.id}"
        assert row["passage_quote"] == document.text[row["passage_start"] : row["passage_end"]]
        kinds = [mark.kind for mark in reading(pilot).text_of("case").marks]
        assert kinds == ["passage"]


async def test_headings_question_and_options_cannot_be_marked(long_case: OneStudyLibrary) -> None:
    async with make_app(long_case).run_test(size=(120, 40)) as pilot:
        text = reading(pilot).text_of("case")
        text.select(Span(text.text.index("--- Document 2"), text.text.index("--- Document 2") + 12))
        text.propose()
        await pilot.pause()
        assert rows(long_case.path, "SELECT * FROM annotations") == []
        assert reading(pilot).dock_view == "judge"


@pytest.mark.parametrize("count", [1, 5, 40])
@pytest.mark.parametrize("width", [20, 38, 78, 198])
def test_tabs_in_view_fit_and_have_the_current_one(count: int, width: int) -> None:
    tabs = tabs_of([f"{number}  Letter of the {number}th day" for number in range(count)])
    for current in range(count):
        shown = tabs_in_view(tabs, current, width)
        assert current in shown
        edges = 2 * (shown.start > 0) + 2 * (shown.stop < count)
        cells = tabs[shown[-1]].end - tabs[shown.start].start
        assert cells + edges <= width or len(shown) == 1
        assert len(shown) == count or cells + edges + 40 > width, "no room is left unused"


async def test_all_documents_are_listed_and_a_number_has_several_digits(tmp_path: Path) -> None:
    texts = [(f"d{number}", f"Words of letter {number}.\n" * 30, f"Letter {number}") for number in range(1, 35)]
    case = replace(CASE, documents=tuple(Document(*text) for text in texts))
    path = make_study(tmp_path / "many.doubleread", cases=(case,), answered=("c01",))
    async with make_app(OneStudyLibrary(path)).run_test(size=(80, 24)) as pilot:
        tabs = lines(pilot)
        await pilot.press("f6", "2", "3")
        await until(pilot, lambda: tabs.current == 23)
        assert tabs.place_of(23) is not None
        assert tabs.place_of(2) is None
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(pilot.app.screen, ListDialog))
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: tabs.current == 25)


async def test_a_case_without_documents_has_no_tabs(long_case: OneStudyLibrary) -> None:
    async with make_app(long_case).run_test(size=(80, 24)) as pilot:
        await pilot.press("n")
        await pilot.pause()
        assert not lines(pilot).display
        await pilot.press("f6")
        assert reading(pilot).text_of("case").has_focus


def committed(path: Path, reader: str, document: Document) -> None:
    with StudyFile.open(path, device="d") as study:
        session = ReadingSession(study, reader, clock=lambda: 0.0)
        held = session.reading
        assert held is not None
        start = document.text.index("Potassium")
        side = held.side_of(f"{CASE.id}/{ARMS[0].id}")
        session.mark(side, f"document:{document.id}", Span(start, start + 9), "omission", "major")
        session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
        session.commit()


async def test_an_adjudicator_sees_and_resolves_words_of_documents(long_case: OneStudyLibrary) -> None:
    for reader, number in ((READER, 1), ("R-02", 3)):
        committed(long_case.path, reader, LETTERS[number])
    with StudyFile.open(long_case.path, device="d") as study:
        study.readers.register("S-01")
        study.readers.describe("S-01", "adjudicator", "")
    app = make_app(long_case, reader=None, adjudicator="S-01")
    async with app.run_test(size=(120, 40)) as pilot:
        screen = next(one for one in app.screen_stack if isinstance(one, AdjudicationScreen))
        text = screen.text_of("case")
        quotes = {mark.span.of(text.text) for mark in text.marks}
        assert quotes == {"Potassium"}
        assert len(text.marks) == 2
        assert text.text[text.caret :].startswith("Potassium")
        await pilot.press("1", "1")
        await pilot.pause()
        await pilot.press("f6", "2")
        await pilot.pause()
        assert "Document 2" in shown_text(pilot)


@pytest.mark.parametrize("size", SIZES)
async def test_score_review_shows_documents(long_case: OneStudyLibrary, size) -> None:
    with StudyFile.open(long_case.path, device="d") as study:
        study.readers.register("R-09")
        study.answers.replace_scores(f"{CASE.id}/{ARMS[0].id}", [Score("choice", "2", "unparsed", None, "several")])
    app = DoublereadApp(long_case, Settings(), start=long_case.path, reviews="R-09", wall=wall)
    async with app.run_test(size=size) as pilot:
        await pilot.press("f6", "2")
        await pilot.pause()
        assert f"Document 2: Letter {ORDER[1]}" in shown_text(pilot)
        await pilot.press("enter", "slash", *"potassium", "enter")
        await pilot.pause()
        assert " of 5" in shown_text(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen.focused is pilot.app.screen.pane(0).text


@pytest.mark.parametrize("size", SIZES)
async def test_the_case_of_the_results_shows_documents_with_their_marks(long_case: OneStudyLibrary, size) -> None:
    committed(long_case.path, READER, LETTERS[3])
    with StudyFile.open(long_case.path, device="d") as study:
        detail = next(iter(case_details(study, blinding_of(study))))
    screen = CaseViewScreen(detail, [CASE.id], Settings(), read=lambda _: None)
    app = make_app(long_case)
    async with app.run_test(size=size) as pilot:
        await app.push_screen(screen)
        await pilot.pause()
        place = ORDER.index(3) + 1
        await pilot.press("f6", str(place))
        await pilot.pause()
        assert f"Document {place}: Letter 3" in shown_text(pilot)
        text = screen.pane(2).text
        (mark,) = text.marks
        assert mark.span.of(text.text) == "Potassium"
        assert text.text[: mark.span.start].count("--- Document") == place
