"""Decode a stream of bytes to text that can be shown and stored."""

from __future__ import annotations

import codecs


class Utf8Stream:
    """Decodes bytes as they come. A character cut in two waits for its rest; what is not UTF-8 becomes U+FFFD."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, piece: bytes) -> str:
        """Return the text that is complete with these bytes."""
        return self._decoder.decode(piece)

    @property
    def in_character(self) -> bool:
        """Whether a character has begun and is not complete."""
        return bool(self._decoder.getstate()[0])

    def end(self) -> str:
        """Return what is left at the end: a replacement character for a cut one, mostly nothing."""
        return self._decoder.decode(b"", True)
