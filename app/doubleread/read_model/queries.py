"""Flat rows for results and exports: one dictionary for each annotation, reading or answer, with what belongs to it.

Each iterator reads a page at a time, so that a large study needs little memory and others can write in between. All
rows of one reading come from one page, and so from one state of the file. Columns with JSON are parsed into objects,
which rows may share: do not change them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

from doubleread.domain.answer_status import answer_status
from doubleread.domain.case import parts_from_record
from doubleread.domain.rubric import rubric_measures
from doubleread.domain.score import Score
from doubleread.domain.score_override import ScoreOverride
from doubleread.store.log.event_texts import loaded
from doubleread.store.records import score_from_row
from doubleread.store.score_overrides import override_from_row
from doubleread.store.scores import IS_PRIMARY_SCORE
from doubleread.store.sqlite.connection import Snapshot
from doubleread.store.sqlite.faults import intact
from doubleread.store.sqlite.plain_rows import tuples_named
from doubleread.store.study_file import StudyFile

_PAGE = 250

_CASE = "cases.title AS case_title, cases.kind AS case_kind, cases.tags AS case_tags, cases.sha256 AS case_sha256"


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

_SCORE = ", ".join(
    # An answer without a score has none of these, but lists of them.
    f"coalesce(scores.{field}, '{empty}') AS {column}" if empty else f'scores."{field}" AS {column}'
    for column, field in _SCORE_COLUMNS.items()
    for empty in [{"measures": "{}", "evidence": "[]"}.get(field)]
)

_PAGE_OF_READINGS = "readings.id IN (SELECT value FROM json_each(?))"

_READINGS_JUDGING = f"""SELECT readings.id AS reading_id, readings.reader_id, readings.case_id,
  cases.sha256 AS case_sha256, readings.label_set, readings.protocol_sha256, readings.committed_at, readings.repeat
FROM readings JOIN cases ON cases.id = readings.case_id
WHERE {_PAGE_OF_READINGS}
ORDER BY cases.position, readings.reader_id, readings.repeat"""

_ANSWERS_JUDGED = """SELECT answers.id AS answer_id, answers.arm_id, arms.name AS arm_name,
  coalesce(arms.model_sha256, '') AS model_sha256, answers.sha256 AS answer_sha256, answers.text, answers.manifest
FROM answers JOIN arms ON arms.id = answers.arm_id
WHERE answers.id IN (SELECT value FROM json_each(?))"""

_ANNOTATIONS = """SELECT id AS annotation_id, reading_id, answer_id, side, label, place, start, "end", quote, category,
  severity, basis, harm, certainty, note, passage_start, passage_end, passage_quote, passage_source, passage_relation,
  marked_at, retracted_at
FROM annotations WHERE reading_id IN (SELECT value FROM json_each(?))
ORDER BY reading_id, side, start, "end", id"""

_SENTENCES = """SELECT reading_id, answer_id, side, start, "end", quote, judgement, segmentation, judged_at
FROM sentences WHERE reading_id IN (SELECT value FROM json_each(?))
ORDER BY reading_id, side, start"""

_CRITERIA = f"""SELECT criteria.reading_id, criteria.answer_id, criteria.side, criteria.criterion_id,
  json_extract(part.value, '$.text') AS criterion, json_extract(part.value, '$.points') AS points,
  coalesce(json_extract(part.value, '$.tags'), '[]') AS criterion_tags,
  criteria.judgement, criteria.start, criteria."end", criteria.quote, criteria.judged_at
FROM readings JOIN criteria ON criteria.reading_id = readings.id JOIN cases ON cases.id = readings.case_id
  JOIN json_each(cases.parts, '$.criteria') part ON json_extract(part.value, '$.id') = criteria.criterion_id
WHERE {_PAGE_OF_READINGS}
ORDER BY criteria.reading_id, criteria.side, part.key"""

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

_ANSWERS = f"""SELECT answers.id AS answer_id, answers.case_id, cases.position AS case_position,
  cases.title AS case_title, cases.kind AS case_kind, cases.tags AS case_tags, cases.key AS case_key,
  cases.sha256 AS case_sha256, answers.arm_id, arms.name AS arm_name, coalesce(arms.model_sha256, '') AS model_sha256,
  arms.role AS arm_role, answers.text, answers.sha256 AS answer_sha256, answers.reasoning,
  answers.started_at, answers.finished_at,
  answers.finish_reason, answers.sample, answers.manifest, {_SCORE}
