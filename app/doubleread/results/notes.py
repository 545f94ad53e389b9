"""Notes on the methods behind each kind of estimate in the results.

The terminal's tables, the results screen and the report print these statements. One appears only if the results have
an estimate of its kind; every number in it is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from doubleread import __version__
from doubleread.domain.formatting import of_whole, short
from doubleread.domain.statements import Statement, listed, written
from doubleread.domain.wording import plural, verb
from doubleread.read_model.study_counts import imported_words
from doubleread.results.counting import Results
from doubleread.results.labels import LabelAgreement
from doubleread.results.outline import outline
from doubleread.results.section import Cell, PValue, Value
from doubleread.statistics import (
    OVERLAP,
    Adjusted,
    Estimate,
    Group,
    Interval,
    McNemar,
    Proportion,
    Undefined,
)


def notes(results: Results) -> tuple[str, ...]:
    """Return the notes that these results need."""
    return written(NOTES, results)


def _cells(results: Results) -> Iterator[Cell]:
    """Yield all cells of the results' sections."""
    for section in outline(results):
        for _, row in section.all_rows():
            yield from row.cells.values()


def _estimates(results: Results) -> Iterator[Proportion | Estimate]:
    for cell in _cells(results):
        if isinstance(cell, Value) and not isinstance(cell.statistic, Undefined):
            yield cell.statistic


def _has_interval(results: Results, method: str) -> bool:
    return any(
        isinstance(estimate, Estimate) and method in estimate.method and isinstance(estimate.interval, Interval)
        for estimate in _estimates(results)
    )


def _proportions(results: Results) -> str | None:
    if not any(isinstance(estimate, Proportion) for estimate in _estimates(results)):
        return None
    return "Proportions have 95% Wilson confidence intervals."


def _differences(results: Results) -> str | None:
    if not _has_interval(results, "Newcombe"):
        return None
    return "Differences of proportions on the same cases have 95% Newcombe intervals (method 10)."


def _mcnemar(results: Results) -> str | None:
    if not any(isinstance(cell, PValue) and isinstance(cell.test, McNemar) for cell in _cells(results)):
        return None
    return (
        "Proportions on the same cases are compared by McNemar's test: p is the mid-p value, the exact p is beside it."
    )


def _bootstrap(results: Results) -> str | None:
    if not _has_interval(results, "bootstrap"):
        return None
    return (
        "Means, rates, coefficients of agreement and their differences have 95% bias-corrected and accelerated"
        " bootstrap intervals; whole cases are resampled, with both answers and all readings."
    )


def _in_no_proportion(unread: int) -> str:
    return verb(
        unread,
        "is in no proportion, because nobody has read its case",
        "are in no proportion, because nobody has read their cases",
    )


def _indeterminate(results: Results) -> str | None:
    overall = [arm.overall for arm in results.arms]
    counts = {
        "unparsed": sum(one.unparsed for one in overall),
        "refused": sum(one.refused for one in overall),
        "truncated": sum(one.truncated for one in overall),
    }
    if not any(counts.values()):
        return None
    named = listed(f"{count} {name}" for name, count in counts.items() if count)
    answered = sum(one.answered for one in overall)
    every = sum(counts.values())
    counted = sum(_n(one.indeterminate_incorrect) - _n(one.indeterminate_left_out) for one in overall)
    they = verb(every, "it", "they")
    some = they if counted == every else counted
    how = f"{some} {verb(counted, 'is', 'are')} counted as incorrect and, in a second analysis, left out"
    if not counted:
        how = f"{they} {_in_no_proportion(every)}"
    elif counted < every:
        how += f"; the other {every - counted} {_in_no_proportion(every - counted)}"
    return (
        f"Of {plural(answered, 'answer')}, {named} {verb(every, 'is', 'are')} indeterminate; {how}. Tables list them as"
        " unparsed/refused/truncated."
    )


def _n(proportion: Proportion | Undefined) -> int:
    return 0 if isinstance(proportion, Undefined) else proportion.n


