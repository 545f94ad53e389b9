"""The columns of the exported tables, each with its meaning: what is written, and what the export's README says."""

from __future__ import annotations

from collections.abc import Mapping

STUDY: Mapping[str, str] = {
    "study_id": "id of the study",
    "protocol_sha256": "hash of the study's protocol, which stands whole in manifest.json",
}
CASE: Mapping[str, str] = {
    "case_id": "id of the case, as in the case pack",
    "case_sha256": "hash of the case's canonical JSON form",
}
MODEL: Mapping[str, str] = {
    "model_id": "id of the model in this study, drawn at random",
    "model_name": "the model's name",
    "model_sha256": "hash of the GGUF file; empty for imported answers",
}
SCORE: Mapping[str, str] = {
    "outcome": "what the scorer says: correct, wrong, unparsed, refused, truncated or proposed; empty if not scored",
    "chosen": "option's letter or diagnosis that the scorer found; empty where none was found",
    "score_reason": "how the scorer came to it",
    "score_start": "start of the evidence in the answer's text",
    "score_end": "end of the evidence, not included",
    "score_confidence": "0 to 1; empty where the scorer does not grade itself",
    "score_rank": "place of the key's diagnosis among the answer's, 1 the likeliest; empty where it names it nowhere",
    "scorer": "name of the scorer",
    "scorer_version": "its version",
}
ANSWERS: Mapping[str, str] = {
    **STUDY,
    "answer_id": "id of the answer",
    **CASE,
    "case_kind": "choice or diagnosis",
    "case_key": "the right option's letter, or the right diagnosis",
    **MODEL,
    "model_role": "free text such as general or biomedical",
    "text": "what the model wrote, whole and unchanged",
    "text_sha256": "hash of the text in UTF-8",
    "thinking": "what a reasoning model wrote before it, never marked or scored; an empty text for other models",
    "started_at": "when the model began, UTC",
    "finished_at": "when it ended, UTC",
    "finish_reason": "stop, length (cut off) or imported",
    **SCORE,
    "manifest": "JSON: how the answer came about (build, device, settings, token counts, times)",
}
READINGS: Mapping[str, str] = {
    **STUDY,
    "reading_id": "id of the reading: one reader, one case, both answers",
    "reader_id": "the reader's pseudonym",
    **CASE,
    "answer_a": "id of the answer that stood on side A",
    "answer_b": "id of the answer that stood on side B",
    "model_a": "name of the model behind side A",
    "model_b": "name of the model behind side B",
    "model_a_sha256": "hash of its GGUF file",
    "model_b_sha256": "hash of its GGUF file",
    "answer_a_sha256": "hash of the text on side A",
    "answer_b_sha256": "hash of the text on side B",
    "verdict_a": "correct, partly, wrong or unsure; empty while not given",
    "verdict_b": "the same for side B",
    "preference": "A, B, tie or both bad; empty while not given",
    "preferred_answer_id": "id of the preferred answer; empty for tie and both bad",
    "preferred_model": "name of the preferred model; empty for tie and both bad",
    "diagnosis_a": "true or false where the reader confirmed or refused that side A names the key's diagnosis",
    "diagnosis_b": "the same for side B",
    "outside_field": "true where the reader declined the case as outside their field",
    "active_seconds": "time spent on the case, without pauses",
    "findings_a": "number of findings on side A that stand, omissions included",
    "findings_b": "the same for side B",
    "label_set": "label set that was in force",
    "opened_at": "when both answers were first shown, UTC",
    "updated_at": "when the reading last changed, UTC",
    "committed_at": "when it was committed, UTC; empty while it is open",
    "corrections": "JSON: reasons of all corrections made after the commit",
    "manifest_a": "JSON: how the answer on side A came about",
    "manifest_b": "JSON: how the answer on side B came about",
}
FINDINGS: Mapping[str, str] = {
    **STUDY,
    "finding_id": "id of the finding",
    "reading_id": "id of the reading it belongs to",
    "reader_id": "the reader's pseudonym",
    **CASE,
    **MODEL,
    "answer_id": "the answer at fault, also for an omission",
    "side": "A or B: where the reader saw that answer",
    "place": "whose text the offsets refer to: answer, or case for an omission",
    "text_sha256": "hash of that whole text in UTF-8",
    "start": "first code point of the span, from 0",
    "end": "first code point behind the span",
    "quote": "the words: text[start:end]",
    "category": "fabrication, negation, causality, contextual, or omission",
    "severity": "minor or major",
    "basis": "contradicted by the case, unsupported by the case, medically false; empty where not stated",
    "harm": "likelihood of harm: unlikely, possible, likely; empty where not stated",
    "certainty": "certain, probable, unsure; empty where not stated",
    "note": "the reader's note",
    "passage_start": "start of the passage of the case that says otherwise; empty where none was pointed at",
    "passage_end": "its end, not included",
    "passage_quote": "its words",
    "label_set": "label set that was in force",
    "marked_at": "when it was first marked, UTC",
    "retracted": "true where the reader took it back; it does not count then",
    "retracted_at": "when it was taken back, UTC",
    "committed_at": "when its reading was committed, UTC; empty while that is open",
    "manifest": "JSON: how the answer at fault came about",
}
SCORES: Mapping[str, str] = {
    **STUDY,
    "answer_id": "id of the answer",
    **CASE,
    "case_kind": "choice or diagnosis",
    "case_key": "the right option's letter, or the right diagnosis",
    **MODEL,
    "main": "true for the score that was read from the answer itself and counts in all figures",
    **SCORE,
}
TABLES: Mapping[str, Mapping[str, str]] = {
    "findings": FINDINGS,
    "readings": READINGS,
    "answers": ANSWERS,
    "scores": SCORES,
}
"""Name of each table, to its columns in the order written."""
