"""LongHealth by task, over all answers to a question: accuracy, and hallucinations where no document answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from doubleread.domain.longhealth import UNANSWERABLE_LETTER, clue_measure
from doubleread.domain.score import Score
from doubleread.read_model.samples import CaseScores
from doubleread.results.accuracy import Pair
from doubleread.statistics import CaseMean, Estimate, PairedMeans, Undefined, compare_cases, mean_over_cases

_Counts = Callable[[Sequence[Score]], tuple[int, int]]
"""Of the answers to a question: how many have something, of how many."""


@dataclass(frozen=True, slots=True)
class LongHealthTask:
    """Both arms' answers to one task's questions by their automatic scores. A question is a cluster of its answers.

    `correct` counts answers without a choice as not correct, `correct_of_parsed` leaves them out. `hallucinated` and
    `hallucinated_of_parsed` are the same for answers that choose an option although no document answers the question;
    they are None in other tasks than 3. `without_choice` is the proportion of answers in which no choice could be read.
    `published` is the accuracy by CLUE's scoring. `samples` is how many answers the protocol asks each arm for. Each
    arm's estimate is over its own questions, a difference over those of both.
    """

    task: int
    cases: int
    samples: int
    answers: tuple[int, int]
    correct: PairedMeans
    correct_of_parsed: PairedMeans
    hallucinated: PairedMeans | None
    hallucinated_of_parsed: PairedMeans | None
    without_choice: PairedMeans
    published: PairedMeans


def longhealth_tasks(
    scores: Mapping[int, Mapping[str, CaseScores]], arms: Pair, samples: int
) -> tuple[LongHealthTask, ...]:
    """Compare both arms in each task that the study has."""
    return tuple(_task(task, cases, arms, samples) for task, cases in scores.items())


def _task(task: int, cases: Mapping[str, CaseScores], arms: Pair, samples: int) -> LongHealthTask:
    one, other = ([of_case.get(arm_id, ()) for of_case in cases.values()] for arm_id in arms)

    def compared(counts: _Counts, of: str = "") -> PairedMeans:
        first, second = ([_mean(*counts(case)) for case in side] for side in (one, other))
        both = compare_cases(first, second, f"no question has an answer of both arms{of}")
        return replace(both, first=_of_arm(first, of), second=_of_arm(second, of))

    unparsed = " in which a choice could be read"
    unanswerable = task == 3
    clue = clue_measure(task)
    return LongHealthTask(
        task=task,
        cases=len(cases),
        samples=samples,
        answers=(sum(map(len, one)), sum(map(len, other))),
        correct=compared(lambda case: (_correct(case), len(case))),
        correct_of_parsed=compared(lambda case: (_correct(case), _parsed(case)), unparsed),
        hallucinated=compared(lambda case: (_hallucinated(case), len(case))) if unanswerable else None,
        hallucinated_of_parsed=compared(lambda case: (_hallucinated(case), _parsed(case)), unparsed)
        if unanswerable
        else None,
        without_choice=compared(lambda case: (len(case) - _parsed(case), len(case))),
        published=compared(lambda case: (int(sum(score.measures.get(clue, 0) for score in case)), len(case))),
    )


def _of_arm(means: Sequence[CaseMean | None], of: str) -> Estimate | Undefined:
    own = [mean for mean in means if mean is not None]
    return mean_over_cases(own) if own else Undefined(f"no question has an answer{of}")


def _mean(count: int, of: int) -> CaseMean | None:
    return CaseMean(Fraction(count, of), of) if of else None


def _correct(case: Sequence[Score]) -> int:
    return sum(score.outcome == "correct" for score in case)


def _parsed(case: Sequence[Score]) -> int:
    return sum(score.chosen is not None for score in case)


def _hallucinated(case: Sequence[Score]) -> int:
    return sum(score.chosen not in (None, UNANSWERABLE_LETTER) for score in case)
