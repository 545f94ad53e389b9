"""A file is replaced as a whole or not at all."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import TextIO

import pytest

from doubleread.atomic import NotReplaceableError, atomic_write, atomic_write_bytes


def test_writes_text_with_its_own_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with atomic_write(path) as file:
        file.write("café\n")
        file.write("two\r\n")
    assert path.read_bytes() == "café\ntwo\r\n".encode()
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.jsonl"]


def fail_after_writing(file: TextIO) -> None:
    file.write("half of the new")
    raise RuntimeError("stop")


def test_old_file_stays_when_the_block_fails(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(RuntimeError, match="stop"), atomic_write(path) as file:
        fail_after_writing(file)
    assert path.read_text(encoding="utf-8") == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.txt"]


def test_text_that_cannot_be_encoded_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(UnicodeEncodeError), atomic_write(path) as file:
        file.write("\ud800")
    assert path.read_text(encoding="utf-8") == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.txt"]


def test_the_old_content_is_read_until_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "out.bin"
    path.write_bytes(b"old")
    with atomic_write_bytes(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no POSIX permissions")
def test_file_is_private_unless_told_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "private"
    with atomic_write(path) as file:
        file.write("x")
    assert path.stat().st_mode & 0o777 == 0o600
    old = os.umask(0o022)
    try:
        with atomic_write(path, mode=0o666) as file:
            file.write("x")
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need a privilege on Windows")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old", encoding="utf-8")
    link.symlink_to(real)
    with atomic_write(link) as file:
        file.write("new")
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == "new"


def test_a_long_name_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 200)
    with atomic_write(path) as file:
        file.write("x")
    assert path.read_text(encoding="utf-8") == "x"


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "nowhere" / "out") as file:
        file.write("x")


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_killed_writer_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old", encoding="utf-8")
    program = (
        "import os, signal, sys\n"
        "from doubleread.atomic import atomic_write\n"
        "with atomic_write(sys.argv[1]) as file:\n"
        "    file.write('x' * 100000)\n"
        "    file.flush()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert done.returncode == -9
    assert path.read_text(encoding="utf-8") == "old"


def make_device(path: Path) -> None:
    try:
        os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
    except (AttributeError, PermissionError, OSError):
        pytest.skip("devices cannot be made here")


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


IRREGULAR = {
    "a FIFO": lambda path: os.mkfifo(path),
    "a socket": make_socket,
    "a device": make_device,
    "a folder": Path.mkdir,
    "a broken symbolic link": lambda path: path.symlink_to(path.with_name("nothing")),
}


@pytest.mark.skipif(os.name == "nt", reason="Windows has none of these")
@pytest.mark.parametrize("what", list(IRREGULAR))
@pytest.mark.parametrize("linked", [False, True])
def test_only_a_regular_file_is_replaced(tmp_path: Path, monkeypatch, what: str, linked: bool) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    path = Path("here")
    IRREGULAR[what](path)
    before = path.lstat()
    target = path
    if linked:
        target = Path("link")
        target.symlink_to(path)
    with pytest.raises(NotReplaceableError, match=what), atomic_write(target) as file:
        file.write("x")
    assert path.lstat() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == (["here", "link"] if linked else ["here"])


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need a privilege on Windows")
def test_a_circle_of_links_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    with pytest.raises(OSError), atomic_write(tmp_path / "one") as file:
        file.write("x")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["one", "two"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no FIFO")
def test_what_takes_the_files_place_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with pytest.raises(NotReplaceableError), atomic_write(path):
        os.mkfifo(path)
    assert path.is_fifo()
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
