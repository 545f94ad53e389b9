"""Where readers were is kept outside the study, and nothing depends on it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from doubleread.sessions import reading_places
from doubleread.sessions.reading_places import ReadingPlace, ReadingPlaces

PLACE = ReadingPlace("B", 17, 3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "places.json"


@pytest.fixture
def places(path: Path) -> ReadingPlaces:
    return ReadingPlaces(path, "study-1", "R-01")


def test_a_place_belongs_to_a_reader_in_a_study(path: Path, places: ReadingPlaces) -> None:
    assert places.last(["c1", "c2"]) is None
    places.keep("c2", PLACE)
    assert ReadingPlaces(path, "study-1", "R-01").last(["c1", "c2"]) == ("c2", PLACE)
    assert places.last(["c1"]) is None, "the case is no longer in the worklist"
    assert ReadingPlaces(path, "study-1", "R-02").last(["c1", "c2"]) is None
    assert ReadingPlaces(path, "study-2", "R-01").last(["c1", "c2"]) is None
    places.keep("c1", ReadingPlace())
    assert places.last(["c1", "c2"]) == ("c1", ReadingPlace())


def test_the_file_holds_no_words(path: Path, places: ReadingPlaces) -> None:
    places.keep("pericarditis-44", PLACE)
    text = path.read_text()
    for words in ("study-1", "R-01", "pericarditis"):
        assert words not in text
    (kept,) = json.loads(text).values()
    assert set(kept) == {"item", "pane", "caret", "row"}


@pytest.mark.parametrize("damaged", ["", "{", "[1]", '{"%s": 3}', '{"%s": {"item": 1}}', "\0", "[" * 100_000])
def test_a_damaged_file_is_as_good_as_none(path: Path, places: ReadingPlaces, damaged: str) -> None:
    places.keep("c1", PLACE)
    (key,) = json.loads(path.read_text())
    path.write_text(damaged.replace("%s", key))
    assert places.last(["c1"]) is None
    places.keep("c1", PLACE)
    assert places.last(["c1"]) == ("c1", PLACE)


def test_a_wrong_place_in_the_file_is_not_taken(path: Path, places: ReadingPlaces) -> None:
    places.keep("c1", PLACE)
    for name, value in (("pane", "C"), ("caret", "1"), ("row", True), ("row", None)):
        (key,) = held = json.loads(path.read_text())
        held[key] |= {name: value}
        path.write_text(json.dumps(held))
        assert places.last(["c1"]) is None
        places.keep("c1", PLACE)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    places = ReadingPlaces(tmp_path / "file" / "places.json", "study-1", "R-01")
    places.keep("c1", PLACE)
    assert places.last(["c1"]) is None


def test_the_oldest_places_are_forgotten(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_places, "MOST", 2)
    readers = [ReadingPlaces(path, "study-1", f"R-0{number}") for number in range(3)]
    for places in readers:
        places.keep("c1", PLACE)
    assert [places.last(["c1"]) is None for places in readers] == [True, False, False]
