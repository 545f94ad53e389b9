"""A small study whose readers are trained first, with a word in every text and judgement of the training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from doubleread.domain.annotation import ANSWER
from doubleread.domain.answer import Answer
from doubleread.domain.case import Case
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.domain.training import ReferenceAnnotation, TrainingCase, TrainingPlan
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.training import TrainingSession, reading_session
from doubleread.store import StudyFile
from sessions.making import ARMS, DEVICE, choice_case

CANARY = "trainingcanary"
SECRET = bytes([9]) * 32
READER = "R-01"
PLAN = TrainingPlan(threshold=0.8, hidden_repeats=1)
GOOD = f"{CANARY} the first answer is right."
BAD = f"{CANARY} the second answer invents a fever."


def training_case(number: int) -> TrainingCase:
    """Return a training case whose second answer is wrong and invents a fever."""
    start = BAD.index("invents a fever")
    quote = BAD[start:-1]
    return TrainingCase(
        case=Case(
            id=f"t{number}",
            kind="choice",
            text=f"{CANARY} vignette {number}",
            question=f"{CANARY} question",
            options={"A": f"{CANARY} one", "B": f"{CANARY} two"},
            key="A",
            title=f"{CANARY} title {number}",
            explanation=f"{CANARY} explanation",
        ),
        answers=(GOOD, BAD),
        verdicts=(("correct",), ("incorrect", "partly")),
        annotations=(ReferenceAnnotation(1, start, start + len(quote), quote, "fabrication", "major"),),
        preference="1",
        feedback=f"{CANARY} feedback {number}",
    )


def make_training_study(
    path: Path,
    *,
    plan: TrainingPlan | None = PLAN,
    training: int = 2,
    cases: int = 4,
    protocol: dict[str, Any] | None = None,
) -> StudyFile:
    """Make a study with answers to all cases."""
    listed = [choice_case(number) for number in range(cases)]
    study = StudyFile.create(
        path,
        cases=listed,
        arms=ARMS,
        protocol=Protocol(training=plan, **(protocol or {})),
        device=DEVICE,
        secret=SECRET,
        training=[training_case(number) for number in range(training)],
    )
    for case in listed:
        for arm in ARMS:
            study.answers.record(
                Answer(f"{case.id}/{arm.id}", case.id, arm.id, f"B it is, says {arm.id}.", "", "", "stop")
            )
    return study


def open_session(study: StudyFile, reader_id: str = READER) -> ReadingSession:
    """Open what a reader does next."""
    return reading_session(study, reader_id, clock=lambda: 0.0)


def judge(session: ReadingSession, *, well: bool = True) -> None:
    """Judge and commit an open training case: as the reference does, or wrongly throughout."""
    reading = session.reading
    assert reading is not None
    good, bad = (reading.side_of(one) for one in training_case(int(session.case.id[1:])).answer_ids)
    text = session.answers()[bad].text
    start = text.index("invents a fever")
    if well:
        session.mark(bad, ANSWER, Span(start, start + 15), "fabrication", "major", note=f"{CANARY} note")
        session.judge(verdicts={good: "correct", bad: "incorrect"}, preference=good)
    else:
        session.mark(good, ANSWER, Span(0, 5), "negation", "minor", note=f"{CANARY} note")
        session.judge(verdicts={good: "incorrect", bad: "correct"}, preference=bad)
    session.commit()


def train(study: StudyFile, reader_id: str = READER, wrong: Sequence[str] = ()) -> TrainingSession:
    """Pass the training; cases in `wrong` are judged wrongly in the first round."""
    session = open_session(study, reader_id)
    assert isinstance(session, TrainingSession)
    while True:
        judge(session, well=session.case.id not in wrong or session.training_words != "training")
        if session.next_open():
            continue
        if session.qualified:
            return session
        session.next_round()
