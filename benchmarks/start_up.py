"""How soon `doubleread --help` has run, and the reading screen is shown, with and without compiled files.

Python runs a copy of the program: once compiled, as after an installation, and once as it is in a fresh clone.
"""

from __future__ import annotations

import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measurements import Measurement
from benchmarks.studies import unanswered_study

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from pty_terminal import PtyProgram

TIMES = 5
_GOALS = {"doubleread --help, whole process": 0.18, "first paint of the reading screen": 0.55}
DOUBLEREAD = [sys.executable, "-m", "doubleread"]


def _import_seconds(env: dict[str, str]) -> float:
    """Return what Python itself spends on the imports of `doubleread --help`, by its own account."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import doubleread.cli.main"],
        env=env,
        capture_output=True,
        text=True,
    )
    return int(done.stderr.strip().splitlines()[-1].split("|")[1]) / 1e6


def _help_seconds(env: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run([*DOUBLEREAD, "--help"], env=env, check=True, capture_output=True)
    return time.perf_counter() - started


def _first_paint_seconds(env: dict[str, str], study: Path, words: str) -> float:
    command = [*DOUBLEREAD, "read", str(study), "--reader", "bench"]
    with PtyProgram(command, env) as program:
        return program.wait_for(words, timeout=30)


def _copy(folder: Path, *, compiled: bool) -> Path:
    """Copy the program to a folder, and return the folder."""
    source = Path(__file__).resolve().parents[1] / "app" / "doubleread"
    shutil.copytree(source, folder / "doubleread", ignore=shutil.ignore_patterns("__pycache__"))
    if compiled:
        compileall.compile_dir(folder, quiet=1)
    return folder


def run() -> list[Measurement]:
    """Measure each several times, in turn, and return the medians."""
    found: list[Measurement] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = folder / "start-up.doubleread"
        words = unanswered_study(study)
        ways = {"compiled": True, "not compiled": False}
        env = {
            way: {
                **os.environ,
                "DOUBLEREAD_HOME": name,
                "PYTHONPATH": str(_copy(folder / way.replace(" ", "-"), compiled=compiled)),
                "PYTHONDONTWRITEBYTECODE": "1",
            }
            for way, compiled in ways.items()
        }
        seconds: dict[tuple[str, str], list[float]] = {}
        for _ in range(TIMES):
            for way in ways:
                seconds.setdefault(("imports of doubleread --help", way), []).append(_import_seconds(env[way]))
                seconds.setdefault(("doubleread --help, whole process", way), []).append(_help_seconds(env[way]))
                paint = _first_paint_seconds(env[way], study, words)
                seconds.setdefault(("first paint of the reading screen", way), []).append(paint)
    for (what, way), values in seconds.items():
        goal = _GOALS.get(what) if ways[way] else None
        found.append(Measurement(f"{what}, {way}", statistics.median(values), "s", goal, TIMES))
        found.append(Measurement(f"{what}, {way}, longest", max(values), "s", None, TIMES))
    return found
