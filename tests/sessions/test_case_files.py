"""Files of cases that are chosen on a screen: how they are read, what is suggested, and why they cannot be used."""

from __future__ import annotations

import json

import pytest

from doubleread.cases.formats import TABLE
from doubleread.cases.reading import ReadAs
from doubleread.domain.assignment import PLANS
from doubleread.errors import WrongSettingsError
from doubleread.read_model.readers import registered_readers
from doubleread.sessions.case_files import (
    all_problems,
    cases_of,
    mapped,
    problem_words,
    read_chosen,
    refusal,
    suggested_mapping,
)
from doubleread.sessions.new_readers import NewReaders, add_readers, cases_of_each, named_people, refused_readers
from doubleread.store import StudyFile
from sessions.making import DEVICE, make_study


def table(path, columns, rows, encoding="utf-8"):
    path.write_text("\n".join(";".join(row) for row in (columns, *rows)) + "\n", encoding=encoding)
    return path


@pytest.fixture
def german(tmp_path):
    rows = [("Müde seit Tagen.", "Was ist es?", "Grippe"), ("Hustet.", "Was nun?", "Asthma")]
    return table(tmp_path / "faelle.csv", ("Befund", "Frage", "Diagnose"), rows, "cp1252")


def test_columns_with_usual_names_are_suggested_and_the_others_wait_for_a_person(german):
    chosen = read_chosen(german)
    assert chosen.how.format == TABLE
    assert chosen.how.encoding == "cp1252"
    assert chosen.how.mapping == {"question": "Frage"}
    assert chosen.sample["Befund"] == "Müde seit Tagen."
    assert [problem_words(problem) for problem in all_problems([chosen])] == [
        "Case text: choose its column under How it is read",
        "Answer key: choose its column under How it is read",
    ]
    how = mapped(mapped(chosen.how, "text", "Befund"), "key", "Diagnose")
    again = read_chosen(german, how)
    assert [(case.text, case.question, case.key) for case in cases_of([again])] == [
        ("Müde seit Tagen.", "Was ist es?", "Grippe"),
        ("Hustet.", "Was nun?", "Asthma"),
    ]
    assert refusal([again], skip_bad=False) is None


def test_a_column_is_read_for_one_field_only_and_can_be_taken_back():
    how = mapped(ReadAs(), "text", "Befund")
    assert mapped(how, "question", "Befund").mapping == {"question": "Befund"}
    assert mapped(how, "text", "").mapping == {}


def test_a_suggestion_takes_no_column_that_is_known():
    assert suggested_mapping(("Frage", "question", "Titel"), {"question": "question"}) == {"title": "Titel"}


def test_a_file_that_cannot_be_read_says_why(tmp_path):
    picture = tmp_path / "picture.png"
    picture.write_bytes(bytes(range(256)))
    chosen = read_chosen(picture)
    refused = refusal([chosen], skip_bad=True)
    assert refused is not None
    assert refused.remedy
    assert not cases_of([chosen])


def test_bad_lines_are_refused_unless_they_are_left_out_and_ids_must_differ_between_files(tmp_path):
    good = {"id": "1", "kind": "diagnosis", "text": "Cough.", "question": "?", "key": "Flu"}
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    one.write_text(json.dumps(good) + '\n{"id": "2"}\n')
    two.write_text(json.dumps({**good, "text": "Another."}) + "\n")
    first, second = read_chosen(one), read_chosen(two)
    refused = refusal([first], skip_bad=False)
    assert refused is not None
    assert refused.happened == "1 line has a problem"
    assert refusal([first], skip_bad=True) is None
    refused = refusal([first, second], skip_bad=True)
    assert refused is not None
    assert "give one of them an id prefix" in refused.happened
    apart = read_chosen(two, ReadAs(id_prefix="b-"))
    assert [case.id for case in cases_of([first, apart])] == ["1"]
    assert refusal([], skip_bad=False) is not None


def test_people_are_named_in_one_line():
    assert named_people(" R-01,R-02 ; R-03,") == ("R-01", "R-02", "R-03")
    with pytest.raises(WrongSettingsError):
        named_people("R\0")


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (NewReaders(("R-01", "R-01")), "R-01 is named twice"),
        (NewReaders(("R-01",), ("r1",)), "easily confused"),
        (NewReaders((), (), "all"), "nobody to assign"),
        (NewReaders(("R-01",), (), "blocks", 2), "2 readers of each case are more than the 1 named"),
        (NewReaders(("R-01", "R-02", "R-03"), (), "blocks", 1), "somebody would get no case"),
    ],
)
def test_readers_are_refused_before_anything_is_written(new, words):
    error = refused_readers(new, cases=2)
    assert error is not None
    assert words in error.happened


@pytest.mark.parametrize("plan", [None, *PLANS])
def test_readers_are_registered_and_get_the_cases_that_were_announced(tmp_path, plan):
    make_study(tmp_path / "study.doubleread", 6).close()
    new = NewReaders(("R-01", "R-02", "R-03"), ("S-01",), plan, 2 if plan not in (None, "all") else None)
    assert refused_readers(new, 6) is None
    add_readers(tmp_path / "study.doubleread", new)
    fewest, most = cases_of_each(new, 6)
    with StudyFile.open(tmp_path / "study.doubleread", device=DEVICE, read_only=True) as study:
        found = registered_readers(study)
    assert [reader.reader_id for reader in found] == ["R-01", "R-02", "R-03", "S-01"]
    assert all(reader.assigned == bool(plan) for reader in found[:3])
    assert all(fewest <= reader.cases <= most for reader in found[:3])
