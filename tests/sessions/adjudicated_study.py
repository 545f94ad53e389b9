"""A study that two readers have read, ready for an adjudicator. Ids tell nothing, names are easy to find."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from arms import arm_with_model
from doubleread.domain.answer import Answer
from doubleread.domain.axes import MED_PALM
from doubleread.domain.blinding import Side
from doubleread.domain.case import Case
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile

DEVICE = "device-1"
ADJUDICATOR = "Senior-01"
READERS = ("Anna-Reads", "Bruno-Reads")
ARMS = (
    arm_with_model("m-secretius", "Secretius-7B", "a" * 64, "/gguf/secretius.gguf"),
    arm_with_model("m-occultus", "Occultus-9B", "b" * 64, "/gguf/occultus.gguf"),
)
TEXTS = {
    "m-secretius": "Most likely acute pericarditis, since the patient smokes and has a heart murmur 🫀. No fever.",
    "m-occultus": "This is angina pectoris. Give nitrates at once, and start aspirin 500 mg for her fever.",
}
CASE_TEXT = "A 54-year-old woman has had chest pain for two days. A rub is heard; she is allergic to aspirin."


def make_study(path: Path, cases: int = 3, protocol: Protocol | None = None) -> StudyFile:
    study = StudyFile.create(
        path,
        cases=[
            Case(
                id=f"case-{number}",
                kind="diagnosis",
                text=CASE_TEXT,
                question="What is the diagnosis?",
                key="the-hidden-key",
                title=f"Chest pain {number}",
                explanation="the-hidden-explanation",
            )
            for number in range(cases)
        ],
        arms=ARMS,
        protocol=protocol or Protocol(axes=MED_PALM[:2]),
        device=DEVICE,
        secret=b"s" * 32,
    )
    for case in range(cases):
        for place, arm in enumerate(ARMS):
            study.answers.record(
                Answer(
                    id=f"answer-{case}-{place}",
                    case_id=f"case-{case}",
                    arm_id=arm.id,
                    text=TEXTS[arm.id],
                    started_at="2026-01-01T10:00:00.000Z",
                    finished_at="2026-01-01T10:00:05.000Z",
                    finish_reason="stop",
                    manifest={},
                )
            )
    study.readers.register(ADJUDICATOR)
    study.readers.describe(ADJUDICATOR, "adjudicator", "professor")
    return study


def side_of(session: ReadingSession, arm_id: str) -> Side:
    return next(side for side, answer in session.answers().items() if answer.text == TEXTS[arm_id])


def read(study: StudyFile, reader_id: str, case_id: str, *marks, verdict: str = "incorrect", likes: str = "") -> None:
    """Read and commit a case: mark words of model m-occultus, judge it, and prefer the other model or `likes`."""
    session = ReadingSession(study, reader_id)
    session.goto(case_id)
    occultus, other = side_of(session, "m-occultus"), side_of(session, "m-secretius")
    for words, category, severity in marks:
        omitted = category == "omission"
        text = CASE_TEXT if omitted else TEXTS["m-occultus"]
        start = text.index(words)
        session.mark(occultus, "case" if omitted else "answer", Span(start, start + len(words)), category, severity)
    session.judge(verdicts={occultus: verdict, other: "correct"}, preference=likes or other)
    for axis in session.axes:
        session.rate(axis.name, other)
    session.commit()
    session.leave()


def read_twice(study: StudyFile, case_id: str = "case-0") -> None:
    """Both readers read a case. They agree on one annotation and differ in four matters: two annotations,
    verdict, liking.
    """
    agreed = ("angina pectoris", "fabrication", "major")
    read(
        study,
        READERS[0],
        case_id,
        agreed,
        ("aspirin 500 mg", "fabrication", "major"),
        ("allergic to aspirin", "omission", "major"),
    )
    read(
        study,
        READERS[1],
        case_id,
        agreed,
        ("start aspirin", "negation", "minor"),
        verdict="partly",
        likes="tie",
    )


@cache
def _bytes_of_a_study(cases: int, total: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trial.study"
        with make_study(path, total) as study:
            for number in range(cases):
                read_twice(study, f"case-{number}")
        return path.read_bytes()


def read_study(path: Path, cases: int = 1, total: int = 3) -> StudyFile:
    """A study whose first cases are read twice, made once and copied from then on."""
    path.write_bytes(_bytes_of_a_study(cases, total))
    return StudyFile.open(path, device=DEVICE)
