"""`run --dask` on local workers: 200 cases on four of them, one killed in the middle; and one against two workers.

To show scaling, one real model answers, and each worker has one thread: the gain is that of a second processor.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from benchmarks.measurements import Measurement
from doubleread.domain.case import Case
from doubleread.domain.prompts import PromptTemplate
from doubleread.domain.study import Decoding, Protocol
from doubleread.runs.protocol_arms import ArmDraft
from doubleread.runs.study_arms import pair_of_arms
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from cluster_runs import SECONDS, answers, cluster_workers, running, stored
from killed_runs import make_study
from real_model import smollm2

CASES, WORKERS = 200, 4
SCALING_CASES, SCALING_TOKENS = 24, 48
SCHEDULER = """
import sys
from distributed import LocalCluster
with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster:
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
"""


def run() -> list[Measurement]:
    """Kill a worker, and count; measure with one worker and with two."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DOUBLEREAD_HOME"] = folder
        killed = _killed(Path(folder) / "killed.doubleread")
        one, two = (_tokens_per_second(Path(folder), workers) for workers in (1, 2))
    return [
        *killed,
        Measurement("tokens per second on a cluster of one worker", one, "/s"),
        Measurement("tokens per second on a cluster of two workers", two, "/s"),
        Measurement("two workers against one", two / one, "x"),
    ]


def _killed(path: Path) -> list[Measurement]:
    make_study(path, CASES)
    began = time.monotonic()
    with running(path, "--dask", f"local:{WORKERS}") as process:
        while stored(path) < CASES // 2 or len(cluster_workers(process)) < 2:
            time.sleep(0.02)
        cluster_workers(process)[0].kill()
        before = stored(path)
        _, errors = process.communicate(timeout=SECONDS)
    what = f"{2 * CASES} answers on {WORKERS} workers, one killed"
    with closing(sqlite3.connect(path)) as connection:
        events = connection.execute("SELECT count(*) FROM events WHERE kind = 'answer.recorded'").fetchone()[0]
    faults = [fault for check in verify(path).checks for fault in check.faults]
    return [
        Measurement(f"{what}: stored before the kill", before, ""),
        Measurement(f"{what}: answers missing or beyond", abs(2 * CASES - len(answers(path))), "", 0),
        Measurement(f"{what}: made twice", events - len(answers(path)), "", 0),
        Measurement(f"{what}: faults found by verify", len(faults), "", 0),
        Measurement(f"{what}: tracebacks", errors.count("Traceback"), "", 0),
        Measurement(f"{what}: in all", time.monotonic() - began, "s"),
    ]


def _tokens_per_second(folder: Path, workers: int) -> float:
    path = folder / f"scaling-{workers}.doubleread"
    cases = [
        Case(f"c-{number:04}", "diagnosis", f"A man of {20 + number} years coughs.", "Why?", "flu")
        for number in range(SCALING_CASES)
    ]
    decoding = Decoding(max_tokens=SCALING_TOKENS)
    protocol = Protocol(prompt=PromptTemplate(system=""), decoding=decoding, n_ctx=256)
    arms = pair_of_arms(ArmDraft(str(smollm2())), ArmDraft("external"), protocol)
    StudyFile.create(path, cases=cases, arms=arms, protocol=protocol, device="scaling").close()
    with _served(workers) as address, running(path, "--slots", "4", "--json", "--dask", address) as process:
        out, errors = process.communicate(timeout=SECONDS)
    if not out:
        raise RuntimeError(errors)
    return float(json.loads(out)["arms"][0]["tokens_per_second"])


@contextmanager
def _served(workers: int) -> Iterator[str]:
    """Yield the address of a scheduler with so many workers, each in a session of its own as on another machine."""
    with ExitStack() as stack:
        scheduler = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", SCHEDULER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        )
        assert scheduler.stdout is not None
        address = scheduler.stdout.readline().strip()
        command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard"]
        for _ in range(workers):
            worker = stack.enter_context(subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True))
            stack.callback(worker.terminate)
        assert scheduler.stdin is not None
        stack.callback(scheduler.stdin.close)
        yield address
