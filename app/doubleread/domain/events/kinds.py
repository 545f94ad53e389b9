"""All kinds of events, and the groups they form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from doubleread.domain.events.adjudications import ADJUDICATION_EVENTS
from doubleread.domain.events.annotations import AnnotationsImported
from doubleread.domain.events.answers import AnswerRecorded, AnswersImported, ConfigurationDrifted, GenerationFailed
from doubleread.domain.events.event_kind import EventKind, LinkedEvent, StudyDecision
from doubleread.domain.events.readers import READER_EVENTS, CasesAssigned
from doubleread.domain.events.readings import READING_EVENTS
from doubleread.domain.events.scores import ScoreOverridden
from doubleread.domain.events.study import (
    ConflictResolved,
    ExportAttested,
    ProtocolChanged,
    SplitCreated,
    StudyCreated,
    StudyMerged,
    StudyRecovered,
    StudySplit,
    StudyUnblinded,
)
from doubleread.domain.events.training import TRAINING_EVENTS

_STUDY_EVENTS: tuple[type[EventKind], ...] = (
    *(StudyCreated, SplitCreated, StudySplit, StudyMerged, StudyRecovered, StudyUnblinded, ExportAttested),
    *(AnswerRecorded, AnswersImported, AnnotationsImported, GenerationFailed, ConfigurationDrifted),
    *(ProtocolChanged, CasesAssigned, ScoreOverridden, ConflictResolved, *READER_EVENTS, *TRAINING_EVENTS),
)
LINKED_EVENTS: Mapping[str, type[LinkedEvent]] = {**READING_EVENTS, **ADJUDICATION_EVENTS}
EVENTS: Mapping[str, type[EventKind]] = {**{event.kind: event for event in _STUDY_EVENTS}, **LINKED_EVENTS}
"""The class of each kind, by the name under which the log stores it."""

OPENING_KINDS = frozenset(kind for kind, event in LINKED_EVENTS.items() if event.opens)
COMMIT_KINDS = frozenset(kind for kind, event in LINKED_EVENTS.items() if event.commits)
TIMED_KINDS = frozenset(kind for kind, event in LINKED_EVENTS.items() if event.timed)


def kinds_of_matter(event: type[StudyDecision]) -> list[str]:
    """Return the kinds of decisions on the matter of one of them."""
    return [
        kind
        for kind, other in EVENTS.items()
        if issubclass(other, StudyDecision) and cast(Any, other).matter == event.matter
    ]
