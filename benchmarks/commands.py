"""Every command on studies of 1,000, 3,000 and 10,000 cases, each as a real command in a process of its own.

In the studies, two readers have committed every case, with ten annotations together. DOUBLEREAD_BENCH_FOLDER names a
folder with the studies `1000-two.doubleread`, `3000-two.doubleread` and `10000-two.doubleread`, which are made there if
they are missing.
"""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.measurements import Measurement
from benchmarks.studies import SENTENCE, WHEN, demo_models
from doubleread.domain.annotation import Annotation
from doubleread.domain.answer import Answer
from doubleread.domain.arm import Arm
from doubleread.domain.case import Case
from doubleread.domain.events import EventDraft
from doubleread.domain.labels import CREOLA, VERDICTS
from doubleread.domain.score import Outcome, Score
from doubleread.domain.spans import words
from doubleread.domain.study import Protocol
from doubleread.store import StudyFile

SIZES = (1_000, 3_000, 10_000)
GOAL_SECONDS, GOAL_MEGABYTES, GOAL_EXPONENT = 4.0, 150.0, 1.05
LOOK = 0.01
"""Seconds between two looks at the memory of a command and its children."""

READERS, ADJUDICATOR = ("R-01", "R-02"), "S-01"
NEW_READERS = ("R-03", "R-04")
ANNOTATIONS_EACH = 5
_PLACES = 40
"""At how many words of an answer an annotation may begin."""
CATEGORIES = [label.name for label in CREOLA.categories]
SEVERITIES = [label.name for label in CREOLA.severities]
MANIFEST = {
    "model": {"name": "demo"},
    "sampler": {"seed": 7, "temperature": 0.0},
    "tokens": {"prompt": 90, "answer": 110},
}


def double_read_study(path: Path, cases: int, chance: random.Random) -> None:
    """Make a study that two readers have read and committed, with scored answers, and an adjudicator."""
    made = [
        Case(
            f"c-{number:05}",
            "choice",
            f"Case {number}. {SENTENCE * 3}",
            "What is it?",
            "A",
            {"A": "Pericarditis", "B": "Angina"},
            tags=(f"specialty {number % 20}",),
        )
        for number in range(cases)
    ]
    arms = demo_models()
    with StudyFile.create(path, cases=made, arms=arms, protocol=Protocol(title="Large"), device="bench") as study:
        # It is thrown away if the power fails.
        study.connection.db.execute("PRAGMA synchronous = OFF")
        for reader in (*READERS, ADJUDICATOR):
            study.readers.register(reader)
        study.readers.describe(ADJUDICATOR, "adjudicator", "")
        for case in made:
            answers = [_answer(case, arm, chance) for arm in arms]
            study.answers.record_all([(answer, [_score(chance)]) for answer in answers])
            for reader in READERS:
                _read(study, case, answers, reader, chance)


def _answer(case: Case, arm: Arm, chance: random.Random) -> Answer:
    text = f"{SENTENCE * chance.randint(3, 5)}The answer is {chance.choice('AAB')}."
    return Answer(str(uuid.uuid4()), case.id, arm.id, text, WHEN, WHEN, "stop", MANIFEST)


def _score(chance: random.Random) -> Score:
    outcomes: tuple[Outcome, ...] = ("correct", "correct", "incorrect", "unparsed")
    outcome = chance.choice(outcomes)
    return Score("choice", "1", outcome, "A", "")


def _read(study: StudyFile, case: Case, answers: list[Answer], reader: str, chance: random.Random) -> None:
    reading_id = str(uuid.uuid4())
    first, second = chance.sample(answers, 2)
    opened = {
        "reading_id": reading_id,
        "case_id": case.id,
        "reader_id": reader,
        "answer_ids": {"A": first.id, "B": second.id},
        "answer_sha256": {"A": first.sha256, "B": second.sha256},
        "case_sha256": case.sha256,
        "protocol_sha256": study.protocol_sha256,
        "label_set": study.protocol.label_set,
    }
    drafts = [EventDraft("reading.opened", opened)]
    for at in chance.sample(range(_PLACES), ANNOTATIONS_EACH):
        answer = chance.choice(answers)
        places = words(answer.text)
        start, end = places[at].start, places[at + chance.randint(0, 2)].end
        annotation = Annotation(
            str(uuid.uuid4()),
            answer.id,
            "answer",
            start,
            end,
            answer.text[start:end],
            chance.choice(CATEGORIES),
            chance.choice(SEVERITIES),
        )
        drafts.append(EventDraft("annotation.marked", {"annotation": annotation.as_body()}))
    verdicts = {side: chance.choice(VERDICTS).name for side in "AB"}
    drafts += [
        EventDraft("reading.judged", {"verdicts": verdicts, "preference": chance.choice(("A", "B", "tie"))}),
        EventDraft("time.added", {"seconds": 60.0}),
        EventDraft("reading.committed", {}),
    ]
    study.append(reader, reading_id, drafts)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took, with its child processes: seconds on the clock and of processors, and peak memory in MB."""

    wall: float
    cpu: float
    megabytes: float


Command = Callable[[Path, Path], list[object]]
"""From a study, which it may change, and an empty folder to the arguments of a command."""


def _other_file(study: Path, folder: Path) -> Path:
    """Make a reader's own file, to be merged."""
    own = folder / "own.doubleread"
    _run(["split", study, "--reader", READERS[1], "--out", own])
    return own


