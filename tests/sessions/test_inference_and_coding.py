"""Cases of the kinds inference and coding, from their answers to results, score review and exports."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from doubleread.domain.answer import Answer
from doubleread.domain.case import Case
from doubleread.domain.score_override import Ruling
from doubleread.domain.study import Protocol
from doubleread.errors import InputRefusedError
from doubleread.exports.export import export_study
from doubleread.results import results
from doubleread.results.record import results_record
from doubleread.runs.saving import scores_of
from doubleread.sessions.score_review import ScoreReviewSession, score_review_queue
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from outline_rows import row_of
from sessions.making import ARMS, DEVICE

ADJUDICATOR = "R-09"
KEYS = ("entailment", "contradiction", "neutral", "entailment")
INFERENCES = [
    Case(f"i{number}", "inference", "A premise.", "A statement.", key) for number, key in enumerate(KEYS, start=1)
]
CODES = (("E11.9", "I10"), ("I214", "E785"), ("U07.1", "J12.82"), ("E53.8",))
CODINGS = [
    Case(f"c{number}", "coding", "A discharge letter.", "Which codes apply?", codes=codes)
    for number, codes in enumerate(CODES, start=1)
]
ANSWERS = {
    "one": {
        "i1": "ENTAILMENT",
        "i2": "NEUTRAL. Not CONTRADICTION",
        "i3": "entailment or neutral",
        "i4": "The text entails it.",
        "c1": "E11.9, I10",
        "c2": "I214, I214, E785",
        "c3": "U07.1, J12.82",
        "c4": "D51.9 (B12 deficiency)",
    },
    "two": {
        "i1": "The statement is not entailed.",
        "i2": "The text contradicts the statement.",
        "i3": "Not enough information.",
        "i4": "I'm sorry, but I can't answer.",
        "c1": "- E11.9 Type 2 diabetes\n- not I15.9\n- I10",
        "c2": "The patient has an infarction.",
        "c3": "J12.89",
        "c4": "E53.8",
    },
}


def answered(path: Path, cases: Sequence[Case], answers: dict[str, dict[str, str]]) -> StudyFile:
    study = StudyFile.create(path, cases=cases, arms=ARMS, protocol=Protocol(), device=DEVICE, secret=b"s" * 32)
    for arm in ARMS:
        for case in cases:
            answer = Answer(
                id=f"{case.id}/{arm.id}",
                case_id=case.id,
                arm_id=arm.id,
                text=answers[arm.id][case.id],
                started_at="2026-03-01T12:00:00.000Z",
                finished_at="2026-03-01T12:00:01.000Z",
                finish_reason="stop",
                manifest={},
            )
            study.answers.record(answer, scores_of(study, answer))
    return study


@pytest.fixture
def study(tmp_path: Path) -> Iterator[StudyFile]:
    with answered(tmp_path / "study.doubleread", [*INFERENCES, *CODINGS], ANSWERS) as opened:
        yield opened


def values(study: StudyFile, section: str, key: str) -> list[float]:
    row = row_of(results_record(results(study)), section, key)
    return [row[arm]["value"] for arm in ("first", "second")]


def test_measures_are_means_over_the_cases(study: StudyFile) -> None:
    assert values(study, "measures", "code_f1") == pytest.approx([(1 + 1 + 1 + 0) / 4, (1 + 0 + 0 + 1) / 4])
    assert values(study, "measures", "category_f1") == pytest.approx([3 / 4, (1 + 0 + 2 / 3 + 1) / 4])
    assert values(study, "measures", "valid_codes") == pytest.approx([1.0, 1.0])


def test_published_scoring_has_the_defects_and_counts_the_first_case_twice(study: StudyFile) -> None:
    precisions = [[1, 1, 1 / 1, 0], [2 / 3, 0, 0, 1]]
    expected = [(2 * first + sum(rest)) / 5 for first, *rest in precisions]
    assert values(study, "published-scoring", "clue_code_precision") == pytest.approx(expected)
    assert values(study, "published-scoring", "clue_accuracy") == pytest.approx([(1 + 1 + 1 + 1 + 0) / 5, 0.0])


def test_one_and_three_zeros_give_two_fifths_in_the_published_scoring_and_a_quarter_in_ours(tmp_path: Path) -> None:
    texts = {"c1": "E11.9, I10", "c2": "I99.8", "c3": "I99.8", "c4": "I99.8"}
    with answered(tmp_path / "study.doubleread", CODINGS, {"one": texts, "two": texts}) as study:
        assert values(study, "published-scoring", "clue_code_f1") == pytest.approx([0.4, 0.4])
        assert values(study, "measures", "code_f1") == pytest.approx([0.25, 0.25])


def test_inferences_are_correct_or_incorrect_and_codings_measured(study: StudyFile) -> None:
    outcomes = {
        answer_id: study.answers.primary_score(answer_id).outcome
        for answer_id in (f"{case.id}/{arm.id}" for case in (*INFERENCES, *CODINGS) for arm in ARMS)
    }
    assert [outcomes[f"i{number}/one"] for number in (1, 2, 3, 4)] == ["correct", "incorrect", "unparsed", "correct"]
    assert [outcomes[f"i{number}/two"] for number in (1, 2, 3, 4)] == ["unparsed", "correct", "correct", "refused"]
    assert [outcomes[f"c{number}/two"] for number in (1, 2, 3, 4)] == ["measured", "unparsed", "measured", "measured"]


def test_only_doubtful_inferences_are_reviewed(study: StudyFile) -> None:
    queue = score_review_queue(study)
    assert {(item.answer_id, item.why) for item in queue.items} == {
        ("i3/one", "unparsed: leaves more than one option open"),
        ("i1/two", "unparsed: names no option, or says that none fits"),
        ("i4/two", "refused: declines to answer"),
    }


def test_a_person_decides_the_label(study: StudyFile) -> None:
    study.readers.register(ADJUDICATOR)
    session = ScoreReviewSession(study, ADJUDICATOR)
    while session.step(-1):
        pass
    while session.item is not None and session.item.answer_id != "i3/one":
        assert session.step(1)
    shown = session.shown()
    assert shown is not None
    assert shown.key == ""
    assert shown.reason.startswith("took no label")
    with pytest.raises((InputRefusedError, ValueError), match="no option B"):
        session.override(Ruling(chosen="B"))
    session.override(Ruling(chosen="neutral"))
    assert session.item is not None
    assert session.item.override is not None
    assert (session.item.override.outcome, session.item.override.said) == ("correct", "neutral")
    assert verify(study.path).ok


def test_measures_and_evidence_are_exported(study: StudyFile, tmp_path: Path) -> None:
    export_study(study, "jsonl", tmp_path / "out")
    rows = map(json.loads, (tmp_path / "out" / "scores.jsonl").read_text(encoding="utf-8").splitlines())
    row = next(row for row in rows if row["answer_id"] == "c1/two")
    assert row["score_measures"]["code_f1"] == 1.0
    assert row["scorer_version"].endswith("ICD-10-CM April 2026")
    evidence = row["score_evidence"]
    assert [item["value"] for item in evidence] == ["E11.9", "I15.9 (rejected)", "I10"]
    text = ANSWERS["two"]["c1"]
    assert [text[item["start"] : item["end"]] for item in evidence] == ["E11.9", "I15.9", "I10"]
