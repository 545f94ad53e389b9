"""What the screens need of the studies on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from doubleread.config import Settings
from doubleread.read_model.readers import ReaderProgress
from doubleread.sessions.reading import ReadingSession

if TYPE_CHECKING:
    # Results need imports that the first screen should not wait for.
    from doubleread.read_model.case_search import CaseBrowser
    from doubleread.results.view import ResultsSession
    from doubleread.sessions.adjudication import AdjudicationSession
    from doubleread.sessions.score_review import ScoreReviewSession
    from doubleread.sessions.study_overview import StudyOverview


@dataclass(frozen=True, slots=True)
class StudyEntry:
    """A study in the library.

    `used` is when its file was used last, in seconds since 1970. Until it is `examined`, nothing else is known.
    `problem` says why its file cannot be opened; it is empty for a good one. `gone`: there is no such file any more.
    `kept`: it is listed because it was used recently, and can be removed from the list. `locked`: the passphrase was
    not given yet.

    `answered` counts the cases that both models have answered, `to_adjudicate` those with several committed readings
    that nobody has resolved. `arms` are the names of the arms; empty while they must not be named. `split_reader` is
    the reader whose own file this is, made for a consensus round if `for_consensus`.
    """

    path: Path
    title: str
    cases: int = 0
    answered: int = 0
    readers: tuple[ReaderProgress, ...] = ()
    arms: tuple[str, ...] = ()
    to_adjudicate: int = 0
    split_reader: str | None = None
    for_consensus: bool = False
    problem: str = ""
    is_demo: bool = False
    encrypted: bool = False
    locked: bool = False
    gone: bool = False
    kept: bool = False
    examined: bool = True
    used: float = 0.0


@dataclass(slots=True)
class OpenStudy:
    """A study that a reader works on.

    Generation is not started yet: the screen does that once it is shown, so that loading models does not delay it.
    """

    session: ReadingSession
    is_demo: bool = False


class Library(Protocol):
    """Finds and opens studies for the screens, with the user's settings."""

    settings: Settings

    def studies(self) -> Sequence[StudyEntry]:
        """Return the studies in the library's folder, in the current one and among the recent files, not examined yet.

        Most recently used first. This is quick: no file is opened.
        """

    def examine(self, entry: StudyEntry) -> StudyEntry:
        """Return what is known of a study. One that cannot be read says why."""

    def forget(self, path: Path) -> None:
        """Remove a file from the recent files. The file itself stays."""

    def split_reader(self, path: Path) -> str | None:
        """Return the reader whose own file this is, or None for a whole study. Raises DoublereadError."""

    def is_locked(self, path: Path) -> bool:
        """Return whether a study is encrypted and not unlocked yet."""

    def unlock(self, path: Path, passphrase: str) -> None:
        """Take a study's passphrase or recovery key. Raises DoublereadError if it is wrong."""

    def readers(self, path: Path) -> Sequence[str]:
        """Return the pseudonyms of the readers of a study."""

    def question_before_reading(self, path: Path, reader_id: str) -> str:
        """Return what to ask before a new reader begins, or an empty string. Raises DoublereadError if they may not."""

    def open(self, path: Path, reader_id: str, *, consensus: bool = False) -> OpenStudy:
        """Open a study for a reader, or the `consensus` round of it. Raises DoublereadError."""

    def adjudicators(self, path: Path) -> Sequence[str]:
        """Return the pseudonyms that are registered as adjudicators of a study."""

    def reviewers(self, path: Path) -> Sequence[str]:
        """Return the pseudonyms of everybody who may review the scores of a study."""

    def adjudicate(self, path: Path, adjudicator_id: str) -> AdjudicationSession:
        """Open a study for adjudication. Raises DoublereadError, also if there is nothing to adjudicate yet."""

    def overview(self, path: Path) -> StudyOverview:
        """Count what the page of a study shows; may take a while. Raises DoublereadError."""

    def browse(self, path: Path) -> CaseBrowser:
        """Open a study to look through its cases. Raises DoublereadError."""

    def results(self, path: Path) -> ResultsSession:
        """Open the results of a study. Raises DoublereadError."""

    def reviewing(self, path: Path, adjudicator_id: str) -> ScoreReviewSession:
        """Open a study for score review. Raises DoublereadError."""

    def demo(self) -> Path:
        """Return the demo study's file, creating it if there is none. Raises DoublereadError."""
