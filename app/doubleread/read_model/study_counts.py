"""Counts of the cases, scores, readings, adjudications and readers of a whole study."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from doubleread.domain.events.annotations import AnnotationsImported
from doubleread.domain.events.readings import ReadingOpened
from doubleread.domain.events.study import StudyCreated
from doubleread.domain.reading import CONFIRMED, GRADED
from doubleread.domain.statements import listed
from doubleread.domain.wording import plural, verb
from doubleread.store.log.event_log import events_of
from doubleread.store.sqlite.connection import Snapshot

CaseColumn = Literal["source", "kind"]


def meta(db: Snapshot) -> dict[str, str]:
    """Return the table `meta`."""
    return {row["key"]: row["value"] for row in db.execute("SELECT key, value FROM meta")}


def cases_by(db: Snapshot, column: CaseColumn) -> dict[str, int]:
    """Count the cases by a column, the most frequent value first."""
    return _counts(db, f"SELECT {column}, count(*) AS n FROM cases GROUP BY 1 ORDER BY n DESC, 1")


def case_hashes(db: Snapshot) -> dict[str, frozenset[str]]:
    """Return the hashes of the cases by kind, in the order in which the kinds first occur."""
    found: dict[str, set[str]] = {}
    for row in db.execute("SELECT kind, sha256 FROM cases ORDER BY position"):
        found.setdefault(row["kind"], set()).add(row["sha256"])
    return {kind: frozenset(hashes) for kind, hashes in found.items()}


def skipped_case_lines(db: Snapshot) -> int:
    """Return how many lines of the case files were skipped when the study was created."""
    row = db.execute(
        "SELECT json_extract(body, '$.left_out.count') FROM events WHERE kind = ?", [StudyCreated.kind]
    ).fetchone()
    return int(row[0] or 0) if row else 0


def imported_annotations(db: Snapshot) -> dict[str, int]:
    """Count by reader the annotations that came from files. How they were made is not recorded."""
    found: dict[str, int] = {}
    for event in events_of(db, AnnotationsImported):
        AnnotationsImported.from_body(event.body).apply(found, event)
    return dict(sorted(found.items()))


def imported_words(imported: Mapping[str, int]) -> str:
    """Return what is known of imported annotations, counted by reader."""
    counts = listed(f"{plural(count, 'annotation')} of reader {reader}" for reader, count in imported.items())
    total = sum(imported.values())
    they = verb(total, "it was", "they were")
    return f"{counts} {verb(total, 'was', 'were')} imported from files; how {they} made is not recorded."


def answers_by_scorer(db: Snapshot) -> dict[str, int]:
    """Count the scored answers by scorer and version."""
    return _counts(db, "SELECT scorer || ' ' || version, count(DISTINCT answer_id) FROM scores GROUP BY 1")


def scores_with_evidence(db: Snapshot) -> int:
    """Count the scores of first answers that point to a part of the answer."""
    first = "SELECT id FROM answers WHERE sample = 0"
    return int(db.execute(f'SELECT count(*) FROM scores WHERE start < "end" AND answer_id IN ({first})').fetchone()[0])


def resolved_cases(db: Snapshot) -> int:
    """Return how many cases an adjudication resolves."""
    count: int = db.execute("SELECT count(DISTINCT case_id) FROM adjudications WHERE resolves").fetchone()[0]
    return count


def cases_by_adjudicator(db: Snapshot) -> dict[str, int]:
    """Count the adjudicated cases by adjudicator."""
    return _counts(db, "SELECT adjudicator_id, count(DISTINCT case_id) FROM adjudications WHERE resolves GROUP BY 1")


def overrides_by_adjudicator(db: Snapshot) -> dict[str, int]:
    """Count the overridden scores by the person who reviewed them."""
    return _counts(db, "SELECT adjudicator_id, count(*) FROM score_overrides GROUP BY 1")


def qualifications(db: Snapshot) -> dict[str, str]:
    """Return the stated qualification of each reader, "" if there is none, in the order of registration."""
    rows = db.execute("SELECT id, qualification FROM readers ORDER BY registered_at, id")
    return {row["id"]: row["qualification"] for row in rows}


def manifests(db: Snapshot) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """Yield each answer's `arm_id`, `finish_reason` and whether it is `reasoned`, with its manifest."""
    for row in db.execute("SELECT arm_id, finish_reason, manifest, reasoning <> '' AS reasoned FROM answers"):
        yield row, json.loads(row["manifest"])


def committed_readings(db: Snapshot) -> list[Any]:
    """Return one row for each committed reading, with what its opening recorded."""
    # With a plus sign, SQLite looks for the events of each reading, and not among all openings.
    return db.execute(
        "SELECT readings.reader_id, readings.case_id, readings.repeat, a.arm_id AS arm_a, readings.opened_at,"
        " readings.committed_at, readings.protocol_sha256, readings.label_set,"
        " (SELECT json_extract(body, '$.redacted') FROM events"
        "  WHERE events.reading_id = readings.id AND +kind = ? LIMIT 1) AS redacted,"
        " (SELECT count(*) FROM json_each(corrections) WHERE value NOT IN (?, ?)) AS corrections,"
        " json_array_length(confirmed_inconsistencies) AS inconsistencies"
        " FROM readings JOIN answers a ON a.id = answer_a WHERE committed_at IS NOT NULL"
        " ORDER BY readings.reader_id, committed_at",
        [ReadingOpened.kind, CONFIRMED, GRADED],
    ).fetchall()


def committed_repeats(db: Snapshot) -> list[tuple[str, str]]:
    """Return reader and case of each committed repeat, in the order of the commits."""
    rows = db.execute(
        "SELECT reader_id, case_id FROM readings WHERE repeat > 0 AND committed_at IS NOT NULL AND NOT outside_field"
        " ORDER BY committed_at, id"
    )
    return [(row["reader_id"], row["case_id"]) for row in rows]


def readings_by_protocol(db: Snapshot) -> dict[str, tuple[int, int]]:
    """Count the committed first readings and repeats by the hash of the protocol, in the order of their commits."""
    rows = db.execute(
        "SELECT protocol_sha256, sum(repeat = 0) AS readings, sum(repeat > 0) AS repeats FROM readings"
        " WHERE committed_at IS NOT NULL GROUP BY 1 ORDER BY min(committed_at), 1"
    )
    return {row["protocol_sha256"]: (row["readings"], row["repeats"]) for row in rows}


def open_readings(db: Snapshot) -> int:
    """Count the readings that are not committed."""
    return int(db.execute("SELECT count(*) FROM readings WHERE committed_at IS NULL").fetchone()[0])


def blinding_assessment_rows(db: Snapshot) -> Iterator[Any]:
    """Yield each blinding assessment of a committed first reading, with the models on both sides."""
    return iter(
        db.execute(
            "SELECT readings.reader_id, blinding_assessments.about, blinding_assessments.said,"
            " a.arm_id AS arm_a, b.arm_id AS arm_b"
            " FROM blinding_assessments JOIN readings ON readings.id = blinding_assessments.reading_id"
            " JOIN answers a ON a.id = answer_a JOIN answers b ON b.id = answer_b"
            " WHERE committed_at IS NOT NULL AND repeat = 0"
            " ORDER BY readings.reader_id, blinding_assessments.assessed_at, blinding_assessments.id"
        )
    )


def _counts(db: Snapshot, sql: str, *parameters: str) -> dict[str, int]:
    return {row[0]: row[1] for row in db.execute(sql, parameters)}
