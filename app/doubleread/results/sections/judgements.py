"""What readers say of answers and sentences, which answer they prefer, and what adjudicators resolved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from doubleread.domain.answer_scales import NOT_APPLICABLE
from doubleread.domain.formatting import short
from doubleread.domain.ordinal_scales import OrdinalScale
from doubleread.domain.wording import plural
from doubleread.read_model.cases import PLACES
from doubleread.results.answer_scales import ScaleResults
from doubleread.results.cases_behind import Behind
from doubleread.results.counting import Results
from doubleread.results.looks import level_look
from doubleread.results.scales import AGREEMENT, PROPORTION, PROPORTION_DIFFERENCE, RATE, RATE_DIFFERENCE
from doubleread.results.section import (
    Bar,
    Bars,
    Count,
    Paired,
    Part,
    PValue,
    Row,
    Section,
    Value,
    arm_heads,
    differences_plot,
    drawn,
    pair,
    pairs_plot,
    proportion_rates,
    proportions,
    rates,
)
from doubleread.results.sections.hallucinations import behind
from doubleread.statistics import Undefined


def sentences(results: Results) -> Section | None:
    """Judgements of single sentences, as proportions of the judged sentences."""
    found = results.sentences
    if not results.progress.committed or not found.any:
        return None
    whole = Row(
        "whole-answers", "whole answers", pair(*(Count(one.whole, one.readings, "reading") for one in found.counts))
    )
    judged = Row("judged", "judged", pair(*(Count(one.judged, one.sentences) for one in found.counts)), (whole,))
    faulty = proportion_rates("faulty", "unsupported or incorrect", found.faulty, behind=behind("answers", "read"))
    judgements = [
        proportion_rates(name, name, compared, behind=behind("answers", "read"))
        for name, compared in found.by_judgement.items()
    ]
    title = "Sentence judgements, as proportions of the judged sentences"
    return Section(
        "sentences",
        "Sentence judgements",
        "sentences",
        arm_heads(results),
        (judged, faulty, *judgements),
        drawn(
            pairs_plot("sentences", title, [faulty, *judgements]),
            differences_plot("sentences-difference", "proportion of sentences, same cases", [faulty, *judgements]),
        ),
    )


def verdicts(results: Results) -> Section | None:
    """Verdicts, as proportions of the readings of an answer."""
    if not results.progress.committed:
        return None
    rows = tuple(
        proportion_rates(name, name, compared, behind=behind("verdict", name))
        for name, compared in results.verdicts.items()
    )
    bars = tuple(
        Bar(
            "",
            place,
            tuple(Part(name, name, count, Behind("verdict", "", place, name)) for name, count in arm.verdicts.items()),
        )
        for place, arm in zip(PLACES, results.arms, strict=True)
        if any(arm.verdicts.values())
    )
    return Section(
        "verdicts",
        "Verdicts, proportions of the readings of an answer",
        "verdicts",
        arm_heads(results),
        rows,
        drawn(
            pairs_plot("verdicts", "Verdicts, as proportions of the readings of an answer", rows),
            differences_plot("verdicts-difference", "verdicts, same cases", rows),
        ),
        (Bars("verdicts", "Verdicts of all readings", bars),) if bars else (),
    )


def preference(results: Results) -> Section | None:
    """Which arm readers prefer: readings, cases, net preference and sign test."""
    if not results.progress.committed:
        return None
    found = results.preference
    heads = arm_heads(results)
    first, second = results.arms
    lead = {name: Behind("lead", name=name) for name in ("first", "even", "second")}
    readings = Row(
        "readings",
        "readings",
        pair(Count(first.preferred), Count(second.preferred)),
        (
            Row("tie", "tie", {"both": Count(found.readings["tie"])}),
            Row("both-bad", "both bad", {"both": Count(found.readings["both bad"])}),
        ),
    )
    net = Row(
        "net",
        "net preference",
        {"difference": Value(found.net, PROPORTION_DIFFERENCE, Behind("lead")), "test": PValue(found.sign_test)},
    )
    cases = Row(
        "cases",
        "cases",
        pair(Count(found.first, behind=lead["first"]), Count(found.second, behind=lead["second"])),
        (
            Row("even", "even", {"both": Count(found.even, behind=lead["even"])}),
            Row("proportion", f"for {heads[0]}", {"first": Value(found.proportion, PROPORTION)}),
            net,
        ),
        "cases preferred",
    )
    given = found.readings
    bars = (
        Bar(
            "readings",
            None,
            (
                Part("first", heads[0], given["first"]),
                Part("tie", "tie or even", given["tie"]),
                Part("both-bad", "both bad", given["both bad"]),
                Part("second", heads[1], given["second"]),
            ),
        ),
        Bar(
            "cases",
            None,
            (
                Part("first", heads[0], found.first, lead["first"]),
                Part("tie", "tie or even", found.even, lead["even"]),
                Part("second", heads[1], found.second, lead["second"]),
            ),
        ),
    )
    return Section(
        "preference",
        "Preference",
        "verdicts",
        heads,
        (readings, cases),
        drawn(differences_plot("preference-difference", "net preference", [net])),
        (Bars("preference", "Preferred answers", bars),) if any(given.values()) else (),
    )


def axes(results: Results) -> Section | None:
    """Which arm's answer is better on each axis of the protocol, in cases."""
    if not results.progress.committed or not results.axes:
        return None
    rows = []
    for axis in results.axes:
        found, cases = axis.found, Behind("axis", name=axis.name)
        counted = found.first + found.second + found.even
        net = Row(
            "net",
            f"even {found.even}, net",
            {"difference": Value(found.net, PROPORTION_DIFFERENCE, cases), "test": PValue(axis.p)},
        )
        rows.append(Row(axis.name, axis.name, pair(Count(found.first, counted), Count(found.second, counted)), (net,)))
    return Section(
        "axes",
        "Better answers by axis, in cases",
        "verdicts",
        arm_heads(results),
        tuple(rows),
        drawn(differences_plot("axes", "cases in which the answer is better", rows)),
    )


