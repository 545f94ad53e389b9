"""kill -9, again and again, at random moments of programs that write to one study: what was acknowledged is there.

`python killed_writers.py FOLDER KILLS SEED [early]` forks the writers, two at a time, kills them, looks at what they
have left after each pair of kills, and prints what it found as JSON. With "early" they acknowledge an action before
they save it, which must be found out.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from doubleread.errors import InputRefusedError
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.patience import set_patience

KILLS_EACH = 40
"""Kills of the writers of one study; then comes a new one, so that looking through it stays quick."""

_WRITERS = ("R-01", "R-02")
_MOST_SAID = 6
_LONGEST_SECONDS = 0.06


@dataclass
class KilledWriters:
    """What came of it. `acknowledged` counts actions that a writer knew to be saved, `lost` those not there later.

    `cut_off` counts the pairs of kills after which a journal was to be rolled back; `unacknowledged` the actions that
    were saved and whose writer was killed before it could say so.
    """

    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    cut_off: int = 0
    unacknowledged: int = 0
    faults: list[str] = field(default_factory=list)


def killed_writers(folder: Path, kills: int, seed: int, *, early: bool = False) -> KilledWriters:
    """Kill writers in a process of its own, which alone may be forked, and return what was found."""
    command = [sys.executable, __file__, str(folder), str(kills), str(seed), *(["early"] if early else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return KilledWriters(**json.loads(done.stdout))


@dataclass
class _Writer:
    """A forked writer. `said` are the numbers and hashes of the log's entries that it knew to be saved, in order."""

    reader_id: str
    process: int
    pipe: int
    heard: bytes = b""
    said: list[tuple[int, str]] = field(default_factory=list)

    def hear(self, lines: int) -> None:
        """Wait until it has said so many lines. The first one says that the study is open."""
        while self.heard.count(b"\n") < lines and (more := os.read(self.pipe, 65536)):
            self.heard += more

    def kill(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        _, status = os.waitpid(self.process, 0)
        with os.fdopen(self.pipe, "rb") as rest:
            lines = (self.heard + rest.read()).decode().splitlines(keepends=True)
        told = [line for line in lines if line.endswith("\n")]
        if not os.WIFSIGNALED(status):
            raise SystemExit(f"a writer ended by itself: {''.join(told)[-2000:]}")
        for line in told:
            number, _, name = line.strip().partition(" ")
            if name:
                self.said.append((int(number), name))


def _kill_again_and_again(folder: Path, kills: int, seed: int, *, early: bool) -> KilledWriters:
    sys.path.insert(0, str(Path(__file__).parent / "store"))
    from making import make_study

    source = random.Random(seed)
    found = KilledWriters()
    path = folder / "study.doubleread"
    known: set[str] = set()
    numbers: dict[str, int] = {}
    while found.kills < kills:
        if found.kills % KILLS_EACH == 0:
            path = folder / f"study-{found.kills}.doubleread"
            make_study(path, 2, device="lead").close()
            known, numbers = set(), dict.fromkeys(_WRITERS, 0)
        writers = [_begun(path, reader_id, source.randrange(2**32), early) for reader_id in _WRITERS]
        # After so many lines and a moment more, the kill strikes anywhere in a save, however slow the machine is.
        opened = source.random() < 0.8
        for writer in writers:
            if opened:
                writer.hear(1 + source.randrange(_MOST_SAID))
            # The others are killed while they open the study.
            time.sleep(_LONGEST_SECONDS * source.random() ** 2)
            writer.kill()
            found.kills += 1
        found.cut_off += any(file.exists() and file.stat().st_size for file in _beside(path))
        _look(path, writers, known, numbers, found, early=early)
    return found


def _beside(path: Path) -> list[Path]:
    return [Path(f"{path}{ending}") for ending in ("-journal", "-wal")]


def _begun(path: Path, reader_id: str, seed: int, early: bool) -> _Writer:
    reading_end, writing_end = os.pipe()
    process = os.fork()
    if process:
        os.close(writing_end)
        return _Writer(reader_id, process, reading_end)
    os.close(reading_end)
    try:
        _write(path, reader_id, random.Random(seed), writing_end, early)
    except BaseException as error:
        os.write(writing_end, f"{error!r}\n".encode())
    finally:
        os._exit(1)


def _write(path: Path, reader_id: str, source: random.Random, pipe: int, early: bool) -> None:
    """Write until the end comes. Each step saves one entry, and is said when the store has returned."""
    device = f"device of {reader_id}"
    set_patience(600.0)
    study = StudyFile.open(path, device=device)
    os.write(pipe, b"\n")
    while True:
        if source.random() < 0.05:
            study.close()
            study = StudyFile.open(path, device=device)
        if early:
            number = study.chain_head()[0]
            os.write(pipe, f"{number + 1} said too early\n".encode())
        with contextlib.suppress(InputRefusedError):
            _step(study, reader_id, source)
            if not early:
                number, name = study.chain_head()
                os.write(pipe, f"{number} {name}\n".encode())
        # A program that writes without a pause can keep another one out for as long as that one waits.
        time.sleep(0.002 * source.random())


def _step(study: StudyFile, reader_id: str, source: random.Random) -> None:
    from making import CATEGORIES, act, mark, open_reading

    if reader_id not in study.readers.ids():
        study.readers.register(reader_id)
        return
    case_id = source.choice(study.case_ids())
    reading = study.reading(reader_id, case_id)
    if reading is None:
        open_reading(study, case_id, reader_id)
        return
    standing = reading.judgement.annotations
    reason = {"reason": "slip"} if reading.committed else {}
    match source.randrange(10):
        case 0 if standing:
            act(study, reading, "annotation.retracted", annotation_id=source.choice(standing).id, **reason)
        case 1 | 2 if standing:
            changes = {"note": "a note of some length " * source.randrange(100)}
            act(
                study,
                reading,
                "annotation.changed",
                annotation_id=source.choice(standing).id,
                changes=changes,
                **reason,
            )
        case 3:
            verdicts = {"A": source.choice(["correct", "incorrect"]), "B": "unsure"}
            act(study, reading, "reading.judged", verdicts=verdicts, preference="tie", **reason)
        case 4 if reading.undoable:
            act(study, reading, "action.undone", action_id=reading.undoable[-1])
        case 5 if reading.redoable:
            act(study, reading, "action.redone", action_id=reading.redoable[-1])
        case 6 if source.random() < 0.1:
            act(study, reading, "reading.committed")
        case 7:
            act(study, reading, "time.added", seconds=source.random())
        case _ if not reading.committed:
            start = source.randrange(40)
            mark(study, reading, start, start + source.randrange(1, 20), category=source.choice(CATEGORIES))
        case _:
            act(study, reading, "time.added", seconds=1.0)


def _look(
    path: Path, writers: list[_Writer], known: set[str], numbers: dict[str, int], found: KilledWriters, *, early: bool
) -> None:
    """Open the study and compare its log with what was said, of this pair of kills and of all before."""
    with StudyFile.open(path, device="lead") as study:
        there = {event.hash for event in study.events()}
        heads = study.chain_heads()
    for writer in writers:
        found.acknowledged += len(writer.said)
        last = max((number for number, _ in writer.said), default=numbers[writer.reader_id])
        reached = heads.get(f"device of {writer.reader_id}", (0, ""))[0]
        if early:
            found.lost += reached < last
            continue
        known.update(name for _, name in writer.said)
        found.unacknowledged += reached - last
        if not last <= reached <= last + 1:
            found.faults.append(f"{writer.reader_id}: entry {last} was the last that was said, {reached} is there")
        numbers[writer.reader_id] = reached
    found.lost += len(known - there)
    report = verify(path)
    found.faults += [f"{check.name}: {fault}" for check in report.checks for fault in check.faults]


if __name__ == "__main__":
    os.umask(0o077)
    outcome = _kill_again_and_again(
        Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), early=sys.argv[4:] == ["early"]
    )
    print(json.dumps(asdict(outcome)))
