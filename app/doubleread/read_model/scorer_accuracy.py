"""Each scorer's accuracy on a model's choices, and its agreement with the primary score."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from doubleread.domain.score import ALTERNATIVE_SCORERS
from doubleread.read_model.blinding import Blinding
from doubleread.read_model.queries import score_rows
from doubleread.statistics import Proportion, Undefined, proportion
from doubleread.store import StudyFile


@dataclass(frozen=True, slots=True)
class ScorerAccuracy:
    """One scorer's results on one model's answers to choices.

    `accuracy` counts everything that is not correct as incorrect, including unparsed answers; n is the number of
    answers with a score of this scorer. `agreement` is the proportion of answers for which it chose the same option as
    the primary score, among those for which both chose one; None for the primary scorer itself.
    """

    arm_id: str
    arm_name: str
    scorer: str
    versions: tuple[str, ...]
    accuracy: Proportion | Undefined
    agreement: Proportion | Undefined | None

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "arm": self.arm_name,
            "scorer": self.scorer,
            "versions": list(self.versions),
            "accuracy": _proportion_record(self.accuracy),
            "agreement_with_primary": None if self.agreement is None else _proportion_record(self.agreement),
        }


def accuracy_by_scorer(study: StudyFile, blinding: Blinding) -> list[ScorerAccuracy]:
    """Return the accuracy of the primary scorer, then of each alternative one, for each model that it scored.

    Only choices count: readers review diagnoses. Only first answers count: alternative scorers score no others.
    Proportions have Wilson's intervals. While models must not be named,
    scorers that scored only one model are left out: they reveal which model is on this machine.
    """
    names = blinding.names
    chosen: dict[str, str] = {}
    rows_of: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in score_rows(study):
        if (
            row["sample"]
            or row["case_kind"] != "choice"
            or not (row["primary"] or row["scorer"] in ALTERNATIVE_SCORERS)
        ):
            continue
        rows_of[row["arm_id"], row["scorer"]].append(row)
        if row["primary"] and row["chosen"] is not None:
            chosen[row["answer_id"]] = row["chosen"]
    told = {
        scorer
        for _, scorer in rows_of
        if blinding.named or scorer not in ALTERNATIVE_SCORERS or all((arm_id, scorer) in rows_of for arm_id in names)
    }
    return [
        _accuracy(arm_id, names[arm_id], scorer, rows_of[arm_id, scorer], chosen)
        for arm_id in names
        for scorer in sorted((scorer for arm, scorer in rows_of if arm == arm_id and scorer in told), key=_order)
    ]


def _accuracy(
    arm_id: str, name: str, scorer: str, rows: list[dict[str, Any]], chosen: dict[str, str]
) -> ScorerAccuracy:
    both = [row for row in rows if row["chosen"] is not None and row["answer_id"] in chosen]
    return ScorerAccuracy(
        arm_id,
        name,
        scorer,
        tuple(sorted({row["scorer_version"] for row in rows})),
        proportion(sum(row["outcome"] == "correct" for row in rows), len(rows)),
        proportion(sum(row["chosen"] == chosen[row["answer_id"]] for row in both), len(both))
        if scorer in ALTERNATIVE_SCORERS
        else None,
    )


def _order(scorer: str) -> tuple[int, str]:
    return (ALTERNATIVE_SCORERS.index(scorer) if scorer in ALTERNATIVE_SCORERS else -1, scorer)


def _proportion_record(fraction: Proportion | Undefined) -> dict[str, Any]:
    if isinstance(fraction, Undefined):
        return {"n": 0, "undefined": fraction.reason}
    return {
        "value": fraction.value,
        "successes": fraction.successes,
        "n": fraction.n,
        "low": fraction.low,
        "high": fraction.high,
        "confidence": fraction.confidence,
        "method": fraction.method,
    }
