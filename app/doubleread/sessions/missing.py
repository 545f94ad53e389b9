"""Which answers a study does not have, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from doubleread.store import StudyFile

NOT_YET = "not made yet"


@dataclass(frozen=True, slots=True)
class MissingAnswer:
    """An answer that is not there. `reason` is what happened when it was tried last, or that it was not made yet."""

    case_id: str
    model_id: str
    model: str
    reason: str

    def as_record(self) -> dict[str, str]:
        """Return it as JSON."""
        return asdict(self)


def missing_answers(study: StudyFile, names: Mapping[str, str] | None = None) -> list[MissingAnswer]:
    """Return every answer that is missing, in the study's order. Raises StudyFileError where it cannot be read.

    `names` by model id are those to be shown, the models' own if it is left out.
    """
    missing = study.missing_answers()
    if not missing:
        return []
    failures = study.failures()
    names = names or {model.id: model.name for model in study.models()}
    return [
        MissingAnswer(case_id, model_id, names[model_id], failures.get((case_id, model_id), NOT_YET))
        for case_id, model_id in missing
    ]


def in_lines(missing: list[MissingAnswer], most: int) -> list[str]:
    """Return one line for each answer that failed, `most` at most, and one for how many more failed."""
    failed = [item for item in missing if item.reason != NOT_YET]
    lines = [f"{item.case_id}, {item.model}: {item.reason}" for item in failed[:most]]
    return [*lines, f"and {len(failed) - most} more"] if len(failed) > most else lines
