"""Hash texts and records: SHA-256 of UTF-8, in hexadecimal."""

from __future__ import annotations

import hashlib
import json

_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def text_sha256(text: str) -> str:
    """Hash a text's UTF-8 form. Lone surrogates are encoded as if UTF-8 could hold them."""
    return bytes_sha256(text.encode("utf-8", "surrogatepass"))


def bytes_sha256(data: bytes) -> str:
    """Hash bytes."""
    return hashlib.sha256(data).hexdigest()


def canonical_json(value: object) -> str:
    """Return the JSON form that is hashed: sorted keys, no blanks, no NaN. Raises ValueError for NaN."""
    return _CANONICAL.encode(value)


def json_sha256(value: object) -> str:
    """Hash the canonical JSON form of a value. Raises ValueError for NaN."""
    return text_sha256(canonical_json(value))
