"""A case as the page shows it: the marked texts, and a line for each annotation.

A report of thousands of cases has tens of thousands of annotations, so their lines are written here, not by a template.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

from doubleread.domain.annotation import CASE_SOURCE, Annotation, document_source
from doubleread.domain.case_text import document_title
from doubleread.domain.display import display_text
from doubleread.domain.score import Evidence
from doubleread.domain.spans import Span
from doubleread.read_model.answers import ScoredAnswer
from doubleread.read_model.case_details import CaseDetail
from doubleread.read_model.score_words import answer_words, criterion_lines
from doubleread.reports.marked import Mark, harmless, marked_text

Marked = Sequence[tuple[str, Annotation]]
"""Annotations with their readers."""


@dataclass(frozen=True, slots=True)
class AnswerOnPage:
    """An answer, its text with all marks, how it was scored, and the lines of its annotations and criteria."""

    answer: ScoredAnswer
    text: Markup
    scored: str
    annotations: Markup
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DocumentOnPage:
    """A document, its text with all marks, and whether there are any."""

    title: str
    text: Markup
    marked: bool


@dataclass(frozen=True, slots=True)
class CaseOnPage:
    """A case, its text and documents with the omissions of both answers, and the answers."""

    shown: CaseDetail
    text: Markup
    documents: tuple[DocumentOnPage, ...]
    answers: tuple[AnswerOnPage | None, ...]


def case_on_page(shown: CaseDetail) -> CaseOnPage:
    """Mark the texts of a case."""
    marked = [answer.marked if answer else () for answer in shown.answers]
    omissions: dict[str, list[Mark]] = {}
    for reader_id, annotation in (item for items in marked for item in items if not item[1].in_answer):
        omissions.setdefault(annotation.place, []).append(_mark(reader_id, annotation))
    documents = (
        DocumentOnPage(
            document_title(number, document),
            marked_text(document.text, found := omissions.get(document_source(document.id), []), "case"),
            bool(found),
        )
        for number, document in enumerate(shown.case.documents, start=1)
    )
    answers = (
        None
        if answer is None
        else AnswerOnPage(
            answer,
            _text_of_answer(answer, items),
            answer_words(answer),
            _lines(items),
            tuple(map(display_text, criterion_lines(answer))),
        )
        for answer, items in zip(shown.answers, marked, strict=True)
    )
    text = marked_text(shown.case.text, omissions.get(CASE_SOURCE, []), "case")
    return CaseOnPage(shown, text, tuple(documents), tuple(answers))


def _text_of_answer(answer: ScoredAnswer, marked: Marked) -> Markup:
    marks = [_mark(*item) for item in marked if item[1].in_answer]
    if score := answer.score:
        if score.start is not None and score.end is not None and score.start < score.end <= len(answer.text):
            marks.append(Mark(Span(score.start, score.end), "", "evidence", f"evidence of the score: {score.reason}"))
        marks += [
            Mark(Span(item.start, item.end), "", "evidence", _evidence_title(item))
            for item in score.evidence
            if item.start < item.end <= len(answer.text)
        ]
    return marked_text(answer.text, marks, "answer")


def _evidence_title(evidence: Evidence) -> str:
    in_key = {True: ", in the key", False: ", not in the key", None: ""}[evidence.matches]
    return f"evidence of the score: {evidence.value}{in_key}"


def _mark(reader_id: str, annotation: Annotation) -> Mark:
    look = annotation.severity if annotation.severity in ("minor", "major") else "other"
    title = f"{annotation.category}, {annotation.severity}, by {reader_id}"
    return Mark(annotation.span, annotation.label, look, title)


def _lines(marked: Marked) -> Markup:
    return Markup("\n".join(_line(*item) for item in marked))


def _line(reader_id: str, annotation: Annotation) -> str:
    rated = (("basis", annotation.basis), ("harm", annotation.harm), ("certainty", annotation.certainty))
    said = "".join(f", {name}: {value}" for name, value in rated if value)
    passage = f" Linked: {annotation.passage.words}." if annotation.passage else ""
    note = f" {annotation.note}" if annotation.note else ""
    rest = escape(display_text(f"{said}. “{annotation.quote}”{passage}{note}"))
    return (
        f"<li><strong>{harmless(f'{reader_id} {annotation.label}')}</strong>: {harmless(annotation.category)},"
        f" <em>{harmless(annotation.severity)}</em>{rest}</li>"
    )
