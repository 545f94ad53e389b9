"""What the program and a measuring child tell each other."""

from __future__ import annotations

from dataclasses import dataclass

from doubleread.engine.tuning.search import Limits


@dataclass(frozen=True, slots=True)
class Request:
    """A model to measure, on these cores (none: any), within these limits."""

    path: str
    cores: tuple[int, ...]
    limits: Limits


@dataclass(frozen=True, slots=True)
class Order:
    """Work for so many seconds with so many threads, on these cores (none: as before)."""

    seconds: float
    threads: int
    cores: tuple[int, ...] = ()
