"""JSON of events and rows: read, checked and written quickly, with the same results as by the `json` module.

msgspec is several times as fast. What it reads or writes differently is left to `json`: it refuses a few texts that
`json` accepts, and writes some numbers with a fraction or an exponent in another way.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any

from doubleread.domain.hashes import canonical_json, json_sha256

_TEXT = frozenset({str})
_PLAIN = frozenset({str, int, type(None)})
"""The types of values that both write alike."""


@cache
def _msgspec() -> tuple[Any, Any, Any, Any, type[Exception]]:
    """Return a decoder, a strict one, an encoder, the type of encoded JSON, and what they raise.

    The strict decoder refuses numbers with a fraction or an exponent that `json` would write in another way.
    """
    import msgspec

    def as_written(number: str) -> float:
        value = float(number)
        if repr(value) != number:
            raise ValueError(number)
        return value

    strict = msgspec.json.Decoder(float_hook=as_written)
    return msgspec.json.Decoder(), strict, msgspec.json.Encoder(order="sorted"), msgspec.Raw, msgspec.MsgspecError


def loaded(text: str) -> Any:
    """Return what `json.loads` returns. Raises ValueError as it does."""
    decoder, _, _, _, refused = _msgspec()
    try:
        return decoder.decode(text)
    except (refused, ValueError):
        return json.loads(text)


def row_json(row: tuple[Any, ...]) -> bytes:
    """Return what `canonical_json` returns for the values of a row, in UTF-8. Raises as it does."""
    _, _, encoder, _, _ = _msgspec()
    if not _PLAIN.issuperset(map(type, row)):
        for value in row:
            kind = type(value)
            if kind not in _PLAIN and not (kind is float and encoder.encode(value).decode() == repr(value)):
                return canonical_json(row).encode("utf-8", "surrogatepass")
    written: bytes = encoder.encode(row)
    return written


def record_text(record: Mapping[str, Any]) -> str:
    """Return what `canonical_json` returns for a record. Raises as it does."""
    if not record:
        return "{}"
    if _PLAIN.issuperset(map(type, record.values())) and _TEXT.issuperset(map(type, record)):
        _, _, encoder, _, _ = _msgspec()
        with contextlib.suppress(UnicodeEncodeError):
            text: str = encoder.encode(dict(record)).decode()
            return text
    return canonical_json(dict(record))


def checked_text(
    event_id: str, device: str, seq: int, at: str, actor: str, kind: str, text: str, prev_hash: str, own_hash: str
) -> tuple[dict[str, Any], bool, bool]:
    """Return an event's body, whether its text is canonical, and whether its content has the hash it carries.

    Raises ValueError or TypeError for what is no JSON object.
    """
    _, decoder, encoder, encoded, refused = _msgspec()
    try:
        body = decoder.decode(text)
        canonical = encoder.encode(body).decode() == text
    except (refused, ValueError):
        canonical = False
    if not canonical:
        body = json.loads(text)
        canonical = canonical_json(body) == text
    if type(body) is not dict:
        body = dict(body)
    if not canonical:
        hashed = json_sha256([event_id, device, seq, at, actor, kind, body, prev_hash])
        return body, False, hashed == own_hash
    line = encoder.encode((event_id, device, seq, at, actor, kind, encoded(text), prev_hash))
    return body, True, sha256(line).hexdigest() == own_hash
