"""The settings: every line of the file is checked."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from doubleread.config import SHAPES, THEMES, Settings, changed, load_settings, save_keys, save_setting
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
        ("backup_every = -1", "backup_every must be at least 0"),
        (f"backup_every = {'9' * 400}", "backup_every must be at most 1000000000"),
        (f"backup_every = {'9' * 5000}", "integer string conversion"),
        ("backups_kept = 0", "backups_kept must be at least 1"),
        ("prompt_cache_gb = -1", "prompt_cache_gb must be at least 0"),
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


FILE = """\
# mine
theme = "doubleread-light"  # for the clinic

[keys]  # few
commit = "C"  # far from c
undo = "ctrl+u"
"""


def test_a_saved_setting_changes_its_line_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(FILE, encoding="utf-8")
    save_setting(path, "theme", "doubleread-contrast")
    save_setting(path, "line_length", 80)
    text = path.read_text(encoding="utf-8")
    assert text == FILE.replace("light", "contrast").replace("\n\n[keys]", "\nline_length = 80\n\n[keys]")
    saved = load_settings(path)
    assert (saved.theme, saved.line_length, saved.keys) == (THEMES[2], 80, {"commit": "C", "undo": "ctrl+u"})


def test_saved_keys_keep_the_comments_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(FILE, encoding="utf-8")
    save_keys(path, {"commit": "C", "next_case": "f10"})
    text = path.read_text(encoding="utf-8")
    assert text == FILE.replace('undo = "ctrl+u"', 'next_case = "f10"')


def test_the_first_setting_makes_the_file_and_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "own" / "config.toml"
    save_setting(path, "snap_to_words", False)
    assert load_settings(path) == Settings(snap_to_words=False)
    save_keys(path, {"commit": "C"})
    assert load_settings(path) == Settings(snap_to_words=False, keys={"commit": "C"})


@pytest.mark.parametrize("broken", ["theme =", "colour = 'pink'", "[keys\n"])
def test_a_broken_file_is_left_alone(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(DoublereadError, match="Settings not read"):
        save_setting(path, "theme", THEMES[1])
    assert path.read_text(encoding="utf-8") == broken


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DoublereadError, match=r"Settings not (saved|read)"):
        save_setting(tmp_path / "file" / "config.toml", "theme", THEMES[1])


def test_a_changed_value_is_checked_as_in_the_file() -> None:
    assert changed(Settings(), "line_length", 80).line_length == 80
    with pytest.raises(DoublereadError, match="between 40 and 200"):
        changed(Settings(), "line_length", 300)


def test_every_setting_but_the_keys_says_what_it_does() -> None:
    assert set(SHAPES) == {item.name for item in fields(Settings)} - {"keys"}
    assert all(shape.label and shape.about and not shape.about.endswith(".") for shape in SHAPES.values())
