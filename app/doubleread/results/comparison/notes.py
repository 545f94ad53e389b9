"""The notes on a comparison: what was computed how, as far as the comparison has it."""

from __future__ import annotations

from doubleread import __version__
from doubleread.domain.statements import Statement, listed, written
from doubleread.domain.wording import plural, verb
from doubleread.results.comparison.comparison import BIOMEDICAL, GENERAL, Comparison
from doubleread.results.comparison.metrics import ACCURACY, ALL_ANSWERS
from doubleread.statistics import Estimate, McNemar, Proportion


def comparison_notes(comparison: Comparison) -> tuple[str, ...]:
    """Return the notes that this comparison supports."""
    return written(NOTES, comparison)


def _scope(comparison: Comparison) -> str:
    count = len(comparison.studies)
    return (
        f"Every estimate comes from the results of one study ({plural(count, 'study', 'studies')} compared). Nothing is"
        " pooled or tested between studies."
    )


def _identity(comparison: Comparison) -> str | None:
    if len(comparison.studies) < 2:
        return None
    only = ""
    if any(arm.external for arm in comparison.arms):
        only = " An external arm has neither, and is the same arm in its own study only."
        if comparison.same_names:
            only = " External arms have neither: as requested, those with the same name are taken to be the same."
    return (
        "Arms of different studies are the same arm if the SHA-256 of the model file, or the server's address and model"
        f" id, and the arm's own settings are the same.{only}"
    )


def _indeterminate(comparison: Comparison) -> str | None:
    if not any(column.metric is ACCURACY for column in comparison.columns):
        return None
    count = comparison.indeterminate
    return (
        "Accuracy counts unparsed, refused and truncated answers as incorrect"
        f" ({plural(count, 'such answer')} {verb(count, 'is', 'are')} counted)."
    )


def _first_answers(comparison: Comparison) -> str | None:
    repeated = [study.number for study in comparison.studies if study.found.protocol.samples > 1]
    if not repeated:
        return None
    shown = any(column.metric is ALL_ANSWERS for column in comparison.columns)
    others = f", except {ALL_ANSWERS.label}" if shown else ""
    numbers = f"{verb(len(repeated), 'Study', 'Studies')} {listed(map(str, repeated))}"
    ask = verb(len(repeated), "asks", "ask")
    return f"{numbers} {ask} for several answers to a case; the estimates are of first answers{others}."


def _wilson(comparison: Comparison) -> str | None:
    if not any(isinstance(statistic, Proportion) for statistic in comparison.statistics):
        return None
    return "Proportions have 95% Wilson confidence intervals."


def _has_method(comparison: Comparison, method: str) -> bool:
    return any(isinstance(statistic, Estimate) and method in statistic.method for statistic in comparison.statistics)


def _newcombe(comparison: Comparison) -> str | None:
    if not _has_method(comparison, "Newcombe"):
        return None
    return "Differences of proportions on the same cases have 95% Newcombe intervals (method 10)."


def _bootstrap(comparison: Comparison) -> str | None:
    if not _has_method(comparison, "bootstrap"):
        return None
    return (
        "Means, rates and their differences have 95% bias-corrected and accelerated bootstrap intervals; whole cases"
        " are resampled."
    )


def _differences(comparison: Comparison) -> str | None:
    if not any(pair.differences for pair in comparison.pairs):
        return None
    oriented = [pair for pair in comparison.pairs if pair.by_role]
    direction = "the first arm named minus the second"
    if len(oriented) == len(comparison.pairs):
        direction = f"the {BIOMEDICAL} arm minus the {GENERAL} one"
    elif oriented:
        direction = f"the {BIOMEDICAL} arm minus the {GENERAL} one where the roles say so, else {direction}"
    return (
        f"A difference is {direction}, over the cases in which both answers of one study count; n counts these cases."
    )


def _tests(comparison: Comparison) -> str | None:
    if not comparison.tests:
        return None
    mcnemar = any(isinstance(test, McNemar) for test in comparison.tests)
    which = " p is McNemar's mid-p value where proportions on the same cases are compared." if mcnemar else ""
    return f"p values are not adjusted for the number of tasks.{which}"


def _directions(comparison: Comparison) -> str | None:
    if not any(pair.directions.all > 1 for pair in comparison.pairs):
        return None
    return (
        "Intervals that exclude zero are counted by direction. The counts are descriptive: tasks have different sizes,"
        " and intervals are not adjusted."
    )


def _published(comparison: Comparison) -> str | None:
    if not comparison.published:
        return None
    clue = any(column.metric.variant for one in comparison.published for column in one.columns)
    scored = (
        ' Metrics of the variant "clue" repeat the scoring of the CLUE benchmark with its defects, so that they can be'
        " compared with its values."
        if clue
        else ""
    )
    return (
        "Published values are shown where task, metric and scoring are the same. They have no interval, and were"
        f" computed from other files, prompts and settings.{scored}"
    )


def _software(comparison: Comparison) -> str:
    scorers = dict.fromkeys(name for study in comparison.studies for name in study.found.scorers)
    said = f" Scorers: {'; '.join(sorted(scorers))}." if scorers else ""
    return f"Statistics were computed with doubleread {__version__}.{said}"


NOTES: tuple[Statement[Comparison], ...] = (
    Statement("scope", _scope),
    Statement("identity", _identity),
    Statement("indeterminate", _indeterminate),
    Statement("first-answers", _first_answers),
    Statement("wilson", _wilson),
    Statement("newcombe", _newcombe),
    Statement("bootstrap", _bootstrap),
    Statement("differences", _differences),
    Statement("tests", _tests),
    Statement("directions", _directions),
    Statement("published", _published),
    Statement("software", _software),
)
"""All notes, in order."""
