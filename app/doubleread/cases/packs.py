"""Combine case packs in one study."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from doubleread.cases.formats import FORMATS, recognised
from doubleread.cases.longhealth import longhealth_pack
from doubleread.cases.problems import Problem, expect_usable
from doubleread.cases.record import ORIGINAL_ID, Pack
from doubleread.domain.case import Case
from doubleread.domain.longhealth import LongHealthTask
from doubleread.errors import CaseFileError


@dataclass(frozen=True, slots=True)
class Taken:
    """The cases that were taken from one or more packs, and the problems of those that were left out."""

    cases: tuple[Case, ...]
    left_out: tuple[Problem, ...]


def read_packs(files: Iterable[Path], longhealth_task: int = 1) -> list[Pack]:
    """Read packs, naming every problem of every file and every id that is in more than one of them.

    A file of another format is read as that if it is recognised, one of LongHealth for a task of it. A file that cannot
    be read at all is a pack with one problem of line 0.
    """
    packs: list[Pack] = []
    first: dict[str, tuple[str, Case]] = {}
    for file in files:
        try:
            pack = _pack(file, longhealth_task)
        except CaseFileError as error:
            happened = error.happened.removeprefix(str(file)).lstrip(": ")
            packs.append(Pack(str(file), (), (), (Problem(str(file), 0, "", f"{happened}; {error.remedy}"),)))
            continue
        packs.append(_without_repeated(pack, first))
    return _without_ambiguous(packs)


def _pack(file: Path, longhealth_task: int) -> Pack:
    try:
        name = recognised(file)
    except CaseFileError:
        name = "native"  # whose reader says what else the file is
    if name == "longhealth":
        pack = longhealth_pack(file, task=cast(LongHealthTask, longhealth_task))
    else:
        pack = FORMATS[name].read(file, None)
    return replace(pack, format=name)


def take(packs: Sequence[Pack], *, title: str, skip_bad: bool, hint: str = "") -> Taken:
    """Return the cases of packs. Raises CaseFileError with every problem, if there is any.

    With `skip_bad` bad lines are left out instead, as long as a case remains and no problem concerns a whole file.
    `hint` is a remark of the error on all problems.
    """
    cases = tuple(case for pack in packs for case in pack.cases)
    problems = tuple(problem for pack in packs for problem in pack.problems)
    expect_usable(problems, len(cases), title=title, skip_bad=skip_bad, hint=hint)
    return Taken(cases, problems)


def with_prefix(pack: Pack, prefix: str) -> Pack:
    """Return a pack whose ids all begin with a prefix. Each case keeps the id it had first as `original_id`."""
    cases = tuple(replace(case, id=prefix + case.id, extra={ORIGINAL_ID: case.id, **case.extra}) for case in pack.cases)
    return replace(pack, cases=cases)


def _without_repeated(pack: Pack, first: dict[str, tuple[str, Case]]) -> Pack:
    """Return a pack without the cases whose ids are in `first`, the file of each id so far, and add its own ids."""
    file = pack.file

    def problem(case: Case, line: int) -> Problem | None:
        if case.id not in first:
            return None
        other, same = first[case.id]
        if same == case:
            return Problem(file, line, "id", f"the same case as in {other}", case.id)
        message = f'"{case.id}" is already an id in {other}; convert one of them with --id-prefix'
        return Problem(file, line, "id", message, case.id, whole=True)

    checked = _checked(pack, problem)
    for case in checked.cases:
        first[case.id] = file, case
    return checked


def _without_ambiguous(packs: list[Pack]) -> list[Pack]:
    """Refuse cases whose original id is the id of another case: answers that name it could mean either."""
    ids = {case.id for pack in packs for case in pack.cases}

    def checked(pack: Pack) -> Pack:
        def problem(case: Case, line: int) -> Problem | None:
            original = case.extra.get(ORIGINAL_ID)
            if original == case.id or original not in ids:
                return None
            message = f'"{original}" is the id of another case; convert that file with an --id-prefix as well'
            return Problem(pack.file, line, ORIGINAL_ID, message, case.id, whole=True)

        return _checked(pack, problem)

    return [checked(pack) for pack in packs]


def _checked(pack: Pack, problem_of: Callable[[Case, int], Problem | None]) -> Pack:
    """Return a pack in which the cases with a problem are left out."""
    kept: list[tuple[Case, int]] = []
    found: list[Problem] = []
    for case, line in zip(pack.cases, pack.lines, strict=True):
        problem = problem_of(case, line)
        if problem is None:
            kept.append((case, line))
        else:
            found.append(problem)
    return replace(
        pack,
        cases=tuple(case for case, _ in kept),
        lines=tuple(line for _, line in kept),
        problems=(*pack.problems, *found),
    )
