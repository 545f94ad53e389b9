"""Files that commands write: only a regular file is ever replaced, and what cannot be written is said."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cli.conftest import PROGRAM, write_pack

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX files")


@pytest.fixture
def study(tmp_path, invoke):
    path = tmp_path / "s.doubleread"
    pack = write_pack(tmp_path / "pack.jsonl")
    assert invoke("new", path, "--cases", pack, "--model-a", "one", "--model-b", "two").code == 0
    answers = tmp_path / "answers.jsonl"
    answers.write_text('{"case_id": "pack-0", "text": "A"}\n', encoding="utf-8")
    for arm in ("one", "two"):
        assert invoke("import-answers", path, answers, "--arm", arm).code == 0
    return path


@pytest.fixture
def writers(study, tmp_path):
    """The commands that write, as lists of arguments that lack only the name of their output."""
    pack = tmp_path / "pack.jsonl"
    return {
        "convert": ["cases", "convert", pack, "--format", "native", "--force", "--out"],
        "report": ["report", study, "--force", "--out"],
        "backup": ["backup", study, "--out"],
        "split": ["split", study, "--reader", "R-01", "--out"],
        "export": ["export", study, "--format", "csv", "--out"],
        "deposit": ["deposit", study, "--out"],
        "recover": ["recover", study, "--out"],
        "new": ["new", "--cases", pack, "--model-a", "one", "--model-b", "two"],
        "demo": ["demo", "--headless", "--study"],
        "skipped": ["cases", "check", pack, "--skip-bad", "--skipped-out"],
    }


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def make_block_device(path):
    try:
        os.mknod(path, 0o600 | stat.S_IFBLK, os.makedev(7, 250))
    except (AttributeError, OSError):
        pytest.skip("devices cannot be made here")


def make_full_folder(path):
    path.mkdir()
    (path / "file").touch()


NEVER = {
    "socket": make_socket,
    "disk": make_block_device,
    "folder": make_full_folder,
    "link": lambda path: path.symlink_to("nothing"),
    "loop": lambda path: path.symlink_to(path),
}
COMMANDS = ["convert", "report", "backup", "split", "export", "deposit", "recover", "new", "skipped"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("what", list(NEVER))
def test_what_is_no_regular_file_is_never_replaced(writers, invoke, tmp_path, monkeypatch, command, what):
    monkeypatch.chdir(tmp_path)
    out = Path("here.doubleread")
    NEVER[what](out)
    before = out.lstat()
    names = sorted(os.listdir())
    done = invoke(*writers[command], out)
    assert done.code == 1
    assert "here.doubleread" in done.err
    assert "Unexpected error" not in done.err
    assert (out.lstat().st_mode, out.lstat().st_ino) == (before.st_mode, before.st_ino)
    assert sorted(os.listdir()) == names


@pytest.mark.parametrize("command", ["backup", "split", "export", "deposit", "recover", "new"])
def test_a_study_is_not_written_into_a_fifo(writers, invoke, tmp_path, command):
    out = tmp_path / "here.doubleread"
    os.mkfifo(out)
    done = invoke(*writers[command], out)
    assert done.code == 1
    assert out.is_fifo()


@pytest.mark.parametrize("out", ["/dev/null", "/dev/full", "-", "/dev/stdout", "fifo"])
@pytest.mark.parametrize("command", ["backup", "split", "export", "deposit", "recover", "new", "demo"])
def test_a_study_is_not_written_beside_a_device_or_a_stream(writers, invoke, tmp_path, monkeypatch, command, out):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("fifo")
    before = sorted(os.listdir()), sorted(os.listdir("/dev"))
    done = invoke(*writers[command], out)
    assert (done.code, done.out) == (1, "")
    assert ("name of a new file" in done.err) or (command in ("export", "deposit") and "folder" in done.err)
    assert (sorted(os.listdir()), sorted(os.listdir("/dev"))) == before


@pytest.mark.parametrize(("command", "start"), [("convert", b'{"id"'), ("report", b"<!"), ("skipped", b"")])
def test_a_fifo_is_written_into(writers, invoke, tmp_path, command, start):
    out = tmp_path / "fifo"
    os.mkfifo(out)
    got = []
    reader = threading.Thread(target=lambda: got.append(out.read_bytes()))
    reader.start()
    done = invoke(*writers[command], out)
    reader.join(60)
    assert done.code == 0, done.err
    assert out.is_fifo()
    assert got[0].startswith(start)


@pytest.mark.parametrize("command", ["convert", "report"])
def test_the_null_device_swallows_it_and_stays(writers, invoke, command):
    assert invoke(*writers[command], "/dev/null").code == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.parametrize("command", ["convert", "report"])
def test_a_full_device_is_an_error(writers, invoke, command):
    done = invoke(*writers[command], "/dev/full")
    assert done.code == 1
    assert "/dev/full cannot be written (No space left on device)" in done.err


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
@pytest.mark.parametrize("command", ["convert", "report"])
def test_standard_output_in_a_pipe_and_in_a_file(writers, tmp_path, command, name):
    call = [*PROGRAM, *map(str, writers[command]), name]
    piped = subprocess.run(call, capture_output=True, check=True)
    caught = tmp_path / "caught"
    with caught.open("wb") as file:
        subprocess.run(call, stdout=file, stderr=subprocess.PIPE, check=True)
    head = piped.stdout[:5]
    assert head in (b'{"id"', b"<!doc", b"<!DOC")
    assert caught.read_bytes()[:5] == head
    if command == "convert":
        assert [json.loads(line)["id"] for line in piped.stdout.splitlines()] == ["pack-0", "pack-1", "pack-2"]
        assert b"3 cases written" in piped.stderr


@pytest.mark.parametrize("command", ["convert", "report"])
def test_a_link_stays_and_the_file_behind_it_is_replaced_with_force_only(writers, invoke, tmp_path, command):
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old", encoding="utf-8")
    link.symlink_to(real)
    without = [argument for argument in writers[command] if argument != "--force"]
    refused = invoke(*without, link)
    assert refused.code == 1
    assert "exists already" in refused.err
    assert real.read_text(encoding="utf-8") == "old"
    assert invoke(*writers[command], link).code == 0
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8")[:1] in "{<"


@pytest.mark.parametrize("command", ["convert", "report"])
@pytest.mark.parametrize("name", ["other.doubleread", "study.db"])
def test_force_does_not_replace_a_study(writers, study, invoke, tmp_path, command, name):
    other = tmp_path / name
    other.write_bytes(study.read_bytes() if other.suffix == ".db" else b"encrypted")
    before = other.read_bytes()
    refused = invoke(*writers[command], other)
    assert (refused.code, other.read_bytes()) == (1, before)
    assert "may be a study, which --force does not replace" in refused.err


@pytest.mark.parametrize("command", ["convert", "report", "skipped"])
@pytest.mark.parametrize(
    ("name", "words"), [("nowhere/out", "no folder"), ("file/out", "Not a directory"), ("n" * 300, "long")]
)
def test_a_name_that_cannot_be_written_is_said(writers, invoke, tmp_path, monkeypatch, command, name, words):
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    done = invoke(*writers[command], name)
    assert done.code == 1
    assert words in done.err
    assert "Unexpected" not in done.err


def without_rights(call):
    """Run a program as this user, without what root may do beyond the permissions of files."""
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may write everywhere")
        call = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *call]
    return subprocess.run(call, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_without_permission_is_said(writers, tmp_path, command):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    done = without_rights([*PROGRAM, *map(str, writers[command]), str(closed / "out.doubleread")])
    assert done.returncode == 1
    assert "ermission" in done.stderr
    assert "Unexpected error" not in done.stderr
    assert list(closed.iterdir()) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_cannot_be_entered_is_said(writers, tmp_path, command):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o000)
    done = without_rights([*PROGRAM, *map(str, writers[command]), str(closed / "out.doubleread")])
    assert done.returncode == 1
    assert "ermission" in done.stderr
    assert "Unexpected error" not in done.stderr


def test_a_file_that_grows_too_large_leaves_nothing(tmp_path):
    pack = write_pack(tmp_path / "pack.jsonl", 400)
    program = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "from doubleread.cli.entry import run\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    call = [sys.executable, "-c", program, "cases", "convert", str(pack), "--format", "native", "--out"]
    done = subprocess.run([*call, str(tmp_path / "out")], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "cannot be written (File too large)" in done.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["pack.jsonl"]
