"""A comparison as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from doubleread import __version__
from doubleread.results.comparison.comparison import (
    BIOMEDICAL,
    GENERAL,
    Column,
    ComparedPair,
    ComparedStudy,
    Comparison,
    Entry,
)
from doubleread.results.comparison.notes import comparison_notes
from doubleread.results.comparison.published import PublishedValue
from doubleread.results.record import estimate_record, test_record

COMPARISON_KEYS: Mapping[str, str] = {
    "program": "version of doubleread",
    "studies": "number, file, title, study_id, named (why the arms are named), arms and tasks by number, scorers",
    "left_out": "blind studies that are not compared: file, title, reason",
    "arms": "number, label, name, all names, roles, sha256, server, external, settings, studies by number",
    "tasks": "number, label, name, kind, cases by study number",
    "metrics": "name, label, about, variant, higher_is_better, headline",
    "estimates": "one for each arm, task and metric, and each study in which it differs: arm, task, metric, studies,"
    " estimate",
    "pairs": "first and second (numbers of arms), direction, differences, and how many intervals of headline metrics"
    " are above, below and including zero; a difference is first minus second: study, task (null for all cases),"
    " metric, difference, test",
    "published": "by task: one's own estimates (own) and published values: metric, model, role, value, source, date",
    "remarks": "cases or settings that differ within a task",
    "notes": "what was computed how",
}
"""The keys of the record, with their meanings. Estimates and tests are as in the results."""


def comparison_record(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON; `COMPARISON_KEYS` says what the keys mean."""
    shown = {column.metric.name: column.metric for column in comparison.columns}
    shown |= {item.metric.name: item.metric for pair in comparison.pairs for item in pair.differences}
    shown |= {column.metric.name: column.metric for one in comparison.published for column in one.columns}
    kept = ("name", "label", "about", "variant", "higher_is_better", "headline")
    return {
        "program": f"doubleread {__version__}",
        "studies": [_study(study) for study in comparison.studies],
        "left_out": [
            {"file": str(one.found.path), "title": one.found.results.title, "reason": one.reason}
            for one in comparison.left_out
        ],
        "arms": [{"label": arm.label, "external": arm.external, **asdict(arm)} for arm in comparison.arms],
        "tasks": [asdict(task) for task in comparison.tasks],
        "metrics": [{name: getattr(metric, name) for name in kept} for metric in shown.values()],
        "estimates": [
            _entry(arm, comparison.columns[column], entry)
            for (arm, column), entries in sorted(comparison.cells.items())
            for entry in entries
        ],
        "pairs": [_pair(pair) for pair in comparison.pairs],
        "published": [
            {
                "task": one.task.number,
                "own": [
                    _entry(arm, one.columns[place], entry)
                    for (arm, place), entries in sorted(one.own.items())
                    for entry in entries
                ],
                "values": [
                    {"metric": one.columns[place].metric.name, **_published_value(value)}
                    for (_, place), value in one.values.items()
                ],
            }
            for one in comparison.published
        ],
        "remarks": list(comparison.remarks),
        "notes": list(comparison_notes(comparison)),
    }


def _study(study: ComparedStudy) -> dict[str, Any]:
    found = study.found
    return {
        "number": study.number,
        "file": str(found.path),
        "title": found.results.title,
        "study_id": found.results.study_id,
        "named": found.results.blindness.reason,
        "arms": list(study.arms),
        "tasks": list(study.tasks),
        "scorers": dict(found.scorers),
        "warnings": list(found.results.warnings),
    }


def _entry(arm: int, column: Column, entry: Entry) -> dict[str, Any]:
    return {
        "arm": arm,
        "task": column.task.number,
        "metric": column.metric.name,
        "studies": list(entry.studies),
        "estimate": estimate_record(entry.statistic),
    }


def _pair(pair: ComparedPair) -> dict[str, Any]:
    return {
        "first": pair.first.number,
        "second": pair.second.number,
        "label": pair.label,
        "direction": f"{BIOMEDICAL} minus {GENERAL}" if pair.by_role else "first minus second",
        "differences": [
            {
                "study": item.study,
                "task": item.task.number if item.task is not None else None,
                "metric": item.metric.name,
                "difference": estimate_record(item.statistic),
                "test": test_record(item.test) if item.test is not None else None,
            }
            for item in pair.differences
        ],
        "intervals": asdict(pair.directions),
    }


def _published_value(published: PublishedValue) -> dict[str, Any]:
    source = published.source
    return {
        "model": published.model,
        "role": published.role,
        "value": published.value,
        "source": source.title,
        "doi": source.doi,
        "date": source.date,
        "note": source.note,
    }
