"""Annotations in pages as the study has them, by reading and answer, and the rows of their table from such a page.

Helper processes import this module, which therefore imports nothing that reads studies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from doubleread.domain.annotation import ANSWER
from doubleread.exports.case_text import without_case_text
from doubleread.exports.records import Record, RecordContext, Row, annotation_records

JudgedRows = tuple[Row, Row, Sequence[tuple[Any, ...]]]
"""A reading, an answer, and the values of the annotations that the reading has of it."""

JudgedPage = tuple[
    tuple[str, str, Mapping[str, Record]],
    tuple[str, ...],
    Sequence[JudgedRows],
    Mapping[tuple[str, str], str | None],
    Mapping[str, str] | None,
]
"""The fields of a `RecordContext`, the columns of the values, and the annotations.

Then, by case and source, the texts beside the answers that they are in or refer to; and the kinds of the cases by id
if case text is to be left out, else None.
"""


def places_beside(columns: Sequence[str], judged: Iterable[JudgedRows]) -> set[tuple[str, str]]:
    """Return case and source of the texts beside the answers that annotations are in or refer to."""
    place, linked = columns.index("place"), columns.index("passage_source")
    return {
        (reading["case_id"], source)
        for reading, _, rows in judged
        for row in rows
        for source in (row[place], row[linked])
        if source not in (ANSWER, None)
    }


def annotations_of_page(page: JudgedPage) -> list[tuple[Any, ...]]:
    """Return the rows of the table of annotations. Raises StudyFileError if a quote is not in its place."""
    context, columns, judged, texts, kinds = page
    study = RecordContext(*context)

    def text(case_id: str, source: str) -> str | None:
        return texts[case_id, source]

    def records() -> Iterator[Record]:
        for reading, answer, values in judged:
            rows = (dict(zip(columns, row, strict=True)) for row in values)
            yield from annotation_records(study, reading, answer, rows, text)

    found = records() if kinds is None else without_case_text(records(), kinds)
    return [tuple(record.values()) for record in found]
