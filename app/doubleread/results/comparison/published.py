"""Published figures, beside which one's own estimates of the same task, metric and scoring can be shown."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_CLUE = "clue"


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures were published. `date` is ISO 8601, as exact as it is known."""

    title: str
    doi: str
    date: str
    note: str

    @property
    def citation(self) -> str:
        """The source in one line."""
        return f"{self.title}, doi {self.doi} ({self.date})"


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """One published value, from 0 to 1, of a model at a task. It has no interval. `variant` is that of the scoring."""

    source: Source
    model: str
    role: str
    task: str
    kind: str
    metric: str
    variant: str
    value: float


@cache
def published_figures() -> tuple[PublishedFigure, ...]:
    """Return all published figures that doubleread knows, task by task."""
    text = files("doubleread.results.comparison").joinpath("published.toml").read_text(encoding="utf-8")
    record = tomllib.loads(text)
    sources = {name: Source(**fields) for name, fields in record["sources"].items()}
    return tuple(
        PublishedFigure(
            source=sources[listed["source"]],
            model=model,
            role=record["roles"][model],
            task=listed["task"],
            kind=listed["kind"],
            metric=listed["metric"],
            variant=listed.get("variant", ""),
            value=round(percent / 100, 6),
        )
        for listed in record["figures"]
        for model, percent in _values(listed).items()
    )


def _values(listed: Mapping[str, Any]) -> Mapping[str, float]:
    values: Mapping[str, float] = listed["values"]
    return values


def figures_beside(task: str, kind: str, metric: str, variant: str) -> tuple[PublishedFigure, ...]:
    """Return the figures of the same task (by name), kind of case, metric and scoring."""
    plain = metric.removeprefix(f"{_CLUE}-").removesuffix(f"-{_CLUE}")
    wanted = (task.strip().casefold(), kind, plain, variant)
    return tuple(
        figure
        for figure in published_figures()
        if (figure.task.casefold(), figure.kind, figure.metric, figure.variant) == wanted
    )
