"""A study of three rubric cases whose scores can be computed by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from doubleread.domain.answer import Answer
from doubleread.domain.case import Case, Criterion, Turn
from doubleread.domain.study import Protocol
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from sessions.judged_study import side_of
from sessions.making import ARMS, DEVICE

CRITERIA = (
    Criterion("c1", "Advises against flying for two days.", 6, ("axis:accuracy",)),
    Criterion("c2", "Asks when the cast was applied.", 4, ("axis:context_awareness",)),
    Criterion("c3", "Says that flying is harmless.", -5, ("axis:accuracy", "danger")),
)
TURN = "May I fly with a plaster cast?"
SAID = {"m": "met", "n": "not met", "?": "cannot tell"}


def rubric_case(number: int) -> Case:
    return Case(
        id=f"case-{number}",
        kind="rubric",
        text=TURN,
        question="Write the next reply to the user.",
        key="the-ideal-answer",
        criteria=CRITERIA,
        turns=(Turn("user", TURN),),
        title=f"Cast {number}",
        tags=("theme:hedging" if number else "theme:context", "travel"),
    )


def make_study(
    path: Path, protocol: Protocol | None = None, cases: int = 3, key: str = "the-ideal-answer"
) -> StudyFile:
    made = [replace(rubric_case(number), key=key) for number in range(cases)]
    study = StudyFile.create(path, cases=made, arms=ARMS, protocol=protocol or Protocol(title="t"), device=DEVICE)
    for case in made:
        for arm in ARMS:
            text = f"Wait for two days after the cast was applied. {arm.id}."
            times = ("2026-03-01T12:00:00.000Z", "2026-03-01T12:00:01.000Z")
            study.answers.record(Answer(f"{case.id}/{arm.id}", case.id, arm.id, text, *times, "stop", {}), [])
    return study


def read(study: StudyFile, reader: str, *said: tuple[str, str]) -> None:
    """Commit a reading for each pair: a letter of SAID for every criterion of arm one's answer, and of arm two's."""
    session = ReadingSession(study, reader)
    for number, pair in enumerate(said):
        for arm, letters in zip(("one", "two"), pair, strict=True):
            for criterion, letter in zip(CRITERIA, letters, strict=True):
                session.judge_criterion(side_of(session, arm), criterion.id, SAID[letter])
        session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
        session.commit()
        if number + 1 < len(said):
            session.next_open()
    session.leave()
