"""Imports sqlite_utils without numpy, which it would load only to know numpy's number types.

Loading numpy takes longer than opening a study; no row of ours holds a numpy number.
"""

from __future__ import annotations

import sys


def import_sqlite_utils() -> None:
    """Load sqlite_utils. Afterwards numpy can be imported as ever; where it is loaded already it stays."""
    if "numpy" in sys.modules or "sqlite_utils" in sys.modules:
        return
    # None is what the import system itself uses to say that a module is not to be had.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    try:
        import sqlite_utils  # noqa: F401
    finally:
        del sys.modules["numpy"]
