"""The branches of a reading or adjudication that was continued in several copies of a study.

Every event of a reading names the previous one (`events.AFTER`). If two events name the same one, two copies
continued the reading independently, and it has two branches from there on. Branches are never mixed. Which one counts
depends on the events alone: not on clocks, and not on the order in which copies were merged.
"""

from __future__ import annotations

from collections.abc import Sequence

from doubleread.domain.events import AFTER, Event
from doubleread.domain.events.kinds import COMMIT_KINDS, OPENING_KINDS

Branch = tuple[Event, ...]


def follows(before: Sequence[Event], news: Sequence[Event]) -> bool:
    """Return whether the new events follow, one after the other, the events before them."""
    last = before[-1].hash if before else None
    for event in news:
        if (event.kind in OPENING_KINDS) != (last is None):
            return False
        if last is not None and event.body.get(AFTER) != last:
            return False
        last = event.hash
    return True


def branches(events: Sequence[Event], lost: frozenset[str] = frozenset()) -> tuple[list[Branch], list[Event]]:
    """Return the branches of one reading's events, the one that counts most first, and the events that belong to none.

    `events` come in the order of the file. An event that follows one of the `lost` follows the one before it in the
    file. An event belongs to no branch where the event that it follows is missing.
    """
    if events and follows((), events):
        return [tuple(events)], []
    parents = _parents(events, lost)
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
    found.sort(key=precedence, reverse=True)
    return found, [event for event in events if event.hash not in in_branches]


def precedence(branch: Branch) -> tuple[bool, int, str]:
    """Return what branches are ordered by: committed ones count more, then longer ones; the hash breaks a tie."""
    return is_committed(branch), len(branch), branch[-1].hash


def is_committed(branch: Branch) -> bool:
    """Return whether a branch commits its reading or adjudication."""
    return any(event.kind in COMMIT_KINDS for event in branch)


def _parents(events: Sequence[Event], lost: frozenset[str]) -> dict[str, str | None]:
    """Return the hash of the event that each event follows, by its own hash; None for one that opens."""
    present = {event.hash for event in events}
    parents: dict[str, str | None] = {}
    previous = ""
    for event in events:
        named = str(event.body.get(AFTER))
        follows_lost = named in lost and named not in present
        parents[event.hash] = None if event.kind in OPENING_KINDS else previous if follows_lost else named
        previous = event.hash
    return parents


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
