"""Study files to compare, made by what they are to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from arms import arm_with_model
from doubleread.domain.answer import Answer
from doubleread.domain.arm import Arm, Arms
from doubleread.domain.case import Case
from doubleread.domain.score import Outcome, Score
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.store.files.file_key import FileKey
from sessions.making import DEVICE

GENERAL = arm_with_model("general", "Base-8B", "a" * 64, "/models/base.gguf", "general")
BIOMEDICAL = arm_with_model("biomedical", "Bio-8B", "b" * 64, "/models/bio.gguf", "biomedical")
PAIR: Arms = (GENERAL, BIOMEDICAL)
_LETTERS: Mapping[str, Outcome] = {"+": "correct", "-": "incorrect", "?": "unparsed", "/": "refused", "~": "truncated"}


def choice(number: int, source: str = "") -> Case:
    return Case(
        id=f"{source}case-{number}",
        kind="choice",
        text=f"A man of {30 + number} years coughs.",
        question="What is it?",
        options={"A": "Asthma", "B": "Pneumonia"},
        key="B",
    )


def diagnosis(number: int) -> Case:
    return Case(f"open-{number}", "diagnosis", "A woman has chest pain.", "What is it?", "Myocardial infarction")


def summary(number: int) -> Case:
    return Case(f"note-{number}", "summary", "I cough at night. What helps?", "Summarise the question.", "Cough?")


def compared_study(
    path: Path,
    outcomes: Sequence[str],
    *,
    arms: Arms = PAIR,
    title: str = "NEJM",
    cases: Sequence[Case] = (),
    protocol: Protocol | None = None,
    key: FileKey | None = None,
    again: Sequence[str] = (),
) -> Path:
    """Make a study with a score for each sign of both strings: + - ? / ~, and a blank for no answer.

    `again` has the signs of second answers.
    """
    listed = cases or [choice(number) for number in range(len(outcomes[0]))]
    settings = replace(protocol or Protocol(), title=title)
    study = StudyFile.create(path, cases=listed, arms=arms, protocol=settings, device=DEVICE, secret=b"s" * 32, key=key)
    with study:
        for sample, run in enumerate((outcomes, again)):
            for arm, signs in zip(arms, run, strict=False):
                for case, sign in zip(listed, signs, strict=True):
                    if sign != " ":
                        _record(study, case, arm, Score(case.kind, "1", _LETTERS[sign], "B", "letter", 0, 1), sample)
    return path


def _record(study: StudyFile, case: Case, arm: Arm, score: Score, sample: int = 0) -> None:
    number = f"/{sample}" if sample else ""
    answer = Answer(f"{case.id}/{arm.id}{number}", case.id, arm.id, "B. A rash.", "", "", "stop", {}, sample=sample)
    study.answers.record(answer, [score])


def measured_study(
    path: Path,
    kind_cases: Sequence[Case],
    measures: Sequence[Sequence[Mapping[str, float]]],
    *,
    arms: Arms = PAIR,
    title: str = "Measured",
) -> Path:
    """Make a study whose answers have measures, one mapping for each case and arm."""
    study = StudyFile.create(
        path, cases=kind_cases, arms=arms, protocol=Protocol(title=title), device=DEVICE, secret=b"s" * 32
    )
    with study:
        for arm, values in zip(arms, measures, strict=True):
            for case, value in zip(kind_cases, values, strict=True):
                _record(study, case, arm, Score(case.kind, "1", "measured", None, "compared", measures=value))
    return path


def read_some(path: Path, reader: str, cases: int, *, marked: str = "biomedical") -> None:
    """Commit readings: a fabrication in each answer of one arm, whose counterpart is preferred."""
    with StudyFile.open(path, device=DEVICE) as study:
        session = ReadingSession(study, reader)
        for number in range(cases):
            side = session.reading.side_of(f"{session.case.id}/{marked}")
            other = "B" if side == "A" else "A"
            session.mark(side, "answer", Span(0, 2), "fabrication", "major")
            session.judge(verdicts={side: "incorrect", other: "correct"}, preference=other)
            session.commit()
            if number + 1 < cases:
                session.next_open()
        session.leave()
