"""Split a reader's own file off a study, and merge other files into it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from doubleread.domain.pseudonym import pseudonym
from doubleread.domain.wording import plural
from doubleread.errors import WrongSettingsError
from doubleread.progress import Progress, untold
from doubleread.sessions.admission import expect_no_slip
from doubleread.sessions.consensus_round import expect_round, rounds_to_send
from doubleread.store import StudyFile
from doubleread.store.branches.current_readings import Superseded
from doubleread.store.branches.merge import MergedFile, merge
from doubleread.store.branches.split import Split, split
from doubleread.store.files.file_key import FileKey
from doubleread.store.files.kept_copies import keep_backup
from doubleread.store.sqlite.state import study_state


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did, file by file. `backup` is the verified copy from before it.

    `several` says that readings have branches of which a person may choose one.
    """

    backup: Path
    files: tuple[MergedFile, ...]
    state: str
    several: bool

    @property
    def refused(self) -> bool:
        """Whether a file was refused."""
        return any(file.refused for file in self.files)


def check_split(
    study: StudyFile, reader: str, *, encrypt: bool | None, confirmed: bool, consensus: bool = False
) -> str:
    """Return the pseudonym for whom a file can be split off, for a `consensus` round or for reading.

    Raises WrongSettingsError if it must be said whether to encrypt it, InputRefusedError for somebody who may not read
    or cannot take part in the round now, or whose unconfirmed pseudonym may be a typing error.
    """
    reader_id = pseudonym(reader)
    if encrypt is None and study.encrypted:
        raise WrongSettingsError(
            "Encrypted or plain",
            f"{study.path} is encrypted; the reader's file can have its own passphrase",
            "add --encrypt or --plain",
        )
    expect_no_slip(study, reader_id, confirmed=confirmed, title="Nothing split")
    if consensus:
        expect_round(study, reader_id)
    return reader_id


def split_off(
    study: StudyFile,
    reader_id: str,
    out: Path,
    *,
    key: FileKey | None = None,
    consensus: bool = False,
    progress: Progress = untold,
) -> Split:
    """Write a reader's own file, with other readings if it is for a `consensus` round. Raises as `split` does."""
    others = rounds_to_send(study, reader_id) if consensus else {}
    return split(study, reader_id, out, key=key, progress=progress, others=others)


def split_lines(done: Split, reader_id: str) -> tuple[str, list[str]]:
    """Return what was split off, and notes."""
    cases = plural(done.cases - done.unanswered, "case")
    notes = []
    if done.differing:
        notes.append(
            f"{done.out.name} shows how others judged {plural(done.differing, 'case')}, without names, as of now"
        )
    if done.unanswered:
        notes.append(f"{plural(done.unanswered, 'case')} without both answers cannot be read in it")
    return f"{done.out}: {cases} for {reader_id}, {plural(done.readings, 'reading')} begun", notes


def merge_files(study: StudyFile, others: Sequence[Path], progress: Progress = untold) -> Merged:
    """Merge other files into a study, of which a verified copy is kept first. Raises DoublereadError."""
    if not others:
        raise WrongSettingsError(
            "Nothing to merge", "no other file is given", "give the readers' files or copies of the study"
        )
    study.expect_models("Nothing merged")
    progress("Keeping a copy", 0, 1)
    with ThreadPoolExecutor(1, "copy") as thread:
        # The first file is checked meanwhile, but nothing is written before the copy was verified.
        copy = thread.submit(keep_backup, study, "before-merge")
        files = merge(study, others, progress, copy.result)
        kept = copy.result()
    several = any(file.superseded for file in files) and bool(study.conflicts.branches())
    return Merged(kept, tuple(files), study_state(study.connection), several)


def merged_lines(file: MergedFile) -> list[str]:
    """Return what one file added, or why it was refused."""
    if file.refused:
        return [f"{file.path}: refused. {file.refused}"]
    if not file.changed:
        lines = [f"{file.path}: nothing new"]
    else:
        parts = [plural(file.events, "new entry", "new entries")]
        parts += [f"in {plural(count, 'reading')} by {reader_id}" for reader_id, count in file.readings.items()]
        if file.answers:
            parts.append(plural(file.answers, "answer"))
        lines = [f"{file.path}: {', '.join(parts)}"]
    if file.waiting:
        lines.append(
            f"  {plural(file.waiting, 'entry', 'entries')} left out: they follow entries that this study does not have;"
            " also merge the copy of the study that has them"
        )
    lines += [f"  quarantined: {reason}" for reason in file.quarantined]
    return [*lines, *(f"  superseded: {superseded_text(item)}" for item in file.superseded)]


def superseded_text(item: Superseded) -> str:
    """Return a line about entries that do not count."""
    whose = f"{item.reader_id}, {item.case_id}" if item.reader_id else f"reading {item.reading_id}"
    return f"{whose}: {plural(item.events, 'entry', 'entries')}, because {item.reason}"
