"""The one clock of the study file."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """Return the time as a study writes it: ISO 8601, UTC, milliseconds: "2026-03-01T12:04:31.250Z"."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
