"""Split an external answer into reasoning and answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from doubleread.cases.answers import ForeignAnswer
from doubleread.domain.reasoning import split_reasoning
from doubleread.domain.reasoning_markers import OwnMarkers, suspected_markers


@dataclass(frozen=True, slots=True)
class SplitAnswer:
    """An external answer and its parts.

    `format` names the markers found in its text, "" for none. `closed` is False if the reasoning never ends: the answer
    was cut off before it began. `suspects` are what looks like other markers in the answer.
    """

    given: ForeignAnswer
    text: str
    reasoning: str
    format: str
    closed: bool
    suspects: tuple[str, ...]

    @property
    def finish_reason(self) -> str:
        """How the answer ended: "length" if the reasoning never ends, else what the file says, "" if unknown."""
        return self.given.finish_reason if self.closed else "length"

    def entries(self) -> dict[str, Any]:
        """Return its manifest entries, named like the engine's, with the file's text if it was split.

        What was not found is left out.
        """
        suspects = {"suspected_markers": list(self.suspects)} if self.suspects else {}
        if not self.format:
            return suspects
        return {
            "reasoning_format": self.format,
            "reasoning_unclosed": not self.closed,
            "original_text": self.given.text,
            "original_finish_reason": self.given.finish_reason,
            **suspects,
        }


def split_answer(given: ForeignAnswer, own: Iterable[OwnMarkers] = ()) -> SplitAnswer | str:
    """Split an answer, or return why that is impossible: it also has other reasoning in a field of its own."""
    found = split_reasoning(given.text, own)
    if found.format is None:
        return SplitAnswer(given, given.text, given.reasoning, "", True, suspected_markers(given.text))
    if given.reasoning.strip() and given.reasoning.strip() != found.reasoning.strip():
        return "contains reasoning between markers, but `reasoning` has different reasoning; keep one of the two"
    return SplitAnswer(
        given, found.answer, found.reasoning, found.format, found.closed, suspected_markers(found.answer)
    )
