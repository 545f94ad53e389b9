"""Check the reasoning markers that a protocol adds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from doubleread.domain.reasoning_markers import OwnMarkers

MOST_PAIRS = 50
_FIELDS = ("begin", "end")


def reasoning_mistakes(record: Mapping[str, Any]) -> Iterator[str]:
    """Name every mistake in [[reasoning]]."""
    pairs = record.get("reasoning", [])
    if not isinstance(pairs, list) or len(pairs) > MOST_PAIRS:
        yield f"reasoning must be at most {MOST_PAIRS} tables, [[reasoning]]"
        return
    for number, pair in enumerate(pairs, start=1):
        where = f"reasoning, number {number}"
        if not isinstance(pair, Mapping):
            yield f"{where} must be a table with begin and end"
        elif unknown := sorted(set(pair) - {*_FIELDS}):
            yield f"{where}: {unknown[0]} is not known (there are: begin, end)"
        elif wrong := [name for name in _FIELDS if not isinstance(pair.get(name), str)]:
            yield f"{where}: {wrong[0]} must be a text"
        else:
            try:
                OwnMarkers(pair["begin"], pair["end"])
            except ValueError as error:
                yield f"{where}: {error}"
