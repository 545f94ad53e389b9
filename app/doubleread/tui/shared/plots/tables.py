"""The two-by-two table of two models on the same cases, and a table with a column for each model."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from doubleread.statistics import PairedTable
from doubleread.tui.shared.plots.lines import Line, Look, Part, fit

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
        (Part(" " * label), Part(fit(names[1], 2 * cell), "second")),
        (Part(" " * label), *(Part(fit(word, cell), "muted") for word in words)),
    ]
    for row, (word, fields) in enumerate(zip(words, FIELDS, strict=True)):
        lead = label - len(words[1]) - 1
        parts = [Part(fit(names[0] if not row else "", lead), "first"), Part(fit(word, label - lead), "muted")]
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
    cell = min(max((width - label - 1) // max(len(heads), 1), 8), _WIDEST_CELL)
    lines: list[Line] = [(Part(" " * (label + 1)), *(Part(fit(head, cell), look) for head, look in heads))]
    for words, cells in rows:
        parts = [Part(fit(words, label) + " ", "muted")]
        for text, spot in cells:
            parts += [Part(fit(text, cell - 1), "", spot, stop=spot is not None), Part(" ")]
        lines.append(tuple(parts))
    return lines
