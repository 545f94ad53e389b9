"""Free-text diagnoses: rank of the key in the model's list, grade, and the scorer's proposals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from doubleread.domain.bond import BondGrade
from doubleread.read_model.answers import ScoredAnswer
from doubleread.read_model.cases import AnsweredCase
from doubleread.results.accuracy import Pair
from doubleread.statistics import (
    Estimate,
    PairedProportions,
    Proportion,
    Undefined,
    paired_proportions,
    paired_table,
    proportion,
)
from doubleread.statistics.proposals import (
    SCALE,
    ProposalAgreement,
    grade_of_proposal,
    proposal_agreement,
    weighted_kappa,
)

PLACES = (1, 3, 5)


@dataclass(frozen=True, slots=True)
class Grades:
    """How close one model's diagnoses come to the key, on the scale of Bond.

    `counts` are of answers by grade, the best first: the reviewed grade, or else the one on which all its readers
    agree. `differ` counts the answers on which readers differ and that nobody reviewed. `proposals` compares the
    scorer's proposals with the grades, by kappa with linear weights; a proposal counts as 5, none as 0.
    """

    counts: Mapping[str, int]
    graded: int
    differ: int
    proposals: Estimate | Undefined


@dataclass(frozen=True, slots=True)
class AgainstOverride:
    """Readers' grades against reviewed ones, of both models' answers: each grade of a reader is one pair.

    `same` is the proportion of pairs with one grade, `weighted` kappa with linear weights. If they differ, the
    reviewed one counts, and the reader's stays in the file.
    """

    pairs: int
    same: Proportion | Undefined
    weighted: Estimate | Undefined


@dataclass(frozen=True, slots=True)
class Diagnoses:
    """Ranks, proposals and grades of both models' answers to diagnosis cases.

    `top` compares, for 1, 3 and 5 places, the proportions of answers that name the key's diagnosis among their first
    so many. A reviewed rank counts; without one, the scorer's rank before any reader saw it. `compared` counts the
    cases whose answers both have a score, `reviewed` the answers whose score a person reviewed. `proposals` compare
    the scorer with people, over each model's answers that were reviewed, or confirmed or rejected by readers without a
    dispute: whether the scorer proposed a match, and whether the answer names the key's diagnosis.
    """

    cases: int
    compared: int
    reviewed: int
    top: Mapping[str, PairedProportions]
    proposals: tuple[ProposalAgreement, ProposalAgreement]
    grades: tuple[Grades, Grades]
    readers: AgainstOverride


def diagnoses(cases: Sequence[AnsweredCase], arms: Pair) -> Diagnoses:
    """Compare both models' answers to these cases, all of kind diagnosis."""
    pairs = [(case.answers.get(arms[0]), case.answers.get(arms[1])) for case in cases]
    scored = [
        (one, other) for one, other in pairs if one and other and one.outcome is not None and other.outcome is not None
    ]
    top = {
        str(places): paired_proportions(
            paired_table([_within(one, places) for one, _ in scored], [_within(other, places) for _, other in scored])
        )
        for places in PLACES
    }
    first, second = ([answer for pair in pairs if (answer := pair[place])] for place in (0, 1))
    return Diagnoses(
        cases=len(cases),
        compared=len(scored),
        reviewed=sum(answer.override is not None for answer in (*first, *second)),
        top=top,
        proposals=(_proposals(first), _proposals(second)),
        grades=(_grades(first), _grades(second)),
        readers=_against_override([*first, *second]),
    )


def _within(answer: ScoredAnswer, places: int) -> bool:
    return answer.rank is not None and answer.rank <= places


def _proposals(answers: Sequence[ScoredAnswer]) -> ProposalAgreement:
    return proposal_agreement(
        (answer.outcome == "proposed", BondGrade.EXACT if answer.correct else BondGrade.NOTHING_CLOSE)
        for answer in answers
        if answer.outcome is not None and answer.correct is not None and _by_people(answer)
    )


def _by_people(answer: ScoredAnswer) -> bool:
    return answer.override is not None or any(reading.confirms is not None for reading in answer.readings)


def _grades(answers: Sequence[ScoredAnswer]) -> Grades:
    graded = [(answer.outcome, answer.grade) for answer in answers if answer.grade is not None]
    counts = Counter(grade for _, grade in graded)
    return Grades(
        counts={str(int(grade)): counts[grade] for grade in reversed(SCALE)},
        graded=len(graded),
        differ=sum(answer.grade is None and len(answer.grades) > 1 for answer in answers),
        proposals=weighted_kappa(
            (grade_of_proposal(outcome == "proposed"), grade) for outcome, grade in graded if outcome is not None
        ),
    )


def _against_override(answers: Sequence[ScoredAnswer]) -> AgainstOverride:
    pairs = list(_reviewed_pairs(answers))
    same = proportion(sum(one == other for one, other in pairs), len(pairs))
    nothing = Undefined("no answer was graded both by a reader and in score review")
    if not pairs:
        return AgainstOverride(0, nothing, nothing)
    return AgainstOverride(len(pairs), same, weighted_kappa(pairs))


def _reviewed_pairs(answers: Sequence[ScoredAnswer]) -> Iterator[tuple[BondGrade, BondGrade]]:
    for answer in answers:
        if answer.override is not None and answer.override.grade is not None:
            for grade in answer.grades:
                yield grade, answer.override.grade
