"""Check whether a file may be merged into a study: intact, and from this study."""

from __future__ import annotations

from pathlib import Path

from sqlite_utils import Database

from doubleread.domain.hashes import text_sha256
from doubleread.errors import StudyFileError
from doubleread.store.branches.split_entry import created_event, split_event, split_secret
from doubleread.store.log.verify import examine
from doubleread.store.sqlite.connection import Connection
from doubleread.store.study_file import StudyFile

_MUST_HOLD = frozenset({"triggers", "chain"})
"""The checks of a copy whose pages `copy_study` has checked."""


def check_intact(other: Path, connection: Connection) -> None:
    """Raise StudyFileError if a file, open as a private copy, is damaged or was changed."""
    for check in examine(connection, _MUST_HOLD):
        if not check.ok:
            raise StudyFileError(
                "Not merged",
                f"{other} is damaged or was changed ({check.name}: {check.faults[0]})",
                "ask for the file again, or for a backup of it; `doubleread verify` gives details",
            )


def check_origin(study: StudyFile, other: Path, connection: Connection) -> None:
    """Raise StudyFileError if an intact file does not come from a study."""
    with connection.snapshot() as source, study.connection.snapshot() as db:
        if difference := _difference(study, source, db):
            raise StudyFileError(
                "Not merged",
                f"{other} does not belong to this study: {difference}",
                "merge it into the study it comes from",
            )


def _difference(study: StudyFile, source: Database, db: Database) -> str:
    """Return why a file does not belong to this study; "" if it does."""
    meta = {row["key"]: row["value"] for row in source.execute("SELECT key, value FROM meta")}
    if meta.get("study_id") != study.study_id:
        return _what_differs(study, source, db, meta)
    if meta.get("protocol_sha256") != study.first_protocol_sha256:
        return "it has a different protocol"
    here = created_event(db, study.study_id)
    split = split_event(source)
    if split is None:
        if "split_id" in meta:
            return "the first entry of a reader's own file is missing"
        there = created_event(source, study.study_id)
        return "" if there.hash == here.hash else "its creation entries differ"
    secret = split_secret(study.secret, split.split_id, split.reader_id)
    if split.created != here.hash or split.secret_sha256 != text_sha256(secret.hex()):
        return "it was not split from this study"
    return ""


def _what_differs(study: StudyFile, source: Database, db: Database, meta: dict[str, str]) -> str:
    differs = [] if meta.get("protocol_sha256") == study.first_protocol_sha256 else ["protocol"]
    for words, sql in {
        "cases": "SELECT id, sha256 FROM cases ORDER BY id",
        "models": "SELECT sha256 FROM models ORDER BY sha256",
    }.items():
        if [tuple(row) for row in source.execute(sql)] != [tuple(row) for row in db.execute(sql)]:
            differs.append(words)
    return (
        f"different {' and '.join(differs)}" if differs else "it was created separately from the same cases and models"
    )
