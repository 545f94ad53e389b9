"""Encrypted studies: what opens them, what stays readable, and that nothing of them lies about in plain."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from doubleread.domain.events import Event
from doubleread.domain.study import Protocol
from doubleread.errors import InputRefusedError, StudyFileError, StudyLockedError
from doubleread.store import StudyFile
from doubleread.store.branches.merge import merge
from doubleread.store.branches.split import split
from doubleread.store.files.file_key import PAGE, FileKey, check_passphrase, cleaned
from doubleread.store.files.rekeying import change_key
from doubleread.store.files.unlocking import forget_keys, is_locked, unlock
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.recovery import Recovered, recover
from doubleread.store.sqlite.sqlite_library import sqlcipher
from store.making import (
    ARMS,
    DEVICE,
    READER,
    SCORE,
    commit,
    make_answer,
    make_case,
    mark,
    open_reading,
    ready_study,
    use_newer_schema,
)

PLAIN_HEADER = b"SQLite format 3"
PASSPHRASE = "five words nobody would guess"
NOTE = "The murmur stands nowhere in this case."


DERIVED = functools.cache(hashlib.pbkdf2_hmac)
"""Derives the key of a passphrase and a salt once, which is slow on purpose."""


@pytest.fixture(autouse=True)
def no_keys_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("hashlib.pbkdf2_hmac", DERIVED)
    forget_keys()
    yield
    forget_keys()


def make_encrypted(path: Path, passphrase: str = PASSPHRASE, *, read: bool = True) -> FileKey:
    """A study as `make_study` makes it, encrypted, with a reading that holds a note."""
    key = FileKey.chosen(passphrase)
    packs = [make_case(number) for number in range(3)]
    with StudyFile.create(path, cases=packs, arms=ARMS, protocol=Protocol(), device=DEVICE, key=key) as study:
        for case_id in study.case_ids():
            for arm in ARMS:
                study.answers.record(make_answer(case_id, arm), [SCORE])
        study.readers.register(READER)
        if read:
            commit(study, mark(study, open_reading(study), note=NOTE))
    return key


@pytest.fixture
def encrypted(path: Path) -> Path:
    make_encrypted(path)
    return path


def events_of(path: Path) -> list[Event]:
    with StudyFile.open(path, device=DEVICE) as study:
        return list(study.events())


def annotations(path: Path, device: str = DEVICE) -> int:
    with StudyFile.open(path, device=device) as study:
        return int(study.connection.rows("SELECT count(*) FROM annotations")[0][0])


def test_an_encrypted_study_opens_with_its_passphrase_only(encrypted: Path) -> None:
    forget_keys()
    before = encrypted.read_bytes()
    assert not before.startswith(PLAIN_HEADER)
    assert is_locked(encrypted)
    with pytest.raises(StudyLockedError, match="opens with its passphrase"):
        StudyFile.open(encrypted, device=DEVICE)
    with pytest.raises(StudyLockedError, match="Wrong passphrase"):
        unlock(encrypted, PASSPHRASE.upper())
    assert is_locked(encrypted)
    assert not verify(encrypted).ok
    unlock(encrypted, f"  {PASSPHRASE}\n")
    assert not is_locked(encrypted)
    assert annotations(encrypted) == 1
    report = verify(encrypted)
    assert report.ok, report.as_record()
    forget_keys()
    assert is_locked(encrypted)
    assert len(before) % PAGE == 0


def test_the_recovery_key_opens_it_and_a_typing_error_in_it_is_said(encrypted: Path) -> None:
    written = unlock(encrypted, PASSPHRASE).recovery_key
    forget_keys()
    groups = written.split("-")
    assert len(groups) == 14
    assert {len(group) for group in groups} == {4}
    unlock(encrypted, written.lower().replace("-", " ").replace("0", "o").replace("1", "l"))
    assert annotations(encrypted) == 1
    forget_keys()
    for place in range(0, len(written), 7):
        other = written[:place] + ("X" if written[place] != "X" else "Y") + written[place + 1 :]
        if written[place] != "-":
            with pytest.raises(StudyLockedError, match="typing error"):
                unlock(encrypted, other)
    with pytest.raises(StudyLockedError, match="Wrong passphrase"):
        unlock(encrypted, written[:-1])
    assert is_locked(encrypted)


def test_it_is_a_file_of_sqlciphers_own_settings(encrypted: Path) -> None:
    """Somebody without doubleread can still read the study, with any SQLCipher and the passphrase."""
    raw = sqlcipher().connect(str(encrypted))
    raw.execute(f"PRAGMA key = '{PASSPHRASE}'")
    assert raw.execute("SELECT count(*) FROM cases").fetchone() == (3,)
    raw.close()


def test_a_passphrase_must_be_long_and_is_the_same_on_every_keyboard() -> None:
    for text in ("", "short", "eleven char", "            x"):
        with pytest.raises(InputRefusedError, match="fewer than the required 12"):
            FileKey.chosen(text)
    with pytest.raises(InputRefusedError, match="cannot be typed"):
        check_passphrase("a passphrase\x07with a bell")
    assert cleaned("  Ärzte und Ärztinnen ") == cleaned("A\u0308rzte und A\u0308rztinnen")
    key = FileKey.chosen(PASSPHRASE)
    assert key.key.hex() not in repr(key)
    assert FileKey.chosen(PASSPHRASE).salt != key.salt


def everything_in(*folders: Path) -> bytes:
    files = sorted(file for folder in folders for file in folder.rglob("*") if file.is_file())
    assert files
    return b"".join(file.read_bytes() for file in files)


PLAIN = [b"pericardial", b"heart murmur", NOTE.encode(), b"CREATE TABLE", b"m-general", READER.encode(), b"reading."]


def test_no_word_of_it_is_in_any_file_while_and_after_it_is_worked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, temporary = tmp_path / "study", tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    path = folder / "trial.study"
    make_encrypted(path)
    seen: set[str] = set()
    with StudyFile.open(path, device=DEVICE) as study:
        reading = mark(study, open_reading(study, "case-1"), note=NOTE)
        study.backup(folder / "copy.study")
        # In the middle of a transaction too large for the cache, the journal holds pages as well.
        db = study.connection.db
        db.execute("PRAGMA cache_size = 1")
        db.execute("BEGIN IMMEDIATE")
        for number in range(200):
            db.execute("INSERT INTO readers (id, registered_at) VALUES (?, 'x')", [f"{number} {NOTE}" + "y" * 2000])
        db.execute("SELECT * FROM readers ORDER BY role, id DESC").fetchall()
        data = everything_in(folder, temporary) if any(temporary.iterdir()) else everything_in(folder)
        seen |= {file.name for file in folder.iterdir()}
        assert not [word for word in PLAIN if word in data]
        db.execute("ROLLBACK")
        mark(study, reading, 3, 9, note=NOTE)
        study.rebuild_projections()
        assert not [word for word in PLAIN if word in everything_in(folder)]
    assert {"trial.study", "copy.study"} < seen
    assert any(name.startswith("trial.study-") for name in seen)
    with StudyFile.open(folder / "copy.study", device="two") as other:
        commit(other, mark(other, open_reading(other, "case-2"), note=NOTE))
    with StudyFile.open(path, device=DEVICE) as study:
        assert merge(study, [folder / "copy.study"])[0].events
    assert verify(path).ok
    assert not [word for word in PLAIN if word in everything_in(folder)]
    # The same search finds them where they are plain.
    ready_study(tmp_path / "plain.study").close()
    assert all(word in (tmp_path / "plain.study").read_bytes() for word in (PLAIN[0], PLAIN[1], PLAIN[3]))


def test_a_copy_opens_with_the_same_passphrase(encrypted: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.study"
    with StudyFile.open(encrypted, device=DEVICE) as study:
        study.backup(copy)
    forget_keys()
    with pytest.raises(StudyLockedError):
        StudyFile.open(copy, device=DEVICE)
    unlock(copy, PASSPHRASE)
    assert annotations(copy) == 1
    assert verify(copy).state == verify(encrypted).state


@pytest.mark.parametrize("own", [None, "the reader's own passphrase"])
@pytest.mark.parametrize("whole", [None, PASSPHRASE])
def test_a_readers_file_goes_out_and_comes_home(path: Path, tmp_path: Path, whole: str | None, own: str | None) -> None:
    if whole:
        make_encrypted(path)
    else:
        ready_study(path).close()
    out = tmp_path / "own.study"
    with StudyFile.open(path, device=DEVICE) as study:
        split(study, "R-02", out, key=FileKey.chosen(own) if own else None)
    forget_keys()
    assert is_locked(out) is bool(own)
    if own:
        with pytest.raises(StudyLockedError):
            unlock(out, PASSPHRASE)
        unlock(out, own)
    with StudyFile.open(out, device="laptop") as opened:
        opened.readers.register("R-02")
        commit(opened, mark(opened, open_reading(opened, reader_id="R-02"), note=NOTE))
    forget_keys()
    if whole:
        unlock(path, whole)
    with StudyFile.open(path, device=DEVICE) as study:
        if own:
            refused = merge(study, [out])[0].refused
            assert isinstance(refused, StudyLockedError)
            unlock(out, own)
        merged = merge(study, [out])[0]
        assert merged.refused is None
        assert merged.events == 6
    assert verify(path).ok
    assert path.read_bytes().startswith(PLAIN_HEADER) is not bool(whole)


def test_another_passphrase_makes_the_first_one_and_its_recovery_key_useless(encrypted: Path) -> None:
    first = unlock(encrypted, PASSPHRASE)
    state = verify(encrypted).state
    mode = encrypted.stat().st_mode
    change_key(encrypted, FileKey.chosen("another passphrase"))
    assert annotations(encrypted) == 1
    forget_keys()
    for old in (PASSPHRASE, first.recovery_key):
        with pytest.raises(StudyLockedError):
            unlock(encrypted, old)
    unlock(encrypted, "another passphrase")
    assert verify(encrypted).state == state
    assert encrypted.stat().st_mode == mode
    assert [file.name for file in encrypted.parent.iterdir()] == [encrypted.name]


def test_no_passphrase_is_changed_while_the_study_is_open(encrypted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doubleread.store.sqlite.patience.BUSY_SECONDS", 0.05)
    before = unlock(encrypted, PASSPHRASE)
    with StudyFile.open(encrypted, device="elsewhere") as other:
        with pytest.raises(StudyFileError, match="in use"):
            change_key(encrypted, FileKey.chosen("another passphrase"))
        mark(other, open_reading(other, "case-1"))
    assert annotations(encrypted) == 2
    assert unlock(encrypted, PASSPHRASE) == before
    assert [file.name for file in encrypted.parent.iterdir()] == [encrypted.name]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_the_study_behind_a_link_gets_the_passphrase_and_the_link_stays(encrypted: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "link.study"
    link.parent.mkdir()
    link.symlink_to(encrypted)
    change_key(link, FileKey.chosen("another passphrase"))
    assert link.is_symlink()
    forget_keys()
    unlock(encrypted, "another passphrase")
    assert annotations(link) == 1


def test_a_plain_study_gets_no_passphrase(path: Path) -> None:
    ready_study(path).close()
    before = path.read_bytes()
    with pytest.raises(StudyFileError, match="is not encrypted"):
        change_key(path, FileKey.chosen(PASSPHRASE))
    with pytest.raises(StudyFileError, match="does not look like"):
        unlock(path, PASSPHRASE)
    assert path.read_bytes() == before


def test_damage_is_told_apart_from_a_wrong_passphrase(encrypted: Path, tmp_path: Path) -> None:
    whole = encrypted.read_bytes()
    source = random.Random(11)
    path = tmp_path / "damaged.study"
    named = 0
    for page in range(len(whole) // PAGE):
        forget_keys()
        data = bytearray(whole)
        # Of the salt in the first 16 bytes nobody can tell: with another one every passphrase is a wrong one.
        data[page * PAGE + source.randrange(16, PAGE)] ^= 1 << source.randrange(8)
        path.write_bytes(data)
        unlock(path, PASSPHRASE)
        report = verify(path)
        assert not report.ok
        said = " ".join(fault for check in report.checks for fault in check.faults)
        # The pages of the schema are needed before any other can be looked at.
        assert "is corrupted (" in said or f"page {page + 1}" in said, said
        named += f"page {page + 1}" in said
        assert page or "first page" in said
        assert path.read_bytes() == data
    assert named > len(whole) // PAGE // 2
    for size in (len(whole) - 1000, len(whole) - 3 * PAGE):
        path.write_bytes(whole[:size])
        assert not verify(path).ok
    forget_keys()
    path.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    with pytest.raises(StudyLockedError, match="badly damaged"):
        unlock(path, PASSPHRASE)


def test_what_a_damaged_one_still_holds_is_saved_and_stays_encrypted(path: Path, tmp_path: Path) -> None:
    key = make_encrypted(path)
    with StudyFile.open(path, device=DEVICE) as study:
        reading = open_reading(study, "case-1")
        for start in range(40):
            reading = mark(study, reading, start, start + 7, note=NOTE)
    whole = path.read_bytes()
    events = len(events_of(path))
    saved: list[Recovered] = []
    lossy = 0
    pages = range(1, len(whole) // PAGE, 2)
    for page in pages:
        data = bytearray(whole)
        data[page * PAGE + 100] ^= 1
        path.write_bytes(data)
        out = tmp_path / f"saved-{page}.study"
        try:
            done = recover(path, out, device="saver")
        except StudyFileError:
            # The page held what a study cannot be without.
            assert not out.exists()
        else:
            saved.append(done)
            lossy += done.events < events
            assert done.events == events or done.losses()
        assert path.read_bytes() == data
    assert len(saved) > len(pages) // 2
    assert lossy >= 2
    assert not [word for word in PLAIN if word in everything_in(tmp_path)]
    forget_keys()
    for done in saved:
        assert unlock(done.out, PASSPHRASE) == key
        report = verify(done.out)
        wrong = {check.name for check in report.checks if not check.ok}
        # A lost case or answer is one that the log tells of.
        assert wrong <= ({"settings and cases", "answers"} if done.losses() else set()), report.as_record()


def test_without_the_library_it_says_what_to_install(
    encrypted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "sqlcipher3"]:
        monkeypatch.delitem(sys.modules, name)
    # None is what the import system itself uses to say that a module is not to be had.
    monkeypatch.setitem(sys.modules, "sqlcipher3", None)
    with pytest.raises(StudyFileError, match=r"doubleread\[encryption\]"):
        unlock(encrypted, PASSPHRASE)
    with pytest.raises(StudyFileError, match=r"doubleread\[encryption\]"):
        StudyFile.open(encrypted, device=DEVICE)
    with pytest.raises(StudyFileError, match=r"doubleread\[encryption\]"):
        make_encrypted(tmp_path / "new.study")
    assert not (tmp_path / "new.study").exists()
    ready_study(tmp_path / "plain.study").close()


def test_the_file_is_not_read_beside_a_connection(encrypted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing a file gives back all the locks that the process holds on it, those of SQLite among them."""
    unlock(encrypted, PASSPHRASE)
    opened: list[Path] = []
    original = Path.open

    def watched(self: Path, *arguments: Any, **more: Any) -> Any:
        opened.append(self)
        return original(self, *arguments, **more)

    with StudyFile.open(encrypted, device=DEVICE) as study:
        monkeypatch.setattr(Path, "open", watched)
        assert not is_locked(encrypted)
        unlock(encrypted, PASSPHRASE)
        forget_keys()
        with StudyFile.open(encrypted, device="two", read_only=True) as other:
            assert other.readers.ids() == [READER]
        study.connection.reopen()
        assert not opened
    assert is_locked(encrypted)
    assert opened


