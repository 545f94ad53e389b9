"""The report of a study as one self-contained page of HTML."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial

import jinja2
from markupsafe import Markup

from doubleread import __version__
from doubleread.domain.statements import written
from doubleread.parallel import Helpers, batched
from doubleread.read_model.case_details import CaseDetail
from doubleread.reports.answers_methods import ANSWERS
from doubleread.reports.case_html import cases_html
from doubleread.reports.case_on_page import case_data
from doubleread.reports.checklist import checklist
from doubleread.reports.facts import NOT_RECORDED, Facts, counted
from doubleread.reports.introductions import INTRODUCTIONS
from doubleread.reports.plots import arm_class, bar, plot, square, swatch
from doubleread.reports.readings_methods import READINGS
from doubleread.reports.results_table import table_of
from doubleread.reports.templating import environment
from doubleread.results import Results
from doubleread.results.notes import NOTES, notes
from doubleread.results.outline import CHAPTERS, outline
from doubleread.results.scales import NumberedReasons
from doubleread.results.section import Section, arm_heads
from doubleread.results.study_methods import StudyMethods

_LONGEST_LABEL = 60
_CASES_TOGETHER = 50
_MANY_CASES = 1_000
"""Writing so many takes longer than starting a process."""


def report_page(
    results: Results, study_methods: StudyMethods, cases: Iterable[CaseDetail] | None, made_at: str
) -> Iterator[str]:
    """Yield the page piece by piece. `cases` are written as they come; None omits the appendix. All text is made safe
    twice: control and bidi characters become visible ones, and markup is escaped.
    """
    reasons = NumberedReasons()
    heads = arm_heads(results)
    sections: dict[str, list[Section]] = defaultdict(list)
    for section in outline(results):
        sections[section.chapter].append(section)
    facts = Facts(results, study_methods)
    sentences = _sentences(facts)
    template = _environment(heads, reasons).get_template("report.html")
    yield from template.generate(
        results=results,
        methods=study_methods,
        chapters={key: title for key, title in CHAPTERS.items() if sections[key] or sentences[key]},
        sections=sections,
        sentences=sentences,
        reasons=reasons,
        heads=heads,
        paragraphs=methods_paragraphs(facts),
        checklist=checklist(facts),
        cases=None if cases is None else _written_cases(cases, heads, many=results.cases >= _MANY_CASES),
        made_at=made_at,
        not_recorded=NOT_RECORDED,
        program=f"doubleread {__version__}",
    )


def _written_cases(cases: Iterable[CaseDetail], heads: tuple[str, str], *, many: bool) -> Iterator[Markup]:
    """Yield the cases as HTML, some at a time. Several processors write them."""
    data = (case_data(case, heads) for case in cases)
    with Helpers() as helpers:
        if many:
            helpers.start()
        yield from map(Markup, helpers.map(cases_html, batched(data, _CASES_TOGETHER)))


def methods_paragraphs(facts: Facts) -> tuple[str, ...]:
    """Return the paragraphs of the Methods: answers, readings, statistics."""
    paragraphs = (written(ANSWERS, facts), written(READINGS, facts), notes(facts.results))
    return tuple(" ".join(sentences) for sentences in paragraphs if sentences)


def _sentences(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Return the sentences of each chapter or section: what it shows, and how it was computed."""
    found: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for statement in INTRODUCTIONS:
        found[statement.section] += written([statement], facts)
    for note in NOTES:
        found[note.section] += written([note], facts.results)
    return found


def _environment(heads: tuple[str, str], reasons: NumberedReasons) -> jinja2.Environment:
    made = environment()
    made.globals.update(swatch=swatch, arm_class=arm_class, counted=counted)
    made.filters.update(
        plot=partial(plot, heads=heads, words=reasons),
        bar=partial(bar, heads=heads),
        square=partial(square, heads=heads),
        table=partial(table_of, words=reasons, longest=_LONGEST_LABEL),
    )
    return made
