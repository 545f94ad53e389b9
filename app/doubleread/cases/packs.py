"""Case packs that go into one study together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from doubleread.cases.native import cases_and_problems
from doubleread.domain.case import Case
from doubleread.errors import CaseFileError


@dataclass(frozen=True, slots=True)
class Pack:
    """A case pack as it was read. `problems` name what is wrong with it; it can be used where there are none."""

    file: Path
    cases: tuple[Case, ...]
    problems: tuple[str, ...]


def read_packs(files: Iterable[Path]) -> list[Pack]:
    """Read packs, naming every problem of every file and every id that stands in more than one of them."""
    packs: list[Pack] = []
    first: dict[str, Path] = {}
    for file in files:
        try:
            cases, found = cases_and_problems(file)
        except CaseFileError as error:
            packs.append(Pack(file, (), (str(error),)))
            continue
        problems = [str(problem) for problem in found]
        for case in cases:
            if case.id in first:
                twice = f'{file}, id: "{case.id}" stands already in {first[case.id]}; a study needs each id once'
                problems.append(twice)
            first.setdefault(case.id, file)
        packs.append(Pack(file, tuple(cases), tuple(problems)))
    return packs
