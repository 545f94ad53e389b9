"""How often each model is right, alone and on the same cases, overall, by kind of case and by specialty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from doubleread.sessions.judged import UNCLEAR, JudgedAnswer, JudgedCase
from doubleread.statistics import (
    Group,
    PairedAccuracy,
    PairedShares,
    Proportion,
    Undefined,
    by_group,
    paired_accuracy,
    proportion,
)

ALL_KINDS = "all"
NO_SPECIALTY = "no specialty"

Pair = tuple[str, str]
"""The ids of both models, in the order of the results."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How many of one model's answers to one kind of case ("all" for every kind) are right.

    `answered` is the sum of the counts from `right` to `unscored`. Choices are settled by the scorer, diagnoses by
    readers after the commit, and both by a person where one has settled the score: `settled` counts those answers, and
    `automatic` is the share without what was settled (choices by the scorer alone, diagnoses by their readers), with
    unclear answers counted as wrong. `waiting` counts answers that the scorer proposes and nobody has confirmed or
    refused yet, `disputed` those on which readers differ; `unscored` ones have no score. `unclear_wrong` counts
    unparsed, refused and truncated answers as wrong, `unclear_left_out` leaves them out; waiting, disputed and unscored
    answers are in neither, nor are unclear answers to diagnosis cases that nobody has read or settled.
    """

    kind: str
    cases: int
    answered: int
    right: int
    wrong: int
    unparsed: int
    refused: int
    truncated: int
    waiting: int
    disputed: int
    unscored: int
    unclear_wrong: Proportion | Undefined
    unclear_left_out: Proportion | Undefined
    settled: int
    automatic: Proportion | Undefined


@dataclass(frozen=True, slots=True)
class AccuracyComparison:
    """Both models on the same cases of one kind ("all" for every kind).

    `compared` counts the cases in which both answers are settled, `unsettled` the others: an answer is missing, without
    a score, waits for a reader, or readers differ.
    """

    kind: str
    cases: int
    compared: int
    unsettled: int
    paired: PairedAccuracy


def accuracy(kind: str, cases: Sequence[JudgedCase], model_id: str) -> Accuracy:
    """Count one model's answers to these cases."""
    answers = [case.answers[model_id] for case in cases if model_id in case.answers]
    states = Counter(answer.standing for answer in answers)
    right, wrong = states["right"], states["wrong"]
    unclear = sum(answer.settled and answer.standing in UNCLEAR for answer in answers)
    return Accuracy(
        kind=kind,
        cases=len(cases),
        answered=len(answers),
        right=right,
        wrong=wrong,
        unparsed=states["unparsed"],
        refused=states["refused"],
        truncated=states["truncated"],
        waiting=states["waiting"],
        disputed=states["disputed"],
        unscored=states["unscored"],
        unclear_wrong=_share(kind, right, right + wrong + unclear, states),
        unclear_left_out=_share(kind, right, right + wrong, states),
        settled=sum(answer.settlement is not None for answer in answers),
        automatic=_automatic(kind, answers),
    )


def _automatic(kind: str, answers: Sequence[JudgedAnswer]) -> Proportion | Undefined:
    states = Counter(answer.standing_unsettled for answer in answers)
    return _share(kind, states["right"], sum(answer.counts_unsettled for answer in answers), states)


def _share(kind: str, right: int, n: int, states: Counter[str]) -> Proportion | Undefined:
    if n:
        return proportion(right, n)
    if not states.total():
        return Undefined(f"there are no answers to {kind} cases" if kind != ALL_KINDS else "there are no answers")
    if states["unscored"] == states.total():
        return Undefined("no answer was scored yet")
    if states["disputed"]:
        return Undefined("readers differ on every answer that they settled")
    if states["waiting"] or kind == "diagnosis":
        return Undefined("no reader has confirmed or refused a proposed diagnosis yet")
    return Undefined("no answer states a choice that could be found")


def compared(kind: str, cases: Sequence[JudgedCase], models: Pair) -> AccuracyComparison:
    """Compare both models on those of the cases in which both answers are settled."""
    pairs = _settled(cases, models)
    paired = _paired(pairs)
    if cases and not pairs:
        paired = replace(
            paired, unclear_wrong=_unsettled(paired.unclear_wrong), unclear_left_out=_unsettled(paired.unclear_left_out)
        )
    return AccuracyComparison(kind, len(cases), len(pairs), len(cases) - len(pairs), paired)


def _unsettled(shares: PairedShares) -> PairedShares:
    """Return the comparison with a better reason than that there are no cases."""
    nothing = Undefined("there is no case in which both answers are settled")
    return PairedShares(shares.table, nothing, nothing, nothing, nothing)


def accuracy_by(
    cases: Sequence[JudgedCase], models: Pair, group: Callable[[JudgedCase], str]
) -> tuple[Group[PairedAccuracy], ...]:
    """Compare in every group of the cases in which both answers are settled; p values are corrected for the groups."""
    settled = [case for case in cases if _settled([case], models)]
    pairs = _settled(settled, models)
    return by_group(
        [[group(case)] for case in settled],
        lambda places: _paired([pairs[place] for place in places]),
        lambda found: found.unclear_wrong.test,
    )


def specialty(case: JudgedCase) -> str:
    """Return the group of a case by its first tag."""
    return case.specialty or NO_SPECIALTY


def kind_of(case: JudgedCase) -> str:
    """Return the group of a case by its kind."""
    return case.kind


def _settled(cases: Sequence[JudgedCase], models: Pair) -> list[tuple[JudgedAnswer, JudgedAnswer]]:
    pairs = [(case.answers.get(models[0]), case.answers.get(models[1])) for case in cases]
    return [(one, other) for one, other in pairs if one and other and one.settled and other.settled]


def _paired(pairs: Sequence[tuple[JudgedAnswer, JudgedAnswer]]) -> PairedAccuracy:
    return paired_accuracy([one.right for one, _ in pairs], [other.right for _, other in pairs])
