"""Sentences that introduce the sections of the report. Each appears only if it is true."""

from __future__ import annotations

from doubleread.domain.statements import Statement
from doubleread.domain.wording import plural
from doubleread.reports.facts import Facts


def _counts(facts: Facts) -> str | None:
    found = facts.methods.readings
    if not found.committed:
        return None
    return f"{plural(found.committed, 'committed reading')} by {plural(len(found.by_reader), 'reader')}."


def _confidential(facts: Facts) -> str | None:
    still = facts.results.still_reading
    if not still and facts.methods.readings.committed:
        return None
    named = f" ({', '.join(still)})" if still else ""
    return f"This page shows answer keys: do not show it to readers who still have cases to read{named}."


def _no_answers(facts: Facts) -> str | None:
    return None if facts.methods.answers else "No answer is recorded yet."


def _assessments(facts: Facts) -> str | None:
    if not facts.results.blinding_assessments.all.asked:
        return None
    return "Readers were asked on which side one arm's answer was."


def _unread(facts: Facts) -> str | None:
    return None if facts.methods.readings.committed else "No reading is committed yet."


def _adjudicated(facts: Facts) -> str | None:
    if facts.results.adjudicated is None:
        return None
    return (
        f"An adjudicator resolved the differences in {plural(facts.results.adjudicated.cases, 'case')}. Here, a case"
        " counts once. All other sections count the readings."
    )


def _no_agreement(facts: Facts) -> str | None:
    if facts.results.inter_rater.cases:
        return None
    return "No case was read by two readers, so their agreement is undefined."


def _mixed(facts: Facts) -> str | None:
    if not facts.named or not facts.several_configurations:
        return None
    return "If values differ within an arm, each is shown with its number of answers."


def _appendix(facts: Facts) -> str | None:
    if not facts.methods.answers:
        return None
    return "Every case with its answers."


def _shuffled(facts: Facts) -> str | None:
    if facts.named or not facts.methods.answers:
        return None
    return (
        "The arms are not named: each answer has its own label, and the order of the two is randomised for each case."
    )


def _marks(facts: Facts) -> str | None:
    if not any(arm.annotations.annotations for arm in facts.results.arms):
        return None
    return (
        "The label before an annotation (A1, B2) is the one that its reader saw; A and B are the"
        " sides of that reader, not the arms. Major annotations are underlined twice, minor ones with dots."
    )


def _evidence(facts: Facts) -> str | None:
    if not facts.methods.evidence:
        return None
    return "The evidence of an automatic score is underlined with dashes."


def _omissions(facts: Facts) -> str | None:
    if not any(arm.annotations.omissions for arm in facts.results.arms):
        return None
    return "Omissions (o1, o2) are marked in the text of the case and listed under the answer that omits them."


INTRODUCTIONS: tuple[Statement[Facts], ...] = (
    Statement("reading-counts", _counts, "header"),
    Statement("confidential", _confidential, "header"),
    Statement("no-answers", _no_answers, "accuracy"),
    Statement("asked-sides", _assessments, "section blinding-assessment"),
    Statement("no-readings", _unread, "hallucinations"),
    Statement("no-verdicts", _unread, "verdicts"),
    Statement("adjudicated-cases", _adjudicated, "adjudicated"),
    Statement("no-agreement", _no_agreement, "agreement"),
    Statement("mixed-values", _mixed, "generation"),
    Statement("appendix", _appendix, "cases"),
    Statement("unnamed-arms", _shuffled, "cases"),
    Statement("marks", _marks, "cases"),
    Statement("evidence", _evidence, "cases"),
    Statement("omission-marks", _omissions, "cases"),
)
"""All introductions, each with its section of the page."""
