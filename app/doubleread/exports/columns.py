"""The columns of the exported tables, each with its type and meaning: the one data dictionary.

Exporters, the README and the card of an export, and the data reference are made from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from doubleread.domain.ordinal_scales import SCALES

Scalar = Literal["text", "integer", "number", "boolean", "time", "JSON"]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values of one type."""

    item: ColumnType


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """An object with these fields and no others."""

    fields: Mapping[str, ColumnType]


ColumnType = Scalar | ListOf | ObjectOf
"""A "time" is a text in ISO 8601, UTC, with milliseconds. "JSON" is an object or a list whose fields vary."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what is in it, and the type of its values. Any value may be null."""

    about: str
    type: ColumnType = "text"

    @property
    def nested(self) -> bool:
        """Whether its values are objects or lists, which flat formats contain as JSON text."""
        return self.type == "JSON" or isinstance(self.type, ListOf | ObjectOf)


def type_words(type: ColumnType) -> str:
    """Return a type as the dictionary shows it: "list of objects (start integer, end integer)"."""
    if isinstance(type, ListOf):
        return f"list of {_plural_words(type.item)}"
    if isinstance(type, ObjectOf):
        return f"object {_fields(type)}"
    return type


def _plural_words(type: ColumnType) -> str:
    return f"objects {_fields(type)}" if isinstance(type, ObjectOf) else type_words(type)


def _fields(type: ObjectOf) -> str:
    return f"({', '.join(f'{name} {type_words(field)}' for name, field in type.fields.items())})"


