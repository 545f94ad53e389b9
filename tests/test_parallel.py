"""Pure work in helper processes: the same results in the same order, whatever happens to a helper."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from doubleread.domain.hashes import bytes_sha256, json_sha256
from doubleread.parallel import Helpers

CHUNKS = [[f"text {number}", number, None, {"a": 0.1}] for number in range(200)]

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="processes are told apart by their process group")


@pytest.fixture
def helpers() -> Iterator[Helpers]:
    with Helpers(most=1, worth_seconds=0.0) as found:
        yield found


def processes(helpers: Helpers) -> set[int]:
    """Return the process groups in which work is done: each helper has its own."""
    return set(helpers.map(os.getpgid, [0] * 50))


def test_results_come_in_the_order_of_the_chunks(helpers):
    assert list(helpers.map(json_sha256, CHUNKS)) == [json_sha256(chunk) for chunk in CHUNKS]


@on_posix
def test_a_helper_does_a_part_of_the_work(helpers):
    found = processes(helpers)
    assert os.getpgid(0) in found
    assert len(found) == 2


@on_posix
def test_short_work_starts_no_helper():
    with Helpers(most=1) as helpers:
        assert processes(helpers) == {os.getpgid(0)}


@on_posix
def test_what_a_killed_helper_had_to_do_is_done_here(helpers):
    (helper,) = processes(helpers) - {os.getpgid(0)}
    results = helpers.map(json_sha256, CHUNKS)
    first = next(results)
    os.kill(helper, signal.SIGKILL)
    assert [first, *results] == [json_sha256(chunk) for chunk in CHUNKS]
    assert processes(helpers) == {os.getpgid(0)}


def test_an_error_of_the_work_is_raised_as_it_is(helpers):
    with pytest.raises(ValueError, match="invalid literal"):
        list(helpers.map(int, ["1"] * 50 + ["one"]))


def test_a_large_result_does_not_block(helpers):
    chunks = [bytes([number]) * 300_000 for number in range(20)]
    assert list(helpers.map(bytes, chunks)) == chunks


def test_a_helper_ends_when_its_starter_no_longer_holds_the_pipe():
    command = [sys.executable, "-P", "-m", "doubleread.parallel"]
    assert subprocess.run(command, stdin=subprocess.DEVNULL, check=False, timeout=60).returncode == 0


def test_a_program_without_an_interpreter_works_alone(monkeypatch, helpers):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert list(helpers.map(bytes_sha256, [b"one", b"two"])) == [bytes_sha256(b"one"), bytes_sha256(b"two")]
