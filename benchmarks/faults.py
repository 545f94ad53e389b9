"""A disk that fails once, at each of the calls that write, and four programs that write at once.

For saving, merging, backing up and exporting every call that writes, syncs, names or removes is made to fail once with
"no space left" and once with "input/output error". It needs strace. DOUBLEREAD_BENCH_FAULTS=N takes every N-th call.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measurements import Measurement
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
import faults

PROGRAMS, TRANSACTIONS = 4, 500
PROGRAM = Path(faults.__file__).with_name("store") / "programs.py"


def run() -> list[Measurement]:
    """Fail every call; stop at the first that loses or hides anything."""
    measurements: list[Measurement] = []
    step = int(os.environ.get("DOUBLEREAD_BENCH_FAULTS", "1"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        faults.prepare(folder / "prepared")
        for action in faults.ACTIONS if faults.can_trace() else ():
            hits = 0
            for call, count in faults.counted(folder / "prepared", folder, action).items():
                for when in range(1, count + 1, step):
                    for error in faults.ERRORS:
                        faults.hit(folder / "prepared", folder, faults.Hit(action, call, error, when))
                        hits += 1
            measurements.append(Measurement(f"failing calls in {action}: said, nothing lost", hits, "", None, hits))
        measurements.append(_at_once(folder / "prepared" / "study.doubleread"))
    return measurements


def _at_once(path: Path) -> Measurement:
    command = [sys.executable, str(PROGRAM), "append_many", str(path)]
    programs = [
        subprocess.Popen([*command, f"W-{number}", str(TRANSACTIONS)], stdout=subprocess.PIPE, text=True)
        for number in range(PROGRAMS)
    ]
    written = {item for program in programs for item in program.communicate()[0].split()}
    if any(program.returncode for program in programs):
        raise SystemExit("a program that wrote beside others failed")
    with StudyFile.open(path, device="bench") as study:
        there = {event.body["annotation"]["id"] for event in study.events(kind="annotation.marked")}
    lost = len(written - there) + PROGRAMS * TRANSACTIONS - len(written)
    if not verify(path).ok:
        raise SystemExit("the study does not hold after four programs wrote at once")
    return Measurement(
        f"transactions of {PROGRAMS} programs at once that were lost", lost, "", 0, PROGRAMS * TRANSACTIONS
    )