def answer_scales(results: Results) -> Section | None:
    """Levels of the answers on the protocol's scales: mean, difference, median, and readings by level."""
    if not results.answer_scales:
        return None
    rows = tuple(map(_scale_row, results.answer_scales))
    return Section(
        "answer-scales",
        "Scales for answers, mean levels",
        "verdicts",
        arm_heads(results),
        rows,
        drawn(differences_plot("answer-scales-difference", "mean level, same cases", rows)),
        tuple(map(_scale_bars, (one for one in results.answer_scales if len(one.scale.levels) <= _DRAWN))),
    )


_DRAWN = 5
"""Levels that bars can tell apart."""


def _scale_row(found: ScaleResults) -> Row:
    scale, (first, second) = found.scale, found.readings
    numbers = list(scale.numbered)
    label = f"{scale.name}, {numbers[0]} to {numbers[-1]}"
    mean = rates(scale.name, label, found.mean, RATE, RATE_DIFFERENCE)
    medians = [found.median(arm) for arm in (0, 1)]
    below = [Row("median", "median", pair(*("-" if value is None else short(value) for value in medians)))]
    below += [
        Row(
            f"level-{level}",
            f"level {level}",
            pair(*map(Count, (first.get(level, 0), second.get(level, 0)), found.rated)),
        )
        for level in numbers
    ]
    if scale.not_applicable:
        below.append(Row("not-applicable", NOT_APPLICABLE, pair(Count(first.get(None, 0)), Count(second.get(None, 0)))))
    return replace(mean, below=(*mean.below, *below))


def _scale_bars(found: ScaleResults) -> Bars:
    scale = found.scale
    bars = tuple(
        Bar(
            "",
            place,
            tuple(
                Part(
                    f"level-{level}",
                    f"{level} {anchor}",
                    counts.get(level, 0),
                    look=level_look(number, len(scale.levels)),
                )
                for number, (level, anchor) in enumerate(scale.numbered.items(), start=1)
            ),
        )
        for place, counts in zip(PLACES, found.readings, strict=True)
        if found.rated[place]
    )
    return Bars(f"scale-{scale.name}", f"Readings by level: {scale.name}", bars)


def levels(scale: OrdinalScale) -> Callable[[Results], Section | None]:
    """Return what describes the levels of readings on an ordinal scale: mean, and readings by level."""

    def describe(results: Results) -> Section | None:
        found = results.levels[scale.name]
        if not found.stated:
            return None
        mean = Row("mean", f"mean, from 1 to {scale.highest}", {"both": Value(found.mean, RATE)})
        counts = [(value, f"{value} {scale.levels[value]}", count) for value, count in found.readings.items()]
        rows = tuple(Row(f"{value}", label, {"both": Count(count, found.stated)}) for value, label, count in counts)
        parts = tuple(
            Part(f"{scale.name}-{value}", label, count, look=level_look(value, scale.highest))
            for value, label, count in counts
        )
        bars = (Bars(scale.name, f"Readings by {scale.name}", (Bar("readings", None, parts),)),)
        title = f"{scale.name.capitalize()} of readers"
        return Section(scale.name, title, "verdicts", ("both", ""), (mean, *rows), (), bars)

    describe.__doc__ = f"The readers' {scale.name}, {scale.ends}: mean, and readings by level."
    return describe


def adjudicated(results: Results) -> Section | None:
    """The adjudicated cases, each counted once, beside what readers marked."""
    found = results.adjudicated
    if found is None or not results.progress.committed:
        return None
    with_any = proportions(
        "answers-with-any",
        "answers with any",
        found.hallucinations.paired_with,
        own=(found.hallucinations.first_with, found.hallucinations.second_with),
        paired=Paired(found.hallucinations.paired_with.table),
    )
    preferred = Row(
        "preferred",
        "preferred",
        pair(Count(found.preference.first), Count(found.preference.second)),
        (Row("even", "even", {"both": Count(found.preference.even)}),),
    )
    annotations = rates("annotations-per-answer", "annotations/answer", found.hallucinations.each_answer)
    omissions = rates("omissions-per-answer", "omissions/answer", found.omissions.each_answer)
    judged = [proportion_rates(name, name, compared) for name, compared in found.verdicts.items()]
    scored = not isinstance(found.rubric.first, Undefined) or not isinstance(found.rubric.second, Undefined)
    rubric = (rates("rubric", "rubric score", found.rubric, AGREEMENT),) if scored else ()
    plots = []
    for key, name, read, own in (
        ("adjudicated-annotations", "Annotations", results.hallucinations, found.hallucinations),
        ("adjudicated-omissions", "Omissions", results.omissions, found.omissions),
    ):
        rows = [
            rates("read", "as read", read.each_answer),
            rates("adjudicated", "adjudicated", own.each_answer),
        ]
        plots.append(pairs_plot(key, f"{name} per answer, as read and adjudicated", rows))
    return Section(
        "adjudicated",
        f"Adjudicated: {plural(found.cases, 'case')}, each counted once",
        "adjudicated",
        arm_heads(results),
        (annotations, with_any, omissions, *judged, preferred, *rubric),
        drawn(*plots),
    )
