"""The consensus round: what a reader sees of others, revisions, and what becomes of the readings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubleread.config import Settings
from doubleread.domain.axes import MED_PALM
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.errors import DoublereadError, InputRefusedError, StudyChangedError
from doubleread.read_model.consensus import revisable_readings
from doubleread.results.consensus import consensus_results
from doubleread.sessions.consensus import ConsensusSession
from doubleread.sessions.entry_words import state
from doubleread.sessions.library import StudyEntry
from doubleread.sessions.merging import split_off
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.study_library import StudyLibrary
from doubleread.sessions.study_overview import study_overview
from doubleread.sessions.training import reading_session
from doubleread.store import StudyFile
from doubleread.store.branches.merge import merge
from doubleread.store.branches.split import split
from doubleread.store.log.verify import verify
from sessions import rubric_study
from sessions.adjudicated_study import READERS, make_study, read, read_twice

FIRST, SECOND = READERS
PROTOCOL = Protocol(axes=MED_PALM[:2], consensus=True)


@pytest.fixture
def study(tmp_path):
    """Two readers differ in the first case, in four matters, and agree in the second one."""
    made = make_study(tmp_path / "trial.study", cases=2, protocol=PROTOCOL)
    read_twice(made)
    for reader in READERS:
        read(made, reader, "case-1")
    yield made
    made.close()


def difference(session, subject, words=""):
    return next(
        item
        for item in session.differences
        if item.subject == subject and any(not words or words in one.quote for one in item.annotations or [None])
    )


def test_the_round_has_the_cases_that_differ_and_opens_them_before_anything_is_shown(study):
    session = ConsensusSession(study, SECOND)
    assert [title for _, title, _ in session.case_list()] == ["Chest pain 0"]
    assert session.reading.consensus.outcome is None
    opened = study.reading(SECOND, "case-0").consensus
    assert [shown.reading_id for shown in opened.shown] == [study.reading(FIRST, "case-0").id]
    assert len(session.differences) == 4
    assert study.reading(FIRST, "case-0").consensus is None, "the other reader has not been there"


def test_a_reader_takes_over_what_another_one_said(study):
    session = ConsensusSession(study, SECOND)
    words = difference(session, "annotation", "start aspirin")
    assert words.held[0].annotation.quote == "start aspirin"
    session.take(words.id, 1, "the dose matters")
    assert "aspirin 500 mg" in [item.quote for item in session.reading.judgement.annotations]
    session.take(difference(session, "omission").id, 1, "missed")
    session.take(difference(session, "verdict").id, 1, "too mild")
    session.take(difference(session, "preference").id, 1, "yes")
    assert session.differences == ()
    assert session.reading.corrections == (
        "consensus: the dose matters",
        "consensus: missed",
        "consensus: too mild",
        "consensus: yes",
    )
    assert session.close_case() == "revised"
    assert session.all_done
    kept = study.reading(SECOND, "case-0")
    assert kept.consensus.outcome == "revised"
    assert kept.first.judgement.preference == "tie"
    assert "aspirin 500 mg" not in [item.quote for item in kept.first.judgement.annotations]


def test_a_reader_can_take_over_that_nothing_is_wrong(study):
    session = ConsensusSession(study, FIRST)
    session.take(difference(session, "omission").id, 1, "known to all")
    assert all(item.in_answer for item in session.reading.judgement.annotations)


def test_keeping_is_an_outcome_too_and_nothing_is_corrected(study):
    session = ConsensusSession(study, FIRST)
    assert session.close_case() == "kept"
    reading = study.reading(FIRST, "case-0")
    assert (reading.consensus.outcome, reading.corrections, reading.revised) == ("kept", (), False)
    with pytest.raises(StudyChangedError, match="already closed"):
        session.close_case()


def test_what_was_done_before_the_round_is_beyond_undo_and_a_revision_is_not(study):
    before = ReadingSession(study, FIRST)
    before.goto("case-0")
    before.judge(preference="both bad", reason="slip")
    session = ConsensusSession(study, FIRST)
    assert not session.undo()
    session.take(difference(session, "preference").id, 1, "yes")
    assert session.undo()
    assert session.reading.judgement.preference == "both bad"
    assert session.close_case() == "kept"
    assert study.reading(FIRST, "case-0").consensus.corrections_before == 1


def test_nobody_sees_others_before_their_own_cases_are_done(tmp_path):
    study = make_study(tmp_path / "trial.study", cases=2, protocol=PROTOCOL)
    read_twice(study)
    with pytest.raises(InputRefusedError, match="1 case to read first"):
        ConsensusSession(study, FIRST)
    assert study.reading(FIRST, "case-0").consensus is None


def test_without_the_setting_there_is_no_round(study):
    study.change_protocol(replace(PROTOCOL, consensus=False), "not wanted")
    with pytest.raises(InputRefusedError, match="the protocol has none"):
        reading_session(study, FIRST, consensus=True)
    assert not reading_session(study, FIRST).has_consensus_round


def test_readers_who_agree_have_no_round(tmp_path):
    study = make_study(tmp_path / "trial.study", cases=1, protocol=PROTOCOL)
    for reader in READERS:
        read(study, reader, "case-0")
    with pytest.raises(InputRefusedError, match="differ from those of Anna"):
        ConsensusSession(study, FIRST)


def own_file(study, reader, tmp_path):
    """A reader's own file for the consensus round, open."""
    split_off(study, reader, tmp_path / f"{reader}.study", consensus=True)
    return StudyFile.open(tmp_path / f"{reader}.study", device="theirs")


