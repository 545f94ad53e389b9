"""Recognise a JSON Lines file that is not in the native format, to report it once instead of once per line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

_NATIVE = ("id", "kind", "text", "key")
_SHOWN = 8


def other_format(records: Iterable[Mapping[str, Any] | None]) -> str:
    """Return what a file's records are instead of cases, or "" where one of them could be a case or there are none.

    A record is no case where it has none, or only one, of the fields `id`, `kind`, `text` and `key`. Lines that could
    not be read are None and do not count.
    """
    names: Counter[str] = Counter()
    count = 0
    for record in records:
        if record is None:
            continue
        if sum(name in record for name in _NATIVE) > 1:
            return ""
        count += 1
        names.update(record.keys())
    if count < 2:
        return ""
    common = [name[:40] for name, _ in names.most_common(_SHOWN)]
    found = f"none of its {count} lines is a case with {', '.join(_NATIVE)}; found: {', '.join(common) or 'nothing'}"
    if "options" in names and "answer_idx" in names:
        return f"{found}. It looks like MedQA: doubleread cases convert FILE --format medqa --out pack.jsonl"
    if "case_id" in names and "text" in names:
        return f"{found}. It looks like a file of answers: doubleread import-answers STUDY FILE --model NAME"
    return f"{found}. Rename its fields to those of the native format"
