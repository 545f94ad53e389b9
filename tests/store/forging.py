"""Writing to the log of a study past the checks, as another program could."""

from __future__ import annotations

from doubleread.store import StudyFile
from doubleread.store.log.event_log import EventLog


def log_of(study: StudyFile) -> EventLog:
    """Return the log of an open study, which chains and writes whatever it is given."""
    return EventLog(study.connection, study.device)
