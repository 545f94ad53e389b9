"""The study's tables as JSON Lines or CSV."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from doubleread.domain.wording import plural, verb
from doubleread.exports import csv, jsonl
from doubleread.exports.columns import TABLES
from doubleread.exports.dictionary import tables_readme
from doubleread.exports.exporter import Exporter, Written, text_file
from doubleread.exports.source import ExportSource
from doubleread.parallel import Helpers

CHANGED_CELLS = "changed-cells.csv"
_MANY_ROWS = 20_000
"""Writing so many takes longer than starting a process."""

_ABOUT_CSV = """\
## About CSV

UTF-8 with a byte order mark, fields as in RFC 4180. Spreadsheets treat a cell that starts with `=`, `+`, `-`, `@`, a
tab or a line break as a formula; such cells are prefixed with an apostrophe (`'`). {changed}

A cell is empty if its value is null or an empty text; objects and lists are JSON text; booleans are `true` and `false`.
pandas infers types, and takes texts such as "NA" and "None" for missing values. To read every cell unchanged, read all
as texts:

```python
pandas.read_csv("annotations.csv", encoding="utf-8-sig", dtype=str, keep_default_na=False)
```

Other formats keep types, and null apart from empty text: JSON Lines, Parquet, SQLite.
"""
_CELLS = (
    f"`{CHANGED_CELLS}` lists each of them (table, row after the header from 1, id of the row, column): remove the"
    " apostrophe there."
)
_NO_CELLS = "No cell of this export is affected."


def _write_jsonl(source: ExportSource, folder: Path) -> Written:
    rows: Counter[str] = Counter()
    with _helpers(source) as helpers:
        for name in TABLES:
            rows[name] = 0
            with (folder / f"{name}.jsonl").open("wb") as file:
                for lines in helpers.map(jsonl.lines_of_page, _pages(source, name, rows)):
                    file.write(lines)
    return Written(_with_cases(source, folder, rows), tables_readme(source, ".jsonl", "", native_cases=True))


def _helpers(source: ExportSource) -> Helpers:
    """Return helper processes that make the lines of tables, started if there is much for them to do."""
    helpers = Helpers()
    if source.kept is not None and source.kept.rows >= _MANY_ROWS:
        helpers.start()
    return helpers


def _pages(source: ExportSource, name: str, rows: Counter[str] | None = None) -> Iterator[tuple[str, bytes]]:
    for page in source.pages(name):
        if rows is not None:
            rows[name] += page.rows
        yield name, page.packed


def _write_csv(source: ExportSource, folder: Path) -> Written:
    rows = {}
    with text_file(folder / CHANGED_CELLS) as listed, _helpers(source) as helpers:
        cells = csv.CsvTable(listed, "changed", ("table", "row", "id", "column"))
        for name, columns in TABLES.items():
            with text_file(folder / f"{name}.csv") as file:
                table = csv.CsvTable(file, name, columns, lambda cell: cells.write([asdict(cell)]))
                for page in helpers.map(csv.lines_of_page, _pages(source, name)):
                    table.add(*page)
                rows[name] = table.rows
    if not cells.rows:
        (folder / CHANGED_CELLS).unlink()
    note = (
        f"{plural(cells.rows, 'cell')} {verb(cells.rows, 'begins', 'begin')} like a formula"
        f" and got a leading apostrophe; {CHANGED_CELLS} lists {verb(cells.rows, 'it', 'them')}"
    )
    about = _ABOUT_CSV.format(changed=_CELLS if cells.rows else _NO_CELLS)
    readme = tables_readme(source, ".csv", about, native_cases=True)
    return Written(_with_cases(source, folder, rows), readme, (note,) if cells.rows else ())


def _with_cases(source: ExportSource, folder: Path, rows: dict[str, int]) -> dict[str, int]:
    if source.with_case_text:
        with text_file(folder / "cases.jsonl") as file:
            rows["cases"] = jsonl.write_jsonl(file, (case.as_record() for case in source.cases()))
    return rows


JSON_LINES = Exporter("JSON Lines, one file per table: exact values", _write_jsonl)
CSV = Exporter("CSV, one file per table: for spreadsheets", _write_csv)
