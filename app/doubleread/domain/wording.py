"""Small matters of language."""

from __future__ import annotations


def plural(count: int, noun: str, nouns: str = "") -> str:
    """Return "1 case", "3 cases"."""
    return f"{count} {noun if count == 1 else nouns or noun + 's'}"


def verb(count: int, one: str, several: str) -> str:
    """Return the form of a verb that fits a count: "1 cell begins", "2 cells begin"."""
    return one if count == 1 else several
