"""What the screens need of the studies on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from doubleread.sessions.reading import ReadingSession

if TYPE_CHECKING:
    # Results need imports that the first screen should not wait for.
    from doubleread.results.view import ResultsSession
    from doubleread.sessions.adjudication import AdjudicationSession
    from doubleread.sessions.score_review import ScoreReviewSession
    from doubleread.sessions.study_overview import StudyOverview


@dataclass(frozen=True, slots=True)
class StudyEntry:
    """A study in the library. `problem` says why its file cannot be opened; it is empty for a good one.

    `answered` counts the cases that both models have answered, `readers` the readers without adjudicators. `locked`
    says that the passphrase was not given yet, so that nothing else is known.
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

    Generation is not started yet: the screen does that once it is shown, so that loading models does not delay it.
    """

    session: ReadingSession
    is_demo: bool = False


class Library(Protocol):
    """Finds and opens studies for the screens."""

    def studies(self) -> Sequence[StudyEntry]:
        """Return the studies in the library's folder, most recently used first."""

    def is_locked(self, path: Path) -> bool:
        """Return whether a study is encrypted and not unlocked yet."""

    def unlock(self, path: Path, passphrase: str) -> None:
        """Take a study's passphrase or recovery key. Raises DoublereadError if it is wrong."""

    def readers(self, path: Path) -> Sequence[str]:
        """Return the pseudonyms of the readers of a study."""

    def question_before_reading(self, path: Path, reader_id: str) -> str:
        """Return what to ask before a new reader begins, or an empty string. Raises DoublereadError if they may not."""

    def open(self, path: Path, reader_id: str) -> OpenStudy:
        """Open a study for a reader. Raises DoublereadError."""

    def adjudicators(self, path: Path) -> Sequence[str]:
        """Return the pseudonyms that are registered as adjudicators of a study."""

    def reviewers(self, path: Path) -> Sequence[str]:
        """Return the pseudonyms of everybody who may review the scores of a study."""

    def adjudicate(self, path: Path, adjudicator_id: str) -> AdjudicationSession:
        """Open a study for adjudication. Raises DoublereadError, also if there is nothing to adjudicate yet."""

    def overview(self, path: Path) -> StudyOverview:
        """Count what the page of a study shows; may take a while. Raises DoublereadError."""

    def results(self, path: Path) -> ResultsSession:
        """Open the results of a study. Raises DoublereadError."""

    def reviewing(self, path: Path, adjudicator_id: str) -> ScoreReviewSession:
        """Open a study for score review. Raises DoublereadError."""

    def demo(self) -> Path:
        """Return the demo study's file, creating it if there is none. Raises DoublereadError."""
