"""Rubrics: scores by readers, and the agreement of readers on criteria."""

from __future__ import annotations

from collections.abc import Mapping

from doubleread.domain.rubric import LENGTH_ADJUSTED
from doubleread.domain.wording import plural, shortened
from doubleread.results.cases_behind import Behind
from doubleread.results.counting import Results
from doubleread.results.rubric import CriterionAgreement
from doubleread.results.scales import AGREEMENT, COEFFICIENT, PROPORTION, PROPORTION_DIFFERENCE, RATE, RATE_DIFFERENCE
from doubleread.results.section import (
    Behinds,
    Cell,
    Count,
    Mark,
    Plot,
    Row,
    Section,
    Value,
    arm_heads,
    differences_plot,
    drawn,
    pair,
    pairs_plot,
    rates,
)
from doubleread.statistics import PairedRates, YesAndNo

KIND = "rubric"
_TEXT = 60
_BEHIND: Behinds = (Behind("measured", KIND, 0), Behind("measured", KIND, 1))
_PAIRS = Behind("measured", KIND)


def scores(results: Results) -> Section | None:
    """Rubric scores by readers: all criteria, by the tags of criteria, and by the tags of cases."""
    found = results.rubric
    if found is None:
        return None
    overall = _score("overall", "rubric score", found.overall)
    by_tag = [_score(tag, _plain(tag, "axis:"), compared) for tag, compared in found.by_tag.items()]
    by_theme = [_score(tag, _plain(tag, "theme:"), compared) for tag, compared in found.by_theme.items()]
    groups = (("criteria", "by tag of criteria", by_tag), ("cases", "by tag of cases", by_theme))
    unknown = rates(
        "cannot-tell",
        "cannot tell",
        found.cannot_tell,
        PROPORTION,
        PROPORTION_DIFFERENCE,
        behind=_BEHIND,
        difference_behind=_PAIRS,
    )
    adjusted = [
        rates(item.metric.name, item.metric.label, item.found, RATE, RATE_DIFFERENCE, behind=_BEHIND)
        for item in results.measures
        if item.metric.name == LENGTH_ADJUSTED
    ]
    judged = Row("judged", "criteria judged", pair(*(Count(count) for count in found.judged)))
    return Section(
        "rubric",
        f"Rubrics, {plural(found.cases, 'case')} read",
        "measures",
        arm_heads(results),
        (
            overall,
            *adjusted,
            *(Row(key, label, {}, tuple(rows)) for key, label, rows in groups if rows),
            unknown,
            judged,
        ),
        drawn(
            pairs_plot("rubric", "Rubric scores", [overall, *by_tag, *by_theme]),
            differences_plot("rubric-difference", "rubric score, same cases", [overall, *by_tag, *by_theme]),
        ),
    )


def _plain(tag: str, prefix: str) -> str:
    """Return a tag of HealthBench as words."""
    return tag.removeprefix(prefix).replace("_", " ")


def _score(key: str, label: str, compared: PairedRates) -> Row:
    return rates(key, label, compared, AGREEMENT, RATE_DIFFERENCE, behind=_BEHIND, difference_behind=_PAIRS)


def agreement(results: Results) -> Section | None:
    """Agreement on criteria: F1 of met and not met, for all readers and each; the criteria with most disagreement."""
    found = results.criteria_agreement
    if found is None:
        return None
    every = _reader("all", "all readers", found.overall)
    readers = [_reader(name, name, one) for name, one in found.by_reader.items()]
    listed = [_criterion(str(number), one) for number, one in enumerate(found.listed, start=1)]
    head = Row("criteria", "most disagreement on", {"listed": Count(len(listed), found.criteria)}, tuple(listed))
    against = Row("readers", "each against the others", {}, tuple(readers))
    names = ("all readers", *found.by_reader)
    marks = [
        Mark(name, None, value)
        for name, row in zip(names, (every, *readers), strict=True)
        if (value := row.value("mean-f1")) is not None
    ]
    return Section(
        "criteria-agreement",
        "Agreement on criteria",
        "agreement",
        ("", ""),
        (every, against, head),
        drawn(Plot("criteria-agreement", "Agreement on criteria: mean F1 of met and not met", tuple(marks))),
    )


def _reader(key: str, label: str, one: YesAndNo) -> Row:
    behind = Behind("several", KIND)
    mean: Mapping[str, Cell] = {"mean-f1": Value(one.mean_f1, AGREEMENT, behind), "judgements": Count(one.pairs)}
    return Row(
        key,
        f"{label}: F1 of met, of not met",
        {"met": Value(one.yes.f1, AGREEMENT, behind), "not-met": Value(one.no.f1, AGREEMENT, behind)},
        (
            Row("mean", "mean F1, pairs", mean),
            Row(
                "precision",
                "precision of met, of not met",
                {"met": Value(one.yes.precision, AGREEMENT), "not-met": Value(one.no.precision, AGREEMENT)},
            ),
            Row(
                "recall",
                "recall of met, of not met",
                {"met": Value(one.yes.recall, AGREEMENT), "not-met": Value(one.no.recall, AGREEMENT)},
            ),
        ),
    )


def _criterion(key: str, one: CriterionAgreement) -> Row:
    return Row(
        key,
        shortened(one.text, _TEXT),
        {"answers": plural(one.answers, "answer")},
        (
            Row("met", "F1 of met", {"met": Value(one.met, AGREEMENT)}),
            Row(
                "agreement",
                "observed, Gwet AC1",
                {"observed": Value(one.observed, AGREEMENT), "ac1": Value(one.ac1, COEFFICIENT)},
            ),
        ),
    )
