"""An adjudicator at work: what is shown, what is hidden, what is stored."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from doubleread.domain.adjudication import Decision
from doubleread.domain.events.adjudications import ADJUDICATION_EVENTS
from doubleread.domain.sentences import sentences_to_judge
from doubleread.domain.spans import Span
from doubleread.errors import InputRefusedError, StudyChangedError, StudyFileError
from doubleread.exports.export import export_study
from doubleread.read_model.blinding import unblind
from doubleread.read_model.history import Wanted, history
from doubleread.reports.results_table import results_tables
from doubleread.results import adjudicated, results
from doubleread.results.record import results_record
from doubleread.sessions.adjudicable import case_state
from doubleread.sessions.adjudication import AdjudicationSession, adjudicable_cases
from doubleread.sessions.admission import expect_adjudicator
from doubleread.sessions.readers import registered_readers
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.store.branches.split import split
from doubleread.store.log.verify import verify
from exports.attested import ATTESTED
from outline_rows import row_of
from sessions import rubric_study
from sessions.adjudicated_study import (
    ADJUDICATOR,
    ARMS,
    DEVICE,
    READERS,
    TEXTS,
    make_study,
    read,
    read_study,
    read_twice,
)


@pytest.fixture
def study(tmp_path: Path) -> Iterator[StudyFile]:
    with read_study(tmp_path / "trial.study", cases=2) as made:
        yield made


@pytest.fixture
def session(study: StudyFile) -> AdjudicationSession:
    return AdjudicationSession(study, ADJUDICATOR)


def by_subject(session: AdjudicationSession) -> dict[str, str]:
    return {difference.subject: difference.id for difference in session.differences}


def decide_all(session: AdjudicationSession, reader: int = 0) -> None:
    for difference in session.differences:
        session.decide(difference.id, Decision.take(reader))


def number_of(session: AdjudicationSession, words: str) -> int:
    """The number of the reader who marked these words."""
    return next(
        number
        for difference in session.differences
        for number, held in enumerate(difference.held)
        if held.annotation and held.annotation.quote == words
    )


def correct(study: StudyFile, reader_id: str, case_id: str, words: str, change: dict) -> None:
    reader = ReadingSession(study, reader_id)
    reader.goto(case_id)
    found = next(item for item in reader.reading.judgement.annotations if item.quote == words)
    reader.change(found.id, change, reason="looked again")
    reader.leave()


def everything_shown(session: AdjudicationSession) -> str:
    """All that the session returns, as text."""
    shown = [
        dataclasses.asdict(session.case),
        dict(session.answers),
        dict(session.answer_ids),
        [dataclasses.asdict(difference) for difference in session.differences],
        [session.decision_of(difference.id) for difference in session.differences],
        [session.side_of(difference.id) for difference in session.differences],
        dataclasses.asdict(session.resolution()),
        [dataclasses.asdict(item) for item in session.case_list()],
        dataclasses.asdict(session.progress),
        session.title,
        session.guideline,
        session.missing_for_commit(),
        session.labels,
        session.axes,
        session.readers,
    ]
    return json.dumps(shown, default=repr)


def test_nothing_shown_names_a_model_a_reader_or_the_key(session: AdjudicationSession) -> None:
    hidden = [*READERS, "the-hidden-key", "the-hidden-explanation"]
    hidden += [word for arm in ARMS for word in (arm.id, arm.name, arm.model_sha256, arm.model.path)]
    shown = everything_shown(session)
    assert TEXTS["m-occultus"] in shown
    decide_all(session)
    shown += everything_shown(session)
    session.commit()
    shown += everything_shown(session)
    assert [word for word in hidden if word.casefold() in shown.casefold()] == []


def test_sides_and_numbers_are_randomised_for_each_case_and_fixed(tmp_path: Path) -> None:
    with read_study(tmp_path / "trial.study", cases=12, total=12) as study:
        found = []
        for _ in range(2):
            session = AdjudicationSession(study, ADJUDICATOR)
            drawn = []
            for number in range(12):
                session.goto(f"case-{number}")
                drawn.append((session.answer_ids["A"][-1], number_of(session, "aspirin 500 mg")))
            found.append(drawn)
    assert found[0] == found[1]
    assert {side for side, _ in found[0]} == {"0", "1"}
    assert {number for _, number in found[0]} == {0, 1}


def test_what_readers_agree_on_is_taken_over_and_the_rest_is_decided(session: AdjudicationSession) -> None:
    assert [difference.subject for difference in session.differences] == [
        "annotation",
        "omission",
        "verdict",
        "preference",
    ]
    assert [annotation.quote for annotation in session.resolution().annotations] == ["angina pectoris"]
    assert len(session.resolution().ratings) == 2
    ids = by_subject(session)
    session.decide(ids["annotation"], Decision.join(number_of(session, "start aspirin"), severity="major"))
    session.decide(ids["omission"], Decision.reject())
    session.decide(ids["verdict"], Decision.own_value("unsure"))
    assert session.missing_for_commit() == ("preference",)
    with pytest.raises(InputRefusedError, match="preference"):
        session.commit()
    session.decide(ids["preference"], Decision.own_value("both bad"))
    session.commit()
    standing = session.resolution()
    assert [(item.quote, item.category, item.severity) for item in standing.annotations] == [
        ("angina pectoris", "fabrication", "major"),
        ("start aspirin 500 mg", "negation", "major"),
    ]
    assert sorted(standing.verdicts.values()) == ["correct", "unsure"]
    assert standing.preference == "both bad"
    assert session.committed
    assert verify(session.study.path).ok


def test_the_screens_order_has_open_differences_first_and_stays_while_they_are_decided(
    session: AdjudicationSession,
) -> None:
    first, *rest = [difference.id for difference in session.differences]
    session.decide(first, Decision.take(0))
    assert [difference.id for difference in session.differences] == [first, *rest]
    session.goto("case-1")
    session.goto("case-0")
    assert [difference.id for difference in session.differences] == [*rest, first]


def test_looking_leaves_no_trace(study: StudyFile) -> None:
    before = study.chain_heads()
    session = AdjudicationSession(study, ADJUDICATOR)
    session.step(1)
    session.leave()
    assert study.chain_heads() == before


def test_undo_and_redo_work_until_the_commit(session: AdjudicationSession) -> None:
    first, second = (difference.id for difference in session.differences[:2])
    session.decide(first, Decision.take(0))
    session.decide(first, Decision.take(1))
    session.decide(second, Decision.reject())
    assert session.undo()
    assert session.decision_of(second) is None
    assert session.undo()
    assert session.decision_of(first) == Decision.take(0)
    assert session.redo()
    assert session.decision_of(first) == Decision.take(1)
    assert session.undo()
    assert session.undo()
    assert not session.undo()
    assert session.redo()
    decide_all(session)
    session.commit()
    assert not session.undo()
    assert not session.redo()


@pytest.mark.parametrize(
    ("subject", "decision", "said"),
    [
        ("verdict", Decision.reject(), "by a value"),
        ("verdict", Decision.join(0), "by a value"),
        ("verdict", Decision.own_value("splendid"), "is not a verdict"),
        ("preference", Decision.own_value("C"), "is not a preference"),
        ("annotation", Decision.take(2), "no reader number 2"),
        ("annotation", Decision.take(-1), "no reader number -1"),
        ("annotation", Decision.own_value("correct"), "how the difference is resolved"),
        ("annotation", Decision("own"), "how the difference is resolved"),
        ("annotation", Decision("take", 0, value="x"), "how the difference is resolved"),
        ("annotation", Decision.join(0, severity="dreadful"), "is not a severity"),
        ("annotation", Decision.join(0, category="omission"), "an omission belongs in the case"),
        ("omission", Decision.join(0), "no boundaries to join"),
    ],
)
def test_a_decision_that_resolves_nothing_is_refused(
    session: AdjudicationSession, subject: str, decision: Decision, said: str
) -> None:
    before = session.study.chain_heads()
    with pytest.raises(InputRefusedError, match=said):
        session.decide(by_subject(session)[subject], decision)
    assert session.study.chain_heads() == before


def test_own_annotations_must_quote_the_text(session: AdjudicationSession) -> None:
    difference = next(item for item in session.differences if item.subject == "annotation")
    good = difference.annotations[0]
    for change in (
        {"quote": "something else"},
        {"end": 10_000},
        {"category": "nonsense"},
        {"place": "case"},
        {"answer_id": next(item for item in session.answer_ids.values() if item != good.answer_id)},
    ):
        with pytest.raises(InputRefusedError):
            session.decide(difference.id, Decision.own_annotation(dataclasses.replace(good, **change)))
    agreed = session.resolution().annotations[0]
    with pytest.raises(InputRefusedError, match="twice"):
        session.decide(difference.id, Decision.own_annotation(agreed))
    text = session.answers[session.side_of(difference.id)]
    span = Span(text.index("fever"), text.index("fever") + 5)
    own = dataclasses.replace(good, start=span.start, end=span.end, quote=span.of(text), note="seen by myself")
    session.decide(difference.id, Decision.own_annotation(own))
    assert [item.note for item in session.resolution().annotations if item.quote == "fever"] == ["seen by myself"]


def test_a_reopened_case_needs_a_reason_and_counts_until_it_is_resolved_again(
    session: AdjudicationSession,
) -> None:
    decide_all(session, 0)
    session.commit()
    before = adjudicated(session.study)
    verdict = by_subject(session)["verdict"]
    with pytest.raises(InputRefusedError, match="needs a reason"):
        session.decide(verdict, Decision.own_value("unsure"))
    with pytest.raises(InputRefusedError, match="needs a reason"):
        session.reopen("  ")
    session.reopen("a slip")
    with pytest.raises(InputRefusedError, match="open"):
        session.reopen("once more")
    session.decide(verdict, Decision.own_value("unsure"))
    assert not session.committed
    assert adjudicated(session.study) == before
    session.commit()
    assert {answer.verdict for answer in adjudicated(session.study)[0].answers.values()} == {"correct", "unsure"}
    assert verify(session.study.path).ok


def test_a_corrected_reading_makes_the_adjudication_stale_and_nothing_is_lost(session: AdjudicationSession) -> None:
    decide_all(session, 1)
    session.commit()
    correct(session.study, READERS[0], "case-0", "aspirin 500 mg", {"severity": "minor"})
    again = AdjudicationSession(session.study, ADJUDICATOR)
    again.goto("case-0")
    assert (again.stale, again.committed) == (True, False)
    (listed, _) = again.case_list()
    assert (listed.stale, listed.committed, listed.open_differences, listed.differences) == (True, False, 1, 4)
    assert [again.decision_of(difference.id) for difference in again.differences[1:]] == [Decision.take(1)] * 3
    assert adjudicated(session.study)[0].stale
    again.decide(again.differences[0].id, Decision.reject())
    assert not again.stale
    again.commit()
    assert not adjudicated(session.study)[0].stale
    assert [event.body["reason"] for event in session.study.events(kind="adjudication.reopened")] == [
        "readings were corrected or committed"
    ]
    assert verify(session.study.path).ok


def test_a_correction_of_what_nobody_compares_leaves_the_adjudication_as_it_is(session: AdjudicationSession) -> None:
    decide_all(session)
    session.commit()
    reader = ReadingSession(session.study, READERS[0])
    reader.goto("case-0")
    reader.state_level("confidence", 2, reason="read again")
    reader.undo()
    reader.redo()
    text = reader.answers()["A"].text
    reader.judge_sentence("A", sentences_to_judge(text)[0], "supported", reason="read again")
    assert not adjudicated(session.study)[0].stale
    reader.judge(preference="both bad", reason="read again")
    assert adjudicated(session.study)[0].stale
    reader.undo()
    again = AdjudicationSession(session.study, ADJUDICATOR)
    again.goto("case-0")
    assert again.stale, "what readers said has changed twice"


def test_a_reading_corrected_while_the_case_is_looked_at_is_noticed(session: AdjudicationSession) -> None:
    decide_all(session)
    gone = session.differences[0]
    correct(session.study, READERS[0], "case-0", "aspirin 500 mg", {"severity": "minor"})
    with pytest.raises(StudyChangedError, match="corrected"):
        session.commit()
    assert session.stale
    with pytest.raises(StudyChangedError, match="no longer differ there"):
        session.decide(gone.id, Decision.take(0))
    session.decide(session.differences[0].id, Decision.take(0))
    session.commit()
    assert session.committed


def test_a_correction_that_makes_readers_agree_needs_only_a_commit(session: AdjudicationSession) -> None:
    decide_all(session)
    session.commit()
    reader = ReadingSession(session.study, READERS[1])
    reader.goto("case-0")
    occultus = next(side for side, verdict in reader.reading.judgement.verdicts.items() if verdict == "partly")
    reader.judge(verdicts={occultus: "incorrect"}, reason="convinced")
    again = AdjudicationSession(session.study, ADJUDICATOR)
    again.goto("case-0")
    assert again.stale
    assert again.missing_for_commit() == ()
    assert "verdict" not in by_subject(again)
    again.commit()
    assert again.committed


def test_a_third_reader_keeps_the_numbers_of_the_others(session: AdjudicationSession) -> None:
    ids = by_subject(session)
    number = number_of(session, "aspirin 500 mg")
    session.decide(ids["annotation"], Decision.take(number))
    session.decide(ids["verdict"], Decision.take(0))
    read(session.study, "Carla-Reads", "case-0", verdict="unsure")
    again = AdjudicationSession(session.study, ADJUDICATOR)
    assert (again.readers, again.stale) == (3, True)
    assert number_of(again, "aspirin 500 mg") == number
    assert again.decision_of(ids["annotation"]) == Decision.take(number)
    assert by_subject(again)["verdict"] != ids["verdict"]
    assert again.decision_of(by_subject(again)["verdict"]) is None
    # What two agreed on and the third did not mark is open now.
    assert "angina pectoris" not in {annotation.quote for annotation in again.resolution().annotations}
    decide_all(again, 2)
    again.commit()
    assert again.resolution().annotations == ()
    assert verify(session.study.path).ok


def test_a_mistyped_adjudicator_is_told_of_adjudicators_only(study: StudyFile) -> None:
    study.readers.register("S-01")
    study.readers.describe("S-01", "adjudicator", "")
    study.readers.register("S-77")
    with pytest.raises(InputRefusedError, match=r"S-1 is not registered\. Did you mean S-01\? Register") as refused:
        expect_adjudicator(study, "S-1")
    assert "S-77" not in str(refused.value)
    with pytest.raises(InputRefusedError) as refused:
        expect_adjudicator(study, "S-7")
    assert "S-77" not in str(refused.value)


def test_only_adjudicators_adjudicate_and_only_what_they_have_not_read(study: StudyFile) -> None:
    with pytest.raises(InputRefusedError, match="not registered"):
        AdjudicationSession(study, "nobody")
    with pytest.raises(InputRefusedError, match="no role"):
        adjudicable_cases(study, READERS[0])
    study.readers.describe(READERS[0], "Adjudicator", "")
    assert adjudicable_cases(study, READERS[0]) == []
    with pytest.raises(InputRefusedError, match="no case has two"):
        AdjudicationSession(study, READERS[0])
    session = AdjudicationSession(study, ADJUDICATOR)
    session.decide(session.differences[0].id, Decision.take(0))
    with pytest.raises(InputRefusedError, match="has adjudicated it"):
        ReadingSession(study, ADJUDICATOR)


def test_a_case_is_adjudicable_from_the_second_reading_in_field_on(tmp_path: Path) -> None:
    with make_study(tmp_path / "trial.study", 1) as study:
        read(study, READERS[0], "case-0")
        assert adjudicable_cases(study, ADJUDICATOR) == []
        other = ReadingSession(study, READERS[1])
        other.judge(outside_field=True)
        other.commit()
        assert adjudicable_cases(study, ADJUDICATOR) == []
        read(study, "Carla-Reads", "case-0")
        (listed,) = adjudicable_cases(study, ADJUDICATOR)
        assert (listed.case_id, listed.differences, listed.committed) == ("case-0", 0, False)
        session = AdjudicationSession(study, ADJUDICATOR)
        session.commit()
        assert session.committed
        assert not session.next_open()


def test_a_case_that_nobody_has_opened_is_listed_as_its_whole_state_says(study: StudyFile) -> None:
    for case in adjudicable_cases(study, ADJUDICATOR):
        state = case_state(study, ADJUDICATOR, case.case_id)
        assert not state.opened
        assert case.differences == case.open_differences == len(state.comparison.differences) > 0


def test_differences_in_criteria_are_counted_in_the_list(tmp_path: Path) -> None:
    with rubric_study.make_study(tmp_path / "trial.study", cases=1) as study:
        rubric_study.read(study, "R-01", ("mn?", "mmm"))
        rubric_study.read(study, "R-02", ("mnn", "mm?"))
        study.readers.register(ADJUDICATOR)
        study.readers.describe(ADJUDICATOR, "adjudicator", "")
        (listed,) = adjudicable_cases(study, ADJUDICATOR)
        found = case_state(study, ADJUDICATOR, listed.case_id).comparison.differences
        assert [difference.subject for difference in found] == ["criterion", "criterion"]
        assert listed.differences == 2


def test_a_case_that_another_adjudicator_has_resolved_is_left_to_them(study: StudyFile) -> None:
    study.readers.register("Senior-02")
    study.readers.describe("Senior-02", "adjudicator", "")
    first, second = AdjudicationSession(study, ADJUDICATOR), AdjudicationSession(study, "Senior-02")
    decide_all(second)
    decide_all(first)
    first.commit()
    with pytest.raises(InputRefusedError, match="another adjudicator has resolved"):
        second.commit()
    assert [item.case_id for item in second.case_list()] == ["case-1"]
    assert second.progress.total == 1
    assert second.next_open()
    assert second.case.id == "case-1"
    assert verify(study.path).ok


def test_a_readers_own_file_is_not_adjudicated(study: StudyFile, tmp_path: Path) -> None:
    decide_all(AdjudicationSession(study, ADJUDICATOR))
    for reader_id in (READERS[0], ADJUDICATOR):
        out = tmp_path / f"{reader_id}.study"
        split(study, reader_id, out)
        with StudyFile.open(out, device=DEVICE) as own:
            assert [event for event in own.events() if event.kind in ADJUDICATION_EVENTS] == []
            with pytest.raises(StudyFileError, match="own file"):
                AdjudicationSession(own, reader_id)


def test_time_is_saved_without_pauses(study: StudyFile) -> None:
    now = [0.0]
    session = AdjudicationSession(study, ADJUDICATOR, clock=lambda: now[0], idle_seconds=60.0)
    now[0] = 5.0
    session.decide(session.differences[0].id, Decision.take(0))
    now[0] = 1000.0
    session.leave()
    again = AdjudicationSession(study, ADJUDICATOR)
    again.goto("case-0")
    assert again.active_seconds == pytest.approx(65.0, abs=0.5)


def test_the_log_tells_what_was_decided_without_naming_a_model(session: AdjudicationSession) -> None:
    ids = by_subject(session)
    session.decide(ids["annotation"], Decision.join(0, severity="major"))
    session.decide(ids["omission"], Decision.reject())
    session.decide(ids["verdict"], Decision.own_value("unsure"))
    session.decide(ids["preference"], Decision.take(1))
    session.undo()
    session.redo()
    session.commit()
    session.reopen("a slip")
    told = list(history(session.study, Wanted(kind="adjudication.")))
    side = session.side_of(ids["annotation"])
    assert [entry.what for entry in told if entry.kind != "adjudication.timed"] == [
        "opened the case for adjudication, with 2 readings",
        f"decided on annotation on {side}: joined the spans, rated as by reader 1, severity major",
        f"decided on omission on {side}: no annotation",
        f"decided on verdict on {side}: gave unsure",
        "decided on preference: took reader 2's judgement",
        "undid the last decision",
        "redid the undone decision",
        "resolved the case",
        "reopened the adjudication",
    ]
    assert {(entry.case_id, entry.actor, entry.counts) for entry in told} == {("case-0", ADJUDICATOR, True)}
    assert told[-1].reason == "a slip"
    assert not any(arm.name in entry.what for arm in ARMS for entry in told)


def test_what_is_resolved_comes_out_by_model(session: AdjudicationSession) -> None:
    ids = by_subject(session)
    session.decide(ids["annotation"], Decision.join(0))
    session.decide(ids["omission"], Decision.take(number_of(session, "allergic to aspirin")))
    session.decide(ids["verdict"], Decision.own_value("incorrect"))
    session.decide(ids["preference"], Decision.own_value("A"))
    session.commit()
    (case,) = adjudicated(session.study)
    occultus, secretius = case.answers["m-occultus"], case.answers["m-secretius"]
    assert [annotation.quote for annotation in occultus.annotations] == ["angina pectoris", "start aspirin 500 mg"]
    assert [annotation.quote for annotation in occultus.omissions] == ["allergic to aspirin"]
    assert (occultus.verdict, secretius.verdict, secretius.annotations) == ("incorrect", "correct", ())
    preferred = session.study.answers.by_id(session.answer_ids["A"]).arm_id
    assert (case.preferred, case.readings, case.stale) == (preferred, 2, False)
    assert set(case.ratings.values()) == {"m-secretius"}


def test_the_export_has_every_decision_and_every_adjudicated_annotation(
    session: AdjudicationSession, tmp_path: Path
) -> None:
    decide_all(session, 0)
    session.commit()
    unblind(session.study, "lead", "this test looks at names")
    export_study(session.study, "jsonl", tmp_path / "out", attestation=ATTESTED)
    rows = {
        name: [json.loads(line) for line in (tmp_path / "out" / f"{name}.jsonl").read_text("utf-8").splitlines()]
        for name in ("adjudications", "adjudicated_annotations", "annotations", "readings")
    }
    decisions = rows["adjudications"]
    assert all(row["resolves"] and row["adjudicator_id"] == ADJUDICATOR for row in decisions)
    assert sorted(row["subject"] for row in decisions) == [
        *("annotation", "omission", "preference", "rating", "rating", "verdict", "verdict")
    ]
    assert {row["decision"]["how"] for row in decisions} == {"take", "agreed"}
    assert set(decisions[0]["readings"]) == {
        row["reading_id"] for row in rows["readings"] if row["case_id"] == "case-0"
    }
    ratings = [row for row in decisions if row["subject"] == "rating"]
    assert {row["better_arm"] for row in ratings} == {"Secretius-7B"}
    raw = {row["annotation_id"] for row in rows["annotations"]}
    for row in rows["adjudicated_annotations"]:
        assert TEXTS["m-occultus"][row["start"] : row["end"]] == row["quote"] or row["place"] == "case"
        assert set(row["annotation_ids"]) <= raw
        assert row["arm_name"] == "Occultus-9B"
    assert len(rows["annotations"]) == 10


def test_an_adjudicator_is_no_reader_who_has_cases_left(tmp_path: Path) -> None:
    with make_study(tmp_path / "trial.study", 1) as study:
        read_twice(study)
        found = results(study)
        assert [reader.reader_id for reader in found.progress.readers] == [*READERS]
        assert found.blindness.named
        assert {reader.reader_id: reader.cases for reader in registered_readers(study)} == {
            ADJUDICATOR: 0,
            **dict.fromkeys(READERS, 1),
        }


def test_results_count_resolved_cases_once_beside_the_raw_readings(session: AdjudicationSession) -> None:
    assert results(session.study).adjudicated is None
    ids = by_subject(session)
    session.decide(ids["annotation"], Decision.join(0))
    session.decide(ids["omission"], Decision.reject())
    session.decide(ids["verdict"], Decision.own_value("partly"))
    session.decide(ids["preference"], Decision.own_value("tie"))
    session.commit()
    found = results(session.study)
    marked = [2.0 if arm.id == "m-occultus" else 0.0 for arm in found.arms]
    resolved = found.adjudicated
    assert resolved is not None
    rates = resolved.hallucinations.each_answer
    assert ([rates.first.value, rates.second.value], rates.first.n) == (marked, 1)
    assert resolved.cases == 1
    assert resolved.omissions.each_answer.first.value == resolved.omissions.each_answer.second.value == 0
    partly = resolved.verdicts["partly"]
    assert sorted((partly.first.value, partly.second.value)) == [0, 1]
    assert (resolved.preference.first, resolved.preference.second, resolved.preference.even) == (0, 0, 1)
    # The readings are counted as before: two readers, two cases, two annotations of each in one answer.
    assert found.arms[0].annotations.readings == 4
    assert sum(arm.annotations.annotations for arm in found.arms) == 8
    (section,) = [item for item in results_tables(found).tables if item.key == "adjudicated"]
    assert section.title == "Adjudicated: 1 case, each counted once"
    assert row_of(results_record(found), "adjudicated", "annotations-per-answer")["first"]["n"] == 1


def test_a_protocol_that_another_program_changes_holds_for_the_next_case(
    study: StudyFile, session: AdjudicationSession
) -> None:
    before = session.guideline
    with StudyFile.open(study.path, device="other") as other:
        other.change_protocol(dataclasses.replace(other.protocol, guideline="Look twice."), "adjudicators asked")
        newest = other.protocol_sha256
    assert session.guideline == before
    assert session.step(1)
    assert session.guideline == "Look twice."
    decide_all(session)
    session.commit()
    adjudication = study.adjudications.load(ADJUDICATOR, session.case.id)
    assert adjudication is not None
    assert adjudication.protocol_sha256 == newest
