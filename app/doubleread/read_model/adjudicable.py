"""The cases that an adjudicator may resolve, and when each of them changed last."""

from __future__ import annotations

from doubleread.domain.events.adjudications import AdjudicationOpened
from doubleread.domain.events.study import ConflictResolved
from doubleread.store import StudyFile

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