def test_what_is_no_encrypted_study(path: Path) -> None:
    for content in (b"", b"GGUF" + bytes(9000), b"text " * 2000, random.Random(1).randbytes(900)):
        path.write_bytes(content)
        assert not is_locked(path)
    assert not is_locked(path.parent)
    assert not is_locked(path.with_name("none"))
    # Random bytes cannot be told from an encrypted study, and say so.
    path.write_bytes(random.Random(1).randbytes(9000))
    with pytest.raises(StudyLockedError, match="is not a study"):
        unlock(path, PASSPHRASE)


def test_an_older_schema_is_migrated_and_the_copy_of_it_is_encrypted(
    encrypted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_newer_schema(monkeypatch)
    report = verify(encrypted)
    assert report.ok, report.as_record()
    with StudyFile.open(encrypted, device=DEVICE) as study:
        assert study.reading(READER, "case-0") is not None
    (copy,) = encrypted.parent.glob(f"{encrypted.stem}-before-migration-*")
    forget_keys()
    assert is_locked(copy)
    unlock(copy, PASSPHRASE)
    assert len(Connection(copy).rows("SELECT * FROM events")) > 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_process_that_holds_a_key_leaves_no_image_of_its_memory(encrypted: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from doubleread.store.files.unlocking import unlock;"
        "unlock(Path(sys.argv[1]), sys.argv[2]); print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    command = [sys.executable, "-c", code, str(encrypted), PASSPHRASE]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "(0, 0)\n"


PROGRAMS = Path(__file__).with_name("programs.py")


def run_program(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, str(PROGRAMS), *arguments],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, "STUDY_PASSPHRASE": PASSPHRASE},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="the program forks")
def test_kills_lose_no_acknowledged_annotation(path: Path) -> None:
    make_encrypted(path, read=False)
    acknowledged = json.loads(run_program("be_killed", str(path), "20", "2026"))
    assert len(acknowledged) == len(set(acknowledged)) > 20
    report = verify(path)
    assert report.ok, report.as_record()
    with StudyFile.open(path, device=DEVICE) as study:
        rows = {row["id"] for row in study.connection.rows("SELECT id FROM annotations")}
    assert set(acknowledged) <= rows
    assert not [word for word in PLAIN if word in everything_in(path.parent)]


