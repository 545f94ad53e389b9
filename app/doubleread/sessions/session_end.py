"""What a reader is told when a session of reading ends, and in the summary of all their readings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from doubleread.domain.labels import VERDICTS
from doubleread.domain.wording import duration_text, plural, size_text
from doubleread.read_model.own_readings import OwnReadings
from doubleread.sessions.receipts import Receipt
from doubleread.sessions.worklist import WorklistProgress

Work = Literal["reading", "training", "adjudication", "consensus"]
_DONE: Mapping[Work, str] = {
    "reading": "cases committed",
    "training": "training cases committed",
    "adjudication": "cases resolved",
    "consensus": "cases of the consensus round done",
}


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """How far a reader or an adjudicator is when a session ends. `seconds` are those of the session, without pauses.

    `own_file`: the file was made for this reader alone, and goes back to the study lead. `unsaved` counts actions that
    could not be saved. `served`: the reader has a page in the browser, and not the file.
    """

    path: Path
    person: str
    progress: WorklistProgress
    seconds: float
    own_file: bool = False
    unsaved: int = 0
    work: Work = "reading"
    served: bool = False

    @property
    def sentence(self) -> str:
        """How far the reader is, in one sentence."""
        saved = f"{plural(self.unsaved, 'action')} not saved" if self.unsaved else "everything saved"
        return f"{self.progress.committed} of {self.progress.total} {_DONE[self.work]}, {saved}."

    @property
    def next_step(self) -> str:
        """What to do with the file; empty if nothing."""
        if self.work == "consensus" and self.progress.committed == self.progress.total:
            return f"You are done with the consensus round. {self._give_back}"
        if self.work != "reading" or self.progress.committed < self.progress.total:
            return ""
        if self.own_file and not self.served:
            return self._give_back
        return f"You have read all your cases. {self._give_back}"

    @property
    def _give_back(self) -> str:
        if self.own_file and not self.served:
            return f"Send {self.path.name} back to your study lead."
        return "Tell your study lead."

    def lines(self) -> list[str]:
        """Return what the terminal shows after the screen."""
        verb = "adjudicated" if self.work == "adjudication" else "read"
        spent = f"{self.sentence} You {verb} for {duration_text(self.seconds)}."
        return [spent, *filter(None, [self.next_step])]


@dataclass(frozen=True, slots=True)
class ReadingSummary:
    """What a reader has done so far."""

    end: SessionEnd
    readings: OwnReadings
    receipt: Receipt


def summary_lines(summary: ReadingSummary) -> Iterator[tuple[str, str]]:
    """Yield the lines of the summary: what is counted, and the counts."""
    end, readings, receipt = summary.end, summary.readings, summary.receipt
    progress = end.progress
    declined = f"; {readings.declined} of them outside your field" if readings.declined else ""
    yield "Cases", f"{progress.committed} of {progress.total} committed{declined}"
    yield (
        "Time",
        f"{duration_text(readings.seconds)} in all, a median of {duration_text(readings.median_seconds)} per case",
    )
    given = ((label.name, readings.verdicts.get(label.name, 0)) for label in VERDICTS)
    yield "Verdicts", ", ".join(f"{count} {name}" for name, count in given) + " (both answers of each case counted)"
    yield "Annotations", str(sum(readings.annotations.values()) or "none")
    for category in dict.fromkeys(category for category, _ in readings.annotations):
        counts = ((severity, count) for (name, severity), count in readings.annotations.items() if name == category)
        yield "", f"{category}: {', '.join(f'{count} {severity}' for severity, count in counts)}"
    if readings.inconsistencies:
        yield (
            "Confirmed",
            plural(readings.inconsistencies, "contradiction between judgements", "contradictions between judgements"),
        )
    yield "Corrections", f"{readings.corrections} after a commit" if readings.corrections else "none after a commit"
    if readings.to_grade:
        yield "To grade", f"{plural(readings.to_grade, 'answer')} with a diagnosis, against the answer key"
    if not end.served:
        yield "File", f"{receipt.path}, {size_text(receipt.size)}"
    yield "Receipt", receipt.words.removeprefix("receipt: ")
