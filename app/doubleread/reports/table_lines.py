"""What all tables of results have in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from doubleread.reports.figures import Notes
from doubleread.results import Results

Line = tuple[str, ...]
"""A label and its cells."""

LABEL, _HEAD = 20, 24


@dataclass(frozen=True, slots=True)
class Section:
    """One table: its name, what it is about, its heads, its lines."""

    name: str
    title: str
    columns: Line
    lines: tuple[Line, ...]


class TableLines:
    """The figures to be laid out, and the reasons of those that do not exist. Labels are cut after `longest`."""

    def __init__(self, results: Results, notes: Notes, longest: int) -> None:
        self.results = results
        self.notes = notes
        self.longest = longest
        self.heads = ("".ljust(LABEL), *model_heads(results))

    def _section(self, name: str, title: str, lines: Iterable[Line]) -> Section:
        return Section(name, title, self.heads, tuple(lines))

    def _label(self, text: str) -> str:
        return text if len(text) <= self.longest else text[: self.longest - 1] + "…"


def model_heads(results: Results) -> tuple[str, str]:
    """Return what columns are called: the models' names, or "model 1" and "model 2" where a name is too long."""
    names = [model.name for model in results.models]
    if all(0 < len(name) <= _HEAD for name in names) and names[0] != names[1]:
        return names[0], names[1]
    return "model 1", "model 2"
