"""One hash of everything that counts in a study, whatever the order of merges."""

from __future__ import annotations

import hashlib

from doubleread.domain.hashes import canonical_json
from doubleread.store.assignments import assigned_cases
from doubleread.store.protocols import later_protocols
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.faults import intact
from doubleread.store.sqlite.schema import COLUMNS

_ORDER = {"sentences": 'reading_id, answer_id, start, "end"', "criteria": "reading_id, answer_id, criterion_id"}
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


def study_state(connection: Connection) -> str:
    """Hash the cases, the texts and every judgement that counts: row by row, each table ordered by its key.

    Two files of a study with the same content have the same state. Their logs may differ in the order of entries, in
    superseded branches and in records of merges. Raises StudyFileError.
    """
    digest = hashlib.sha256()
    with intact(connection.path, "a row of the tables"), connection.snapshot() as db:
        for table, columns in _TABLES.items():
            listed = ", ".join(f'"{column}"' for column in columns)
            for row in db.execute(f"SELECT {listed} FROM {table} ORDER BY {_ORDER.get(table, 'id')}"):
                digest.update(f"{table}{canonical_json(list(row))}\n".encode("utf-8", "surrogatepass"))
        if changed := later_protocols(db):
            digest.update(f"protocols{canonical_json(changed)}\n".encode())
        if assigned := assigned_cases(db):
            digest.update(f"assigned{canonical_json(assigned)}\n".encode())
    return digest.hexdigest()
