"""Results as JSON: facts of the study, and every section of the outline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from doubleread.results.counting import Results
from doubleread.results.outline import outline
from doubleread.results.scales import Statistic, Test
from doubleread.results.section import Cell, Count, Counts, Paired, PValue, Row, Section, Value
from doubleread.statistics import Adjusted, McNemar, Proportion, Undefined

RESULT_KEYS: dict[str, str] = {
    "study_id": "identifier of the study",
    "title": "title of the study",
    "cases": "number of cases",
    "blindness": "named: whether the arms are named; reason; unblinded: every logged unblinding",
    "progress": "answers by arm, opened and committed readings, cases by number of readers, progress of each reader",
    "versions": "versions of the protocol: number, sha256, since, reason, changed settings, readings, repeats",
    "imported_annotations": "annotations that came from files, by reader",
    "arms": "both arms, in the order of all pairs: name, sha256, role, cases, answered",
    "sections": "sections of estimates, as below",
    "still_reading": "cases left, by reader",
    "warnings": "what must be read beside the estimates",
}
"""The keys of the record, with their meanings."""
CELL_KEYS: Mapping[str, Mapping[str, str]] = {
    "section": {
        "key": "key of the section",
        "title": "title as shown",
        "rows": "rows of the section",
        "bars": "counts of parts of a whole: key, title, bars; each bar has label, arm, parts",
    },
    "row": {
        "key": "key of the row, unique among its neighbours",
        "label": "label as shown",
        "rows": "rows below it, if any",
        "first, second, both, difference, test, ...": "cells by name",
    },
    "estimate": {
        "value": "the estimate",
        "low, high": "ends of the confidence interval; null if it is undefined",
        "no_interval": "why the interval is undefined",
        "confidence": "confidence level of the interval",
        "n": "sample size",
        "successes": "count of successes of a proportion",
        "method": "method of the estimate and its interval",
        "undefined": "why there is no estimate; no other key is present",
    },
    "test": {
        "p": "p value; of McNemar's test the mid-p value",
        "exact": "exact p value of McNemar's test",
        "n": "discordant cases of McNemar's test",
        "holm": "p value adjusted by the method of Holm",
        "benjamini_hochberg": "p value adjusted by the method of Benjamini and Hochberg",
        "comparisons": "number of comparisons that it is adjusted for",
        "undefined": "why there is no test; no other key is present",
    },
    "paired table": {
        "both": "cases in which both answers have the property",
        "first_only": "cases in which only the first arm's answer has it",
        "second_only": "cases in which only the second arm's answer has it",
        "neither": "cases in which neither answer has it",
        "n": "all cases",
    },
    "count": {"count": "the count", "of": "the whole that it is part of, if any"},
    "counts": {"counts": "counts by name", "of": "the whole that they are parts of"},
}
"""The keys of a section and of what it contains, with their meanings. Other cells are text."""


def results_record(results: Results) -> dict[str, Any]:
    """Return the results as JSON; `RESULT_KEYS` and `CELL_KEYS` say what the keys mean."""
    kept = ("name", "sha256", "role", "cases", "answered")
    return {
        **{name: _plain(getattr(results, name)) for name in ("study_id", "title", "cases", "blindness", "progress")},
        "versions": _plain(results.versions),
        "imported_annotations": dict(results.imported_annotations),
        "arms": [{name: getattr(arm, name) for name in kept} for arm in results.arms],
        "sections": [section_record(section) for section in outline(results)],
        "still_reading": dict(results.still_reading),
        "warnings": list(results.warnings),
    }


def section_record(section: Section) -> dict[str, Any]:
    """Return a section as JSON."""
    bars = [
        {
            "key": group.key,
            "title": group.title,
            "bars": [
                {
                    "label": bar.label,
                    "arm": None if bar.arm is None else ("first", "second")[bar.arm],
                    "parts": {part.name: part.count for part in bar.parts},
                }
                for bar in group.bars
            ],
        }
        for group in section.bars
    ]
    return {
        "key": section.key,
        "title": section.title,
        "rows": [_row(row) for row in section.rows],
        **({"bars": bars} if bars else {}),
    }


def _row(row: Row) -> dict[str, Any]:
    record = {"key": row.key, "label": row.label, **{name: _cell(cell) for name, cell in row.cells.items()}}
    return {**record, "rows": [_row(below) for below in row.below]} if row.below else record


def _cell(cell: Cell) -> Any:
    match cell:
        case Value():
            return estimate_record(cell.statistic)
        case PValue():
            return test_record(cell.test)
        case Paired():
            return {**_plain(cell.table), "n": cell.table.n}
        case Count():
            return {"count": cell.count} if cell.of is None else {"count": cell.count, "of": cell.of}
        case Counts():
            return {"counts": dict(cell.counts), "of": cell.of}
    return cell


def estimate_record(statistic: Statistic) -> dict[str, Any]:
    """Return an estimate as JSON."""
    if isinstance(statistic, Undefined):
        return {"undefined": statistic.reason}
    record: dict[str, Any] = {"value": statistic.value}
    if isinstance(statistic.interval, Undefined):
        record |= {"low": None, "high": None, "no_interval": statistic.interval.reason}
    else:
        record |= _plain(statistic.interval)
    if isinstance(statistic, Proportion):
        record["successes"] = statistic.successes
    return {**record, "n": statistic.n, "method": statistic.method}


def test_record(test: Test) -> dict[str, Any]:
    """Return a test as JSON."""
    if isinstance(test, Undefined):
        return {"undefined": test.reason}
    if isinstance(test, McNemar):
        return {"p": test.mid_p, "exact": test.exact, "n": test.n}
    return _plain(test) if isinstance(test, Adjusted) else {"p": test}


def _plain(value: Any) -> Any:
    """Return JSON for a tree of dataclasses, mappings and tuples."""
    if is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, tuple | list) else value
