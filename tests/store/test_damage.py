"""Files that are damaged, foreign, locked; disks that are full or fail."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database

from doubleread.domain.adjudication import Decision
from doubleread.errors import StudyFileError
from doubleread.read_model.queries import (
    adjudicated_rows,
    adjudication_rows,
    annotation_rows,
    answer_rows,
    reading_rows,
    sentence_rows,
)
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from doubleread.store.sqlite import connection
from store.making import DEVICE, READER, act, commit, judge_sentence, make_study, mark, open_reading

ADJUDICATOR = "Z-01"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a study with readings, annotations and corrections."""
    path = tmp_path_factory.mktemp("whole") / "trial.study"
    with make_study(path, 6) as study:
        for case_id in study.case_ids()[:4]:
            reading = open_reading(study, case_id)
            for start in range(0, 20, 4):
                reading = mark(study, reading, start, start + 9, note="a note of some length " * 3)
            act(study, reading, "annotation.retracted", annotation_id=reading.judgement.annotations[0].id)
            for number in range(2):
                judge_sentence(study, reading, number)
            commit(study, reading)
        adjudicate(study)
        study.answers.record_failure("case-5", "m-general", "Stopped", "by hand")
    return path.read_bytes()


def adjudicate(study: StudyFile) -> None:
    """Let a second reader read one case, and an adjudicator resolve it."""
    for reader_id in ("R-02", ADJUDICATOR):
        study.readers.register(reader_id)
    study.readers.describe(ADJUDICATOR, "adjudicator", "")
    commit(study, mark(study, open_reading(study, "case-0", "R-02"), 3, 12))
    session = AdjudicationSession(study, ADJUDICATOR)
    for difference in session.differences:
        session.decide(difference.id, Decision.take(0))
    session.commit()


def walk(study: StudyFile) -> None:
    """Read everything there is."""
    list(study.cases())
    study.arms()
    study.answers.failures()
    study.answers.missing()
    list(study.events())
    for reader_id in study.readers.ids():
        study.reading_summaries(reader_id)
        for case_id in study.case_ids():
            study.reading(reader_id, case_id)
            for answer in study.answers.of_case(case_id).values():
                study.answers.scores_of(answer.id)
            study.adjudications.load(ADJUDICATOR, case_id)
    study.adjudications.resolving()
    for rows in (annotation_rows, sentence_rows, reading_rows, answer_rows, adjudication_rows, adjudicated_rows):
        list(rows(study))


def error_of_reading(path: Path, read_only: bool) -> StudyFileError | None:
    """Read everything; return the one kind of error that is allowed."""
    try:
        with StudyFile.open(path, device=DEVICE, read_only=read_only) as study:
            walk(study)
    except StudyFileError as error:
        return error
    return None


def cut(data: bytearray, source: random.Random) -> None:
    del data[source.randrange(len(data)) :]


def flip(data: bytearray, source: random.Random) -> None:
    for _ in range(source.choice((1, 1, 5, 40))):
        data[source.randrange(len(data))] ^= 1 << source.randrange(8)


def flip_header(data: bytearray, source: random.Random) -> None:
    data[source.randrange(100)] ^= 1 << source.randrange(8)


