"""Readings of other readers as a reader's own file carries them for a consensus round: without names, notes and times.

Only what is compared is carried. Ids of readings and annotations stay: they are random, and tell what was shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from doubleread.domain.adjudication import ComparedReading
from doubleread.domain.annotation import annotation_from_body
from doubleread.domain.criteria import criterion_from_body
from doubleread.domain.reading import Judgement, Reading

NOBODY = ""
"""The reader of a reading that is carried without a name."""


def carried_reading(compared: ComparedReading, *, retrieved: bool) -> dict[str, Any]:
    """Return a reading as a record. With `retrieved`, links to retrieved passages are kept."""
    reading, judgement = compared.reading, compared.reading.judgement
    shown = (replace(item, note="") for item in judgement.annotations)
    annotations = [
        item if retrieved or item.passage is None or not item.passage.retrieved else replace(item, passage=None)
        for item in shown
    ]
    return {
        "reading_id": reading.id,
        "head": compared.head,
        "answer_ids": dict(reading.answer_ids),
        "axes": list(reading.axes),
        "annotations": [item.as_body() for item in annotations],
        "verdicts": dict(judgement.verdicts),
        "preference": judgement.preference,
        "ratings": dict(judgement.ratings),
        "criteria": [item.as_body() for item in judgement.criteria.values()],
    }


def reading_carried(case_id: str, record: Mapping[str, Any]) -> ComparedReading:
    """Return the reading of a record. Raises KeyError, TypeError or ValueError if it is none."""
    criteria = [criterion_from_body(body, "") for body in record["criteria"]]
    judgement = Judgement(
        annotations=tuple(map(annotation_from_body, record["annotations"])),
        verdicts=record["verdicts"],
        preference=record["preference"],
        ratings=record["ratings"],
        criteria={item.place: item for item in criteria},
    )
    reading = Reading(
        str(record["reading_id"]),
        case_id,
        NOBODY,
        record["answer_ids"],
        judgement,
        axes=tuple(record["axes"]),
    )
    return ComparedReading(reading, str(record["head"]))
