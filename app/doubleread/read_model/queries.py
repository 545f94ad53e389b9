"""Flat rows for results and exports: one dictionary for each annotation, reading or answer, with what belongs to it.

Each iterator reads a page at a time, so that a large study needs little memory and others can write in between. All
rows of one reading come from one page, and so from one state of the file. Columns with JSON are parsed into objects,
which rows may share: do not change them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any, Literal

from doubleread.domain.score import Score
from doubleread.read_model.answers import ScoredAnswer
from doubleread.read_model.cases import answered_cases, later_answers
from doubleread.store.records import score_from_row
from doubleread.store.scores import IS_PRIMARY_SCORE
from doubleread.store.sqlite.faults import intact
from doubleread.store.study_file import StudyFile

_PAGE = 250

_CASE = "cases.title AS case_title, cases.kind AS case_kind, cases.tags AS case_tags, cases.sha256 AS case_sha256"

_READING = f"""readings.id AS reading_id, readings.reader_id, readings.case_id, {_CASE},
  readings.label_set, readings.protocol_sha256, readings.opened_at, readings.committed_at, readings.active_seconds,
  readings.outside_field, readings.corrections, readings.repeat"""

_SCORE_COLUMNS = {
    "scorer": "scorer",
    "scorer_version": "version",
    "outcome": "outcome",
    "chosen": "chosen",
    "score_reason": "reason",
    "score_start": "start",
    "score_end": "end",
    "score_confidence": "confidence",
    "score_rank": "rank",
    "score_measures": "measures",
    "score_evidence": "evidence",
}
"""The names of a score's fields in a row."""

_SCORE = ", ".join(f'scores."{field}" AS {column}' for column, field in _SCORE_COLUMNS.items())

_PAGE_OF_READINGS = "readings.id IN (SELECT value FROM json_each(?))"

_ANNOTATIONS = f"""SELECT annotations.id AS annotation_id, {_READING},
  annotations.side, annotations.label, annotations.answer_id, answers.arm_id, arms.name AS arm_name,
  coalesce(arms.model_sha256, '') AS model_sha256, answers.sha256 AS answer_sha256,
  annotations.place, annotations.start, annotations."end",
  annotations.quote,
  annotations.category, annotations.severity, annotations.basis, annotations.harm, annotations.certainty,
  annotations.note,
  annotations.passage_start, annotations.passage_end, annotations.passage_quote,
  annotations.passage_source, annotations.passage_relation,
  annotations.marked_at, annotations.retracted_at,
  json_extract(readings.verdicts, '$.' || annotations.side) AS verdict, readings.preference,
  CASE WHEN readings.preference IN ('A', 'B')
    THEN readings.preferred_answer_id = annotations.answer_id END AS preferred,
  answers.manifest
FROM readings JOIN annotations ON annotations.reading_id = readings.id JOIN cases ON cases.id = readings.case_id
  JOIN answers ON answers.id = annotations.answer_id JOIN arms ON arms.id = answers.arm_id
WHERE {_PAGE_OF_READINGS}
ORDER BY cases.position, readings.reader_id, readings.repeat, annotations.side, annotations.start, annotations."end",
  annotations.id"""

_SENTENCES = f"""SELECT {_READING},
  sentences.side, sentences.answer_id, answers.arm_id, arms.name AS arm_name,
  coalesce(arms.model_sha256, '') AS model_sha256,
  answers.sha256 AS answer_sha256, sentences.start, sentences."end", sentences.quote, sentences.judgement,
  sentences.segmentation, sentences.judged_at
FROM readings JOIN sentences ON sentences.reading_id = readings.id JOIN cases ON cases.id = readings.case_id
  JOIN answers ON answers.id = sentences.answer_id JOIN arms ON arms.id = answers.arm_id
WHERE {_PAGE_OF_READINGS}
ORDER BY cases.position, readings.reader_id, readings.repeat, sentences.side, sentences.start"""

_CRITERIA = f"""SELECT {_READING},
  criteria.side, criteria.answer_id, answers.arm_id, arms.name AS arm_name,
  coalesce(arms.model_sha256, '') AS model_sha256, answers.sha256 AS answer_sha256,
  criteria.criterion_id, json_extract(part.value, '$.text') AS criterion,
  json_extract(part.value, '$.points') AS points,
  coalesce(json_extract(part.value, '$.tags'), '[]') AS criterion_tags,
  criteria.judgement, criteria.start, criteria."end", criteria.quote, criteria.judged_at
FROM readings JOIN criteria ON criteria.reading_id = readings.id JOIN cases ON cases.id = readings.case_id
  JOIN answers ON answers.id = criteria.answer_id JOIN arms ON arms.id = answers.arm_id
  JOIN json_each(cases.parts, '$.criteria') part ON json_extract(part.value, '$.id') = criteria.criterion_id
WHERE {_PAGE_OF_READINGS}
ORDER BY cases.position, readings.reader_id, readings.repeat, criteria.side, part.key"""

