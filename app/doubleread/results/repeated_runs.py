"""Several answers of each arm to each case: how consistent they are, and how often they are correct."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doubleread.domain.score import Score
from doubleread.read_model.samples import CaseScores
from doubleread.results.accuracy import Pair
from doubleread.statistics import RepeatedRuns, SampledAnswer, Undefined, compare_repeated_runs

_OUTCOMES: Mapping[str, bool] = {"correct": True, "incorrect": False}


@dataclass(frozen=True, slots=True)
class RepeatedAnswers:
    """All answers to choices and inferences by their automatic scores, without score review.

    `samples` is the number of answers that the protocol asks each arm for, `answers` counts the scored ones of each
    arm. `left_out` counts the cases of other kinds: only a person can say whether a diagnosis is correct, and nobody
    reads later answers; measures are of first answers.
    """

    samples: int
    cases: int
    left_out: int
    answers: tuple[int, int]
    compared: RepeatedRuns | Undefined


def repeated_answers(cases: int, scores: Mapping[str, CaseScores], arms: Pair, samples: int) -> RepeatedAnswers:
    """Compare both arms in a study of so many `cases`. `scores` are those of its choices and inferences, by case id."""
    one, other = ([_sampled(of_case.get(arm_id, ())) for of_case in scores.values()] for arm_id in arms)
    return RepeatedAnswers(
        samples=samples,
        cases=len(scores),
        left_out=cases - len(scores),
        answers=(sum(map(len, one)), sum(map(len, other))),
        compared=compare_repeated_runs(one, other, samples)
        if scores
        else Undefined(
            "the study has no choices or inferences, and only those are correct or incorrect without a person"
        ),
    )


def _sampled(scores: Sequence[Score]) -> list[SampledAnswer]:
    """Return what was answered: its outcome, and the option chosen; an answer without one is indeterminate."""
    return [SampledAnswer(_OUTCOMES.get(score.outcome), score.chosen) for score in scores]
