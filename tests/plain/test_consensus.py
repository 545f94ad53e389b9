"""Line by line: the consensus round, with what must not be said in it."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from doubleread.domain.study import Protocol
from doubleread.plain.start import run
from doubleread.plain.terminal import Terminal
from doubleread.store import StudyFile
from plain.playing import Lines, play
from sessions.adjudicated_study import ARMS, READERS, make_study, read, read_twice
from tui.driving import rows
from tui.studies import OneStudyLibrary

FIRST, SECOND = READERS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two readers are done; in the first case they differ in two annotations, a verdict and the preference."""
    path = tmp_path / "trial.doubleread"
    with make_study(path, cases=2, protocol=Protocol(consensus=True, blinding_assessment="never")) as study:
        read_twice(study)
        for reader in READERS:
            read(study, reader, "case-1")
    return path


def test_an_abbreviation_means_the_round_only_where_there_is_one(path: Path) -> None:
    played = play(path, "co", "quit", reader=SECOND)
    assert "“co” could be commit or correct or consensus." in played.lines
    played = play(path, "consensus", "ag", "quit", reader=SECOND)
    assert "“ag” could be agree or again." in played.lines


def test_a_case_is_revised_and_closed(path: Path) -> None:
    typed = ("consensus", "differences", "agree 1", "convinced by the ECG", "agree 9", "done", "yes", "done", "quit")
    played = play(path, *typed, reader=SECOND)
    for words in (
        "1 case, 0 done.",
        "4 differences left.",
        "1. Annotation in answer ",
        "You: “start aspirin”, negation, minor.",
        "Reader 1: “aspirin 500 mg”, fabrication, major.",
        "3 differences left.",
        "There is no difference 9. This case has 3 differences.",
        "You have revised your reading. 3 differences are left.",
        "All cases are done. Thank you.",
        "You are done with this case: your reading is revised.",
        "1 of 1 cases of the consensus round done, everything saved.",
    ):
        assert words in played.out, words
    assert not [name for name in (FIRST, *(arm.name for arm in ARMS)) if name in played.out]
    (row,) = rows(path, "SELECT * FROM readings WHERE reader_id = ? AND case_id = 'case-0'", SECOND)
    assert (row["consensus_outcome"], row["consensus_corrections"]) == ("revised", 1)
    assert "consensus: convinced by the ECG" in row["corrections"]


def test_the_round_opens_at_once_and_a_reading_can_be_kept(path: Path) -> None:
    out = io.StringIO()
    typed = Lines(["differences 4", "consensus", "agree", "3", "cancel", "done", "not yet", "done", "y", "quit"])
    code = run(OneStudyLibrary(path), start=path, reader=SECOND, consensus=True, terminal=Terminal(typed, out))
    assert code == 0
    said = out.getvalue()
    assert "4. Preference." in said
    assert "You are in the consensus round." in said
    assert "Cancelled." in said
    (row,) = rows(path, "SELECT * FROM readings WHERE reader_id = ? AND case_id = 'case-0'", SECOND)
    assert (row["consensus_outcome"], row["consensus_corrections"]) == ("kept", 0)


def test_outside_of_the_round_its_commands_say_how_to_get_there(path: Path) -> None:
    played = play(path, "done", "quit", reader=SECOND)
    assert "This works in the consensus round only. Type consensus to go there." in played.out
    alone = play(path, "y", "consensus", "quit", reader="R-99")
    assert "There is no consensus round here, or not before all your cases are committed." in alone.out


def test_the_background_is_not_asked_for_again_on_the_way_to_the_round(path: Path) -> None:
    with StudyFile.open(path, device="lead") as study:
        study.change_protocol(replace(study.protocol, background=True), "asked for by the journal")
    played = play(path, "later", "consensus", "quit", reader=SECOND)
    assert "4 differences left." in played.lines
    assert played.lines.count("State your background now?") == 1
