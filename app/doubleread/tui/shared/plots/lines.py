"""Lines of a page of results: stretches of text, each with a look and, if it can be chosen, a spot."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rich.cells import cell_len, set_cell_size

from doubleread.domain.display import display_line

Look = Literal["", "heading", "muted", "first", "second", "correct", "incorrect", "indeterminate", "open"]
LOOKS: tuple[Look, ...] = ("heading", "muted", "first", "second", "correct", "incorrect", "indeterminate", "open")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a line. Parts with the same `spot` are lit together; keys stop at those that are a `stop`."""

    text: str
    look: Look = ""
    spot: Hashable = None
    stop: bool = False

    @property
    def width(self) -> int:
        """Its cells."""
        return cell_len(self.text)


Line = tuple[Part, ...]


def fit(text: str, width: int) -> str:
    """Return text from outside, made safe and exactly `width` cells wide; what is cut off ends with "…"."""
    safe = display_line(text)
    return set_cell_size(safe if cell_len(safe) <= width else set_cell_size(safe, width - 1) + "…", width)


def fit_name(name: str, width: int) -> str:
    """Return a name from outside, made safe and exactly `width` cells wide, cut in its middle.

    Arms of one model have names that begin alike, and differ at their ends.
    """
    safe = display_line(name)
    if cell_len(safe) <= width:
        return fit(safe, width)
    end = safe
    while end and cell_len(end) > (width - 1) // 2:
        end = end[1:]
    return fit(f"{set_cell_size(safe, max(width - 1 - cell_len(end), 0))}…{end}", width)


def width_of(line: Line) -> int:
    """Return the cells of a line."""
    return sum(part.width for part in line)


def padded(line: Line, width: int) -> Line:
    """Return the line filled with blanks up to a width."""
    room = width - width_of(line)
    return (*line, Part(" " * room)) if room > 0 else line


def beside(left: Sequence[Line], right: Sequence[Line], width: int, gap: int = 3) -> list[Line]:
    """Put two blocks side by side, the left one `width` cells wide."""
    rows = max(len(left), len(right))
    pairs = zip([*left, *[()] * (rows - len(left))], [*right, *[()] * (rows - len(right))], strict=True)
    return [(*padded(one, width), Part(" " * gap), *other) if other else one for one, other in pairs]


def wrapped(parts: Iterable[Part], width: int, gap: str = "   ", indent: int = 0) -> list[Line]:
    """Set parts one after the other, with a gap between them, in as many lines as they need."""
    lines: list[list[Part]] = []
    room = 0
    for part in parts:
        if lines and part.width + len(gap) <= room:
            lines[-1] += [Part(gap), part]
            room -= part.width + len(gap)
        else:
            lines.append([Part(" " * indent), part] if indent else [part])
            room = width - indent - part.width
    return [tuple(line) for line in lines]


def lit(line: Line, spot: Hashable) -> list[tuple[Part, bool]]:
    """Return the parts of a line, each with whether it belongs to the current spot."""
    return [(part, spot is not None and part.spot == spot) for part in line]


def as_stop(line: Line, spot: Hashable) -> Line:
    """Make a whole line one spot that keys stop at."""
    return tuple(replace(part, spot=spot, stop=index == 0) for index, part in enumerate(line))
