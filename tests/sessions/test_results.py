"""Results of a small study, counted by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from doubleread.domain.answer import Answer
from doubleread.domain.marked_words import marked_words
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.errors import InputRefusedError
from doubleread.read_model import cases
from doubleread.read_model.blinding import blinding_of
from doubleread.read_model.case_details import case_detail
from doubleread.read_model.history import Wanted, history
from doubleread.read_model.queries import answer_rows, reading_rows
from doubleread.results import results, unblind
from doubleread.results.record import results_record
from doubleread.results.view import results_view
from doubleread.runs.rescoring import score_again
from doubleread.sessions.reading import ReadingSession
from doubleread.statistics import McNemar, PairedTable, Undefined
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from outline_rows import row_of
from sessions.judged_study import answered_study, read, side_of
from sessions.making import ARMS, choice_case, make_study


@pytest.fixture
def study(tmp_path):
    with answered_study(tmp_path / "study.doubleread") as opened:
        yield opened


def test_choices_count_indeterminate_answers_both_ways(study):
    one, two = results(study).arms
    assert (one.by_kind["choice"].correct, one.by_kind["choice"].incorrect, one.by_kind["choice"].unparsed) == (2, 1, 1)
    assert (
        one.by_kind["choice"].indeterminate_incorrect.successes,
        one.by_kind["choice"].indeterminate_incorrect.n,
    ) == (2, 4)
    assert (one.by_kind["choice"].indeterminate_left_out.successes, one.by_kind["choice"].indeterminate_left_out.n) == (
        2,
        3,
    )
    assert one.by_kind["choice"].indeterminate_incorrect.low == pytest.approx(0.150, abs=0.001)
    assert one.by_kind["choice"].indeterminate_incorrect.high == pytest.approx(0.850, abs=0.001)
    assert (two.by_kind["choice"].truncated, two.by_kind["choice"].indeterminate_left_out.n) == (1, 3)
    assert one.outcomes == {
        "correct": 2,
        "incorrect": 1,
        "measured": 0,
        "proposed": 2,
        "unparsed": 1,
        "refused": 0,
        "truncated": 0,
    }


def test_both_models_are_compared_on_the_same_cases(study):
    everything, choice, diagnosis = results(study).accuracy
    assert (choice.kind, choice.cases, choice.compared, choice.left_out) == ("choice", 4, 4, 0)
    assert choice.paired.indeterminate_incorrect.table == PairedTable(0, 2, 1, 1)
    assert choice.paired.indeterminate_incorrect.test == McNemar(3, 1.0, pytest.approx(0.625))
    assert choice.paired.indeterminate_incorrect.difference.value == 0.25
    assert choice.paired.indeterminate_left_out.table == PairedTable(0, 2, 1, 0)
    assert (diagnosis.compared, diagnosis.left_out) == (0, 2)
    assert everything.paired == choice.paired


def test_diagnoses_wait_for_a_reader(study):
    one, two = results(study).arms
    assert (one.by_kind["diagnosis"].pending, one.by_kind["diagnosis"].answered) == (2, 2)
    assert one.by_kind["diagnosis"].indeterminate_incorrect == Undefined(
        "no reader has confirmed or rejected a proposed diagnosis yet"
    )
    assert (two.by_kind["diagnosis"].pending, two.by_kind["diagnosis"].unparsed) == (1, 1)
    assert two.by_kind["diagnosis"].indeterminate_incorrect == one.by_kind["diagnosis"].indeterminate_incorrect
    assert (two.overall.indeterminate_incorrect.successes, two.overall.indeterminate_incorrect.n) == (1, 4)
    assert any("not confirmed or rejected" in warning for warning in results(study).warnings)


def test_readers_review_diagnoses(study):
    read(study, "R-01", 6)
    found = results(study)
    one, two = found.arms
    assert (one.by_kind["diagnosis"].correct, one.by_kind["diagnosis"].pending) == (2, 0)
    assert (two.by_kind["diagnosis"].incorrect, two.by_kind["diagnosis"].unparsed) == (2, 0)
    assert two.by_kind["diagnosis"].indeterminate_left_out.n == 2
    assert found.accuracy[2].paired.indeterminate_incorrect.table == PairedTable(0, 2, 0, 0)


def test_readers_who_differ_review_nothing(study):
    read(study, "R-01", 6)
    read(study, "R-02", 6)
    one = results(study).arms[0]
    assert (
        one.by_kind["diagnosis"].disputed,
        one.by_kind["diagnosis"].correct,
        one.by_kind["diagnosis"].incorrect,
    ) == (2, 0, 0)
    assert one.by_kind["diagnosis"].indeterminate_incorrect == Undefined(
        "readers differ on every answer that they judged"
    )


def test_places_of_the_key_count_from_the_score(study):
    top = results(study).diagnoses.top
    assert {places: (proportions.table.first, proportions.table.second) for places, proportions in top.items()} == {
        "1": (2, 1),
        "3": (2, 1),
        "5": (2, 1),
    }


def test_proposals_are_compared_with_readers(study):
    read(study, "R-01", 6)
    first, second = results(study).diagnoses.proposals
    assert (first.proposed_same, first.n, first.precision.value) == (2, 2, 1.0)
    assert (second.proposed_other, second.passed_over_other, second.n) == (1, 1, 2)


def test_annotations_of_committed_readings_count(study):
    read(study, "R-01", 3)
    read(study, "R-02", 2)
    unblind(study, "lead", "interim")
    found = results(study)
    one, two = (arm.annotations for arm in found.arms)
    assert (one.annotations, one.readings, one.answers, one.answers_with) == (5, 5, 3, 3)
    assert one.by_category == {"fabrication": 5, "negation": 0, "causality": 0, "contextual": 0}
    assert one.by_severity == {"minor": 0, "major": 5}
    assert one.omissions == 5
    assert (two.annotations, two.readings, two.answers_with) == (0, 5, 0)
    assert [arm.preferred for arm in found.arms] == [0, 5]
    assert [arm.verdicts["incorrect"] for arm in found.arms] == [5, 0]
    rates = found.hallucinations
    assert (rates.each_answer.first.value, rates.each_answer.first.n) == (1.0, 3)
    assert rates.each_100_words.first.value == pytest.approx(100 / 6)
    assert (rates.first_with.successes, rates.first_with.n) == (3, 3)
    assert (rates.by_category["fabrication"].difference.value, rates.by_severity["minor"].first.value) == (1, 0)
    assert (found.omissions.each_answer.first.value, found.omissions.by_severity["minor"].difference.value) == (1, 1)
    assert (found.verdicts["incorrect"].first.value, found.verdicts["correct"].second.n) == (1.0, 3)
    assert (found.preference.second, found.preference.readings["second"]) == (3, 5)
    assert found.preference.sign_test == 0.25


def test_a_rate_of_cases_that_differ_has_an_interval_around_it(study):
    session = ReadingSession(study, "R-01")
    for number in range(6):
        for start in range(number):
            session.mark(side_of(session, "one"), "answer", Span(start, start + 3), "fabrication", "major")
        session.judge(verdicts={"A": "incorrect", "B": "incorrect"}, preference="tie")
        session.commit()
        session.next_open()
    rate = results(study).hallucinations.each_answer.first
    assert rate.value == 2.5
    assert 0.5 < rate.interval.low < 2.5 < rate.interval.high < 5


def test_agreement_is_that_of_readers_of_the_same_cases(study):
    read(study, "R-01", 6)
    read(study, "R-02", 5)
    found = results(study)
    agreement = found.inter_rater
    assert agreement.cases == 5
    labels = {(label.subject, label.arm): label for label in agreement.labels}
    verdict = labels["verdict", 0]
    assert (verdict.readers, verdict.cases, verdict.observed.value) == (2, 5, 1.0)
    assert verdict.fleiss == Undefined("everybody gave one category")
    assert verdict.ac1.value == 1.0
    assert labels["preference", None].observed.n == 5
    named = [labels["names the diagnosis", place].observed.value for place in (0, 1)]
    assert sorted(named) == [0.0, 1.0]
    assert (agreement.spans.words.value, agreement.spans.matched) == (1.0, 5)


def test_progress_tells_what_is_left_of_every_reader(study):
    read(study, "R-01", 2)
    study.readers.register("R-02")
    study.record_split("a split", "R-03")
    progress = results(study).progress
    assert {reader.reader_id: (reader.committed, reader.left) for reader in progress.readers} == {
        "R-01": (2, 4),
        "R-02": (0, 6),
        "R-03": (0, 6),
    }
    assert progress.read_by == {"0": 4, "1": 2}
    assert progress.answered == (6, 6)


def test_an_open_reading_and_one_outside_the_field_count_for_nothing(study):
    session = ReadingSession(study, "R-01")
    session.mark(side_of(session, "one"), "answer", Span(0, 13), "fabrication", "major")
    session.judge(outside_field=True)
    session.commit()
    session.next_open()
    session.mark(side_of(session, "one"), "answer", Span(0, 13), "fabrication", "major")
    found = results(study)
    assert found.hallucinations.each_answer.first == Undefined("no reading of an answer is committed")
    progress = found.progress
    assert (progress.opened, progress.committed, progress.outside_field) == (2, 1, 1)
    assert found.preference.proportion == Undefined("no reading states a preference")


def test_models_stay_unnamed_until_every_reader_is_done(study):
    assert results(study).blindness.named
    read(study, "R-01", 6)
    assert results(study).blindness.reason == "every reading is committed"
    read(study, "R-02", 2)
    found = results(study)
    assert not found.blindness.named
    assert "R-02 has 4 cases left" in found.warnings[0]
    assert [arm.name for arm in found.arms] == ["arm 1", "arm 2"]
    printed = json.dumps(results_record(found))
    assert not [word for word in ("Alpha", "Beta", "1" * 64, "2" * 64, "case-0/one") if word in printed]
    read(study, "R-02", 4)
    assert [arm.name for arm in results(study).arms] == ["Alpha-7B", "Beta-7B"]


def test_the_order_of_unnamed_models_is_randomised_by_the_secret_and_fixed(tmp_path):
    orders = set()
    for number in range(12):
        path = tmp_path / f"{number}.doubleread"
        with make_study(path) as study:
            study.secret = bytes([number]) * 32
            study.readers.register("R-01")
            order = [arm.id for arm in results(study).arms]
            assert order == [arm.id for arm in results(study).arms]
            orders.add(tuple(order))
    assert orders == {("one", "two"), ("two", "one")}


def test_unblinding_is_recorded_with_its_reason(study):
    read(study, "R-01", 2)
    with pytest.raises(InputRefusedError):
        unblind(study, "lead", "  ")
    unblind(study, "lead", "safety board asks for Alpha-7B")
    found = results(study)
    assert [arm.name for arm in found.arms] == ["Alpha-7B", "Beta-7B"]
    (unblinding,) = found.blindness.unblinded
    assert (unblinding.actor, unblinding.reason) == ("lead", "safety board asks for Alpha-7B")
    assert "R-01 (4 to go)" in found.warnings[0]
    entry = list(history(study, Wanted(kind="study.unblinded")))[-1]
    assert (entry.actor, entry.reason) == ("lead", "safety board asks for this model")
    assert verify(study.path).ok


def test_a_reader_sees_the_same_whether_the_study_is_unblinded_or_not(study):
    def seen():
        session = ReadingSession(study, "R-01")
        return (
            session.case,
            session.answers(),
            session.reveal(),
            [(entry.what, entry.case_id) for entry in history(study, Wanted(reader_id="R-01"))],
        )

    read(study, "R-01", 2)
    before = seen()
    unblind(study, "lead", "interim")
    assert seen() == before


def test_cases_behind_the_estimates_have_both_models(study):
    read(study, "R-01", 6)
    first = results_view(study).cases[0]
    one, two = first.in_order(("one", "two"))
    assert (one.status, two.status, one.id, two.id) == ("correct", "incorrect", "case-0/one", "case-0/two")
    assert (len(one.annotations), len(one.omissions), len(two.annotations), len(two.omissions)) == (1, 1, 0, 0)
    assert (first.readers, first.lead(("one", "two"))) == (1, "second")
    assert not any((answer.text, answer.score.reason, answer.score.chosen) != ("", "", None) for answer in (one, two))


def test_an_empty_study_has_no_estimates_and_says_why(tmp_path):
    with make_study(tmp_path / "empty.doubleread") as study:
        found = results(study)
    record = json.loads(json.dumps(results_record(found)))
    assert [section["key"] for section in record["sections"]] == ["arms"]
    assert found.arms[0].by_kind["choice"].indeterminate_incorrect == Undefined("there are no answers to choice cases")
    assert found.words.first == Undefined("there are no answers")
    assert len(record["warnings"]) == 2


def test_the_record_has_every_proportion_with_its_value_and_n(study):
    record = json.loads(json.dumps(results_record(results(study)), allow_nan=False))
    proportion = row_of(record, "accuracy", "choice", "determinate")["first"]
    assert proportion["value"] == pytest.approx(2 / 3)
    assert (proportion["successes"], proportion["n"], proportion["confidence"]) == (2, 3, 0.95)
    assert row_of(record, "words", "words")["second"]["n"] == 6
    assert row_of(record, "accuracy", "choice", "difference", "cases")["paired"]["n"] == 4


def test_scoring_again_changes_scores_and_says_which(study):
    done = score_again(study)
    assert done.scored == 12
    assert {change.case_id for change in done.changes} <= set(study.case_ids())
    assert all(len(study.answers.scores_of(f"case-0/{arm}")) == 1 for arm in ("one", "two"))
    assert score_again(study).changes == ()


def test_a_withdrawn_reader_holds_nothing_back_and_counts_with_what_is_committed(study):
    read(study, "R-01", 6)
    read(study, "R-02", 2)
    before = results(study)
    assert not before.blindness.named
    study.readers.withdraw("R-02", "moved", "lead")
    found = results(study)
    assert found.blindness.named
    assert not found.still_reading
    assert found.progress.committed == before.progress.committed == 8
    assert [(item.reader_id, item.withdrawn, item.left) for item in found.progress.readers] == [
        ("R-01", False, 0),
        ("R-02", True, 0),
    ]
    study.readers.reinstate("R-02", "is back", "lead")
    assert not results(study).blindness.named


def test_cases_are_read_by_pages_without_a_seam(study, monkeypatch):
    read(study, "R-01", 6)
    read(study, "R-02", 5)
    whole = results_record(results(study))
    monkeypatch.setattr(cases, "_CASES_AT_ONCE", 2)
    told = []
    assert results_record(results(study, progress=lambda *step: told.append(step))) == whole
    assert told[:3] == [("Reading cases", 0, 6), ("Reading cases", 2, 6), ("Reading cases", 4, 6)]
    assert {what for what, _, _ in told} == {"Reading cases", "Computing estimates"}


def test_all_cases_come_without_words_and_single_ones_with_them(study):
    read(study, "R-01", 6)
    read(study, "R-02", 6)
    labels = study.protocol.labels
    with study.connection.snapshot() as db:
        counted = list(cases.answered_cases(db, labels))
        worded = list(cases.answered_cases(db, labels, [case.id for case in counted]))
    for one, other in zip(counted, worded, strict=True):
        assert one.preferences == other.preferences
        for arm, answer in one.answers.items():
            full = other.answers[arm]
            assert (answer.text, answer.words, answer.characters) == ("", full.words, len(full.text))
            assert answer.status == full.status
            assert [place(item) for item in answer.annotations] == [place(item) for item in full.annotations]
            assert all(item.quote == full.text[item.start : item.end] for _, item in full.marked if item.in_answer)
            for reading, whole in zip(answer.readings, full.readings, strict=True):
                assert reading.words == marked_words(full.text, whole.located)
                assert whole.words == 0
    marked = [answer for case in counted for answer in case.answers.values() if answer.annotations]
    assert any(reading.words for answer in marked for reading in answer.readings)
    with pytest.raises(TypeError, match="no words"):
        _ = marked[0].marked


def place(item):
    return (item.place, item.start, item.end, item.category, item.severity, item.passage, item.in_answer)


def test_a_case_with_a_nul_in_its_id_is_found(tmp_path):
    """SQLite's JSON functions would cut the id off there."""
    made = [replace(choice_case(number), id=f"case\x00{number}") for number in range(2)]
    study = StudyFile.create(tmp_path / "s.doubleread", cases=made, arms=ARMS, protocol=Protocol(), device="d")
    with study:
        for one in made:
            for arm in ARMS:
                times = ("2026-03-01T12:00:00.000Z", "2026-03-01T12:00:01.000Z")
                study.answers.record(
                    Answer(f"{one.id}/{arm.id}", one.id, arm.id, "Fever and a rash.", *times, "stop", {})
                )
        read(study, "R-01", 2)
        detail = case_detail(study, made[1].id, blinding_of(study))
        assert (detail.case.id, detail.number) == (made[1].id, 2)
        assert all(answer is not None and answer.readings for answer in detail.answers)
        assert [row["answer_id"] for row in answer_rows(study)] == [
            f"{one.id}/{arm.id}" for one in made for arm in ARMS
        ]
        assert [row["case_id"] for row in reading_rows(study)] == [one.id for one in made]
