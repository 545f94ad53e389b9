"""Damaged files give up what they still hold, and say what they do not."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from pathlib import Path

import pytest

from doubleread.errors import StudyFileError
from doubleread.store import StudyFile
from doubleread.store.branches.merge import merge
from doubleread.store.branches.split import split
from doubleread.store.log.verify import verify
from doubleread.store.sqlite.recovery import Recovered, recover
from store.making import DEVICE, READER, act, commit, make_study, mark, open_reading


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "trial.study"
    with make_study(path, 6) as study:
        for case_id in study.case_ids()[:4]:
            reading = open_reading(study, case_id)
            for start in range(0, 20, 2):
                reading = mark(study, reading, start, start + 9, note="a note of some length " * 3)
            act(study, reading, "annotation.retracted", annotation_id=reading.judgement.annotations[0].id)
            commit(study, reading)
    return path.read_bytes()


def test_a_whole_file_is_recovered_whole(whole: bytes, path: Path, tmp_path: Path) -> None:
    path.write_bytes(whole)
    done = recover(path, tmp_path / "new.study", device="saver")
    assert done.losses() == []
    assert verify(done.out).ok
    assert verify(done.out).state == verify(path).state
    with StudyFile.open(done.out, device=DEVICE) as study:
        assert list(study.events())[-1].kind == "study.recovered"


def hit(data: bytearray, annotation_id: str) -> None:
    """Flip a bit in the body of an annotation's event, as a failing disk does."""
    data[data.index(f'"id":"{annotation_id}"'.encode()) + 8] ^= 1


def test_a_hit_event_is_left_out_and_the_rest_counts(whole: bytes, path: Path, tmp_path: Path) -> None:
    path.write_bytes(whole)
    with StudyFile.open(path, device=DEVICE) as study:
        marks = list(study.events(kind="annotation.marked"))
    data = bytearray(whole)
    hit(data, marks[3].body["annotation"]["id"])
    path.write_bytes(data)
    assert not verify(path).ok
    done = recover(path, tmp_path / "new.study", device="saver")
    assert path.read_bytes() == data
    assert (done.lost, done.unread, done.readings, done.superseded) == (1, 1, 4, 0)
    report = verify(done.out)
    assert report.ok, report.as_record()
    assert "1 gap" in next(check.seen for check in report.checks if check.name == "chain")
    with StudyFile.open(done.out, device=DEVICE) as study:
        reading = study.reading(READER, "case-0")
        assert reading is not None
        assert reading.committed
        assert marks[3].body["annotation"]["id"] not in {annotation.id for annotation in reading.judgement.annotations}
        assert len(reading.judgement.annotations) == 8
        mark(study, open_reading(study, "case-5"))
    assert verify(done.out).ok


def test_a_backup_gives_back_what_was_lost(whole: bytes, path: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.study"
    backup.write_bytes(whole)
    path.write_bytes(whole)
    with StudyFile.open(path, device=DEVICE) as study:
        mark(study, open_reading(study, "case-4"), 0, 4)
        event = next(iter(study.events(kind="annotation.marked")))
    expected = verify(path).state
    data = bytearray(path.read_bytes())
    hit(data, event.body["annotation"]["id"])
    path.write_bytes(data)
    done = recover(path, tmp_path / "new.study", device="saver")
    assert verify(done.out).state != expected
    for target, other in ((done.out, backup), (backup, done.out)):
        with StudyFile.open(target, device="merger") as study:
            assert merge(study, [other])[0].refused is None
        report = verify(target)
        assert report.ok, report.as_record()
        assert report.state == expected


def test_a_lost_opening_sets_its_reading_aside(whole: bytes, path: Path, tmp_path: Path) -> None:
    path.write_bytes(whole)
    other = sqlite3.connect(path)
    other.execute("DROP TRIGGER events_no_delete")
    other.execute(
        "DELETE FROM events WHERE position = (SELECT min(position) FROM events WHERE kind = 'reading.opened')"
    )
    other.commit()
    other.close()
    done = recover(path, tmp_path / "new.study", device="saver")
    assert (done.readings, done.superseded) == (3, 1)
    assert "in part" in done.losses()[-1]
    assert verify(done.out).ok


def test_events_in_the_wrong_place_come_after_those_that_precede_them(whole: bytes, path: Path, tmp_path: Path) -> None:
    path.write_bytes(whole)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "DROP TRIGGER events_no_update; UPDATE events SET position = position + 1000 WHERE position IN (5, 9)"
        )
    assert not verify(path).ok
    done = recover(path, tmp_path / "new.study", device="saver")
    assert (done.lost, done.unread) == (0, 0)
    assert verify(done.out).ok


def recovered_or_refused(path: Path, out: Path) -> Recovered | None:
    with contextlib.suppress(StudyFileError):
        return recover(path, out, device="saver")
    assert not out.exists()
    return None


