"""The form of a reader's pseudonym."""

from __future__ import annotations

import unicodedata

from doubleread.errors import WrongSettingsError

LONGEST = 64


def pseudonym(name: str) -> str:
    """Return a pseudonym without surrounding spaces. Raises WrongSettingsError if it cannot be displayed."""
    reader_id = unicodedata.normalize("NFC", name.strip())
    if not reader_id or len(reader_id) > LONGEST or not reader_id.isprintable():
        raise WrongSettingsError(
            "Reader refused",
            f"a reader's pseudonym has 1 to {LONGEST} printable characters",
            "choose one such as R-01",
        )
    return reader_id
