"""Conflicts of a study: readings that were continued in two copies of the file, and the choice between the branches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from doubleread.domain.events.study import ConflictResolved
from doubleread.errors import StudyChangedError
from doubleread.store.branches.current_adjudications import put_adjudications
from doubleread.store.branches.current_readings import put_current
from doubleread.store.branches.reading_branches import ReadingBranch, branch_to_choose, reading_branches
from doubleread.store.log.event_log import EventLog, entry_of
from doubleread.store.sqlite.connection import Connection
from doubleread.store.sqlite.faults import intact


@dataclass(frozen=True, slots=True)
class ReadingConflicts:
    """The conflicts in one study file. `expect_models` raises StudyFileError in a reader's own file."""

    connection: Connection
    log: EventLog
    path: Path
    expect_models: Callable[[str], None]

    def branches(self) -> list[ReadingBranch]:
        """Return the branches of every reading that has several, since copies of the study were read independently."""
        with intact(self.path, "a branch of a reading"), self.connection.snapshot() as db:
            return reading_branches(db)

    def resolve(self, actor: str, head: str, reason: str) -> ReadingBranch:
        """Choose the branch whose last entry has this hash, or one that starts with it; return it as it was before.

        What is added to it later is part of the choice, and another choice supersedes it. Raises InputRefusedError
        if no branch or several are meant, if it cannot count or was chosen already, and without a reason.
        """
        self.expect_models("No branch chosen")
        with intact(self.path, "a branch of a reading"), self.connection.snapshot() as db:
            branch = branch_to_choose(db, head)
        resolved = ConflictResolved(
            reader_id=branch.reader_id,
            case_id=branch.case_id,
            repeat=branch.repeat,
            head=branch.head,
            reason=reason.strip(),
        )
        resolved.check(actor)
        item = entry_of(actor.strip(), resolved)

        def write(db: Database) -> bool:
            if branch_to_choose(db, branch.head) != branch:
                raise StudyChangedError(
                    "No branch chosen", "the reading was continued in the meantime", "list its branches again"
                )
            self.log.decide(db, item, resolved)
            put_current(db, {branch.reading_id})
            put_adjudications(db, branch.case_id)
            return True

        self.log.write(write, item)
        return branch
