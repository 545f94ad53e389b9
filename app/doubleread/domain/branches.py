"""One reading that was written in several copies of a study: its branches of events, and the one that counts most.

Every event of a reading names the one before it (`events.AFTER`). Where two events name the same one, the reading was
gone on with in two copies that did not know of each other, and has two branches from there on. No branch is ever mixed
with another, and which of them counts depends on the events alone: not on clocks, and not on the order in which the
copies came together. All of this holds for an adjudication as it does for a reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from doubleread.domain import events as log
from doubleread.domain.events import Event

Branch = tuple[Event, ...]


def follows(before: Sequence[Event], news: Sequence[Event]) -> bool:
    """Say whether the news go on, one after the other, where the events before them end."""
    last = before[-1].hash if before else None
    for event in news:
        if (event.kind in log.OPENING_KINDS) != (last is None):
            return False
        if last is not None and event.body.get(log.AFTER, last) != last:
            return False
        last = event.hash
    return True


def branches(events: Sequence[Event], lost: frozenset[str] = frozenset()) -> tuple[list[Branch], list[Event]]:
    """Return the branches of one reading's events, the one that counts most first, and the events that belong to none.

    `events` come in the order of the file. An event of an early version of the program names no other; it follows the
    one before it in the file, and so does an event that follows one of the `lost`. An event belongs to no branch where
    what it follows is not there.
    """
    if events and follows((), events):
        return [tuple(events)], []
    parents = dict(_parents(events, lost))
    by_hash = {event.hash: event for event in events}
    inner = set(parents.values())
    found: list[Branch] = []
    in_branches: set[str] = set()
    for event in events:
        if event.hash in inner:
            continue
        branch = _branch_to(event, parents, by_hash)
        if branch:
            found.append(branch)
            in_branches.update(item.hash for item in branch)
    found.sort(key=weight, reverse=True)
    return found, [event for event in events if event.hash not in in_branches]


def decisions(events: Sequence[Event], counts: Callable[[Event], bool] = lambda _: True) -> Branch:
    """Return the branch of decisions of one kind that stands, the last one in force.

    Where two copies of the study decided apart, the longer branch stands; the hash breaks a tie. A decision whose
    forerunner is not there begins a branch of its own, since each is complete in itself. What does not count at the end
    of a branch is left out of it.
    """
    by_hash = {event.hash: event for event in events}
    inner = {event.body.get(log.AFTER) for event in events}
    found: list[Branch] = [()]
    for event in events:
        branch: list[Event] = []
        at: Event | None = None if event.hash in inner else event
        while at is not None and len(branch) <= len(by_hash):
            branch.append(at)
            at = by_hash.get(str(at.body.get(log.AFTER)))
        while branch and not counts(branch[0]):
            branch.pop(0)
        found.append(tuple(reversed(branch)))
    return max(found, key=lambda branch: (len(branch), branch[-1].hash if branch else ""))


def weight(branch: Branch) -> tuple[bool, int, str]:
    """Return what branches are ordered by: committed ones count more, then longer ones; the hash breaks a tie."""
    return is_committed(branch), len(branch), branch[-1].hash


def is_committed(branch: Branch) -> bool:
    """Say whether a branch commits its reading or adjudication."""
    return any(event.kind in log.COMMIT_KINDS for event in branch)


def _parents(events: Sequence[Event], lost: frozenset[str]) -> Iterator[tuple[str, str | None]]:
    """Yield each event's hash with that of the event it follows; None for one that opens."""
    present = {event.hash for event in events}
    previous = ""
    for event in events:
        if event.kind in log.OPENING_KINDS:
            yield event.hash, None
        else:
            named = event.body.get(log.AFTER, previous)
            yield event.hash, previous if named in lost and named not in present else str(named)
        previous = event.hash


def _branch_to(last: Event, parents: dict[str, str | None], by_hash: dict[str, Event]) -> Branch:
    branch: list[Event] = []
    at: str | None = last.hash
    while at is not None:
        # A damaged file can hold events that follow each other in a circle.
        if at not in by_hash or len(branch) > len(by_hash):
            return ()
        branch.append(by_hash[at])
        at = parents[at]
    return tuple(reversed(branch))
