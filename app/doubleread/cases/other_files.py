"""Recognise a file that is no case pack as a whole, to report it once instead of once per line.

It may be other JSON (one array, one object, objects over several lines) or JSON Lines of another format.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from doubleread.cases.encodings import each_line, split_lines

_BRACKETS = ("[", "{")
_VISIBLE = re.compile(r"\S")
_AS_LINES = "JSON Lines has one object per line"
_NATIVE = ("id", "kind", "text", "key")
_SHOWN = 8


def other_shape(text: str) -> str:
    """Return what a JSON file is instead of JSON Lines, and how to convert it; "" if it may be JSON Lines."""
    start = text.lstrip()
    lead = len(text) - len(start)
    if start and not any(line.lstrip()[:1] in _BRACKETS for line in each_line(text)):
        return "no line starts with a curly bracket, so the file is not JSON Lines; convert a table (CSV) first"
    if start[:1] not in _BRACKETS:
        return ""
    try:
        value, end = json.JSONDecoder().raw_decode(text, lead)
    except json.JSONDecodeError as error:
        return _broken_array(start, error)
    except (RecursionError, ValueError):
        return ""
    lines = len(split_lines(text[lead:end]))
    more = _VISIBLE.search(text, end) is not None
    if isinstance(value, list):
        return "" if more else _array(value)
    if lines == 1:
        return ""
    if more:
        return f"the first object covers {lines} lines; {_AS_LINES}. With jq: jq -c . FILE > lines.jsonl"
    return _object(value)


def _array(value: list[Any]) -> str:
    return (
        f"the file is one JSON array with {len(value)} entries; {_AS_LINES}, without brackets and commas around them."
        " With jq: jq -c '.[]' FILE > lines.jsonl"
    )


def _object(value: dict[str, Any]) -> str:
    if len(value) > 1 and all(isinstance(inner, dict) for inner in value.values()):
        first = next(iter(value))[:40]
        return (
            f'the file is one JSON object with {len(value)} entries, the first named "{first}"; {_AS_LINES}, with an id'
            " in it"
        )
    return f"the file is one JSON object over several lines; {_AS_LINES}. With jq: jq -c . FILE > lines.jsonl"


def _broken_array(start: str, error: json.JSONDecodeError) -> str:
    """Return the message for a file that begins as an array of objects and is not valid JSON."""
    if start[:1] != "[" or start[1:].lstrip()[:1] != "{":
        return ""
    return (
        f"the file starts like a JSON array, which is not valid at line {error.lineno} ({error.msg.lower()});"
        f" {_AS_LINES}, without brackets and commas around them"
    )


def other_format(records: Iterable[Mapping[str, Any] | None]) -> str:
    """Return what a file's records are instead of cases, or "" if one of them could be a case or there are none.

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
        return f"{found}. It looks like a file of answers: doubleread import-answers STUDY FILE --arm NAME"
    return f"{found}. Rename its fields to those of the native format"
