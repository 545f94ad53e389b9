"""One hash of everything that counts in a study, whatever the order of merges."""

from __future__ import annotations

import hashlib
from contextlib import nullcontext
from typing import Any

from doubleread.domain.hashes import canonical_json
from doubleread.parallel import Helpers, batched
from doubleread.store.assignments import assigned_cases
from doubleread.store.log.event_texts import row_json
from doubleread.store.protocols import later_protocols
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.faults import intact
from doubleread.store.sqlite.plain_rows import tuples
from doubleread.store.sqlite.schema import COLUMNS

_ROWS_AT_ONCE = 1000
_TABLES: dict[str, tuple[str, ...]] = {
    "cases": ("id", "sha256"),
    "answers": ("id", "case_id", "sha256", "sample"),
    **{
        table: COLUMNS[table]
        for table in (
            *("readers", "readings", "annotations", "sentences", "criteria"),
            "blinding_assessments",
            *("adjudications", "score_overrides", "adjudicated_annotations"),
        )
    },
}


def study_state(connection: Connection, helpers: Helpers | None = None) -> str:
    """Hash the cases, the texts and every judgement that counts: the hashes of all rows, in the order of these hashes.

    Two files of a study with the same content have the same state. Their logs may differ in the order of entries, in
    superseded branches and in records of merges. Raises StudyFileError.
    """
    digests: list[bytes] = []
    with (
        intact(connection.path, "a row of the tables"),
        connection.snapshot() as db,
        nullcontext(helpers) if helpers else Helpers() as workers,
    ):
        for table, columns in _TABLES.items():
            listed = ", ".join(f'"{column}"' for column in columns)
            rows = batched(tuples(db, f"SELECT {listed} FROM {table}"), _ROWS_AT_ONCE)
            for part in workers.map(row_digests, ((table, some) for some in rows)):
                digests += part
        if changed := later_protocols(db):
            digests.append(_digest(f"protocols{canonical_json(changed)}"))
        if assigned := assigned_cases(db):
            digests.append(_digest(f"assigned{canonical_json(assigned)}"))
    return hashlib.sha256(b"".join(sorted(digests))).hexdigest()


def row_digests(chunk: tuple[str, list[tuple[Any, ...]]]) -> list[bytes]:
    """Return the digest of each of some rows of a table."""
    table, rows = chunk
    named = table.encode()
    return [hashlib.sha256(named + row_json(row)).digest() for row in rows]


def _digest(line: str) -> bytes:
    return hashlib.sha256(line.encode("utf-8", "surrogatepass")).digest()
