"""250 simulated power cuts in each journal that the store uses: what was acknowledged and is lost afterwards.

The same statements with synchronous=OFF show that the simulated disk loses what is not synced.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.measurements import Measurement

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from power_cuts import journal_modes, power_cuts, recorded

CUTS, CONTROLS, ACTIONS, SEED = 250, 25, 160, 2026


def run() -> list[Measurement]:
    """Record a session, cut the power, open what is left."""
    measurements: list[Measurement] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        session = recorded(folder, ACTIONS, SEED)
        for mode in journal_modes():
            found = power_cuts(folder, session, mode, CUTS, SEED)
            control = power_cuts(folder, session, mode, CONTROLS, SEED, synchronous="OFF")
            if not control.lost:
                raise SystemExit("the simulated disk loses nothing, so it proves nothing")
            what = f"power cuts, {mode}"
            measurements += [
                Measurement(f"{what}: acknowledged actions lost", found.lost, "", 0, found.acknowledged),
                Measurement(f"{what}: faults of the files that were left", len(found.faults), "", 0, CUTS),
                Measurement(f"{what}: that left a journal to look at", found.with_journal, "", None, CUTS),
                Measurement(f"{what}: lost with synchronous=OFF", control.lost, "", None, control.acknowledged),
            ]
    return measurements
