"""A possible identifier in a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

IdentifierKind = Literal[
    "name", "date", "age over 89", "phone number", "e-mail", "web address", "IP address", "number", "address"
]
"""What it may be. A number is that of a record, an insurance, an account or a person."""

KINDS: tuple[IdentifierKind, ...] = get_args(IdentifierKind)


@dataclass(frozen=True, slots=True)
class Hit:
    """A possible identifier: code-point offsets, the text there, and the rule that found it, in words."""

    kind: IdentifierKind
    start: int
    end: int
    text: str
    rule: str
