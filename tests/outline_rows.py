"""Finds a row of the results' JSON."""

from __future__ import annotations

from typing import Any


def section_of(record: dict[str, Any], key: str) -> dict[str, Any]:
    """Return a section of the record by its key."""
    return next(section for section in record["sections"] if section["key"] == key)


def row_of(record: dict[str, Any], section: str, *keys: str) -> dict[str, Any]:
    """Return a row of a section by its key, or a row below it by the keys on the way."""
    found = section_of(record, section)
    for key in keys:
        found = next(row for row in found["rows"] if row["key"] == key)
    return found
