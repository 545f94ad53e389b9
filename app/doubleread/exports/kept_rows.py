"""The rows of tables, packed in memory from the scan for identifiers to the writing, so that they are read once."""

from __future__ import annotations

import marshal
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from doubleread.parallel import batched

Record = dict[str, Any]

_ROWS_TOGETHER = 500


class KeptRows:
    """Rows by table, as they were first read. A table of which not every row was read is not kept.

    `made_for` says of which export they are: filters, case text and blinding.
    """

    def __init__(self, made_for: object) -> None:
        self.made_for = made_for
        self._packed: dict[str, list[bytes]] = {}

    def keeping(self, table: str, rows: Iterable[Record]) -> Iterator[Record]:
        """Yield the rows of a table, and keep them."""
        packed: list[bytes] = []
        for together in batched(rows, _ROWS_TOGETHER):
            packed.append(zlib.compress(marshal.dumps(together), 1))
            yield from together
        self._packed[table] = packed

    def rows(self, table: str) -> Iterator[Record] | None:
        """Return the rows of a table; None if they were not kept."""
        packed = self._packed.get(table)
        return (
            None if packed is None else (row for together in packed for row in marshal.loads(zlib.decompress(together)))
        )
