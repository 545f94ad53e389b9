"""Ten readers' files of 1,000 entries each, merged in 20 random orders, some of them twice: one state every time.

Five of the files are copies of the study and five are readers' own files; two readers read in two files each, apart.
"""

from __future__ import annotations

import random
import shutil
import statistics
import tempfile
import time
import uuid
from pathlib import Path

from benchmarks.measurements import Measurement, summary
from benchmarks.studies import SENTENCE, WHEN
from doubleread.domain.answer import Answer
from doubleread.domain.arm import Arm
from doubleread.domain.case import Case
from doubleread.domain.spans import words
from doubleread.domain.study import Protocol
from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile
from doubleread.store.branches.merge import merge
from doubleread.store.branches.split import split
from doubleread.store.log.verify import verify

FILES, ENTRIES, ORDERS, CASES = 10, 1_000, 20, 40


def make_study(path: Path) -> None:
    cases = [
        Case(f"c-{number:03}", "diagnosis", SENTENCE * 3, "What is it?", "pericarditis") for number in range(CASES)
    ]
    arms = (Arm("m-1", "one"), Arm("m-2", "two"))
    with StudyFile.create(path, cases=cases, arms=arms, protocol=Protocol(title="Merging"), device="lead") as study:
        for case in cases:
            for arm in arms:
                study.answers.record(Answer(str(uuid.uuid4()), case.id, arm.id, SENTENCE * 4, WHEN, WHEN, "stop"))


def read_until(path: Path, reader_id: str, device: str, source: random.Random, entries: int) -> None:
    """Mark, change, retract, undo, judge and commit until a device has written so many entries."""
    with StudyFile.open(path, device=device) as study:
        study.connection.db.execute("PRAGMA synchronous = OFF")
        session = ReadingSession(study, reader_id)
        answer = next(iter(session.answers().values())).text
        spans = words(answer)
        while study.chain_head()[0] < entries:
            reading = session.reading
            assert reading is not None
            standing = reading.judgement.annotations
            choice = source.random()
            reason = "slip" if reading.committed else None
            if choice < 0.03 and not reading.committed:
                session.judge(verdicts={"A": "correct", "B": "incorrect"}, preference="A")
                session.commit()
            elif choice < 0.1 and not reading.committed:
                session.undo()
            elif choice < 0.2 and standing:
                session.retract(source.choice(standing).id, reason=reason)
            elif choice < 0.35 and standing:
                session.change(source.choice(standing).id, {"note": f"note {source.random()}"}, reason=reason)
            elif choice < 0.5:
                session.goto(source.choice(study.case_ids()))
            else:
                span = source.choice(spans)
                if all(annotation.start != span.start for annotation in standing):
                    session.mark("A", "answer", span, "fabrication", "major", reason=reason)


def _merged(study_path: Path, files: list[Path], order: list[int], seconds: list[float]) -> tuple[str, str, int]:
    """Merge in one order; return the state, a hash of the log without what tells of merges, and the entries."""
    target = study_path.with_name("target.doubleread")
    shutil.copyfile(study_path, target)
    with StudyFile.open(target, device="lead") as study:
        for number in order:
            started = time.perf_counter()
            (merged,) = merge(study, [files[number]])
            seconds.append(time.perf_counter() - started)
            if merged.refused or merged.quarantined or merged.waiting:
                raise SystemExit(f"a good file was not taken: {merged}")
        entries = sorted(event.hash for event in study.events() if event.kind != "study.merged")
    report = verify(target)
    if not report.ok:
        raise SystemExit(f"the merged study does not hold: {report.as_record()}")
    target.unlink()
    return report.state, str(hash(tuple(entries))), len(entries)


def run() -> list[Measurement]:
    """Make the files once, merge them in every order, and stop where two orders differ."""
    source = random.Random(2026)
    seconds: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        study_path = Path(name) / "study.doubleread"
        make_study(study_path)
        files = [Path(name) / f"reader-{number}.doubleread" for number in range(FILES)]
        for number, path in enumerate(files):
            reader_id = f"R-{number % (FILES - 2):02}"
            if number % 2:
                with StudyFile.open(study_path, device="lead") as study:
                    split(study, reader_id, path)
            else:
                shutil.copyfile(study_path, path)
            read_until(path, reader_id, f"device-{number}", source, ENTRIES)
        results = set()
        for _ in range(ORDERS):
            order = [*source.sample(range(FILES), FILES), *source.choices(range(FILES), k=3)]
            results.add(_merged(study_path, files, order, seconds))
    if len(results) != 1:
        raise SystemExit(f"the order of merging matters: {results}")
    ((_, _, entries),) = results
    return [
        Measurement(
            f"orders of merging {FILES} files of {ENTRIES} entries that gave one state", ORDERS, "", None, ORDERS
        ),
        Measurement("entries in the merged log", entries, "", None, 1),
        Measurement("merging a file, mean", statistics.mean(seconds), "s", None, len(seconds)),
        *summary("merging a file", seconds, "s", None, None),
    ]
