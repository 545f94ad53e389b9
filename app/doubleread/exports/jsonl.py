"""Tables as JSON Lines: the canonical form of an export, with every value unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from msgspec import json


def json_text(value: Any) -> str:
    """Return a value as JSON on one line."""
    return json.encode(value).decode()


def write_jsonl(file: TextIO, records: Iterable[Mapping[str, Any]]) -> int:
    """Write one record per line and return how many there were."""
    count = 0
    for record in records:
        file.write(json_text(record) + "\n")
        count += 1
    return count
