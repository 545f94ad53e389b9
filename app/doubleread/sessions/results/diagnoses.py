"""Free-text diagnoses: how high the key's stands in a model's list, and what readers say of the scorer's proposals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doubleread.domain.bond import BondGrade
from doubleread.sessions.judged import JudgedAnswer, JudgedCase
from doubleread.sessions.results.accuracy import Pair
from doubleread.statistics import PairedShares, paired_shares, paired_table
from doubleread.statistics.proposals import ProposalAgreement, proposal_agreement

PLACES = (1, 3, 5)


@dataclass(frozen=True, slots=True)
class Diagnoses:
    """`top` compares, for 1, 3 and 5 places, the shares of answers that name the key's diagnosis so high or higher.

    That is the scorer's finding, before a reader looked; `compared` counts the cases whose answers both have a score.
    `proposals` hold it against the readers: in each model's answers that readers confirmed or refused without a
    dispute, whether the scorer proposed the answer against whether readers say that it names the key's diagnosis.
    """

    cases: int
    compared: int
    top: Mapping[str, PairedShares]
    proposals: tuple[ProposalAgreement, ProposalAgreement]


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
    first, second = ([pair[place] for pair in pairs if pair[place]] for place in (0, 1))
    return Diagnoses(len(cases), len(scored), top, (_proposals(first), _proposals(second)))


def _within(answer: JudgedAnswer, places: int) -> bool:
    """Say whether the key's diagnosis stands so high. An early scorer told no place of what it proposed: the first."""
    rank = 1 if answer.rank is None and answer.outcome == "proposed" else answer.rank
    return rank is not None and rank <= places


def _proposals(answers: Sequence[JudgedAnswer | None]) -> ProposalAgreement:
    return proposal_agreement(
        (answer.outcome == "proposed", BondGrade.EXACT if answer.right else BondGrade.NOTHING_CLOSE)
        for answer in answers
        if answer and answer.outcome is not None and _confirmed(answer)
    )


def _confirmed(answer: JudgedAnswer) -> bool:
    return len({judgement.names_key for judgement in answer.judgements} - {None}) == 1
