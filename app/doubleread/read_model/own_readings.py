"""What one reader has done, for that reader: never by arm, and nothing that a score or another reader says."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from doubleread.domain.reading import CONFIRMED, GRADED
from doubleread.read_model.readable_study import ReadableStudy
from doubleread.store.log.projections import project


@dataclass(frozen=True, slots=True)
class OwnReadings:
    """Counts over a reader's readings, repeats too.

    `seconds` are those of all readings, the median those of a committed one. `verdicts` and `annotations` (by category
    and severity) are of committed readings, both answers together. `to_grade` counts the answers with a free-text
    diagnosis that the reader can still grade against the key. `inconsistencies` were confirmed at commits.
    """

    declined: int
    seconds: float
    median_seconds: float
    verdicts: Mapping[str, int]
    annotations: Mapping[tuple[str, str], int]
    corrections: int
    to_grade: int
    inconsistencies: int


def own_readings(study: ReadableStudy, reader_id: str) -> OwnReadings:
    """Count what a reader has done so far, with the training cases that they read as cases of the study."""
    with study.file.connection.snapshot() as db:
        rows = db.execute(
            "SELECT readings.*, cases.kind AS case_kind FROM readings JOIN cases ON cases.id = readings.case_id"
            " WHERE reader_id = ?",
            [reader_id],
        ).fetchall()
        marked = db.execute(
            "SELECT category, severity FROM annotations JOIN readings ON readings.id = reading_id"
            " WHERE readings.reader_id = ? AND committed_at IS NOT NULL AND retracted_at IS NULL",
            [reader_id],
        ).fetchall()
    for reading, case in study.further_readings():
        rows.append({**(project(reading).reading or {}), "case_kind": case.kind})
        if reading.committed:
            marked += [{"category": one.category, "severity": one.severity} for one in reading.judgement.annotations]
    from statistics import median  # slow to import, and used at the end of a session

    committed = [row for row in rows if row["committed_at"] is not None]
    reasons = [reason for row in committed for reason in json.loads(row["corrections"])]
    return OwnReadings(
        declined=sum(row["outside_field"] for row in committed),
        seconds=sum(row["active_seconds"] for row in rows),
        median_seconds=median(row["active_seconds"] for row in committed) if committed else 0.0,
        verdicts=Counter(verdict for row in committed for verdict in json.loads(row["verdicts"]).values()),
        annotations=dict(sorted(Counter((row["category"], row["severity"]) for row in marked).items())),
        corrections=sum(reason not in (CONFIRMED, GRADED) for reason in reasons),
        to_grade=sum(
            2 - len(json.loads(row["diagnoses"]))
            for row in committed
            if row["case_kind"] == "diagnosis"
            and not row["outside_field"]
            and study.protocol_of(row["protocol_sha256"]).reveal_key
        ),
        inconsistencies=sum(len(json.loads(row["confirmed_inconsistencies"] or "[]")) for row in committed),
    )
