"""Which answers a study lacks, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from doubleread.read_model.blinding import Blinding
from doubleread.store import StudyFile

NOT_YET = "not generated yet"


@dataclass(frozen=True, slots=True)
class MissingAnswer:
    """A missing answer. `reason` is what happened in the last attempt, or that there was none.

    `sample` counts the arm's answers to the case from 0. The arm and its id are empty if they must not be revealed.
    """

    case_id: str
    arm_id: str
    arm: str
    reason: str
    sample: int = 0

    def as_record(self) -> dict[str, str | int | None]:
        """Return it as JSON; what must not be revealed is null."""
        return {name: None if value == "" else value for name, value in asdict(self).items()}

    def blinded(self, blinding: Blinding) -> MissingAnswer:
        """Return it as it may be shown now."""
        if blinding.named:
            return self
        return replace(self, arm_id="", arm="", reason=blinding.text(self.reason))


def missing_answers(study: StudyFile) -> list[MissingAnswer]:
    """Return every missing answer, in the study's order. Raises StudyFileError."""
    missing = study.missing_samples()
    if not missing:
        return []
    failures = study.answers.failures()
    names = {arm.id: arm.name for arm in study.arms()}
    return [
        MissingAnswer(case_id, arm_id, names[arm_id], failures.get((case_id, arm_id, sample), NOT_YET), sample)
        for case_id, arm_id, sample in missing
    ]


def failure_lines(missing: list[MissingAnswer], most: int) -> list[str]:
    """Return a line for each failed answer, at most `most`, and one for the number of the others."""
    failed = [item for item in missing if item.reason != NOT_YET]
    lines = [
        f"{', '.join(filter(None, (item.case_id, item.arm, _which(item))))}: {item.reason}" for item in failed[:most]
    ]
    return [*lines, f"and {len(failed) - most} more"] if len(failed) > most else lines


def _which(item: MissingAnswer) -> str:
    return f"answer {item.sample + 1}" if item.sample else ""
