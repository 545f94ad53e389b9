"""Tables, triggers, migrations."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from doubleread.errors import StudyFileError
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from doubleread.store.sqlite import migrations, opening, schema
from doubleread.store.sqlite.connection import Connection, journal_mode
from store.making import ARMS, DEVICE, READER, commit, mark, newer_schema, open_reading, ready_study, use_newer_schema


@pytest.fixture
def db() -> Iterator[Database]:
    """A blank database, migrated."""
    with Database(memory=True, execute_plugins=False) as blank:
        blank.conn.isolation_level = None
        blank.execute("BEGIN IMMEDIATE")
        migrations.migrate(blank)
        blank.execute("COMMIT")
        yield blank


def test_a_blank_database_gets_the_schema(db: Database) -> None:
    assert set(schema.TABLES) <= set(db.table_names())
    assert all(db.table(name).strict for name in schema.TABLES)
    assert db.triggers_dict == schema.TRIGGERS
    assert db.execute("PRAGMA application_id").fetchone()[0] == schema.APPLICATION_ID
    assert db.execute("PRAGMA user_version").fetchone()[0] == migrations.schema_version() == len(NAMES)


def test_the_columns_are_those_of_the_tables(db: Database) -> None:
    assert {name: tuple(db.table(name).columns_dict) for name in schema.TABLES} == schema.COLUMNS


def test_migrating_twice_changes_nothing(db: Database) -> None:
    before = db.schema
    db.execute("BEGIN IMMEDIATE")
    migrations.migrate(db)
    db.execute("COMMIT")
    assert db.schema == before


def test_a_migration_needs_a_transaction() -> None:
    blank = Database(memory=True, execute_plugins=False)
    with blank, pytest.raises(ValueError, match="transaction"):
        migrations.migrate(blank)


def test_the_contract_of_tables_and_columns(db: Database) -> None:
    contract = {
        "cases": "id kind title text question options key accept extra sha256",
        "models": "sha256 name path metadata",
        "arms": "id position name role model_sha256 chat_template adapters prompt decoding server",
        "answers": "id case_id arm_id text sha256 started_at finished_at finish_reason manifest reasoning",
        "scores": "id answer_id scorer version outcome chosen reason start end confidence rank",
        "readers": "id role qualification",
        "readings": "id case_id reader_id preference verdicts active_seconds committed_at repeat ratings grades",
        "annotations": "id reading_id case_id answer_id start end quote category severity note retracted_at",
        "sentences": "reading_id case_id answer_id side start end quote judgement segmentation judged_at",
        "criteria": "reading_id case_id answer_id side criterion_id judgement start end quote judged_at",
        "adjudications": "id case_id answer_id adjudicator_id subject axis decision value resolves committed_at",
        "adjudicated_annotations": "id adjudication_id case_id answer_id place start end quote category severity"
        " source",
        "events": "id device seq at actor kind body prev_hash hash",
        "meta": "key value",
    }
    for table, columns in contract.items():
        assert set(columns.split()) <= set(db.table(table).columns_dict), table


NAMES = sorted(name for name in vars(migrations) if re.match(r"m\d{3}_", name))
"""The migrations there are, in their order."""


def test_an_old_study_is_migrated_after_a_verified_copy(path: Path) -> None:
    with ready_study(path) as study:
        commit(study, mark(study, open_reading(study)))
        events = list(study.events())
    opening.open_connection(path, migrations=newer_schema()).close()
    copies = list(path.parent.glob(f"trial-before-migration-{len(NAMES)}-*.study"))
    assert len(copies) == 1
    assert copies[0].stat().st_mode & 0o777 == 0o600
    assert verify(copies[0]).ok
    connection = Connection(path)
    assert connection.rows("PRAGMA user_version")[0][0] == len(NAMES) + 1
    assert "colour" in connection.db.table("readers").columns_dict
    assert len(connection.rows("SELECT * FROM events")) == len(events)
    connection.close()
    opening.open_connection(path, migrations=newer_schema()).close()
    assert len(list(path.parent.glob("trial-before*"))) == 1
    # Seen from this version, that is a study of a newer program.
    with pytest.raises(StudyFileError, match="newer doubleread") as caught:
        StudyFile.open(path, device=DEVICE)
    assert "install" in caught.value.remedy


def test_a_study_of_an_older_schema_is_verified_as_it_is_and_migrated_when_opened(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ready_study(path) as study:
        commit(study, mark(study, open_reading(study)))
        events = len(list(study.events()))
    before = path.read_bytes()
    use_newer_schema(monkeypatch)
    report = verify(path)
    assert report.ok, report
    assert f"schema {len(NAMES)}" in report.checks[0].seen
    assert path.read_bytes() == before
    with pytest.raises(StudyFileError, match="older schema"):
        StudyFile.open(path, device=DEVICE, read_only=True)
    with StudyFile.open(path, device=DEVICE) as study:
        assert study.reading(READER, "case-0").committed
        assert study.connection.db.triggers_dict == schema.TRIGGERS
        assert len(list(study.events())) == events
    assert verify(path).ok
    (copy,) = path.parent.glob(f"trial-before-migration-{len(NAMES)}-*.study")
    assert copy.read_bytes() != path.read_bytes()
    StudyFile.open(path, device=DEVICE).close()
    assert len(list(path.parent.glob("trial-before*"))) == 1


def test_a_failing_migration_leaves_the_study_as_it_was(path: Path) -> None:
    ready_study(path).close()
    with pytest.raises(StudyFileError):
        opening.open_connection(path, migrations=newer_schema(failing=True))
    StudyFile.open(path, device=DEVICE).close()
    assert verify(path).ok


def test_an_old_study_cannot_be_migrated_read_only(path: Path) -> None:
    ready_study(path).close()
    with pytest.raises(StudyFileError, match="older schema"):
        opening.open_connection(path, read_only=True, migrations=newer_schema())
    assert list(path.parent.glob("trial-before*")) == []


PROTECTED = {
    "meta": "key",
    "cases": "id",
    "models": "sha256",
    "arms": "id",
    "answers": "id",
    "events": "id",
}


def plain(path: Path) -> sqlite3.Connection:
    """A connection like that of any other program: no pragmas, REPLACE without delete triggers."""
    return sqlite3.connect(path, isolation_level=None)


@pytest.mark.parametrize("table", PROTECTED)
def test_what_was_recorded_can_be_neither_changed_deleted_nor_replaced(
    study: StudyFile, path: Path, table: str
) -> None:
    commit(study, mark(study, open_reading(study)))
    other = plain(path)
    key = PROTECTED[table]
    columns = [row[1] for row in other.execute(f"PRAGMA table_info({table})")]
    listed = ", ".join(f'"{column}"' for column in columns)
    before = other.execute(f"SELECT * FROM {table}").fetchall()
    assert before
    for column in columns:
        if (table, column) != ("models", "path"):
            with pytest.raises(sqlite3.IntegrityError, match="does not change"):
                other.execute(f'UPDATE {table} SET "{column}" = "{column}"')
            with pytest.raises(sqlite3.IntegrityError):
                other.execute(f'UPDATE OR REPLACE {table} SET "{column}" = 1')
    with pytest.raises(sqlite3.IntegrityError, match="not deleted"):
        other.execute(f"DELETE FROM {table}")
    for how in ("INSERT", "INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE"):
        with pytest.raises(sqlite3.IntegrityError, match="not replaced"):
            other.execute(f"{how} INTO {table} ({listed}) SELECT {listed} FROM {table} LIMIT 1")
    with pytest.raises(sqlite3.IntegrityError):
        other.execute(
            f"INSERT INTO {table} ({listed}) SELECT {listed} FROM {table} LIMIT 1"
            f" ON CONFLICT ({key}) DO UPDATE SET {key} = 'x'"
        )
    assert other.execute(f"SELECT * FROM {table}").fetchall() == before
    other.close()


@pytest.mark.parametrize(
    "replaced",
    [
        "INSERT OR REPLACE INTO events SELECT position, 'new', 'new', 1, at, actor, kind, body, prev_hash, hash, NULL"
        " FROM events LIMIT 1",
        "INSERT OR REPLACE INTO events SELECT NULL, 'new', device, seq, at, actor, kind, body, prev_hash, hash, NULL"
        " FROM events LIMIT 1",
        "INSERT OR REPLACE INTO answers SELECT 'new', case_id, arm_id, 'x', sha256, started_at, finished_at,"
        " finish_reason, manifest, reasoning, sample FROM answers LIMIT 1",
        "INSERT OR REPLACE INTO cases SELECT 'new', position, kind, title, text, question, options, key, accept,"
        " explanation, tags, source, licence, extra, parts, sha256 FROM cases LIMIT 1",
        "INSERT OR REPLACE INTO models SELECT sha256, 'new', path, metadata FROM models LIMIT 1",
        "INSERT OR REPLACE INTO arms SELECT 'new', position, name, role, model_sha256, template_source, chat_template,"
        " adapters, prompt, decoding, server, retrieval FROM arms LIMIT 1",
    ],
)
def test_nothing_is_replaced_by_way_of_another_key(study: StudyFile, path: Path, replaced: str) -> None:
    other = plain(path)
    with pytest.raises(sqlite3.IntegrityError, match="not replaced"):
        other.execute(replaced)
    other.close()


def test_a_models_path_may_change(study: StudyFile) -> None:
    study.set_model_path(ARMS[1].model_sha256, "/new/place.gguf")
    assert [arm.model and arm.model.path for arm in study.arms()] == ["/somewhere/general.gguf", "/new/place.gguf"]
    with pytest.raises(KeyError):
        study.set_model_path("nobody", "x")


@pytest.mark.parametrize("name", sorted(schema.TRIGGERS))
def test_opening_notices_a_missing_and_an_altered_trigger(path: Path, name: str) -> None:
    ready_study(path, 1).close()
    other = plain(path)
    other.execute(f"DROP TRIGGER {name}")
    with pytest.raises(StudyFileError, match=f"{name}.*missing"):
        StudyFile.open(path, device=DEVICE)
    other.execute(re.sub("BEGIN SELECT .* END", "BEGIN SELECT 1; END", schema.TRIGGERS[name]))
    other.close()
    with pytest.raises(StudyFileError, match=f"{name}.*was changed"):
        StudyFile.open(path, device=DEVICE)
    report = verify(path)
    assert [check.name for check in report.checks if not check.ok] == ["triggers"]


def test_opening_notices_a_trigger_that_is_not_ours(path: Path) -> None:
    ready_study(path, 1).close()
    other = plain(path)
    other.execute("CREATE TRIGGER spy AFTER INSERT ON events BEGIN SELECT 1; END")
    other.close()
    with pytest.raises(StudyFileError, match="spy"):
        StudyFile.open(path, device=DEVICE)


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "DELETE"),
        ((3, 44, 5), "DELETE"),
        ((3, 44, 6), "WAL"),
        ((3, 45, 0), "DELETE"),
        ((3, 50, 6), "DELETE"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 2), "DELETE"),
        ((3, 51, 3), "WAL"),
        ((3, 53, 0), "WAL"),
    ],
)
def test_the_journal_follows_the_version(path: Path, version: tuple[int, int, int], mode: str) -> None:
    assert journal_mode(version) == mode
    ready_study(path, 1).close()
    connection = Connection(path, version=version)
    assert connection.rows("PRAGMA journal_mode")[0][0] == mode.lower()
    assert connection.rows("PRAGMA synchronous")[0][0] == 3
    for pragma, value in {
        "foreign_keys": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "recursive_triggers": 1,
    }.items():
        assert connection.rows(f"PRAGMA {pragma}")[0][0] == value
    connection.close()
    with StudyFile.open(path, device=DEVICE) as study:
        assert study.connection.rows("PRAGMA journal_mode")[0][0] == journal_mode(sqlite3.sqlite_version_info).lower()


def test_the_write_ahead_log_of_a_newer_sqlite(path: Path, tmp_path: Path) -> None:
    ready_study(path).close()
    newer = (3, 51, 3)
    first = StudyFile(Connection(path, version=newer), DEVICE, path)
    second = StudyFile(Connection(path, version=newer), DEVICE, path)
    reading = mark(first, mark(second, open_reading(first)), 3, 8)
    assert Path(f"{path}-wal").exists()
    assert verify(path).ok
    with StudyFile.open(path, device=DEVICE, read_only=True) as third:
        assert third.reading(READER, "case-0") == reading
    copy = first.backup(tmp_path / "copy.study")
    with StudyFile.open(copy, device=DEVICE) as fourth:
        assert fourth.reading(READER, "case-0") == reading
    cut_off = tmp_path / "cut.study"
    subprocess.run(["cp", str(path), str(cut_off)], check=True)
    subprocess.run(["cp", f"{path}-wal", f"{cut_off}-wal"], check=True)
    assert verify(cut_off).ok
    with StudyFile.open(cut_off, device=DEVICE) as after_a_crash:
        assert after_a_crash.reading(READER, "case-0") == reading
    first.close()
    second.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["copy.study", "cut.study", "trial.study"]
    assert path.read_bytes()[18:20] == b"\x01\x01"
    with StudyFile.open(path, device=DEVICE, read_only=True) as again:
        assert again.reading(READER, "case-0") == reading
    assert verify(path).ok


def test_an_old_sqlite_is_refused(path: Path) -> None:
    ready_study(path, 1).close()
    with pytest.raises(StudyFileError, match="too old"):
        Connection(path, version=(3, 36, 0))
