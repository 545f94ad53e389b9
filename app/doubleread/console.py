"""What the commands print: plain lines, tables, progress. Foreign text is made harmless on its way out.

Imports are inside the functions, because `--help` needs none of them and must be quick.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


_MOST_DRAWN = 1_000
"""Drawing takes a millisecond a row."""


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


def say_json_list(records: Iterable[Mapping[str, str | int | bool | None]]) -> None:
    """Print a JSON list of flat objects as `say_json` does, each as it comes."""
    import json

    # An indented document is written by Python code, a line by C code.
    in_one = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",\n    ", ": ")).encode
    before = "[\n"
    for record in records:
        document = in_one(record).replace("\x7f", "\\u007f")
        sys.stdout.write(f"{before}  {{\n    {document[1:-1]}\n  }}")
        before = ",\n"
    print("[]" if before == "[\n" else "\n]")


def say_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: drawn if standard output is a terminal and it is not long, else columns without frames.

    Heads and cells may hold anything; line feeds in them are shown as signs. If all heads are empty there is no
    line of heads.
    """
    heads = _harmless(columns)
    shown = map(_harmless, rows)
    if sys.stdout.isatty():
        drawable = list(itertools.islice(shown, _MOST_DRAWN + 1))
        if len(drawable) <= _MOST_DRAWN:
            _drawn(heads, drawable)
            return
        _plain(heads, itertools.chain(drawable, shown))
    else:
        _plain(heads, shown)


def _harmless(cells: Sequence[str]) -> Sequence[str]:
    from doubleread.domain.display import display_line

    joined = "".join(cells)
    return cells if joined.isascii() and joined.isprintable() else [display_line(cell) for cell in cells]


def _drawn(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", show_header=any(columns))
    for column in columns:
        table.add_column(Text(column), overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    console().print(table)


def _plain(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    widths = [0] * len(columns)
    # One text for each line: in a long table, the cells would need several times as much memory.
    lines: list[str] = []
    for line in itertools.chain([columns] if any(columns) else (), rows):
        lines.append(joined := _BETWEEN.join(line))
        width_of = len if joined.isascii() else _cell_width
        widths = list(map(max, widths, map(width_of, line)))
    for joined in lines:
        cells = joined.split(_BETWEEN)
        if joined.isascii():
            print("  ".join(map(str.ljust, cells, widths)).rstrip())
        else:
            padded = (cell + " " * (width - _cell_width(cell)) for cell, width in zip(cells, widths, strict=True))
            print("  ".join(padded).rstrip())


_BETWEEN = "\x1f"
"""Between the cells of a line: a control character, which no cell shows."""


def _cell_width(cell: str) -> int:
    """Return how many cells of a terminal a text takes up that was made harmless."""
    from rich.cells import cell_len

    return cell_len(cell)


def console(*, stderr: bool = False) -> Console:
    """Return a Rich console without markup, emoji codes and highlighting."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)
