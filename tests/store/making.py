"""Small studies for the tests, and the drafts of what a reader does."""

from __future__ import annotations

import sqlite3
import tempfile
import uuid
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database, Migrations

from doubleread.domain.answer import Answer
from doubleread.domain.arm import Arm
from doubleread.domain.blinding import Side
from doubleread.domain.case import Case, Criterion
from doubleread.domain.events import EventDraft
from doubleread.domain.model import Model
from doubleread.domain.reading import Reading
from doubleread.domain.score import Score
from doubleread.domain.sentences import SEGMENTATION, sentences_to_judge
from doubleread.domain.study import Protocol
from doubleread.store import StudyFile
from doubleread.store.sqlite import opening as opening_of_files
from doubleread.store.sqlite.migrations import MIGRATIONS, schema_version

DEVICE = "device-1"
READER = "R-01"
ARMS = (
    Arm(
        "m-general", "General", "general", Model("a" * 64, "General", "/somewhere/general.gguf", {"general.name": "G"})
    ),
    Arm("m-biomedical", "Biomedical", "biomedical", Model("b" * 64, "Biomedical", "/somewhere/biomedical.gguf")),
)
CATEGORIES = ("fabrication", "negation", "causality", "contextual")


def make_case(number: int) -> Case:
    return Case(
        id=f"case-{number}",
        kind="choice",
        text=f"Case {number}. A 54-year-old woman with chest pain 👩‍⚕️ and a pericardial rub; naïve to treatment.",
        question="What is the diagnosis?",
        key="B",
        options={"B": "Acute pericarditis", "A": "Angina"},
        accept=("pericarditis",),
        title=f"Chest pain {number}",
        tags=("cardiology", "acute"),
        extra={"difficulty": {"level": 2}, "ünknown": [1, None]},
    )


def make_rubric_case(number: int, criteria: int = 2) -> Case:
    """A case with a rubric; its criteria are named c1, c2 and so on, and the second one costs points."""
    return Case(
        id=f"case-{number}",
        kind="rubric",
        text=f"Case {number}. A woman asks whether she may fly with a plaster cast 👩‍⚕️.",
        question="Write the next reply.",
        criteria=tuple(
            Criterion(f"c{place}", f"Says thing {place}.", -2.0 if place == 2 else 3.0, ("axis:accuracy",))
            for place in range(1, criteria + 1)
        ),
    )


def make_answer(case_id: str, arm: Arm, text: str | None = None) -> Answer:
    return Answer(
        id=f"{case_id}/{arm.id}",
        case_id=case_id,
        arm_id=arm.id,
        text=text
        or f"{arm.name}: B. Acute pericarditis, because of the heart murmur 🫀 in {case_id}. No fever was noted.",
        started_at="2026-01-01T10:00:00.000Z",
        finished_at="2026-01-01T10:00:05.000Z",
        finish_reason="stop",
        manifest={"model": {"sha256": arm.model_sha256}, "tokens": 17},
    )


SCORE = Score("choice", "1", "correct", "B", "letter at the start", 0, 7, 0.9)


def make_study(path: Path, cases: int = 3, *, answers: bool = True, device: str = DEVICE) -> StudyFile:
    study = StudyFile.create(
        path,
        cases=[make_case(number) for number in range(cases)],
        arms=ARMS,
        protocol=Protocol(),
        device=device,
        secret=b"s" * 32,
    )
    if answers:
        for case_id in study.case_ids():
            for arm in ARMS:
                study.answers.record(make_answer(case_id, arm), [SCORE])
    study.readers.register(READER)
    return study