def _measures(results: Results) -> str | None:
    if not results.measures:
        return None
    by_kind: dict[str, int] = {}
    for item in results.measures:
        by_kind[item.metric.kind] = max(by_kind.get(item.metric.kind, 0), item.indeterminate)
    unread = sum(by_kind.values())
    counted = (
        f"; they include {plural(unread, 'answer')} in which nothing could be read, with the lowest value of most"
        " measures"
        if unread
        else ""
    )
    return f"Measures are means over cases{counted}."


def _published_scoring(results: Results) -> str | None:
    found = [item.metric for item in results.measures if item.metric.variant == "clue"]
    if not found:
        return None
    twice = (
        "; the first case of a kind counts twice, as in its code" if any(not one.counts_once for one in found) else ""
    )
    return f'"Published scoring (CLUE)" repeats the scoring of that benchmark with its defects{twice}.'


def _repeated_runs(results: Results) -> str | None:
    found = results.repeated_runs
    if found is None or isinstance(found.compared, Undefined):
        return None
    return (
        f"Repeated runs compare {sum(found.answers):,} answers to {plural(found.cases, 'case')} (choices and"
        " inferences) by their automatic scores, each case with the same weight, an indeterminate answer counted as"
        " not correct. Intervals are clustered by case (Wilson's with the effective sample size, Newcombe's of two of"
        " them), and p is that of the sign-flip test over cases. The mode is the most frequent answer of an arm to a"
        " case; a tie between two gives no majority vote. All other estimates are of first answers."
    )


def _unrepeated(results: Results) -> str | None:
    found = results.repeated_runs
    if found is None or not found.left_out:
        return None
    return (
        f"Repeated runs leave out {plural(found.left_out, 'case')} of other kinds: only a person decides whether a"
        " diagnosis is correct, and later answers are not read."
    )


def _longhealth(results: Results) -> str | None:
    found = results.longhealth
    if not found:
        return None
    answers = sum(sum(task.answers) for task in found)
    hallucinated = (
        " In task 3, an answer is hallucinated if it chooses one of A to E, although no document answers the question;"
        " answers that could not be parsed are counted apart."
        if any(task.hallucinated for task in found)
        else ""
    )
    return (
        f"LongHealth's estimates are over all {answers:,} scored answers to {sum(task.cases for task in found):,}"
        " questions, clustered by question, each question with the same weight, by automatic scores without score"
        f" review.{hallucinated}"
    )


def _clue(results: Results) -> str | None:
    if not results.longhealth:
        return None
    return (
        "The published scoring of LongHealth in CLUE reads only “The correct answer is X:”, takes as the key the"
        " first option that contains the correct text, and counts an answer that it cannot read as incorrect."
    )


def _documents_left_out(results: Results) -> str | None:
    cut, answers = (sum(getattr(one, name) for one in results.documents) for name in ("cut", "answers"))
    if not cut:
        return None
    return (
        f"In {cut:,} of {plural(answers, 'answer')} to cases with documents, the context had no room for all of them:"
        " whole documents were left out, the last first, and never one that is marked as needed."
    )


def _diagnoses(results: Results) -> str | None:
    found = [arm.by_kind["diagnosis"] for arm in results.arms]
    if not (answered := sum(one.answered for one in found)):
        return None
    decided = sum(one.correct + one.incorrect for one in found)
    return (
        "A free-text diagnosis counts as correct or incorrect only if a person has judged it:"
        f" {of_whole(decided, answered)} such answers."
    )


def _reviewed(results: Results) -> str | None:
    reviewed = sum(arm.overall.reviewed for arm in results.arms)
    if not reviewed:
        return None
    return (
        f"{plural(reviewed, 'score')} {verb(reviewed, 'was', 'were')} decided by a person in score review;"
        " accuracy without these decisions is also given."
    )


