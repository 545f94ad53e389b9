"""What an export leaves out while arms must not be named (see `doubleread.read_model.blinding`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from typing import Any

from doubleread.domain.annotation import PASSAGE_FIELDS, is_retrieved
from doubleread.domain.answer import Answer
from doubleread.domain.case import Case
from doubleread.domain.hashes import text_sha256
from doubleread.domain.redaction import redacted, redacted_quote
from doubleread.domain.spans import Span
from doubleread.read_model.blinding import Blinding
from doubleread.read_model.redactions import Redactions
from doubleread.store import StudyFile

Record = dict[str, Any]

WITHHELD = frozenset(
    {"model_sha256", "arm_role", "reasoning", "started_at", "finished_at", "manifest", "manifest_a", "manifest_b"}
    | {"model_a_sha256", "model_b_sha256", "blinding_assessment_about", "scorer_version"}
)
"""Columns that are empty in a blinded export."""

LABELLED = frozenset(
    {"arm_id", "arm_name", "arm_a", "arm_b", "preferred_arm", "blinding_assessment_arm", "better_arm"}
    | {"ratings_by_arm", "scale_ratings_by_arm"}
)
"""Columns with a label of one answer instead of a model's name or id."""

_PASSAGE = tuple(f"passage_{name}" for name in sorted(PASSAGE_FIELDS))
_ONE_ROW_AN_ANSWER = frozenset({"answers", "scores", "adjudicated_annotations"})
_CACHED = 512


class BlindedRecords:
    """Removes from records, table by table, what could tell arms apart.

    Answers keep their length, and with it every offset: the words by which an answer names its model are redacted, in
    the text and in each quote of it. Hashes of such texts are those of the redacted text.
    """

    def __init__(
        self, study: StudyFile, blinding: Blinding, answer: Callable[[str], Answer], case: Callable[[str], Case]
    ) -> None:
        """Take the study, and functions that return its answers and cases by their ids."""
        self._blinding = blinding
        self._redactions = Redactions(study)
        self._answer, self._case = answer, case
        # Of all answers: nearly all are empty, and every table asks for them again.
        self._spans: Callable[[str], tuple[Span, ...]] = lru_cache(None)(self._spans_of)
        self._sha256: Callable[[str], str] = lru_cache(_CACHED)(self._sha256_of)
        self.label: Callable[[str], str] = lru_cache(_CACHED)(blinding.label)
        """Returns the label that replaces the name of an answer's model, by the answer's id."""

    def table(self, name: str, records: Iterable[Record]) -> Iterator[Record]:
        """Yield the records of a table without the withheld values, in an order that does not depend on the arms.

        An arm's answers to a case resemble each other, more so in one arm than in the other: only first ones are kept.
        """
        kept = (record for record in records if record.get("primary") is not False and not record.get("sample"))
        if name not in _ONE_ROW_AN_ANSWER:
            yield from (self._without(name, record) for record in kept)
            return
        for _, group in groupby(kept, key=lambda record: record["case_id"]):
            yield from (self._without(name, record) for record in sorted(group, key=_label))

    def reason(self, words: str) -> str:
        """Return the reason of a decision about the study without what names a model."""
        return self._blinding.text(words)

    def _without(self, name: str, record: Record) -> Record:
        told = {column: None if column in WITHHELD else value for column, value in record.items()}
        return told | _CHANGES[name](self, record)

    def _answers(self, record: Record) -> Record:
        text = redacted(record["text"], self._spans(record["answer_id"]))
        return {
            "text": text,
            "text_sha256": text_sha256(text),
            "finish_reason": "length" if record["finish_reason"] == "length" else None,
            **self._about(record, "chosen", "score_reason"),
            "override_reason": self._reason(record["override_reason"]),
        }

    def _scores(self, record: Record) -> Record:
        return self._about(record, "chosen", "score_reason")

    def _readings(self, record: Record) -> Record:
        hashes = {f"answer_{side}_sha256": self._sha256(record[f"answer_{side}"]) for side in ("a", "b")}
        return {**hashes, "corrections": [self._reason(words) for words in record["corrections"]]}

    def _annotations(self, record: Record) -> Record:
        found = self._about(record, "note")
        if is_retrieved(record.get("passage_source") or ""):
            # Only answers of an arm with retrieval were given passages.
            found |= dict.fromkeys(_PASSAGE)
        if record["place"] == "answer":
            found |= self._quoted(record)
        return found

    def _sentences(self, record: Record) -> Record:
        return self._quoted(record)

    def _criteria(self, record: Record) -> Record:
        if record["quote"] is None:
            return {"text_sha256": self._sha256(record["answer_id"])}
        return self._quoted(record)

    def _adjudications(self, record: Record) -> Record:
        decision = dict(record["decision"])
        if annotation := decision.get("annotation"):
            decision["annotation"] = {**annotation, **self._annotations(annotation)}
            decision["annotation"].pop("text_sha256", None)
            if is_retrieved((annotation.get("passage") or {}).get("source", "")):
                decision["annotation"]["passage"] = None
        return {"decision": decision, "reason": self._reason(record["reason"])}

    def _quoted(self, record: Mapping[str, Any]) -> Record:
        answer_id = record["answer_id"]
        quote = redacted_quote(record["quote"], record["start"], self._spans(answer_id))
        return {"quote": quote, "text_sha256": self._sha256(answer_id)}

    def _sha256_of(self, answer_id: str) -> str:
        return text_sha256(redacted(self._answer(answer_id).text, self._spans(answer_id)))

    def _about(self, record: Mapping[str, Any], *columns: str) -> Record:
        """Return text that belongs to an answer, with names redacted."""
        said = {column: record[column] for column in columns if record[column]}
        if not said:
            return {}
        answer = self._answer(record["answer_id"])
        case, spans = self._case(answer.case_id), self._spans(answer.id)
        return {column: self._redactions.about(text, case, answer, spans) for column, text in said.items()}

    def _reason(self, words: str | None) -> str | None:
        return None if words is None else self._blinding.text(words)

    def _spans_of(self, answer_id: str) -> tuple[Span, ...]:
        answer = self._answer(answer_id)
        return self._redactions.spans(answer, self._case(answer.case_id))


_CHANGES: Mapping[str, Callable[[BlindedRecords, Record], Record]] = {
    "annotations": BlindedRecords._annotations,
    "readings": BlindedRecords._readings,
    "answers": BlindedRecords._answers,
    "scores": BlindedRecords._scores,
    "adjudications": BlindedRecords._adjudications,
    "adjudicated_annotations": BlindedRecords._annotations,
    "sentences": BlindedRecords._sentences,
    "criteria": BlindedRecords._criteria,
}
"""For each table, the changes to a record in addition to the withheld columns."""


def _label(record: Record) -> str:
    return str(record["arm_name"])
