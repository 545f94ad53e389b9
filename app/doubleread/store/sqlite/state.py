"""One hash of everything that counts in a study, whatever the order of merges."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any

from sqlite_utils import Database

from doubleread.domain.hashes import canonical_json
from doubleread.parallel import Helpers, batched
from doubleread.store.assignments import assigned_cases
from doubleread.store.log.event_texts import row_json
from doubleread.store.log.projections import TABLES_OF_READINGS
from doubleread.store.protocols import later_protocols
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.faults import intact
from doubleread.store.sqlite.plain_rows import tuples
from doubleread.store.sqlite.schema import COLUMNS

DIGEST_BYTES = 32
"""The length of the digest of a row."""

_ROWS_AT_ONCE = 1000
_TABLES: dict[str, tuple[str, ...]] = {
    "cases": ("id", "sha256"),
    "answers": ("id", "case_id", "sha256", "sample"),
    **{
        table: COLUMNS[table]
        for table in (
            "readers",
            *TABLES_OF_READINGS,
            *("adjudications", "score_overrides", "adjudicated_annotations"),
        )
    },
}


def study_state(connection: Connection, helpers: Helpers | None = None) -> str:
    """Hash the cases, the texts and every judgement that counts: the hashes of all rows, in the order of these hashes.

    Two files of a study with the same content have the same state. Their logs may differ in the order of entries, in
    superseded branches and in records of merges. Raises StudyFileError.
    """
    with (
        intact(connection.path, "a row of the tables"),
        connection.snapshot() as db,
        nullcontext(helpers) if helpers else Helpers() as workers,
    ):
        return state_of(db, workers)


def state_of(db: Database, helpers: Helpers, of_readings: Iterable[bytes] | None = None) -> str:
    """Return `study_state` of what `db` shows.

    `of_readings` are the `row_digests` of all rows in `TABLES_OF_READINGS`, if they are known.
    """
    digests = [digest for part in of_readings or () for digest in _cut(part)]
    for table, columns in _TABLES.items():
        if of_readings is not None and table in TABLES_OF_READINGS:
            continue
        listed = ", ".join(f'"{column}"' for column in columns)
        rows = batched(tuples(db, f"SELECT {listed} FROM {table}"), _ROWS_AT_ONCE)
        for part in helpers.map(row_digests, ((table, some) for some in rows)):
            digests += _cut(part)
    if changed := later_protocols(db):
        digests.append(_digest(f"protocols{canonical_json(changed)}"))
    if assigned := assigned_cases(db):
        digests.append(_digest(f"assigned{canonical_json(assigned)}"))
    digests.sort()
    state = hashlib.sha256()
    for digest in digests:
        state.update(digest)
    return state.hexdigest()


def row_digests(chunk: tuple[str, Iterable[tuple[Any, ...]]]) -> bytes:
    """Return the digests of some rows of a table, `DIGEST_BYTES` each."""
    table, rows = chunk
    named = table.encode()
    return b"".join([hashlib.sha256(named + row_json(row)).digest() for row in rows])


def _cut(digests: bytes) -> list[bytes]:
    return [digests[at : at + DIGEST_BYTES] for at in range(0, len(digests), DIGEST_BYTES)]


def _digest(line: str) -> bytes:
    return hashlib.sha256(line.encode("utf-8", "surrogatepass")).digest()
