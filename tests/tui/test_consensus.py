"""The consensus round on the screen: a whole case by keys, and what must not be seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.containers import VerticalScroll
from textual.pilot import Pilot

from doubleread.domain.axes import MED_PALM
from doubleread.domain.study import Protocol
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.tui.reading.consensus_bar import ConsensusBar
from doubleread.tui.reading.summary import SummaryScreen
from doubleread.tui.shared.dialogs import ConfirmDialog, LineDialog, TextDialog
from doubleread.tui.shared.forms import FormScreen
from sessions.adjudicated_study import ARMS, READERS, make_study, read, read_twice
from tui.driving import notices, reading, rows, shown_text, until
from tui.studies import OneStudyLibrary, make_app

FIRST, SECOND = READERS
CANARIES = (FIRST, *(arm.name for arm in ARMS), *(arm.id for arm in ARMS), "a note of mine")


@pytest.fixture
def library(tmp_path: Path) -> OneStudyLibrary:
    """Two readers are done; in the first case they differ in two annotations, a verdict and the preference."""
    path = tmp_path / "trial.doubleread"
    protocol = Protocol(axes=MED_PALM[:2], consensus=True, blinding_assessment="never")
    with make_study(path, cases=2, protocol=protocol) as study:
        read_twice(study)
        session = ReadingSession(study, FIRST)
        session.goto("case-0")
        assert session.reading is not None
        for annotation in session.reading.judgement.annotations:
            session.change(annotation.id, {"note": "a note of mine"}, reason="forgotten")
        session.leave()
        for reader in READERS:
            read(study, reader, "case-1")
    return OneStudyLibrary(path)


async def shows(pilot: Pilot[None], dialog: type) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, dialog) and pilot.app.screen.is_mounted)
    await pilot.pause()


async def back(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: pilot.app.screen is reading(pilot))
    await pilot.pause()


async def to_round(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: reading(pilot).ready)
    await pilot.press("C")
    await until(pilot, lambda: reading(pilot).consensus.active)
    await shows(pilot, TextDialog)
    await pilot.press("enter")
    await back(pilot)


async def agree(pilot: Pilot[None]) -> None:
    await pilot.press("T")
    await shows(pilot, LineDialog)
    await pilot.press("enter")
    await back(pilot)


def number_of(pilot: Pilot[None], value: str) -> int:
    """Return the number of the reader who said something of the current difference."""
    here = reading(pilot).consensus.current
    assert here is not None
    return [held.value for held in here.held].index(value)


async def test_a_whole_case_by_keys(library: OneStudyLibrary) -> None:
    async with make_app(library, reader=SECOND).run_test(size=(120, 40)) as pilot:
        await to_round(pilot)
        seen = [shown_text(pilot)]
        assert "consensus round · case 1 of 1 · 0 done, 1 open" in seen[0]
        assert "Difference 1 of 4 · annotation in answer" in seen[0]
        assert "you      “start aspirin”" in seen[0]
        assert "reader 1 “aspirin 500 mg”" in seen[0]
        await agree(pilot)
        seen.append(shown_text(pilot))
        assert "Difference 1 of 3 · left out by answer" in seen[-1], "what was agreed on is gone, the next is shown"
        await pilot.press("D")
        await until(pilot, lambda: "Difference 2 of 3 · verdict on answer" in shown_text(pilot))
        await pilot.press("D", "D", "Q")
        await until(pilot, lambda: "Difference 3 of 3 · preference" in shown_text(pilot))
        seen.append(shown_text(pilot))
        await agree(pilot)
        await pilot.press("c")
        await shows(pilot, ConfirmDialog)
        seen.append(shown_text(pilot))
        assert "You have revised your reading. 2 differences are left." in seen[-1]
        await pilot.press("enter")
        await shows(pilot, SummaryScreen)
        seen.append(shown_text(pilot))
        assert "1 of 1 cases of the consensus round done" in seen[-1]
        seen += [notice.message for notice in notices(pilot)]
        for canary in CANARIES:
            assert not any(canary in text for text in seen), canary
    (row,) = rows(library.path, "SELECT * FROM readings WHERE reader_id = ? AND case_id = 'case-0'", SECOND)
    assert (row["consensus_outcome"], row["consensus_corrections"]) == ("revised", 2)
    assert row["corrections"].count("consensus: convinced by the other reader") == 2
    marked = rows(library.path, "SELECT quote FROM annotations WHERE reading_id = ?", row["id"])
    assert {one["quote"] for one in marked} == {"angina pectoris", "aspirin 500 mg"}


async def test_a_reading_can_be_kept_in_a_small_window(library: OneStudyLibrary) -> None:
    app = make_app(library, reader=SECOND)
    async with app.run_test(size=(80, 24)) as pilot:
        await to_round(pilot)
        for _ in range(4):
            text = shown_text(pilot)
            assert "you  " in text
            assert "reader 1 " in text
            assert "3: agree" not in text
            await pilot.press("D")
            await pilot.pause()
        await pilot.press("c")
        await shows(pilot, ConfirmDialog)
        await pilot.press("enter")
        await shows(pilot, SummaryScreen)
        await pilot.press("escape")
        await back(pilot)
        assert "· kept" in shown_text(pilot)
        await pilot.press("T", "c")
        await pilot.pause()
        assert pilot.app.screen is reading(pilot), "there is nothing more to agree with"
    (row,) = rows(library.path, "SELECT * FROM readings WHERE reader_id = ? AND case_id = 'case-0'", SECOND)
    assert (row["consensus_outcome"], row["consensus_corrections"]) == ("kept", 0)


async def test_the_words_that_others_marked_are_numbered_in_the_texts(library: OneStudyLibrary) -> None:
    async with make_app(library, reader=SECOND).run_test(size=(120, 40)) as pilot:
        await to_round(pilot)
        screen = reading(pilot)
        here = {pane: screen.consensus.marks(pane) for pane in ("case", "A", "B")}  # type: ignore[arg-type]
        (current,) = [mark for marks in here.values() for mark in marks if mark.symbol == "1"]
        (other,) = here["case"]
        assert (current.kind, other.symbol) == ("reader-1", "◦")
        await pilot.press("D")
        await until(pilot, lambda: [mark.symbol for mark in screen.consensus.marks("case")] == ["1"])


async def test_of_several_readers_the_program_asks_with_whom(tmp_path: Path) -> None:
    protocol = Protocol(consensus=True, blinding_assessment="never")
    with make_study(tmp_path / "s.doubleread", cases=1, protocol=protocol) as study:
        for reader, verdict in (("R-1", "correct"), ("R-2", "partly"), ("R-3", "incorrect")):
            read(study, reader, "case-0", verdict=verdict)
    async with make_app(OneStudyLibrary(tmp_path / "s.doubleread"), reader="R-1").run_test(size=(120, 40)) as pilot:
        await to_round(pilot)
        said = {str(number_of(pilot, word)): word for word in ("partly", "incorrect")}
        await pilot.press("T")
        await until(pilot, lambda: "Which reader do you agree with?" in shown_text(pilot))
        assert all(f"reader {number}: {word}" in shown_text(pilot) for number, word in said.items())
        assert "R-2" not in shown_text(pilot)
        await pilot.press("2")
        await shows(pilot, LineDialog)
        await pilot.press("enter")
        await until(pilot, lambda: said["2"] in reading(pilot).judgement.verdicts.values())


@pytest.mark.parametrize("on", [True, False])
async def test_the_round_is_offered_where_the_protocol_has_it(library: OneStudyLibrary, on: bool) -> None:
    if not on:
        with StudyFile.open(library.path, device="d") as study:
            study.change_protocol(replace(study.protocol, consensus=False), "decided")
    async with make_app(library, reader=SECOND).run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: reading(pilot).ready)
        reading(pilot).action_show_summary()
        await shows(pilot, SummaryScreen)
        assert ("consensus round" in shown_text(pilot)) is on
        await pilot.press("C")
        await pilot.pause()
        if on:
            await until(pilot, lambda: reading(pilot).consensus.active)
        else:
            assert isinstance(pilot.app.screen, SummaryScreen)


async def test_nobody_is_offered_the_round_before_their_own_cases_are_done(library: OneStudyLibrary) -> None:
    with StudyFile.open(library.path, device="d") as study:
        study.readers.register("R-8")
    async with make_app(library, reader="R-8").run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: reading(pilot).ready)
        await pilot.press("C")
        await pilot.pause()
        assert not reading(pilot).consensus.active


async def test_without_differences_the_reader_stays_where_they_are(library: OneStudyLibrary) -> None:
    async with make_app(library, reader=FIRST).run_test(size=(120, 40)) as pilot:
        await to_round(pilot)
        while reading(pilot).consensus.differences:
            await agree(pilot)
        assert "You are done with this case." in shown_text(pilot)
    async with make_app(library, reader=SECOND).run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: reading(pilot).ready)
        await pilot.press("C")
        await until(pilot, lambda: bool(notices(pilot)))
        assert "differ from those of" in notices(pilot)[-1].message
        assert not reading(pilot).consensus.active


async def test_a_long_judgement_leaves_the_others_in_view(library: OneStudyLibrary) -> None:
    async with make_app(library, reader=SECOND).run_test(size=(80, 24)) as pilot:
        await to_round(pilot)
        bar, here = reading(pilot).query_one(ConsensusBar), reading(pilot).consensus.current
        assert here is not None
        own = here.held[0].annotation
        assert own is not None
        assert bar.rows(80) == 4
        long = replace(here, held=(replace(here.held[0], annotation=replace(own, quote="words " * 15)), here.held[1]))
        bar.show("about", long, [])
        assert bar.rows(80) == 5
        await until(pilot, lambda: bar.query_one(VerticalScroll).size.height == 3)


async def test_the_background_is_not_asked_for_again_on_the_way_to_the_round(library: OneStudyLibrary) -> None:
    with StudyFile.open(library.path, device="lead") as study:
        study.change_protocol(replace(study.protocol, background=True), "asked for by the journal")
    async with make_app(library, reader=SECOND).run_test(size=(120, 40)) as pilot:
        await shows(pilot, FormScreen)
        await pilot.press("escape")
        await back(pilot)
        await to_round(pilot)
        await back(pilot)
