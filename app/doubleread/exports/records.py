"""One self-contained record per row of an exported table, from rows of `read_model.queries`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from doubleread.domain.annotation import ANSWER
from doubleread.domain.hashes import text_sha256
from doubleread.errors import StudyFileError
from doubleread.exports.columns import TABLES

if TYPE_CHECKING:
    from doubleread.domain.arm import Arm
    from doubleread.domain.case import Case

Row = Mapping[str, Any]
Record = dict[str, Any]
Source = Callable[[str, str], str | None]
"""From a case's id and a source of passages to that source's text."""


@dataclass(frozen=True, slots=True)
class RecordContext:
    """What all records of a study have in common. `arms` have the columns that name an arm, by its id.

    `label` returns the label that replaces an answer's model in a blinded export, by the answer's id; None names the
    model.
    """

    study_id: str
    protocol_sha256: str
    arms: Mapping[str, Record]
    label: Callable[[str], str] | None = None

    def arm(self, answer_id: str | None, arm_id: str | None) -> Record:
        """Return the columns that name the model of an answer; they are null if there is no answer."""
        if answer_id is None or arm_id is None:
            return dict.fromkeys(_ARM)
        if self.label is not None:
            label = self.label(answer_id)
            return {"arm_id": label, "arm_name": label, "model_sha256": None}
        return self.arms[arm_id]


def arm_record(arm: Arm) -> Record:
    """Return the columns that name an arm."""
    return dict(zip(_ARM, (arm.id, arm.name, arm.model_sha256), strict=True))


def case_record(case: Case) -> Record:
    """Return the record of a case in the table `cases`."""
    key = case.key_record
    return {
        "case_id": case.id,
        "kind": case.kind,
        "title": case.title,
        "text": case.text,
        "question": case.question,
        "options": dict(case.options),
        "key": key if isinstance(key, str) else json.dumps(key, ensure_ascii=False),
        "accept": list(case.accept),
        "explanation": case.explanation,
        "tags": list(case.tags),
        "source": case.source,
        "licence": case.licence,
        "documents": [asdict(document) for document in case.documents],
        "criteria": [{**asdict(criterion), "tags": list(criterion.tags)} for criterion in case.criteria],
        "turns": [asdict(turn) for turn in case.turns],
        "fields": case.parts.get("fields", {}),
        "extra": dict(case.extra),
        "case_sha256": case.sha256,
    }


def answer_record(study: RecordContext, row: Row) -> Record:
    """Return the record of a row of `answer_rows`."""
    return _record(
        "answers",
        study,
        row,
        **study.arm(row["answer_id"], row["arm_id"]),
        text_sha256=row["answer_sha256"],
        started_at=row["started_at"] or None,
        finished_at=row["finished_at"] or None,
    )


def score_record(study: RecordContext, row: Row) -> Record:
    """Return the record of a row of `score_rows`."""
    return _record("scores", study, row, **study.arm(row["answer_id"], row["arm_id"]))


def reading_record(study: RecordContext, row: Row) -> Record:
    """Return the record of a row of `reading_rows`."""
    own: Record = {}
    names: dict[str, Any] = {}
    for side in ("a", "b"):
        answer_id = row[f"answer_{side}"]
        arm = study.arm(answer_id, row[f"arm_{side}"])
        names[answer_id] = arm["arm_name"]
        own |= {
            f"arm_{side}": arm["arm_name"],
            f"model_{side}_sha256": arm["model_sha256"],
            f"verdict_{side}": row["verdicts"].get(side.upper()),
            f"diagnosis_{side}": row["diagnoses"].get(side.upper()),
            f"grade_{side}": row["grades"].get(side.upper()),
        }
    return _record(
        "readings",
        study,
        row,
        **own,
        preferred_arm=names.get(row["preferred_answer_id"]),
        ratings_by_arm={axis: names.get(better, "tie") for axis, better in row["ratings_by_answer"].items()},
        scale_ratings_by_arm={
            scale: {names[answer_id]: level for answer_id, level in levels.items()}
            for scale, levels in row["scale_ratings_by_answer"].items()
        },
        blinding_assessment_arm=names.get(row["blinding_assessment_answer_id"]),
    )


def annotation_records(
    study: RecordContext, reading: Row, answer: Row, rows: Iterable[Row], source: Source
) -> Iterator[Record]:
    """Yield the records of an answer of `annotation_rows`. Raises StudyFileError if a quote is not in its place."""
    shared = _shared("annotations", study, reading, answer)
    case_id = reading["case_id"]
    for row in rows:
        sha256 = _checked_sha256(row, row["annotation_id"], case_id, answer["text"], answer["answer_sha256"], source)
        yield {**shared, **row, "text_sha256": sha256, "retracted": row["retracted_at"] is not None}


def adjudication_record(study: RecordContext, row: Row) -> Record:
    """Return the record of a row of `adjudication_rows`."""
    arm = study.arm(row["answer_id"], row["arm_id"])
    better = study.arm(row["value"] if row["better_arm_id"] else None, row["better_arm_id"])
    return _record("adjudications", study, row, **arm, better_arm=better["arm_name"])


def adjudicated_record(study: RecordContext, row: Row, answer_text: str, source: Source) -> Record:
    """Return the record of a row of `adjudicated_rows`. Raises StudyFileError if its quote is not in its place."""
    annotation_id, sha256 = row["adjudicated_annotation_id"], row["answer_sha256"]
    sha256 = _checked_sha256(row, annotation_id, row["case_id"], answer_text, sha256, source)
    arm = study.arm(row["answer_id"], row["arm_id"])
    return _record("adjudicated_annotations", study, row, **arm, text_sha256=sha256)


def sentence_records(study: RecordContext, reading: Row, answer: Row, rows: Iterable[Row]) -> Iterator[Record]:
    """Yield the records of an answer of `sentence_rows`. Raises StudyFileError if a quote is not in its place."""
    shared = _shared("sentences", study, reading, answer)
    for row in rows:
        if answer["text"][row["start"] : row["end"]] != row["quote"]:
            raise _misplaced(f"the sentence judged at {row['start']} in reading {row['reading_id']}")
        yield {**shared, **row}


def criterion_records(study: RecordContext, reading: Row, answer: Row, rows: Iterable[Row]) -> Iterator[Record]:
    """Yield the records of an answer of `criterion_rows`. Raises StudyFileError if evidence is not in its place."""
    shared = _shared("criteria", study, reading, answer)
    for row in rows:
        if row["quote"] is not None and answer["text"][row["start"] : row["end"]] != row["quote"]:
            raise _misplaced(f"the evidence for criterion {row['criterion_id']} in reading {row['reading_id']}")
        yield {**shared, **row}


def _shared(table: str, study: RecordContext, reading: Row, answer: Row) -> Record:
    """Return what the rows of a table have in common for one reading and answer. Their own columns are null."""
    shared = _BLANK[table].copy()
    for column in _OF_READING[table]:
        shared[column] = reading[column]
    for column in _OF_ANSWER[table]:
        shared[column] = answer[column]
    shared |= study.arm(answer["answer_id"], answer["arm_id"])
    shared["study_id"] = study.study_id
    shared["text_sha256"] = answer["answer_sha256"]
    return shared


_ARM = ("arm_id", "arm_name", "model_sha256")
_VALUES = {table: itemgetter(*columns) for table, columns in TABLES.items()}
"""Return the values of a table's columns, in its order."""
_JUDGED = ("annotations", "sentences", "criteria")
_READING_COLUMNS = (
    *("reading_id", "reader_id", "case_id", "case_sha256", "repeat", "label_set", "protocol_sha256", "committed_at"),
)
_BLANK: Mapping[str, Record] = {table: dict.fromkeys(TABLES[table]) for table in _JUDGED}
_OF_READING = {table: [column for column in _READING_COLUMNS if column in TABLES[table]] for table in _JUDGED}
_OF_ANSWER = {table: [column for column in ("answer_id", "manifest") if column in TABLES[table]] for table in _JUDGED}