def test_programs_write_at_once_and_nothing_is_lost(path: Path) -> None:
    make_encrypted(path, read=False)
    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(run_program, "append_many", str(path), f"R-1{number}", "40") for number in range(3)]
        written = {annotation_id for run in runs for annotation_id in run.result().split()}
    assert len(written) == 120
    report = verify(path)
    assert report.ok, report.as_record()
    with StudyFile.open(path, device=DEVICE) as study:
        assert {row["id"] for row in study.connection.rows("SELECT id FROM annotations")} == written


@pytest.mark.skipif(sys.platform == "win32", reason="the program forks")
def test_killed_at_any_moment_a_change_of_passphrase_is_done_or_not_begun(encrypted: Path) -> None:
    changed = int(run_program("change_and_be_killed", str(encrypted), "30", "7"))
    assert 0 < changed < 30
    # What a killed program leaves beside the file is encrypted, and no study's name.
    assert not [word for word in PLAIN if word in everything_in(encrypted.parent)]
    assert [file.name for file in encrypted.parent.iterdir() if not file.name.startswith(".")] == [encrypted.name]


def test_a_write_that_was_cut_off_is_rolled_back(encrypted: Path, tmp_path: Path) -> None:
    cut_off = tmp_path / "cut" / "trial.study"
    cut_off.parent.mkdir()
    with StudyFile.open(encrypted, device=DEVICE) as study:
        db = study.connection.db
        assert db.execute("PRAGMA journal_mode = DELETE").fetchone()[0] == "delete"
        db.execute("PRAGMA cache_size = 1")
        db.execute("PRAGMA cache_spill = 1")
        db.execute("BEGIN IMMEDIATE")
        for number in range(300):
            db.execute("INSERT INTO readers (id, registered_at) VALUES (?, 'x')", [f"{number}" + "y" * 2000])
        # Reading the bytes in another process keeps this process's locks.
        copy = "import shutil, sys; [shutil.copy(name, sys.argv[1]) for name in sys.argv[2:]]"
        names = [str(encrypted), f"{encrypted}-journal"]
        subprocess.run([sys.executable, "-c", copy, str(cut_off.parent), *names], check=True)
        db.execute("ROLLBACK")
    report = verify(cut_off)
    assert report.ok, report.as_record()
    assert "was interrupted" in report.checks[0].seen
    assert annotations(cut_off) == 1
    with StudyFile.open(cut_off, device=DEVICE) as again:
        assert again.readers.ids() == [READER]
