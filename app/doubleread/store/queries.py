"""Flat rows for results and exports: one dictionary for each finding, reading or answer, with what belongs to it.

Each iterator reads a page at a time, so that a study of any size passes through little memory and nobody is kept from
writing meanwhile. All rows of one reading come from one page, hence from one state of the file. Columns that hold JSON
come out as objects, which rows may share: they are to be read, not changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from doubleread.domain.score import Score
from doubleread.store.arbitration_rows import OWN_ROWS
from doubleread.store.faults import intact
from doubleread.store.records import score_from_row
from doubleread.store.scores import IS_PRIMARY_SCORE
from doubleread.store.settlements import SUBJECT
from doubleread.store.study_file import StudyFile

_PAGE = 250

_READING = """readings.id AS reading_id, readings.reader_id, readings.case_id,
  cases.title AS case_title, cases.kind AS case_kind, cases.tags AS case_tags, cases.sha256 AS case_sha256,
  readings.label_set, readings.protocol_sha256, readings.opened_at, readings.committed_at, readings.active_seconds,
  readings.outside_field, readings.corrections, readings.repeat"""

_SCORE = """scores.scorer, scores.version AS scorer_version, scores.outcome, scores.chosen,
  scores.reason AS score_reason, scores.start AS score_start, scores."end" AS score_end,
  scores.confidence AS score_confidence, scores.rank AS score_rank"""

_MAIN_SCORE = f"LEFT JOIN scores ON {IS_PRIMARY_SCORE}"

_PAGE_OF_READINGS = "readings.id IN (SELECT value FROM json_each(?))"

_SETTLED = """json_extract(settled.decision, '$.outcome') AS settled_outcome,
  json_extract(settled.decision, '$.chosen') AS settled_chosen,
  json_extract(settled.decision, '$.grade') AS settled_grade, settled.arbiter_id AS settled_by,
  settled.reason AS settled_reason, settled.decided_at AS settled_at,
  CASE WHEN settled.id IS NOT NULL THEN scores.outcome IS NOT json_extract(settled.decision, '$.scored_outcome')
    OR scores.chosen IS NOT json_extract(settled.decision, '$.scored_chosen') END AS settled_score_changed"""

_SETTLEMENT = f"LEFT JOIN arbitrations settled ON settled.subject = '{SUBJECT}' AND settled.answer_id = answers.id"

_FINDINGS = f"""SELECT findings.id AS finding_id, {_READING},
  findings.side, findings.label, findings.answer_id, answers.model_id, models.name AS model_name,
  models.sha256 AS model_sha256, answers.sha256 AS answer_sha256, findings.place, findings.start, findings."end",
  findings.quote,
  findings.category, findings.severity, findings.basis, findings.harm, findings.certainty, findings.note,
  findings.passage_start, findings.passage_end, findings.passage_quote, findings.marked_at, findings.retracted_at,
  json_extract(readings.verdicts, '$.' || findings.side) AS verdict, readings.preference,
  CASE WHEN readings.preference IN ('A', 'B') THEN readings.preferred_answer_id = findings.answer_id END AS preferred,
  {_SCORE}, answers.manifest
FROM readings JOIN findings ON findings.reading_id = readings.id JOIN cases ON cases.id = readings.case_id
  JOIN answers ON answers.id = findings.answer_id JOIN models ON models.id = answers.model_id {_MAIN_SCORE}
WHERE {_PAGE_OF_READINGS}
ORDER BY cases.position, readings.reader_id, readings.repeat, findings.side, findings.start, findings."end",
  findings.id"""

_SENTENCES = f"""SELECT {_READING},
  sentences.side, sentences.answer_id, answers.model_id, models.name AS model_name, models.sha256 AS model_sha256,
  answers.sha256 AS answer_sha256, sentences.start, sentences."end", sentences.quote, sentences.judgement,
  sentences.segmentation, sentences.judged_at
FROM readings JOIN sentences ON sentences.reading_id = readings.id JOIN cases ON cases.id = readings.case_id
  JOIN answers ON answers.id = sentences.answer_id JOIN models ON models.id = answers.model_id
