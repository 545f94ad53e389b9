"""Power cuts at random moments of a reading session, on a simulated disk, with what the store really does to it.

A session of the real store is recorded statement by statement (`recorded`). Its statements are run again through apsw
on a disk that forgets, with the store's own settings (`cut_off`), until the power fails. What is left on the disk then
is opened by the real store, which must find everything that was acknowledged.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3
import sys
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from doubleread.errors import DoublereadError
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.connection import SETTINGS, journal_mode
from simulated_disk import PowerCutError, SimulatedDisk

OLD_SQLITE, NEW_SQLITE = (3, 40, 1), (3, 51, 3)
"""Two versions, for which the store chooses different journals."""

_DEVICE = "device"
_NAME = "study.doubleread"


@dataclass(frozen=True, slots=True)
class Action:
    """What one call of the store did: its statements, and the number of the log's last entry when it returned."""

    statements: tuple[str, ...]
    entries: int


@dataclass(frozen=True, slots=True)
class Session:
    """A study as it was before, and the actions of a reader."""

    before: bytes
    entries: int
    actions: tuple[Action, ...]


@dataclass
class PowerCuts:
    """What came of it. `acknowledged` counts actions whose commit had returned; `lost` those that were not there.

    `with_journal` counts the cuts that left a journal to be looked at by the next opening.
    """

    mode: str = ""
    cuts: int = 0
    acknowledged: int = 0
    lost: int = 0
    with_journal: int = 0
    faults: list[str] = field(default_factory=list)


def recorded(folder: Path, actions: int, seed: int) -> Session:
    """Let the real store mark, change, retract, judge and undo, and return the statements that it ran."""
    sys.path.insert(0, str(Path(__file__).parent / "store"))
    from making import CATEGORIES, act, make_study, mark, open_reading

    path = folder / _NAME
    make_study(path, 1, device=_DEVICE).close()
    before = path.read_bytes()
    source = random.Random(seed)
    statements: list[str] = []
    made: list[Action] = []
    with StudyFile.open(path, device=_DEVICE) as study:
        entries = _entries(study)
        connection: sqlite3.Connection = study.connection.db.conn
        connection.set_trace_callback(statements.append)
        reading = open_reading(study)
        while len(made) < actions:
            made.append(Action(_in_transactions(statements), _entries(study)))
            statements.clear()
            standing = reading.judgement.annotations
            choice = source.random()
            if choice < 0.1 and standing:
                reading = act(study, reading, "annotation.retracted", annotation_id=source.choice(standing).id)
            elif choice < 0.3 and standing:
                changes = {"note": "a longer note than before " * source.randrange(1, 200)}
                reading = act(
                    study, reading, "annotation.changed", annotation_id=source.choice(standing).id, changes=changes
                )
            elif choice < 0.4:
                reading = act(study, reading, "reading.judged", verdicts={"A": "incorrect"}, preference="B")
            elif choice < 0.5 and reading.undoable:
                reading = act(study, reading, "action.undone", action_id=reading.undoable[-1])
            else:
                number = len(made)
                reading = mark(study, reading, number % 60, number % 60 + 5, category=CATEGORIES[number // 60 % 4])
        connection.set_trace_callback(None)
    path.unlink()
    return Session(before, entries, tuple(made))


def _entries(study: StudyFile) -> int:
    return int(study.connection.rows("SELECT count(*) FROM events")[0][0])


def _in_transactions(statements: list[str]) -> tuple[str, ...]:
    """Return what ran between BEGIN and COMMIT. A statement that fires a trigger is traced once more for it."""
    kept: list[str] = []
    inside = False
    for statement in statements:
        inside = inside or statement.startswith("BEGIN IMMEDIATE")
        if inside and (not kept or statement != kept[-1]):
            kept.append(statement)
        inside = inside and statement != "COMMIT"
    return tuple(kept)


def power_cuts(folder: Path, session: Session, mode: str, cuts: int, seed: int, synchronous: str = "") -> PowerCuts:
    """Cut the power `cuts` times, each time in a new run of the session, and look at what each cut leaves.

    `mode` is WAL or DELETE. `synchronous` takes the place of the store's own setting, to see that this one is needed.
    """
    found = PowerCuts(mode)
    source = random.Random(seed)
    whole = SimulatedDisk({_NAME: session.before}, random.Random(seed))
    _run(whole, session, mode, synchronous)
    for _ in range(cuts):
        disk = SimulatedDisk({_NAME: session.before}, random.Random(source.random()), source.randrange(whole.done))
        acknowledged = _run(disk, session, mode, synchronous)
        found.cuts += 1
        found.acknowledged += acknowledged
        _look(folder, disk, session, acknowledged, found)
    return found


def _run(disk: SimulatedDisk, session: Session, mode: str, synchronous: str) -> int:
    """Run the session until its end or the cut; return how many actions returned."""
    acknowledged = 0
    connection: apsw.Connection | None = None
    with contextlib.suppress(PowerCutError, apsw.Error):
        connection = apsw.Connection(
            _NAME, flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE, vfs=disk.name, statementcachesize=0
        )
        if mode == "WAL":
            # apsw gives a file no shared memory. Alone on the file, SQLite keeps the index of the log in its own
            # instead; what it writes and when it syncs is the same.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        for setting in SETTINGS:
            connection.execute(f"PRAGMA {setting}")
        if synchronous:
            connection.execute(f"PRAGMA synchronous = {synchronous}")
        ((chosen,),) = connection.execute(f"PRAGMA journal_mode = {mode}").fetchall()
        if chosen != mode.lower():
            raise ValueError(f"SQLite goes on with the journal mode {chosen}")
        for action in session.actions:
            for statement in action.statements:
                connection.execute(statement).fetchall()
            acknowledged += 1
        if mode == "WAL":
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    disk.after_cut()
    if connection is not None:
        with contextlib.suppress(PowerCutError, apsw.Error):
            connection.close()
    return acknowledged


def _look(folder: Path, disk: SimulatedDisk, session: Session, acknowledged: int, found: PowerCuts) -> None:
    """Open with the real store what the cut has left, and compare it with what was acknowledged."""
    place = folder / "after"
    place.mkdir()
    for name, data in disk.after_cut().items():
        (place / name).write_bytes(data)
    path = place / _NAME
    found.with_journal += any(file != path and file.stat().st_size for file in place.iterdir())
    expected = [session.entries, *(action.entries for action in session.actions)]
    try:
        with StudyFile.open(path, device=_DEVICE) as study:
            there = _entries(study)
        report = verify(path)
        if not report.ok:
            found.faults += [f"{check.name}: {fault}" for check in report.checks for fault in check.faults]
        if there not in expected:
            found.faults.append(f"{there} entries, which is a part of an action")
        found.lost += sum(entries > there for entries in expected[1 : acknowledged + 1])
        if there > expected[min(acknowledged + 1, len(expected) - 1)]:
            found.faults.append("more than was done")
    except DoublereadError as error:
        found.faults.append(str(error))
        found.lost += acknowledged
    shutil.rmtree(place)


def journal_modes() -> list[str]:
    """Return the journals that the store chooses, by the version of SQLite."""
    return [journal_mode(OLD_SQLITE), journal_mode(NEW_SQLITE)]
