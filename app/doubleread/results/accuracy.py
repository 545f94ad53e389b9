"""How often each model is correct, alone and on the same cases, overall, by kind of case and by specialty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from doubleread.domain.answer_status import INDETERMINATE, AnswerStatus
from doubleread.read_model.answers import ScoredAnswer
from doubleread.read_model.cases import AnsweredCase
from doubleread.statistics import (
    Group,
    PairedAccuracy,
    PairedProportions,
    Proportion,
    Undefined,
    by_group,
    paired_accuracy,
    proportion,
)

ALL_KINDS = "all"
NO_SPECIALTY = "no specialty"

Pair = tuple[str, str]
"""The ids of both arms, in the order of the results."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How many of one model's answers to one kind of case ("all" for every kind) are correct.

    `answered` is the sum of the counts from `correct` to `unscored`. The scorer decides choices, readers decide
    diagnoses after the commit, and a score review overrides both: `reviewed` counts the reviewed answers, and
    `automatic` is the proportion without score review (choices by the scorer alone, diagnoses by their readers), with
    indeterminate answers counted as incorrect. `pending`, `disputed` and `unscored` are those of `AnswerStatus`.
    `indeterminate_incorrect` counts unparsed, refused and truncated answers as incorrect, `indeterminate_left_out`
    leaves them out; pending, disputed and unscored answers are in neither, nor are indeterminate answers to diagnosis
    cases that nobody has read or reviewed.
    """

    kind: str
    cases: int
    answered: int
    correct: int
    incorrect: int
    unparsed: int
    refused: int
    truncated: int
    pending: int
    disputed: int
    unscored: int
    indeterminate_incorrect: Proportion | Undefined
    indeterminate_left_out: Proportion | Undefined
    reviewed: int
    automatic: Proportion | Undefined


@dataclass(frozen=True, slots=True)
class AccuracyComparison:
    """Both models on the same cases of one kind ("all" for every kind).

    `compared` counts the cases in which both answers count, `left_out` the others: an answer is missing, unscored,
    pending or disputed.
    """

    kind: str
    cases: int
    compared: int
    left_out: int
    paired: PairedAccuracy


def accuracy(kind: str, cases: Sequence[AnsweredCase], arm_id: str) -> Accuracy:
    """Count one model's answers to these cases."""
    answers = [case.answers[arm_id] for case in cases if arm_id in case.answers]
    states = Counter(answer.status for answer in answers)
    correct, incorrect = states["correct"], states["incorrect"]
    indeterminate = sum(answer.counts and answer.status in INDETERMINATE for answer in answers)
    return Accuracy(
        kind=kind,
        cases=len(cases),
        answered=len(answers),
        correct=correct,
        incorrect=incorrect,
        unparsed=states["unparsed"],
        refused=states["refused"],
        truncated=states["truncated"],
        pending=states["pending"],
        disputed=states["disputed"],
        unscored=states["unscored"],
        indeterminate_incorrect=_proportion(kind, correct, correct + incorrect + indeterminate, states),
        indeterminate_left_out=_proportion(kind, correct, correct + incorrect, states),
        reviewed=sum(answer.override is not None for answer in answers),
        automatic=_automatic(kind, answers),
    )


def _automatic(kind: str, answers: Sequence[ScoredAnswer]) -> Proportion | Undefined:
    states = Counter(answer.automatic_status for answer in answers)
    return _proportion(kind, states["correct"], sum(answer.counts_without_override for answer in answers), states)


def _proportion(kind: str, correct: int, n: int, states: Counter[AnswerStatus]) -> Proportion | Undefined:
    if n:
        return proportion(correct, n)
    if not states.total():
        return Undefined(f"there are no answers to {kind} cases" if kind != ALL_KINDS else "there are no answers")
    if states["unscored"] == states.total():
        return Undefined("no answer has been scored yet")
    if states["disputed"]:
        return Undefined("readers differ on every answer that they judged")
    if states["pending"] or kind == "diagnosis":
        return Undefined("no reader has confirmed or rejected a proposed diagnosis yet")
    return Undefined("no choice was found in any answer")


def compared(kind: str, cases: Sequence[AnsweredCase], arms: Pair) -> AccuracyComparison:
    """Compare both models on those of the cases in which both answers count."""
    pairs = _counting(cases, arms)
    paired = _paired(pairs)
    if cases and not pairs:
        paired = replace(
            paired,
            indeterminate_incorrect=_none_counts(paired.indeterminate_incorrect),
            indeterminate_left_out=_none_counts(paired.indeterminate_left_out),
        )
    return AccuracyComparison(kind, len(cases), len(pairs), len(cases) - len(pairs), paired)


def _none_counts(proportions: PairedProportions) -> PairedProportions:
    """Return the comparison with the reason why it is undefined."""
    nothing = Undefined("there is no case in which both answers count")
    return PairedProportions(proportions.table, nothing, nothing, nothing, nothing)


def accuracy_by(
    cases: Sequence[AnsweredCase], arms: Pair, group: Callable[[AnsweredCase], str]
) -> tuple[Group[PairedAccuracy], ...]:
    """Compare in every group of the cases in which both answers count; p values are corrected for the groups."""
    counted = [case for case in cases if _counting([case], arms)]
    pairs = _counting(counted, arms)
    return by_group(
        [[group(case)] for case in counted],
        lambda places: _paired([pairs[place] for place in places]),
        lambda found: found.indeterminate_incorrect.test,
    )


def specialty(case: AnsweredCase) -> str:
    """Return the group of a case by its first tag."""
    return case.specialty or NO_SPECIALTY


def kind_of(case: AnsweredCase) -> str:
    """Return the group of a case by its kind."""
    return case.kind


def _counting(cases: Sequence[AnsweredCase], arms: Pair) -> list[tuple[ScoredAnswer, ScoredAnswer]]:
    pairs = [(case.answers.get(arms[0]), case.answers.get(arms[1])) for case in cases]
    return [(one, other) for one, other in pairs if one and other and one.counts and other.counts]


def _paired(pairs: Sequence[tuple[ScoredAnswer, ScoredAnswer]]) -> PairedAccuracy:
    return paired_accuracy([one.correct for one, _ in pairs], [other.correct for _, other in pairs])