def test_a_reader_takes_part_in_a_file_of_their_own_and_it_comes_back(study, tmp_path):
    there = ConsensusSession(study, SECOND).differences
    with own_file(study, SECOND, tmp_path) as own:
        assert study_overview(own).next_step.words == f"Go through the consensus round: {SECOND} has 1 case left."
        session = reading_session(own, SECOND)
        assert isinstance(session, ConsensusSession), "the file opens in the round"
        entry = StudyLibrary(Settings()).examine(StudyEntry(own.path, "own"))
        assert state(entry) == f"file of {SECOND} for the consensus round"
        assert [item.subject for item in session.differences] == [item.subject for item in there]
        assert [session.side_of(item) for item in session.differences] == [
            ConsensusSession(study, SECOND).side_of(item) for item in there
        ]
        session.take(difference(session, "annotation", "start aspirin").id, 1, "the dose matters")
        session.take(difference(session, "preference").id, 1, "yes")
        assert session.close_case() == "revised"
        assert session.end().next_step.endswith(f"Send {SECOND}.study back to your study lead.")
        assert study_overview(own).next_step.words.startswith("All cases are read. Return this file")
    assert study_overview(study).next_step.words.endswith(", once the consensus round is over.")
    assert verify(tmp_path / f"{SECOND}.study").ok
    (merged,) = merge(study, [tmp_path / f"{SECOND}.study"])
    assert (merged.refused, merged.quarantined) == (None, [])
    found = study.reading(SECOND, "case-0")
    assert found.consensus.outcome == "revised"
    assert found.corrections == ("consensus: the dose matters", "consensus: yes")
    with study.connection.snapshot() as db:
        (revisable,) = revisable_readings(db)
    assert [shown.reader_id for shown in revisable.shown] == [FIRST]
    assert verify(study.path).ok


def test_readers_in_their_own_files_see_each_other_as_they_were_at_the_split(study, tmp_path):
    with own_file(study, FIRST, tmp_path) as one, own_file(study, SECOND, tmp_path) as other:
        for own, reader in ((one, FIRST), (other, SECOND)):
            session = reading_session(own, reader)
            session.take(difference(session, "verdict").id, 1, "yes")
            session.close_case()
    merge(study, [tmp_path / f"{reader}.study" for reader in READERS])
    assert [study.reading(reader, "case-0").consensus.outcome for reader in READERS] == ["revised", "revised"]
    with study.connection.snapshot() as db:
        results = consensus_results(list(revisable_readings(db)), None)
    assert (results.revised, results.readers[0].toward, results.readers[1].toward) == (2, 1, 1)


def test_a_file_for_the_round_names_no_other_reader_and_no_note(study, tmp_path):
    third = ReadingSession(study, FIRST)
    third.goto("case-0")
    note = third.reading.judgement.annotations[0].id
    third.change(note, {"severity": "minor", "note": f"{FIRST} thinks of Occultus-9B"}, reason=f"again by {FIRST}")
    with own_file(study, SECOND, tmp_path) as own:
        told = "\n".join(own.connection.db.conn.iterdump())
        assert difference(reading_session(own, SECOND), "omission")
    for secret in (FIRST, "Secretius", "Occultus", "m-secretius", "m-occultus", "thinks of", study.secret.hex()):
        assert secret not in told


def test_a_file_for_the_round_is_refused_before_all_is_read(tmp_path):
    study = make_study(tmp_path / "trial.study", cases=2, protocol=PROTOCOL)
    read_twice(study)
    with pytest.raises(InputRefusedError, match="1 case to read first"):
        split_off(study, FIRST, tmp_path / "own.study", consensus=True)
    assert not (tmp_path / "own.study").exists()


def test_a_readers_own_file_has_no_others(study, tmp_path):
    split(study, SECOND, tmp_path / "own.study")
    with StudyFile.open(tmp_path / "own.study", device="d") as own:
        assert not reading_session(own, SECOND).has_consensus_round
        with pytest.raises(InputRefusedError, match="no other readings"):
            reading_session(own, SECOND, consensus=True)


