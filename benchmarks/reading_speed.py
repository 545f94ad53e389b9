"""What the program computes for a reader: opening a case, judging and marking, folding and rebuilding. Processor time.

The reading has about 400 events: two answers of 600 words, each of whose sentences is judged several times, with
annotations that are changed, undone and redone.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from benchmarks.measurements import Measurement
from benchmarks.studies import WHEN
from doubleread.domain.answer import Answer
from doubleread.domain.arm import Arm
from doubleread.domain.case import Case
from doubleread.domain.events.readings import fold_reading
from doubleread.domain.sentences import SENTENCE_JUDGEMENTS, sentences_to_judge
from doubleread.domain.spans import words
from doubleread.domain.study import Protocol
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.store.log.rebuild import rebuild

CASES, ROUNDS, TIMES = 4, 3, 25
SENTENCES, ANNOTATIONS, UNDONE = 40, 20, 20
WORDING = "the patient has fever cough and chest pain pericarditis is likely because ST elevation was found"


def run() -> list[Measurement]:
    """Read the cases of one study, then open, fold and rebuild what was read."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "reading.doubleread"
        _make(path, random.Random(7))
        judged: list[float] = []
        marked: list[float] = []
        with StudyFile.open(path, device="bench") as study:
            session = ReadingSession(study, "bench")
            for _ in range(CASES):
                _read(session, judged, marked)
                session.step(1)
            events = _longest_reading(study)
            folded = [_milliseconds(lambda: fold_reading(events)) for _ in range(TIMES)]
            rebuilt = [_milliseconds(lambda: _rebuild(study)) for _ in range(TIMES)]
        opened = [_milliseconds(lambda: _open(path)) for _ in range(TIMES)]
    return [
        _median("judging a sentence", judged),
        _median("marking an annotation", marked),
        _median("opening a study and a case that was read", opened),
        _median(f"folding the {len(events)} events of a reading", folded),
        _median(f"rebuilding the projections of {CASES} such readings", rebuilt),
    ]


def _median(name: str, milliseconds: list[float]) -> Measurement:
    return Measurement(f"{name}, work", statistics.median(milliseconds), "ms", None, len(milliseconds))


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


def _make(path: Path, chance: random.Random) -> None:
    def text() -> str:
        sentences = (" ".join(chance.choice(WORDING.split()) for _ in range(15)) for _ in range(SENTENCES))
        return " ".join(f"{sentence.capitalize()}." for sentence in sentences)

    cases = [Case(f"c-{n}", "diagnosis", text(), "What is it?", "pericarditis") for n in range(CASES)]
    arms = (Arm("m-1", "one"), Arm("m-2", "two"))
    protocol = Protocol(title="Reading", sentences="offered")
    with StudyFile.create(path, cases=cases, arms=arms, protocol=protocol, device="bench") as study:
        for case in cases:
            for arm in arms:
                study.answers.record(Answer(str(uuid.uuid4()), case.id, arm.id, text(), WHEN, WHEN, "stop"))


def _read(session: ReadingSession, judged: list[float], marked: list[float]) -> None:
    texts = {side: answer.text for side, answer in session.answers().items()}
    labels = cycle(label.name for label in SENTENCE_JUDGEMENTS)
    for _ in range(ROUNDS):
        for side, text in texts.items():
            for span in sentences_to_judge(text):
                label = next(labels)
                judged.append(_milliseconds(lambda: session.judge_sentence(side, span, label)))  # noqa: B023
    for side, text in texts.items():
        marked += (
            _milliseconds(lambda: session.mark(side, "answer", span, "negation", "minor"))  # noqa: B023
            for span in words(text)[:ANNOTATIONS]
        )
    reading = session.reading
    assert reading is not None
    for annotation in reading.judgement.annotations:
        session.change(annotation.id, {"note": "not in the case"})
    for _ in range(UNDONE):
        session.undo()
    for _ in range(UNDONE // 2):
        session.redo()
    session.judge(verdicts={"A": "correct", "B": "incorrect"}, preference="A")


def _longest_reading(study: StudyFile) -> list:
    readings: dict[str, list] = {}
    for event in study.events():
        if reading_id := event.body.get("reading_id"):
            readings.setdefault(reading_id, []).append(event)
    return max(readings.values(), key=len)


def _rebuild(study: StudyFile) -> None:
    study.connection.write(rebuild, lambda _: None)


def _open(path: Path) -> None:
    with StudyFile.open(path, device="bench") as study:
        ReadingSession(study, "bench").answers()
