"""Paths as they are typed, pasted and dropped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from doubleread.typed_paths import meant_path


@pytest.fixture
def dropped(tmp_path: Path) -> Path:
    path = tmp_path / "my study (50%)" / "trial R-01.doubleread"
    path.parent.mkdir()
    path.write_text("x")
    return path


@pytest.mark.parametrize("wrap", ["{}", "'{}'", '"{}"', " {} \n", "'{}' "])
def test_quotes_and_spaces_around_a_path_are_ignored(dropped: Path, wrap: str) -> None:
    assert meant_path(wrap.format(dropped)) == dropped


@pytest.mark.skipif(os.sep != "/", reason="a backslash separates folders here")
def test_backslashes_protect_characters(dropped: Path) -> None:
    escaped = str(dropped)
    for sign in " ()%":
        escaped = escaped.replace(sign, f"\\{sign}")
    assert meant_path(escaped) == dropped


def test_an_address_of_a_file_is_its_path(dropped: Path) -> None:
    assert meant_path(dropped.as_uri()) == dropped
    assert meant_path(Path(dropped.as_uri())) == dropped, "one slash is lost in a Path"
    assert meant_path(dropped.as_uri().replace("file://", "file://localhost")) == dropped


def test_what_exists_as_it_is_typed_is_taken_as_it_is(tmp_path: Path) -> None:
    odd = tmp_path / "'quoted'"
    odd.write_text("x")
    (tmp_path / "quoted").write_text("x")
    assert meant_path(f"{tmp_path}/'quoted'") == odd


@pytest.mark.parametrize(
    "typed",
    ["'none.doubleread'", "file:///none", "a\0b", "x" * 5000, "https://example.org/x", "", "~nobody-here/x", "~\0"],
)
def test_what_is_not_there_is_returned_as_it_was_typed(typed: str) -> None:
    assert meant_path(typed) == Path(typed)
