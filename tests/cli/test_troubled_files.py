"""A full disk, a read-only medium and two programs at once, as a user of the commands meets them."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlite_utils import Database

from cli.conftest import Invoke, Outcome
from doubleread.store.log.verify import verify
from doubleread.store.sqlite import opening, patience
from doubleread.store.sqlite.connection import Connection
from store.making import ARMS, make_study, ready_study

WRITING = {
    "readers": ("readers", "add", "--reader", "R-09"),
    "assign": ("assign", "--plan", "all", "--readers", "R-01", "--seed", 1),
    "score": ("score",),
    "run": ("run",),
    "results": ("results", "--unblind", "the end", "--by", "lead"),
}
LOOKING = {
    "log": ("log",),
    "verify": ("verify",),
    "readers": ("readers", "list"),
    "conflicts": ("conflicts", "list"),
    "protocol": ("protocol", "show"),
}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "trial.doubleread"
    ready_study(path).close()
    return path


def on(study: Path, command: tuple[object, ...]) -> tuple[object, ...]:
    """The command with the study behind its name, and behind the name in a group."""
    words = 2 if command[0] in ("readers", "conflicts", "protocol") else 1
    return (*command[:words], study, *command[words:])


def said(done: Outcome, title: str) -> str:
    """The one line by which a command failed."""
    assert (done.code, done.out) == (1, "")
    line = done.err.splitlines()[-1]
    assert line.startswith(f"{title}: ")
    assert "; " in line
    return line


@contextmanager
def another_program_writes(study: Path) -> Iterator[None]:
    with closing(sqlite3.connect(study, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize("command", WRITING.values(), ids=WRITING)
def test_a_file_that_another_program_writes_is_said(
    invoke: Invoke, study: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[object, ...]
) -> None:
    monkeypatch.setattr(patience, "BUSY_SECONDS", 0.05)
    before = study.read_bytes()
    with another_program_writes(study):
        assert "this action was not saved" in said(invoke(*on(study, command)), "The study is in use")
    assert study.read_bytes() == before
    assert invoke(*on(study, command)).code == 0
    assert verify(study).ok


@pytest.mark.parametrize("command", WRITING.values(), ids=WRITING)
def test_a_read_only_folder_is_said_by_what_writes(
    invoke: Invoke, study: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[object, ...]
) -> None:
    monkeypatch.setattr(opening.os, "access", lambda path, mode: mode != os.W_OK)
    before = study.read_bytes()
    assert "copy it to a folder" in said(invoke(*on(study, command)), "The study cannot be changed")
    assert study.read_bytes() == before


@pytest.mark.parametrize("command", LOOKING.values(), ids=LOOKING)
def test_a_read_only_folder_can_be_looked_at(
    invoke: Invoke, study: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[object, ...]
) -> None:
    monkeypatch.setattr(opening.os, "access", lambda path, mode: mode != os.W_OK)
    before = study.read_bytes()
    assert invoke(*on(study, command)).code == 0
    assert study.read_bytes() == before
    assert [file.name for file in study.parent.iterdir()] == [study.name]


def test_a_full_disk_takes_all_of_a_file_or_nothing(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, answers = tmp_path / "trial.doubleread", tmp_path / "answers.jsonl"
    make_study(study, answers=False).close()
    lines = [json.dumps({"case_id": f"case-{number}", "text": "B. " + "x" * 50_000}) for number in range(3)]
    answers.write_text("\n".join(lines), encoding="utf-8")
    command = ("import-answers", study, answers, "--arm", ARMS[0].name)
    opened = Connection._opened

    def full(self: Connection) -> Database:
        db = opened(self)
        # Room for the first of the answers, and not for the last.
        db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0] + 20}")
        return db

    with monkeypatch.context() as patch:
        patch.setattr(Connection, "_opened", full)
        assert "free some space" in said(invoke(*command), "The disk is full")
    assert verify(study).ok
    done = invoke(*command)
    assert (done.code, "3 answers of General imported" in done.out) == (0, True)
