"""The studies of this machine, and what it takes to open one for a reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from doubleread.sessions.reading import ReadingSession
from doubleread.store import StudyFile

if TYPE_CHECKING:
    # The figures need what the first screen should not wait for.
    from doubleread.results.view import ResultsSession
    from doubleread.sessions.adjudication import AdjudicationSession
    from doubleread.sessions.score_review import ScoreReviewSession


@dataclass(frozen=True, slots=True)
class StudyEntry:
    """A line of the study library. `problem` says why a file cannot be opened; it is empty for a good one.

    `answered` counts the cases that both models have answered; `readers` those who read, adjudicators not among them.

    `is_demo` says that this is the file in which the demo is kept, `encrypted` that the file is encrypted, and `locked`
    that its passphrase was not given yet, so that nothing of it is known.
    """

    path: Path
    title: str
    cases: int = 0
    answered: int = 0
    readers: int = 0
    problem: str = ""
    is_demo: bool = False
    encrypted: bool = False
    locked: bool = False


@dataclass(slots=True)
class OpenStudy:
    """A study that a reader works on.

    The making of what is missing is not started yet: the screen does that once it stands, so that loading models does
    not hold it up.
    """

    session: ReadingSession
    is_demo: bool = False


@dataclass(slots=True)
class OpenAdjudication:
    """A study that an adjudicator works on."""

    session: AdjudicationSession
    study: StudyFile
    adjudicator_id: str

    def close(self) -> None:
        """Save the time and close the file, even where the first fails."""
        try:
            self.session.leave()
        finally:
            self.study.close()


class Library(Protocol):
    """What the screens need of the outside; the command line puts it together."""

    def studies(self) -> Sequence[StudyEntry]:
        """Return the studies found in the library's folder, the one last used first."""

    def is_locked(self, path: Path) -> bool:
        """Say whether a study is encrypted and was not unlocked yet."""

    def unlock(self, path: Path, passphrase: str) -> None:
        """Take a study's passphrase or recovery key. Raises DoublereadError where it is not the right one."""

    def readers(self, path: Path) -> Sequence[str]:
        """Return the pseudonyms of those who can read in a study."""

    def question_before_reading(self, path: Path, reader_id: str) -> str:
        """Return what to ask before a new reader begins, "" for nothing. Raises DoublereadError for who may not."""

    def open(self, path: Path, reader_id: str) -> OpenStudy:
        """Open a study for a reader. Raises DoublereadError."""

    def adjudicators(self, path: Path) -> Sequence[str]:
        """Return the pseudonyms that are registered as adjudicators of a study."""

    def adjudicate(self, path: Path, adjudicator_id: str) -> OpenAdjudication:
        """Open a study to resolve where its readers differ. Raises DoublereadError, also where there is nothing yet."""

    def results(self, path: Path) -> ResultsSession:
        """Open a study to look at its results. Raises DoublereadError."""

    def reviewing(self, path: Path, adjudicator_id: str) -> ScoreReviewSession:
        """Open a study to resolve its scores. Raises DoublereadError."""

    def demo(self) -> Path:
        """Return the demo study's file, making it where there is none. Raises DoublereadError."""
