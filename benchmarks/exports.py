"""Exporting a study of 10,000 cases and 100,000 annotations to each format, in a process of its own.

The look for possible identifiers is part of each export. DOUBLEREAD_BENCH_FOLDER names a folder that has the study from
`large_study`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measurements import Measurement
from benchmarks.studies import large_study
from doubleread.exports.formats import EXPORTERS
from doubleread.read_model.blinding import unblind
from doubleread.store import StudyFile

CASES, ANNOTATIONS_EACH = 10_000, 10
FORMATS = tuple(EXPORTERS)

_EXPORT = """
import sys, time
from pathlib import Path
import psutil
from doubleread.exports.attestation import Attestation
from doubleread.exports.export import export_study
from doubleread.store import StudyFile
started = time.perf_counter()
with StudyFile.open(Path(sys.argv[1]), device="bench") as study:
    export_study(study, sys.argv[2], Path(sys.argv[3]), with_case_text=True, attestation=Attestation("bench"))
memory = psutil.Process().memory_info()
peak = getattr(memory, "peak_wset", 0)
if not peak:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(time.perf_counter() - started, peak / 1e6)
"""


def run() -> Iterator[Measurement]:
    """Export a blinded study as JSON Lines, and the unblinded one to every format."""
    with tempfile.TemporaryDirectory() as temporary:
        kept = Path(os.environ.get("DOUBLEREAD_BENCH_FOLDER", temporary)) / "large.doubleread"
        if not kept.exists():
            large_study(kept, CASES, ANNOTATIONS_EACH)
        path = Path(temporary) / "exported.doubleread"
        shutil.copyfile(kept, path)
        yield from _measured("blinded jsonl", "jsonl", path, Path(temporary))
        with StudyFile.open(path, device="bench") as study:
            unblind(study, "bench", "to measure formats that need names")
        for name in FORMATS:
            yield from _measured(name, name, path, Path(temporary))


def _measured(title: str, format_name: str, path: Path, folder: Path) -> Iterator[Measurement]:
    out = folder / "out"
    done = subprocess.run(
        [sys.executable, "-c", _EXPORT, str(path), format_name, str(out)], capture_output=True, text=True, check=True
    )
    seconds, megabytes = map(float, done.stdout.split())
    shutil.rmtree(out)
    yield Measurement(f"exporting {CASES * ANNOTATIONS_EACH:,} annotations, {title}", seconds, "s", 20.0)
    yield Measurement(f"peak memory, {title}", megabytes, "MB", 500.0)
