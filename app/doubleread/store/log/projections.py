"""The projections of readings: readers, readings, annotations, sentences, criteria, blinding assessments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter
from typing import Any

from sqlite_utils import Database

from doubleread.domain.annotation import Annotation
from doubleread.domain.criteria import CriterionPlace, JudgedCriterion
from doubleread.domain.events.readers import READER_EVENTS, Readers, RegisteredReader, fold_readers
from doubleread.domain.hashes import canonical_json
from doubleread.domain.ordinal_scales import SCALES
from doubleread.domain.reading import Reading
from doubleread.domain.sentences import JudgedSentence, SentencePlace
from doubleread.store.log.event_log import events_of
from doubleread.store.log.event_texts import record_text
from doubleread.store.sqlite.schema import COLUMNS

_RATED_WORDS = ("place", "start", "end", "quote", "category", "severity", "basis", "harm", "certainty", "note")
_RATED = attrgetter(*_RATED_WORDS)
_LINKED = attrgetter("start", "end", "quote", "source", "relation")
_NO_PASSAGE = (None,) * 5
_MARK_COLUMNS = (
    *_RATED_WORDS,
    *("passage_start", "passage_end", "passage_quote", "passage_source", "passage_relation"),
)

Rows = Mapping[tuple[Any, ...], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Projection:
    """The rows that follow from one reading's events.

    One of `readings`, those of `annotations` by id, of `sentences` by answer and place, of `criteria` by answer and
    criterion, and one of `blinding_assessments`.
    """

    reading: Mapping[str, Any] | None = None
    annotations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sentences: Mapping[SentencePlace, Mapping[str, Any]] = field(default_factory=dict)
    criteria: Mapping[CriterionPlace, Mapping[str, Any]] = field(default_factory=dict)
    blinding_assessment: Mapping[str, Any] | None = None

    def parts(self, table: str) -> Rows:
        """Return the rows of one of the tables of `PARTS`, by what tells them apart."""
        rows: Rows = getattr(self, table)
        return rows


def project(reading: Reading | None) -> Projection:
    """Return the rows of a reading."""
    if reading is None:
        return Projection()
    judgement, columns = reading.judgement, COLUMNS["annotations"]
    return Projection(
        _reading_row(reading),
        {key: dict(zip(columns, row, strict=True)) for key, row in _annotation_rows(reading).items()},
        {place: _sentence_row(item, reading) for place, item in judgement.sentences.items()},
        {place: _criterion_row(item, reading) for place, item in judgement.criteria.items()},
        _assessment_row(reading),
    )


def _reading_row(reading: Reading) -> dict[str, Any]:
    judgement = reading.judgement
    sides = dict(reading.answer_ids)
    preference = judgement.preference
    return {
        "id": reading.id,
        "case_id": reading.case_id,
        "reader_id": reading.reader_id,
        "answer_a": sides["A"],
        "answer_b": sides["B"],
        "preference": preference,
        "preferred_answer_id": sides[preference] if preference in ("A", "B") else None,
        "verdicts": record_text(judgement.verdicts),
        "verdicts_by_answer": _by_answer(judgement.verdicts, reading),
        "diagnoses": record_text(judgement.diagnoses),
        "diagnoses_by_answer": _by_answer(judgement.diagnoses, reading),
        "outside_field": int(judgement.outside_field),
        "active_seconds": reading.active_seconds,
        "corrections": canonical_json(list(reading.corrections)) if reading.corrections else "[]",
        "label_set": reading.label_set,
        "protocol_sha256": reading.protocol_sha256,
        "opened_at": reading.opened_at,
        "updated_at": reading.updated_at,
        "committed_at": reading.committed_at,
        "confirmed_inconsistencies": None if reading.confirmed is None else canonical_json(list(reading.confirmed)),
        **_consensus(reading),
        "repeat": reading.repeat,
        "ratings": record_text(judgement.ratings),
        "ratings_by_answer": record_text(
            {axis: sides[better] if better in ("A", "B") else None for axis, better in judgement.ratings.items()}
        ),
        "scale_ratings": record_text({scale: dict(by_side) for scale, by_side in judgement.scale_ratings.items()}),
        "scale_ratings_by_answer": record_text(
            {
                scale: {answer: by_side[side] for side, answer in sides.items() if side in by_side}
                for scale, by_side in judgement.scale_ratings.items()
            }
        ),
        "grades": record_text({side: int(grade) for side, grade in judgement.grades.items()}),
        "grades_by_answer": _by_answer({side: int(grade) for side, grade in judgement.grades.items()}, reading),
        **{scale.name: judgement.levels.get(scale.name) for scale in SCALES},
    }


def _consensus(reading: Reading) -> dict[str, Any]:
    found = reading.consensus
    return {
        "consensus_opened_at": found.opened_at if found else None,
        "consensus_closed_at": found.closed_at if found else None,
        "consensus_outcome": found.outcome if found else None,
        "consensus_corrections": len(reading.corrections) - found.corrections_before if found else 0,
    }


def _assessment_row(reading: Reading) -> dict[str, Any] | None:
    assessment = reading.blinding_assessment
    if assessment is None:
        return None
    return {
        "id": assessment.id,
        "reading_id": reading.id,
        "about": assessment.about,
        "said": assessment.said,
        "answer_id": {str(side): answer for side, answer in reading.answer_ids.items()}.get(assessment.said),
        "assessed_at": assessment.assessed_at,
    }


def _by_answer(values: Mapping[str, Any], reading: Reading) -> str:
    return record_text({answer: values[side] for side, answer in reading.answer_ids.items() if side in values})


def _annotation_rows(reading: Reading) -> dict[str, tuple[Any, ...]]:
    """Return the values of the rows of annotations by id: one row each, even if a retracted one was marked again."""
    return {
        item.id: (
            item.id,
            reading.id,
            reading.case_id,
            item.answer_id,
            reading.side_of(item.answer_id),
            item.label,
            *_mark(item),
            item.marked_at,
            item.retracted_at,
        )
        for item in (*reading.judgement.annotations, *reading.judgement.retracted)
    }


def mark_row(annotation: Annotation) -> dict[str, Any]:
    """Return the columns with the content of an annotation, independent of who made it."""
    return dict(zip(_MARK_COLUMNS, _mark(annotation), strict=True))


def _mark(annotation: Annotation) -> tuple[Any, ...]:
    passage = annotation.passage
    return (*_RATED(annotation), *(_NO_PASSAGE if passage is None else _LINKED(passage)))


def _sentence_row(sentence: JudgedSentence, reading: Reading) -> dict[str, Any]:
    return {
        "reading_id": reading.id,
        "case_id": reading.case_id,
        "answer_id": sentence.answer_id,
        "side": reading.side_of(sentence.answer_id),
        "start": sentence.start,
        "end": sentence.end,
        "quote": sentence.quote,
        "judgement": sentence.judgement,
        "segmentation": sentence.segmentation,
        "judged_at": sentence.judged_at,
    }


def _criterion_row(criterion: JudgedCriterion, reading: Reading) -> dict[str, Any]:
    evidence = criterion.evidence
    return {
        "reading_id": reading.id,
        "case_id": reading.case_id,
        "answer_id": criterion.answer_id,
        "side": reading.side_of(criterion.answer_id),
        "criterion_id": criterion.criterion_id,
        "judgement": criterion.judgement,
        "start": evidence.start if evidence else None,
        "end": evidence.end if evidence else None,
        "quote": evidence.quote if evidence else None,
        "judged_at": criterion.judged_at,
    }


def _upsert(table: str, key: Sequence[str] = ("id",)) -> str:
    columns = COLUMNS[table]
    changed = ", ".join(f'"{column}" = excluded."{column}"' for column in columns if column not in key)
    return (
        f"INSERT INTO {table} ({_quoted(columns)}) VALUES ({', '.join('?' for _ in columns)})"
        f" ON CONFLICT ({_quoted(key)}) DO UPDATE SET {changed}"
    )


def _quoted(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


_PUT_READER = _upsert("readers")
_PUT_READING = _upsert("readings")
_PUT_ANNOTATION = _upsert("annotations")
PARTS: Mapping[str, tuple[str, ...]] = {
    "sentences": ("answer_id", "start", "end"),
    "criteria": ("answer_id", "criterion_id"),
}
"""The tables with several rows for each reading, and the columns that tell these rows apart."""

_PUT_PART = {table: _upsert(table, key=("reading_id", *place)) for table, place in PARTS.items()}
_PUT_ASSESSMENT = _upsert("blinding_assessments")


def put_reader(db: Database, reader: RegisteredReader) -> None:
    """Write a reader's row, inside the caller's transaction."""
    db.execute(_PUT_READER, [getattr(reader, column) for column in COLUMNS["readers"]])


def put_changes(db: Database, before: Projection, after: Projection) -> None:
    """Write the difference between two states of one reading, inside the caller's transaction."""
    if after.reading is not None and after.reading != before.reading:
        db.execute(_PUT_READING, [after.reading[column] for column in COLUMNS["readings"]])
    for annotation_id in before.annotations.keys() - after.annotations.keys():
        db.execute("DELETE FROM annotations WHERE id = ?", [annotation_id])
    for annotation_id, row in after.annotations.items():
        if row != before.annotations.get(annotation_id):
            db.execute(_PUT_ANNOTATION, [row[column] for column in COLUMNS["annotations"]])
    for table in PARTS:
        _put_parts(db, table, before.parts(table), after.parts(table))
    if before.blinding_assessment is not None and after.blinding_assessment is None:
        db.execute("DELETE FROM blinding_assessments WHERE id = ?", [before.blinding_assessment["id"]])
    if after.blinding_assessment is not None and after.blinding_assessment != before.blinding_assessment:
        db.execute(_PUT_ASSESSMENT, [after.blinding_assessment[column] for column in COLUMNS["blinding_assessments"]])


