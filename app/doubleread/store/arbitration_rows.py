"""The rows that follow from arbitrations: their decisions, and the findings of the cases that they settle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlite_utils import Database

from doubleread.domain.arbitration import Arbitration, SettledFinding, SettledValue
from doubleread.domain.hashes import canonical_json
from doubleread.store.projections import MARK_COLUMNS, mark_row

Row = dict[str, Any]

OWN_ROWS = "subject <> 'score'"
"""Which rows of `arbitrations` follow from arbitrations; the others are scores that were settled."""

ARBITRATION_COLUMNS = (
    "id",
    "case_id",
    "answer_id",
    "arbiter_id",
    "subject",
    "decision",
    "reason",
    "decided_at",
    "arbitration_id",
    "difference_id",
    "readings",
    "axis",
    "value",
    "committed_at",
    "settles",
)
ADJUDICATED_COLUMNS = (
    *("id", "arbitration_id", "arbiter_id", "case_id", "answer_id"),
    *MARK_COLUMNS,
    "source",
    "finding_ids",
    "label_set",
    "settled_at",
)


def arbitration_rows(arbitration: Arbitration, *, settles: bool) -> Iterator[Row]:
    """Yield the rows of `arbitrations`: one for each decision, and one for each value that the readers agree on.

    `settles` says whether the case is settled by this arbitration.
    """
    settlement = arbitration.settlement
    values = {item.id: item for item in settlement.values} if settlement else {}
    settled = settlement.ids if settlement and settles else frozenset()
    common = {
        "case_id": arbitration.case_id,
        "arbiter_id": arbitration.arbiter_id,
        "reason": arbitration.reasons[-1] if arbitration.reasons else "",
        "arbitration_id": arbitration.id,
        "readings": canonical_json([head.reading_id for head in arbitration.readings]),
        "committed_at": arbitration.committed_at,
    }
    for item in arbitration.decided.values():
        yield {
            **common,
            "id": _row_id(arbitration, item.difference_id),
            "answer_id": item.answer_id,
            "subject": item.subject,
            "decision": canonical_json(item.decision.as_body()),
            "decided_at": item.at,
            "difference_id": item.difference_id,
            "axis": item.axis,
            "value": _value(arbitration, values.get(item.difference_id)),
            "settles": int(item.difference_id in settled),
        }
    for value in values.values():
        if value.source == "agreed" and value.id not in arbitration.decided:
            yield {
                **common,
                "id": _row_id(arbitration, value.id),
                "answer_id": value.answer_id,
                "subject": value.subject,
                "decision": canonical_json({"how": "agreed"}),
                "decided_at": arbitration.committed_at,
                "difference_id": value.id,
                "axis": value.axis,
                "value": _value(arbitration, value),
                "settles": int(value.id in settled),
            }


def adjudicated_rows(arbitration: Arbitration) -> Iterator[Row]:
    """Yield the rows of `adjudicated_findings` of the arbitration that settles its case."""
    if arbitration.settlement is not None:
        for item in arbitration.settlement.findings:
            yield _adjudicated(arbitration, item)


def put_rows(db: Database, table: str, columns: tuple[str, ...], rows: Iterator[Row]) -> None:
    """Write rows that are not there, inside the caller's transaction."""
    quoted = ", ".join(f'"{column}"' for column in columns)
    sql = f"INSERT INTO {table} ({quoted}) VALUES ({', '.join('?' for _ in columns)})"
    for row in rows:
        db.execute(sql, [row[column] for column in columns])


def _adjudicated(arbitration: Arbitration, item: SettledFinding) -> Row:
    return {
        **mark_row(item.finding),
        "answer_id": item.finding.answer_id,
        "id": _row_id(arbitration, item.finding.id),
        "arbitration_id": arbitration.id,
        "arbiter_id": arbitration.arbiter_id,
        "case_id": arbitration.case_id,
        "source": item.source,
        "finding_ids": canonical_json(list(item.finding_ids)),
        "label_set": arbitration.label_set,
        "settled_at": arbitration.committed_at,
    }


def _value(arbitration: Arbitration, value: SettledValue | None) -> str | None:
    """Return a value that was settled, the better answer's id in the place of its side."""
    if value is None:
        return None
    sides: Mapping[str, str] = {} if value.subject == "verdict" else dict(arbitration.answer_ids.items())
    return sides.get(value.value, value.value)


def _row_id(arbitration: Arbitration, matter_id: str) -> str:
    return f"{arbitration.id}:{matter_id}"
