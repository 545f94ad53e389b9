"""A study with something in every table and column that exports have, and texts that formats trip over."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from doubleread.domain.adjudication import Decision
from doubleread.domain.answer import Answer
from doubleread.domain.axes import Axis
from doubleread.domain.bond import BondGrade
from doubleread.domain.case import Case, Criterion, Document, FieldSpec, Turn
from doubleread.domain.events.consensus import ConsensusClosed, ConsensusOpened
from doubleread.domain.score import CONSTRAINED_LETTER, Evidence, Score
from doubleread.domain.score_override import Ruling
from doubleread.domain.sentences import sentences_to_judge
from doubleread.domain.spans import Span
from doubleread.domain.study import Decoding, Protocol
from doubleread.exports.columns import ColumnType, ListOf, ObjectOf
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from sessions.making import ARMS as PLAIN_ARMS
from sessions.making import DEVICE

ARMS = (replace(PLAIN_ARMS[0], role="general"), replace(PLAIN_ARMS[1], role="biomedical"))

HOSTILE = "=1+1 \u202bשלום\u202c 👩‍⚕️ e\u0301\r\nno\ttab\u2028, \"quoted\", 'and' NA | `x` \\n \x00"
SECRET = "Zebra crossing"
"""Words of every text of a case, and of nothing else."""

CASES = (
    Case(
        "choice-1",
        "choice",
        f"{SECRET}. A woman has fever and a rash.",
        f"What is it? {SECRET}",
        "B",
        {"A": "Measles", "B": f"Rubella {SECRET}"},
        title="Rash",
        tags=("dermatology", "fever"),
        licence="CC-BY-4.0",
        source="made up",
        explanation=f"{SECRET} explained",
        extra={"points": [1, {"a": None}], "note": "kept"},
    ),
    Case("nan", "diagnosis", f"{SECRET}. A man has chest pain.", "What is it?", "Angina", accept=("angina pectoris",)),
    Case(
        "rubric-1",
        "rubric",
        f"{SECRET}. May I fly?",
        "Reply.",
        f"{SECRET} is ideal.",
        criteria=(
            Criterion("c1", f"{SECRET} advises against flying.", 6, ("axis:accuracy",)),
            Criterion("c2", f"{SECRET} asks.", -2.5),
        ),
        turns=(Turn("user", f"{SECRET}. May I fly?"),),
        licence="CC0-1.0",
    ),
    Case("coding-1", "coding", f"{SECRET}. Pneumonia.", "Which codes?", codes=("J18.9", "I10")),
    Case(
        "fields-1",
        "extraction",
        f"{SECRET}. Weight 70 kg.",
        "Extract.",
        values={"weight": 70, "drug": None, "more": (SECRET, "b")},
        fields={"weight": FieldSpec("kg", "numeric", 0.5)},
    ),
    Case(
        "long-1",
        "summary",
        f"{SECRET}. See documents.",
        "Summarise.",
        f"{SECRET} in short.",
        documents=(Document("d1", f"{SECRET}: discharge letter.", "Letter", True), Document("d2", f"{SECRET} two.")),
    ),
)
PROTOCOL = Protocol(
    title="Everything | =exported",
    samples=2,
    decoding=Decoding(temperature=0.7),
    axes=(Axis("recall", "Which recalls better?"),),
    answer_scales=("severity-likelihood",),
    confidence=True,
    blinding_assessment="each",
)


def make_full_study(path: Path) -> StudyFile:
    """R-01 and R-02 read every case, R-03 has one open reading, S-01 has resolved the first two cases."""
    study = StudyFile.create(path, cases=list(CASES), arms=ARMS, protocol=PROTOCOL, device=DEVICE, secret=b"s" * 32)
    study.connection.rows("PRAGMA synchronous = OFF")
    for case in CASES:
        for arm in ARMS:
            for sample in (0, 1):
                _answer(study, case, arm.id, sample)
    for reader_id, role, background in (("R-01", "", "internist, 12 years"), ("S-01", "adjudicator", "")):
        study.readers.register(reader_id)
        study.readers.describe(reader_id, role, background)
    for reader_id in ("R-01", "R-02"):
        session = ReadingSession(study, reader_id)
        for case in CASES:
            session.goto(case.id)
            _read(session, second=reader_id == "R-02")
        session.leave()
    session = ReadingSession(study, "R-03")
    session.goto("choice-1")
    session.mark("A", "answer", Span(0, 4), "causality", "minor", note="open note")
    session.leave()
    _adjudicate(study)
    _keep_knowing_others(study)
    study.overrides.decide("S-01", "choice-1/one/0", Ruling(chosen="B"), "the last line", before=None)
    study.overrides.decide("S-01", "nan/one/0", Ruling(grade=BondGrade.RELATED), before=None)
    return study


def _answer(study: StudyFile, case: Case, arm_id: str, sample: int) -> None:
    text = f"{HOSTILE}{case.id} by {arm_id}. Second sentence {sample}."
    imported = arm_id == "two"
    at = "" if imported else "2026-03-01T12:00:00.250Z"
    answer = Answer(
        f"{case.id}/{arm_id}/{sample}",
        case.id,
        arm_id,
        text,
        at,
        at,
        "imported" if imported else "stop",
        {"completion_tokens": 9, "sampler": {"seed": 1}, "ratio": 0.1, "=key": [None, True]},
        "@Hm." if arm_id == "one" else "",
        sample,
    )
    measures = {} if case.kind in ("choice", "diagnosis") else {"rouge1": 0.5}
    evidence = (Evidence(0, 1, "=", True), Evidence(2, 3, "+"))
    primary = Score(case.kind, "1", "incorrect", "A", "letter", 0, 1, 0.5, 2, measures, evidence)
    scores = [primary, Score(CONSTRAINED_LETTER, "1", "correct", "B", "likelihood", None, None, 1.0)]
    study.answers.record(answer, scores if case.kind == "choice" else scores[:1])


def _read(session: ReadingSession, *, second: bool) -> None:
    answers = session.answers()
    case_id = session.place_id
    for side, answer in answers.items():
        start = answer.text.index("no")
        marked = session.mark(
            side,
            "answer",
            Span(start, start + 6 + second),
            "fabrication",
            "major",
            note=f"{HOSTILE} noted by {session.reader_id}",
            harm="likely",
        )
        session.link(marked.id, Span(0, 5))
        sentence = sentences_to_judge(answer.text)[-1]
        session.judge_sentence(side, sentence, "unsupported")
        session.rate_answer(side, "severity", 3)
        session.rate_answer(side, "likelihood", 4 if second else 2)
    session.mark("A", "case", Span(0, 5), "omission", "minor", basis="contradicted by the case", certainty="unsure")
    session.retract(session.mark("B", "answer", Span(0, 2), "negation", "minor").id)
    if case_id == "long-1":
        session.mark("A", "document:d1", Span(0, 5), "omission", "major")
    if case_id == "rubric-1":
        for side in ("A", "B"):
            session.judge_criterion(side, "c1", "met", Span(0, 4))
            session.judge_criterion(side, "c2", "cannot tell" if second else "not met")
    session.rate("recall", "tie" if second else "A")
    session.state_level("confidence", 4)
    session.judge(verdicts={"A": "correct", "B": "partly"}, preference="B" if second else "A")
    if session.asks_before_commit:
        session.assess_blinding("A" if second else "no idea")
    session.commit(session.inconsistencies())
    if case_id == "nan":
        session.grade_diagnosis("A", BondGrade.VERY_CLOSE)
        session.grade_diagnosis("B", BondGrade.RELATED)
    session.judge(verdicts={"A": "incorrect"}, reason="=corrected")


def _adjudicate(study: StudyFile) -> None:
    session = AdjudicationSession(study, "S-01")
    for case_id in ("choice-1", "rubric-1", "coding-1"):
        session.goto(case_id)
        for difference in session.differences:
            session.decide(difference.id, Decision.take(0))
        session.commit()
    session.reopen("looked again")
    session.leave()


def _keep_knowing_others(study: StudyFile) -> None:
    """R-01 sees R-02's reading of a case in a consensus round, and keeps their own."""
    own, other = (study.reading(reader_id, "choice-1") for reader_id in ("R-01", "R-02"))
    shown = ConsensusOpened(readings=[{"reading_id": other.id, "head": "h"}], shown_sha256="0")
    study.append("R-01", own.id, [shown.draft(), ConsensusClosed(outcome="kept").draft()])


def fits(value: Any, type: ColumnType) -> bool:
    """Return whether a value is null or of a column's type."""
    if value is None:
        return True
    if isinstance(type, ListOf):
        return isinstance(value, list) and all(fits(item, type.item) for item in value)
    if isinstance(type, ObjectOf):
        same = isinstance(value, dict) and value.keys() == type.fields.keys()
        return same and all(fits(value[name], field) for name, field in type.fields.items())
    if type == "time":
        return isinstance(value, str) and bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value))
    classes = {"text": str, "integer": int, "number": int | float, "boolean": bool, "JSON": dict | list}
    return isinstance(value, classes[type]) and (type == "boolean" or not isinstance(value, bool))