def _put_parts(db: Database, table: str, before: Rows, after: Rows) -> None:
    found = " AND ".join(f'"{column}" = ?' for column in PARTS[table])
    for place in before.keys() - after.keys():
        db.execute(f"DELETE FROM {table} WHERE reading_id = ? AND {found}", [before[place]["reading_id"], *place])
    for place, row in after.items():
        if row != before.get(place):
            db.execute(_PUT_PART[table], [row[column] for column in COLUMNS[table]])


TABLES_OF_READINGS = ("readings", "annotations", *PARTS, "blinding_assessments")

TableRows = Mapping[str, Sequence[tuple[Any, ...]]]
"""Rows by table, with the values in the order of the table's columns."""

_PUT = {
    "readings": _PUT_READING,
    "annotations": _PUT_ANNOTATION,
    **_PUT_PART,
    "blinding_assessments": _PUT_ASSESSMENT,
}

_VALUES = {table: itemgetter(*COLUMNS[table]) for table in TABLES_OF_READINGS}
NO_ROWS: TableRows = dict.fromkeys(TABLES_OF_READINGS, ())


def table_rows(reading: Reading) -> TableRows:
    """Return the rows of a reading, as `project` does."""
    judgement, assessment = reading.judgement, _assessment_row(reading)
    rows: dict[str, Iterable[Mapping[str, Any]]] = {
        "readings": [_reading_row(reading)],
        "sentences": (_sentence_row(item, reading) for item in judgement.sentences.values()),
        "criteria": (_criterion_row(item, reading) for item in judgement.criteria.values()),
        "blinding_assessments": [] if assessment is None else [assessment],
    }
    made = {table: [_VALUES[table](row) for row in found] for table, found in rows.items()}
    return {**made, "annotations": [*_annotation_rows(reading).values()]}


def put_rows(db: Database, readings: Iterable[TableRows]) -> None:
    """Write the rows of several readings that have none, inside the caller's transaction."""
    made = list(readings)
    for table in TABLES_OF_READINGS:
        db.conn.executemany(_PUT[table], [row for rows in made for row in rows[table]])


def clear_reading(db: Database, reader_id: str, case_id: str, repeat: int) -> None:
    """Delete the rows of a reader's reading of a case, inside the caller's transaction."""
    of_reading = "SELECT id FROM readings WHERE reader_id = ? AND case_id = ? AND repeat = ?"
    place = [reader_id, case_id, repeat]
    for table in ("blinding_assessments", "annotations", *PARTS):
        db.execute(f"DELETE FROM {table} WHERE reading_id IN ({of_reading})", place)
    db.execute("DELETE FROM readings WHERE reader_id = ? AND case_id = ? AND repeat = ?", place)


def readers_of_log(db: Database) -> Readers:
    """Return all readers as the log leaves them."""
    return fold_readers(events_of(db, *READER_EVENTS))
