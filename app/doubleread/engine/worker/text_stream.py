"""The text of a growing answer: bytes decoded as they come, cut at a stop string."""

from __future__ import annotations

import codecs


class Utf8Stream:
    """Decodes bytes as they come. An incomplete character waits for its rest; what is not UTF-8 becomes U+FFFD."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, piece: bytes) -> str:
        """Return the text that these bytes complete."""
        return self._decoder.decode(piece)

    @property
    def in_character(self) -> bool:
        """Whether a character has begun and is not complete."""
        return bool(self._decoder.getstate()[0])

    def end(self) -> str:
        """Return what is left at the end: a replacement character for an incomplete one."""
        return self._decoder.decode(b"", True)


class StopStrings:
    """Holds text back while it could be the beginning of a stop string, and cuts it at a complete one.

    `found` is the stop string that ended the text.
    """

    def __init__(self, stops: tuple[str, ...]) -> None:
        self.found: str | None = None
        self._stops = stops
        self._held = ""

    def feed(self, text: str) -> tuple[str, bool]:
        """Return what is certainly part of the answer with this text, and whether a stop string ended it."""
        if not self._stops:
            return text, False
        text = self._held + text
        found = [(place, stop) for stop in self._stops if (place := text.find(stop)) >= 0]
        if found:
            self._held = ""
            place, self.found = min(found)
            return text[:place], True
        keep = self._possible_beginning(text)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep], False

    def end(self) -> str:
        """Return what was held back."""
        held, self._held = self._held, ""
        return held

    def _possible_beginning(self, text: str) -> int:
        longest = min(max(map(len, self._stops)) - 1, len(text))
        for length in range(longest, 0, -1):
            tail = text[len(text) - length :]
            if any(stop.startswith(tail) for stop in self._stops):
                return length
        return 0
