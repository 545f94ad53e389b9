"""Which rows of a study an export has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_JUDGED = frozenset({"readings", "annotations", "sentences", "criteria"})
"""Tables whose rows belong to a reading."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters. Empty ones select everything.

    `kinds` are kinds of case. `readers` and `committed_only` are about rows of readings; other rows stay.
    `adjudicated_only` keeps the cases that an adjudication resolves.
    """

    kinds: frozenset[str] = frozenset()
    readers: frozenset[str] = frozenset()
    committed_only: bool = False
    adjudicated_only: bool = False

    def has_case(self, kind: str, *, adjudicated: bool) -> bool:
        """Return whether a case of this kind is in the export."""
        return (not self.kinds or kind in self.kinds) and (adjudicated or not self.adjudicated_only)

    def has_row(self, table: str, record: Mapping[str, Any]) -> bool:
        """Return whether a row of a selected case is in the export."""
        if table not in _JUDGED:
            return True
        if self.readers and record["reader_id"] not in self.readers:
            return False
        return not self.committed_only or record["committed_at"] is not None

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON, without filters that are not set."""
        named = {
            "kinds": sorted(self.kinds),
            "readers": sorted(self.readers),
            "committed_only": self.committed_only,
            "adjudicated_only": self.adjudicated_only,
        }
        return {name: value for name, value in named.items() if value}
