"""Write records as TOML, which the standard library can only read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


def to_toml(record: Mapping[str, Any], comments: Mapping[str, str] | None = None) -> str:
    """Return a record of texts, numbers, truths, lists, tables and lists of tables as TOML; None is left out.

    `comments` stand before the fields that they name.
    """
    return "\n".join(_lines(record, "", comments or {})) + "\n"


def _lines(table: Mapping[str, Any], path: str, comments: Mapping[str, str]) -> Iterator[str]:
    inner: list[tuple[str, Any]] = []
    for name, value in table.items():
        if isinstance(value, Mapping) or _is_tables(value):
            inner.append((name, value))
        elif value is not None:
            if not path and name in comments:
                yield f"# {comments[name]}"
            yield f"{name} = {_value(value)}"
    for name, value in inner:
        place = f"{path}{name}"
        opening = f"[{place}]" if isinstance(value, Mapping) else f"[[{place}]]"
        for part in (value,) if isinstance(value, Mapping) else value:
            yield ""
            if not path and name in comments and part is (value if isinstance(value, Mapping) else value[0]):
                yield f"# {comments[name]}"
            yield opening
            yield from _lines(part, f"{place}.", comments)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        if "\n" in value:
            return '"""\n' + "\n".join(map(_escaped, value.split("\n"))) + '"""'
        return f'"{_escaped(value)}"'
    return f"[{', '.join(map(_value, value))}]"


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1].replace("\x7f", "\\u007f")