def test_what_the_second_reader_sees_is_as_the_first_one_left_it(study):
    first = ConsensusSession(study, FIRST)
    first.take(difference(first, "verdict").id, 1, "yes")
    first.close_case()
    second = ConsensusSession(study, SECOND)
    assert "verdict" not in {item.subject for item in second.differences}
    assert len(second.differences) == 3


def test_nothing_shown_names_a_reader_a_model_or_a_note(study):
    third = ReadingSession(study, FIRST)
    third.goto("case-0")
    note = third.reading.judgement.annotations[0].id
    third.change(note, {"severity": "minor", "note": f"{FIRST} thinks of Occultus-9B"}, reason="again")
    session = ConsensusSession(study, SECOND)
    told = repr((session.differences, session.case_list(), session.end().lines(), session.reading.consensus))
    for secret in (FIRST, "Secretius", "Occultus", "m-secretius", "m-occultus"):
        assert secret not in told
    assert "note='" not in told.replace("note=''", "")


def test_numbers_of_readers_differ_from_case_to_case(tmp_path):
    names = ("R-1", "R-2", "R-3", "R-4")
    study = make_study(tmp_path / "trial.study", cases=6, protocol=PROTOCOL)
    for number in range(6):
        for name, verdict in zip(names, ("correct", "partly", "incorrect", "unsure"), strict=True):
            read(study, name, f"case-{number}", verdict=verdict)
    session = ConsensusSession(study, "R-1")
    orders = set()
    for case_id, _, _ in session.case_list():
        session.goto(case_id)
        orders.add(tuple(held.value for held in difference(session, "verdict").held[1:]))
    assert len(orders) > 1


def test_the_log_verifies_and_tables_can_be_rebuilt_after_a_round(study):
    session = ConsensusSession(study, SECOND)
    session.take(difference(session, "preference").id, 1, "yes")
    session.close_case()
    columns = "consensus_outcome, consensus_corrections, consensus_opened_at, consensus_closed_at"
    rows = [tuple(row) for row in study.connection.rows(f"SELECT {columns} FROM readings ORDER BY id")]
    study.rebuild_projections()
    assert [tuple(row) for row in study.connection.rows(f"SELECT {columns} FROM readings ORDER BY id")] == rows
    assert ("revised", 1) in [row[:2] for row in rows]
    assert verify(study.path).ok


def test_the_round_of_a_copy_comes_back_by_merging(study, tmp_path):
    study.backup(tmp_path / "copy.study")
    with StudyFile.open(tmp_path / "copy.study", device="other") as copy:
        session = ConsensusSession(copy, SECOND)
        session.take(difference(session, "preference").id, 1, "yes")
        session.close_case()
    merge(study, [tmp_path / "copy.study"])
    found = study.reading(SECOND, "case-0")
    assert (found.consensus.outcome, found.corrections) == ("revised", ("consensus: yes",))


def test_a_correction_that_another_reader_made_meanwhile_is_followed(study):
    session = ConsensusSession(study, SECOND)
    old = difference(session, "preference")
    with StudyFile.open(study.path, device="elsewhere") as elsewhere:
        other = ReadingSession(elsewhere, FIRST)
        other.goto("case-0")
        other.judge(preference="tie", reason="both alike")
    assert session.follow()
    with pytest.raises(DoublereadError, match="no longer differ"):
        session.take(old.id, 1, "yes")


def test_own_marks_in_the_round_are_revisions(study):
    session = ConsensusSession(study, SECOND)
    session.mark("A", "answer", Span(0, 4), "fabrication", "minor", reason="seen again")
    assert session.close_case() == "revised"


def test_judging_a_criterion_again_in_the_same_way_is_no_revision(tmp_path):
    study = rubric_study.make_study(tmp_path / "rubric.study")
    study.change_protocol(replace(study.protocol, consensus=True), "wanted")
    readers = ("R-1", "R-2")
    for reader, verdict in zip(readers, ("correct", "partly"), strict=True):
        session = ReadingSession(study, reader)
        while True:
            for side in ("A", "B"):
                for criterion_id in session.criteria_left(side):
                    session.judge_criterion(side, criterion_id, "met")
            session.judge(verdicts={"A": verdict, "B": "correct"}, preference="tie")
            session.commit()
            if not session.next_open():
                break
    session = ConsensusSession(study, "R-1")
    ((_, criterion_id), judged) = next(iter(session.reading.judgement.criteria.items()))
    session.judge_criterion(session.reading.side_of(judged.answer_id), criterion_id, judged.judgement, reason="again")
    assert session.close_case() == "kept"
