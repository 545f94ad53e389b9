"""Stop strings, which end an answer before the model does."""

from __future__ import annotations


class StopStrings:
    """Holds text back while it could be the beginning of a stop string, and cuts it where one is complete.

    `found` is the stop string that ended the text.
    """

    def __init__(self, stops: tuple[str, ...]) -> None:
        self.found: str | None = None
        self._stops = stops
        self._held = ""

    def feed(self, text: str) -> tuple[str, bool]:
        """Take in the next text. Return what is certainly part of the answer, and whether a stop string ended it."""
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
        """Return what was held back, now that nothing more comes."""
        held, self._held = self._held, ""
        return held

    def _possible_beginning(self, text: str) -> int:
        longest = min(max(map(len, self._stops)) - 1, len(text))
        for length in range(longest, 0, -1):
            tail = text[len(text) - length :]
            if any(stop.startswith(tail) for stop in self._stops):
                return length
        return 0
