"""The texts of a deposit: methods, tables and checklists, as Markdown and as LaTeX."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from doubleread.deposit import latex, markdown
from doubleread.exports.csv import cell
from doubleread.exports.pseudonyms import Pseudonyms
from doubleread.reports.facts import Facts
from doubleread.reports.guidelines import GUIDELINES, FilledItem, filled_checklists
from doubleread.reports.page import methods_paragraphs
from doubleread.reports.results_table import Table, table_of
from doubleread.results.outline import outline
from doubleread.results.scales import NumberedReasons

_LABEL = 80
"""Characters of a label of a table."""
_COLUMNS = ("item", "topic", "recorded in the study", "missing")
_METHODS, _TABLES = "Methods", "Results"
_OWN_WORDS = (
    "Every number of the guidelines, with what the study file records and what is missing. The topics are in our own"
    " words: the journal's own checklist has the exact wording."
)


@dataclass(frozen=True, slots=True)
class Texts:
    """What is written of a study: paragraphs, tables with remarks, and filled checklists."""

    title: str
    paragraphs: tuple[str, ...]
    tables: tuple[Table, ...]
    remarks: tuple[str, ...]
    checklists: tuple[FilledItem, ...]

    @property
    def missing(self) -> dict[str, int]:
        """How many items of each guideline have something missing."""
        return {
            name: sum(1 for item in self.checklists if item.guideline == name and item.missing) for name in GUIDELINES
        }


def texts_of(facts: Facts, pseudonyms: Pseudonyms) -> Texts:
    """Return the texts of a study with the pseudonyms of its deposit."""
    reasons = NumberedReasons()
    tables = [table_of(section, reasons, _LABEL) for section in outline(facts.results)]
    renamed = pseudonyms.in_value
    return Texts(
        title=renamed(facts.results.title),
        paragraphs=tuple(map(renamed, methods_paragraphs(facts))),
        tables=tuple(_renamed(table, pseudonyms) for table in tables),
        remarks=tuple(map(renamed, reasons.lines())),
        checklists=tuple(
            FilledItem(item.guideline, item.number, item.topic, renamed(item.recorded), renamed(item.missing))
            for item in filled_checklists(facts)
        ),
    )


def _renamed(table: Table, pseudonyms: Pseudonyms) -> Table:
    columns = tuple(pseudonyms.in_value(column.strip()) for column in table.columns)
    lines = tuple(tuple(map(pseudonyms.in_value, line)) for line in table.lines)
    return Table(table.key, pseudonyms.in_value(table.title), columns, lines)


def methods_markdown(texts: Texts) -> str:
    """Return the methods as Markdown."""
    return markdown.heading(_METHODS) + markdown.paragraphs(texts.paragraphs)


def methods_latex(texts: Texts) -> str:
    """Return the methods as LaTeX, to be input."""
    return latex.heading(_METHODS) + latex.paragraphs(texts.paragraphs)


def tables_markdown(texts: Texts) -> str:
    """Return all tables of the results as Markdown."""
    parts = [markdown.heading(table.title, 3) + markdown.table(table.columns, table.lines) for table in texts.tables]
    return markdown.heading(_TABLES) + "".join(parts) + markdown.paragraphs(texts.remarks)


def tables_latex(texts: Texts) -> str:
    """Return all tables of the results as LaTeX, to be input."""
    parts = [
        latex.heading(table.title, "subsection") + latex.table(table.columns, table.lines, _widths(table))
        for table in texts.tables
    ]
    return latex.heading(_TABLES) + "".join(parts) + latex.paragraphs(texts.remarks)


def _widths(table: Table) -> list[float]:
    columns: Sequence[Sequence[str]] = list(zip(table.columns, *table.lines, strict=True))
    return [min(max(map(len, column)), 40) + 4 for column in columns]


def checklists_markdown(texts: Texts) -> str:
    """Return the checklists as Markdown."""
    parts = [markdown.paragraphs([_OWN_WORDS])]
    for name in GUIDELINES:
        rows = [_cells(item) for item in texts.checklists if item.guideline == name]
        parts.append(markdown.heading(name) + markdown.table(_COLUMNS, rows))
    return "".join(parts)


def checklists_latex(texts: Texts) -> str:
    """Return the checklists as LaTeX, to be input."""
    parts = [latex.paragraphs([_OWN_WORDS])]
    for name in GUIDELINES:
        rows = [_cells(item) for item in texts.checklists if item.guideline == name]
        parts.append(latex.heading(name) + latex.table(_COLUMNS, rows, (5, 22, 44, 29)))
    return "".join(parts)


def checklists_csv(texts: Texts) -> str:
    """Return the checklists as CSV."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, ("guideline", "item", "topic", "recorded", "missing"))
    writer.writeheader()
    writer.writerows({name: _cell(text) for name, text in item.as_record().items()} for item in texts.checklists)
    return file.getvalue()


def _cells(item: FilledItem) -> tuple[str, str, str, str]:
    return item.number, item.topic, item.recorded, item.missing


def _cell(text: str) -> str:
    return str(cell(text)[0])
