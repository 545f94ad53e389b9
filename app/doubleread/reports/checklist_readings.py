"""The checklist items about cases, readers and readings. Each function returns None if nothing is recorded."""

from __future__ import annotations

from doubleread.domain.formatting import decimal, of_whole, percent
from doubleread.domain.wording import plural
from doubleread.reports.facts import Facts
from doubleread.statistics import Estimate


def cases(facts: Facts) -> str | None:
    """Number, and the sources that are stated."""
    stated = {source: count for source, count in facts.methods.sources.items() if source}
    sources = "; ".join(f"{source} ({count:,})" for source, count in stated.items())
    return f"{plural(facts.results.cases, 'case')}{f': {sources}' if sources else ''}"


def cases_missing(facts: Facts) -> str:
    """For how many cases no source is stated; how they were selected never is."""
    without = facts.methods.sources.get("", 0)
    unstated = f"source of {plural(without, 'case')}; " if without else ""
    return f"{unstated}how the cases were chosen"


def truth(facts: Facts) -> str | None:
    """The answer key, and the people who judged diagnoses and the criteria of rubrics."""
    parts = ["the answer key of each case"]
    if rubric := facts.results.rubric:
        judged = plural(sum(rubric.judged), "judgement")
        parts.append(f"readers' {judged} of the criteria of {plural(rubric.cases, 'rubric')}")
    diagnoses = sum(arm.by_kind["diagnosis"].correct + arm.by_kind["diagnosis"].incorrect for arm in facts.results.arms)
    if diagnoses:
        parts.append(f"human judgement of {plural(diagnoses, 'free-text diagnosis', 'free-text diagnoses')}")
    reviewed = sum(arm.overall.reviewed for arm in facts.results.arms)
    if reviewed:
        parts.append(f"{plural(reviewed, 'score')} decided in score review")
    return "; ".join(parts)


def sample(facts: Facts) -> str | None:
    """Counts of cases, answers and readings."""
    return (
        f"{plural(facts.results.cases, 'case')}, {plural(facts.methods.answers, 'answer')},"
        f" {plural(facts.methods.readings.committed, 'committed reading')}"
    )


def assessors(facts: Facts) -> str | None:
    """Readers who committed a reading, and adjudicators."""
    found = facts.methods.readings.by_reader
    if not found:
        return None
    adjudicators = facts.methods.adjudicators
    also = f", {plural(len(adjudicators), 'adjudicator')}" if adjudicators else ""
    return f"{plural(len(found), 'reader')}{also}"


def qualifications(facts: Facts) -> str | None:
    """The stated qualification and background of readers who committed a reading, and of adjudicators."""
    stated = [f"{who}: {words}" for who, words in facts.methods.qualifications.items()]
    if backgrounds := facts.methods.backgrounds:
        stated.append(f"background of {plural(len(backgrounds), 'assessor')}, printed under Methods")
    return "; ".join(stated) or None


def qualifications_missing(facts: Facts) -> str:
    """For how many of them none is stated."""
    people = facts.methods.readings.by_reader.keys() | facts.methods.adjudicators.keys()
    stated = facts.methods.qualifications.keys() | facts.methods.backgrounds.keys()
    without = len(people - stated)
    return f"qualifications of {plural(without, 'assessor')}" if without and stated else ""


def training(facts: Facts) -> str | None:
    """The training, its threshold, and who reached it."""
    found = facts.results.training
    if found is None or not found.trained:
        return None
    passed = sum(reader.qualified for reader in found.trained)
    return (
        f"{plural(found.cases, 'training case')} with feedback; {passed} of {plural(len(found.trained), 'reader')}"
        f" reached a {found.metric} of {percent(found.threshold)}"
    )


def instructions(facts: Facts) -> str | None:
    """The guideline under which readings were made."""
    found = facts.methods.readings
    guided = sum(found.guidelines.values())
    if not guided:
        return None
    return f"a guideline in {guided:,} of {plural(found.committed, 'reading')}, printed under Methods"


def blinding(facts: Facts) -> str | None:
    """What was hidden, whether sides were randomised, and how the blinding was assessed."""
    found = facts.methods.readings
    if not found.committed:
        return None
    parts = ["names, answer key and automatic scores hidden until the commit"]
    if found.randomised:
        parts.append(f"sides randomised in {found.randomised:,} of {plural(found.committed, 'reading')}")
    if found.redacted:
        parts.append(f"identifying words redacted in {plural(found.redacted, 'reading')}")
    asked = facts.results.blinding_assessments.all.asked
    if asked:
        parts.append(f"assessed by {plural(asked, 'blinding assessment')}, see Progress")
    return "; ".join(parts)


def read_twice(facts: Facts) -> str | None:
    """Cases with at least two readers."""
    if not facts.methods.readings.committed:
        return None
    return f"{of_whole(facts.results.inter_rater.cases, facts.results.cases)} cases"


def agreement(facts: Facts) -> str | None:
    """AC1 of every judgement that several readers gave."""
    heads = [arm.name if facts.named else f"arm {number}" for number, arm in enumerate(facts.results.arms, 1)]
    return (
        "; ".join(
            f"{label.subject}{'' if label.arm is None else f', {heads[label.arm]}'}: AC1 {decimal(label.ac1.value)}"
            for label in facts.results.inter_rater.labels
            if isinstance(label.ac1, Estimate)
        )
        or None
    )


def intra_rater(facts: Facts) -> str | None:
    """Repeat readings, and AC1 over all readers."""
    if not facts.results.intra_rater:
        return None
    every = facts.results.intra_rater[0]
    found = "; ".join(
        f"{label.subject}: AC1 {decimal(label.ac1.value)}" for label in every.labels if isinstance(label.ac1, Estimate)
    )
    return f"{plural(every.readings, 'repeat reading')}{f'; {found}' if found else ''}"


def measures(facts: Facts) -> str | None:
    """Annotations and omissions that were counted."""
    counts = [arm.annotations for arm in facts.results.arms]
    readings = sum(one.readings for one in counts)
    if not readings:
        return None
    sets = ", ".join(facts.methods.readings.label_sets)
    marked, omitted = sum(one.annotations for one in counts), sum(one.omissions for one in counts)
    return (
        f"{plural(marked, 'annotation')} and {plural(omitted, 'omission')} in {plural(readings, 'reading')} of an"
        f" answer, by category and severity (label set {sets})"
    )


def comparison(facts: Facts) -> str | None:
    """Cases that were compared."""
    compared = facts.results.accuracy[0].compared
    read = facts.results.hallucinations.paired_with.table.n
    parts = [
        f"{what} in {plural(count, 'case')}" for what, count in (("accuracy", compared), ("annotations", read)) if count
    ]
    return f"paired, {' and '.join(parts)}; methods under Methods" if parts else None
