"""How one study is coming along: what its page shows, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from doubleread.domain.wording import plural, verb
from doubleread.read_model.adjudicable import adjudicable_case_ids
from doubleread.read_model.blinding import Blinding, blinding_of
from doubleread.read_model.readers import ReaderProgress, progress_with_training, reader_progress
from doubleread.read_model.study_counts import cases_by, open_readings, resolved_cases
from doubleread.sessions.consensus_round import round_left
from doubleread.sessions.readers import adjudicators
from doubleread.sessions.score_review import score_review_queue
from doubleread.store import StudyFile

MOST_NAMED = 3
"""How many readers the next step names."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next, in one sentence, and the id of the action on the study's page that does it."""

    action: str
    words: str


@dataclass(frozen=True, slots=True)
class StudyOverview:
    """A study in numbers.

    `kinds` counts the cases by kind; `answered` counts the cases with both answers, `missing` the answers that are not
    there yet, and `failed` those among them whose last attempt failed. `arms` are the names of the arms; empty while
    they must not be named. `to_adjudicate` counts the cases with several committed readings
    that nobody has resolved, `to_review` the doubtful scores, `conflicts` the readings with several branches of which
    nobody has chosen one. `split_reader` is the reader whose own file this is.
    `training` says whether readers are trained first. `round_left` counts the cases left in a consensus round, in a
    reader's own file that was made for one. `consensus` says whether the protocol has such a round.
    """

    path: Path
    title: str
    kinds: tuple[tuple[str, int], ...]
    answered: int
    missing: int
    failed: int
    arms: tuple[str, ...]
    readers: tuple[ReaderProgress, ...]
    open_readings: int
    adjudicators: tuple[str, ...]
    to_adjudicate: int
    adjudicated: int
    to_review: int
    conflicts: int
    encrypted: bool
    split_reader: str | None
    training: bool = False
    round_left: int = 0
    consensus: bool = False

    @property
    def cases(self) -> int:
        """How many cases there are."""
        return sum(count for _, count in self.kinds)

    @property
    def committed(self) -> int:
        """How many readings are committed, without repeated ones."""
        return sum(reader.committed for reader in self.readers)

    @property
    def next_step(self) -> NextStep:
        """What to do next."""
        reading = [reader for reader in self.readers if reader.left > 0]
        if self.split_reader is not None:
            left = sum(reader.left for reader in reading if reader.reader_id == self.split_reader)
            if left:
                return NextStep("read", f"Read the cases: {self.split_reader} has {plural(left, 'case')} left.")
            if self.round_left:
                cases = plural(self.round_left, "case")
                return NextStep("read", f"Go through the consensus round: {self.split_reader} has {cases} left.")
            return NextStep(
                "cases", "All cases are read. Return this file to the study lead, who merges it into the study."
            )
        if self.conflicts:
            readings = plural(self.conflicts, "reading")
            return NextStep("branches", f"Choose between the branches of {readings} continued in two copies.")
        if self.missing and not self.answered:
            return NextStep("generate", f"Generate the answers: {self.missing} are missing.")
        if not self.readers:
            return NextStep("register", "Register the readers, or begin to read.")
        if reading:
            named = ", ".join(
                f"{reader.reader_id} has {plural(reader.left, 'case')}" for reader in reading[:MOST_NAMED]
            )
            more = f", and {len(reading) - MOST_NAMED} more are not done" if len(reading) > MOST_NAMED else ""
            return NextStep("read", f"Read the cases: {named} left{more}.")
        if self.missing:
            are = verb(self.missing, "is", "are")
            return NextStep("generate", f"Generate the missing answers: there {are} {self.missing}.")
        if self.to_adjudicate and not self.adjudicators:
            cases = plural(self.to_adjudicate, "case")
            return NextStep("register", f"Register an adjudicator: {cases} can be adjudicated.")
        if self.to_adjudicate:
            cases = plural(self.to_adjudicate, "case")
            when = ", once the consensus round is over" if self.consensus else ""
            return NextStep("adjudicate", f"Adjudicate {cases} that several readers have read{when}.")
        if self.to_review:
            return NextStep("review_scores", f"Review {plural(self.to_review, 'doubtful score')}.")
        return NextStep("results", "Everything is done: see the results, write the report, export the data.")


def arms_to_show(blinding: Blinding, readers: Sequence[ReaderProgress]) -> tuple[str, ...]:
    """Return the names of the arms for a page that anyone may see; none before somebody has read.

    Results name the arms of a study without readers, for its lead. A person who opens this page may become a reader.
    """
    return tuple(blinding.names.values()) if blinding.named and readers else ()


def study_overview(study: StudyFile) -> StudyOverview:
    """Count what the page of a study shows. Raises StudyFileError if the file cannot be read."""
    own_file = study.split_reader is not None
    blinding = blinding_of(study)
    with study.connection.snapshot() as db:
        kinds = tuple(cases_by(db, "kind").items())
        progress = tuple(reader_progress(db))
        unfinished = open_readings(db)
        adjudicated = resolved_cases(db)
    readers = progress_with_training(study, progress)
    missing = set(study.missing_samples())
    return StudyOverview(
        path=study.path,
        title=study.protocol.title,
        kinds=kinds,
        answered=study.answers.case_counts()[1],
        missing=len(missing),
        failed=len(missing & study.answers.failures().keys()),
        arms=arms_to_show(blinding, readers),
        readers=readers,
        open_readings=unfinished,
        adjudicators=() if own_file else tuple(adjudicators(study)),
        to_adjudicate=0 if own_file else len(adjudicable_case_ids(study, "")),
        adjudicated=adjudicated,
        to_review=0 if own_file else score_review_queue(study).left,
        conflicts=0 if own_file else _undecided(study),
        encrypted=study.encrypted,
        split_reader=study.split_reader,
        training=study.protocol.training is not None and bool(study.training.cases()),
        consensus=study.protocol.consensus,
        round_left=len(round_left(study, study.split_reader)) if study.split_reader and study.for_consensus else 0,
    )


def _undecided(study: StudyFile) -> int:
    branches = study.conflicts.branches()
    chosen = {(branch.reader_id, branch.case_id, branch.repeat) for branch in branches if branch.chosen}
    return len({(branch.reader_id, branch.case_id, branch.repeat) for branch in branches} - chosen)
