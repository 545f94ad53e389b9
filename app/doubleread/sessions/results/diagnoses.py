"""Free-text diagnoses: how high the key's stands in a model's list, how close it comes, and the scorer's proposals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from doubleread.domain.bond import BondGrade
from doubleread.sessions.judged import JudgedAnswer, JudgedCase
from doubleread.sessions.results.accuracy import Pair
from doubleread.statistics import Estimate, PairedShares, Proportion, Undefined, paired_shares, paired_table, proportion
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

    `counts` are of answers by grade, the best first: as settled, else as all readers who graded an answer say.
    `differ` counts those on which readers differ and which nobody settled. `proposals` holds the scorer's proposals
    against the grades, by kappa with linear weights, a proposal taken for 5 and none for 0.
    """

    counts: Mapping[str, int]
    graded: int
    differ: int
    proposals: Estimate | Undefined


@dataclass(frozen=True, slots=True)
class AgainstSettled:
    """Readers' grades against settled ones, of both models' answers: each grade of a reader is one pair.

    `same` is the share of pairs with one grade, `weighted` kappa with linear weights. Where they differ, the settled
    one counts, and the reader's stays in the file.
    """

    pairs: int
    same: Proportion | Undefined
    weighted: Estimate | Undefined


@dataclass(frozen=True, slots=True)
class Diagnoses:
    """`top` compares, for 1, 3 and 5 places, the shares of answers that name the key's diagnosis so high or higher.

    That is as settled, and where nothing is, the scorer's finding before a reader looked; `compared` counts the cases
    whose answers both have a score, `settled` the answers whose score a person settled. `proposals` hold the scorer
    against people: in each model's answers that were settled, or confirmed or refused by readers without a dispute,
    whether the scorer proposed the answer against whether it names the key's diagnosis.
    """

    cases: int
    compared: int
    settled: int
    top: Mapping[str, PairedShares]
    proposals: tuple[ProposalAgreement, ProposalAgreement]
    grades: tuple[Grades, Grades]
    readers: AgainstSettled


def diagnoses(cases: Sequence[JudgedCase], models: Pair) -> Diagnoses:
    """Compare both models' answers to these cases, all of kind diagnosis."""
    pairs = [(case.answers.get(models[0]), case.answers.get(models[1])) for case in cases]
    scored = [
        (one, other) for one, other in pairs if one and other and one.outcome is not None and other.outcome is not None
    ]
    top = {
        str(places): paired_shares(
            paired_table([_within(one, places) for one, _ in scored], [_within(other, places) for _, other in scored])
        )
        for places in PLACES
    }
    first, second = ([answer for pair in pairs if (answer := pair[place])] for place in (0, 1))
    return Diagnoses(
        cases=len(cases),
        compared=len(scored),
        settled=sum(answer.settlement is not None for answer in (*first, *second)),
        top=top,
        proposals=(_proposals(first), _proposals(second)),
        grades=(_grades(first), _grades(second)),
        readers=_against_settled([*first, *second]),
    )


def _within(answer: JudgedAnswer, places: int) -> bool:
    return answer.place is not None and answer.place <= places


def _proposals(answers: Sequence[JudgedAnswer]) -> ProposalAgreement:
    return proposal_agreement(
        (answer.outcome == "proposed", BondGrade.EXACT if answer.right else BondGrade.NOTHING_CLOSE)
        for answer in answers
        if answer.outcome is not None and answer.right is not None and _by_people(answer)
    )


def _by_people(answer: JudgedAnswer) -> bool:
    return answer.settlement is not None or any(judgement.names_key is not None for judgement in answer.judgements)


def _grades(answers: Sequence[JudgedAnswer]) -> Grades:
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


def _against_settled(answers: Sequence[JudgedAnswer]) -> AgainstSettled:
    pairs = list(_settled_pairs(answers))
    same = proportion(sum(one == other for one, other in pairs), len(pairs))
    nothing = Undefined("no answer was graded by a reader and settled")
    if not pairs:
        return AgainstSettled(0, nothing, nothing)
    return AgainstSettled(len(pairs), same, weighted_kappa(pairs))


def _settled_pairs(answers: Sequence[JudgedAnswer]) -> Iterator[tuple[BondGrade, BondGrade]]:
    for answer in answers:
        if answer.settlement is not None and answer.settlement.grade is not None:
            for grade in answer.grades:
                yield grade, answer.settlement.grade