def blank_page(data: bytearray, source: random.Random) -> None:
    page = source.randrange(len(data) // 4096)
    data[page * 4096 : (page + 1) * 4096] = source.choice((b"\0", b"\xff", b"\xc3")) * 4096


def swap_pages(data: bytearray, source: random.Random) -> None:
    first, second = (4096 * page for page in source.sample(range(len(data) // 4096), 2))
    data[first : first + 4096], data[second : second + 4096] = data[second : second + 4096], data[first : first + 4096]


@pytest.mark.parametrize("harm", [cut, flip, flip_header, blank_page, swap_pages])
def test_damaged_files_are_said_and_left_as_they_are(
    whole: bytes, tmp_path: Path, harm: Callable[[bytearray, random.Random], None]
) -> None:
    source = random.Random(harm.__name__)
    said = 0
    for number in range(40):
        data = bytearray(whole)
        harm(data, source)
        path = tmp_path / f"{number}.study"
        path.write_bytes(data)
        for read_only in (True, False):
            if error := error_of_reading(path, read_only):
                assert error.title
                assert error.remedy
                assert "\n" not in str(error)
        report = verify(path)
        json.dumps(report.as_record())
        said += not report.ok
        assert path.read_bytes() == data
        assert [file.name for file in tmp_path.iterdir()] == [path.name]
        path.unlink()
    assert said >= {"flip": 21, "flip_header": 5}.get(harm.__name__, 38)


def test_a_flipped_bit_in_an_event_is_always_found(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "trial.study"
    source = random.Random(3)
    bodies = [at for at in range(len(whole)) if whole.startswith(b'{"after"', at)]
    assert len(bodies) >= 20
    for _ in range(40):
        data = bytearray(whole)
        data[source.choice(bodies) + source.randrange(200)] ^= 1 << source.randrange(8)
        path.write_bytes(data)
        assert not verify(path).ok


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"hello " * 1000, "not a SQLite file"),
        (b"SQLite format 3\0", "SQLite"),
        (b"GGUF" + bytes(5000), "not a SQLite file"),
    ],
)
def test_files_that_are_no_studies(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(content)
    with pytest.raises(StudyFileError, match=message):
        StudyFile.open(path, device=DEVICE)
    assert path.read_bytes() == content
    report = verify(path)
    assert (report.ok, report.verdict, report.checks) == (False, "not checked", ())
    assert message in str(report.obstacle)


def test_places_that_are_no_studies(path: Path) -> None:
    with pytest.raises(StudyFileError, match="does not exist"):
        StudyFile.open(path, device=DEVICE)
    assert not path.exists()
    with pytest.raises(StudyFileError, match="is a folder"):
        StudyFile.open(path.parent, device=DEVICE)
    with pytest.raises(StudyFileError, match="not a regular file"):
        StudyFile.open(Path("/dev/null"), device=DEVICE)
    with pytest.raises(StudyFileError):
        StudyFile.open(Path("a\0b"), device=DEVICE)
    assert not verify(path).ok


def test_another_programs_database(path: Path) -> None:
    other = Database(path, execute_plugins=False)
    other.table("dogs").insert({"name": "Cleo"})
    other.close()
    before = path.read_bytes()
    with pytest.raises(StudyFileError, match="another program"):
        StudyFile.open(path, device=DEVICE)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("DROP TABLE readings", "readings is missing"),
        ("PRAGMA user_version = 0", "no schema version"),
        ("PRAGMA user_version = 99", "newer doubleread"),
    ],
)
def test_studies_that_were_meddled_with(whole: bytes, path: Path, sql: str, message: str) -> None:
    path.write_bytes(whole)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute(sql)
    other.close()
    with pytest.raises(StudyFileError, match=message):
        StudyFile.open(path, device=DEVICE)
    assert not verify(path).ok


def test_a_locked_file(study: StudyFile, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = open_reading(study)
    study.connection.db.execute("PRAGMA busy_timeout = 50")
    monkeypatch.setattr("doubleread.store.sqlite.patience.BUSY_SECONDS", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StudyFileError, match="in use"):
        mark(study, reading)
    with pytest.raises(StudyFileError, match="in use"):
        StudyFile.open(path, device=DEVICE)
    other.execute("ROLLBACK")
    other.close()
    assert len(mark(study, reading).judgement.annotations) == 1


def test_a_reader_in_another_program_delays_a_write_and_does_not_lose_it(study: StudyFile, path: Path) -> None:
    reading = open_reading(study)
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM events").fetchone()
    threading.Timer(0.3, lambda: other.execute("COMMIT")).start()
    assert len(mark(study, reading).judgement.annotations) == 1
    other.close()


def test_a_full_disk_loses_nothing_and_can_be_gone_on_from(study: StudyFile, path: Path) -> None:
    reading = mark(study, open_reading(study))
    db = study.connection.db
    db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0] + 2}")
    with pytest.raises(StudyFileError, match="disk is full") as caught:
        mark(study, reading, 3, 9, note="x" * 50_000)
    assert "free some space" in caught.value.remedy
    assert study.reading(READER, "case-0") == reading
    assert verify(path).ok
    db.execute("PRAGMA max_page_count = 1000000")
    assert len(mark(study, reading, 3, 9, note="x" * 50_000).judgement.annotations) == 2
    assert verify(path).ok


