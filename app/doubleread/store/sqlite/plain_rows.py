"""Rows as plain tuples, for the many that are only passed on or compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlite_utils import Database


def tuples(db: Database, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a statement as tuples. Errors are raised as by `db.execute`."""
    cursor = db.conn.cursor()
    cursor.row_factory = None
    rows: Iterator[tuple[Any, ...]] = cursor.execute(sql, values)
    return rows
