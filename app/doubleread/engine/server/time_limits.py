"""How long a server is waited for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Seconds: to connect, until the first piece of an answer, and between two pieces of it.

    Bytes that are not yet a piece, such as half a line or a ping, do not extend a limit.
    """

    connect: float = 10.0
    first: float = 600.0
    between: float = 120.0
