"""Which decisions about the study are in force, after copies of the study were merged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from doubleread.domain.events.entry import AFTER, Event
from doubleread.domain.events.event_kind import StudyDecision


def decisions(events: Sequence[Event], counts: Callable[[Event], bool] = lambda _: True) -> tuple[Event, ...]:
    """Return the branch of decisions on one matter that counts, the one in force last.

    If two copies of the study decided independently, the longer branch counts; the hash breaks a tie. A decision
    whose predecessor is missing begins a branch of its own, since each is complete in itself. Decisions at the end of a
    branch that do not count are left out of it.
    """
    by_hash = {event.hash: event for event in events}
    inner = {str(event.body.get(AFTER)) for event in events}
    found: list[tuple[Event, ...]] = [()]
    for event in events:
        branch: list[Event] = []
        at: Event | None = None if event.hash in inner else event
        while at is not None and len(branch) <= len(by_hash):
            branch.append(at)
            at = by_hash.get(str(at.body.get(AFTER)))
        while branch and not counts(branch[0]):
            branch.pop(0)
        found.append(tuple(reversed(branch)))
    return max(found, key=lambda branch: (len(branch), branch[-1].hash if branch else ""))


def in_force(entries: Iterable[Event], kinds: Mapping[str, type[Any]]) -> list[Event]:
    """Return the decision in force on each matter. `kinds` holds their classes."""
    matters: dict[tuple[Any, ...], list[Event]] = defaultdict(list)
    for entry in entries:
        kind: type[StudyDecision] = kinds[entry.kind]
        matters[(kind.matter, *(entry.body[name] for name in kind.about))].append(entry)
    return [branch[-1] for made in matters.values() if (branch := decisions(made))]
