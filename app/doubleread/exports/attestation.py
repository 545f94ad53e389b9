"""What a person states before case text or possible identifiers leave a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STATEMENT = (
    "I have checked the texts in this export and the possible identifiers that were shown. I may share them: they"
    " identify no patient, or I have the permission that this needs."
)
"""The statement that is offered."""


@dataclass(frozen=True, slots=True)
class Attestation:
    """Who attests an export, and in which words."""

    by: str
    statement: str = STATEMENT

    def as_record(self, at: str, identifiers: Mapping[str, int]) -> dict[str, Any]:
        """Return it as JSON, with the time and the numbers of possible identifiers that were shown, by kind."""
        return {"by": self.by, "statement": self.statement, "at": at, "possible_identifiers": dict(identifiers)}
