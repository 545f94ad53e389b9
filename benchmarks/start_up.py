"""How soon `doubleread --help` has run, and the reading screen is shown."""

from __future__ import annotations

import os
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


def run() -> list[Measurement]:
    """Measure each several times and return the medians."""
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "DOUBLEREAD_HOME": folder}
        study = Path(folder) / "start-up.doubleread"
        words = unanswered_study(study)
        imports = [_import_seconds(env) for _ in range(TIMES)]
        helps = [_help_seconds(env) for _ in range(TIMES)]
        paints = [_first_paint_seconds(env, study, words) for _ in range(TIMES)]
    return [
        Measurement("imports of doubleread --help", statistics.median(imports), "s", 0.3, TIMES),
        Measurement("doubleread --help, whole process", statistics.median(helps), "s", 0.3, TIMES),
        Measurement(
            "first paint of the reading screen, models loading behind it", statistics.median(paints), "s", 1.0, TIMES
        ),
    ]