FROM cases JOIN answers ON answers.case_id = cases.id JOIN arms ON arms.id = answers.arm_id
  LEFT JOIN scores ON {IS_PRIMARY_SCORE}
WHERE cases.position >= ? AND cases.position < ?
ORDER BY cases.position, arms.position, answers.sample"""

_OVERRIDES = """SELECT score_overrides.* FROM cases JOIN score_overrides ON score_overrides.case_id = cases.id
WHERE cases.position >= ? AND cases.position < ?"""

_CONFIRMATIONS = """SELECT readings.diagnoses_by_answer FROM cases JOIN readings ON readings.case_id = cases.id
WHERE cases.position >= ? AND cases.position < ? AND cases.kind = 'diagnosis'
  AND readings.committed_at IS NOT NULL AND NOT readings.outside_field AND NOT readings.repeat"""
"""What committed first readings say of the diagnoses: it can decide what an answer counts as."""

_CRITERIA_JUDGED = """SELECT criteria.reading_id, criteria.answer_id, cases.parts,
  json_group_object(criteria.criterion_id, criteria.judgement) AS judgements
FROM cases JOIN readings ON readings.case_id = cases.id JOIN criteria ON criteria.reading_id = readings.id
WHERE cases.position >= ? AND cases.position < ? AND cases.kind = 'rubric'
  AND readings.committed_at IS NOT NULL AND NOT readings.outside_field AND NOT readings.repeat
GROUP BY criteria.reading_id, criteria.answer_id"""
"""What committed first readings say of the criteria of rubrics."""

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


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """What one reading has of one answer: the columns of both, and its `rows` of one table, in the order of the text.

    A study has many such rows for each reading, so what they share is not repeated in them. `values` are the rows as
    the file has them, in the order of `columns`.
    """

    reading: Mapping[str, Any]
    answer: Mapping[str, Any]
    columns: tuple[str, ...]
    values: Sequence[tuple[Any, ...]]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows by column."""
        return _parsed(self.columns, self.values)


def annotation_rows(study: StudyFile) -> Iterator[JudgedAnswer]:
    """Yield all annotations, retracted ones too, ordered by case, reader, side and offset.

    `start` and `end` refer to the answer's text, or to the case's where `place` is "case".
    """
    return _by_reading(study, _ANNOTATIONS)


def sentence_rows(study: StudyFile) -> Iterator[JudgedAnswer]:
    """Yield all judged sentences, ordered by case, reader, side and offset."""
    return _by_reading(study, _SENTENCES)


def criterion_rows(study: StudyFile) -> Iterator[JudgedAnswer]:
    """Yield all judged criteria, ordered by case, reader and side, in the order of the rubric."""
    return _by_reading(study, _CRITERIA)


def reading_rows(study: StudyFile) -> Iterator[dict[str, Any]]:
    """Yield each reading with its verdicts, preference, both answers and its number of annotations by side."""
    for ids in _pages_of_readings(study):
        yield from _rows(study, _READINGS, [ids])


def answer_rows(study: StudyFile) -> Iterator[dict[str, Any]]:
    """Yield each answer with its text, case, model, manifest, score, override and status, in the study's order."""
    for page in _pages(study):
        with study.connection.snapshot() as db, intact(study.path, "its answers or readings"):
            rows = list(_rows(study, _ANSWERS, page))
            overrides = {row["answer_id"]: override_from_row(row) for row in db.execute(_OVERRIDES, page)}
            confirmations: dict[str, list[bool | None]] = defaultdict(list)
            for (stated,) in db.execute(_CONFIRMATIONS, page):
                for answer_id, names_key in json.loads(stated).items():
                    confirmations[answer_id].append(names_key)
            measured = _measured_by_rubric(db, page)
            for row in rows:
                override = overrides.get(row["answer_id"])
                stated_of = confirmations.get(row["answer_id"], ())
                by_readers = row["answer_id"] in measured
                row["status"] = "measured" if by_readers else answer_status(row["outcome"], override, stated_of)
                row |= _NOT_OVERRIDDEN if override is None else _override(row, override)
        yield from rows


