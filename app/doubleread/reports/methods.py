"""The methods section of a report: only sentences that are supported by counted facts."""

from __future__ import annotations

from doubleread.domain.statements import written
from doubleread.reports.answers_methods import ANSWERS
from doubleread.reports.facts import Facts
from doubleread.reports.readings_methods import READINGS
from doubleread.results.notes import notes


def methods(facts: Facts) -> tuple[str, ...]:
    """Return the paragraphs: answers, readings, statistics. Unless the report may name the arms, nothing tells them."""
    paragraphs = (written(ANSWERS, facts), written(READINGS, facts), notes(facts.results))
    return tuple(" ".join(sentences) for sentences in paragraphs if sentences)