def _annotations(results: Results) -> str | None:
    readings = sum(arm.annotations.readings for arm in results.arms)
    if not readings:
        return None
    marked = sum(arm.annotations.annotations for arm in results.arms)
    left_out = sum(arm.annotations.omissions for arm in results.arms)
    return (
        f"Rates of annotations are per reading of an answer ({plural(marked, 'annotation')} and"
        f" {plural(left_out, 'omission')} in {plural(readings, 'reading')} of an answer); omissions are separate."
    )


def _imported(results: Results) -> str | None:
    return imported_words(results.imported_annotations) if results.imported_annotations else None


def _declined(results: Results) -> str | None:
    declined = results.progress.outside_field
    if not declined:
        return None
    left_out = f"{verb(declined, 'is', 'are')} left out"
    return f"{plural(declined, 'reading')} that the reader declined as outside their field {left_out}."


def _sentences(results: Results) -> str | None:
    judged = sum(counts.judged for counts in results.sentences.counts)
    if not judged:
        return None
    whole = sum(counts.sentences for counts in results.sentences.counts)
    return f"Sentence judgements are proportions of the sentences that were judged, {of_whole(judged, whole)}."


def _rubric(results: Results) -> str | None:
    found = results.rubric
    if found is None:
        return None
    unknown = of_whole(found.unknown, sum(found.judged))
    return (
        "A rubric score is the points of the criteria that are met, negative ones included, as a proportion of the sum"
        " of positive points, as in HealthBench. An answer's score is the mean over its readers, and the mean over"
        f' cases is clipped to 0 and 1. "Cannot tell" counts as not met; readers chose it in'
        f" {unknown} judgements."
    )


def _criteria(results: Results) -> str | None:
    found = results.criteria_agreement
    if found is None:
        return None
    return (
        f"Agreement on criteria compares {plural(found.overall.pairs, 'pair')} of judgements of the same criterion of"
        ' an answer, both ways; "cannot tell" counts as not met. Each reader is compared with all others, whose'
        " judgements count as the truth."
    )


def _compared(*groupings: Sequence[Group[Any]]) -> bool:
    """Return whether one of these groupings has several groups, and a p value for one of them."""
    return any(len(groups) > 1 and any(isinstance(group.p, Adjusted) for group in groups) for groups in groupings)


def _group_p(results: Results) -> str | None:
    if not _compared(
        results.accuracy_by_kind,
        results.accuracy_by_specialty,
        results.hallucinating_by_kind,
        results.hallucinating_by_specialty,
        results.hallucination_rates_by_kind,
        results.hallucination_rates_by_specialty,
    ):
        return None
    return "p values of groups are adjusted for their number by the methods of Holm and of Benjamini and Hochberg."


def _group_rates(results: Results) -> str | None:
    if not _compared(results.hallucination_rates_by_kind, results.hallucination_rates_by_specialty):
        return None
    return "Within groups, rates of annotations are compared by Fisher's exact randomisation test."


def _preference(results: Results) -> str | None:
    given = sum(results.preference.readings.values())
    if not given:
        return None
    return (
        f"{plural(given, 'reading')} {verb(given, 'states', 'state')} a preference; a case counts for the arm that"
        " more of its readers prefer, and p is that of the exact sign test."
    )


def _axes(results: Results) -> str | None:
    rated = [axis for axis in results.axes if sum(axis.found.readings.values())]
    if not rated:
        return None
    return (
        f"On {plural(len(rated), 'axis', 'axes')}, a case counts for the arm that more of its readers rate better; p"
        " values of the sign test are adjusted by the methods of Holm and of Benjamini and Hochberg."
    )


def _labels(results: Results) -> Iterator[LabelAgreement]:
    yield from (*results.inter_rater.labels, *results.inter_rater.matched)
    for own in results.intra_rater:
        yield from (*own.labels, *own.matched)


def _agreement(results: Results) -> str | None:
    found = results.inter_rater
    if not found.cases:
        return None
    return (
        f"Inter-rater reliability is computed over {plural(found.cases, 'case')} read by two or more readers: observed"
        " agreement, Cohen's kappa (for two readers), Fleiss' kappa, Krippendorff's alpha and Gwet's AC1."
    )


