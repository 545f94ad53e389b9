"""Whatever alternative scorers say, and whenever they said it: every part of the program shows the primary score."""

from __future__ import annotations

import json
import sqlite3

import pytest

from doubleread.domain.answer import Answer
from doubleread.domain.score import CONSTRAINED_LETTER, LETTER_LIKELIHOOD, TEXT_LIKELIHOOD, Score
from doubleread.domain.score_override import Ruling
from doubleread.exports.export import export_study
from doubleread.read_model.blinding import blinding_of
from doubleread.read_model.case_details import case_detail, case_details
from doubleread.read_model.scorer_accuracy import accuracy_by_scorer
from doubleread.results import results
from doubleread.runs.rescoring import score_again
from doubleread.scoring import score
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.score_review import score_review_queue
from doubleread.store import StudyFile
from sessions.making import ARMS, make_study

WHEN = "2026-01-01T10:00:00.000Z"
TEXT = "The answer is B."
ALTERNATIVE = [
    Score(LETTER_LIKELIHOOD, "1", "incorrect", "A", "likelihood", confidence=0.9),
    Score(TEXT_LIKELIHOOD, "1", "incorrect", "A", "likelihood"),
    Score(CONSTRAINED_LETTER, "1", "incorrect", "A", "constrained letter"),
]


def stored(study: StudyFile, answer_id: str, scores: list[Score]) -> None:
    """Write an answer's scores in this very order."""
    names = ("scorer", "version", "outcome", "chosen", "reason", "start", "end", "confidence", "rank")
    with sqlite3.connect(study.path) as db:
        db.execute("DELETE FROM scores WHERE answer_id = ?", [answer_id])
        listed = ", ".join(f'"{name}"' for name in names)
        for item in scores:
            values = [answer_id, *(getattr(item, name) for name in names)]
            db.execute(f"INSERT INTO scores (answer_id, {listed}) VALUES ({', '.join('?' * len(values))})", values)
    db.close()


@pytest.fixture
def study(tmp_path):
    with make_study(tmp_path / "study.doubleread", 1) as opened:
        case = next(opened.cases())
        for arm in ARMS:
            answer = Answer(f"{case.id}/{arm.id}", case.id, arm.id, TEXT, WHEN, WHEN, "stop")
            opened.answers.record(answer, [score(TEXT, case)])
        opened.readers.register("S-01")
        session = ReadingSession(opened, "R-01")
        session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
        session.commit()
        session.leave()
        yield opened


def everywhere(study: StudyFile, tmp_path) -> dict[str, list[tuple[str, str | None]]]:
    """Return outcome and choice of both answers' scores, as each part of the program shows them."""
    found = results(study)
    (case,) = case_details(study, blinding_of(study))
    detail = case_detail(study, "case-0", blinding_of(study))
    reveal = ReadingSession(study, "R-01").reveal()
    out = tmp_path / "exported"
    export_study(study, "jsonl", out)
    exported = [json.loads(line) for line in (out / "answers.jsonl").read_text("utf-8").splitlines()]
    main = [json.loads(line) for line in (out / "scores.jsonl").read_text("utf-8").splitlines()]
    return {
        "appendix": [(item.score.outcome, item.score.chosen) for item in case.answers],
        "results screen": [(item.score.outcome, item.score.chosen) for item in detail.answers],
        "reading screen": [(item.outcome, item.chosen) for item in reveal.scores.values()],
        "export": [(row["outcome"], row["chosen"]) for row in exported],
        "exported scores": [(row["outcome"], row["chosen"]) for row in main if row["primary"]],
        "results": [(name, "B") for arm in found.arms for name, n in arm.outcomes.items() for _ in range(n)],
    }


@pytest.mark.parametrize("order", ["before", "after", "on both sides"])
def test_the_primary_score_is_shown_wherever_alternative_scores_exist(study, tmp_path, order):
    for arm in ARMS:
        answer_id = f"case-0/{arm.id}"
        (primary,) = study.answers.scores_of(answer_id)
        before = ALTERNATIVE if order == "before" else ALTERNATIVE[:1] if order == "on both sides" else []
        stored(study, answer_id, [*before, primary, *ALTERNATIVE[len(before) :]])
    for part, shown in everywhere(study, tmp_path).items():
        assert shown == [("correct", "B")] * 2, part
    assert [item.status for case in case_details(study, blinding_of(study)) for item in case.answers] == ["correct"] * 2


def test_after_scoring_again_and_asking_once_more_it_is_still_the_primary_score(study, tmp_path):
    for arm in ARMS:
        answer_id = f"case-0/{arm.id}"
        stored(study, answer_id, [*ALTERNATIVE, Score("choice", "0", "unparsed", None, "no option named")])
    assert score_again(study).scored == 2
    study.answers.replace_scores("case-0/one", ALTERNATIVE[::-1])
    for part, shown in everywhere(study, tmp_path).items():
        assert shown == [("correct", "B")] * 2, part


def test_only_alternative_scores_are_no_score(study):
    stored(study, "case-0/one", ALTERNATIVE)
    assert study.answers.primary_score("case-0/one") is None
    (case,) = case_details(study, blinding_of(study))
    one = [item.id for item in results(study).arms].index("one")
    assert (case.answers[one].score, case.answers[one].status) == (None, "unscored")


def test_an_override_stays_beside_the_primary_score(study, tmp_path):
    stored(study, "case-0/one", [ALTERNATIVE[0], Score("choice", "9", "unparsed", None, "no option named")])
    assert [item.answer_id for item in score_review_queue(study).items] == ["case-0/one"]
    study.overrides.decide("S-01", "case-0/one", Ruling(chosen="B"), before=None)
    study.answers.replace_scores("case-0/one", ALTERNATIVE[1:])
    (item,) = score_review_queue(study).items
    assert not item.changed
    assert study.overrides.of("case-0/one").scorer == "choice"
    (case,) = case_details(study, blinding_of(study))
    shown = [answer for answer in case.answers if answer.override]
    assert [(answer.score.outcome, answer.status) for answer in shown] == [("unparsed", "correct")]


def test_each_scorers_accuracy_is_its_own(study):
    for arm in ARMS:
        (primary,) = study.answers.scores_of(f"case-0/{arm.id}")
        stored(study, f"case-0/{arm.id}", [ALTERNATIVE[0], primary, ALTERNATIVE[2]])
    found = accuracy_by_scorer(study, blinding_of(study))
    counted = {(item.arm_id, item.scorer): item.accuracy.successes for item in found}
    assert {scorer: counted["one", scorer] for _, scorer in counted} == {
        "choice": 1,
        LETTER_LIKELIHOOD: 0,
        CONSTRAINED_LETTER: 0,
    }
