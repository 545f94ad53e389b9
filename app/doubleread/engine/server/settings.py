"""How a server is asked."""

from __future__ import annotations

from dataclasses import dataclass, field

from doubleread.engine.server.backoff import Backoff


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Seconds: to connect, until the first piece of an answer, and between two pieces of it.

    Bytes that are not yet a piece, such as half a line or a ping, do not extend a limit.
    """

    connect: float = 10.0
    first: float = 600.0
    between: float = 120.0


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """A model of a server. `api_key_variable` is the NAME of the environment variable with the API key, "" for none.

    Without `allow_remote`, only a server on this computer is asked.
    """

    url: str
    model: str
    api_key_variable: str = ""
    allow_remote: bool = False
    limits: TimeLimits = field(default_factory=TimeLimits)
    backoff: Backoff = field(default_factory=Backoff)
