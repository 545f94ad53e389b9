"""Fifty kill -9 at random moments of a run of 200 short answers on the demo models, and what is in the file then.

The program is killed alone every other time, and together with its workers the other times.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from benchmarks.measurements import Measurement

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from killed_runs import killed_runs

CASES, KILLS, SEED = 100, 50, 20


def run() -> list[Measurement]:
    """Kill, go on, and count."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DOUBLEREAD_HOME"] = folder
        found = killed_runs(Path(folder) / "killed.doubleread", CASES, KILLS, SEED)
    what = f"{found.kills} kills of a run of {2 * CASES} answers"
    kills = found.kills
    return [
        Measurement(f"{what}: answers missing or beyond", abs(2 * CASES - found.answers), "", 0, kills),
        Measurement(f"{what}: made twice", found.twice, "", 0, kills),
        Measurement(f"{what}: lost after they were stored", found.lost, "", 0, kills),
        Measurement(f"{what}: workers left behind", found.orphans, "", 0, kills),
        Measurement(f"{what}: faults found by verify", len(found.faults), "", 0, kills),
        Measurement(f"{what}: kills before the first answer", found.killed_before_the_first_answer, "", None, kills),
        Measurement(f"{what}: kills that struck the workers too", found.killed_with_workers, "", None, kills),
        Measurement(f"{what}: in all", found.seconds, "s", None, kills),
    ]