TEXTS = ListOf("text")
EVIDENCE = ListOf(ObjectOf({"start": "integer", "end": "integer", "value": "text", "matches": "boolean"}))
STUDY: Mapping[str, Column] = {
    "study_id": Column("id of the study"),
    "protocol_sha256": Column(
        "hash of the protocol in force, for a reading the one it was read under; whole in manifest.json"
    ),
}
CASE: Mapping[str, Column] = {
    "case_id": Column("id of the case, as in the case file"),
    "case_sha256": Column("hash of the case's canonical JSON form"),
}
ARM: Mapping[str, Column] = {
    "arm_id": Column("random id of the arm in this study"),
    "arm_name": Column("the arm's name"),
    "model_sha256": Column("hash of the GGUF file; empty text if there is none"),
}
SCORE: Mapping[str, Column] = {
    "outcome": Column(
        "the scorer's: correct, incorrect, unparsed, refused, truncated, proposed or measured; null if not scored"
    ),
    "chosen": Column("the option's letter, diagnosis, label or codes that the scorer found; null if none"),
    "score_reason": Column("how the scorer decided"),
    "score_start": Column("start of the evidence in the answer's text", "integer"),
    "score_end": Column("end of the evidence, exclusive", "integer"),
    "score_confidence": Column("0 to 1; null if the scorer gives no confidence", "number"),
    "score_rank": Column(
        "rank of the key's diagnosis in the answer, 1 is the most likely; null if not named", "integer"
    ),
    "score_measures": Column("object from each metric to its value; see the reference of metrics", "JSON"),
    "score_evidence": Column("the spans behind the score: start, end, value, matches", EVIDENCE),
    "scorer": Column("name of the scorer"),
    "scorer_version": Column("its version"),
}
ANSWERS: Mapping[str, Column] = {
    **STUDY,
    "answer_id": Column("id of the answer"),
    "sample": Column("which of the arm's answers to the case, from 0; readers read answer 0", "integer"),
    **CASE,
    "case_kind": Column("choice, diagnosis, inference, summary, coding, extraction or rubric"),
    "case_key": Column("the answer key: letter, diagnosis, label or text; JSON for codes and fields"),
    **ARM,
    "arm_role": Column("free text such as general or biomedical"),
    "text": Column("the answer's full text, unchanged"),
    "text_sha256": Column("hash of the text in UTF-8"),
    "reasoning": Column("what a reasoning model wrote before the answer, never annotated or scored; else empty text"),
    "started_at": Column("when generation started, UTC; null if not recorded", "time"),
    "finished_at": Column("when generation ended, UTC; null if not recorded", "time"),
    "finish_reason": Column("stop, length (cut off) or imported"),
    "status": Column(
        "what the answer counts as in all results: correct, incorrect, measured, unparsed, refused, truncated, pending,"
        " disputed or unscored; null in an export of some readers' judgements only"
    ),
    **SCORE,
    "override_outcome": Column("outcome of the score override: correct, incorrect, refused, unparsed; null if none"),
    "override_chosen": Column("option's letter or label that the answer commits to, as reviewed; null if none"),
    "override_grade": Column(
        "how close its diagnosis is to the key, as reviewed: 0, 2, 3, 4 or 5 (Bond); null if not graded", "integer"
    ),
    "override_by": Column("the reviewer's pseudonym; null if there is no override"),
    "override_reason": Column("the reviewer's reason; null if none was given"),
    "override_at": Column("when it was reviewed, UTC; null if there is no override", "time"),
    "overridden_score_changed": Column(
        "true if the automatic score has changed since; null if there is no override", "boolean"
    ),
    "manifest": Column("how the answer was generated (build, device, settings, token counts, times)", "JSON"),
}
READINGS: Mapping[str, Column] = {
    **STUDY,
    "reading_id": Column("id of the reading: one reader, one case, both answers"),
    "reader_id": Column("the reader's pseudonym"),
    **CASE,
    "repeat": Column("0, or 1 for a repeat reading, which is compared with the reader's first reading", "integer"),
    "answer_a": Column("id of the answer shown on side A"),
    "answer_b": Column("id of the answer shown on side B"),
    "arm_a": Column("name of the arm behind side A"),
    "arm_b": Column("name of the arm behind side B"),
    "model_a_sha256": Column("hash of its GGUF file"),
    "model_b_sha256": Column("hash of its GGUF file"),
    "answer_a_sha256": Column("hash of the text on side A"),
    "answer_b_sha256": Column("hash of the text on side B"),
    "verdict_a": Column("correct, partly, incorrect or unsure; null if not given"),
    "verdict_b": Column("the same for side B"),
    "preference": Column("A, B, tie or both bad; null if not given"),
    "preferred_answer_id": Column("id of the preferred answer; null for tie and both bad"),
    "preferred_arm": Column("name of the preferred arm; null for tie and both bad"),
    "diagnosis_a": Column(
        "true or false if the reader confirmed or rejected that side A names the key's diagnosis", "boolean"
    ),
    "diagnosis_b": Column("the same for side B", "boolean"),
    "grade_a": Column(
        "how close side A is to the key's diagnosis: 0, 2, 3, 4 or 5 (Bond); null if not graded", "integer"
    ),
    "grade_b": Column("the same for side B", "integer"),
    "ratings": Column("object from each axis of the protocol to the better side: A, tie or B", "JSON"),
    "ratings_by_arm": Column("the same, with the arm's name instead of its side", "JSON"),
    "scale_ratings": Column(
        "object from each scale for answers to an object from side to level; null: not applicable", "JSON"
    ),
    "scale_ratings_by_arm": Column("the same, with the arm's name instead of its side", "JSON"),
    **{
        scale.name: Column(f"the reader's {scale.noun}, {scale.ends}; null if not stated", "integer")
        for scale in SCALES
    },
    "outside_field": Column("true if the reader declined the case as outside their field", "boolean"),
    "active_seconds": Column("seconds spent on the case, without pauses", "number"),
    "annotations_a": Column("number of annotations on side A, with omissions, without retracted ones", "integer"),
    "annotations_b": Column("the same for side B", "integer"),
    "label_set": Column("label set in force"),
    "opened_at": Column("when both answers were first shown, UTC", "time"),
    "updated_at": Column("when the reading last changed, UTC", "time"),
    "committed_at": Column("when it was committed, UTC; null if it is open", "time"),
    "corrections": Column("reasons for all corrections made after the commit", TEXTS),
    "confirmed_inconsistencies": Column(
        "kinds of contradictions between judgements that the reader confirmed at the commit; null if not asked", TEXTS
    ),
    "consensus_opened_at": Column("when the reader first saw other readings of the case, UTC; null if never", "time"),
    "consensus_closed_at": Column("when the reader was done with the case in the consensus round, UTC", "time"),
    "consensus_outcome": Column("kept or revised in the consensus round; null if it is not closed"),
    "consensus_corrections": Column(
        "how many of the corrections were made in the consensus round or later; they are the last ones", "integer"
    ),
    "blinding_assessment": Column("the side that the reader named: A, B, no idea or skipped; null if not asked"),
    "blinding_assessment_about": Column("role of the arm in question; null if not asked"),
    "blinding_assessment_arm": Column("name of the arm on the named side; null if no side was named"),
    "assessed_at": Column("when the reader answered, UTC; null if not asked", "time"),
    "manifest_a": Column("how the answer on side A was generated", "JSON"),
    "manifest_b": Column("how the answer on side B was generated", "JSON"),
}
ANNOTATIONS: Mapping[str, Column] = {
    **STUDY,
    "annotation_id": Column("id of the annotation"),
    "reading_id": Column("id of its reading"),
    "reader_id": Column("the reader's pseudonym"),
    **CASE,
    "repeat": Column("0, or 1 for an annotation of a repeat reading", "integer"),
    **ARM,
    "answer_id": Column("the answer at fault, including for an omission"),
    "side": Column("A or B: the side on which the reader saw that answer"),
    "label": Column("its label in the reading, as on the reader's screen: A1, B2, o1 for an omission; never reused"),
    "place": Column("the text that the offsets refer to: answer, or case for an omission"),
    "text_sha256": Column("hash of that full text in UTF-8"),
    "start": Column("first code point of the span, from 0", "integer"),
    "end": Column("first code point after the span", "integer"),
    "quote": Column("the quoted text: text[start:end]"),
    "category": Column("fabrication, negation, causality, contextual, or omission"),
    "severity": Column("minor or major"),
    "basis": Column("contradicted by the case, unsupported by the case, medically false; null if not stated"),
    "harm": Column("likelihood of harm: unlikely, possible, likely; null if not stated"),
    "certainty": Column("certain, probable, unsure; null if not stated"),
    "note": Column("the reader's note"),
    "passage_start": Column("start of the passage that contradicts or supports it; null if none was linked", "integer"),
    "passage_end": Column("its end, exclusive", "integer"),
    "passage_quote": Column("its text"),
    "passage_source": Column(
        "the text that it is in: case, document:ID, or retrieved: and the start of that passage's sha256"
    ),
    "passage_relation": Column("contradicts or supports"),
    "label_set": Column("label set in force"),
    "marked_at": Column("when it was made, UTC", "time"),
    "retracted": Column("true if the reader retracted it; it then does not count", "boolean"),
    "retracted_at": Column("when it was retracted, UTC", "time"),
    "committed_at": Column("when its reading was committed, UTC; null if it is open", "time"),
    "manifest": Column("how the answer at fault was generated", "JSON"),
}
SENTENCES: Mapping[str, Column] = {
    **STUDY,
    "reading_id": Column("id of its reading"),
    "reader_id": Column("the reader's pseudonym"),
    **CASE,
    "repeat": Column("0, or 1 for a sentence of a repeat reading", "integer"),
    **ARM,
    "answer_id": Column("id of the answer"),
    "side": Column("A or B: the side on which the reader saw that answer"),
    "text_sha256": Column("hash of the answer's text in UTF-8"),
    "start": Column("first code point of the sentence in the answer's text, from 0", "integer"),
    "end": Column("first code point after it", "integer"),
    "quote": Column("the sentence: text[start:end]"),
    "judgement": Column("supported, unsupported, incorrect or unsure"),
    "segmentation": Column("version of the sentence segmentation"),
    "judged_at": Column("when the current judgement was made, UTC", "time"),
    "committed_at": Column("when its reading was committed, UTC; null if it is open", "time"),
}
CRITERIA: Mapping[str, Column] = {
    **STUDY,
    "reading_id": Column("id of its reading"),
    "reader_id": Column("the reader's pseudonym"),
    **CASE,
    "repeat": Column("0, or 1 for a criterion of a repeat reading", "integer"),
    **ARM,
    "answer_id": Column("id of the answer"),
    "side": Column("A or B: the side on which the reader saw that answer"),
    "text_sha256": Column("hash of the answer's text in UTF-8"),
    "criterion_id": Column("id of the criterion within its case"),
    "criterion": Column("its text"),
    "points": Column("its points, added to the score if it is met; negative ones are subtracted", "number"),
    "criterion_tags": Column("its tags", TEXTS),
    "judgement": Column("met, not met or cannot tell"),
    "start": Column(
        "first code point of the evidence in the answer's text, from 0; null if the reader linked none", "integer"
    ),
    "end": Column("first code point after it", "integer"),
    "quote": Column("the evidence: text[start:end]; null if the reader linked none"),
    "judged_at": Column("when the current judgement was made, UTC", "time"),
    "committed_at": Column("when its reading was committed, UTC; null if it is open", "time"),
}
SCORES: Mapping[str, Column] = {
    **STUDY,
    "answer_id": Column("id of the answer"),
    "sample": Column("which of the arm's answers to the case, from 0; readers read answer 0", "integer"),
    **CASE,
    "case_kind": Column("choice, diagnosis, inference, summary, coding, extraction or rubric"),
    "case_key": Column("the answer key: letter, diagnosis, label or text; JSON for codes and fields"),
    **ARM,
    "primary": Column(
        "true for the primary score, which was read from the answer and counts in all results", "boolean"
    ),
    **SCORE,
}
ADJUDICATIONS: Mapping[str, Column] = {
    **STUDY,
    "decision_id": Column("id of the row"),
    "adjudication_id": Column("id of the adjudication: one adjudicator, one case"),
    "adjudicator_id": Column("the adjudicator's pseudonym"),
    **CASE,
    "subject": Column("annotation, omission, verdict, preference, rating or criterion"),
    "answer_id": Column("its answer; null for preference and rating"),
    "arm_id": Column("id of its arm; null for preference and rating"),
    "arm_name": Column("name of its arm; null for preference and rating"),
    "axis": Column("axis of the protocol, for a rating; id of the criterion"),
    "difference_id": Column("id of the difference, which follows from what the readers hold"),
    "decision": Column(
        "how it was resolved (agreed by the readers, take, join, own, reject), the reader's number from 0, what"
        " the adjudicator entered",
        "JSON",
    ),
    "readings": Column("ids of the compared readings, in the order of their numbers", TEXTS),
    "value": Column(
        "value at the last commit: a verdict; a judgement of a criterion; the better answer's id, tie, both bad; null"
        " for annotations, which are in adjudicated_annotations, and before the commit"
    ),
    "better_arm": Column("name of the arm of the better answer; null if there is none"),
    "resolves": Column("true if it counts: committed, up to date with the readings, and not superseded", "boolean"),
    "reason": Column("why the adjudication was reopened; null if it was not"),
    "decided_at": Column("when it was decided, UTC", "time"),
    "committed_at": Column("when the adjudication was last committed, UTC; null before the first commit", "time"),
}
ADJUDICATED_ANNOTATIONS: Mapping[str, Column] = {
    **STUDY,
    "adjudicated_annotation_id": Column("id of the row"),
    "adjudication_id": Column("the adjudication that resolves the case"),
    "adjudicator_id": Column("the adjudicator's pseudonym"),
    **CASE,
    **ARM,
    "answer_id": Column("the answer at fault, including for an omission"),
    "place": Column("the text that the offsets refer to: answer, or case for an omission"),
    "text_sha256": Column("hash of that full text in UTF-8"),
    "start": Column("first code point of the span, from 0", "integer"),
    "end": Column("first code point after the span", "integer"),
    "quote": Column("the quoted text: text[start:end]"),
    "category": Column("as in annotations"),
    "severity": Column("as in annotations"),
    "basis": Column("as in annotations; null if not stated"),
    "harm": Column("as in annotations; null if not stated"),
    "certainty": Column("as in annotations; null if not stated"),
    "note": Column("note of the reader whose annotation was taken, or of the adjudicator"),
    "passage_start": Column("start of the passage that contradicts or supports it; null if none was linked", "integer"),
    "passage_end": Column("its end, exclusive", "integer"),
    "passage_quote": Column("its text"),
    "passage_source": Column(
        "the text that it is in: case, document:ID, or retrieved: and the start of that passage's sha256"
    ),
    "passage_relation": Column("contradicts or supports"),
    "source": Column(
        "agreed (by all readers), taken (from one), joined (boundaries of several) or own (the adjudicator's)"
    ),
    "annotation_ids": Column("ids of the readers' annotations behind it", TEXTS),
    "label_set": Column("label set of the adjudication"),
    "resolved_at": Column("when the case was resolved last, UTC", "time"),
    "manifest": Column("how the answer at fault was generated", "JSON"),
}
CASES: Mapping[str, Column] = {
    "case_id": Column("id of the case, as in the case file"),
    "kind": Column("choice, diagnosis, inference, summary, coding, extraction or rubric"),
    "title": Column("its title; empty text if it has none"),
    "text": Column("the vignette; omissions and passages refer to it by offsets"),
    "question": Column("the question; for inference, the statement to judge"),
    "options": Column("object from letter to text, in the order shown; {} unless kind is choice", "JSON"),
    "key": Column("the answer key: letter, diagnosis, label or text; JSON for codes and fields"),
    "accept": Column("other accepted names of the key", TEXTS),
    "explanation": Column("shown to readers after the commit"),
    "tags": Column("its tags; the first one is the specialty", TEXTS),
    "source": Column("where it comes from, as the case file has it"),
    "licence": Column("its licence, as the case file has it"),
    "documents": Column(
        "the documents of a long case",
        ListOf(ObjectOf({"id": "text", "title": "text", "text": "text", "needed": "boolean"})),
    ),
    "criteria": Column(
        "the criteria of a rubric", ListOf(ObjectOf({"id": "text", "text": "text", "points": "number", "tags": TEXTS}))
    ),
    "turns": Column("an earlier conversation", ListOf(ObjectOf({"role": "text", "content": "text"}))),
    "fields": Column("object from each field to extract to how it is compared", "JSON"),
    "extra": Column("object of other fields of the case file, which are kept but not used", "JSON"),
    "case_sha256": Column("hash of the case's canonical JSON form"),
}
"""The table of cases, in exports with case text."""

TABLES: Mapping[str, Mapping[str, Column]] = {
    "annotations": ANNOTATIONS,
    "readings": READINGS,
    "answers": ANSWERS,
    "scores": SCORES,
    "adjudications": ADJUDICATIONS,
    "adjudicated_annotations": ADJUDICATED_ANNOTATIONS,
    "sentences": SENTENCES,
    "criteria": CRITERIA,
}
"""The columns of each table, in the order written. `CASES` comes on top in exports with case text."""
