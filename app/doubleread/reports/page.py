"""The report of a study as one self-contained page of HTML."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jinja2
from markupsafe import Markup

from doubleread import __version__
from doubleread.domain.annotation import Annotation
from doubleread.domain.display import display_text
from doubleread.domain.spans import Span
from doubleread.domain.statements import written
from doubleread.read_model.answers import ScoredAnswer
from doubleread.read_model.case_details import CaseDetail
from doubleread.reports.checklist import checklist
from doubleread.reports.drawings import Drawings, drawings
from doubleread.reports.facts import NOT_RECORDED, Facts, counted
from doubleread.reports.figures import Notes
from doubleread.reports.introductions import INTRODUCTIONS
from doubleread.reports.marked import Mark, marked_text
from doubleread.reports.methods import methods
from doubleread.reports.plots import model_class, swatch
from doubleread.reports.results_table import results_tables
from doubleread.reports.table_lines import Section, model_heads
from doubleread.results import Results
from doubleread.results.notes import NOTES
from doubleread.results.study_facts import StudyFacts

_LONGEST_LABEL = 60


@dataclass(frozen=True, slots=True)
class Report:
    """What a page is made of: drawings, tables by name, sentences by section, reasons, and when it was made."""

    drawn: Drawings
    tables: Mapping[str, Section]
    sentences: Mapping[str, tuple[str, ...]]
    reasons: tuple[str, ...]
    made_at: str


def report_page(results: Results, study: StudyFacts, cases: Iterable[CaseDetail] | None, made_at: str) -> Iterator[str]:
    """Yield the page piece by piece. `cases` are written as they come; None leaves the appendix out.

    All text is made harmless twice: control and bidi characters become visible ones, and markup is escaped.
    """
    notes = Notes()
    tables = results_tables(results, notes, _LONGEST_LABEL).sections
    drawn = drawings(results, notes)
    facts = Facts(results, study)
    report = Report(drawn, {table.name: table for table in tables}, _sentences(facts), tuple(notes.lines()), made_at)
    template = _environment().get_template("report.html")
    yield from template.generate(
        report=report,
        results=results,
        study=study,
        heads=model_heads(results),
        methods=methods(facts),
        checklist=checklist(facts),
        cases=cases,
        not_recorded=NOT_RECORDED,
        program=f"doubleread {__version__}",
    )


def _sentences(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Return what each section says of itself: what it shows, and how its figures were computed."""
    found: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for statement in INTRODUCTIONS:
        found[statement.section] += written([statement], facts)
    for note in NOTES:
        found[note.section] += written([note], facts.results)
    return found


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("doubleread.reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    environment.globals.update(swatch=swatch, model_class=model_class, text_of_case=_text_of_case, counted=counted)
    environment.filters.update(marked=_text_of_answer)
    return environment


def _harmless(value: Any) -> Any:
    return display_text(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _text_of_answer(answer: ScoredAnswer) -> Markup:
    marks = [_mark(*marked) for marked in answer.marked if marked[1].place == "answer"]
    score = answer.score
    if score and score.start is not None and score.end is not None and score.start < score.end <= len(answer.text):
        marks.append(Mark(Span(score.start, score.end), "", "evidence", f"evidence of the score: {score.reason}"))
    return marked_text(answer.text, marks)


def _text_of_case(shown: CaseDetail) -> Markup:
    """Return the case's text with the omissions of both answers, under the labels that their readers saw."""
    marks = [
        _mark(*marked) for answer in shown.answers if answer for marked in answer.marked if marked[1].place == "case"
    ]
    return marked_text(shown.case.text, marks)


def _mark(reader_id: str, annotation: Annotation) -> Mark:
    look = annotation.severity if annotation.severity in ("minor", "major") else "other"
    return Mark(
        annotation.span,
        annotation.label,
        look,
        f"{annotation.category}, {annotation.severity}, by {reader_id}",
    )
