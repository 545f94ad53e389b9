"""Studies to measure with."""

from __future__ import annotations

import uuid
from pathlib import Path

from doubleread import locations
from doubleread.cases.native import read_cases
from doubleread.domain.annotation import Annotation
from doubleread.domain.answer import Answer
from doubleread.domain.arm import Arm
from doubleread.domain.case import Case
from doubleread.domain.events import EventDraft
from doubleread.domain.model import Model
from doubleread.domain.spans import words
from doubleread.domain.study import Protocol
from doubleread.engine.gguf.model_parts import model_sha256_of, part_sha256s
from doubleread.store import StudyFile
from doubleread.store.files.file_key import FileKey

SENTENCE = "The case shows pleuritic chest pain, a friction rub and diffuse ST elevation without reciprocal change. "
WHEN = "2026-01-01T00:00:00.000Z"


def demo_models() -> tuple[Arm, Arm]:
    """Return the two bundled models as a study holds them."""
    paths = [locations.bundled("models", f"demo-{name}.gguf") for name in ("general", "biomedical")]
    first, second = (
        Arm(str(uuid.uuid4()), path.stem, model=Model(model_sha256_of(part_sha256s(path)), path.stem, str(path)))
        for path in paths
    )
    return first, second


def unanswered_study(path: Path) -> str:
    """Make the demo study without answers; return words that its first case shows."""
    cases = read_cases(locations.bundled("cases", "demo.jsonl"))
    StudyFile.create(path, cases=cases, arms=demo_models(), protocol=Protocol(title="Start-up"), device="bench").close()
    return " ".join(cases[0].text.split()[:3])


def large_study(path: Path, cases: int, annotations_each: int, key: FileKey | None = None) -> None:
    """Make a study in which one reader has marked `annotations_each` annotations in every case.

    With a key it is encrypted.
    """
    made = [
        Case(f"c-{n:05}", "diagnosis", f"Case {n}. {SENTENCE * 3}", "What is it?", "pericarditis", tags=("cardiology",))
        for n in range(cases)
    ]
    arms = demo_models()
    protocol = Protocol(title="Large")
    with StudyFile.create(path, cases=made, arms=arms, protocol=protocol, device="bench", key=key) as study:
        study.readers.register("bench")
        for case in made:
            answers = [Answer(str(uuid.uuid4()), case.id, arm.id, SENTENCE * 4, WHEN, WHEN, "stop") for arm in arms]
            for answer in answers:
                study.answers.record(answer)
            _read(study, case, answers, annotations_each)


def _read(study: StudyFile, case: Case, answers: list[Answer], annotations: int) -> None:
    reading_id = str(uuid.uuid4())
    first, second = answers
    opened = {
        "reading_id": reading_id,
        "case_id": case.id,
        "reader_id": "bench",
        "answer_ids": {"A": first.id, "B": second.id},
        "answer_sha256": {"A": first.sha256, "B": second.sha256},
        "case_sha256": case.sha256,
        "protocol_sha256": study.protocol.sha256,
        "label_set": study.protocol.label_set,
    }
    drafts = [EventDraft("reading.opened", opened)]
    for span in words(first.text)[:annotations]:
        annotation = Annotation(
            str(uuid.uuid4()), first.id, "answer", span.start, span.end, span.of(first.text), "fabrication", "major"
        )
        drafts.append(EventDraft("annotation.marked", {"reading_id": reading_id, "annotation": annotation.as_body()}))
    study.append("bench", reading_id, drafts)