def disk_error() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = 10
    return error


@pytest.mark.parametrize("landed", [True, False])
def test_after_a_disk_error_the_write_is_made_exactly_once(
    study: StudyFile, path: Path, monkeypatch: pytest.MonkeyPatch, landed: bool
) -> None:
    reading = open_reading(study)
    commits = connection.Connection._commit
    calls: list[bool] = []

    def failing(self: connection.Connection) -> None:
        calls.append(True)
        if len(calls) > 1:
            return commits(self)
        if landed:
            commits(self)
        raise disk_error()

    monkeypatch.setattr(connection.Connection, "_commit", failing)
    before = study.connection.db
    reading = mark(study, reading)
    assert study.connection.db is not before
    assert len(reading.judgement.annotations) == 1
    assert len(list(study.events(kind="annotation.marked"))) == 1
    assert len(mark(study, reading, 4, 8).judgement.annotations) == 2
    assert verify(path).ok


def test_a_disk_error_while_reading_is_tried_once_more(study: StudyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = connection.Connection._fetched
    calls: list[str] = []

    def failing(self: connection.Connection, sql: str, parameters: object) -> object:
        calls.append(sql)
        if len(calls) == 1:
            raise disk_error()
        return fetched(self, sql, parameters)

    monkeypatch.setattr(connection.Connection, "_fetched", failing)
    before = study.connection.db
    assert len(study.case_ids()) == 3
    assert study.connection.db is not before
    calls.clear()
    # In the write to the study was interrupted the whole write starts anew, on a new connection.
    reading = open_reading(study)
    assert reading.id == study.connection.rows("SELECT id FROM readings")[0]["id"]
    assert len(list(study.events(kind="reading.opened"))) == 1


def test_a_disk_that_goes_on_failing_is_said(study: StudyFile, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = open_reading(study)

    def failing(self: connection.Connection) -> None:
        raise disk_error()

    with monkeypatch.context() as patched:
        patched.setattr(connection.Connection, "_commit", failing)
        with pytest.raises(StudyFileError, match="disk reports an error"):
            mark(study, reading)
        with pytest.raises(StudyFileError, match="disk reports an error"):
            study.readers.register("R-02")
    assert study.reading(READER, "case-0") == reading
    study.readers.register("R-02")
    assert study.readers.ids() == [READER, "R-02"]
    assert verify(path).ok


def test_a_write_that_was_cut_off_is_rolled_back_by_the_next_opening(
    study: StudyFile, path: Path, tmp_path: Path
) -> None:
    """A copy of file and journal, taken while a transaction is half in the file, is what a power cut leaves."""
    reading = mark(study, open_reading(study))
    journal = Path(f"{path}-journal")
    cut_off = tmp_path / "cut" / "trial.study"
    cut_off.parent.mkdir()
    db = study.connection.db
    db.execute("PRAGMA cache_size = 1")
    db.execute("PRAGMA cache_spill = 1")
    db.execute("BEGIN IMMEDIATE")
    for number in range(300):
        db.execute("INSERT INTO readers (id, registered_at) VALUES (?, 'x')", [f"{number}" + "y" * 2000])
    # Reading the bytes through another process keeps this process's locks.
    subprocess.run(["cp", str(path), str(journal), str(cut_off.parent)], check=True)
    db.execute("ROLLBACK")
    assert Path(f"{cut_off}-journal").exists()
    before = cut_off.read_bytes()
    report = verify(cut_off)
    assert report.ok, report.as_record()
    assert "interrupted" in report.checks[0].seen
    assert cut_off.read_bytes() == before
    with pytest.raises(StudyFileError, match="write to the study was interrupted"):
        StudyFile.open(cut_off, device=DEVICE, read_only=True)
    with StudyFile.open(cut_off, device=DEVICE) as again:
        assert again.reading(READER, "case-0") == reading
        assert again.readers.ids() == [READER]
    assert verify(cut_off).checks[0].seen.startswith("read directly")
