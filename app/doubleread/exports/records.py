"""One self-contained record per row of an exported table, from rows of `read_model.queries`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from doubleread.domain.answer import Answer
from doubleread.domain.hashes import text_sha256
from doubleread.domain.model import Model
from doubleread.errors import StudyFileError
from doubleread.exports.columns import TABLES

Row = Mapping[str, Any]
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecordContext:
    """What all records of a study have in common. `models` are by id.

    `label` returns the label that replaces an answer's model in a blinded export, by the answer's id; None names the
    model.
    """

    study_id: str
    protocol_sha256: str
    models: Mapping[str, Model]
    label: Callable[[str], str] | None = None

    def model(self, answer_id: str | None, model_id: str | None) -> Record:
        """Return the columns that name the model of an answer; they are null if there is no answer."""
        if answer_id is None or model_id is None:
            return dict.fromkeys(("model_id", "model_name", "model_sha256"))
        if self.label is not None:
            return {"model_id": self.label(answer_id), "model_name": self.label(answer_id), "model_sha256": None}
        model = self.models[model_id]
        return {"model_id": model.id, "model_name": model.name, "model_sha256": model.sha256}


def answer_record(study: RecordContext, row: Row) -> Record:
    """Return the record of a row of `answer_rows`."""
    return _record(
        "answers", study, row, **study.model(row["answer_id"], row["model_id"]), text_sha256=row["answer_sha256"]
    )


def score_record(study: RecordContext, row: Row) -> Record:
    """Return the record of a row of `score_rows`."""
    return _record("scores", study, row, **study.model(row["answer_id"], row["model_id"]))


def reading_record(study: RecordContext, row: Row, answers: Mapping[str, Answer]) -> Record:
    """Return the record of a row of `reading_rows`. `answers` holds both of its answers by id."""
    own: Record = {}
    names: dict[str, Any] = {}
    for side in ("a", "b"):
        answer = answers[row[f"answer_{side}"]]
        model = study.model(answer.id, answer.model_id)
        names[answer.id] = model["model_name"]
        own |= {
            f"model_{side}": model["model_name"],
            f"model_{side}_sha256": model["model_sha256"],
            f"manifest_{side}": dict(answer.manifest),
            f"verdict_{side}": row["verdicts"].get(side.upper()),
            f"diagnosis_{side}": row["diagnoses"].get(side.upper()),
            f"grade_{side}": row["grades"].get(side.upper()),
        }
    return _record(
        "readings",
        study,
        row,
        **own,
        preferred_model=names.get(row["preferred_answer_id"]),
        ratings_by_model={axis: names.get(better, "tie") for axis, better in row["ratings_by_answer"].items()},
        blinding_assessment_model=names.get(row["blinding_assessment_answer_id"]),
    )


def annotation_record(study: RecordContext, row: Row, answer_text: str, case_text: str) -> Record:
    """Return the record of a row of `annotation_rows`. Raises StudyFileError if its quote is not in its place."""
    text = _checked_text(row, row["annotation_id"], answer_text, case_text)
    model = study.model(row["answer_id"], row["model_id"])
    retracted = row["retracted_at"] is not None
    return _record("annotations", study, row, **model, text_sha256=text_sha256(text), retracted=retracted)


def adjudication_record(study: RecordContext, row: Row) -> Record:
    """Return the record of a row of `adjudication_rows`."""
    model = study.model(row["answer_id"], row["model_id"])
    better = study.model(row["value"] if row["better_model_id"] else None, row["better_model_id"])
    return _record("adjudications", study, row, **model, better_model=better["model_name"])


def adjudicated_record(study: RecordContext, row: Row, answer_text: str, case_text: str) -> Record:
    """Return the record of a row of `adjudicated_rows`. Raises StudyFileError if its quote is not in its place."""
    text = _checked_text(row, row["adjudicated_annotation_id"], answer_text, case_text)
    model = study.model(row["answer_id"], row["model_id"])
    return _record("adjudicated_annotations", study, row, **model, text_sha256=text_sha256(text))


def sentence_record(study: RecordContext, row: Row, answer_text: str) -> Record:
    """Return the record of a row of `sentence_rows`. Raises StudyFileError if its quote is not in its place."""
    what = f"the sentence judged at {row['start']} in reading {row['reading_id']}"
    _check(what, answer_text, row["start"], row["end"], row["quote"])
    model = study.model(row["answer_id"], row["model_id"])
    return _record("sentences", study, row, **model, text_sha256=row["answer_sha256"])


def _record(table: str, study: RecordContext, row: Row, **own: Any) -> Record:
    """Return the columns of a table: `own` values, else those of the row, which names the protocol of a reading."""
    values = {"protocol_sha256": study.protocol_sha256, **row, "study_id": study.study_id, **own}
    return {column: values[column] for column in TABLES[table]}


def _checked_text(row: Row, annotation_id: str, answer_text: str, case_text: str) -> str:
    """Return the text that an annotation marks, after checking its quote and its passage."""
    text = case_text if row["place"] == "case" else answer_text
    what = f"annotation {annotation_id}"
    _check(what, text, row["start"], row["end"], row["quote"])
    if row["passage_quote"] is not None:
        _check(what, case_text, row["passage_start"], row["passage_end"], row["passage_quote"])
    return text


def _check(what: str, text: str, start: int, end: int, quote: str) -> None:
    if text[start:end] != quote:
        raise StudyFileError(
            "Nothing exported",
            f"the quote of {what} does not match the text",
            "run `doubleread verify` on the study and continue with a backup",
        )
