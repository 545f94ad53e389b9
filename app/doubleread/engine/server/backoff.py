"""How long to wait before a failed request is sent again."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from doubleread.errors import ServerError


@dataclass(frozen=True, slots=True)
class Backoff:
    """At most `attempts` in all. Waits double from `first` to `longest` seconds; each is shortened by up to half.

    A server's Retry-After is kept to. If it asks for more than `longest_asked` seconds, the request fails.
    """

    attempts: int = 6
    first: float = 0.5
    longest: float = 30.0
    longest_asked: float = 300.0

    def wait(self, attempt: int, error: ServerError, chance: Callable[[], float] = random.random) -> float | None:
        """Return the seconds to wait after an attempt (the first is 1) that failed, or None to give up."""
        if not error.retry or attempt >= self.attempts or self.is_too_long(error):
            return None
        doubled = min(self.longest, self.first * 2.0 ** min(attempt - 1, 60))
        return max(error.retry_after or 0.0, doubled * (1.0 - chance() / 2.0))

    def is_too_long(self, error: ServerError) -> bool:
        """Whether the server asks for more time than is waited."""
        return (error.retry_after or 0.0) > self.longest_asked


def retry_after(header: str | None, now: datetime | None = None) -> float | None:
    """Return the seconds of a Retry-After header, which is a number or a date; None if it is neither."""
    if header is None:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
