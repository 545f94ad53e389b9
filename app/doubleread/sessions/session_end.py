"""What a reader is told when a session of reading ends, and in the summary of all their readings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from doubleread.domain.wording import duration_text
from doubleread.read_model.own_readings import OwnReadings
from doubleread.sessions.receipts import Receipt
from doubleread.sessions.worklist import Progress


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """How far a reader is when a session ends. `seconds` are those of the session, without pauses.

    `own_file`: the file was made for this reader alone, and goes back to the study lead. `unsaved` counts actions that
    could not be saved. `training`: the cases were those of the training before the study.
    """

    path: Path
    reader_id: str
    progress: Progress
    seconds: float
    own_file: bool = False
    unsaved: int = 0
    training: bool = False

    @property
    def sentence(self) -> str:
        """How far the reader is, in one sentence."""
        saved = "everything saved" if not self.unsaved else f"{self.unsaved} of the last actions not saved"
        cases = "training cases" if self.training else "cases"
        return f"{self.progress.committed} of {self.progress.total} {cases} finished, {saved}."

    @property
    def next_step(self) -> str:
        """What to do with the file; empty if nothing."""
        if self.training or self.progress.committed < self.progress.total:
            return ""
        if self.own_file:
            return f"Send {self.path.name} back to your study lead."
        return "You have read all your cases. Tell your study lead."

    def lines(self) -> list[str]:
        """Return what the terminal shows after the screen."""
        spent = f"{self.sentence} You read for {duration_text(self.seconds)}."
        return [spent, *filter(None, [self.next_step])]


@dataclass(frozen=True, slots=True)
class ReadingSummary:
    """What a reader has done so far."""

    end: SessionEnd
    readings: OwnReadings
    receipt: Receipt