def _consensus(results: Results) -> str | None:
    if results.consensus is None:
        return None
    return (
        "Inter-rater and intra-rater reliability are computed from the readings as they were before the consensus"
        " round. After it, readings are no longer independent, and their agreement does not measure reliability. All"
        " other estimates use the readings as they are after it."
    )


def _prevalence(results: Results) -> str | None:
    if not results.inter_rater.cases:
        return None
    read = sum(arm.annotations.answers for arm in results.arms)
    marked = sum(arm.annotations.answers_with for arm in results.arms)
    return (
        f"At least one annotation was made in {of_whole(marked, read)} answers that were read; kappa depends on such a"
        " prevalence, and AC1 less so."
    )


def _ordinal(results: Results) -> str | None:
    if not any(label.level == "ordinal" and label.cases for label in _labels(results)):
        return None
    return "For ordered labels, Cohen's kappa has linear weights and Krippendorff's alpha is ordinal."


def _spans(results: Results) -> str | None:
    compared = (results.inter_rater.spans, *(own.spans for own in results.intra_rater))
    if not any(one.matched + one.first_only + one.second_only for one in compared):
        return None
    return f"Two annotations match if they share at least {short(OVERLAP)} of the shorter one."


def _intra(results: Results) -> str | None:
    if not results.intra_rater:
        return None
    every = results.intra_rater[0]
    return (
        f"Intra-rater reliability compares {plural(every.readings, 'repeat reading')} of {plural(every.cases, 'case')}"
        " with the first reading by the same reader; repeat readings count nowhere else."
    )


def _assessments(results: Results) -> str | None:
    blinding_assessments = results.blinding_assessments
    if not isinstance(blinding_assessments.index, Estimate):
        return None
    return (
        "Blinding was assessed by Bang's index, the proportion of correct replies minus that of incorrect ones: 0 is"
        " chance, 1 is complete unblinding; its interval treats the replies of one reader as independent."
    )


def _software(results: Results) -> str | None:
    if next(_estimates(results), None) is None:
        return None
    return f"Statistics were computed with doubleread {__version__}."


NOTES: tuple[Statement[Results], ...] = (
    Statement("proportions", _proportions),
    Statement("differences", _differences),
    Statement("mcnemar", _mcnemar),
    Statement("bootstrap", _bootstrap),
    Statement("indeterminate", _indeterminate, "accuracy"),
    Statement("measures-are-means", _measures, "measures"),
    Statement("published-scoring", _published_scoring, "measures"),
    Statement("repeated-runs", _repeated_runs, "section repeated-runs"),
    Statement("unrepeated-cases", _unrepeated, "section repeated-runs"),
    Statement("longhealth", _longhealth, "section longhealth"),
    Statement("clue-longhealth", _clue, "section longhealth"),
    Statement("documents-left-out", _documents_left_out, "section documents"),
    Statement("diagnoses", _diagnoses, "accuracy"),
    Statement("score-review", _reviewed, "accuracy"),
    Statement("annotations", _annotations, "hallucinations"),
    Statement("imported-annotations", _imported, "hallucinations"),
    Statement("declined", _declined, "hallucinations"),
    Statement("sentences", _sentences, "sentences"),
    Statement("rubric", _rubric, "section rubric"),
    Statement("group-p", _group_p),
    Statement("group-rates", _group_rates, "hallucinations"),
    Statement("preference", _preference, "verdicts"),
    Statement("axes", _axes, "verdicts"),
    Statement("inter-rater", _agreement, "agreement"),
    Statement("before-consensus", _consensus, "agreement"),
    Statement("prevalence", _prevalence, "agreement"),
    Statement("ordinal", _ordinal, "agreement"),
    Statement("spans", _spans, "agreement"),
    Statement("criteria-agreement", _criteria, "section criteria-agreement"),
    Statement("intra-rater", _intra, "agreement"),
    Statement("bang", _assessments, "section blinding-assessment"),
    Statement("software", _software),
)
"""All notes. `section` is that of the report's page."""
