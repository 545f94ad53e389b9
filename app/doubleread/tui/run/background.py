"""The runs of this program: each goes on while nobody looks at its screen, and ends with the program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from doubleread.runs.study_run import RunOptions
from doubleread.sessions.running import RunningStudy

_END_SECONDS = 10.0
"""How long the program waits at its end for models to end."""

MakeRunning = Callable[[Path, RunOptions], RunningStudy]


class BackgroundRuns:
    """The latest run of each study."""

    def __init__(self, make: MakeRunning = RunningStudy) -> None:
        self._make = make
        self._runs: dict[Path, RunningStudy] = {}

    def of(self, path: Path) -> RunningStudy | None:
        """Return the latest run of a study, ended or not; None if there was none."""
        return self._runs.get(path.resolve())

    def start(self, path: Path, options: RunOptions) -> RunningStudy:
        """Start a run of a study, unless one goes on; return the one that goes on."""
        before = self.of(path)
        if before is not None and before.now.going:
            return before
        run = self._runs[path.resolve()] = self._make(path, options)
        run.start()
        return run

    @property
    def going(self) -> list[RunningStudy]:
        """The runs that have not ended."""
        return [run for run in self._runs.values() if run.now.going]

    def stop_all(self) -> None:
        """End all models. Finished answers are kept."""
        for run in self.going:
            run.stop()
        for run in self.going:
            run.stop_and_wait(_END_SECONDS)
