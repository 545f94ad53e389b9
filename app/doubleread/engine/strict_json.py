"""Read and write the JSON that processes exchange: unknown fields, wrong types and odd numbers are refused.

msgspec checks the structure. The standard library reads and writes the text, because a file name may hold lone
surrogates, which msgspec cannot write, and because msgspec writes NaN as null.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Annotated, Any, Self, get_origin, get_type_hints

import msgspec

Finite = Annotated[float, msgspec.Meta(ge=-1e300, le=1e300)]
"""A number that is not infinite, as JSON's 1e999 would be."""


class ProtocolError(ValueError):
    """A message is not what the protocol allows."""


class CheckedStruct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record whose limits, given by `Annotated`, are checked however it is made. Raises ValueError."""

    def __post_init__(self) -> None:
        # msgspec itself checks only what it decodes.
        for name, kind in _limits(type(self)):
            value = getattr(self, name)
            try:
                msgspec.convert(value, kind)
            except msgspec.ValidationError as error:
                raise ValueError(f"{name}: {error}, not {value!r:.80}") from error

    def as_record(self) -> dict[str, Any]:
        """Return it as plain values."""
        record: dict[str, Any] = msgspec.to_builtins(self)
        return record

    def replace(self, **changes: Any) -> Self:
        """Return a copy with these fields changed."""
        return msgspec.structs.replace(self, **changes)


@lru_cache(maxsize=32)
def _limits(kind: type[CheckedStruct]) -> list[tuple[str, Any]]:
    hints = get_type_hints(kind, include_extras=True)
    return [(name, hint) for name, hint in hints.items() if get_origin(hint) is Annotated]


def dumps(value: Any) -> bytes:
    """Return a value as one line of ASCII JSON with its line feed. Raises ProtocolError if it has no JSON form."""
    try:
        text = _ENCODER.encode(msgspec.to_builtins(value))
    except (TypeError, ValueError, RecursionError) as error:
        raise ProtocolError(f"cannot be written as JSON: {error}") from error
    return text.encode("ascii") + b"\n"


def loads(line: bytes, kind: Any) -> Any:
    """Parse a line of JSON into a struct, a dataclass or a union of structs. Raises ProtocolError naming the field."""
    try:
        record = _DECODER.decode(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"not a line of JSON: {error}") from error
    try:
        return msgspec.convert(record, kind)
    except (msgspec.ValidationError, UnicodeError, RecursionError) as error:
        raise ProtocolError(str(error)) from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number here")


_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
