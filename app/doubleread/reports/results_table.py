"""Results as tables of text, one for each section, at most 80 cells wide in a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import wrap

from doubleread.domain.wording import plural
from doubleread.results import Results
from doubleread.results.notes import notes as notes_of
from doubleread.results.outline import outline
from doubleread.results.scales import NumberedReasons, Words
from doubleread.results.section import Row, Section, cell_texts

_ALIGNED = 20
"""Cells of the first column, unless a label needs more."""
_LONGEST = 24
"""Characters after which a label is cut, unless the table leaves more room."""
_TABLE, _GAP = 80, 3
"""Cells of a table, and between two of its columns."""
_WIDTH = 80


@dataclass(frozen=True, slots=True)
class Table:
    """One table: heads, and lines of a label and cells. A label is indented by two blanks for each level."""

    key: str
    title: str
    columns: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ResultsTables:
    """The results of a study for a terminal: a heading, tables, and the notes on them."""

    heading: str
    tables: tuple[Table, ...]
    remarks: tuple[str, ...]


def results_tables(results: Results) -> ResultsTables:
    """Return the tables of a study, with a remark for every undefined estimate. Texts are as in the study."""
    reasons = NumberedReasons()
    tables = tuple(table_of(section, reasons, _LONGEST, _TABLE) for section in outline(results))
    return ResultsTables(
        heading=f"{results.title}: {plural(results.cases, 'case')}, {_readings(results)}",
        tables=tables,
        remarks=(*reasons.lines(), *_wrapped(notes_of(results))),
    )


def table_of(section: Section, words: Words, longest: int, width: int = 0) -> Table:
    """Return a section as a table. Labels are cut after `longest` characters, or more if `width` leaves room."""
    columns = ("".ljust(_ALIGNED), *section.columns)
    rows = [("  " * depth + row.label, _cells(row, words)) for depth, row in section.all_rows()]
    cells = [(*texts, *[""] * (len(section.columns) - len(texts))) for _, texts in rows]
    needed = (max(map(len, column)) for column in zip(section.columns, *cells, strict=True))
    longest = max(longest, width - sum(column + _GAP for column in needed))
    labels = (label if len(label) <= longest else f"{label[: longest - 1]}…" for label, _ in rows)
    lines = tuple((label, *texts) for label, texts in zip(labels, cells, strict=True))
    return Table(section.key, section.title, columns, lines)


def _cells(row: Row, words: Words) -> tuple[str, ...]:
    return tuple(text for cell in row.cells.values() for text in cell_texts(cell, words))


def _wrapped(notes: Iterable[str]) -> Iterable[str]:
    for note in notes:
        yield from wrap(note, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _readings(results: Results) -> str:
    progress = results.progress
    readers = sum(reader.committed > 0 for reader in progress.readers)
    words = [f"committed readings: {progress.committed:,}", f"readers who committed: {readers:,}"]
    if progress.outside_field:
        words.append(f"outside the reader's field: {progress.outside_field:,}")
    if still := progress.opened - progress.committed:
        words.append(f"open readings: {still:,}")
    return ", ".join(words)
