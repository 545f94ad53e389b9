"""A study on a read-only medium: everything that looks works, everything that writes says why it cannot."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Invoke
from doubleread.config import Settings
from doubleread.errors import StudyReadOnlyError
from doubleread.sessions.study_library import StudyLibrary, opened_to_look
from doubleread.store import StudyFile
from read_only import read_only
from sessions.judged_study import answered_study, read

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="permissions and mounts of POSIX systems")

LOOKING: tuple[tuple[Any, ...], ...] = (
    ("results", ()),
    ("results", ("--json",)),
    ("log", ()),
    ("verify", ()),
    ("readers", "list", ()),
    ("conflicts", "list", ()),
    ("protocol", "show", ()),
    ("review-scores", ("--list",)),
)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "medium"
    folder.mkdir()
    with answered_study(folder / "study.doubleread") as opened:
        read(opened, "R-01", 6)
    return opened.path


def look(invoke: Invoke, study: Path, out: Path) -> str:
    """Look at a study in every way; return what was said to standard error."""
    out.mkdir()
    ways = [(*command, study, *options) for *command, options in LOOKING]
    ways += [
        ("report", study, "--out", out / "report.html"),
        ("export", study, "--format", "jsonl", "--out", out / "jsonl"),
        ("deposit", study, "--out", out / "deposit"),
        ("backup", study, "--out", out / "copy.doubleread"),
    ]
    said = ""
    for arguments in ways:
        done = invoke(*arguments)
        assert done.code == 0, (arguments, done.err)
        said += done.err
    return said


def test_everything_that_looks_works(invoke: Invoke, study: Path, tmp_path: Path) -> None:
    before = study.read_bytes()
    with read_only(study.parent):
        look(invoke, study, tmp_path / "out")
        assert [path.name for path in study.parent.iterdir()] == [study.name]
    assert study.read_bytes() == before


def test_a_study_left_in_wal_mode_is_looked_at(invoke: Invoke, study: Path, tmp_path: Path) -> None:
    connection = sqlite3.connect(study)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    with read_only(study.parent):
        look(invoke, study, tmp_path / "out")


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_write_that_was_cut_off_is_said_and_put_right_in_a_copy(
    invoke: Invoke, study: Path, tmp_path: Path, mode: str
) -> None:
    cut_off(study, mode)
    events = 0
    before = {path.name: path.read_bytes() for path in study.parent.iterdir()}
    with read_only(study.parent):
        said = look(invoke, study, tmp_path / "out")
        assert "a write was interrupted; read from a repaired copy" in said
        with opened_to_look(study) as opened:
            events = len(list(opened.events()))
            assert opened.path == study
    assert {path.name: path.read_bytes() for path in study.parent.iterdir()} == before
    with StudyFile.open(study, device="d") as opened:
        assert len(list(opened.events())) == events


def cut_off(study: Path, mode: str) -> None:
    """Leave what a killed program leaves: a journal to be rolled back, or a write-ahead log to be applied."""
    live = study.with_name("live")
    live.mkdir()
    shutil.copy(study, live / study.name)
    connection = sqlite3.connect(live / study.name, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("PRAGMA cache_spill = 1")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE readings SET active_seconds = active_seconds + 1")
    for number in range(300):
        connection.execute("INSERT INTO readers (id, registered_at) VALUES (?, 'x')", [f"{number}" + "y" * 2000])
    if mode == "WAL":
        connection.execute("ROLLBACK")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE models SET path = 'elsewhere'")
        connection.execute("COMMIT")
    for path in live.iterdir():
        if not path.name.endswith("-shm"):
            shutil.copy(path, study.parent / path.name)
    connection.close()
    shutil.rmtree(live)
    assert any(path.name.endswith(("-journal", "-wal")) for path in study.parent.iterdir())


def test_a_plan_needs_no_writing(invoke: Invoke, tmp_path: Path, make: Callable[[int], Path]) -> None:
    folder = tmp_path / "medium"
    folder.mkdir()
    study = make(1).rename(folder / "study.doubleread")
    with read_only(folder):
        for arguments in (("doctor", "--quick", "--study", study), ("run", study, "--dry-run")):
            done = invoke(*arguments)
            assert (done.code, done.err) == (0, "")


def test_what_writes_is_refused_with_what_can_be_done(invoke: Invoke, study: Path, tmp_path: Path) -> None:
    with read_only(study.parent):
        for arguments in (
            ("readers", "add", study, "--reader", "R-05"),
            ("results", study, "--unblind", "no reason"),
            ("split", study, "--reader", "R-01", "--out", tmp_path / "own"),
        ):
            done = invoke(*arguments)
            assert done.code == 1
            assert done.err.startswith("The study cannot be changed: ")
            assert "view it with results" in done.err


def test_reading_is_refused_before_anything_is_marked(study: Path) -> None:
    library = StudyLibrary(Settings())
    with read_only(study.parent):
        assert library.readers(study) == ["R-01"]
        library.results(study).close()
        with pytest.raises(StudyReadOnlyError, match="cannot be changed"):
            library.question_before_reading(study, "R-01")
