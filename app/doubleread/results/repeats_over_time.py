"""Intra-rater reliability over time: the earlier half of each reader's repeats against the later half."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from doubleread.domain.labels import LabelSet
from doubleread.read_model.cases import AnsweredCase
from doubleread.results.accuracy import Pair
from doubleread.results.reliability import IntraRaterReliability, intra_rater_reliability

LEAST = 4
"""Fewer repeats by one reader are not divided."""


@dataclass(frozen=True, slots=True)
class RepeatsOverTime:
    """All readers' repeats in the earlier and the later half of each reader's repeats, by the time of the commit."""

    earlier: IntraRaterReliability
    later: IntraRaterReliability


def repeats_over_time(
    cases: Sequence[AnsweredCase], committed: Sequence[tuple[str, str]], arms: Pair, labels: LabelSet
) -> RepeatsOverTime | None:
    """Divide the repeats. `committed` are reader and case of each repeat, in the order of the commits.

    None where no reader has at least `LEAST` repeats.
    """
    by_reader: dict[str, list[str]] = defaultdict(list)
    for reader_id, case_id in committed:
        by_reader[reader_id].append(case_id)
    first: set[tuple[str, str]] = set()
    second: set[tuple[str, str]] = set()
    for reader_id, case_ids in by_reader.items():
        if len(case_ids) >= LEAST:
            half = len(case_ids) // 2
            first |= {(reader_id, case_id) for case_id in case_ids[:half]}
            second |= {(reader_id, case_id) for case_id in case_ids[half:]}
    if not first:
        return None
    earlier, later = (intra_rater_reliability(_only(cases, part), arms, labels) for part in (first, second))
    return RepeatsOverTime(earlier[0], later[0]) if earlier and later else None


def _only(cases: Sequence[AnsweredCase], kept: set[tuple[str, str]]) -> list[AnsweredCase]:
    """Return the cases with these repeats alone."""
    return [
        replace(
            case,
            answers={
                arm_id: replace(
                    answer, repeats=tuple(one for one in answer.repeats if (one.reader_id, case.id) in kept)
                )
                for arm_id, answer in case.answers.items()
            },
        )
        for case in cases
    ]
