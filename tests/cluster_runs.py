"""`doubleread run --dask` as a program of its own, its workers, and the answers that it stores."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil

# Two processors make one thread for each model, on any machine, at home and on the workers.
PROGRAM = """
import os, signal
# A test that itself runs in the background inherits that Ctrl-C is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
from doubleread.cli import main
main()
"""
SECONDS = 300


@contextmanager
def running(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """The command in a process group of its own; nothing of it may be left at the end."""
    command = [sys.executable, "-c", PROGRAM, "run", *map(str, arguments)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def answers(path: Path) -> dict[tuple[str, str], str]:
    """The answers' texts by case and model file; a case that has two of one model fails."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        found = connection.execute(
            "SELECT case_id, json_extract(manifest, '$.model_file'), text FROM answers"
        ).fetchall()
    texts = {(case, model): text for case, model, text in found}
    assert len(texts) == len(found)
    return texts


def stored(path: Path) -> int:
    try:
        return len(answers(path))
    except sqlite3.OperationalError:
        return 0


def cluster_workers(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The Dask workers that have engines."""
    assert process.poll() is None, process.communicate()
    found = []
    for child in psutil.Process(process.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if any("engine.worker.process" in " ".join(engine.cmdline()) for engine in child.children()):
                found.append(child)
    return found
