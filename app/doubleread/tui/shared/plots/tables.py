"""The two-by-two table of two models on the same cases, and a table with a column for each model."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import zip_longest

from rich.cells import cell_len

from doubleread.domain.display import display_line
from doubleread.statistics import PairedTable
from doubleread.tui.shared.plots.lines import Line, Look, Part, fit, fit_name

_NARROWEST_CELL = 8
_WIDEST_CELL = 48
FIELDS: tuple[tuple[str, str], tuple[str, str]] = (("both", "first_only"), ("second_only", "neither"))


def paired_plot(
    table: PairedTable, names: tuple[str, str], words: tuple[str, str], spot: Callable[[str], Hashable], width: int
) -> list[Line]:
    """Draw the table: the first model's rows, the second's columns, both with sums. `words` are "correct", "wrong".

    Beside each count is a bar in proportion to it.
    """
    label = min(max(len(names[0]), 8) + max(map(len, words)) + 3, width // 3)
    cell = min(max((width - label - 10) // 2, 12), 26)
    columns: list[tuple[int, ...]] = [(table.both, table.first_only), (table.second_only, table.neither)]
    largest = max(table.both, table.first_only, table.second_only, table.neither, 1)
    lines: list[Line] = [
        (Part(" " * label), Part(fit_name(names[1], 2 * cell), "second")),
        (Part(" " * label), *(Part(fit(word, cell), "muted") for word in words)),
    ]
    for row, (word, fields) in enumerate(zip(words, FIELDS, strict=True)):
        lead = label - len(words[1]) - 1
        parts = [Part(fit_name(names[0] if not row else "", lead), "first"), Part(fit(word, label - lead), "muted")]
        for field, count in zip(fields, columns[row], strict=True):
            bar = "▇" * round((cell - 7) * count / largest)
            look: Look = "first" if field == "first_only" else "second" if field == "second_only" else ""
            behind = spot(field)
            parts += [Part(fit(f"{count:>4} {bar}", cell - 1), look, behind, stop=behind is not None), Part(" ")]
        lines.append((*parts, Part(f"{sum(columns[row]):>5}", "muted")))
    sums = [sum(column) for column in zip(*columns, strict=True)]
    total = Part(f"{table.n:>5}", "muted")
    lines.append((Part(" " * label), *(Part(fit(f"{count:>4}", cell), "muted") for count in sums), total))
    return lines


def grid(
    heads: Sequence[tuple[str, Look]],
    rows: Sequence[tuple[str, Sequence[tuple[str, Hashable]]]],
    width: int,
    label: int,
) -> list[Line]:
    """Draw a table: a line of heads, and rows of a label and cells, each with its spot."""
    columns = zip_longest(
        [head for head, _ in heads], *([text for text, _ in cells] for _, cells in rows), fillvalue=""
    )
    sizes = _column_sizes(
        [max(cell_len(display_line(text)) for text in column) + 1 for column in columns], width - label - 1
    )
    lines: list[Line] = [
        (
            Part(" " * (label + 1)),
            *(Part(fit_name(head, size - 1) + " ", look) for size, (head, look) in zip(sizes, heads, strict=False)),
        )
    ]
    for words, cells in rows:
        parts = [Part(fit(words, label) + " ", "muted")]
        for size, (text, spot) in zip(sizes, cells, strict=False):
            parts += [Part(fit(text, size - 1), "", spot, stop=spot is not None), Part(" ")]
        lines.append(tuple(parts))
    return lines


def _column_sizes(needed: Sequence[int], room: int) -> list[int]:
    """Return equal columns if every text fits in one; else columns as wide as needed, the widest of them cut."""
    equal = min(max(room // max(len(needed), 1), _NARROWEST_CELL), _WIDEST_CELL)
    if max(needed, default=0) <= equal:
        return [equal] * len(needed)
    sizes = [min(size, room) for size in needed]
    while sum(sizes) > room and max(sizes) > _NARROWEST_CELL:
        sizes[sizes.index(max(sizes))] -= 1
    return sizes