def _measured_by_rubric(db: Snapshot, page: Sequence[int]) -> set[str]:
    """Return the answers of which a reader judged every criterion of the case's rubric."""
    measured = set()
    for row in db.execute(_CRITERIA_JUDGED, page):
        criteria = parts_from_record(json.loads(row["parts"])).get("criteria", ())
        if rubric_measures(criteria, json.loads(row["judgements"]), characters=0):
            measured.add(row["answer_id"])
    return measured


_NOT_OVERRIDDEN = dict.fromkeys(
    (
        *("override_outcome", "override_chosen", "override_grade", "override_by", "override_reason", "override_at"),
        "overridden_score_changed",
    )
)


def _override(row: Mapping[str, Any], override: ScoreOverride) -> dict[str, Any]:
    score = None
    if row["scorer"] is not None:
        score = Score(**{field: row[column] for column, field in _SCORE_COLUMNS.items()})
    return {
        "override_outcome": override.outcome,
        "override_chosen": override.chosen,
        "override_grade": int(override.grade) if override.grade is not None else None,
        "override_by": override.adjudicator_id,
        "override_reason": override.reason,
        "override_at": override.decided_at,
        "overridden_score_changed": not override.fits(score),
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


def _by_reading(study: StudyFile, sql: str) -> Iterator[JudgedAnswer]:
    """Yield the rows of a table that belong to readings. `sql` returns those of a page, by reading and then by side."""
    for ids in _pages_of_readings(study):
        # One state of the file: a row may belong to a reading that was opened a moment ago.
        with study.connection.snapshot() as db:
            columns, rows = tuples_named(db, sql, [ids])
            if not rows:
                continue
            reading_of, answer_of = (itemgetter(columns.index(name)) for name in ("reading_id", "answer_id"))
            readings = list(_rows(study, _READINGS_JUDGING, [ids]))
            answer_ids = json.dumps(list(set(map(answer_of, rows))))
            judged = {row["answer_id"]: row for row in _rows(study, _ANSWERS_JUDGED, [answer_ids])}
        of_reading = {reading_id: list(own) for reading_id, own in groupby(rows, key=reading_of)}
        with intact(study.path, "an answer that was judged"):
            found = [
                JudgedAnswer(reading, judged[answer_id], columns, list(said))
                for reading in readings
                for answer_id, said in groupby(of_reading.get(reading["reading_id"], ()), key=answer_of)
            ]
        yield from found


def _pages_of_readings(study: StudyFile) -> Iterator[str]:
    """Yield the ids of the readings of each page as a JSON list, ordered by case and reader."""
    ids = [
        row["id"]
        for row in study.connection.rows(
            "SELECT readings.id FROM readings JOIN cases ON cases.id = case_id"
            " ORDER BY cases.position, reader_id, repeat"
        )
    ]
    for start in range(0, len(ids), _PAGE):
        yield json.dumps(ids[start : start + _PAGE])


def _rows(study: StudyFile, sql: str, parameters: list[Any]) -> Iterator[dict[str, Any]]:
    rows = study.connection.rows(sql, parameters)
    if not rows:
        return
    with intact(study.path, "a row of the tables"):
        records = _parsed(rows[0].keys(), rows)
    yield from records


def _parsed(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> list[dict[str, Any]]:
    """Return rows by column. Raises ValueError for a text that is not JSON where a column has JSON."""
    records = [dict(zip(columns, row, strict=True)) for row in rows]
    parsed = lru_cache(maxsize=1024)(loaded)
    for name in _JSON_COLUMNS.intersection(columns):
        for record in records:
            record[name] = None if record[name] is None else parsed(record[name])
    for name in _YES_NO_COLUMNS.intersection(columns):
        for record in records:
            record[name] = None if record[name] is None else bool(record[name])
    return records
