"""A measured measurement beside its goal."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measurement:
    """`value` and `goal` are in `unit`; a goal is met when the value is not above it."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    n: int = 1

    def line(self) -> str:
        """Return one line of the table."""
        goal = "" if self.goal is None else f"goal {self.goal:g} {self.unit}"
        verdict = "" if self.goal is None else ("met" if self.value <= self.goal else "MISSED")
        return f"{self.name:<62} {self.value:>9.2f} {self.unit:<4} n={self.n:<6} {goal:<16} {verdict}".rstrip()


def quantile(values: Sequence[float], q: float) -> float:
    """Return the q-quantile by the nearest rank: the smallest value that at least a share q does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, -(-int(q * 1000) * len(ordered) // 1000) - 1))]


def summary(
    name: str, values: Sequence[float], unit: str, median: float | None, p99: float | None
) -> list[Measurement]:
    """Return median and 99th percentile of a series."""
    return [
        Measurement(f"{name}, median", statistics.median(values), unit, median, len(values)),
        Measurement(f"{name}, 99th percentile", quantile(values, 0.99), unit, p99, len(values)),
    ]
