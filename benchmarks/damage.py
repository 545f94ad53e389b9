"""2,000 damaged study files: each is said or read, none is changed, none ends in a traceback.

Half of them have flipped bits, half are cut short. Then single bits are flipped in the rows of events: all are found.
Last, a recovery is tried of a part of them: it makes a new file, or says why not.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
from contextlib import suppress
from pathlib import Path

from benchmarks.measurements import Measurement
from benchmarks.merging import make_study, read_until
from doubleread.errors import DoublereadError
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.recovery import recover

DAMAGED, FLIPPED_EVENTS, RECOVERIES, ENTRIES = 2_000, 500, 100, 150


def _event_rows(path: Path) -> list[bytes]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT body FROM events").fetchall()
    connection.close()
    return [row[0].encode() for row in rows if len(row[0]) < 1500]


def _looked_at(path: Path) -> bool:
    """Open, read and verify a file; return whether something was said. Anything but our own errors passes through."""
    said = False
    for read_only in (True, False):
        try:
            with StudyFile.open(path, device="bench", read_only=read_only) as study:
                list(study.events())
                list(study.cases())
                for reader_id in study.readers.ids():
                    for case_id in study.reading_summaries(reader_id):
                        study.reading(reader_id, case_id)
        except DoublereadError as error:
            if not error.title or not error.remedy:
                raise SystemExit(f"a message without a remedy: {error}") from error
            said = True
    return not verify(path).ok or said


def run() -> list[Measurement]:
    """Damage, look, compare the bytes."""
    source = random.Random(2026)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "study.doubleread"
        make_study(path)
        read_until(path, "R-01", "device", source, ENTRIES)
        whole = path.read_bytes()
        bodies = _event_rows(path)
        said = {"flips": 0, "cuts": 0}
        for number in range(DAMAGED):
            data = bytearray(whole)
            if number % 2:
                del data[source.randrange(len(data)) :]
            else:
                for _ in range(source.choice((1, 1, 5, 40))):
                    data[source.randrange(len(data))] ^= 1 << source.randrange(8)
            said["cuts" if number % 2 else "flips"] += _checked(folder / "damaged.doubleread", data)
        found = 0
        for _ in range(FLIPPED_EVENTS):
            body = source.choice(bodies)
            data = bytearray(whole)
            at = data.find(body)
            while at < 0:
                body = source.choice(bodies)
                at = data.find(body)
            data[at + source.randrange(len(body))] ^= 1 << source.randrange(8)
            found += _checked(folder / "damaged.doubleread", data)
        saved = _recovered(folder, whole, source)
    return [
        Measurement("damaged files left as they were, with no traceback", DAMAGED, "", None, DAMAGED),
        Measurement("  with flipped bits, of which something was said", said["flips"], "", None, DAMAGED // 2),
        Measurement("  cut short, of which something was said", said["cuts"], "", None, DAMAGED // 2),
        Measurement(
            "flipped bits in entries of the log that were missed", FLIPPED_EVENTS - found, "", 0, FLIPPED_EVENTS
        ),
        Measurement("files with 20 flipped bits that were recovered", saved, "", None, RECOVERIES),
    ]


def _checked(path: Path, data: bytearray) -> bool:
    path.write_bytes(data)
    said = _looked_at(path)
    if path.read_bytes() != data:
        raise SystemExit("a damaged file was changed")
    if leftovers := [file.name for file in path.parent.iterdir() if file.name.startswith(f"{path.name}-")]:
        raise SystemExit(f"something was left beside a damaged file: {leftovers}")
    path.unlink()
    return said


def _recovered(folder: Path, whole: bytes, source: random.Random) -> int:
    saved = 0
    for number in range(RECOVERIES):
        data = bytearray(whole)
        for _ in range(20):
            data[source.randrange(len(data))] ^= 1 << source.randrange(8)
        path, out = folder / "damaged.doubleread", folder / f"saved-{number}.doubleread"
        path.write_bytes(data)
        with suppress(DoublereadError):
            recover(path, out, device="saver")
            saved += 1
    return saved