_READINGS = f"""SELECT readings.id AS reading_id, readings.*, {_CASE},
  preferred.arm_id AS preferred_arm_id,
  a.arm_id AS arm_a, a.sha256 AS answer_a_sha256, a.manifest AS manifest_a,
  b.arm_id AS arm_b, b.sha256 AS answer_b_sha256, b.manifest AS manifest_b,
  (SELECT count(*) FROM annotations
    WHERE reading_id = readings.id AND retracted_at IS NULL AND side = 'A') AS annotations_a,
  (SELECT count(*) FROM annotations
    WHERE reading_id = readings.id AND retracted_at IS NULL AND side = 'B') AS annotations_b,
  blinding_assessments.said AS blinding_assessment, blinding_assessments.about AS blinding_assessment_about,
  blinding_assessments.answer_id AS blinding_assessment_answer_id, blinding_assessments.assessed_at
FROM readings JOIN cases ON cases.id = readings.case_id
  JOIN answers a ON a.id = readings.answer_a JOIN answers b ON b.id = readings.answer_b
  LEFT JOIN answers preferred ON preferred.id = readings.preferred_answer_id
  LEFT JOIN blinding_assessments ON blinding_assessments.reading_id = readings.id
WHERE {_PAGE_OF_READINGS}
ORDER BY cases.position, readings.reader_id, readings.repeat"""

_ANSWERS = """SELECT answers.id AS answer_id, answers.case_id, cases.position AS case_position,
  cases.title AS case_title, cases.kind AS case_kind, cases.tags AS case_tags, cases.key AS case_key,
  cases.sha256 AS case_sha256, answers.arm_id, arms.name AS arm_name, coalesce(arms.model_sha256, '') AS model_sha256,
  arms.role AS arm_role, answers.text, answers.sha256 AS answer_sha256, answers.reasoning,
  answers.started_at, answers.finished_at,
  answers.finish_reason, answers.sample, answers.manifest
FROM cases JOIN answers ON answers.case_id = cases.id JOIN arms ON arms.id = answers.arm_id
WHERE cases.position >= ? AND cases.position < ?
ORDER BY cases.position, arms.position, answers.sample"""

_SCORES = f"""SELECT scores.answer_id, answers.sample, answers.case_id, cases.kind AS case_kind, cases.key AS case_key,
  cases.sha256 AS case_sha256, answers.arm_id, arms.name AS arm_name, coalesce(arms.model_sha256, '') AS model_sha256,
  {IS_PRIMARY_SCORE} AS "primary", {_SCORE}
FROM cases JOIN answers ON answers.case_id = cases.id JOIN arms ON arms.id = answers.arm_id
  JOIN scores ON scores.answer_id = answers.id
WHERE cases.position >= ? AND cases.position < ?
ORDER BY cases.position, arms.position, answers.sample, scores.id"""

_ADJUDICATIONS = """SELECT adjudications.id AS decision_id, adjudications.adjudication_id,
  adjudications.adjudicator_id,
  adjudications.case_id, cases.sha256 AS case_sha256, adjudications.subject, adjudications.answer_id,
  answers.arm_id, arms.name AS arm_name, adjudications.axis, adjudications.difference_id, adjudications.decision,
  adjudications.readings, adjudications.value, better_arm.name AS better_arm, better.arm_id AS better_arm_id,
  adjudications.resolves,
  adjudications.reason, adjudications.decided_at, adjudications.committed_at
FROM cases JOIN adjudications ON adjudications.case_id = cases.id
  LEFT JOIN answers ON answers.id = adjudications.answer_id LEFT JOIN arms ON arms.id = answers.arm_id
  LEFT JOIN answers better ON better.id = adjudications.value AND adjudications.subject IN ('preference', 'rating')
  LEFT JOIN arms better_arm ON better_arm.id = better.arm_id
WHERE cases.position >= ? AND cases.position < ?
ORDER BY cases.position, adjudications.adjudication_id, adjudications.subject, adjudications.axis, adjudications.id"""

_ADJUDICATED = """SELECT adjudicated_annotations.id AS adjudicated_annotation_id, adjudicated_annotations.*,
  cases.sha256 AS case_sha256, answers.arm_id, arms.name AS arm_name, coalesce(arms.model_sha256, '') AS model_sha256,
  answers.sha256 AS answer_sha256, answers.manifest
FROM cases JOIN adjudicated_annotations ON adjudicated_annotations.case_id = cases.id
  JOIN answers ON answers.id = adjudicated_annotations.answer_id JOIN arms ON arms.id = answers.arm_id
WHERE cases.position >= ? AND cases.position < ?
ORDER BY cases.position, arms.position, adjudicated_annotations.place, adjudicated_annotations.start,
  adjudicated_annotations."end", adjudicated_annotations.id"""

