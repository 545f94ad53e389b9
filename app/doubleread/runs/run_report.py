"""The report of a run, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from doubleread.domain.drafts import ArmProgress
from doubleread.domain.wording import plural
from doubleread.read_model.blinding import BOTH, Blinding
from doubleread.runs.missing import MissingAnswer


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did. `missing` are the answers still missing; `stopped` says whether the run was stopped early.

    `arms` and `names` are by arm id and contain the arms that had work, or both arms together (see
    `Blinding.progress`). Answers of the arms in `elsewhere` are external.
    """

    study: str
    total: int
    missing: list[MissingAnswer]
    arms: dict[str, ArmProgress] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    reproducible: bool = False
    stopped: bool = False
    elsewhere: frozenset[str] = frozenset()
    blinding: Blinding | None = None

    @property
    def failed(self) -> bool:
        """Whether answers are missing that a run can generate."""
        return any(item.arm_id not in self.elsewhere for item in self.missing)

    @property
    def written(self) -> int:
        """How many answers the study has."""
        return self.total - len(self.missing)

    @property
    def made(self) -> int:
        """How many answers this run generated."""
        return sum(progress.done for progress in self.arms.values())

    @property
    def shown_missing(self) -> list[MissingAnswer]:
        """The missing answers, named only as far as blinding allows."""
        return self.missing if self.blinding is None else [item.blinded(self.blinding) for item in self.missing]

    def lines(self) -> list[str]:
        """Return one line for each model."""
        return [_line(self.names[arm_id], progress) for arm_id, progress in self.arms.items()]

    def as_record(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {
            "study": self.study,
            "total": self.total,
            "answers": self.written,
            "made": self.made,
            "reproducible": self.reproducible,
            "stopped": self.stopped,
            "arms": [self._arm_record(arm_id) for arm_id in self.arms],
            "missing": [item.as_record() for item in self.shown_missing],
            "remarks": list(self.remarks),
        }

    def _arm_record(self, arm_id: str) -> dict[str, Any]:
        progress = self.arms[arm_id]
        rate = _rate(progress)
        trouble = progress.trouble
        return {
            "id": None if arm_id == BOTH else arm_id,
            "name": self.names[arm_id],
            "asked": progress.total,
            "made": progress.done,
            "failed": progress.failed,
            "tokens": progress.tokens,
            "seconds": round(progress.seconds, 3),
            "tokens_per_second": None if rate is None else round(rate, 3),
            "restarts": progress.restarts,
            "trouble": None if trouble is None else f"{trouble.title}: {trouble.happened}",
        }


def _line(name: str, progress: ArmProgress) -> str:
    parts = [plural(progress.done, "answer")]
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    # A server that does not count its tokens leaves the number at zero.
    if progress.tokens:
        parts.append(plural(progress.tokens, "token"))
    if progress.tokens and (rate := _rate(progress)) is not None:
        parts.append(f"{rate:.1f} tokens/s")
    parts.append(f"{progress.seconds:.1f} s")
    if progress.restarts:
        parts.append(f"restarted {plural(progress.restarts, 'time')}")
    return f"{name}: {', '.join(parts)}"


def _rate(progress: ArmProgress) -> float | None:
    return progress.tokens / progress.seconds if progress.seconds > 0 else None
