"""Training: what a reader gets, in which order, what is stored, and that nothing of it reaches the study."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from doubleread.config import Settings
from doubleread.domain.annotation import ANSWER
from doubleread.domain.background import NOT_SAID, Background
from doubleread.domain.events.training import ReaderQualified
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.domain.training import TrainingPlan, among, training_order
from doubleread.errors import InputRefusedError, StudyChangedError, StudyFileError
from doubleread.sessions.library import StudyEntry
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.study_library import StudyLibrary
from doubleread.sessions.study_overview import study_overview
from doubleread.sessions.training import TrainingSession, reading_session
from doubleread.store import StudyFile
from doubleread.store.branches.merge import merge
from doubleread.store.branches.split import split
from doubleread.store.log.event_log import entry_of
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.recovery import recover
from doubleread.store.training_set import set_chosen
from sessions.making import DEVICE
from training_study import BAD, PLAN, READER, judge, make_training_study, open_session, train, training_case


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s.doubleread"


def test_the_order_is_the_readers_own_and_another_in_each_round() -> None:
    cases = [f"t{number}" for number in range(30)]
    orders = {
        training_order(secret, reader, cases, number)
        for secret, reader, number in ((b"s", "R-01", 1), (b"t", "R-01", 1), (b"s", "R-02", 1), (b"s", "R-01", 2))
    }
    assert len(orders) == 4
    assert all(sorted(order) == sorted(cases) for order in orders)
    assert training_order(b"s", "R-01", reversed(cases), 1) == training_order(b"s", "R-01", cases, 1)


def test_hidden_repeats_come_in_the_second_half_and_never_last() -> None:
    for items in (1, 2, 7, 40):
        places = among(b"s", "R-01", items, [f"t{number}" for number in range(50)]).values()
        assert all(items // 2 <= place <= max(items - 1, 0) for place in places)


def test_only_missed_cases_come_again_with_the_attempts_counted(path: Path) -> None:
    with make_training_study(path, training=3) as study:
        session = open_session(study)
        assert isinstance(session, TrainingSession)
        first = [item[0] for item in session.case_list()]
        assert sorted(first) == ["t0", "t1", "t2"]
        for _ in range(3):
            judge(session, well=session.case.id == "t1")
            session.next_open()
        result = session.round_result()
        assert result is not None
        assert (result.overall, result.passed, result.again) == (pytest.approx(1 / 3), False, 2)
        session.next_round()
        assert sorted(item[0] for item in session.case_list()) == ["t0", "t2"]
        assert session.training_words == "training, round 2"
        judge(session)
        session.next_open()
        judge(session)
        passed = study.training.qualified()[READER]
        assert (passed.how, passed.overall, passed.rounds, passed.cases) == ("passed", 1.0, 2, 3)
        rounds = sorted((one.case_id, one.round) for one in study.training.attempts())
        assert rounds == [("t0", 1), ("t0", 2), ("t1", 1), ("t2", 1), ("t2", 2)]
        assert type(open_session(study)) is ReadingSession
    assert verify(path).ok


def test_a_threshold_lowered_during_a_later_round_ends_the_training(path: Path) -> None:
    with make_training_study(path, training=2) as study, StudyFile.open(path, device="lead") as lead:
        session = open_session(study)
        assert isinstance(session, TrainingSession)
        for well in (True, False):
            judge(session, well=well)
            session.next_open()
        session.next_round()
        assert session.training_words == "training, round 2"
        lead.change_protocol(replace(lead.protocol, training=replace(PLAN, threshold=0.4)), "too strict")
        session.follow()
        judge(session)
        result = session.round_result()
        assert result is not None
        assert result.passed
        assert sorted(value for _, value in result.scores) == [0.0, 1.0]
        assert type(open_session(study)) is ReadingSession


def test_a_threshold_raised_during_a_later_round_adds_cases_to_it(path: Path) -> None:
    with make_training_study(path, training=2) as study, StudyFile.open(path, device="lead") as lead:
        lead.change_protocol(replace(lead.protocol, training=replace(PLAN, threshold=0.4)), "lenient")
        study.follow_protocol()
        session = open_session(study)
        assert isinstance(session, TrainingSession)
        judge(session, well=False)
        session.next_open()
        half_right, reading = session.case.id, session.reading
        assert reading is not None
        good, bad = (reading.side_of(one) for one in training_case(int(half_right[1:])).answer_ids)
        session.judge(verdicts={good: "correct", bad: "incorrect"}, preference=good)
        session.commit()
        session.next_round()
        assert half_right not in {case_id for case_id, _, _ in session.case_list()}
        lead.change_protocol(replace(lead.protocol, training=PLAN), "too lenient")
        assert session.follow()
        judge(session)
        assert session.round_result() is None
        assert session.next_open()
        assert session.case.id == half_right
        judge(session)
        result = session.round_result()
        assert result is not None
        assert result.passed


def test_sides_are_randomised_again_in_each_round(path: Path) -> None:
    with make_training_study(path, training=12) as study:
        session = open_session(study)
        sides = {}
        for _ in range(12):
            sides[session.case.id] = dict(session.reading.answer_ids)
            judge(session, well=False)
            session.next_open()
        session.next_round()
        again = {}
        for _ in range(12):
            again[session.case.id] = dict(session.reading.answer_ids)
            session.step(1)
        assert {tuple(one.items()) for one in sides.values()} != {
            tuple(reversed(one.items())) for one in sides.values()
        }
        assert 0 < sum(sides[case_id] != again[case_id] for case_id in sides) < 12


def test_everything_is_kept_when_the_program_is_killed(path: Path) -> None:
    study = make_training_study(path)
    session = open_session(study)
    session.mark("A", ANSWER, Span(0, 5), "fabrication", "major", note="kept")
    session.mark("B", ANSWER, Span(0, 5), "negation", "minor")
    session.judge(verdicts={"A": "correct"})
    session.undo()
    case, before = session.case.id, session.reading
    study.connection.close()
    with StudyFile.open(path, device="another") as again:
        session = open_session(again)
        assert session.case.id == case
        assert session.reading.judgement == before.judgement
        assert [one.note for one in session.reading.judgement.annotations] == ["kept", ""]
        assert session.redo()
        assert session.reading.judgement.verdicts == {"A": "correct"}
        assert session.undo()
        assert session.undo()
        assert len(session.reading.judgement.annotations) == 1


def test_what_cannot_be_stored_changes_nothing(path: Path) -> None:
    with make_training_study(path) as study:
        session = open_session(study)
        before = sum(1 for _ in study.events())
        with pytest.raises(InputRefusedError, match="category"):
            session.mark("A", ANSWER, Span(0, 5), "nonsense", "major")
        with pytest.raises(InputRefusedError, match="Not committed"):
            session.commit()
        session.mark("A", ANSWER, Span(0, 5), "fabrication", "major")
        with pytest.raises(InputRefusedError, match="already annotated"):
            session.mark("A", ANSWER, Span(0, 5), "fabrication", "major")
        assert sum(1 for _ in study.events()) == before + 1


def test_two_windows_do_not_overwrite_each_other(path: Path) -> None:
    with make_training_study(path) as study, StudyFile.open(path, device="other") as other:
        first, second = open_session(study), open_session(other)
        first.judge(preference="tie")
        with pytest.raises(StudyChangedError, match="another window"):
            second.judge(preference="A")
        second.follow()
        second.follow()
        assert second.reading.judgement.preference == "tie"
        second.judge(preference="A")


def test_a_declined_case_counts_nothing(path: Path) -> None:
    with make_training_study(path, training=1) as study:
        session = open_session(study)
        session.judge(outside_field=True)
        session.commit()
        assert session.round_result().overall == 0
        assert "declined" in session.feedback().lines()[0]


def test_feedback_names_what_differs(path: Path) -> None:
    with make_training_study(path, training=1) as study:
        session = open_session(study)
        assert session.feedback() is None
        good, bad = (session.reading.side_of(one) for one in training_case(0).answer_ids)
        start = BAD.index("invents")
        session.mark(bad, ANSWER, Span(start, start + 13), "negation", "minor")
        session.judge(verdicts={good: "unsure", bad: "partly"}, preference="tie")
        session.commit()
        feedback = session.feedback()
        told = "\n".join(feedback.lines())
        assert f"Verdict on {good}: ✗ unsure; the reference says correct" in told
        assert f"Verdict on {bad}: ✓ partly" in told
        assert f"Preference: tie; the reference prefers {good}" in told
        assert "1 matched, 0 missed, 0 extra" in told
        assert "category: negation; the reference says fabrication" in told
        assert "severity: minor; the reference says major" in told
        assert training_case(0).feedback in told
        assert feedback.score == pytest.approx(0.75)


def test_hidden_repeats_look_like_every_other_case(path: Path) -> None:
    with make_training_study(path, cases=6, plan=replace(PLAN, hidden_repeats=2)) as study:
        train(study)
        session = open_session(study)
        assert session.training_words == ""
        listed = session.case_list()
        assert {title for _, title, _ in listed} == {"case"}
        assert session.progress.total == len(listed) == 8
        assert listed[-1][0].startswith("case-")
        hidden = [place for place, (case_id, _, _) in enumerate(listed) if case_id.startswith("t")]
        assert len(hidden) == 2
        reveals = {}
        for number, (case_id, _, _) in enumerate(listed, start=1):
            assert session.progress.position == number
            if case_id.startswith("t"):
                judge(session, well=False)
            else:
                session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
                session.commit()
            reveals[case_id] = session.reveal()
            assert session.progress.committed == number
            session.next_open()
        assert {bool(one.scores["A"]) for one in reveals.values()} == {True, False}
        assert all(one.key_text and not one.names for one in reveals.values())
        assert session.all_done
        summary = session.summary()
        assert summary.end.sentence.startswith("8 of 8 cases committed")
        assert sum(summary.readings.verdicts.values()) == 16
        assert summary.readings.annotations == {("negation", "minor"): 2}
        repeats = [one for one in study.training.attempts() if one.hidden]
        assert {one.case_id for one in repeats} == {"t0", "t1"}
        assert all(one.score.value("training score") == 0 for one in repeats)
        session.mark("A", ANSWER, Span(0, 2), "negation", "minor", reason="forgotten")
        again = open_session(study)
        assert again.case_list() == session.case_list()
        assert again.all_done
    assert verify(path).ok


def test_what_is_left_counts_training_cases_and_hidden_repeats(path: Path) -> None:
    def progress() -> tuple[bool, int, int]:
        (reader,) = study_overview(study).readers
        return reader.in_training, reader.done, reader.left

    with make_training_study(path, cases=3, plan=replace(PLAN, hidden_repeats=2)) as study:
        study.readers.register(READER)
        assert progress() == (True, 0, 7), "two training cases, three of the study, two hidden repeats"
        training = open_session(study)
        judge(training)
        assert progress() == (True, 0, 6)
        training.leave()
        train(study)
        assert progress() == (False, 0, 5)
        session = open_session(study)
        for done in range(1, 6):
            session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
            session.commit()
            assert progress() == (False, done, 5 - done) == (False, session.progress.committed, 5 - done)
            session.next_open()
    study_of_library = StudyLibrary(Settings()).examine(StudyEntry(path, "trial"))
    assert [(reader.done, reader.left) for reader in study_of_library.readers] == [(5, 0)]


def test_a_waived_reader_reads_at_once_and_nothing_comes_again(path: Path) -> None:
    with make_training_study(path) as study:
        study.readers.register(READER)
        with pytest.raises(InputRefusedError, match="reason"):
            study.training.waive(READER, " ", "lead")
        with pytest.raises(InputRefusedError, match="not registered"):
            study.training.waive("R-77", "trained elsewhere", "lead")
        study.training.waive(READER, "trained elsewhere", "lead")
        session = open_session(study)
        assert type(session) is ReadingSession
        assert session.progress.total == 4


def test_a_reader_who_has_begun_is_not_stopped_by_new_training(path: Path) -> None:
    with make_training_study(path, plan=None, training=0) as study:
        reading_session(study, READER).leave()
        study.change_protocol(replace(study.protocol, training=TrainingPlan()), "later")
        study.training.choose([training_case(0)])
        assert type(open_session(study)) is ReadingSession
        assert isinstance(open_session(study, "R-02"), TrainingSession)


def test_a_lower_threshold_qualifies_by_what_was_done(path: Path) -> None:
    with make_training_study(path, plan=replace(PLAN, hidden_repeats=0)) as study:
        session = open_session(study)
        judge(session)
        session.next_open()
        judge(session, well=False)
        assert not session.qualified
        study.change_protocol(replace(study.protocol, training=TrainingPlan(threshold=0.5)), "too strict")
        assert type(open_session(study)) is ReadingSession
        assert study.training.qualified()[READER].overall == pytest.approx(0.5)


def test_a_changed_reference_asks_for_the_case_again(path: Path) -> None:
    with make_training_study(path) as study:
        session = open_session(study)
        for _ in range(2):
            judge(session, well=False)
            session.next_open()
        study.training.choose([training_case(0), replace(training_case(1), feedback="another")])
        session = open_session(study)
        assert session.training_words == "training"
        assert [committed for case_id, _, committed in sorted(session.case_list())] == [True, True]


def test_training_cases_must_not_be_cases_of_the_study(path: Path) -> None:
    with make_training_study(path) as study:
        case = replace(training_case(0), case=study.case("case-0"))
        with pytest.raises(InputRefusedError, match="case-0 is a case of the study too"):
            study.training.choose([case])


def test_a_readers_own_file_carries_the_training_and_brings_it_back(path: Path, tmp_path: Path) -> None:
    with make_training_study(path) as study:
        session = open_session(study)
        judge(session)
        split(study, READER, tmp_path / "own.doubleread")
        split(study, "R-02", tmp_path / "r02.doubleread")
        study.readers.register("R-03")
        study.training.waive("R-03", "Alpha-7B is known to them", "lead")
        split(study, "R-03", tmp_path / "r03.doubleread")
        with StudyFile.open(tmp_path / "own.doubleread", device="home") as own:
            session = open_session(own)
            assert isinstance(session, TrainingSession)
            assert session.progress.committed == 1
            assert not session.reading.committed
            judge(session)
            assert session.qualified
            assert own.training.qualified()[READER].how == "passed"
            assert type(open_session(own)) is ReadingSession
            with pytest.raises(StudyFileError):
                own.training.waive(READER, "easy", READER)
        with StudyFile.open(tmp_path / "r03.doubleread", device="home") as own:
            assert type(open_session(own, "R-03")) is ReadingSession
            assert not any("Alpha" in json.dumps(dict(event.body)) for event in own.events())
        (merged,) = merge(study, [tmp_path / "own.doubleread"])
        assert merged.refused is None
        assert study.training.qualified()[READER].how == "passed"
        assert len(study.training.attempts()) == 2
        assert type(open_session(study)) is ReadingSession
    assert verify(path).ok
    assert all(verify(tmp_path / f"{name}.doubleread").ok for name in ("own", "r02", "r03"))


def test_a_readers_own_file_cannot_decide_on_training(path: Path, tmp_path: Path) -> None:
    with make_training_study(path) as study:
        study.readers.register(READER)
        for number, forged in enumerate(
            (
                set_chosen([training_case(1)]),
                replace(_waived(), reader_id=READER),
                replace(_passed(), reader_id="R-02"),
                replace(_passed(), overall=0.1),
            )
        ):
            out = tmp_path / f"own-{number}.doubleread"
            split(study, READER, out)
            with StudyFile.open(out, device="home") as own:
                own.training.log.write(
                    lambda db, own=own, forged=forged: own.training.log.record(db, entry_of("x", forged))
                )
            (merged,) = merge(study, [out])
            assert merged.refused is not None
            assert "was changed" in merged.refused.happened
        assert not study.training.qualified()


def _waived():
    return ReaderQualified(reader_id=READER, how="waived", reason="please")


def _passed():
    return ReaderQualified(reader_id=READER, how="passed", overall=0.9, threshold=0.8)


def test_copies_that_both_went_on_are_merged_without_loss(path: Path, tmp_path: Path) -> None:
    with make_training_study(path) as study:
        session = open_session(study)
        session.judge(preference="tie")
        copy = study.backup(tmp_path / "copy.doubleread")
        with StudyFile.open(copy, device="elsewhere") as other:
            there = open_session(other)
            judge(there)
            there.leave()
        judge(session, well=False)
        (merged,) = merge(study, [copy])
        assert merged.refused is None
        attempts = study.training.attempts()
        assert len({one.id for one in attempts}) == len(attempts) == 1
        assert open_session(study).progress.committed == 1
    assert verify(path).ok


def test_a_recovered_study_has_the_training(path: Path, tmp_path: Path) -> None:
    with make_training_study(path) as study:
        train(study)
        study.state_background(READER, Background(specialty="cardiology", years=4))
        before = study.training.cases(), study.training.attempts(), study.training.qualified()
    assert recover(path, tmp_path / "again.doubleread", device=DEVICE).losses() == []
    with StudyFile.open(tmp_path / "again.doubleread", device=DEVICE) as study:
        assert (study.training.cases(), study.training.attempts(), study.training.qualified()) == before
        assert study.background_of(READER) == Background(specialty="cardiology", years=4)


def test_a_changed_set_is_found(path: Path) -> None:
    with make_training_study(path) as study:
        chosen = replace(set_chosen([training_case(0)]), sha256="0" * 64)
        study.training.log.write(lambda db: study.training.log.record(db, entry_of("x", chosen)))
    (check,) = [check for check in verify(path).checks if check.name == "training"]
    assert "do not match their hash" in check.faults[0]


def test_a_background_is_stated_changed_and_checked(path: Path) -> None:
    with make_training_study(path, protocol={"background": True}) as study:
        session = open_session(study)
        assert session.asks_background
        session.state_background(Background())
        assert not session.asks_background
        session.state_background(Background("cardiology", "nurse", 3, board_certified=NOT_SAID))
        assert study.background_of(READER) == session.background
        for wrong in (Background(years=-1), Background(profession="king"), Background(country="a\nb")):
            with pytest.raises(InputRefusedError):
                study.state_background(READER, wrong)
        assert study.background_of(READER).specialty == "cardiology"
        with pytest.raises(InputRefusedError, match="not registered"):
            study.state_background("R-99", Background())


def test_a_protocol_without_training_asks_for_none(path: Path) -> None:
    with make_training_study(path, plan=None) as study:
        assert study.protocol.training is None is Protocol().training
        assert type(open_session(study)) is ReadingSession
