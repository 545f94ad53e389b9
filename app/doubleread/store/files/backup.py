"""A verified copy of a study file."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from doubleread.errors import StudyFileError
from doubleread.store.files.file_key import FileKey
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.creation import new_file
from doubleread.store.sqlite.faults import translated
from doubleread.store.sqlite.sqlite_library import connect


def copy_study(
    source: Connection,
    out: Path,
    *,
    key: FileKey | None = None,
    check: Callable[[Path], Sequence[str]] | None = None,
) -> Path:
    """Copy the current state of a study to `out` (mode 0600), and return `out` once the copy was verified.

    SQLite's backup makes the copy, so that other programs may write meanwhile. It gets its name only after it was
    verified. The copy of an encrypted study has the study's key, or the `key` given. `check` returns the faults of the
    pages of a copy, in place of the check that is made here. Raises StudyFileError if the name is taken, the disk is
    full, or the copy differs.
    """
    with new_file(out) as temporary:
        target = connect(temporary, key or source.key)
        with contextlib.closing(target), translated(out, encrypted=source.key is not None):
            target.execute("PRAGMA synchronous = EXTRA")
            with source.snapshot() as db:
                db.conn.backup(target)
                original = _fingerprint(db.conn)
            target.execute("PRAGMA journal_mode = DELETE")
            faults: Sequence[str] = [] if check else unsigned_pages(target) or page_faults(target, 1)
            if not faults and _fingerprint(target) != original:
                faults = ["it has other entries"]
        if check and not faults:
            faults = check(temporary)
        if faults:
            raise StudyFileError(
                "The copy failed",
                f"the copy of {source.path} is incomplete ({faults[0][:200]})",
                "run `doubleread verify` on the study, and check the disk",
            )
    return out


def unsigned_pages(connection: sqlite3.Connection) -> list[str]:
    """Return which pages of an encrypted file are not signed; none of a plain file."""
    return [str(row[0]) for row in connection.execute("PRAGMA cipher_integrity_check")]


def page_faults(connection: sqlite3.Connection, most: int) -> list[str]:
    """Return what is wrong with the pages and indexes of a file, apart from signatures."""
    found = [str(row[0]) for row in connection.execute(f"PRAGMA integrity_check({most})")]
    return [] if found == ["ok"] else found


def migration_copy_name(path: Path, version: int) -> Path:
    """Return the name of the copy, beside the study, that is made before a migration."""
    stamp = re.sub(r"[^0-9TZ]", "", datetime.now(UTC).isoformat(timespec="microseconds"))
    return path.with_name(f"{path.stem}-before-migration-{version}-{stamp}{path.suffix}")


def migration_copies(path: Path, study_id: str) -> list[Path]:
    """Return the copies that migrations made beside a study, the newest first.

    Files with such a name that are no copy of this study are left out.
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
    """Return what distinguishes two states of a study: version, counts, and the heads of all chains."""
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
