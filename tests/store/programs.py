"""Programs that the tests run in processes of their own: to be killed, to compete, to have no rights."""

from __future__ import annotations

import importlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from making import CATEGORIES, DEVICE, mark_draft, open_reading

from doubleread.domain.reading import Reading
from doubleread.errors import DoublereadError
from doubleread.store import StudyFile
from doubleread.store.files.file_key import FileKey
from doubleread.store.files.rekeying import change_key
from doubleread.store.files.unlocking import keep, unlock
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.patience import set_patience


def _next_mark(study: StudyFile, reading: Reading, number: int) -> tuple[Reading, str]:
    draft = mark_draft(
        study, reading, number % 40, number % 40 + 1 + number // 160, category=CATEGORIES[number // 40 % 4]
    )
    return study.append(reading.reader_id, reading.id, [draft]), draft.body["annotation"]["id"]


def append_many(path: str, reader_id: str, count: str) -> None:
    """Mark `count` annotations as one reader and print their ids."""
    # SQLite lets whoever comes first write, so a program that writes without a pause can keep another one out for long.
    set_patience(600.0)
    with StudyFile.open(Path(path), device=DEVICE) as study:
        study.readers.register(reader_id)
        reading = open_reading(study, reader_id=reader_id)
        for number in range(int(count)):
            reading, annotation_id = _next_mark(study, reading, number)
            print(annotation_id, flush=True)


def be_killed(path: str, kills: str, seed: str) -> None:
    """Fork `kills` times; each child marks annotations and writes ids after COMMIT until it is killed. Prints
    all ids.
    """
    source = random.Random(int(seed))
    acknowledged: list[str] = []
    for _ in range(int(kills)):
        ids = _one_killed(Path(path), source.randrange(4), source.uniform(0.0, 0.12))
        acknowledged.extend(ids)
        with StudyFile.open(Path(path), device=DEVICE) as study:
            rows = study.connection.rows("SELECT id FROM annotations")
            lost = set(acknowledged) - {row["id"] for row in rows}
        if lost:
            raise SystemExit(f"lost: {lost}")
    print(json.dumps(acknowledged))


def _one_killed(path: Path, marks: int, delay: float) -> list[str]:
    """Kill a child some time after it has acknowledged so many marks; return the ids of all that it acknowledged."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            study = StudyFile.open(path, device=DEVICE)
            reading = study.reading("R-01", "case-0") or open_reading(study)
            number = len(reading.judgement.annotations)
            os.write(writer, b"\n")
            while True:
                reading, annotation_id = _next_mark(study, reading, number)
                os.write(writer, f"{annotation_id}\n".encode())
                number += 1
        finally:
            os._exit(1)
    os.close(writer)
    heard = b""
    while heard.count(b"\n") < 1 + marks and (more := os.read(reader, 65536)):
        heard += more
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise SystemExit("the child ended by itself")
    with os.fdopen(reader, "rb") as rest:
        lines = (heard + rest.read()).decode().splitlines(keepends=True)
    return [line.strip() for line in lines if line.endswith("\n") and line.strip()]


def without_rights(path: str) -> None:
    """Open a study as a user who may read it and nothing more; print what came of it."""
    # Python may lie where only root can read; what it loads late must be loaded before.
    importlib.import_module("urllib.parse")
    if os.getuid() == 0:
        os.setuid(65534)
    try:
        StudyFile.open(Path(path), device=DEVICE).close()
        print("opened")
    except DoublereadError as error:
        print(error)
    with StudyFile.open(Path(path), device=DEVICE, read_only=True) as study:
        reading = study.reading("R-01", "case-0")
        print(len(reading.judgement.annotations) if reading else "no reading")
        try:
            study.readers.register("R-02")
        except DoublereadError as error:
            print(error)


def change_and_be_killed(path: str, kills: str, seed: str) -> None:
    """Change a study's passphrase in a child that is killed meanwhile; print how often it was the new one by then."""
    study, source = Path(path), random.Random(int(seed))
    unlock(study, os.environ["STUDY_PASSPHRASE"])
    state = verify(study).state
    # How long a change takes on this machine decides when the kills come, so that some are too late to prevent it.
    before, began = FileKey.chosen("a first passphrase"), time.monotonic()
    change_key(study, before)
    seconds = time.monotonic() - began
    keep(before)
    changed = 0
    for _ in range(int(kills)):
        after = FileKey.chosen("another passphrase")
        child = os.fork()
        if child == 0:
            try:
                change_key(study, after)
            finally:
                os._exit(1)
        time.sleep(source.uniform(0.0, 2.5 * seconds))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        salt = study.read_bytes()[:16]
        if salt == after.salt:
            keep(after)
            before = after
            changed += 1
        elif salt != before.salt:
            raise SystemExit("the file has neither key")
        report = verify(study)
        if not report.ok or report.state != state:
            raise SystemExit(str(report.as_record()))
    # Only who opens it to write rolls back what the last kill cut off.
    StudyFile.open(study, device="the last").close()
    print(changed)


if __name__ == "__main__":
    if passphrase := os.environ.get("STUDY_PASSPHRASE"):
        unlock(Path(sys.argv[2]), passphrase)
    {
        "change_and_be_killed": change_and_be_killed,
        "append_many": append_many,
        "be_killed": be_killed,
        "without_rights": without_rights,
    }[sys.argv[1]](*sys.argv[2:])
