"""Times as they are stored."""

from __future__ import annotations

from datetime import UTC, datetime


def iso_utc(moment: datetime) -> str:
    """Return a moment in ISO 8601, UTC, with milliseconds: "2026-03-01T12:04:31.250Z"."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
