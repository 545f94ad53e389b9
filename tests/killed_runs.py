"""kill -9, again and again, at random moments of `doubleread run` on the demo models."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from doubleread.domain.case import Case
from doubleread.domain.prompts import PromptTemplate
from doubleread.domain.study import Decoding, Protocol
from doubleread.runs.study_arms import pair_of_bundled_arms
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify

COMMAND = [sys.executable, "-m", "doubleread", "run"]
PATIENCE = 120.0
ORPHAN_SECONDS = 30.0


@dataclass
class KilledRuns:
    """What came of it. `lost` are answers that were in the file before a kill and not after it.

    `twice` counts answers and events of answers beyond one for each case and model; `orphans` workers that outlived
    their program by more than half a minute; `killed_with_workers` the kills that struck the workers as well.
    """

    answers: int = 0
    kills: int = 0
    killed_with_workers: int = 0
    killed_before_the_first_answer: int = 0
    lost: int = 0
    twice: int = 0
    orphans: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


def make_study(path: Path, cases: int) -> None:
    """Make a study of short answers by the bundled models."""
    made = [
        Case(f"c-{number:04}", "diagnosis", f"A man of {20 + number % 70} years coughs ({number}).", "Why?", "flu")
        for number in range(cases)
    ]
    protocol = Protocol(prompt=PromptTemplate(system=""), decoding=Decoding(max_tokens=32), n_ctx=256)
    StudyFile.create(path, cases=made, arms=pair_of_bundled_arms(), protocol=protocol, device="killed").close()


def killed_runs(path: Path, cases: int, kills: int, seed: int) -> KilledRuns:
    """Kill runs over a new study `kills` times, let the last one end, and look at what is in the file.

    Each kill comes after a random number of further answers and a random moment more, which the next answer cuts short:
    so it can strike the start, the loading of the models, the generation and the storing. However late it comes, many
    answers are left for the next one. Every other kill leaves the workers to their own end.
    """
    make_study(path, cases)
    found = KilledRuns()
    rng = random.Random(seed)
    began = time.monotonic()
    for kill in range(kills):
        before = _stored(path)
        room = (2 * cases - len(before)) // (kills - kill + 2)
        wanted = len(before) + rng.randint(0, max(room, 0))
        with _running(path, slots=rng.choice((1, 2))) as process:
            _wait_for(path, process, wanted, PATIENCE)
            seen = _wait_for(path, process, wanted + 1, rng.uniform(0, 1.5 if wanted == len(before) else 0.03))
            workers = psutil.Process(process.pid).children(recursive=True)
            with_workers = kill % 2 == 0
            for pid in [process.pid, *(worker.pid for worker in workers if with_workers)]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()
            _, alive = psutil.wait_procs(workers, timeout=ORPHAN_SECONDS)
        after = _stored(path)
        found.kills += 1
        found.killed_with_workers += with_workers
        found.killed_before_the_first_answer += after == before
        found.orphans += len(alive)
        found.lost += len((before | seen) - after)
    done = subprocess.run([*COMMAND, str(path)], capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        found.faults.append(done.stderr[-1000:])
    _count(path, found)
    found.seconds = time.monotonic() - began
    return found


def _count(path: Path, found: KilledRuns) -> None:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        found.answers, pairs = connection.execute(
            "SELECT count(*), count(DISTINCT case_id || ' ' || arm_id) FROM answers"
        ).fetchone()
        events = connection.execute("SELECT count(*) FROM events WHERE kind = 'answer.recorded'").fetchone()[0]
    found.twice = (found.answers - pairs) + (events - found.answers)
    report = verify(path)
    found.faults += [f"{check.name}: {fault}" for check in report.checks for fault in check.faults]


@contextlib.contextmanager
def _running(path: Path, slots: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [*COMMAND, str(path), "--slots", str(slots)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def _stored(path: Path) -> set[tuple[str, str]]:
    """The ids and hashes of all answers; opening the file for writing rolls back what the kill left half done."""
    with StudyFile.open(path, device="killed") as study:
        return {(row["id"], row["sha256"]) for row in study.connection.rows("SELECT id, sha256 FROM answers")}


def _wait_for(path: Path, process: subprocess.Popen[bytes], count: int, seconds: float) -> set[tuple[str, str]]:
    """Wait until there are so many answers, or the time is up; return those that were seen to be stored."""
    end = time.monotonic() + seconds
    seen: set[tuple[str, str]] = set()
    while True:
        # A reader that comes while the other program commits is sent away now and then.
        with (
            contextlib.suppress(sqlite3.OperationalError),
            closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=0)) as connection,
        ):
            seen = set(connection.execute("SELECT id, sha256 FROM answers"))
        if len(seen) >= count or process.poll() is not None or time.monotonic() > end:
            return seen
        time.sleep(0.001)
