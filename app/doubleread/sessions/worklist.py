"""A reader's worklist: the cases in their order, and which are committed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doubleread.domain.assignment import WorklistItem
from doubleread.read_model.readable_study import ReadableStudy


@dataclass(frozen=True, slots=True)
class WorklistProgress:
    """How far somebody is. `position` counts from 1; `open` cases were begun and are not committed."""

    position: int
    total: int
    committed: int
    open: int = 0


class Worklist:
    """The items of one reader in order. `committed` are those that are done, `begun` those that were opened."""

    def __init__(
        self, items: Sequence[WorklistItem], committed: set[WorklistItem], begun: set[WorklistItem] | None = None
    ) -> None:
        self.items = tuple(items)
        self.committed = committed & set(items)
        self.begun = (committed | (begun or set())) & set(items)
        self._ids = _place_ids(items)
        self._places = {self._ids[item]: index for index, item in enumerate(items)}

    def item(self, place_id: str) -> WorklistItem:
        """Return the item with an id. Raises KeyError for one that is not the reader's."""
        return self.items[self._places[place_id]]

    def place_id(self, item: WorklistItem) -> str:
        """Return an item's id: the case's own, or for a repeat one that no case has."""
        return self._ids[item]

    def progress(self, item: WorklistItem) -> WorklistProgress:
        """Return the position of an item."""
        return WorklistProgress(
            self._place(item) + 1, len(self.items), len(self.committed), len(self.begun) - len(self.committed)
        )

    def step(self, item: WorklistItem, by: int) -> WorklistItem | None:
        """Return the item `by` places ahead, or behind if negative; None beyond either end."""
        position = self._place(item) + by
        return self.items[position] if 0 <= position < len(self.items) else None

    def first_open(self, after: WorklistItem | None = None) -> WorklistItem | None:
        """Return the next item after `after` that is not committed, wrapping around; None if all are."""
        here = -1 if after is None else self._place(after)
        ahead = (*self.items[here + 1 :], *self.items[: here + 1])
        return next((item for item in ahead if item not in self.committed), None)

    def listed(self, titles: Mapping[str, str]) -> list[tuple[str, str, bool]]:
        """Return id, title and whether it is committed, for every item.

        If cases are repeated, or `titles` is empty, titles are left out: they would reveal the repeats.
        """
        marked = not titles or any(item.repeat for item in self.items)
        return [
            (self._ids[item], "case" if marked else titles[item.case_id] or item.case_id, item in self.committed)
            for item in self.items
        ]

    def _place(self, item: WorklistItem) -> int:
        return self._places[self._ids[item]]


def begun_items(study: ReadableStudy, reader_id: str) -> set[WorklistItem]:
    """Return what a reader has opened, committed or not."""
    return {
        WorklistItem(case_id, repeat) for repeat in (0, 1) for case_id in study.reading_summaries(reader_id, repeat)
    }


def committed_items(study: ReadableStudy, reader_id: str) -> set[WorklistItem]:
    """Return what a reader has committed."""
    return {
        WorklistItem(case_id, repeat)
        for repeat in (0, 1)
        for case_id, summary in study.reading_summaries(reader_id, repeat).items()
        if summary.committed_at
    }


def _place_ids(items: Sequence[WorklistItem]) -> dict[WorklistItem, str]:
    ids = {item: item.case_id for item in items if not item.repeat}
    taken = set(ids.values())
    for item in items:
        if item.repeat:
            again = f"{item.case_id} again"
            while again in taken:
                again += " again"
            taken.add(again)
            ids[item] = again
    return ids
