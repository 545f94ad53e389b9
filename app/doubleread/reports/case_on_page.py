"""What the page says of a case, as plain data, of which `case_html` makes HTML."""

from __future__ import annotations

from doubleread.domain.annotation import Annotation, document_source
from doubleread.domain.case_text import document_title
from doubleread.read_model.answers import AnswerReading, ScoredAnswer
from doubleread.read_model.case_details import CaseDetail
from doubleread.read_model.score_words import answer_words, criterion_lines
from doubleread.reports.case_html import Data, Marked
from doubleread.reports.plots import arm_class


def case_data(shown: CaseDetail, heads: tuple[str, str]) -> Data:
    """Return what the page says of a case, as plain data. `heads` are the names of the arms in the order of results."""
    case = shown.case
    heads = shown.names if shown.labelled else heads
    choices = {"first": heads[0], "second": heads[1]}
    return {
        "number": shown.number,
        "title": case.title or case.id,
        "about": _about(case.id, case.kind, ", ".join(case.tags), case.source),
        "text": case.text,
        "documents": [
            (document_title(number, document), document.text, document_source(document.id))
            for number, document in enumerate(case.documents, start=1)
        ],
        "question": case.question,
        "options": list(case.options.items()),
        "kind": case.kind,
        "key": case.key,
        "accept": ", ".join(case.accept),
        "classes": ["side", "side"] if shown.labelled else [f"side {arm_class(arm)}" for arm in (0, 1)],
        "heads": list(heads),
        "answers": [None if answer is None else _answer_data(answer) for answer in shown.answers],
        "preferred": "; ".join(f"{reader} {choices.get(choice, choice)}" for reader, choice in shown.preferred),
        "declined": ", ".join(shown.declined),
    }


def _about(case_id: str, kind: str, tags: str, source: str) -> str:
    return ", ".join(filter(None, (case_id, kind, tags))) + (f". Source: {source}" if source else "")


def _answer_data(answer: ScoredAnswer) -> Data:
    score, override = answer.score, answer.override
    reviewed = ""
    if override is not None:
        reason = f" ({override.reason})" if override.reason else ""
        reviewed = f"Score review by {override.adjudicator_id}: {override.said}, {override.outcome}{reason}."
    evidence: list[tuple[int, int, str]] = []
    if score is not None:
        if score.start is not None and score.end is not None:
            evidence.append((score.start, score.end, score.reason))
        in_key = {True: ", in the key", False: ", not in the key", None: ""}
        evidence += [(item.start, item.end, f"{item.value}{in_key[item.matches]}") for item in score.evidence]
    return {
        "status": answer.status,
        "text": answer.text,
        "reasoning": answer.reasoning,
        "scored": _scored(answer),
        "evidence": evidence,
        "reviewed": reviewed,
        "readings": "; ".join(map(_reading_words, answer.readings)),
        "criteria": list(criterion_lines(answer)),
        "marked": [_annotation_data(*item) for item in answer.marked],
    }


def _scored(answer: ScoredAnswer) -> str:
    truncated = " Truncated." if answer.finish_reason == "length" else ""
    if (score := answer.score) is None:
        return f"{answer_words(answer).capitalize()}.{truncated}"
    chosen = f", {score.chosen}" if score.chosen else ""
    return f"Scorer {score.scorer} {score.version}: {score.outcome}{chosen} ({score.reason}).{truncated}"


def _reading_words(reading: AnswerReading) -> str:
    said = f"{reading.reader_id}: {reading.verdict or 'no verdict'}"
    if reading.grade is not None:
        return f"{said}, grade {reading.grade.value} (Bond)"
    if reading.confirms is not None:
        return f"{said}, {'names' if reading.confirms else 'does not name'} the key diagnosis"
    return said


def _annotation_data(reader_id: str, annotation: Annotation) -> Marked:
    basis, harm, certainty = annotation.basis, annotation.harm, annotation.certainty
    said = ""
    if basis or harm or certainty:
        rated = (("basis", basis), ("harm", harm), ("certainty", certainty))
        said = "".join(f", {name}: {value}" for name, value in rated if value)
    passage = f" Linked: {annotation.passage.words}." if annotation.passage else ""
    note = f" {annotation.note}" if annotation.note else ""
    return (
        reader_id,
        annotation.start,
        annotation.end,
        annotation.label,
        annotation.category,
        annotation.severity,
        "" if annotation.in_answer else annotation.place,
        f"{said}. “{annotation.quote}”{passage}{note}",
    )
