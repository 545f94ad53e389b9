"""Every kind of tampering is found, by the check that is meant for it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest

from doubleread.domain.annotation import Passage
from doubleread.errors import StudyFileError
from doubleread.store import StudyFile
from doubleread.store.branches.merge import merge
from doubleread.store.branches.split import split
from doubleread.store.log import verify as verifying
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.schema import TRIGGERS
from doubleread.store.sqlite.state import study_state
from store.making import DEVICE, READER, act, commit, judge_sentence, make_study, mark, open_reading


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("original") / "trial.study"
    with make_study(path) as study:
        reading = mark(study, open_reading(study), passage=asdict(Passage(0, 4, "Case")))
        reading = mark(study, reading, 2, 9, category="omission", side="B")
        act(study, reading, "annotation.retracted", annotation_id=reading.judgement.annotations[0].id)
        commit(study, reading)
        open_reading(study, "case-1")
        study.readers.register("R-02")
        judge_sentence(study, open_reading(study, reader_id="R-02"))
    return path.read_bytes()


def tamper(path: Path, *statements: str) -> None:
    """Change the file as somebody would who takes the triggers off and puts them back."""
    other = sqlite3.connect(path, isolation_level=None)
    for name in TRIGGERS:
        other.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        other.execute(statement)
    for trigger in TRIGGERS.values():
        other.execute(trigger)
    other.close()


def failed(path: Path) -> set[str]:
    before = path.read_bytes()
    report = verify(path)
    assert path.read_bytes() == before
    assert report.ok == report.as_record()["ok"] == (not [check for check in report.checks if check.faults])
    json.dumps(report.as_record())
    return {check.name for check in report.checks if not check.ok}


def test_a_good_study_passes(original: bytes, path: Path) -> None:
    path.write_bytes(original)
    assert failed(path) == set()
    report = verify(path)
    assert {check.name for check in report.checks} == {
        "open",
        "triggers",
        "integrity",
        "foreign keys",
        "chain",
        "settings and cases",
        "answers",
        "quotes",
        "projections",
        "adjudications",
        "training",
    }
    with StudyFile.open(path, device=DEVICE) as study:
        last = list(study.events())[-1]
    assert report.heads == {DEVICE: (last.seq, last.hash)}


@pytest.mark.parametrize(
    ("statement", "checks"),
    [
        ("UPDATE events SET at = 'x' WHERE seq = 13", {"chain"}),
        ("UPDATE events SET actor = 'R-02' WHERE seq = 12", {"chain"}),
        ("UPDATE events SET body = body || ' ' WHERE seq = 12", {"chain"}),
        ("UPDATE events SET body = replace(body, '\"major\"', '\"minor\"')", {"chain", "projections"}),
        ("UPDATE events SET position = 1000 WHERE seq = 2", {"chain"}),
        (
            "UPDATE events SET reading_id = 'other' WHERE kind = 'annotation.marked' AND seq = 10",
            {"chain", "projections"},
        ),
        ("DELETE FROM events WHERE seq = 5", {"chain", "answers"}),
        ("DELETE FROM events WHERE kind = 'study.created'", {"chain", "settings and cases"}),
        ("UPDATE answers SET text = 'x' || text WHERE id = 'case-0/m-general'", {"answers", "quotes"}),
        ("UPDATE answers SET sha256 = 'x' WHERE id = 'case-2/m-general'", {"answers"}),
        ("UPDATE answers SET manifest = '{}' WHERE id = 'case-2/m-general'", {"answers"}),
        ("UPDATE answers SET reasoning = 'x' WHERE id = 'case-2/m-general'", {"answers"}),
        ("DELETE FROM answers WHERE id = 'case-2/m-general'", {"answers", "foreign keys"}),
        ("UPDATE cases SET text = 'x' || text WHERE id = 'case-0'", {"settings and cases", "quotes"}),
        ("UPDATE cases SET key = 'A' WHERE id = 'case-2'", {"settings and cases"}),
        ("UPDATE cases SET position = 9 WHERE id = 'case-0'", {"settings and cases"}),
        ("UPDATE arms SET name = 'x' WHERE position = 0", {"settings and cases"}),
        ("UPDATE arms SET role = 'x' WHERE position = 0", {"settings and cases"}),
        ("""UPDATE arms SET decoding = '{"temperature":0.1}' WHERE position = 0""", {"settings and cases"}),
        ("""UPDATE arms SET decoding = '{"unknown":1}' WHERE position = 0""", {"settings and cases"}),
        ("""UPDATE arms SET server = '{"url":"http://192.0.2.1","model":"m"}'""", {"settings and cases"}),
        ("UPDATE meta SET value = 'ff' WHERE key = 'secret'", {"settings and cases"}),
        ("UPDATE meta SET value = replace(value, '4096', '512') WHERE key = 'protocol'", {"settings and cases"}),
        ("UPDATE annotations SET severity = 'minor'", {"projections"}),
        ("UPDATE annotations SET note = 'x'", {"projections"}),
        ("UPDATE annotations SET quote = 'x'", {"quotes", "projections"}),
        ("UPDATE annotations SET passage_quote = 'x'", {"quotes", "projections"}),
        ("UPDATE annotations SET passage_source = 'retrieved:0000'", {"quotes", "projections"}),
        ("UPDATE annotations SET passage_relation = 'supports'", {"projections"}),
        ("UPDATE annotations SET retracted_at = NULL", {"projections"}),
        ("DELETE FROM annotations", {"projections"}),
        ("UPDATE sentences SET judgement = 'supported'", {"projections"}),
        ("UPDATE sentences SET quote = 'x'", {"quotes", "projections"}),
        ("DELETE FROM sentences", {"projections"}),
        (
            "INSERT INTO sentences SELECT reading_id, case_id, answer_id, side, 0, 1, 'X', judgement, segmentation,"
            " judged_at FROM sentences LIMIT 1",
            {"quotes", "projections"},
        ),
        ("UPDATE readings SET preference = 'B'", {"projections"}),
        ("UPDATE readings SET committed_at = NULL", {"projections"}),
        ("DELETE FROM readings WHERE case_id = 'case-1'", {"projections"}),
        ("INSERT INTO readers (id, registered_at) VALUES ('R-77', 'x')", {"projections"}),
    ],
)
def test_tampering_is_found(original: bytes, path: Path, statement: str, checks: set[str]) -> None:
    path.write_bytes(original)
    tamper(path, statement)
    assert failed(path) == checks


def test_projections_can_be_made_again(original: bytes, path: Path) -> None:
    path.write_bytes(original)
    tamper(
        path,
        "DELETE FROM annotations",
        "UPDATE readings SET verdicts = '{}'",
        "INSERT INTO readers (id, registered_at) VALUES ('x', 'x')",
    )
    assert failed(path) == {"projections"}
    with StudyFile.open(path, device=DEVICE) as study:
        study.rebuild_projections()
        assert study.readers.ids() == [READER, "R-02"]
    assert failed(path) == set()


def test_many_faults_are_counted(path: Path) -> None:
    make_study(path, 40).close()
    tamper(path, "UPDATE answers SET text = 'x'")
    faults = next(check.faults for check in verify(path).checks if check.name == "answers")
    assert len(faults) == 21
    assert faults[-1] == "and 60 more"


def test_a_large_file_is_checked_as_a_small_one(original: bytes, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(original)
    small = verify(path)
    monkeypatch.setattr(verifying, "_LARGE", 0)
    large = verify(path)
    assert large.ok
    assert large.state == small.state
    assert set(large.checks) == set(small.checks)
    with closing(sqlite3.connect(path)) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_events_1'").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\x00" * 100)
    assert verify(path).verdict == "damaged"
    assert "integrity" in {check.name for check in verify(path).checks if not check.ok}


def test_events_that_no_counting_reading_has_are_checked_too(original: bytes, path: Path) -> None:
    path.write_bytes(original)
    with closing(sqlite3.connect(path)) as db:
        positions = [row[0] for row in db.execute("SELECT position FROM events ORDER BY position")]
    for position in positions:
        path.write_bytes(original)
        tamper(path, f"UPDATE events SET actor = 'x' WHERE position = {position}")
        (chain,) = [check for check in verify(path).checks if check.name == "chain"]
        assert [fault.endswith("its content was changed after it was written") for fault in chain.faults] == [True]


def test_the_heads_are_those_of_the_log(original: bytes, path: Path) -> None:
    path.write_bytes(original)
    tamper(path, "UPDATE events SET prev_hash = 'x' WHERE seq = 5")
    with closing(sqlite3.connect(path)) as db:
        found = db.execute("SELECT device, seq, hash FROM events WHERE seq = 4").fetchone()
    heads = verify(path).heads
    assert len(heads) == 2
    assert heads[f"{DEVICE}#2"] == found[1:]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1",
        "UPDATE annotations SET category = 'other'",
        "UPDATE sentences SET quote = quote || '.'",
        "DELETE FROM annotations",
        "UPDATE readings SET id = 'x' WHERE committed_at IS NULL AND reader_id = 'R-02'",
    ],
)
def test_the_state_is_that_of_the_tables(original: bytes, path: Path, statement: str) -> None:
    path.write_bytes(original)
    tamper(path, "PRAGMA foreign_keys = OFF", statement)
    report = verify(path)
    with closing(Connection(path, read_only=True)) as connection:
        assert report.state == study_state(connection)
    known = [check.state for check in report.checks if check.state]
    assert known == ([report.state] if report.ok else [])


def test_a_file_with_dangling_references_is_not_split_off(original: bytes, path: Path, tmp_path: Path) -> None:
    path.write_bytes(original)
    # Where the log does not register a reader, the rows of their readings refer to nobody.
    tamper(path, "DELETE FROM events WHERE kind = 'reader.registered' AND json_extract(body, '$.reader_id') = 'R-02'")
    own = tmp_path / "own.study"
    with StudyFile.open(path, device=DEVICE) as study, pytest.raises(StudyFileError, match="missing row of readers"):
        split(study, "R-02", own)
    assert not own.exists()


def chain_seen(path: Path) -> str:
    report = verify(path)
    assert report.ok, report.as_record()
    return next(check.seen for check in report.checks if check.name == "chain")


def test_forks_and_gaps_are_counted(path: Path, tmp_path: Path) -> None:
    twin, whole, own = (tmp_path / f"{name}.study" for name in ("twin", "whole", "own"))
    with make_study(path) as study:
        reading = open_reading(study)
        split(study, READER, whole)
        reading = mark(study, reading, 10, 15)
        study.backup(twin)
        mark(study, reading, 0, 5)
    assert "fork" not in chain_seen(whole)
    assert chain_seen(whole).endswith(" that the log itself records")
    with StudyFile.open(twin, device=DEVICE) as other:
        mark(other, open_reading(other, "case-1"), 10, 15)
        mark(other, open_reading(other, "case-2"), 10, 15)
    with StudyFile.open(path, device=DEVICE) as study:
        merge(study, [twin])
        split(study, READER, own)
    assert "1 fork where copies were written independently" in chain_seen(path)
    seen = chain_seen(own)
    assert "1 fork where copies were written independently" in seen
    assert seen.endswith(" that the log itself records")


def test_an_event_that_comes_too_early_is_found(original: bytes, path: Path) -> None:
    path.write_bytes(original)
    tamper(
        path,
        "UPDATE events SET position = -1 WHERE position = 7",
        "UPDATE events SET position = 7 WHERE position = 8",
        "UPDATE events SET position = 8 WHERE position = -1",
    )
    report = verify(path)
    (chain,) = [check for check in report.checks if check.name == "chain"]
    assert "1 event comes before the event that precedes it" in chain.faults
