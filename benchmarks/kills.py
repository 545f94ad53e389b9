"""2,000 kill -9 at random moments of two programs that write to one study; it opens and is looked through after each.

DOUBLEREAD_BENCH_KILLS=N kills N times.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from benchmarks.measurements import Measurement

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from killed_writers import killed_writers

KILLS = int(os.environ.get("DOUBLEREAD_BENCH_KILLS", "2000"))
SEED = int(os.environ.get("DOUBLEREAD_BENCH_SEED", "2026"))


def run() -> list[Measurement]:
    """Kill, look, count."""
    with tempfile.TemporaryDirectory() as folder:
        found = killed_writers(Path(folder), KILLS, SEED)
    what = f"{found.kills} kills of writers"
    return [
        Measurement(f"{what}: acknowledged actions lost", found.lost, "", 0, found.acknowledged),
        Measurement(f"{what}: faults found by verify", len(found.faults), "", 0, found.kills),
        Measurement(f"{what}: saved, but killed before it was said", found.unacknowledged, "", None, found.kills),
        Measurement(f"{what}: pairs of kills that left a journal", found.cut_off, "", None, found.kills // 2),
    ]
