"""This installation's identity is made once, and a folder that cannot be written is said plainly."""

from __future__ import annotations

import uuid

import pytest

from doubleread import locations
from doubleread.device import this_device
from doubleread.errors import DoublereadError


def test_the_identity_stays_and_is_private():
    first = this_device()
    assert str(uuid.UUID(first)) == first == this_device()
    assert locations.device_file().stat().st_mode & 0o077 == 0


def test_what_is_no_identity_is_replaced():
    first = this_device()
    locations.device_file().write_text("half a l", encoding="ascii")
    assert this_device() != first


def test_a_folder_that_cannot_be_made_is_an_error_with_a_remedy(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way", encoding="ascii")
    monkeypatch.setenv("DOUBLEREAD_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(DoublereadError, match="DOUBLEREAD_HOME"):
        this_device()
