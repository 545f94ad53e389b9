"""Finding a real fabrication in an answer of the demo: a finding that its case does not report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from doubleread.domain.spans import Span

DENIED = re.compile(r"\b(?:absence of|no|not|without|considered)\b", re.IGNORECASE)
"""Words of sentences that do not claim a finding of this patient."""
_SENTENCE = re.compile(r"[^.]+\.?")


@cache
def _findings() -> tuple[tuple[str, ...], ...]:
    """Return the findings that the demo models know, each with its wordings."""
    text = files("doubleread.tui.reading").joinpath("data/demo_findings.txt").read_text(encoding="utf-8")
    return tuple(tuple(line.split(" | ")) for line in text.splitlines() if not line.startswith("#"))


def fabrications(answer: str, case: str) -> Iterator[Span]:
    """Yield the findings that an answer claims and that the case reports in none of their wordings."""
    told = case.casefold()
    absent = [wordings for wordings in _findings() if not any(wording.casefold() in told for wording in wordings)]
    for sentence in _SENTENCE.finditer(answer):
        if DENIED.search(sentence[0]):
            continue
        for wordings in absent:
            for wording in wordings:
                place = sentence[0].casefold().find(wording.casefold())
                if place >= 0:
                    yield Span(sentence.start() + place, sentence.start() + place + len(wording))
