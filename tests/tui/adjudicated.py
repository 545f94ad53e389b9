"""A study whose readers differ in every way, and an adjudicator for it."""

from __future__ import annotations

from pathlib import Path

from doubleread.domain.axes import Axis
from doubleread.domain.blinding import Side
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from tui.studies import ARMS, CASES, TEXTS, make_study

READERS = ("DR-FALCON", "DR-OSPREY")
THIRD = "DR-KITE"
ADJUDICATOR = "ARB-1"
GOOD, BAD = (arm.id for arm in ARMS)
PROTOCOL = Protocol(
    title="Chest and more",
    guideline="# Guideline\n\nMark all.",
    axes=(Axis("reasoning", "Which answer reasons better?"),),
)
SHORT, LONG = "crushing chest pain", "crushing chest pain that spreads to the left arm"
ALONE, BOTH = "Troponin is raised tenfold", "A heart murmur was heard on examination"
INFECTION, SMOKING = "recent upper respiratory infection", "infection and a long history of smoking"


class _Reader:
    """A reader at a case, who marks words instead of offsets and knows the answers by their models."""

    def __init__(self, study: StudyFile, reader_id: str) -> None:
        self.session = ReadingSession(study, reader_id, clock=lambda: 0.0)

    def side(self, arm_id: str) -> Side:
        held = self.session.reading
        assert held is not None
        return held.side_of(f"{self.session.case.id}/{arm_id}")

    def mark(self, words: str, category: str, severity: str, **more: str) -> None:
        text = TEXTS[self.session.case.id, BAD]
        span = Span(text.index(words), text.index(words) + len(words))
        self.session.mark(self.side(BAD), "answer", span, category, severity, **more)

    def leave_out(self, words: str, severity: str) -> None:
        text = self.session.case.text
        span = Span(text.index(words), text.index(words) + len(words))
        self.session.mark(self.side(BAD), "case", span, "omission", severity)

    def judge(self, good: str, bad: str, preferred: str | None, reasoned: str | None) -> None:
        """Give verdicts; say which model is preferred and which reasons better, where None is a tie."""
        verdicts = {self.side(GOOD): good, self.side(BAD): bad}
        self.session.judge(verdicts=verdicts, preference=self.side(preferred) if preferred else "tie")
        self.session.rate("reasoning", self.side(reasoned) if reasoned else "tie")
        self.session.commit()


def adjudicable_study(path: Path, *, cases: int = 2, readers: tuple[str, ...] = READERS) -> Path:
    """Make a study in which two readers committed the first `cases` cases. In the second one they agree on all.

    In the first, words and category of one annotation differ, one annotation is held by the first reader alone, one by
    both; the words of an omission differ, a verdict, the preference and a comparison.
    """
    make_study(path, protocol=PROTOCOL)
    with StudyFile.open(path, device="d") as study:
        for number, reader_id in enumerate(readers):
            reader = _Reader(study, reader_id)
            for case in CASES[:cases]:
                reader.session.goto(case.id)
                (_differ if case.id == "c01" else _agree)(reader, number)
            reader.session.leave()
        study.readers.register(ADJUDICATOR)
        study.readers.describe(ADJUDICATOR, "adjudicator", "")
    return path


def _differ(reader: _Reader, number: int) -> None:
    reader.mark(BOTH, "fabrication", "minor")
    if number == 0:
        reader.mark(
            SHORT, "fabrication", "major", note="[b]not[/b] in \x1b[31m the case", basis="unsupported by the case"
        )
        reader.mark(ALONE, "fabrication", "major")
        reader.leave_out(INFECTION, "minor")
        reader.judge("correct", "incorrect", GOOD, GOOD)
    else:
        reader.mark(LONG, "causality", "major")
        reader.leave_out(SMOKING, "minor")
        reader.judge("partly", "incorrect", None, None)


def _agree(reader: _Reader, number: int) -> None:
    del number
    reader.judge("correct", "incorrect", GOOD, GOOD)


def correct_verdict(path: Path) -> None:
    """Let the second reader correct what they said of the better answer of the first case."""
    with StudyFile.open(path, device="d") as study:
        reader = _Reader(study, READERS[1])
        reader.session.goto("c01")
        reader.session.judge(verdicts={reader.side(GOOD): "incorrect"}, reason="a slip")
        reader.session.leave()
