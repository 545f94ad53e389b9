"""Convert JSON to dataclasses and back, strictly: unknown fields, wrong types and odd numbers are refused."""

from __future__ import annotations

import json
import math
import types
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from functools import lru_cache
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints


class ProtocolError(ValueError):
    """A line is not what the protocol allows."""


def dumps(record: Mapping[str, Any]) -> bytes:
    """Return a record as one line of ASCII JSON with its line feed. Raises ProtocolError where it has no JSON form."""
    try:
        return json.dumps(record, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"
    except (TypeError, ValueError, RecursionError) as error:
        raise ProtocolError(f"cannot be written as JSON: {error}") from error


def loads(line: bytes) -> dict[str, Any]:
    """Parse one line into a record. Raises ProtocolError for anything but one JSON object."""
    try:
        record = json.loads(line.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"not a line of JSON: {error}") from error
    if not isinstance(record, dict):
        raise ProtocolError(f"a JSON object was expected, not {type(record).__name__}")
    return record


def as_record(value: Any) -> dict[str, Any]:
    """Return a dataclass as plain JSON values, tuples becoming lists."""
    return asdict(value)


def build(kind: type[Any], record: Any, where: str = "") -> Any:
    """Build a dataclass from a record, checking every field against its annotation.

    Raises ProtocolError naming the field for a missing, unknown or wrongly typed one, and for values that the class
    itself refuses.
    """
    label = where or kind.__name__
    if not isinstance(record, dict):
        raise ProtocolError(f"{label}: an object was expected")
    hints = _hints(cast("Hashable", kind))
    if unknown := sorted(set(record) - set(hints)):
        raise ProtocolError(f"{label}: unknown field {unknown[0]!r:.80}")
    values: dict[str, Any] = {}
    for item in fields(kind):
        if item.name in record:
            values[item.name] = _checked(hints[item.name], record[item.name], f"{label}.{item.name}")
        elif item.default is MISSING and item.default_factory is MISSING:
            raise ProtocolError(f"{label}: field {item.name!r} is missing")
    try:
        return kind(**values)
    except ValueError as error:
        raise ProtocolError(f"{label}: {error}") from error


@lru_cache(maxsize=64)
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _checked(wanted: Any, value: Any, where: str) -> Any:
    origin = get_origin(wanted)
    if wanted is Any:
        return value
    if origin is Literal:
        if not isinstance(value, str) or value not in get_args(wanted):
            raise ProtocolError(f"{where}: {value!r:.80} is not one of {', '.join(map(str, get_args(wanted)))}")
        return value
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        (inner,) = (choice for choice in get_args(wanted) if choice is not type(None))
        return _checked(inner, value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise ProtocolError(f"{where}: a list was expected")
        inner = get_args(wanted)[0]
        return tuple(_checked(inner, item, f"{where}[{index}]") for index, item in enumerate(value))
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            raise ProtocolError(f"{where}: an object was expected")
        return value
    if is_dataclass(wanted) and isinstance(wanted, type):
        return build(wanted, value, where)
    return _plain(wanted, value, where)


def _plain(wanted: Any, value: Any, where: str) -> Any:
    if wanted is float and isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value) if abs(value) < 1e300 else math.inf
        if math.isfinite(number):
            return number
    elif isinstance(value, wanted) and not (wanted is int and isinstance(value, bool)):
        return value
    raise ProtocolError(f"{where}: {wanted.__name__} was expected, not {value!r:.80}")


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number here")
