"""The cases that an adjudicator may resolve, and when each of them changed last."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from doubleread.domain.annotation import Annotation
from doubleread.domain.criteria import JudgedCriterion
from doubleread.domain.events.adjudications import AdjudicationOpened
from doubleread.domain.events.study import ConflictResolved
from doubleread.domain.reading import Judgement, Reading
from doubleread.parallel import batched
from doubleread.store import StudyFile
from doubleread.store.records import marks
from doubleread.store.sqlite.connection import Snapshot
from doubleread.store.sqlite.faults import intact

_CASES_AT_ONCE = 200
_COMPARED = (
    "SELECT id, case_id, reader_id, answer_a, answer_b, preference, verdicts, ratings, protocol_sha256 FROM readings"
    " WHERE repeat = 0 AND committed_at IS NOT NULL AND outside_field = 0 AND case_id IN"
)
_COMPARED_ANNOTATIONS = (
    'SELECT reading_id, id, answer_id, place, start, "end", category, severity, basis, harm, certainty'
    " FROM annotations WHERE retracted_at IS NULL AND reading_id IN"
)
_COMPARED_CRITERIA = "SELECT reading_id, answer_id, criterion_id, judgement FROM criteria WHERE reading_id IN"

_LAST_OF_READINGS = (
    "SELECT readings.case_id, readings.id, max(events.position) AS last FROM readings"
    " JOIN events ON events.reading_id = readings.id WHERE readings.committed_at IS NOT NULL"
    " GROUP BY readings.id ORDER BY readings.id"
)
_LAST_OF_ADJUDICATIONS = (
    "SELECT max(json_extract(body, '$.case_id')) AS case_id, json_extract(body, '$.adjudication_id') AS id,"
    " max(position) AS last FROM events WHERE kind >= 'adjudication.' AND kind < 'adjudication/' GROUP BY 2 ORDER BY 2"
)
_LAST_OF_CHOICES = (
    "SELECT json_extract(body, '$.case_id') AS case_id, kind AS id, max(position) AS last FROM events"
    f" WHERE kind = '{ConflictResolved.kind}' GROUP BY 1"
)


def adjudicable_case_ids(study: StudyFile, adjudicator_id: str) -> list[str]:
    """Return the cases with several committed readings, in the study's order.

    Left out are cases that the adjudicator has read, and cases that another adjudicator has resolved.
    """
    rows = study.connection.rows(
        "SELECT cases.id FROM cases JOIN readings ON readings.case_id = cases.id"
        " WHERE repeat = 0 AND readings.committed_at IS NOT NULL AND outside_field = 0"
        " AND cases.id NOT IN (SELECT case_id FROM readings WHERE reader_id = ?1)"
        " AND cases.id NOT IN (SELECT case_id FROM adjudications WHERE resolves AND adjudicator_id <> ?1)"
        " GROUP BY cases.id HAVING count(*) > 1 ORDER BY cases.position",
        [adjudicator_id],
    )
    return [row["id"] for row in rows]


def readings_to_compare(study: StudyFile, case_ids: Sequence[str]) -> Iterator[tuple[str, list[Reading]]]:
    """Yield each of some cases with the readings that are compared, with no more than decides what readers differ in.

    `StudyFile.compared_readings` returns the same readings in full, from their events. Raises StudyFileError if a row
    was damaged.
    """
    for some in batched(case_ids, _CASES_AT_ONCE):
        with study.connection.snapshot() as db, intact(study.path, "its readings"):
            found = _readings_to_compare(study, db, some)
        for case_id in some:
            yield case_id, found[case_id]


def _readings_to_compare(study: StudyFile, db: Snapshot, case_ids: Sequence[str]) -> dict[str, list[Reading]]:
    rows = db.execute(f"{_COMPARED} {marks(case_ids)} ORDER BY id", case_ids).fetchall()
    reading_ids = [row["id"] for row in rows]
    annotations: dict[str, list[Annotation]] = defaultdict(list)
    for reading_id, annotation_id, answer_id, place, start, end, *ratings in db.execute(
        f"{_COMPARED_ANNOTATIONS} {marks(reading_ids)}", reading_ids
    ):
        annotations[reading_id].append(Annotation(annotation_id, answer_id, place, start, end, "", *ratings))
    criteria: dict[str, list[JudgedCriterion]] = defaultdict(list)
    for reading_id, *judged in db.execute(f"{_COMPARED_CRITERIA} {marks(reading_ids)}", reading_ids):
        criteria[reading_id].append(JudgedCriterion(*judged))
    found: dict[str, list[Reading]] = defaultdict(list)
    for row in rows:
        judgement = Judgement(
            annotations=tuple(annotations[row["id"]]),
            verdicts=_parsed(row["verdicts"]),
            preference=row["preference"],
            ratings=_parsed(row["ratings"]),
            criteria={item.place: item for item in criteria[row["id"]]},
        )
        reading = Reading(
            row["id"],
            row["case_id"],
            row["reader_id"],
            {"A": row["answer_a"], "B": row["answer_b"]},
            judgement,
            # A reading keeps the axes of the protocol under which it was opened.
            axes=tuple(axis.name for axis in study.protocol_of(row["protocol_sha256"]).axes),
        )
        found[row["case_id"]].append(reading)
    return found


@lru_cache(maxsize=1024)
def _parsed(text: str) -> dict[str, Any]:
    """Parse a column of a reading. What it returns must not be changed."""
    return dict(json.loads(text))


def opened_case_ids(study: StudyFile, adjudicator_id: str) -> frozenset[str]:
    """Return the cases that an adjudicator has opened, whether that counts or not."""
    rows = study.connection.rows(
        "SELECT DISTINCT json_extract(body, '$.case_id') AS case_id FROM events"
        " WHERE kind = ? AND json_extract(body, '$.adjudicator_id') = ?",
        [AdjudicationOpened.kind, adjudicator_id],
    )
    return frozenset(row["case_id"] for row in rows)


def answer_ids_by_arm(study: StudyFile) -> dict[str, tuple[str, ...]]:
    """Return by case the ids of its first answers, in the order of the arms."""
    found: dict[str, tuple[str, ...]] = {}
    for row in study.connection.rows(
        "SELECT answers.id, case_id FROM answers JOIN arms ON arms.id = arm_id WHERE sample = 0 ORDER BY arms.position"
    ):
        found[row["case_id"]] = (*found.get(row["case_id"], ()), row["id"])
    return found


def last_changes(study: StudyFile) -> dict[str, tuple[tuple[str, int], ...]]:
    """Return a value for each case that changes whenever its readings or adjudications do."""
    changes: dict[str, tuple[tuple[str, int], ...]] = {}
    for sql in (_LAST_OF_READINGS, _LAST_OF_ADJUDICATIONS, _LAST_OF_CHOICES):
        for row in study.connection.rows(sql):
            changes[row["case_id"]] = (*changes.get(row["case_id"], ()), (row["id"], row["last"]))
    return changes
