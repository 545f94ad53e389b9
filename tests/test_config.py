"""The settings: every line of the file is checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from doubleread.config import Settings, load_settings
from doubleread.errors import DoublereadError


def load(folder: Path, text: str) -> Settings:
    (folder / "config.toml").write_text(text, encoding="utf-8")
    return load_settings(folder / "config.toml")


def test_without_a_file_the_defaults_count(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "config.toml") == Settings()


def test_a_setting_is_read_and_the_others_keep_their_defaults(tmp_path: Path) -> None:
    assert load(tmp_path, "idle_seconds = 90\n[keys]\nmark = 'x'") == Settings(idle_seconds=90, keys={"mark": "x"})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("idle_seconds = nan", "idle_seconds must be above 0"),
        ("idle_seconds = inf", "idle_seconds must be above 0"),
        ("idle_seconds = 0", "idle_seconds must be above 0"),
        ("idle_seconds = true", "idle_seconds must be like 60.0"),
        ("line_length = 39", "line_length must be between 40 and 200"),
        ("line_length = 76.0", "line_length must be like 76"),
        ("backup_every = -1", "backup_every must not be below 0"),
        ("backups_kept = 0", "backups_kept must be at least 1"),
        ("theme = 'pink'", "no theme is called 'pink'"),
        ("keys.mark = 1", "keys must look like"),
        ("colour = 'pink'", "no such setting: colour"),
        ("theme =", "Invalid value"),
    ],
)
def test_a_wrong_line_is_refused(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(DoublereadError, match="Settings not read") as refused:
        load(tmp_path, line)
    assert said in str(refused.value)
