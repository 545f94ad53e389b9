"""Which rows of a study an export has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_JUDGED = frozenset({"readings", "annotations", "sentences", "criteria"})
"""Tables whose rows belong to a reading."""

_ADJUDICATED = frozenset({"adjudications", "adjudicated_annotations"})
"""Tables whose rows contain what several readers judged."""

_OVERRIDE = ("override_outcome", "override_chosen", "override_grade", "override_by", "override_reason", "override_at")


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters, which add up. Empty ones select everything.

    `kinds` are kinds of case. `adjudicated_only` keeps the cases that an adjudication resolves. `committed_only` leaves
    out readings and adjudications without a commit, with all that belongs to them. `readers` leaves out every judgement
    of anybody else: their readings, the adjudications, which are made of several readers' judgements, the overrides of
    scores by others, and the status of answers, which counts them. Answers and scores stay.
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
        if self.readers and (table in _ADJUDICATED or (table in _JUDGED and record["reader_id"] not in self.readers)):
            return False
        return not self.committed_only or record.get("committed_at", "") is not None

    def without_other_readers(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return a row of any table without what others than `readers` judged."""
        if not self.readers or "override_by" not in record:
            return record
        known = record["override_by"] in self.readers
        withheld = dict.fromkeys(("status",) if known else ("status", "overridden_score_changed", *_OVERRIDE))
        return {**record, **withheld}

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON, without filters that are not set."""
        named = {
            "kinds": sorted(self.kinds),
            "readers": sorted(self.readers),
            "committed_only": self.committed_only,
            "adjudicated_only": self.adjudicated_only,
        }
        return {name: value for name, value in named.items() if value}

    def words(self) -> tuple[str, ...]:
        """Return each filter that is set, in a sentence."""
        said = {
            f"Only cases of kind {', '.join(sorted(self.kinds))}.": self.kinds,
            (
                f"Only judgements of {', '.join(sorted(self.readers))}: without the readings of others, adjudications,"
                " score overrides by others, and the status of answers, which counts everybody's judgements."
            ): self.readers,
            "Only committed readings and adjudications.": self.committed_only,
            "Only cases that an adjudication resolves.": self.adjudicated_only,
        }
        return tuple(sentence for sentence, wanted in said.items() if wanted)
