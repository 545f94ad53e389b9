"""Telling how far long work is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Is told what is being done, and how much of how much has been done."""


def untold(_what: str, _done: int, _total: int) -> None:
    """Tell nobody."""
