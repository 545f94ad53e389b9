"""The projections of adjudications: their decisions, and the annotations of the cases that they resolve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlite_utils import Database

from doubleread.domain.adjudication import OF_ANSWER, AdjudicatedAnnotation, AdjudicatedValue, Adjudication
from doubleread.domain.hashes import canonical_json
from doubleread.store.log.projections import mark_row
from doubleread.store.sqlite.schema import COLUMNS

Row = dict[str, Any]


def adjudication_rows(adjudication: Adjudication, *, resolves: bool) -> Iterator[Row]:
    """Yield the rows of `adjudications`: one for each decision, and one for each value that the readers agree on.

    `resolves` says whether the case is resolved by this adjudication.
    """
    resolution = adjudication.resolution
    values = {item.id: item for item in resolution.values} if resolution else {}
    resolved = resolution.ids if resolution and resolves else frozenset()
    common = {
        "case_id": adjudication.case_id,
        "adjudicator_id": adjudication.adjudicator_id,
        "reason": adjudication.reasons[-1] if adjudication.reasons else "",
        "adjudication_id": adjudication.id,
        "readings": canonical_json([head.reading_id for head in adjudication.readings]),
        "committed_at": adjudication.committed_at,
    }
    for item in adjudication.decided.values():
        yield {
            **common,
            "id": _row_id(adjudication, item.difference_id),
            "answer_id": item.answer_id,
            "subject": item.subject,
            "decision": canonical_json(item.decision.as_body()),
            "decided_at": item.at,
            "difference_id": item.difference_id,
            "axis": item.axis,
            "value": _value(adjudication, values.get(item.difference_id)),
            "resolves": int(item.difference_id in resolved),
        }
    for value in values.values():
        if value.source == "agreed" and value.id not in adjudication.decided:
            yield {
                **common,
                "id": _row_id(adjudication, value.id),
                "answer_id": value.answer_id,
                "subject": value.subject,
                "decision": canonical_json({"how": "agreed"}),
                "decided_at": adjudication.committed_at,
                "difference_id": value.id,
                "axis": value.axis,
                "value": _value(adjudication, value),
                "resolves": int(value.id in resolved),
            }


def adjudicated_rows(adjudication: Adjudication) -> Iterator[Row]:
    """Yield the rows of `adjudicated_annotations` of the adjudication that resolves its case."""
    if adjudication.resolution is not None:
        for item in adjudication.resolution.annotations:
            yield _adjudicated(adjudication, item)


def put_rows(db: Database, table: str, rows: Iterator[Row]) -> None:
    """Write rows that are not there, inside the caller's transaction."""
    columns = COLUMNS[table]
    quoted = ", ".join(f'"{column}"' for column in columns)
    sql = f"INSERT INTO {table} ({quoted}) VALUES ({', '.join('?' for _ in columns)})"
    for row in rows:
        db.execute(sql, [row[column] for column in columns])


def _adjudicated(adjudication: Adjudication, item: AdjudicatedAnnotation) -> Row:
    return {
        **mark_row(item.annotation),
        "answer_id": item.annotation.answer_id,
        "id": _row_id(adjudication, item.annotation.id),
        "adjudication_id": adjudication.id,
        "adjudicator_id": adjudication.adjudicator_id,
        "case_id": adjudication.case_id,
        "source": item.source,
        "annotation_ids": canonical_json(list(item.annotation_ids)),
        "label_set": adjudication.label_set,
        "resolved_at": adjudication.committed_at,
    }


def _value(adjudication: Adjudication, value: AdjudicatedValue | None) -> str | None:
    """Return a value that was resolved, the better answer's id in the place of its side."""
    if value is None:
        return None
    sides: Mapping[str, str] = {} if value.subject in OF_ANSWER else dict(adjudication.answer_ids.items())
    return sides.get(value.value, value.value)


def _row_id(adjudication: Adjudication, matter_id: str) -> str:
    return f"{adjudication.id}:{matter_id}"
