"""What every test gets: a home of its own, so that nothing of the user's is read or written, and a fast disk."""

import gc
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from textual import _wait

from handled import instead_of_idle

# Every run tries the same examples, however slow the machine is: a failure is then one of the program, and comes again.
# `pytest --hypothesis-profile=explore` looks for others.
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeat", settings.get_profile("explore"), derandomize=True, database=None)
settings.load_profile("repeat")

_MEMORY = Path("/dev/shm")
_ROOM = 4 * 2**30
"""What there must be free in memory to keep the files of a run there, in bytes."""

_REST = 0.005
"""How many seconds a screen at which threads work must rest before a test presses the next key."""


def pytest_configure() -> None:
    """Keep temporary files in memory where there is room: waiting for a disk takes most of the time of a commit."""
    if "TMPDIR" in os.environ or not _MEMORY.is_dir() or not os.access(_MEMORY, os.W_OK | os.X_OK):
        return
    if os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC or shutil.disk_usage(_MEMORY).free < _ROOM:
        return
    os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


def pytest_collection_finish() -> None:
    """Take ten thousand tests and their modules out of what every garbage collection walks through."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("DOUBLEREAD_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def next_key_when_handled(monkeypatch):
    """Press the next key once the last one is handled. While threads work, press it after a short rest."""
    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", _REST)
    monkeypatch.setattr(_wait, "SLEEP_IDLE", _REST / 20)
    wait = instead_of_idle(_wait.wait_for_idle)
    monkeypatch.setattr("textual.app.wait_for_idle", wait)
    monkeypatch.setattr("textual.pilot.wait_for_idle", wait)
