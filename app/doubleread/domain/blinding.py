"""Randomise the sides of the two answers for each reader and case."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Literal

Side = Literal["A", "B"]
SIDES: tuple[Side, Side] = ("A", "B")


def randomised_sides(secret: bytes, reader_id: str, case_id: str, repeat: int = 0) -> tuple[int, int]:
    """Return (0, 1) or (1, 0): which of the study's two models is on side A and which on side B.

    The order is an HMAC-SHA256 of reader and case under the study's secret: it never changes for this reader and case,
    and cannot be predicted without the secret. Each `repeat` of a case, counted from 1, is randomised separately.
    """
    # A reader's part starts with its length, and so never like that of a repeat.
    again = f"repeat {repeat}|" if repeat else ""
    message = f"{again}{len(reader_id)}:{reader_id}|{case_id}".encode()
    digest = hmac.new(secret, message, hashlib.sha256).digest()
    return (1, 0) if digest[0] & 1 else (0, 1)


def randomised_order(secret: bytes, adjudicator_id: str, case_id: str, reading_ids: Iterable[str]) -> tuple[str, ...]:
    """Return readings in the order in which an adjudicator sees them, which does not reveal their readers.

    Randomised like the sides, for each case separately, so that nobody can learn which reader is the first one.
    """

    def sort_key(reading_id: str) -> tuple[bytes, str]:
        message = f"order|{len(adjudicator_id)}:{adjudicator_id}|{len(case_id)}:{case_id}|{reading_id}".encode()
        return hmac.new(secret, message, hashlib.sha256).digest(), reading_id

    return tuple(sorted(reading_ids, key=sort_key))
