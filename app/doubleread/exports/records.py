"""One self-contained record per row of an exported table, from rows of `store.queries`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from doubleread.domain.answer import Answer
from doubleread.domain.hashes import text_sha256
from doubleread.domain.model import Model
from doubleread.errors import StudyFileError

Row = Mapping[str, Any]
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecordContext:
    """What all records of a study have in common. `models` are by id.

    `label` returns what stands for the model of an answer, by the answer's id, in a blinded export; None names it.
    """

    study_id: str
    protocol_sha256: str
    models: Mapping[str, Model]
    label: Callable[[str], str] | None = None

    def model(self, answer_id: str | None, model_id: str | None) -> Record:
        """Return the columns that name the model of an answer; they are null where there is no answer."""
        if answer_id is None or model_id is None:
            return dict.fromkeys(("model_id", "model_name", "model_sha256"))
        if self.label is not None:
            return {"model_id": self.label(answer_id), "model_name": self.label(answer_id), "model_sha256": None}
        model = self.models[model_id]
        return {"model_id": model.id, "model_name": model.name, "model_sha256": model.sha256}


def answer_record(study: RecordContext, row: Row) -> Record:
    """Return the record of a row of `answer_rows`."""
    return {
        **_study(study),
        **_same(row, "answer_id", "case_id", "case_sha256", "case_kind", "case_key"),
        **study.model(row["answer_id"], row["model_id"]),
        **_same(row, "model_role", "text"),
        "text_sha256": row["answer_sha256"],
        **_same(row, "reasoning", "started_at", "finished_at", "finish_reason", "status"),
        **_same(row, "outcome", "chosen", "score_reason"),
        **_same(row, "score_start", "score_end", "score_confidence", "score_rank", "scorer", "scorer_version"),
        **_same(row, "override_outcome", "override_chosen", "override_grade", "override_by", "override_reason"),
        **_same(row, "override_at", "overridden_score_changed", "manifest"),
    }


def score_record(study: RecordContext, row: Row) -> Record:
    """Return the record of a row of `score_rows`."""
    return {
        **_study(study),
        **_same(row, "answer_id", "case_id", "case_sha256", "case_kind", "case_key"),
        **study.model(row["answer_id"], row["model_id"]),
        **_same(row, "primary", "outcome", "chosen", "score_reason"),
        **_same(row, "score_start", "score_end", "score_confidence", "score_rank", "scorer", "scorer_version"),
    }


def reading_record(study: RecordContext, row: Row, answers: Mapping[str, Answer]) -> Record:
    """Return the record of a row of `reading_rows`. `answers` holds both of its answers by id."""
    sides = {"a": answers[row["answer_a"]], "b": answers[row["answer_b"]]}
    models = {side: study.model(answer.id, answer.model_id) for side, answer in sides.items()}
    names = {answer.id: models[side]["model_name"] for side, answer in sides.items()}
    return {
        **_study(study, row),
        **_same(row, "reading_id", "reader_id", "case_id", "case_sha256", "repeat", "answer_a", "answer_b"),
        **{f"model_{side}": model["model_name"] for side, model in models.items()},
        **{f"model_{side}_sha256": model["model_sha256"] for side, model in models.items()},
        **_same(row, "answer_a_sha256", "answer_b_sha256"),
        "verdict_a": row["verdicts"].get("A"),
        "verdict_b": row["verdicts"].get("B"),
        **_same(row, "preference", "preferred_answer_id"),
        "preferred_model": names.get(row["preferred_answer_id"]),
        "diagnosis_a": row["diagnoses"].get("A"),
        "diagnosis_b": row["diagnoses"].get("B"),
        "grade_a": row["grades"].get("A"),
        "grade_b": row["grades"].get("B"),
        "ratings": row["ratings"],
        "ratings_by_model": {axis: names.get(better, "tie") for axis, better in row["ratings_by_answer"].items()},
        **_same(row, "outside_field", "active_seconds", "annotations_a", "annotations_b"),
        **_same(row, "label_set", "opened_at", "updated_at", "committed_at", "corrections"),
        **_same(row, "blinding_assessment", "blinding_assessment_about"),
        "blinding_assessment_model": names.get(row["blinding_assessment_answer_id"]),
        "assessed_at": row["assessed_at"],
        **{f"manifest_{side}": dict(answer.manifest) for side, answer in sides.items()},
    }


def annotation_record(study: RecordContext, row: Row, answer_text: str, case_text: str) -> Record:
    """Return the record of a row of `annotation_rows`. Raises StudyFileError where its quote is not in its place."""
    text = _checked_text(row, row["annotation_id"], answer_text, case_text)
    return {
        **_study(study, row),
        **_same(row, "annotation_id", "reading_id", "reader_id", "case_id", "case_sha256", "repeat"),
        **study.model(row["answer_id"], row["model_id"]),
        **_same(row, "answer_id", "side", "label", "place"),
        "text_sha256": text_sha256(text),
        **_same(row, "start", "end", "quote", "category", "severity", "basis", "harm", "certainty", "note"),
        **_same(row, "passage_start", "passage_end", "passage_quote", "label_set", "marked_at"),
        "retracted": row["retracted_at"] is not None,
        **_same(row, "retracted_at", "committed_at", "manifest"),
    }


def adjudication_record(study: RecordContext, row: Row) -> Record:
    """Return the record of a row of `adjudication_rows`."""
    model = study.model(row["answer_id"], row["model_id"])
    better = study.model(row["value"] if row["better_model_id"] else None, row["better_model_id"])
    return {
        **_study(study),
        **_same(
            row, "decision_id", "adjudication_id", "adjudicator_id", "case_id", "case_sha256", "subject", "answer_id"
        ),
        **{name: model[name] for name in ("model_id", "model_name")},
        **_same(row, "axis", "difference_id", "decision", "readings", "value"),
        "better_model": better["model_name"],
        **_same(row, "resolves", "reason", "decided_at", "committed_at"),
    }


def adjudicated_record(study: RecordContext, row: Row, answer_text: str, case_text: str) -> Record:
    """Return the record of a row of `adjudicated_rows`. Raises StudyFileError where its quote is not in its place."""
    text = _checked_text(row, row["adjudicated_annotation_id"], answer_text, case_text)
    return {
        **_study(study),
        **_same(row, "adjudicated_annotation_id", "adjudication_id", "adjudicator_id", "case_id", "case_sha256"),
        **study.model(row["answer_id"], row["model_id"]),
        **_same(row, "answer_id", "place"),
        "text_sha256": text_sha256(text),
        **_same(row, "start", "end", "quote", "category", "severity", "basis", "harm", "certainty", "note"),
        **_same(row, "passage_start", "passage_end", "passage_quote", "source", "annotation_ids", "label_set"),
        **_same(row, "resolved_at", "manifest"),
    }


def sentence_record(study: RecordContext, row: Row, answer_text: str) -> Record:
    """Return the record of a row of `sentence_rows`. Raises StudyFileError where its quote is not in its place."""
    what = f"the sentence judged at {row['start']} in reading {row['reading_id']}"
    _check(what, answer_text, row["start"], row["end"], row["quote"])
    return {
        **_study(study, row),
        **_same(row, "reading_id", "reader_id", "case_id", "case_sha256", "repeat"),
        **study.model(row["answer_id"], row["model_id"]),
        **_same(row, "answer_id", "side"),
        "text_sha256": row["answer_sha256"],
        **_same(row, "start", "end", "quote", "judgement", "segmentation", "judged_at", "committed_at"),
    }


def _study(study: RecordContext, reading: Row | None = None) -> Record:
    sha256 = reading["protocol_sha256"] if reading is not None else study.protocol_sha256
    return {"study_id": study.study_id, "protocol_sha256": sha256}


def _same(row: Row, *names: str) -> Record:
    return {name: row[name] for name in names}


def _checked_text(row: Row, annotation_id: str, answer_text: str, case_text: str) -> str:
    """Return the text that an annotation marks, its words and its passage checked."""
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