_PRIMARY_SCORES = f"""SELECT scores.*, answers.case_id, cases.title AS case_title, cases.kind AS case_kind,
  trim(answers.text, char(9, 10, 13, 32)) = '' AS blank
FROM cases JOIN answers ON answers.case_id = cases.id AND answers.sample = 0 JOIN scores ON {IS_PRIMARY_SCORE}
WHERE cases.position >= ? AND cases.position < ?
ORDER BY cases.position, answers.id"""

_JSON_COLUMNS = frozenset(
    {"case_tags", "corrections", "verdicts", "verdicts_by_answer", "diagnoses", "diagnoses_by_answer", "manifest"}
    | {"scale_ratings", "scale_ratings_by_answer", "confirmed_inconsistencies"}
    | {"ratings", "ratings_by_answer", "grades", "grades_by_answer", "decision", "readings", "annotation_ids"}
    | {"score_measures", "score_evidence", "criterion_tags", "manifest_a", "manifest_b"}
)
_YES_NO_COLUMNS = frozenset({"outside_field", "preferred", "primary", "blank", "resolves", "overridden_score_changed"})


def annotation_rows(study: StudyFile) -> Iterator[dict[str, Any]]:
    """Yield each annotation, retracted ones too, with its reading, case, answer, model and manifest.

    Ordered by case, reader, side and offset. `start` and `end` refer to the answer's text, or to the case's where
    `place` is "case". `preferred` says whether the answer at fault is the one the reader preferred; None for ties.
    """
    return _by_reading(study, _ANNOTATIONS)


def sentence_rows(study: StudyFile) -> Iterator[dict[str, Any]]:
    """Yield each judged sentence with its reading, case, answer and model, ordered by case, reader, side and offset."""
    return _by_reading(study, _SENTENCES)


def criterion_rows(study: StudyFile) -> Iterator[dict[str, Any]]:
    """Yield each judged criterion with its reading, case, answer and model, in the order of its rubric."""
    return _by_reading(study, _CRITERIA)


def reading_rows(study: StudyFile) -> Iterator[dict[str, Any]]:
    """Yield each reading with its verdicts, preference, both answers and its number of annotations by side."""
    return _by_reading(study, _READINGS)


def answer_rows(study: StudyFile) -> Iterator[dict[str, Any]]:
    """Yield each answer with its text, case, model, manifest, score, override and status, in the study's order."""
    labels = study.protocol.labels
    for page in _pages(study):
        with study.connection.snapshot() as db, intact(study.path, "its answers or readings"):
            rows = list(_rows(study, _ANSWERS, page))
            case_ids = list(dict.fromkeys(row["case_id"] for row in rows))
            cases = answered_cases(db, labels, case_ids, marked=False)
            scored = {answer.id: answer for case in cases for answer in case.answers.values()}
            scored |= {answer.id: answer for answer in later_answers(db, case_ids)}
        for row in rows:
            yield row | _score_and_override(scored[row["answer_id"]])


def _score_and_override(answer: ScoredAnswer) -> dict[str, Any]:
    score, override = answer.score, answer.override
    return {
        "status": answer.status,
        **{column: getattr(score, field, None) for column, field in _SCORE_COLUMNS.items()},
        "score_measures": dict(score.measures) if score else {},
        "score_evidence": [asdict(item) for item in score.evidence] if score else [],
        "override_outcome": override and override.outcome,
        "override_chosen": override and override.chosen,
        "override_grade": int(override.grade) if override and override.grade is not None else None,
        "override_by": override and override.adjudicator_id,
        "override_reason": override and override.reason,
        "override_at": override and override.decided_at,
        "overridden_score_changed": override and not override.fits(score),
    }


def score_rows(study: StudyFile) -> Iterator[dict[str, Any]]:
    """Yield every score of every answer, the primary one first; `primary` says whether it is the primary one."""
    return _by_case(study, _SCORES)


def adjudication_rows(study: StudyFile) -> Iterator[dict[str, Any]]:
    """Yield every decision of the adjudicators, and every value that readers agree on in a case that is resolved."""
    return _by_case(study, _ADJUDICATIONS)


def adjudicated_rows(study: StudyFile) -> Iterator[dict[str, Any]]:
    """Yield the annotations of the cases that are resolved, with answer and model, in the order of the texts."""
    return _by_case(study, _ADJUDICATED)


def primary_scores(study: StudyFile) -> Iterator[tuple[dict[str, Any], Score]]:
    """Yield the primary score of every first answer with one, with answer, case, and whether the answer is `blank`."""
    for row in _by_case(study, _PRIMARY_SCORES):
        with intact(study.path, f"a score of answer {row['answer_id']}"):
            score = score_from_row(row)
        yield row, score


