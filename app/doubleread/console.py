"""What the commands print: plain lines, tables, progress. Foreign text is made harmless on its way out.

Imports are inside the functions, because `--help` needs none of them and must be quick.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


def say(text: str = "") -> None:
    """Print lines to standard output."""
    from doubleread.domain.display import display_text

    print(display_text(text))


def note(text: str) -> None:
    """Print lines that are not the result to standard error. If the terminal is gone, nobody misses them."""
    import contextlib

    from doubleread.domain.display import display_text

    with contextlib.suppress(OSError):
        print(display_text(text), file=sys.stderr)


def say_json(record: Any) -> None:
    """Print one JSON document, and nothing that a terminal could take for a command: it holds printable ASCII only."""
    import json

    document = json.dumps(record, indent=2, ensure_ascii=True, allow_nan=False)
    print(document.replace("\x7f", "\\u007f"))


def say_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: drawn if standard output is a terminal, else columns under each other without frames.

    Heads and cells may hold anything; line feeds in them are shown as signs. If all heads are empty there is no
    line of heads.
    """
    from doubleread.domain.display import display_line

    heads = [display_line(column) for column in columns]
    shown = [[display_line(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _drawn(heads, shown)
    else:
        _plain(heads, shown)


def _drawn(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", show_header=any(columns))
    for column in columns:
        table.add_column(Text(column), overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    console().print(table)


def _plain(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.cells import cell_len

    lines = [columns, *rows] if any(columns) else rows
    widths = [max((cell_len(line[position]) for line in lines), default=0) for position in range(len(columns))]
    for line in lines:
        cells = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())


def console(*, stderr: bool = False) -> Console:
    """Return a Rich console without markup, emoji codes and highlighting."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)