WHERE {_PAGE_OF_READINGS}
ORDER BY cases.position, readings.reader_id, readings.repeat, sentences.side, sentences.start"""

_READINGS = f"""SELECT {_READING}, readings.updated_at,
  readings.preference, readings.preferred_answer_id, preferred.model_id AS preferred_model_id,
  readings.verdicts, readings.verdicts_by_answer, readings.ratings, readings.ratings_by_answer,
  readings.diagnoses, readings.diagnoses_by_answer, readings.grades, readings.grades_by_answer,
  readings.answer_a, a.model_id AS model_a, a.sha256 AS answer_a_sha256,
  readings.answer_b, b.model_id AS model_b, b.sha256 AS answer_b_sha256,
  (SELECT count(*) FROM findings WHERE reading_id = readings.id AND retracted_at IS NULL AND side = 'A') AS findings_a,
  (SELECT count(*) FROM findings WHERE reading_id = readings.id AND retracted_at IS NULL AND side = 'B') AS findings_b,
  guesses.said AS guess, guesses.about AS guess_about, guesses.answer_id AS guessed_answer_id, guesses.guessed_at
FROM readings JOIN cases ON cases.id = readings.case_id
  JOIN answers a ON a.id = readings.answer_a JOIN answers b ON b.id = readings.answer_b
  LEFT JOIN answers preferred ON preferred.id = readings.preferred_answer_id
  LEFT JOIN guesses ON guesses.reading_id = readings.id
WHERE {_PAGE_OF_READINGS}
ORDER BY cases.position, readings.reader_id, readings.repeat"""

_ANSWERS = f"""SELECT answers.id AS answer_id, answers.case_id, cases.position AS case_position,
  cases.title AS case_title, cases.kind AS case_kind, cases.tags AS case_tags, cases.key AS case_key,
  cases.sha256 AS case_sha256, answers.model_id, models.name AS model_name, models.sha256 AS model_sha256,
  models.role AS model_role, answers.text, answers.sha256 AS answer_sha256, answers.thinking,
  answers.started_at, answers.finished_at,
  answers.finish_reason, {_SCORE}, {_SETTLED}, answers.manifest
FROM cases JOIN answers ON answers.case_id = cases.id JOIN models ON models.id = answers.model_id {_MAIN_SCORE}
  {_SETTLEMENT}
WHERE cases.position >= ? AND cases.position < ?
ORDER BY cases.position, models.position"""

_SCORES = f"""SELECT scores.answer_id, answers.case_id, cases.kind AS case_kind, cases.key AS case_key,
  cases.sha256 AS case_sha256, answers.model_id, models.name AS model_name, models.sha256 AS model_sha256,
  {IS_PRIMARY_SCORE} AS main, {_SCORE}
FROM cases JOIN answers ON answers.case_id = cases.id JOIN models ON models.id = answers.model_id
  JOIN scores ON scores.answer_id = answers.id
WHERE cases.position >= ? AND cases.position < ?
ORDER BY cases.position, models.position, scores.id"""

_ARBITRATIONS = f"""SELECT arbitrations.id AS decision_id, arbitrations.arbitration_id, arbitrations.arbiter_id,
  arbitrations.case_id, cases.sha256 AS case_sha256, arbitrations.subject, arbitrations.answer_id,
  answers.model_id, models.name AS model_name, arbitrations.axis, arbitrations.difference_id, arbitrations.decision,
  arbitrations.readings, arbitrations.value, better_model.name AS better_model, better.model_id AS better_model_id,
  arbitrations.settles,
  arbitrations.reason, arbitrations.decided_at, arbitrations.committed_at
FROM cases JOIN arbitrations ON arbitrations.case_id = cases.id
  LEFT JOIN answers ON answers.id = arbitrations.answer_id LEFT JOIN models ON models.id = answers.model_id
  LEFT JOIN answers better ON better.id = arbitrations.value AND arbitrations.subject IN ('preference', 'rating')
  LEFT JOIN models better_model ON better_model.id = better.model_id
WHERE {OWN_ROWS} AND cases.position >= ? AND cases.position < ?
ORDER BY cases.position, arbitrations.arbitration_id, arbitrations.subject, arbitrations.axis, arbitrations.id"""

_ADJUDICATED = """SELECT adjudicated_findings.id AS adjudicated_finding_id, adjudicated_findings.*,
  cases.sha256 AS case_sha256, answers.model_id, models.name AS model_name, models.sha256 AS model_sha256,
  answers.manifest
FROM cases JOIN adjudicated_findings ON adjudicated_findings.case_id = cases.id
  JOIN answers ON answers.id = adjudicated_findings.answer_id JOIN models ON models.id = answers.model_id
WHERE cases.position >= ? AND cases.position < ?
ORDER BY cases.position, models.position, adjudicated_findings.place, adjudicated_findings.start,
  adjudicated_findings."end", adjudicated_findings.id"""

_MAIN_SCORES = f"""SELECT scores.*, answers.case_id, cases.title AS case_title, cases.kind AS case_kind,
  trim(answers.text, char(9, 10, 13, 32)) = '' AS blank
