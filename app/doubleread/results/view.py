"""A study open for viewing: its results, the cases behind them, and whether they have changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from doubleread.read_model.blinding import blinding_of
from doubleread.read_model.case_details import CaseDetail, case_detail
from doubleread.read_model.cases import AnsweredCase
from doubleread.read_model.readers import reader_progress
from doubleread.results import Results, counted_in_steps, results_and_cases
from doubleread.store import StudyFile


@dataclass(frozen=True, slots=True)
class ResultsView:
    """What the results screen shows. `cases` have no texts."""

    results: Results
    cases: tuple[AnsweredCase, ...]

    @property
    def arm_ids(self) -> tuple[str, str]:
        """The ids of the arms, in the order of the results."""
        first, second = self.results.arms
        return first.id, second.id

    @property
    def names(self) -> tuple[str, str]:
        """What the arms are called; "arm 1" and "arm 2" while the study is blind."""
        first, second = self.results.arms
        return first.name, second.name


def results_view(study: StudyFile) -> ResultsView:
    """Count what the study holds. Raises StudyFileError if it cannot be read or is a reader's own file."""
    return _view(*results_and_cases(study))


def results_views(study: StudyFile) -> Iterator[ResultsView]:
    """Yield the view; in a large study, yield a first one with the estimates that are computed soonest."""
    for found, cases in counted_in_steps(study):
        yield _view(found, cases)


def _view(found: Results, cases: tuple[AnsweredCase, ...]) -> ResultsView:
    return ResultsView(found, tuple(case.without_texts() for case in cases))


class ResultsSession:
    """An open study. Several threads may use it; nothing is ever written."""

    def __init__(self, study: StudyFile) -> None:
        study.expect_models("No results")
        self._study = study
        self._seen: int | None = None
        self._lock = threading.Lock()
        self.path = study.path
        with study.connection.snapshot() as db:
            self.still_reading: Mapping[str, int] = {
                reader.reader_id: reader.left for reader in reader_progress(db) if reader.left > 0
            }
            """The readers who are not done when the study is opened, with the number of cases they have left."""

    def changed(self) -> bool:
        """Return whether anybody has written since the last call; the first call returns True."""
        with self._lock:
            version = int(self._study.connection.rows("PRAGMA data_version")[0][0])
            changed, self._seen = version != self._seen, version
            return changed

    def view(self) -> ResultsView:
        """Count. Raises DoublereadError if the file cannot be read."""
        return results_view(self._study)

    def views(self) -> Iterator[ResultsView]:
        """Count step by step, as `results_views` does. Raises DoublereadError if the file cannot be read."""
        return results_views(self._study)

    def case(self, case_id: str) -> CaseDetail:
        """Return a case with both answers and everything that readers said of them. Raises DoublereadError."""
        return case_detail(self._study, case_id, blinding_of(self._study))

    def close(self) -> None:
        """Close the file."""
        self._study.close()
