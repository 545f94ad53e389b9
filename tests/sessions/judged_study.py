"""A study with answers and readings whose estimates can be counted by hand."""

from __future__ import annotations

from doubleread.domain.answer import Answer
from doubleread.domain.score import Outcome, Score
from doubleread.domain.spans import Span
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from sessions.making import ARMS, make_study

OUTCOMES: dict[str, list[Outcome]] = {
    "one": ["correct", "correct", "incorrect", "unparsed", "proposed", "proposed"],
    "two": ["incorrect", "incorrect", "correct", "truncated", "proposed", "unparsed"],
}
THOUGHT = "@A model, I think.\nB?"
FORMULA = "=HYPERLINK(0) says the model, naïvely 👩‍⚕️."


def answered_study(path) -> StudyFile:
    """Four cases of kind choice and two of kind diagnosis, all answered and scored as in OUTCOMES."""
    study = make_study(path, cases=4, diagnoses=2)
    for number, case_id in enumerate(study.case_ids()):
        for arm in ARMS:
            answer = Answer(
                id=f"{case_id}/{arm.id}",
                case_id=case_id,
                arm_id=arm.id,
                text=FORMULA if arm.id == "one" else "-1 degree of fever, and no rash at all.",
                started_at="2026-03-01T12:00:00.000Z",
                finished_at="2026-03-01T12:00:01.000Z",
                finish_reason="stop",
                manifest={"completion_tokens": 9, "device": "CPU", "sampler": {"seed": 1}},
                reasoning=THOUGHT if arm.id == "one" else "",
            )
            study.answers.record(answer, [Score("choice", "1", OUTCOMES[arm.id][number], "B", "letter", 0, 1, 0.5)])
    return study


def side_of(session: ReadingSession, arm_id: str):
    return session.reading.side_of(f"{session.case.id}/{arm_id}")


def read(study: StudyFile, reader_id: str, cases: int) -> ReadingSession:
    """Commit the first cases: in each, one fabrication and one omission of model one; model two is preferred."""
    session = ReadingSession(study, reader_id)
    for number in range(cases):
        one, two = side_of(session, "one"), side_of(session, "two")
        session.mark(one, "answer", Span(0, 13), "fabrication", "major", note="+ none", basis="unsupported by the case")
        session.mark(one, "case", Span(2, 7), "omission", "minor")
        taken_back = session.mark(two, "answer", Span(0, 4), "negation", "minor")
        session.retract(taken_back.id)
        session.judge(verdicts={one: "incorrect", two: "correct"}, preference=two)
        session.commit()
        if session.case.id in ("case-4", "case-5"):
            session.confirm_diagnosis(one, reader_id != "R-02")
            session.confirm_diagnosis(two, False)
        if number + 1 < cases:
            session.next_open()
    session.leave()
    return session