def _record(table: str, study: RecordContext, row: Row, **own: Any) -> Record:
    """Return the columns of a table: `own` values, else those of the row, which names the protocol of a reading."""
    values = {"protocol_sha256": study.protocol_sha256, **row, "study_id": study.study_id, **own}
    return dict(zip(TABLES[table], _VALUES[table](values), strict=True))


def _checked_sha256(
    row: Row, annotation_id: str, case_id: str, answer_text: str, answer_sha256: str, source: Source
) -> str:
    """Return the hash of the text that an annotation marks, after checking its quote and its passage."""
    in_answer = row["place"] == ANSWER
    text = answer_text if in_answer else source(case_id, row["place"]) or ""
    if text[row["start"] : row["end"]] != row["quote"]:
        raise _misplaced(f"annotation {annotation_id}")
    if row["passage_quote"] is not None:
        beside = source(case_id, row["passage_source"]) or ""
        if beside[row["passage_start"] : row["passage_end"]] != row["passage_quote"]:
            raise _misplaced(f"annotation {annotation_id}")
    return answer_sha256 if in_answer else text_sha256(text)


def _misplaced(what: str) -> StudyFileError:
    return StudyFileError(
        "Nothing exported",
        f"the quote of {what} does not match the text",
        "run `doubleread verify` on the study and continue with a backup",
    )
