"""The report of a study as one self-contained page of HTML."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jinja2
from markupsafe import Markup

from doubleread import __version__
from doubleread.domain.display import display_text
from doubleread.domain.statements import written
from doubleread.read_model.case_details import CaseDetail
from doubleread.reports.answers_methods import ANSWERS
from doubleread.reports.case_on_page import case_on_page
from doubleread.reports.checklist import checklist
from doubleread.reports.facts import NOT_RECORDED, Facts, counted
from doubleread.reports.introductions import INTRODUCTIONS
from doubleread.reports.plots import Bar, Plot, Square, bar, model_class, plot, square, swatch
from doubleread.reports.readings_methods import READINGS
from doubleread.reports.results_table import Table, table_of
from doubleread.results import Results
from doubleread.results.notes import NOTES, notes
from doubleread.results.outline import CHAPTERS, outline
from doubleread.results.scales import NumberedReasons
from doubleread.results.section import Section, model_heads
from doubleread.results.study_methods import StudyMethods

_LONGEST_LABEL = 60


@dataclass(frozen=True, slots=True)
class DrawnBars:
    """Bars with the same kinds of part; `legend` names the parts."""

    title: str
    bars: tuple[Bar, ...]
    legend: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DrawnSection:
    """A section of the outline as a page shows it."""

    key: str
    plots: tuple[Plot, ...]
    bars: tuple[DrawnBars, ...]
    squares: tuple[Square, ...]
    table: Table


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of the page with its sections."""

    key: str
    title: str
    sections: tuple[DrawnSection, ...]


def report_page(
    results: Results, study_methods: StudyMethods, cases: Iterable[CaseDetail] | None, made_at: str
) -> Iterator[str]:
    """Yield the page piece by piece. `cases` are written as they come; None leaves the appendix out.

    All text is made harmless twice: control and bidi characters become visible ones, and markup is escaped.
    """
    reasons = NumberedReasons()
    heads = model_heads(results)
    sections: dict[str, list[DrawnSection]] = defaultdict(list)
    for section in outline(results):
        sections[section.chapter].append(_drawn(section, heads, reasons))
    facts = Facts(results, study_methods)
    sentences = _sentences(facts)
    template = _environment().get_template("report.html")
    yield from template.generate(
        results=results,
        methods=study_methods,
        chapters=[
            Chapter(key, title, tuple(sections[key]))
            for key, title in CHAPTERS.items()
            if sections[key] or sentences[key]
        ],
        methods_sections=sections["methods"],
        sentences=sentences,
        reasons=reasons.lines(),
        heads=heads,
        paragraphs=_methods(facts),
        checklist=checklist(facts),
        cases=None if cases is None else map(case_on_page, cases),
        made_at=made_at,
        not_recorded=NOT_RECORDED,
        program=f"doubleread {__version__}",
    )


def _drawn(section: Section, heads: tuple[str, str], reasons: NumberedReasons) -> DrawnSection:
    return DrawnSection(
        section.key,
        tuple(plot(found, heads, reasons) for found in section.plots),
        tuple(
            DrawnBars(group.title, tuple(bar(found, heads) for found in group.bars), group.legend)
            for group in section.bars
        ),
        tuple(square(paired, heads) for paired in section.tables),
        table_of(section, reasons, _LONGEST_LABEL),
    )


def _methods(facts: Facts) -> tuple[str, ...]:
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


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("doubleread.reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    environment.globals.update(swatch=swatch, model_class=model_class, counted=counted)
    return environment


def _harmless(value: Any) -> Any:
    return display_text(value) if isinstance(value, str) and not isinstance(value, Markup) else value