def _answers_file(study: Path, folder: Path) -> tuple[Path, str]:
    """Write the answers of one arm to a file, as they are in the study, so that importing them changes nothing."""
    path = folder / "answers.jsonl"
    with StudyFile.open(study, device="bench", read_only=True) as opened, path.open("w", encoding="utf-8") as file:
        arm = opened.arms()[0]
        for case_id in opened.case_ids():
            answer = opened.answers.of_case(case_id)[arm.id]
            file.write(json.dumps({"case_id": case_id, "text": answer.text}) + "\n")
    return path, arm.name


def _import(study: Path, folder: Path) -> list[object]:
    path, arm = _answers_file(study, folder)
    return ["import-answers", study, path, "--arm", arm]


def _import_annotations(study: Path, folder: Path) -> list[object]:
    """Export the annotations, and import them into a study with the same answers, which nobody has read."""
    exported, unread = folder / "export", folder / "unread.doubleread"
    _run(["export", study, "--format", "jsonl", "--out", exported])
    with StudyFile.open(study, device="bench", read_only=True) as read:
        cases, arms, protocol = list(read.cases()), read.arms(), read.protocol
        with StudyFile.create(unread, cases=cases, arms=arms, protocol=protocol, device="bench") as made:
            made.connection.db.execute("PRAGMA synchronous = OFF")
            for reader in READERS:
                made.readers.register(reader)
            for case in cases:
                made.answers.record_all([(answer, []) for answer in read.answers.of_case(case.id).values()])
    return ["import-annotations", unread, exported / "annotations.jsonl"]


def _assign(study: Path, _: Path) -> list[object]:
    with StudyFile.open(study, device="bench") as opened:
        for reader in NEW_READERS:
            opened.readers.register(reader)
    return ["assign", study, "--plan", "all", "--readers", ",".join(NEW_READERS), "--seed", 1]


COMMANDS: dict[str, Command] = {
    "log": lambda study, _: ["log", study],
    "log --json": lambda study, _: ["log", study, "--json"],
    "results": lambda study, _: ["results", study],
    "report": lambda study, folder: ["report", study, "--out", folder / "report.html"],
    "export": lambda study, folder: ["export", study, "--format", "jsonl", "--out", folder / "export"],
    "open differences": lambda study, _: ["adjudicate", study, "--list", "--adjudicator", ADJUDICATOR],
    "score": lambda study, _: ["score", study],
    "verify": lambda study, _: ["verify", study],
    "backup": lambda study, folder: ["backup", study, "--out", folder / "backup.doubleread"],
    "split": lambda study, folder: ["split", study, "--reader", READERS[0], "--out", folder / "own.doubleread"],
    "merge": lambda study, folder: ["merge", study, _other_file(study, folder)],
    "import-answers": _import,
    "import-annotations": _import_annotations,
    "readers list": lambda study, _: ["readers", "list", study],
    "cases list": lambda study, _: ["cases", "list", study],
    "conflicts list": lambda study, _: ["conflicts", "list", study],
    "protocol show": lambda study, _: ["protocol", "show", study],
    "assign": _assign,
}

NAMES = tuple(COMMANDS)


def run() -> Iterator[Measurement]:
    """Run each command once on a copy of each study; print its cost at each size, and how it grows."""
    with tempfile.TemporaryDirectory() as temporary:
        kept = Path(os.environ.get("DOUBLEREAD_BENCH_FOLDER", temporary))
        for size in SIZES:
            if not (path := _study(kept, size)).exists():
                double_read_study(path, size, random.Random(7))
        for name in NAMES:
            costs = {size: _cost(COMMANDS[name], _study(kept, size)) for size in SIZES}
            for size, cost in costs.items():
                largest = size == max(SIZES)
                about = f"{name}, {size:,} cases"
                yield Measurement(about, cost.wall, "s", GOAL_SECONDS if largest else None)
                yield Measurement(f"{about}, processors", cost.cpu, "s")
                yield Measurement(f"{about}, peak memory", cost.megabytes, "MB", GOAL_MEGABYTES if largest else None)
            if len(costs) > 1:
                yield Measurement(f"{name}, exponent of growth (processors)", _exponent(costs), "", GOAL_EXPONENT)


def _study(folder: Path, size: int) -> Path:
    return folder / f"{size}-two.doubleread"


def _exponent(costs: dict[int, Cost]) -> float:
    """Return the exponent that the processor time grows with between the two largest sizes."""
    smaller, larger = sorted(costs)[-2:]
    return math.log(costs[larger].cpu / costs[smaller].cpu) / math.log(larger / smaller)


def _cost(command: Command, study: Path) -> Cost:
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "study.doubleread"
        shutil.copyfile(study, copy)
        arguments = command(copy, Path(temporary))
        # What was written before does not count.
        os.sync()
        return _run(arguments)


def _run(arguments: list[object]) -> Cost:
    """Run a command to its end, and look at the memory of its processes meanwhile."""
    program = "import sys; from doubleread.cli import main; sys.exit(main())"
    started, before = time.perf_counter(), os.times()
    peak = 0
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=errors
        ) as process,
    ):
        while process.poll() is None:
            peak = max(peak, _memory(process.pid))
            time.sleep(LOOK)
        wall, after = time.perf_counter() - started, os.times()
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(f"{arguments[0]} failed: {errors.read()}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(wall, cpu, peak / 1e6)


def _memory(pid: int) -> int:
    """Return the resident memory of a process and its descendants."""
    try:
        process = psutil.Process(pid)
        return sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))
    except psutil.NoSuchProcess:
        return 0
