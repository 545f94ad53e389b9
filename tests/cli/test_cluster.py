"""`run --dask` with real engines on local workers: one is killed, Ctrl-C, the answers of a plain run, clear errors."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import psutil
import pytest

from cluster_runs import PROGRAM, SECONDS, answers, cluster_workers, running, stored
from doubleread.store.log.verify import verify
from killed_runs import make_study
from waiting import until

pytestmark = pytest.mark.xdist_group("cluster")

NO_DASK = """
from importlib.machinery import PathFinder
find = PathFinder.find_spec
PathFinder.find_spec = lambda name, *more: None if name.partition(".")[0] == "distributed" else find(name, *more)
"""


def test_a_killed_worker_costs_nothing_and_the_answers_are_those_of_a_plain_run(tmp_path):
    plain, spread = tmp_path / "plain.doubleread", tmp_path / "spread.doubleread"
    for path in (plain, spread):
        make_study(path, 24)
    with running(spread, "--reproducible", "--dask", "local:3") as process:
        until(lambda: stored(spread) >= 2 and cluster_workers(process), 0.02)
        everything = psutil.Process(process.pid).children(recursive=True)
        cluster_workers(process)[0].kill()
        seen = stored(spread)
        out, err = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, err
    assert seen < 48, "nothing was in flight"
    assert "48 of 48 answers" in out
    assert "Traceback" not in err
    assert not psutil.wait_procs(everything, timeout=30)[1]
    assert not [fault for check in verify(spread).checks for fault in check.faults]
    with running(plain, "--reproducible") as process:
        _, err = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, err
    assert answers(spread) == answers(plain)


def test_ctrl_c_ends_the_workers_and_keeps_the_answers(tmp_path):
    path = tmp_path / "stopped.doubleread"
    make_study(path, 400)
    with running(path, "--dask", "local:2") as process:
        until(lambda: stored(path) >= 1, 0.02)
        everything = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert "Stopped: " in err
    assert "Traceback" not in err
    assert len(everything) >= 4
    assert not psutil.wait_procs(everything, timeout=30)[1]
    assert 0 < stored(path) < 800
    with closing(sqlite3.connect(path)) as connection:
        labels = {
            row[0] for row in connection.execute("SELECT json_extract(manifest, '$.cluster_worker') FROM answers")
        }
    assert [len(label) for label in labels] == [8]


@pytest.mark.parametrize(
    ("scheduler", "reason"),
    [
        ("tcp://127.0.0.1:9", "Timed out"),
        ("tls://127.0.0.1:9", "no certificates for TLS"),
        ("nonsense", "missing port number"),
        ("local:0", "names no number of workers"),
        ("missing.json", "is no scheduler file"),
    ],
)
def test_a_wrong_scheduler_is_a_clear_error(make, invoke, scheduler, reason):
    done = invoke("run", make(), "--dask", scheduler)
    assert done.code == 1
    assert done.err.startswith("Scheduler not ")
    assert reason in done.err


def test_without_dask_the_command_that_adds_it_is_named(tmp_path):
    path = tmp_path / "s.doubleread"
    make_study(path, 1)
    command = [sys.executable, "-c", NO_DASK + PROGRAM, "run", str(path), "--dask", "local:2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Dask not installed: ")
    assert "pip install 'doubleread[cluster]'" in done.stderr


@pytest.mark.parametrize("more", [["--dask-models", "."], ["--dask", "local:2", "--dry-run"]])
def test_options_that_do_not_go_together_are_refused(make, invoke, more):
    assert invoke("run", make(), *more).code == 2
