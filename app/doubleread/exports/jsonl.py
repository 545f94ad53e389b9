"""Tables as JSON Lines: the canonical form of an export, with every value unchanged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, TextIO


def write_jsonl(file: TextIO, records: Iterable[Mapping[str, Any]]) -> int:
    """Write one record a line and return how many there were. Raises ValueError for NaN."""
    count = 0
    for record in records:
        file.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")
        count += 1
    return count