@cache
def _bytes_of_a_study(cases: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trial.study"
        make_study(path, cases).close()
        return path.read_bytes()


def ready_study(path: Path, cases: int = 3) -> StudyFile:
    """The study that `make_study` makes, made once and copied from then on: a fraction of the time."""
    path.write_bytes(_bytes_of_a_study(cases))
    return StudyFile.open(path, device=DEVICE)


def newer_schema(*, failing: bool = False) -> Migrations:
    """The migrations of a later program: those of this one and one more."""
    newer = Migrations("doubleread")
    with Database(memory=True, execute_plugins=False) as blank:
        for step in MIGRATIONS.pending(blank):
            newer(name=step.name)(step.fn)

    @newer()
    def m999_colour(db: Database) -> None:
        db.execute("ALTER TABLE readers ADD COLUMN colour TEXT")
        if failing:
            raise sqlite3.OperationalError("no")

    return newer


def use_newer_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this program the later one, so that every study made before has an older schema."""
    newer = newer_schema()
    monkeypatch.setitem(opening_of_files.open_connection.__kwdefaults__, "migrations", newer)
    monkeypatch.setattr(opening_of_files, "schema_version", lambda migrations=newer: schema_version(migrations))


def text_hashes(study: StudyFile, case_id: str, answer_ids: dict[str, str]) -> dict[str, Any]:
    """What an opening says of the texts that it shows."""
    answers = {side: study.answers.by_id(answer_id).sha256 for side, answer_id in answer_ids.items()}
    return {"case_sha256": study.case(case_id).sha256, "answer_sha256": answers}


def opening(study: StudyFile, case_id: str = "case-0", reader_id: str = READER, **changes: Any) -> EventDraft:
    sides = changes.get("answer_ids") or {"A": f"{case_id}/m-general", "B": f"{case_id}/m-biomedical"}
    known = isinstance(sides, dict) and {*sides.values()} == {
        answer.id for answer in study.answers.of_case(case_id).values()
    }
    body = {
        "reading_id": f"reading-{reader_id}-{case_id}",
        "case_id": case_id,
        "reader_id": reader_id,
        "answer_ids": sides,
        **(text_hashes(study, case_id, sides) if known else {}),
        "protocol_sha256": study.protocol.sha256,
        "label_set": study.protocol.label_set,
    }
    return EventDraft("reading.opened", {**body, **changes})


def open_reading(study: StudyFile, case_id: str = "case-0", reader_id: str = READER) -> Reading:
    draft = opening(study, case_id, reader_id)
    return study.append(reader_id, str(draft.body["reading_id"]), [draft])


def mark_draft(study: StudyFile, reading: Reading, start: int = 0, end: int = 7, **more: Any) -> EventDraft:
    """An annotation on side A's answer unless `side` says otherwise; an omission lies in the case."""
    side = more.pop("side", "A")
    category = more.get("category", "fabrication")
    answer_id = reading.answer_ids[side]
    omitted = category == "omission"
    text = study.case(reading.case_id).text if omitted else study.answers.by_id(answer_id).text
    annotation = {
        "id": str(uuid.uuid4()),
        "answer_id": answer_id,
        "place": "case" if omitted else "answer",
        "start": start,
        "end": end,
        "quote": text[start:end],
        "category": category,
        "severity": "major",
        "note": "",
    }
    return EventDraft("annotation.marked", {"annotation": {**annotation, **more}})


def sentence_draft(
    study: StudyFile, reading: Reading, number: int = 0, judgement: str = "incorrect", side: Side = "A", **changes: Any
) -> EventDraft:
    """What is said of a sentence of the answer on a side, by its number from 0, counted around the end."""
    answer_id = reading.answer_ids[side]
    text = study.answers.by_id(answer_id).text
    spans = sentences_to_judge(text)
    span = spans[number % len(spans)]
    body = {"answer_id": answer_id, "start": span.start, "end": span.end, "quote": span.of(text)}
    return EventDraft("sentence.judged", {**body, "judgement": judgement, "segmentation": SEGMENTATION, **changes})


def judge_sentence(study: StudyFile, reading: Reading, *args: Any, **changes: Any) -> Reading:
    return study.append(reading.reader_id, reading.id, [sentence_draft(study, reading, *args, **changes)])


def criterion_draft(
    reading: Reading, criterion_id: str = "c1", judgement: str = "met", side: Side = "A", **more: Any
) -> EventDraft:
    body = {"answer_id": reading.answer_ids[side], "criterion_id": criterion_id, "judgement": judgement}
    return EventDraft("criterion.judged", {**body, **more})


def judge_criterion(study: StudyFile, reading: Reading, *args: Any, **more: Any) -> Reading:
    return study.append(reading.reader_id, reading.id, [criterion_draft(reading, *args, **more)])


def act(study: StudyFile, reading: Reading, kind: str, **body: Any) -> Reading:
    return study.append(reading.reader_id, reading.id, [EventDraft(kind, body)])


def mark(study: StudyFile, reading: Reading, start: int = 0, end: int = 7, **more: Any) -> Reading:
    return study.append(reading.reader_id, reading.id, [mark_draft(study, reading, start, end, **more)])


def judge(study: StudyFile, reading: Reading) -> Reading:
    return act(study, reading, "reading.judged", verdicts={"A": "correct", "B": "incorrect"}, preference="A")


def commit(study: StudyFile, reading: Reading) -> Reading:
    return act(study, judge(study, reading), "reading.committed")