@pytest.mark.parametrize("harm", ["cut", "blank", "flip"])
def test_whatever_the_damage_it_is_a_new_file_or_a_clear_message(whole: bytes, tmp_path: Path, harm: str) -> None:
    source = random.Random(harm)
    saved = 0
    for number in range(40):
        data = bytearray(whole)
        if harm == "cut":
            del data[source.randrange(len(data) // 2, len(data)) :]
        elif harm == "blank":
            page = source.randrange(1, len(data) // 4096)
            data[page * 4096 : (page + 1) * 4096] = bytes(4096)
        else:
            for _ in range(20):
                data[source.randrange(len(data))] ^= 1 << source.randrange(8)
        path = tmp_path / f"{number}.study"
        path.write_bytes(data)
        out = tmp_path / f"{number}-new.study"
        done = recovered_or_refused(path, out)
        if done is not None:
            saved += 1
            report = verify(out)
            wrong = {check.name for check in report.checks if not check.ok}
            assert wrong <= {"settings and cases", "answers"}, report.as_record()
            assert wrong == set() or done.losses()
        assert path.read_bytes() == data
    assert saved >= 15


def test_a_readers_own_file_is_recovered_as_one(path: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.study"
    with make_study(path) as study:
        mark(study, open_reading(study))
        split(study, READER, own)
    with StudyFile.open(own, device="laptop") as study:
        reading = study.reading(READER, "case-0")
        assert reading is not None
        mark(study, reading, 20, 24, note="here")
        event = list(study.events(kind="annotation.marked"))[-1]
        act(study, reading, "time.added", seconds=1.0)
    data = bytearray(own.read_bytes())
    hit(data, event.body["annotation"]["id"])
    own.write_bytes(data)
    done = recover(own, tmp_path / "new.study", device="saver")
    assert done.lost == 1
    report = verify(done.out)
    assert report.ok, report.as_record()
    with StudyFile.open(path, device=DEVICE) as study:
        assert merge(study, [done.out])[0].refused is None
    assert verify(path).ok


def change(path: Path, statement: str) -> None:
    """Change a row that triggers protect."""
    with contextlib.closing(sqlite3.connect(path)) as other:
        for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            other.execute(f"DROP TRIGGER {name}")
        other.execute(statement)
        other.commit()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE arms SET name = 'x', role = 'y', position = position + 7",
        """UPDATE arms SET prompt = '{"system":"x"}', decoding = '{"temperature":0.1}' WHERE position = 0""",
        """UPDATE arms SET decoding = '{"unknown":1}'""",
        """UPDATE arms SET server = '{"url":"http://192.0.2.1","model":"m"}'""",
        "UPDATE arms SET server = '{'",
    ],
)
def test_settings_of_arms_come_back_from_the_log(whole: bytes, path: Path, tmp_path: Path, statement: str) -> None:
    path.write_bytes(whole)
    change(path, statement)
    done = recover(path, tmp_path / "new.study", device="saver")
    assert done.losses() == []
    assert verify(done.out).ok


def test_a_changed_chat_template_is_a_loss(whole: bytes, path: Path, tmp_path: Path) -> None:
    path.write_bytes(whole)
    change(path, "UPDATE arms SET template_source = 'x', chat_template = 'x' WHERE position = 0")
    done = recover(path, tmp_path / "new.study", device="saver")
    assert done.unread == 1
    assert not verify(done.out).ok


def test_what_a_study_cannot_be_without(whole: bytes, path: Path, tmp_path: Path) -> None:
    for statement, missing in {
        "DELETE FROM meta WHERE key = 'secret'": "its secret",
        "UPDATE meta SET value = 'ff' WHERE key = 'secret'": "the secret of its randomisation",
        "DELETE FROM events WHERE kind = 'study.created'": "the entry of its creation",
        "DELETE FROM arms WHERE position = 1": "its arms",
    }.items():
        path.write_bytes(whole)
        change(path, statement)
        with pytest.raises(StudyFileError, match=missing):
            recover(path, tmp_path / "new.study", device="saver")


def test_an_answer_with_a_changed_manifest_is_kept_and_counted(path: Path, tmp_path: Path) -> None:
    make_study(path).close()
    other = sqlite3.connect(path)
    other.executescript("DROP TRIGGER answers_no_update; DROP TRIGGER answers_no_delete;")
    other.execute("UPDATE answers SET manifest = '{}', sample = 3 WHERE rowid = 1")
    other.commit()
    other.close()
    done = recover(path, tmp_path / "new.study", device="saver")
    assert (done.unread, done.answers) == (1, ())
    assert done.losses()
    with StudyFile.open(done.out, device="d") as study:
        assert {answer.sample for case_id in study.case_ids() for answer in study.answers.all_of_case(case_id)} == {0}
