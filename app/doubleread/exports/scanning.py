"""The scan of texts for possible identifiers.

Helper processes import this module, which therefore imports nothing that reads studies.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from doubleread.deidentification import scan, scan_pseudonym
from doubleread.exports.columns import TABLES
from doubleread.exports.kept_rows import compressed, unpacked
from doubleread.exports.pseudonyms import PEOPLE

_IDS: Mapping[str, str] = {
    "annotations": "annotation_id",
    "readings": "reading_id",
    "answers": "answer_id",
    "scores": "answer_id",
    "adjudications": "decision_id",
    "adjudicated_annotations": "adjudicated_annotation_id",
    "sentences": "reading_id",
    "criteria": "reading_id",
}
"""The column that names a row of each table."""

_TEXTS = ("text", "reasoning", "note", "override_reason", "corrections", "reason", "decision", "criterion", "case_key")
"""Columns with texts. Quotes are not among them: they are in the answers and the cases."""

_GIVEN = ("imported", "given", "retrieval")
"""Entries of an answer's manifest that may have texts."""

_NOT_TEXT = frozenset({"metadata", "sha256", "model_sha256", "protocol_sha256", "study_id", "id"})
_SHORT = 2000

ScannedText = tuple[str, str, str, bool]
"""Id of the row, field, text, and whether the text is the id of a person."""

TextHits = tuple[str, str, str, tuple[tuple[Any, ...], ...]]
"""Id of the row, field, text, and its hits, each with the fields of `Hit`."""


def scanned_texts(texts: Iterable[ScannedText]) -> list[TextHits]:
    """Return the hits of some texts."""
    found = []
    for row, field, text, person in texts:
        scanned = _hits_of_short if len(text) <= _SHORT else _hits
        if hits := scanned(text, person):
            found.append((row, field, text, hits))
    return found


def scanned_rows(chunk: tuple[str, bytes]) -> tuple[bytes, list[TextHits]]:
    """Return a page of a table, which is given by its name, compressed, and the hits of its texts."""
    table, packed = chunk
    rows = unpacked(packed)
    return compressed(rows), scanned_texts(_texts_of_rows(table, rows))


def _hits(text: str, person: bool) -> tuple[tuple[Any, ...], ...]:
    hits = scan_pseudonym(text) if person else scan(text)
    return tuple(dataclasses.astuple(hit) for hit in hits)


_hits_of_short = lru_cache(maxsize=2048)(_hits)
"""For texts that recur, such as ids and empty notes."""


def _texts_of_rows(table: str, rows: Iterable[Sequence[Any]]) -> Iterator[ScannedText]:
    columns = list(TABLES[table])
    own_id, case_id = columns.index(_IDS[table]), columns.index("case_id")
    people = [(columns.index(column), column) for column in PEOPLE if column in columns]
    texts = [(columns.index(column), column) for column in _TEXTS if column in columns]
    manifest = columns.index("manifest") if table == "answers" else None
    for values in rows:
        row = str(values[own_id])
        yield row, "case_id", values[case_id], False
        for place, column in people:
            if values[place]:
                yield row, column, values[place], True
        for place, column in texts:
            value = values[place]
            if isinstance(value, str):
                yield row, column, value, False
            elif value:
                for field, text in strings_of(value, column):
                    yield row, field, text, False
        if manifest is not None and (given := values[manifest]):
            for name in _GIVEN:
                for field, text in strings_of(given.get(name), f"manifest.{name}"):
                    yield row, field, text, False


def strings_of(value: Any, field: str) -> Iterator[tuple[str, str]]:
    """Yield every text of a JSON value that may say something, with its field."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in _NOT_TEXT:
                yield from strings_of(inner, f"{field}.{name}".removeprefix("."))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from strings_of(inner, field)
