"""The state of a generation run for the screen: answers as they grow, and how far each model is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from doubleread.errors import DoublereadError

ArmState = Literal["waiting", "starting", "ready", "failed"]
DraftState = Literal["waiting", "writing", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an answer or a model is not available, and what to do."""

    title: str
    happened: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.title}: {self.happened}" + (f"; {self.remedy}" if self.remedy else "")

    @staticmethod
    def of(error: DoublereadError) -> Trouble:
        """Return what an error says."""
        return Trouble(error.title, error.happened, error.remedy)


@dataclass(frozen=True, slots=True)
class Draft:
    """The state of an answer: waiting, being written, done (then it is in the study file), or failed.

    A failed one keeps its text so far, for the screen only.
    """

    state: DraftState = "waiting"
    text: str = ""
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class ArmProgress:
    """The progress of one model. A model is "waiting" while another one must end before it can be loaded.

    `tokens` counts those of the answers stored in this run, `made` all that its workers have generated, including
    unfinished answers. `seconds` is the time from the first load of the model to its last answer, or to now.
    """

    state: ArmState
    done: int
    failed: int
    total: int
    tokens: int = 0
    trouble: Trouble | None = None
    made: int = 0
    seconds: float = 0.0
    restarts: int = 0

    @property
    def left(self) -> int:
        """How many answers are missing."""
        return self.total - self.done - self.failed

    @property
    def finished(self) -> bool:
        """Whether this model generates nothing more until somebody acts."""
        return self.state == "failed" or self.left <= 0


def combined(arms: Iterable[ArmProgress]) -> ArmProgress:
    """Return the joint progress of several models, which reveals nothing about a single one."""
    made = list(arms)
    going = [now.state for now in made if not now.finished]
    failed = any(now.state == "failed" for now in made)
    return ArmProgress(
        state="ready" if "ready" in going else going[0] if going else "failed" if failed else "ready",
        done=sum(now.done for now in made),
        failed=sum(now.failed for now in made),
        total=sum(now.total for now in made),
        tokens=sum(now.tokens for now in made),
        trouble=next((now.trouble for now in made if now.trouble is not None), None),
        made=sum(now.made for now in made),
        seconds=max((now.seconds for now in made), default=0.0),
        restarts=sum(now.restarts for now in made),
    )
