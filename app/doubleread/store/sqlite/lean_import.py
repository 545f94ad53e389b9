"""Imports sqlite_utils without numpy and dateutil, which take longer to load than opening a study.

It would load numpy only to know its number types, and dateutil for functions that convert dates. No row of ours holds a
numpy number, and none of these functions is called.
"""

from __future__ import annotations

import sys
from types import ModuleType


def import_sqlite_utils() -> None:
    """Load sqlite_utils. numpy and dateutil can still be imported afterwards."""
    if "sqlite_utils" in sys.modules:
        return
    dateutil = ModuleType("dateutil")
    dateutil.parser = ModuleType("dateutil.parser")  # type: ignore[attr-defined]
    # None makes the import system report the module as missing, which sqlite_utils allows for numpy alone.
    stand_ins: dict[str, ModuleType | None] = {"numpy": None, "dateutil": dateutil}
    missing = {name: stand_in for name, stand_in in stand_ins.items() if name not in sys.modules}
    sys.modules.update(missing)  # type: ignore[arg-type]
    try:
        import sqlite_utils  # noqa: F401
    finally:
        for name in missing:
            del sys.modules[name]
