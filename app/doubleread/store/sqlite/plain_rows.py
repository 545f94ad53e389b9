"""Rows as plain tuples, for the many that are only passed on or compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlite_utils import Database


def tuples(db: Database, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a statement as tuples. Errors are raised as by `db.execute`."""
    rows: Iterator[tuple[Any, ...]] = _run(db, sql, values)
    return rows


def tuples_named(db: Database, sql: str, values: Sequence[Any] = ()) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Return the columns of a statement and all its rows. Errors are raised as by `db.execute`."""
    cursor = _run(db, sql, values)
    return tuple(column[0] for column in cursor.description), cursor.fetchall()


def _run(db: Database, sql: str, values: Sequence[Any]) -> Any:
    cursor = db.conn.cursor()
    cursor.row_factory = None
    return cursor.execute(sql, values)
