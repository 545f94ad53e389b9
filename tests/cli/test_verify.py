"""What `verify` says of a file is true: an alarm only where the content is not what was recorded."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from doubleread.errors import StudyFileError
from doubleread.store.log import verify as verifying
from doubleread.store.log.verify import verify
from doubleread.store.sqlite import connection
from doubleread.store.sqlite.schema import TRIGGERS
from store.making import ready_study

ALARMS = ("CHANGED since it was", "DAMAGED", "changed", "altered", "tamper", "backup")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "trial.doubleread"
    ready_study(path).close()
    return path


def run_sql(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        for statement in statements:
            other.execute(statement)


def newer(path: Path) -> None:
    run_sql(path, "PRAGMA user_version = 999")


def of_another_program(path: Path) -> None:
    run_sql(path, "PRAGMA application_id = 7")


def no_database(path: Path) -> None:
    path.write_text("a letter to a friend\n" * 300, encoding="utf-8")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def gone(path: Path) -> None:
    path.unlink()


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def random_bytes(path: Path) -> None:
    path.write_bytes(os.urandom(40_000))


@pytest.mark.parametrize(
    ("change", "title", "to_do"),
    [
        (newer, "The study needs a newer doubleread", "install a newer version"),
        (of_another_program, "Not a study file", "choose another file"),
        (no_database, "Not a study file", "choose another file"),
        (empty, "Not a study file", "choose another file"),
        (gone, "No such study", "check the name"),
        (a_folder, "Not a study file", "give a study file"),
        pytest.param(
            a_pipe,
            "Not a study file",
            "give a study file",
            marks=pytest.mark.skipif(os.name == "nt", reason="there are none"),
        ),
    ],
)
def test_a_file_that_cannot_be_checked_raises_no_alarm(invoke, study, change, title, to_do):
    change(study)
    done = invoke("verify", study)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"{title}: ")
    assert to_do in done.err
    assert not [word for word in ALARMS if word in done.err.replace("not changed", "").replace("with a backup", "")]
    record = invoke("verify", study, "--json").json
    assert (record["ok"], record["verdict"], record["checks"]) == (False, "not checked", [])
    assert record["obstacle"] == done.err.strip()


def test_an_encrypted_file_without_its_passphrase_is_not_checked(study):
    random_bytes(study)
    report = verify(study)
    assert (report.verdict, report.ok) == ("not checked", False)
    assert report.obstacle.title == "The study is encrypted"


def test_a_file_that_is_written_meanwhile_is_not_checked(invoke, study, monkeypatch):
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(study, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        done = invoke("verify", study)
        other.execute("ROLLBACK")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("The study is in use: ")
    assert invoke("verify", study).code == 0


@pytest.mark.parametrize("fails", ["chain", "answers", "adjudications"])
def test_a_file_that_is_locked_between_two_checks_is_not_checked_to_the_end(invoke, study, monkeypatch, fails):
    def locked(_db, _helpers):
        raise StudyFileError("The study is in use", "another program is writing to it", "try again in a moment")

    if fails == "chain":
        monkeypatch.setattr(verifying, "check_readings", locked)
    else:
        monkeypatch.setitem(verifying._QUESTIONS, fails, locked)
    done = invoke("verify", study)
    assert done.code == 1
    assert done.out.splitlines()[-1] == (
        "not fully checked. The study is in use: another program is writing to it; try again in a moment"
    )
    assert not [word for word in ALARMS if word in done.out]
    assert "FAILED" not in done.out
    record = invoke("verify", study, "--json").json
    assert (record["ok"], record["verdict"]) == (False, "not checked")


def test_what_was_changed_by_other_means_is_called_so(invoke, study):
    run_sql(study, *(f"DROP TRIGGER {name}" for name in TRIGGERS))
    run_sql(study, "UPDATE answers SET text = text || '!' WHERE rowid = 1", *TRIGGERS.values())
    done = invoke("verify", study)
    assert (done.code, done.err) == (1, "")
    assert done.out.splitlines()[-1].startswith(f"{study}: CHANGED since it was recorded, ")
    assert "its text or manifest was changed" in done.out
    assert "DAMAGED" not in done.out
    assert invoke("verify", study, "--json").json["verdict"] == "altered"


def test_damage_is_called_damage(invoke, study):
    content = bytearray(study.read_bytes())
    content[4096 * 2 : 4096 * 3] = b"\xa5" * 4096
    study.write_bytes(content)
    done = invoke("verify", study)
    assert done.code == 1
    assert done.out.splitlines()[-1].startswith(f"{study}: DAMAGED; ")
    assert f"doubleread recover {study} --out NEW" in done.out
    assert invoke("verify", study, "--json").json["verdict"] == "damaged"


def test_an_intact_file_passes_every_check(invoke, study):
    done = invoke("verify", study)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == f"{study}: every check passed"
    record = invoke("verify", study, "--json").json
    assert (record["ok"], record["verdict"], record["obstacle"]) == (True, "intact", None)
