"""A reader's way through the cases: which there are, in which order, and which of them are done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doubleread.domain.assignment import Turn
from doubleread.store import StudyFile


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the reader is. `position` counts from 1."""

    position: int
    total: int
    committed: int


class Round:
    """The turns of one reader in order. `committed` are those that are done."""

    def __init__(self, turns: Sequence[Turn], committed: set[Turn]) -> None:
        self.turns = tuple(turns)
        self.committed = committed & set(turns)
        self._ids = _place_ids(turns)
        self._places = {self._ids[turn]: index for index, turn in enumerate(turns)}

    def turn(self, place_id: str) -> Turn:
        """Return the turn of a place's id. Raises KeyError for one that is not the reader's."""
        return self.turns[self._places[place_id]]

    def place_id(self, turn: Turn) -> str:
        """Return a turn's id: the case's own, and one that no case has where it comes again."""
        return self._ids[turn]

    def progress(self, turn: Turn) -> Progress:
        """Return where a turn stands among all."""
        return Progress(self._place(turn) + 1, len(self.turns), len(self.committed))

    def step(self, turn: Turn, by: int) -> Turn | None:
        """Return the turn `by` places on, or back where it is negative; None beyond either end."""
        position = self._place(turn) + by
        return self.turns[position] if 0 <= position < len(self.turns) else None

    def first_open(self, after: Turn | None = None) -> Turn | None:
        """Return the next turn that is not done, from `after` on and then from the start; None where all are."""
        here = -1 if after is None else self._place(after)
        ahead = (*self.turns[here + 1 :], *self.turns[: here + 1])
        return next((turn for turn in ahead if turn not in self.committed), None)

    def listed(self, titles: Mapping[str, str]) -> list[tuple[str, str, bool]]:
        """Return id, title and whether it is done, for every turn.

        Where cases come again unmarked, the titles are left out, which would mark them.
        """
        marked = any(turn.repeat for turn in self.turns)
        return [
            (self._ids[turn], "case" if marked else titles[turn.case_id] or turn.case_id, turn in self.committed)
            for turn in self.turns
        ]

    def _place(self, turn: Turn) -> int:
        return self._places[self._ids[turn]]


def committed_turns(study: StudyFile, reader_id: str) -> set[Turn]:
    """Return what a reader has committed."""
    return {
        Turn(case_id, repeat)
        for repeat in (0, 1)
        for case_id, summary in study.reading_summaries(reader_id, repeat).items()
        if summary.committed_at
    }


def _place_ids(turns: Sequence[Turn]) -> dict[Turn, str]:
    ids = {turn: turn.case_id for turn in turns if not turn.repeat}
    taken = set(ids.values())
    for turn in turns:
        if turn.repeat:
            again = f"{turn.case_id} again"
            while again in taken:
                again += " again"
            taken.add(again)
            ids[turn] = again
    return ids
