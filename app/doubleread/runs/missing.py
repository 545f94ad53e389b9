"""Which answers a study does not have, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from doubleread.read_model.blinding import Blinding
from doubleread.store import StudyFile

NOT_YET = "not generated yet"


@dataclass(frozen=True, slots=True)
class MissingAnswer:
    """An answer that is not there. `reason` is what happened when it was tried last, or that it was not made yet.

    The model and its id are empty where they must not be told.
    """

    case_id: str
    model_id: str
    model: str
    reason: str

    def as_record(self) -> dict[str, str | None]:
        """Return it as JSON; what must not be told is null."""
        return {name: value or None for name, value in asdict(self).items()}

    def blinded(self, blinding: Blinding) -> MissingAnswer:
        """Return it as it may be told now."""
        if blinding.named:
            return self
        return replace(self, model_id="", model="", reason=blinding.text(self.reason))


def missing_answers(study: StudyFile) -> list[MissingAnswer]:
    """Return every answer that is missing, in the study's order. Raises StudyFileError where it cannot be read."""
    missing = study.missing_answers()
    if not missing:
        return []
    failures = study.failures()
    names = {model.id: model.name for model in study.models()}
    return [
        MissingAnswer(case_id, model_id, names[model_id], failures.get((case_id, model_id), NOT_YET))
        for case_id, model_id in missing
    ]


def in_branches(missing: list[MissingAnswer], most: int) -> list[str]:
    """Return one line for each answer that failed, `most` at most, and one for how many more failed."""
    failed = [item for item in missing if item.reason != NOT_YET]
    lines = [f"{', '.join(filter(None, (item.case_id, item.model)))}: {item.reason}" for item in failed[:most]]
    return [*lines, f"and {len(failed) - most} more"] if len(failed) > most else lines
