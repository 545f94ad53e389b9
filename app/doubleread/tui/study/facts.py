"""What the page of a study says of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from doubleread.domain.wording import plural
from doubleread.read_model.readers import ReaderProgress
from doubleread.tui.shared.labelled_lines import labelled_lines

if TYPE_CHECKING:
    from doubleread.sessions.study_overview import StudyOverview

_BAR = 10
DONE, LEFT = "█", "░"


def facts(study: StudyOverview, width: int) -> Content:
    """Return everything that is known of a study, in lines of a label and words, wrapped to a width."""
    return labelled_lines(_lines(study), width)


def progress_bar(done: int, total: int, width: int = _BAR) -> str:
    """Return a bar that is as full as the work is done; full only when nothing is left."""
    filled = width if done >= total else min(done * width // total, width - 1)
    return DONE * filled + LEFT * (width - filled)


def reader_line(reader: ReaderProgress) -> str:
    """Return a reader's progress in one line."""
    if reader.withdrawn:
        return f"{reader.reader_id}  withdrawn, {reader.committed} committed"
    total = reader.done + reader.left
    bar = progress_bar(reader.done, total) if total else LEFT * _BAR
    training = ", in training" if reader.in_training else ""
    return f"{bar} {reader.reader_id}  {f'{reader.done} of {total}' if reader.left else f'all {total}'}{training}"


def _lines(study: StudyOverview) -> Iterator[tuple[str, str]]:
    kinds = ", ".join(f"{count} {kind}" for kind, count in study.kinds)
    yield "Cases", f"{study.cases} ({kinds})"
    if not study.missing:
        yield "Answers", "complete"
    else:
        failed = f", {study.failed} failed" if study.failed else ""
        yield "Answers", f"{study.answered} of {study.cases} cases have both; {study.missing} missing{failed}"
    yield "Arms", " and ".join(study.arms) if study.arms else "not named until every reader is done"
    yield "Readings", f"{study.committed} committed, {study.open_readings} open"
    if not study.readers:
        yield "Readers", "none yet"
    for number, reader in enumerate(study.readers):
        yield "" if number else "Readers", reader_line(reader)
    if study.split_reader is None:
        yield "Adjudicators", ", ".join(study.adjudicators) or "none"
        yield "Adjudication", f"{plural(study.to_adjudicate, 'case')} open, {study.adjudicated} resolved"
        yield "Scores", f"{study.to_review} to review" if study.to_review else "none to review"
        if study.conflicts:
            yield "Conflicts", f"{plural(study.conflicts, 'reading')} with several branches"
    yield "File", f"{study.path}{', encrypted' if study.encrypted else ''}"
