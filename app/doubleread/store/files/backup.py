"""A verified copy of a study file."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from doubleread.errors import StudyFileError
from doubleread.store.files.file_key import FileKey
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.creation import new_file
from doubleread.store.sqlite.faults import translated
from doubleread.store.sqlite.sqlite_library import connect


def copy_study(source: Connection, out: Path, *, key: FileKey | None = None) -> Path:
    """Copy a study as it is at this moment to `out` (mode 0600), and return `out` once the copy was verified.

    The copy is made by SQLite's backup, so that other programs may go on writing. It gets its name only when it has
    been read back whole. The copy of an encrypted study has the study's key, or another one that is given. Raises
    StudyFileError where the name is taken, there is no room, or the copy is not the same.
    """
    with new_file(out) as temporary, source.snapshot() as db:
        target = connect(temporary, key or source.key)
        with contextlib.closing(target), translated(out, encrypted=source.key is not None):
            target.execute("PRAGMA synchronous = EXTRA")
            db.conn.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
            # Of an encrypted copy also whether each page is signed; a plain one returns no row there.
            unsigned = target.execute("PRAGMA cipher_integrity_check").fetchone()
            found = (unsigned or target.execute("PRAGMA integrity_check(1)").fetchone())[0]
            same = found == "ok" and _fingerprint(db.conn) == _fingerprint(target)
        if not same:
            raise StudyFileError(
                "The copy failed",
                f"the copy of {source.path} is incomplete ({str(found)[:200]})",
                "run `doubleread verify` on the study, and check the disk",
            )
    return out


def migration_copy_name(path: Path, version: int) -> Path:
    """Return where a study of an older schema is copied to before it is brought to the present one: beside it."""
    stamp = re.sub(r"[^0-9TZ]", "", datetime.now(UTC).isoformat(timespec="microseconds"))
    return path.with_name(f"{path.stem}-before-migration-{version}-{stamp}{path.suffix}")


def migration_copies(path: Path, study_id: str) -> list[Path]:
    """Return the copies of a study that migrations have laid beside it, the newest first.

    What has such a name and is not a copy of this very study is not among them.
    """
    form = re.compile(rf"{re.escape(path.stem)}-before-migration-\d+-(\d+T\d+){re.escape(path.suffix)}")
    named = [(found[1], copy) for copy in path.parent.iterdir() if (found := form.fullmatch(copy.name))]
    return [copy for _, copy in sorted(named, reverse=True) if _study_id(copy) == study_id]


def _study_id(path: Path) -> str | None:
    with contextlib.suppress(StudyFileError):
        connection = Connection(path, read_only=True)
        try:
            row = connection.row("SELECT value FROM meta WHERE key = 'study_id'")
        finally:
            connection.close()
        return str(row[0]) if row else None
    return None


def _fingerprint(connection: sqlite3.Connection) -> list[object]:
    """Return what tells two states of a study apart: version, counts, and the heads of all chains."""
    facts: list[object] = [
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    ]
    for sql in (
        "SELECT count(*) FROM cases",
        "SELECT count(*) FROM answers",
        "SELECT device, count(*), max(seq), hash FROM events GROUP BY device ORDER BY device",
    ):
        facts.extend(tuple(row) for row in connection.execute(sql))
    return facts
