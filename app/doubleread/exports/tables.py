"""The study's tables as JSON Lines or CSV."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from doubleread.domain.wording import plural, verb
from doubleread.exports import csv, jsonl
from doubleread.exports.columns import TABLES
from doubleread.exports.dictionary import tables_readme
from doubleread.exports.exporter import Exporter, Written, text_file
from doubleread.exports.source import ExportSource

CHANGED_CELLS = "changed-cells.csv"


def _write_jsonl(source: ExportSource, folder: Path) -> Written:
    rows = {}
    for name, records in source.tables().items():
        with text_file(folder / f"{name}.jsonl") as file:
            rows[name] = jsonl.write_jsonl(file, records)
    return Written(_with_cases(source, folder, rows), _readme(source, "jsonl", changed=False))


def _write_csv(source: ExportSource, folder: Path) -> Written:
    rows = {}
    changed: list[csv.ChangedCell] = []
    for name, records in source.tables().items():
        with text_file(folder / f"{name}.csv") as file:
            table = csv.CsvTable(file, name, TABLES[name])
            rows[name] = table.write(records)
            changed += table.changed
    if changed:
        with text_file(folder / CHANGED_CELLS) as file:
            csv.CsvTable(file, "changed", ("table", "row", "id", "column")).write(map(asdict, changed))
    note = (
        f"{plural(len(changed), 'cell')} {verb(len(changed), 'begins', 'begin')} like a formula"
        f" and got a leading apostrophe; {CHANGED_CELLS} lists {verb(len(changed), 'it', 'them')}"
    )
    readme = _readme(source, "csv", changed=bool(changed))
    return Written(_with_cases(source, folder, rows), readme, (note,) if changed else ())


def _with_cases(source: ExportSource, folder: Path, rows: dict[str, int]) -> dict[str, int]:
    if source.with_case_text:
        with text_file(folder / "cases.jsonl") as file:
            rows["cases"] = jsonl.write_jsonl(file, (case.as_record() for case in source.cases()))
    return rows


def _readme(source: ExportSource, format_name: str, *, changed: bool) -> str:
    return tables_readme(
        format_name, with_cases=source.with_case_text, changed=changed, blinded=source.blinded is not None
    )


JSON_LINES = Exporter("JSON Lines, one file a table: exact values", _write_jsonl)
CSV = Exporter("CSV, one file a table: for spreadsheets", _write_csv)
