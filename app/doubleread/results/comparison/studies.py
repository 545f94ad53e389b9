"""One study of a comparison: its results, its arms, and which cases it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from doubleread.domain.arm import Arms
from doubleread.domain.study import Protocol
from doubleread.read_model.study_counts import answers_by_scorer, case_hashes
from doubleread.results.counting import Results, results
from doubleread.store import StudyFile
from doubleread.store.sqlite.faults import intact

_UNTITLED = Protocol().title


@dataclass(frozen=True, slots=True)
class StudyResults:
    """What a comparison needs of one study. `arms` are in the order of the results, and None while it is blind.

    `task` is the name that the user gives to its task, "" for none. `cases` are the hashes of its cases by kind,
    `scorers` counts answers by scorer and version.
    """

    path: Path
    task: str
    results: Results
    arms: Arms | None
    protocol: Protocol
    cases: Mapping[str, frozenset[str]]
    scorers: Mapping[str, int]

    @property
    def task_name(self) -> str:
        """The name of its task: the user's, or that of the protocol's preset task, or its title, or its file's name."""
        title = self.results.title if self.results.title != _UNTITLED else self.path.stem
        return self.task or self.protocol.task or title


def study_results(study: StudyFile, task: str = "") -> StudyResults:
    """Count what a study holds. Raises StudyFileError if it cannot be read or is a reader's own file."""
    found = results(study, reliability=False)
    with study.connection.snapshot() as db, intact(study.path, "its cases or scores"):
        cases, scorers = case_hashes(db), answers_by_scorer(db)
    by_id = {arm.id: arm for arm in study.arms()}
    first, second = (by_id[arm.id] for arm in found.arms)
    arms = (first, second) if found.blindness.named else None
    return StudyResults(study.path, task, found, arms, study.protocol, cases, scorers)
