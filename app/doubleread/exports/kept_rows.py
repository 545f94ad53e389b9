"""The rows of tables, packed in memory from the scan for identifiers to the writing, so that they are read once.

Rows are packed in pages, which helper processes unpack: see `doubleread.parallel`. Annotations, of which there are
very many, are packed as the study has them, and become rows where they are unpacked (see `judged_pages`).
"""

from __future__ import annotations

import marshal
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from doubleread.exports.columns import TABLES
from doubleread.exports.judged_pages import JudgedPage, annotations_of_page

Record = dict[str, Any]

_LEAST_ROWS, _MOST_ROWS = 50, 2000
_PAGE_BYTES = 1_000_000
_COMPRESSED = b"z"
_PLAIN = b"-"
_JUDGED = b"j"


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a table, packed, and how many they are."""

    rows: int
    packed: bytes


def pages_of(rows: Iterable[Record]) -> Iterator[Page]:
    """Pack rows that have all columns of their table, in its order: many in a page, but few of those that are long."""
    remaining = iter(rows)
    count = _LEAST_ROWS
    while together := [tuple(row.values()) for row in islice(remaining, count)]:
        data = marshal.dumps(together)
        yield Page(len(together), _PLAIN + data)
        count = min(max(count * _PAGE_BYTES // len(data), _LEAST_ROWS), _MOST_ROWS)


def page_of_annotations(judged: JudgedPage) -> Page:
    """Pack annotations as the study has them."""
    contents: Any = judged
    return Page(sum(len(rows) for _, _, rows in judged[2]), _JUDGED + marshal.dumps(contents))


def unpacked(packed: bytes) -> list[tuple[Any, ...]]:
    """Return the rows of a page, each with its values alone. Raises StudyFileError as `annotations_of_page` does."""
    data = memoryview(packed)[1:]
    if packed.startswith(_JUDGED):
        return annotations_of_page(marshal.loads(data))
    rows: list[tuple[Any, ...]] = marshal.loads(zlib.decompress(data) if packed.startswith(_COMPRESSED) else data)
    return rows


def compressed(rows: list[tuple[Any, ...]]) -> bytes:
    """Pack rows so that they need less memory."""
    return _COMPRESSED + zlib.compress(marshal.dumps(rows), 1)


def records_of(table: str, packed: bytes) -> list[Record]:
    """Return the rows of a page of a table."""
    columns = tuple(TABLES[table])
    return [dict(zip(columns, row, strict=True)) for row in unpacked(packed)]


@dataclass(frozen=True, slots=True)
class KeptRows:
    """Compressed pages by table, as their rows were first read.

    `made_for` says of which export they are: filters, case text and blinding.
    """

    made_for: object
    pages: Mapping[str, list[Page]]

    @property
    def rows(self) -> int:
        """How many rows all tables have."""
        return sum(page.rows for pages in self.pages.values() for page in pages)
