"""Tables as JSON Lines: the canonical form of an export, with every value unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from msgspec import json

from doubleread.exports.kept_rows import records_of

_ENCODER = json.Encoder()


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


def lines_of_page(chunk: tuple[str, bytes]) -> bytes:
    """Return a page of a table, which is given by its name, as lines of JSON."""
    return _ENCODER.encode_lines(records_of(*chunk))
