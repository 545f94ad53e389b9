"""How well a matcher's proposals agree with the grades that people gave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from doubleread.domain.bond import BondGrade
from doubleread.statistics.estimates import Estimate
from doubleread.statistics.kappa import cohen, crosstable
from doubleread.statistics.proportions import Proportion, Undefined, proportion

SCALE = tuple(sorted(BondGrade))
"""The grades in their order, the lowest first."""


@dataclass(frozen=True, slots=True)
class ProposalAgreement:
    """The table of two by two: proposed or not against "the same diagnosis" by a person's grade.

    `precision` is the proportion of the proposals that a person upholds, `recall` the proportion of the same diagnoses
    that were proposed, `agreement` the proportion of all on which the two agree. Each has Wilson's interval, which
    takes the answers for independent. `kappa` is Cohen's, of proposals and people.
    """

    proposed_same: int
    proposed_other: int
    passed_over_same: int
    passed_over_other: int
    precision: Proportion | Undefined
    recall: Proportion | Undefined
    agreement: Proportion | Undefined
    kappa: Estimate | Undefined

    @property
    def n(self) -> int:
        """How many answers were compared."""
        return self.proposed_same + self.proposed_other + self.passed_over_same + self.passed_over_other


def proposal_agreement(
    pairs: Iterable[tuple[bool, BondGrade]],
    lowest_same: BondGrade = BondGrade.EXACT,
    confidence: float = 0.95,
) -> ProposalAgreement:
    """Return how far proposals and grades agree. Each pair is one answer: whether it was proposed, and its grade.

    Grades from `lowest_same` up count as the same diagnosis: 5 alone as a rule, 4 and 5 for a lenient count. Raises
    ValueError for a confidence outside (0, 1).
    """
    counts = {(proposed, same): 0 for proposed in (True, False) for same in (True, False)}
    for proposed, grade in pairs:
        counts[proposed, grade >= lowest_same] += 1
    proposed_same, proposed_other = counts[True, True], counts[True, False]
    passed_same, passed_other = counts[False, True], counts[False, False]
    every = sum(counts.values())
    return ProposalAgreement(
        proposed_same,
        proposed_other,
        passed_same,
        passed_other,
        _proportion(proposed_same, proposed_same + proposed_other, confidence, "nothing was proposed"),
        _proportion(
            proposed_same, proposed_same + passed_same, confidence, "no answer was graded as the same diagnosis"
        ),
        _proportion(proposed_same + passed_other, every, confidence, "there are no answers"),
        cohen([[proposed_same, proposed_other], [passed_same, passed_other]], confidence=confidence),
    )


def weighted_kappa(pairs: Iterable[tuple[BondGrade, BondGrade]], confidence: float = 0.95) -> Estimate | Undefined:
    """Return how far two ways of grading agree: Cohen's kappa with linear weights by the distance of the grades.

    Each pair is one answer. A proposal is taken for grade 5 and an answer passed over for grade 0
    (`grade_of_proposal`). Raises ValueError for a confidence outside (0, 1).
    """
    made = list(pairs)
    table = crosstable([one for one, _ in made], [other for _, other in made], SCALE)
    return cohen(table, "linear", [float(grade) for grade in SCALE], confidence)


def grade_of_proposal(proposed: bool) -> BondGrade:
    """Return the grade for which a matcher's word is taken."""
    return BondGrade.EXACT if proposed else BondGrade.NOTHING_CLOSE


def _proportion(successes: int, n: int, confidence: float, reason: str) -> Proportion | Undefined:
    found = proportion(successes, n, confidence)
    return Undefined(reason) if isinstance(found, Undefined) else found
