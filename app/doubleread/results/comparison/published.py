"""Published values, beside which one's own estimates of the same task, metric and scoring can be shown."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Source:
    """Where values were published. `date` is ISO 8601, as exact as it is known."""

    title: str
    doi: str
    date: str
    note: str

    @property
    def citation(self) -> str:
        """The source in one line."""
        return f"{self.title}, doi {self.doi} ({self.date})"


@dataclass(frozen=True, slots=True)
class PublishedValue:
    """One published value, from 0 to 1, of a model at a task. It has no interval."""

    source: Source
    model: str
    role: str
    task: str
    kind: str
    metric: str
    value: float


@cache
def published_values() -> tuple[PublishedValue, ...]:
    """Return all published values that doubleread knows, task by task."""
    text = files("doubleread.results.comparison").joinpath("published.toml").read_text(encoding="utf-8")
    record = tomllib.loads(text)
    sources = {name: Source(**fields) for name, fields in record["sources"].items()}
    return tuple(
        PublishedValue(
            source=sources[table["source"]],
            model=model,
            role=record["roles"][model],
            task=table["task"],
            kind=table["kind"],
            metric=table["metric"],
            value=round(percent / 100, 6),
        )
        for table in record["table"]
        for model, percent in table["percent"].items()
    )


def values_beside(task: str, kind: str, metric: str) -> tuple[PublishedValue, ...]:
    """Return the values of the same task (by name), kind of case and metric."""
    wanted = task.strip().casefold(), kind, metric
    return tuple(
        published
        for published in published_values()
        if (published.task.casefold(), published.kind, published.metric) == wanted
    )
