"""Randomise the sides of the two answers for each reader and case."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Literal

Side = Literal["A", "B"]
SIDES: tuple[Side, Side] = ("A", "B")


def draw_sides(secret: bytes, reader_id: str, case_id: str, repeat: int = 0) -> tuple[int, int]:
    """Return (0, 1) or (1, 0): which of the study's two models stands on side A and which on side B.

    The draw is an HMAC-SHA256 of reader and case under the study's secret: fixed for ever for this reader and case,
    and unforeseeable without the secret. The `repeat` of a case, counted from 1, is a draw of its own.
    """
    # No reader's part can begin like that of a repeat: it begins with its length.
    again = f"repeat {repeat}|" if repeat else ""
    message = f"{again}{len(reader_id)}:{reader_id}|{case_id}".encode()
    digest = hmac.new(secret, message, hashlib.sha256).digest()
    return (1, 0) if digest[0] & 1 else (0, 1)


def draw_order(secret: bytes, adjudicator_id: str, case_id: str, reading_ids: Iterable[str]) -> tuple[str, ...]:
    """Return readings in the order in which an adjudicator sees them, from which their readers cannot be told.

    Drawn like the sides, for each case anew: nobody can learn which of the readers is the first one.
    """

    def drawn(reading_id: str) -> tuple[bytes, str]:
        message = f"order|{len(adjudicator_id)}:{adjudicator_id}|{len(case_id)}:{case_id}|{reading_id}".encode()
        return hmac.new(secret, message, hashlib.sha256).digest(), reading_id

    return tuple(sorted(reading_ids, key=drawn))
