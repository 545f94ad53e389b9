"""An arbiter at work: the differences between readings, one case after the other, blind to models and readers."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from doubleread.domain.arbitration import Decision, Difference
from doubleread.domain.axes import Axis
from doubleread.domain.blinding import Side
from doubleread.domain.labels import LabelSet
from doubleread.domain.reading import Judgement
from doubleread.sessions.blind import OpenCase
from doubleread.sessions.round import Progress
from doubleread.store import StudyFile


@dataclass(frozen=True, slots=True)
class Arbitrable:
    """A case that two readers or more have committed. `stale`: a reading was corrected since it was arbitrated."""

    case_id: str
    title: str
    open_differences: int
    differences: int
    committed: bool
    stale: bool


def arbitrable_cases(study: StudyFile, arbiter_id: str) -> list[Arbitrable]:
    """Return the cases that this arbiter may settle, in the study's order; none where nothing is to be settled yet.

    Left out are cases that the arbiter has read, and those that another arbiter has settled. Raises StudyFileError
    where the study is a reader's own file.
    """
    raise NotImplementedError


class ArbitrationSession:
    """Everything the arbitration screen asks and does. Nothing it returns names a model, a reader or a score.

    Readers have numbers from 0, in an order drawn for each case. Each action is one transaction; when a method
    returns, what it did is on the disk. An arbitration is opened by the first decision, so that looking leaves no
    trace. Methods that act raise `InputRefusedError` where a decision cannot be stored and `StudyChangedError` where
    the study is no longer as it was shown; both leave everything as it was.

    The constructor raises InputRefusedError where nobody of that name is registered with the role "arbiter" and
    where there is nothing to arbitrate, StudyFileError for a reader's own file.
    """

    def __init__(
        self,
        study: StudyFile,
        arbiter_id: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        idle_seconds: float = 60.0,
    ) -> None:
        raise NotImplementedError

    @property
    def title(self) -> str:
        """The study's title."""
        raise NotImplementedError

    @property
    def guideline(self) -> str:
        """The study's guideline in Markdown."""
        raise NotImplementedError

    @property
    def case(self) -> OpenCase:
        """The case at hand."""
        raise NotImplementedError

    @property
    def answers(self) -> Mapping[Side, str]:
        """The texts of both answers by the arbiter's sides."""
        raise NotImplementedError

    @property
    def answer_ids(self) -> Mapping[Side, str]:
        """The ids of both answers by the arbiter's sides."""
        raise NotImplementedError

    @property
    def labels(self) -> LabelSet:
        """The labels that joined and own findings get."""
        raise NotImplementedError

    @property
    def axes(self) -> tuple[Axis, ...]:
        """What the two answers are compared by, beside the preference."""
        raise NotImplementedError

    @property
    def readers(self) -> int:
        """How many readings of this case are compared."""
        raise NotImplementedError

    @property
    def differences(self) -> tuple[Difference, ...]:
        """The differences: first those that were open when the case was gone to, each part in the order of the texts.

        The order stays while one is at the case, also when they are decided.
        """
        raise NotImplementedError

    @property
    def committed(self) -> bool:
        """Whether the case is settled; then `reopen` comes before any change, unless it is `stale`."""
        raise NotImplementedError

    @property
    def stale(self) -> bool:
        """Whether a reading was corrected, or another one committed, since the last decision was made on them.

        What was decided on matters that are as they were still holds. The next decision, or `reopen`, goes on from the
        readings as they are now.
        """
        raise NotImplementedError

    @property
    def progress(self) -> Progress:
        """Where this case stands among all, and how many are settled."""
        raise NotImplementedError

    @property
    def active_seconds(self) -> float:
        """Seconds spent on this case, saved or not; of a pause only the first `idle_seconds` count."""
        raise NotImplementedError

    @property
    def can_undo(self) -> bool:
        """Whether there is a decision to take back."""
        raise NotImplementedError

    @property
    def can_redo(self) -> bool:
        """Whether there is a decision to make again."""
        raise NotImplementedError

    def case_list(self) -> list[Arbitrable]:
        """Return the cases that this arbiter may settle, in the study's order."""
        raise NotImplementedError

    def difference(self, difference_id: str) -> Difference:
        """Return a difference of this case. Raises StudyChangedError where it is gone."""
        raise NotImplementedError

    def decision_of(self, difference_id: str) -> Decision | None:
        """Return what was decided about a difference; None while it is open."""
        raise NotImplementedError

    def side_of(self, difference_id: str) -> Side | None:
        """Return the arbiter's side of the answer that a difference is about; None for preference and ratings."""
        raise NotImplementedError

    def standing(self) -> Judgement:
        """Return what would be committed now: what the readers agree on, and what was decided. By the arbiter's sides.

        A finding that settles a difference has the difference's id.
        """
        raise NotImplementedError

    def goto(self, case_id: str) -> None:
        """Go to a case. Raises KeyError for one that is not in `case_list`."""
        raise NotImplementedError

    def step(self, by: int) -> bool:
        """Go `by` cases on, or back where it is negative. Return False, and stay, at either end."""
        raise NotImplementedError

    def next_open(self) -> bool:
        """Go to the next case that is not settled, from here and then from the start; False if there is none."""
        raise NotImplementedError

    def decide(self, difference_id: str, decision: Decision) -> None:
        """Settle a difference, in place of what was decided about it before."""
        raise NotImplementedError

    def undo(self) -> bool:
        """Take the last decision back; return False where there is none since the case was opened or reopened."""
        raise NotImplementedError

    def redo(self) -> bool:
        """Make again the decision that was undone last; return False where there is none."""
        raise NotImplementedError

    def missing_for_commit(self) -> tuple[str, ...]:
        """Name what is still to be decided, in words; nothing when the case can be committed."""
        raise NotImplementedError

    def commit(self) -> None:
        """Settle the case by what stands. A later change begins with `reopen`."""
        raise NotImplementedError

    def reopen(self, reason: str) -> None:
        """Open a settled case again. What was settled counts until the next commit."""
        raise NotImplementedError

    def leave(self) -> None:
        """Save the time spent. Call it before the program ends."""
        raise NotImplementedError

    def touch(self) -> None:
        """Take note that the arbiter did something."""
        raise NotImplementedError
