"""The rows of several tables, case by case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from doubleread.exports.records import Record
from doubleread.exports.source import ExportSource

UNREDACTED_ONLY = (
    "While the study is blind, answers in which words are redacted are left out: a model that is trained on them would"
    " learn the redaction marks."
)


@dataclass(frozen=True, slots=True)
class CaseRows:
    """The rows of one case: of each table that was asked for and of `answers`, and its first answers by id.

    `redacted` are those of its answers that a blinded export changes.
    """

    case_id: str
    tables: Mapping[str, list[Record]]
    answers: Mapping[str, Record]
    redacted: frozenset[str]

    def __getitem__(self, table: str) -> list[Record]:
        return self.tables[table]

    def adjudicated(self, subject: str) -> list[Record]:
        """Return the decisions on a subject that count."""
        return [row for row in self["adjudications"] if row["resolves"] and row["subject"] == subject]


def by_case(source: ExportSource, *tables: str) -> Iterator[CaseRows]:
    """Yield the selected cases in the order of the study with their rows, which come ordered by case."""
    waiting = {name: _Waiting(source.table(name)) for name in ("answers", *tables)}
    for case_id in source.case_ids():
        found = {name: rows.of(case_id) for name, rows in waiting.items()}
        answers = {row["answer_id"]: row for row in found["answers"] if row["sample"] == 0}
        redacted: frozenset[str] = frozenset()
        if source.blinded is not None:
            redacted = frozenset(name for name, row in answers.items() if row["text"] != source.answer(name).text)
        yield CaseRows(case_id, found, answers, redacted)


class _Waiting:
    """Rows of one table, of which the next one may belong to a later case."""

    def __init__(self, rows: Iterator[Record]) -> None:
        self._rows = rows
        self._next: dict[str, Any] | None = next(rows, None)

    def of(self, case_id: str) -> list[Record]:
        found = []
        while self._next is not None and self._next["case_id"] == case_id:
            found.append(self._next)
            self._next = next(self._rows, None)
        return found
