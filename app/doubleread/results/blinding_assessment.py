"""The blinding assessment: how well readers identify which model wrote an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from doubleread.domain.arm import Arm
from doubleread.domain.blinding import SIDES
from doubleread.domain.blinding_assessment import NO_IDEA, SKIPPED
from doubleread.read_model.study_counts import blinding_assessment_rows
from doubleread.statistics import Estimate, Proportion, Undefined, bang_index, proportion
from doubleread.store.sqlite.connection import Snapshot

_NOBODY = Undefined("no reader was asked which answer is whose")


@dataclass(frozen=True, slots=True)
class AssessmentCounts:
    """Counts of replies. `proportion` is that of the correct ones among those that name a side."""

    correct: int
    incorrect: int
    no_idea: int
    skipped: int
    proportion: Proportion | Undefined

    @property
    def asked(self) -> int:
        """How often it was asked."""
        return self.correct + self.incorrect + self.no_idea + self.skipped


@dataclass(frozen=True, slots=True)
class BlindingAssessments:
    """The blinding assessments of all readers. `about` is the role asked about, "" while the study is blind or if
    nobody was asked.

    `index` is Bang's, of all assessments and by the side of the model in question: a reader who always says A is
    correct wherever it is there, and incorrect elsewhere. Skipped questions are in none of them. The
    intervals treat all assessments as independent, though those of one reader are not: `by_reader` shows each.
    """

    about: str
    all: AssessmentCounts
    index: Estimate | Undefined
    index_by_side: Mapping[str, Estimate | Undefined]
    by_reader: Mapping[str, AssessmentCounts]


def blinding_assessments(db: Snapshot, arms: Iterable[Arm], *, named: bool) -> BlindingAssessments:
    """Count the blinding assessments of committed first readings. `models` are the study's, with their roles."""
    by_role = {arm.role.strip().casefold(): arm.id for arm in arms}
    replies: list[tuple[str, str, str]] = []
    roles: set[str] = set()
    for row in blinding_assessment_rows(db):
        arm = by_role.get(row["about"].strip().casefold())
        side = {row["arm_a"]: "A", row["arm_b"]: "B"}.get(arm)
        if side is not None:
            roles.add(row["about"].strip())
            replies.append((row["reader_id"], side, row["said"]))
    readers = dict.fromkeys(reader for reader, _, _ in replies)
    return BlindingAssessments(
        about=", ".join(sorted(roles)) if named else "",
        all=_counts(replies),
        index=_index(replies),
        index_by_side={side: _index(reply for reply in replies if reply[1] == side) for side in SIDES},
        by_reader={reader: _counts(reply for reply in replies if reply[0] == reader) for reader in readers},
    )


def _outcomes(replies: Iterable[tuple[str, str, str]]) -> Counter[str]:
    return Counter(
        said if said in (NO_IDEA, SKIPPED) else "correct" if said == side else "incorrect" for _, side, said in replies
    )


def _counts(replies: Iterable[tuple[str, str, str]]) -> AssessmentCounts:
    found = _outcomes(replies)
    correct, incorrect = found["correct"], found["incorrect"]
    fraction = proportion(correct, correct + incorrect)
    if isinstance(fraction, Undefined):
        fraction = Undefined("no reader named a side") if found else _NOBODY
    return AssessmentCounts(correct, incorrect, found[NO_IDEA], found[SKIPPED], fraction)


def _index(replies: Iterable[tuple[str, str, str]]) -> Estimate | Undefined:
    found = _outcomes(replies)
    index = bang_index(found["correct"], found["incorrect"], found[NO_IDEA])
    return _NOBODY if isinstance(index, Undefined) else index