def case_column(study: StudyFile, column: Literal["kind", "licence", "source"]) -> dict[str, str]:
    """Return one column of each case by its id, in the study's order."""
    return {
        row["id"]: row["value"]
        for row in study.connection.rows(f"SELECT id, {column} AS value FROM cases ORDER BY position")
    }


def resolved_cases(study: StudyFile) -> frozenset[str]:
    """Return the ids of the cases that an adjudication resolves."""
    return frozenset(
        row["case_id"] for row in study.connection.rows("SELECT case_id FROM adjudications WHERE resolves")
    )


def row_count(study: StudyFile, tables: Iterable[str]) -> int:
    """Return how many rows these tables of the study file have together."""
    counts = " + ".join(f"(SELECT count(*) FROM {table})" for table in tables)
    return int(study.connection.rows(f"SELECT {counts}")[0][0])


def choice_answers(study: StudyFile) -> list[tuple[str, str, str]]:
    """Return the ids of each first answer to a choice, of its case and of its arm, in the study's order."""
    rows = study.connection.rows(
        "SELECT answers.id, case_id, arm_id FROM answers JOIN cases ON cases.id = case_id"
        " JOIN arms ON arms.id = arm_id WHERE cases.kind = 'choice' AND answers.sample = 0"
        " ORDER BY cases.position, arms.position"
    )
    return [(row["id"], row["case_id"], row["arm_id"]) for row in rows]


def scorer_versions(study: StudyFile) -> set[tuple[str, str, str]]:
    """Return answer, scorer and version of every score."""
    return set(map(tuple, study.connection.rows("SELECT answer_id, scorer, version FROM scores")))


def _by_case(study: StudyFile, sql: str) -> Iterator[dict[str, Any]]:
    for page in _pages(study):
        yield from _rows(study, sql, page)


def _pages(study: StudyFile) -> Iterator[list[int]]:
    """Yield the first position of the cases of each page, and the one after its last."""
    count = study.connection.rows("SELECT coalesce(max(position), -1) + 1 FROM cases")[0][0]
    for start in range(0, count, _PAGE):
        yield [start, start + _PAGE]


def manifest_entries(
    study: StudyFile, names: Sequence[str], *, imported: bool = False
) -> dict[str, list[tuple[dict[str, Any], int]]]:
    """Return which values these entries (two or more) of the manifests have together, each with its number of answers.

    By model id, the most frequent first. External answers are left out unless `imported`; an absent entry is None. The
    sampler's seed is the study's, from which that of each case follows.
    """
    paths = [f"$.{name}" for name in names]
    seed = "json_extract(manifest, '$.study_seed')"
    manifest = f"iif({seed} IS NULL, manifest, json_set(manifest, '$.sampler.seed', {seed}))"
    rows = study.connection.rows(
        f"SELECT arm_id, json_extract({manifest}, {', '.join('?' for _ in paths)}) AS found, count(*) AS n"
        " FROM answers WHERE ? OR (finish_reason <> 'imported' AND json_extract(manifest, '$.imported') IS NULL)"
        " GROUP BY arm_id, found ORDER BY n DESC, min(rowid)",
        [*paths, imported],
    )
    entries: dict[str, list[tuple[dict[str, Any], int]]] = {}
    with intact(study.path, "the manifests of the answers"):
        for row in rows:
            values = dict(zip(names, json.loads(row["found"]), strict=True))
            entries.setdefault(row["arm_id"], []).append((values, row["n"]))
    return entries


def _by_reading(study: StudyFile, sql: str) -> Iterator[dict[str, Any]]:
    ids = [
        row["id"]
        for row in study.connection.rows(
            "SELECT readings.id FROM readings JOIN cases ON cases.id = case_id"
            " ORDER BY cases.position, reader_id, repeat"
        )
    ]
    for start in range(0, len(ids), _PAGE):
        yield from _rows(study, sql, [json.dumps(ids[start : start + _PAGE])])


def _rows(study: StudyFile, sql: str, parameters: list[Any]) -> Iterator[dict[str, Any]]:
    rows = study.connection.rows(sql, parameters)
    if not rows:
        return
    names = rows[0].keys()
    records = [dict(zip(names, row, strict=True)) for row in rows]
    parsed = lru_cache(maxsize=1024)(json.loads)
    with intact(study.path, "a row of the tables"):
        for name in _JSON_COLUMNS.intersection(names):
            for record in records:
                record[name] = None if record[name] is None else parsed(record[name])
        for name in _YES_NO_COLUMNS.intersection(names):
            for record in records:
                record[name] = None if record[name] is None else bool(record[name])
    yield from records
