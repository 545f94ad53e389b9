"""The branches of readings, and a person's choice between them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils import Database

from doubleread.domain.branches import Branch
from doubleread.domain.events.study import ReadingPlace
from doubleread.domain.wording import plural
from doubleread.errors import InputRefusedError
from doubleread.store.branches.current_readings import CurrentReadings, folded

SHORTEST_HEAD = 6
"""A branch is named by at least this many characters of its hash."""


@dataclass(frozen=True, slots=True)
class ReadingBranch:
    """One branch of a reader's reading of a case. `head` is the hash of its last entry, by which it is named.

    `counts` is True for the one that the tables contain, `chosen` where a person chose it. `shared` counts the entries
    that it has in common with the branch that counts. `fault` says why it cannot count in this study; "" if it can.
    """

    reader_id: str
    case_id: str
    repeat: int
    reading_id: str
    head: str
    entries: int
    shared: int
    last_at: str
    last_device: str
    annotations: int
    verdicts: dict[str, str]
    preference: str | None
    committed_at: str | None
    counts: bool
    chosen: bool
    fault: str


def reading_branches(db: Database) -> list[ReadingBranch]:
    """Return all branches of the readings that have several, by reader and case, the one that counts first."""
    current = CurrentReadings(db)
    found: list[ReadingBranch] = []
    certain = current.certainly_one()
    for place, reading_ids in sorted(current.places().items()):
        if len(reading_ids) == 1 and certain.issuperset(reading_ids):
            continue
        found += _branches_of(current, place, reading_ids)
    return found


def branch_to_choose(db: Database, head: str) -> ReadingBranch:
    """Return the branch that is named by its hash or the beginning of it.

    Raises InputRefusedError if there is none or more than one, and for one that cannot count or was chosen before.
    """
    if len(head) < SHORTEST_HEAD:
        raise _refused(f"{head!r} is too short to identify a branch", f"give at least {SHORTEST_HEAD} characters")
    named = [branch for branch in reading_branches(db) if branch.head.startswith(head)]
    if not named:
        raise _refused(f"no branch in conflict has the hash {head}", "list them: doubleread conflicts")
    if len(named) > 1:
        raise _refused(
            f"the hashes of {plural(len(named), 'branch', 'branches')} start with {head}", "give more characters"
        )
    (branch,) = named
    if branch.fault:
        raise _refused(f"this branch cannot count: {branch.fault}", "choose another branch")
    if branch.chosen and branch.counts:
        raise _refused("this branch has already been chosen", "there is nothing to do")
    return branch


def _branches_of(current: CurrentReadings, place: ReadingPlace, reading_ids: list[str]) -> list[ReadingBranch]:
    branches = current.branches_of(place, reading_ids)
    if len(branches) < 2:
        return []
    counting = current.outcome(place, reading_ids).branch
    made = [_branch(current, place, branch, counting) for branch in branches]
    return sorted(made, key=lambda branch: (not branch.counts, -branch.entries, branch.head))


def _branch(current: CurrentReadings, place: ReadingPlace, branch: Branch, counting: Branch) -> ReadingBranch:
    reading = folded(branch)
    judgement = reading.judgement if reading else None
    common = {event.hash for event in counting}
    return ReadingBranch(
        *place,
        reading_id=str(branch[0].body["reading_id"]),
        head=branch[-1].hash,
        entries=len(branch),
        shared=sum(event.hash in common for event in branch),
        last_at=branch[-1].at,
        last_device=branch[-1].device,
        annotations=len(judgement.annotations) if judgement else 0,
        verdicts=dict(judgement.verdicts) if judgement else {},
        preference=judgement.preference if judgement else None,
        committed_at=reading.committed_at if reading else None,
        counts=bool(counting) and branch[-1].hash == counting[-1].hash,
        chosen=current.is_chosen(place, branch),
        fault=current.fault(branch) if reading else "its entries are inconsistent",
    )


def _refused(happened: str, remedy: str) -> InputRefusedError:
    return InputRefusedError("No branch chosen", happened, remedy)
