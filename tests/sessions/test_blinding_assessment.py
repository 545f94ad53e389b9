"""Who is asked what about the models' identity, when, and what comes out of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from arms import arm_with_model
from doubleread.domain.answer import Answer
from doubleread.domain.blinding_assessment import MOST_ASKED, asked_role, asking_order
from doubleread.domain.redaction import REDACTION_MARK
from doubleread.domain.study import Protocol
from doubleread.errors import StudyChangedError
from doubleread.exports.export import export_study
from doubleread.read_model.history import Wanted, history
from doubleread.reports.page import report_page
from doubleread.reports.results_table import results_tables
from doubleread.results import results
from doubleread.results.record import results_record
from doubleread.results.study_methods import study_methods
from doubleread.results.view import results_view
from doubleread.sessions.reading import ReadingSession
from doubleread.statistics import Undefined
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from doubleread.tui.results.page import results_page
from outline_rows import row_of
from sessions.making import ARMS, DEVICE, choice_case

PAIR = (replace(ARMS[0], role="general"), replace(ARMS[1], role="biomedical"))


def make(path, protocol: Protocol, cases: int = 3, arms=PAIR) -> StudyFile:
    listed = [choice_case(number) for number in range(cases)]
    study = StudyFile.create(path, cases=listed, arms=arms, protocol=protocol, device=DEVICE, secret=bytes([7]) * 32)
    for case in listed:
        for arm in arms:
            text = f"I am {arm.name}. B it is. " + "More. " * 200
            study.answers.record(Answer(f"{case.id}/{arm.id}", case.id, arm.id, text, "", "", "stop"))
    return study


def commit(session: ReadingSession, **more) -> None:
    session.judge(verdicts={"A": "correct", "B": "incorrect"}, preference="A", **more)
    session.commit()


def commit_all(session: ReadingSession) -> None:
    commit(session)
    while session.next_open():
        commit(session)


def true_side(study: StudyFile, asked) -> str:
    sides = study.reading("R-01", asked.case_id).answer_ids
    return next(side for side, answer in sides.items() if answer.endswith("/two"))


def test_roles_are_asked_about_and_never_names():
    def role(first: str, second: str) -> str:
        return asked_role([arm_with_model("1", "n", "", role=first), arm_with_model("2", "m", "", role=second)])

    assert role("general", "biomedical") == role("biomedical", "general") == "biomedical"
    assert role("", "biomedical") == role("same", "same") == role("Same", "same") == role("", "") == ""


def test_cases_are_randomised_by_the_secret():
    cases = [f"case-{number}" for number in range(40)]
    drawn = asking_order(b"s", "R-01", cases)
    assert sorted(drawn) == sorted(cases)
    assert drawn == asking_order(b"s", "R-01", cases[::-1])
    assert len({tuple(drawn), tuple(cases), tuple(asking_order(b"t", "R-01", cases))}) == 3
    assert drawn != asking_order(b"s", "R-02", cases)


def test_the_end_asks_about_some_cases_once(tmp_path):
    with make(tmp_path / "s.doubleread", Protocol(), cases=MOST_ASKED + 3) as study:
        session = ReadingSession(study, "R-01")
        assert session.asked_role == ""
        assert not session.asks_before_commit
        commit(session, outside_field=True)
        while session.next_open():
            assert session.asked_at_the_end() == []
            commit(session)
        asked = session.asked_at_the_end()
        assert session.asked_role == "biomedical"
        assert len(asked) == MOST_ASKED
        assert "case-0" not in {case.case_id for case in asked}, "its reader declined it"
        assert {side: text[:14] for side, text in asked[0].beginnings.items()}.keys() == {"A", "B"}
        for text in asked[0].beginnings.values():
            assert REDACTION_MARK in text
            assert "Alpha" not in text
            assert "Beta" not in text
            assert len(text) < 800
        for number, case in enumerate(asked):
            said = true_side(study, case) if number < 4 else "no idea" if number < 6 else "skipped"
            session.assess_blinding(said, case.reading_id)
            assert len(session.asked_at_the_end()) == MOST_ASKED - number - 1
        with pytest.raises(StudyChangedError, match="already asked"):
            session.assess_blinding("A", asked[0].reading_id)
        session.leave()
        assert ReadingSession(study, "R-01").asked_at_the_end() == []
        found = results(study).blinding_assessments
        assert (found.about, found.all.asked) == ("biomedical", MOST_ASKED)
        assert (found.all.correct, found.all.incorrect, found.all.no_idea, found.all.skipped) == (4, 0, 2, 2)
        assert (found.all.proportion.successes, found.all.proportion.n) == (4, 4)
        assert (found.index.value, found.index.n) == (pytest.approx(4 / 6), 6)
        assert found.by_reader == {"R-01": found.all}
        record = results_record(results(study))
        assert row_of(record, "blinding-assessment", "all")["correct"]["method"] == "Wilson"
        assert row_of(record, "blinding-assessment", "index")["index"]["method"] == "Bang's blinding index"
        said = [entry.what for entry in history(study, Wanted(kind="blinding"))]
        assert len(said) == MOST_ASKED
        assert "biomedical" not in " ".join(said)
        assert study_methods(study, results(study)).readings.redacted == MOST_ASKED + 3
    assert verify(tmp_path / "s.doubleread").ok


def test_each_commit_asks_before_it_reveals(tmp_path):
    with make(tmp_path / "s.doubleread", Protocol(blinding_assessment="each", reveal_names=True)) as study:
        session = ReadingSession(study, "R-01")
        assert session.asks_before_commit
        sides = session.reading.answer_ids
        wrong = next(side for side, answer in sides.items() if answer.endswith("/one"))
        session.assess_blinding(wrong)
        assert not session.asks_before_commit
        assert results(study).blinding_assessments.all.asked == 0, "an open reading is not counted"
        commit(session)
        assert results(study).blinding_assessments.about == "", "the study is still blind"
        while session.next_open():
            session.assess_blinding("no idea")
            commit(session)
        assert session.asked_at_the_end() == []
        found = results(study).blinding_assessments
        assert (found.all.correct, found.all.incorrect, found.all.no_idea) == (0, 1, 2)
        assert found.index_by_side.keys() == {"A", "B"}
        assert sum(index.n for index in found.index_by_side.values() if not isinstance(index, Undefined)) == 3


@pytest.mark.parametrize(
    ("protocol", "arms"),
    [(Protocol(blinding_assessment="never"), PAIR), (Protocol(reveal_names=True), PAIR), (Protocol(), ARMS)],
    ids=["never", "names were revealed", "no roles"],
)
def test_nobody_is_asked_where_that_tells_nothing(tmp_path, protocol, arms):
    with make(tmp_path / "s.doubleread", protocol, arms=arms) as study:
        session = ReadingSession(study, "R-01")
        assert not session.asks_before_commit
        commit_all(session)
        assert session.asked_at_the_end() == []
        assert results(study).blinding_assessments.index == Undefined("no reader was asked which answer is whose")


def test_guesses_are_exported_shown_and_reported(tmp_path):
    with make(tmp_path / "s.doubleread", Protocol(), cases=4) as study:
        session = ReadingSession(study, "R-01")
        commit_all(session)
        asked = session.asked_at_the_end()
        right = true_side(study, asked[0])
        session.assess_blinding(right, asked[0].reading_id)
        session.assess_blinding("A" if true_side(study, asked[1]) == "B" else "B", asked[1].reading_id)
        session.assess_blinding("no idea", asked[2].reading_id)
        session.leave()
        export_study(study, "jsonl", tmp_path / "out")
        lines = (tmp_path / "out" / "readings.jsonl").read_text(encoding="utf-8").splitlines()
        told = {record["case_id"]: record for record in map(json.loads, lines)}
        first, second, third, fourth = (told[case_id] for case_id in [case.case_id for case in asked])
        assert (
            first["blinding_assessment"],
            first["blinding_assessment_about"],
            first["blinding_assessment_arm"],
        ) == (right, "biomedical", "Beta-7B")
        assert second["blinding_assessment_arm"] == "Alpha-7B"
        assert (third["blinding_assessment"], third["blinding_assessment_arm"]) == ("no idea", None)
        assert third["assessed_at"]
        assert (fourth["blinding_assessment"], fourth["blinding_assessment_about"], fourth["assessed_at"]) == (
            None,
            None,
            None,
        )
        assert "| `blinding_assessment` |" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
        found = results(study)
        section = next(table for table in results_tables(found).tables if table.key == "blinding-assessment")
        assert section.title == "Blinding assessment: which answer is whose (biomedical)"
        assert section.lines[0][1:] == ("50.0% (9.5-90.5) 1/2", "1", "1", "0")
        assert section.lines[2][0] == "Bang's index"
        assert section.lines[2][1].startswith("0.00 (")
        page = "".join(report_page(found, study_methods(study, found), None, "2026-03-01T12:00:00.000Z"))
        assert "Blinding assessment" in page
        assert "asked 3 times which answer was whose (1 correct, 1 incorrect and 1 no idea)" in page
        drawn, _ = results_page(results_view(study), 120)
        words = " ".join(" ".join(part.text for part in line) for line in drawn)
        words = " ".join(words.split())
        assert "all readers 50.0% (9.5-90.5) 1/2 1 1 0" in words
        assert "Bang's index 0.00 (" in words
