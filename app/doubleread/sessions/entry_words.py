"""What the list of studies says of each of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from doubleread.domain.wording import plural
from doubleread.read_model.readers import ReaderProgress
from doubleread.sessions.library import StudyEntry

LOCK = "🔒"
ALIGNED = 40
"""Longest title to which the others are aligned."""
MOST_READERS = 3
"""How many readers are named with their progress."""


def headline(entry: StudyEntry, title_width: int = 0) -> str:
    """Return a study's title, padded to a width, and its state."""
    title = f"{LOCK} {entry.title}" if entry.locked else entry.title
    return f"{title.ljust(title_width)}   {state(entry)}"


def state(entry: StudyEntry) -> str:
    """Return in a few words how far a study is, or why it cannot be opened."""
    if entry.gone:
        return "the file is missing"
    if entry.problem:
        return f"cannot be opened: {entry.problem.partition(':')[0]}"
    if entry.locked:
        return "encrypted, needs its passphrase"
    if not entry.examined:
        return "…"
    if entry.split_reader is not None:
        purpose = " for the consensus round" if entry.for_consensus else ""
        return f"file of {entry.split_reader}{purpose}"
    if entry.answered < entry.cases:
        return "answers are missing"
    if not entry.readers:
        return "not read yet"
    if any(reader.left for reader in entry.readers):
        return "being read"
    return f"{entry.to_adjudicate} to adjudicate" if entry.to_adjudicate else "all read"


def details(entry: StudyEntry, now: datetime) -> str:
    """Return what is known of a study: cases and answers, readers, when it was used, its file, and its arms."""
    where = f"{entry.path.name} in {entry.path.parent}" if entry.kept else entry.path.name
    parts = [where, f"used {used(entry.used, now)}" if entry.used else ""]
    if entry.gone or entry.problem or entry.locked or not entry.examined:
        return " · ".join(part for part in parts if part)
    kept = "encrypted" if entry.encrypted else ""
    counts = f"{plural(entry.cases, 'case')}, {answered(entry)}"
    return " · ".join(part for part in (counts, readers(entry.readers), *parts, " and ".join(entry.arms), kept) if part)


def answered(entry: StudyEntry) -> str:
    """Return how many cases have both answers."""
    if not entry.answered:
        return "none with both answers"
    return f"{'all' if entry.answered == entry.cases else entry.answered} with both answers"


def readers(progress: tuple[ReaderProgress, ...]) -> str:
    """Return the progress of each reader, of at most `MOST_READERS`."""
    if not progress:
        return "no readers"
    named = ", ".join(f"{reader.reader_id} {_done(reader)}" for reader in progress[:MOST_READERS])
    more = len(progress) - MOST_READERS
    return f"{named} and {more} more" if more > 0 else named


def _done(reader: ReaderProgress) -> str:
    if reader.withdrawn:
        return "withdrawn"
    if reader.in_training:
        return "in training"
    return f"{reader.done} of {reader.done + reader.left}" if reader.left else f"all {reader.done}"


def used(seconds: float, now: datetime) -> str:
    """Return when something was used: "today 12:04", "yesterday 09:30" or the date."""
    then = datetime.fromtimestamp(seconds)
    if then.date() == now.date():
        return f"today {then:%H:%M}"
    if then.date() == (now - timedelta(days=1)).date():
        return f"yesterday {then:%H:%M}"
    return f"{then:%Y-%m-%d}"
