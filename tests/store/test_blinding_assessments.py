"""Blinding assessments in the file: checked, kept, brought home, and never with a word of which model it was."""

from __future__ import annotations

import json
import shutil
import sqlite3
from itertools import permutations
from pathlib import Path

import pytest

from doubleread.domain.blinding_assessment import BlindingAssessment
from doubleread.domain.events import event_hash
from doubleread.domain.hashes import canonical_json
from doubleread.errors import InputRefusedError, StudyChangedError
from doubleread.store import StudyFile
from doubleread.store.branches.merge import merge
from doubleread.store.branches.split import split
from doubleread.store.log.verify import verify
from doubleread.store.records import event_from_row, event_row
from doubleread.store.sqlite.recovery import recover
from store.making import DEVICE, READER, act, commit, open_reading, ready_study


def assess_blinding(study: StudyFile, reading, said: str = "A", about: str = "biomedical"):
    return act(study, reading, "blinding.assessed", said=said, about=about)


def blinding_assessments(study: StudyFile) -> list[tuple]:
    rows = study.connection.rows(
        "SELECT reading_id, about, said, answer_id FROM blinding_assessments ORDER BY reading_id"
    )
    return [tuple(row) for row in rows]


def test_a_guess_is_kept_beside_its_reading_and_is_no_judgement(path: Path) -> None:
    with ready_study(path) as study:
        reading = assess_blinding(study, commit(study, open_reading(study)), "B")
        assert reading.blinding_assessment == BlindingAssessment("B", "biomedical")
        assert (reading.corrections, reading.undoable) == ((), ())
        early = assess_blinding(study, open_reading(study, "case-1"), "no idea")
        assert not early.committed
        assert blinding_assessments(study) == [
            (reading.id, "biomedical", "B", "case-0/m-biomedical"),
            (early.id, "biomedical", "no idea", None),
        ]
        before = blinding_assessments(study)
        study.rebuild_projections()
        assert blinding_assessments(study) == before
        assert [asked.assessed for asked in study.asked_about(READER)] == [True]
    assert verify(path).ok


def test_a_table_that_says_something_else_is_found(path: Path) -> None:
    with ready_study(path) as study:
        assess_blinding(study, commit(study, open_reading(study)))
    with sqlite3.connect(path) as other:
        other.execute("UPDATE blinding_assessments SET said = 'B'")
    other.close()
    assert any("assessment of reading" in fault for check in verify(path).checks for fault in check.faults)
    with sqlite3.connect(path) as other:
        other.execute("DELETE FROM blinding_assessments")
    other.close()
    assert any("blinding_assessment" in fault for check in verify(path).checks for fault in check.faults)


@pytest.mark.parametrize("body", [{"said": "C", "about": "x"}, {"said": "A"}, {"said": "A", "about": " "}, {"said": 1}])
def test_what_is_no_guess_is_refused(path: Path, body: dict) -> None:
    with ready_study(path) as study:
        reading = commit(study, open_reading(study))
        with pytest.raises(InputRefusedError, match="Blinding assessment refused"):
            act(study, reading, "blinding.assessed", **body)
        assert blinding_assessments(study) == []


def test_it_is_asked_once(path: Path) -> None:
    with ready_study(path) as study:
        reading = assess_blinding(study, commit(study, open_reading(study)), "skipped")
        with pytest.raises(StudyChangedError, match="already asked"):
            assess_blinding(study, reading, "A")


def test_copies_come_together_in_any_order(path: Path, tmp_path: Path) -> None:
    with ready_study(path) as study:
        committed = commit(study, open_reading(study))
        copies = [tmp_path / f"copy-{number}.study" for number in range(3)]
        for copy in copies:
            study.backup(copy)
    for number, (copy, said) in enumerate(zip(copies, ("A", "B", "no idea"), strict=True)):
        with StudyFile.open(copy, device=f"laptop-{number}") as own:
            assess_blinding(own, own.reading(committed.reader_id, "case-0"), said)
    states, found = set(), set()
    for number, order in enumerate(permutations(copies)):
        target = tmp_path / f"home-{number}.study"
        shutil.copyfile(path, target)
        with StudyFile.open(target, device="home") as home:
            for merged in merge(home, order):
                assert merged.refused is None
            found.add(tuple(blinding_assessments(home)))
        report = verify(target)
        assert report.ok, report
        states.add(report.state)
    assert len(states) == len(found) == 1


def test_an_own_file_asks_without_naming_and_its_guess_comes_home(path: Path, tmp_path: Path) -> None:
    own_path = tmp_path / "own.study"
    with ready_study(path) as study:
        study.readers.register("R-02")
        assess_blinding(study, commit(study, open_reading(study, reader_id="R-02")), "A")
        split(study, READER, own_path)
        assert study.asked_role() == "biomedical"
    assert b'"biomedical"' not in own_path.read_bytes()
    with StudyFile.open(own_path, device="laptop") as own:
        assert own.asked_role() == "biomedical"
        assert blinding_assessments(own) == []
        own.readers.register(READER)
        sides = dict(zip("AB", own.answers.of_case("case-1"), strict=True))
        answers = own.answers.of_case("case-1")
        reading = open_reading_of(own, {side: answers[arm].id for side, arm in sides.items()})
        assess_blinding(own, commit(own, reading), "A", own.asked_role())
    with StudyFile.open(path, device=DEVICE) as study:
        (merged,) = merge(study, [own_path])
        assert merged.refused is None
        assert len(blinding_assessments(study)) == 2
    assert verify(path).ok
    recover(path, tmp_path / "new.study", device=DEVICE)
    with StudyFile.open(tmp_path / "new.study", device=DEVICE) as again:
        assert len(blinding_assessments(again)) == 2


def open_reading_of(study: StudyFile, sides: dict[str, str]):
    from store.making import opening

    draft = opening(study, "case-1", answer_ids=sides)
    return study.append(READER, str(draft.body["reading_id"]), [draft])


def test_a_file_that_brings_no_guess_is_refused(path: Path, tmp_path: Path) -> None:
    other_path = tmp_path / "other.study"
    with ready_study(path) as study:
        reading = commit(study, open_reading(study))
        study.backup(other_path)
    with StudyFile.open(other_path, device="other") as other:
        assess_blinding(other, other.reading(reading.reader_id, "case-0"))
    forge(other_path, said="C")
    with StudyFile.open(path, device=DEVICE) as study:
        (merged,) = merge(study, [other_path])
        assert merged.refused is not None
        assert "'C' is not one of" in str(merged.refused)
        assert blinding_assessments(study) == []


def forge(path: Path, **changes: str) -> None:
    """Write another body into the assessment, with the hash that it must carry."""
    with sqlite3.connect(path) as other:
        other.row_factory = sqlite3.Row
        other.execute("DROP TRIGGER events_no_update")
        row = other.execute("SELECT * FROM events WHERE kind = ?", ["blinding.assessed"]).fetchone()
        event = event_from_row(row)
        body = {**event.body, **changes}
        fields = (event.id, event.device, event.seq, event.at, event.actor, event.kind, body, event.prev_hash)
        event = event._replace(body=json.loads(canonical_json(body)), hash=event_hash(*fields))
        made = event_row(event)
        other.execute("UPDATE events SET body = ?, hash = ? WHERE id = ?", [made["body"], made["hash"], event.id])
        from doubleread.store.sqlite.schema import TRIGGERS

        other.execute(TRIGGERS["events_no_update"])
    other.close()
