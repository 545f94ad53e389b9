"""The tour: it shows a real fabrication, has the newcomer mark by key and by mouse, and leaves nothing behind."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from doubleread import locations
from doubleread.cases.native import read_cases
from doubleread.tui.reading.demo_findings import fabrications
from doubleread.tui.reading.tour import Tour
from doubleread.tui.reading.tour_panel import TourPanel
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.question_bar import QuestionBar
from tui.driving import annotations, by_palette, click_chip, drag, reading, rows, shown_text, until
from tui.studies import TEXTS, OneStudyLibrary, make_app, make_study

FABRICATED = "ST elevation in the inferior leads"
ANSWER = (
    "Acute myocardial infarction (A) is the diagnosis that fits best. This is suggested by a scratching rub at the "
    f"left sternal edge. A further point in its favour is {FABRICATED}. Acute pericarditis (B) is less likely, with no "
    "sudden breathlessness in this patient."
)
DEMO = locations.bundled("cases", "demo.jsonl")


def demo_library(folder: Path) -> OneStudyLibrary:
    """A demo in whose first case one answer has made up a finding."""
    texts = {**TEXTS, ("c01", "m-quokkamed"): ANSWER}
    return OneStudyLibrary(make_study(folder / "demo.doubleread", texts=texts), demo=True)


def test_each_step_waits_for_its_own_way() -> None:
    tour = Tour().begun().next()
    assert tour.step == "look"
    tour = tour.next()
    assert tour.step == "key"
    assert not tour.can_go_on
    assert tour.marked(by_mouse=True).step == "key"
    assert tour.marked(by_mouse=False).step == "mouse"
    assert tour.marked(by_mouse=True).marked(by_mouse=False).step == "judge"
    done = tour.marked(by_mouse=False).marked(by_mouse=True).next()
    assert done.step == "done"
    assert done.next().step is None


def test_the_findings_are_those_that_the_demo_models_learned() -> None:
    learned = [
        wordings[1:]
        for name in ("findings", "findings_more")
        for wordings in tomllib.loads(
            (Path(__file__).parents[2] / "models" / "train" / f"{name}.toml").read_text(encoding="utf-8")
        ).values()
    ]
    text = files("doubleread.tui.reading").joinpath("data/demo_findings.txt").read_text(encoding="utf-8")
    assert [line.split(" | ") for line in text.splitlines() if not line.startswith("#")] == learned


def test_a_finding_in_other_words_or_denied_is_no_fabrication() -> None:
    case = next(case for case in read_cases(DEMO) if case.id == "demo-c01")
    (found,) = fabrications(ANSWER, case.text)
    assert found.of(ANSWER) == FABRICATED
    assert not list(fabrications("This is suggested by a pericardial friction rub.", case.text)), "the same finding"
    assert not list(fabrications("It is less likely in the absence of a raised troponin.", case.text))
    assert not list(fabrications(case.text, case.text))
    for other in read_cases(DEMO):
        assert not list(fabrications(other.text, other.text)), other.id


async def test_the_tour_shows_a_real_fabrication_and_leaves_nothing_behind(tmp_path: Path) -> None:
    library = demo_library(tmp_path)
    now = [0.0]
    library.clock = lambda: now[0]
    async with make_app(library).run_test(size=(80, 24)) as pilot:
        screen = reading(pilot)
        panel = screen.query_one(TourPanel)
        assert panel.display
        assert panel.region.bottom <= screen.text.region.y
        now[0] += 20
        await pilot.press("enter")
        assert screen.tour.step == "look"
        text = screen.text
        assert screen.pane in ("A", "B")
        assert text.text[text.caret :].startswith(FABRICATED)
        await until(pilot, lambda: f"claims “{FABRICATED}”" in " ".join(shown_text(pilot).split()))
        now[0] += 20
        await pilot.press("enter")
        assert screen.tour.step == "key"
        assert text.selection is not None
        assert text.selection.of(text.text) == FABRICATED
        await pilot.press("m", "f", "m")
        await until(pilot, lambda: screen.tour.step == "mouse")
        assert [found["quote"] for found in annotations(library.path)] == [FABRICATED]
        await pilot.press("ctrl+end", "s", "m", "f", "m")
        await pilot.pause()
        assert screen.tour.step == "mouse"
        await drag(pilot, screen.text, "in this")
        bar = screen.query_one(QuestionBar).query_one(Chips)
        await click_chip(pilot, bar, "fabrication")
        await click_chip(pilot, bar, "minor")
        await until(pilot, lambda: screen.tour.step == "judge")
        await pilot.press("1", "6", "c")
        await until(pilot, lambda: screen.tour.step == "done")
        assert not screen.committed
        now[0] += 20
        await click_chip(pilot, panel.query_one(Chips), "next")
        await until(pilot, lambda: not panel.display)
        assert annotations(library.path) == []
        assert not screen.judgement.verdicts
        assert screen.judgement.preference is None
        assert screen.session.active_seconds == 0
        now[0] += 5
        assert screen.session.active_seconds == 5
        assert locations.tour_file().exists()
    assert rows(library.path, "SELECT COUNT(*) AS n FROM readings WHERE committed_at IS NOT NULL")[0]["n"] == 0
    async with make_app(demo_library_again(library)).run_test(size=(80, 24)) as pilot:
        assert not reading(pilot).query_one(TourPanel).display
        await by_palette(pilot, "tour")
        await until(pilot, lambda: reading(pilot).tour.step == "welcome")


def demo_library_again(library: OneStudyLibrary) -> OneStudyLibrary:
    return OneStudyLibrary(library.path, demo=True)


async def test_the_tour_can_be_left_at_any_step_and_what_was_there_before_stays(tmp_path: Path) -> None:
    library = demo_library(tmp_path)
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        screen = reading(pilot)
        await pilot.press("escape")
        assert not screen.query_one(TourPanel).display
        await pilot.press("f3", "s", "m", "f", "m")
        await until(pilot, lambda: len(annotations(library.path)) == 1)
        before = annotations(library.path)
        await by_palette(pilot, "tour")
        await until(pilot, lambda: screen.tour.step == "welcome")
        await pilot.press("enter", "enter", "m", "f", "m")
        await until(pilot, lambda: screen.tour.step == "mouse")
        assert len(annotations(library.path)) == 2
        await pilot.press("escape")
        await until(pilot, lambda: screen.tour.step is None)
        assert annotations(library.path) == before


@pytest.mark.parametrize("key", ["n", "L"])
async def test_leaving_the_case_ends_the_tour_first(tmp_path: Path, key: str) -> None:
    library = demo_library(tmp_path)
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        screen = reading(pilot)
        await pilot.press("enter", "enter", "m", "f", "m")
        await until(pilot, lambda: screen.tour.step == "mouse")
        await pilot.press(key)
        await until(pilot, lambda: screen.tour.step is None)
        await until(pilot, lambda: annotations(library.path) == [])


async def test_without_a_known_fabrication_the_reader_looks_for_one(path: Path) -> None:
    async with make_app(OneStudyLibrary(path, demo=True)).run_test(size=(112, 26)) as pilot:
        await pilot.press("enter")
        assert reading(pilot).tour.step == "look"
        assert "that the case does not support" in " ".join(shown_text(pilot).split())
        await pilot.press("enter")
        assert "Press s to select the sentence." in " ".join(shown_text(pilot).split())


async def test_other_studies_have_no_tour(library: OneStudyLibrary) -> None:
    async with make_app(library).run_test(size=(112, 26)) as pilot:
        assert not reading(pilot).query_one(TourPanel).display
