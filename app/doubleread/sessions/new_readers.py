"""The readers of a study that is about to be created: checked before, registered and given cases after."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from doubleread.device import this_device
from doubleread.domain.assignment import Plan
from doubleread.domain.pseudonym import pseudonym
from doubleread.domain.wording import plural
from doubleread.errors import DoublereadError, InputRefusedError
from doubleread.sessions.pseudonyms import reads_alike
from doubleread.sessions.readers import READERS_OF_A_CASE, add_reader, assign_cases
from doubleread.store import StudyFile
from doubleread.store.participation import ADJUDICATOR

TITLE = "Readers not accepted"


@dataclass(frozen=True, slots=True)
class NewReaders:
    """Who is registered, and how cases are assigned: without a `plan`, every reader reads every case, none assigned."""

    readers: tuple[str, ...] = ()
    adjudicators: tuple[str, ...] = ()
    plan: Plan | None = None
    each: int | None = None
    seed: int = 1


def named_people(typed: str) -> tuple[str, ...]:
    """Return the pseudonyms in a line, separated by commas or semicolons. Raises WrongSettingsError for a bad one."""
    return tuple(pseudonym(name) for name in re.split(r"[,;]", typed) if name.strip())


def refused_readers(new: NewReaders, cases: int) -> DoublereadError | None:
    """Return why readers cannot be registered and given cases like this, or None."""
    people = (*new.readers, *new.adjudicators)
    for name, count in Counter(people).items():
        if count > 1:
            return InputRefusedError(TITLE, f"{name} is named twice", "name each person once")
        if alike := reads_alike(name, people):
            happened = f"{name} and {alike[0]} are easily confused"
            return InputRefusedError(TITLE, happened, "choose more distinct pseudonyms")
    if new.plan is None:
        return None
    if not new.readers:
        return InputRefusedError(TITLE, "there is nobody to assign cases to", "name the readers, or assign cases later")
    if new.plan != "all" and (new.each or READERS_OF_A_CASE) > len(new.readers):
        happened = f"{new.each or READERS_OF_A_CASE} readers of each case are more than the {len(new.readers)} named"
        return InputRefusedError(TITLE, happened, "name more readers, or lower the number")
    if cases_of_each(new, cases)[0] == 0:
        return InputRefusedError(TITLE, "somebody would get no case", "name fewer readers, or add cases")
    return None


def cases_of_each(new: NewReaders, cases: int) -> tuple[int, int]:
    """Return the fewest and the most cases that a reader gets, if every case of the plan proportion has several."""
    if not new.readers or new.plan is None or new.plan == "all":
        return cases, cases
    readings = cases * (new.each or READERS_OF_A_CASE)
    return readings // len(new.readers), -(-readings // len(new.readers))


def add_readers(path: Path, new: NewReaders) -> list[str]:
    """Register the readers in a new study, and assign the cases; return what was done. Raises DoublereadError."""
    if not new.readers and not new.adjudicators:
        return []
    with StudyFile.open(path, device=this_device()) as study:
        for name in new.readers:
            add_reader(study, name, "", "", confirmed=False)
        for name in new.adjudicators:
            add_reader(study, name, ADJUDICATOR, "", confirmed=False)
        if new.plan is None:
            return [f"{plural(len(new.readers), 'reader')} registered"]
        each = new.each or READERS_OF_A_CASE
        assigned = assign_cases(study, new.plan, list(new.readers), seed=new.seed, each=each)
    return [f"{name}: {plural(len(set(cases)), 'case')}" for name, cases in assigned.items()]