FROM cases JOIN answers ON answers.case_id = cases.id JOIN scores ON {IS_PRIMARY_SCORE}
WHERE cases.position >= ? AND cases.position < ?
ORDER BY cases.position, answers.id"""

_JSON_COLUMNS = frozenset(
    {"case_tags", "corrections", "verdicts", "verdicts_by_answer", "diagnoses", "diagnoses_by_answer", "manifest"}
    | {"ratings", "ratings_by_answer", "grades", "grades_by_answer", "decision", "readings", "finding_ids"}
)
_YES_NO_COLUMNS = frozenset({"outside_field", "preferred", "main", "blank", "settles", "settled_score_changed"})


def finding_rows(study: StudyFile) -> Iterator[dict[str, Any]]:
    """Yield each finding, standing or retracted, with its reading, case, answer, model, manifest and main score.

    Ordered by case, reader, side and offset. `start` and `end` refer to the answer's text, or to the case's where
    `place` is "case". `preferred` says whether the answer at fault is the one the reader preferred; None for ties.
    """
    return _by_reading(study, _FINDINGS)


def sentence_rows(study: StudyFile) -> Iterator[dict[str, Any]]:
    """Yield each judged sentence with its reading, case, answer and model, ordered by case, reader, side and offset."""
    return _by_reading(study, _SENTENCES)


def reading_rows(study: StudyFile) -> Iterator[dict[str, Any]]:
    """Yield each reading with its verdicts, preference, both answers and the number of findings that stand by side."""
    return _by_reading(study, _READINGS)


def answer_rows(study: StudyFile) -> Iterator[dict[str, Any]]:
    """Yield each answer with its text, case, model, manifest and main score, in the study's order."""
    return _by_case(study, _ANSWERS)


def score_rows(study: StudyFile) -> Iterator[dict[str, Any]]:
    """Yield every score of every answer, the main one first; `main` says of each whether it is the one."""
    return _by_case(study, _SCORES)


def arbitration_rows(study: StudyFile) -> Iterator[dict[str, Any]]:
    """Yield every decision of the arbiters, and every value that readers agree on in a case that is settled."""
    return _by_case(study, _ARBITRATIONS)


def adjudicated_rows(study: StudyFile) -> Iterator[dict[str, Any]]:
    """Yield the findings of the cases that are settled, with answer and model, in the order of the texts."""
    return _by_case(study, _ADJUDICATED)


def main_scores(study: StudyFile) -> Iterator[tuple[dict[str, Any], Score]]:
    """Yield the main score of every answer that has one, with answer, case, and whether the answer is `blank`."""
    for row in _by_case(study, _MAIN_SCORES):
        with intact(study.path, f"a score of answer {row['answer_id']}"):
            score = score_from_row(row)
        yield row, score


def _by_case(study: StudyFile, sql: str) -> Iterator[dict[str, Any]]:
    count = study.connection.rows("SELECT coalesce(max(position), -1) + 1 FROM cases")[0][0]
    for start in range(0, count, _PAGE):
        yield from _rows(study, sql, [start, start + _PAGE])


def manifest_entries(study: StudyFile, names: Sequence[str]) -> dict[str, list[tuple[dict[str, Any], int]]]:
    """Return which values these entries (two or more) of the manifests have together, each with its number of answers.

    By model id, the most frequent first. Answers that were made elsewhere are left out; an absent entry is None. The
    sampler's seed is the study's, from which that of each case follows.
    """
    paths = [f"$.{name}" for name in names]
    seed = "json_extract(manifest, '$.study_seed')"
    manifest = f"iif({seed} IS NULL, manifest, json_set(manifest, '$.sampler.seed', {seed}))"
    rows = study.connection.rows(
        f"SELECT model_id, json_extract({manifest}, {', '.join('?' for _ in paths)}) AS found, count(*) AS n"
        " FROM answers WHERE finish_reason <> 'imported' AND json_extract(manifest, '$.imported') IS NULL"
        " GROUP BY model_id, found ORDER BY n DESC, min(rowid)",
        paths,
    )
    entries: dict[str, list[tuple[dict[str, Any], int]]] = {}
    with intact(study.path, "the manifests of the answers"):
        for row in rows:
            values = dict(zip(names, json.loads(row["found"]), strict=True))
            entries.setdefault(row["model_id"], []).append((values, row["n"]))
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
                record[name] = parsed(record[name])
        for name in _YES_NO_COLUMNS.intersection(names):
            for record in records:
                record[name] = None if record[name] is None else bool(record[name])
    yield from records
