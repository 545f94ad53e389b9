"""The one clock of the study file."""

from __future__ import annotations

from datetime import UTC, datetime

from doubleread.domain.times import iso_utc


def now() -> str:
    """Return the time as a study writes it (see `iso_utc`)."""
    return iso_utc(datetime.now(UTC))
