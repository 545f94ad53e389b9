"""Imports sqlite_utils without numpy, which it would load only to know numpy's number types.

Loading numpy takes longer than opening a study; no row of ours holds a numpy number.
"""

from __future__ import annotations

import sys


def import_sqlite_utils() -> None:
    """Load sqlite_utils. numpy can still be imported afterwards."""
    if "numpy" in sys.modules or "sqlite_utils" in sys.modules:
        return
    # None makes the import system report the module as missing.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    try:
        import sqlite_utils  # noqa: F401
    finally:
        del sys.modules["numpy"]
