"""A study with the word `CANARY` in every text of a case, and in all that may repeat one."""

from __future__ import annotations

from pathlib import Path

from arms import arm_with_model
from doubleread.domain.adjudication import Decision
from doubleread.domain.annotation import Annotation, Passage, document_source
from doubleread.domain.answer import Answer
from doubleread.domain.case import Case, Criterion, Document, FieldSpec, Turn
from doubleread.domain.prompts import Example, PromptTemplate
from doubleread.domain.retrieval import CASE_DOCUMENTS, Retrieval, RetrievedPassage, manifest_entry
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.scoring import score
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile

CANARY = "canary"
TEXT = f"{CANARY} text of the case"
EXAMPLE = Example(f"{CANARY} text", f"{CANARY} question", f"{CANARY} answer", {"A": f"{CANARY} a", "B": f"{CANARY} b"})


def _case(number: int, kind: str, **parts) -> Case:
    return Case(
        id=f"case-{number}",
        kind=kind,
        text=TEXT,
        question=f"{CANARY} question",
        title=f"{CANARY} title",
        explanation=f"{CANARY} explanation",
        source="Journal of Cases",
        documents=(Document("d1", f"{CANARY} document of the case", f"{CANARY} heading"),),
        extra={"note": f"{CANARY} unknown field"},
        **parts,
    )


CASES = (
    _case(0, "choice", options={"A": f"{CANARY} first", "B": f"{CANARY} second"}, key="B"),
    _case(1, "diagnosis", key="Gout", accept=(f"{CANARY} synonym",)),
    _case(2, "summary", key=f"{CANARY} reference"),
    _case(3, "extraction", values={"age": f"{CANARY} value"}, fields={"age": FieldSpec(about=f"{CANARY} about")}),
    _case(
        4,
        "rubric",
        key=f"{CANARY} ideal answer",
        criteria=(Criterion("1", f"{CANARY} criterion", 3),),
        turns=(Turn("user", f"{CANARY} turn"),),
    ),
    _case(5, "coding", codes=("I10",)),
    _case(6, "inference", key="neutral"),
)
ANSWER = 'The answer is B: gout. {"age": "40"} I10, neutral.'


def canary_study(path: Path) -> StudyFile:
    """Read by two readers who differ, and adjudicated with an omission of the adjudicator's own."""
    retrieval = Retrieval(CASE_DOCUMENTS)
    arms = (
        arm_with_model("one", "Alpha-7B", "1" * 64, "/alpha.gguf", retrieval=retrieval),
        arm_with_model("two", "Beta-7B", "2" * 64, "/beta.gguf"),
    )
    protocol = Protocol(prompt=PromptTemplate(examples=(EXAMPLE,)))
    study = StudyFile.create(path, cases=CASES, arms=arms, protocol=protocol, device="test-device", secret=b"s" * 32)
    given = manifest_entry(retrieval, [RetrievedPassage(1, "d1", f"{CANARY} heading", 0, 8, f"{CANARY} document", 1.0)])
    manifests = {"one": {"retrieval": given}, "two": {"imported": {"file": "f"}, "given": {"prompt": TEXT}}}
    for case in CASES:
        for arm in arms:
            times = ("2026-03-01T12:00:00.000Z", "2026-03-01T12:00:01.000Z")
            answer = Answer(f"{case.id}/{arm.id}", case.id, arm.id, ANSWER, *times, "stop", manifests[arm.id])
            study.answers.record(answer, list(filter(None, [score(ANSWER, case)])))
    for reader_id in ("R-01", "R-02"):
        _read(study, reader_id)
    study.readers.register("S-01")
    study.readers.describe("S-01", "adjudicator", "professor")
    session = AdjudicationSession(study, "S-01")
    session.goto("case-0")
    for difference in session.differences:
        annotation = Annotation("own", "case-0/one", "case", 0, 6, CANARY, "omission", "major")
        own = difference.subject == "omission" and difference.answer_id == "case-0/one"
        session.decide(difference.id, Decision.own_annotation(annotation) if own else Decision.take(0))
    session.commit()
    session.leave()
    return study


def _read(study: StudyFile, reader_id: str) -> None:
    session = ReadingSession(study, reader_id)
    for number, case in enumerate(CASES):
        side = session.reading.side_of(f"{case.id}/one")
        passage = Passage(0, 6, CANARY, document_source("d1"))
        end = 10 if reader_id == "R-01" else 3
        session.mark(side, "answer", Span(0, end), "fabrication", "major", passage=passage)
        session.mark(side, "case", Span(0, 11 if reader_id == "R-01" else 6), "omission", "major")
        session.mark(side, document_source("d1"), Span(0, 15), "omission", "minor")
        if case.criteria:
            for either in ("A", "B"):
                session.judge_criterion(either, "1", "met")
        session.judge(verdicts={"A": "correct", "B": "correct"}, preference="tie")
        session.commit()
        if number + 1 < len(CASES):
            session.next_open()
    session.leave()
