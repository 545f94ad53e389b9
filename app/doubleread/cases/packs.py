"""Combine case packs in one study."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from doubleread.cases.duplicates import Duplicate
from doubleread.cases.formats import FormatNotRecognisedError
from doubleread.cases.problems import Problem, expect_usable
from doubleread.cases.reading import ReadAs, read_case_file
from doubleread.cases.record import ORIGINAL_ID, Pack, RecordProgress
from doubleread.domain.case import Case
from doubleread.errors import CaseFileError


@dataclass(frozen=True, slots=True)
class Taken:
    """The cases that were taken from one or more packs, and the problems of those that were left out."""

    cases: tuple[Case, ...]
    left_out: tuple[Problem, ...]


def read_packs(files: Iterable[Path], how: ReadAs | None = None, progress: RecordProgress | None = None) -> list[Pack]:
    """Read packs, naming every problem of every file and every id that is in more than one of them.

    A file that cannot be read at all is a pack with one problem of line 0.
    """
    packs: list[Pack] = []
    for file in files:
        try:
            pack = _pack(file, how or ReadAs(), progress)
        except CaseFileError as error:
            happened = error.happened.removeprefix(str(file)).lstrip(": ")
            packs.append(Pack(str(file), (), (), (Problem(str(file), 0, "", f"{happened}; {error.remedy}"),)))
            continue
        packs.append(pack)
    return apart(packs)


def apart(packs: Iterable[Pack]) -> list[Pack]:
    """Return packs of one study without the cases whose ids are in more than one of them, which are problems then."""
    first: dict[str, tuple[str, Case]] = {}
    return _without_ambiguous([_without_repeated(pack, first) for pack in packs])


def _pack(file: Path, how: ReadAs, progress: RecordProgress | None) -> Pack:
    try:
        return read_case_file(file, how, progress)
    except FormatNotRecognisedError:
        # The reader of the native format says what else the file is.
        return read_case_file(file, replace(how, format="native"), progress)


def take(packs: Sequence[Pack], *, title: str, skip_bad: bool) -> Taken:
    """Return the cases of packs. Raises CaseFileError with every problem, if there is any.

    With `skip_bad` bad lines are left out instead, as long as a case remains and no problem concerns a whole file.
    """
    cases = tuple(case for pack in packs for case in pack.cases)
    problems = tuple(problem for pack in packs for problem in pack.problems)
    expect_usable(problems, len(cases), title=title, skip_bad=skip_bad, hint=_encodings(packs))
    return Taken(cases, problems)


def without(pack: Pack, duplicates: Iterable[Duplicate]) -> tuple[tuple[Case, ...], tuple[Problem, ...]]:
    """Return the other cases of a pack, and why these were left out."""
    repeats = {item.id: item.other for item in duplicates}

    def fault(case: Case) -> tuple[str, str, bool] | None:
        return ("", f'the same case as "{repeats[case.id]}"', False) if case.id in repeats else None

    checked = _checked(pack, fault)
    return checked.cases, checked.problems[len(pack.problems) :]


def _encodings(packs: Sequence[Pack]) -> str:
    """Return which encodings a text that is not UTF-8 may have; "" if all are UTF-8."""
    likely = next((pack.likely_encodings for pack in packs if pack.likely_encodings), {})
    shown = " or ".join(f"{name} ({word})" for name, word in likely.items())
    return f"The file may be in {shown}; if so, name it: --encoding {next(iter(likely))}" if likely else ""


def _without_repeated(pack: Pack, first: dict[str, tuple[str, Case]]) -> Pack:
    """Return a pack without the cases whose ids are in `first`, the file of each id so far, and add its own ids."""

    def fault(case: Case) -> tuple[str, str, bool] | None:
        if case.id not in first:
            return None
        other, same = first[case.id]
        if same == case:
            return "id", f"the same case as in {other}", False
        return "id", f'"{case.id}" is already an id in {other}; convert one of them with --id-prefix', True

    checked = _checked(pack, fault)
    for case in checked.cases:
        first[case.id] = pack.file, case
    return checked


def _without_ambiguous(packs: list[Pack]) -> list[Pack]:
    """Refuse cases whose original id is the id of another case: answers that name it could mean either."""
    ids = {case.id for pack in packs for case in pack.cases}

    def fault(case: Case) -> tuple[str, str, bool] | None:
        original = case.extra.get(ORIGINAL_ID)
        if original == case.id or original not in ids:
            return None
        message = f'"{original}" is the id of another case; convert that file with an --id-prefix as well'
        return ORIGINAL_ID, message, True

    return [_checked(pack, fault) for pack in packs]


def _checked(pack: Pack, fault_of: Callable[[Case], tuple[str, str, bool] | None]) -> Pack:
    """Return a pack in which the cases with a fault are left out: a field, a message, and whether all must stop."""
    faults = [fault_of(case) for case in pack.cases]
    if not any(faults):
        return pack
    kept = [number for number, fault in enumerate(faults) if fault is None]
    found = [
        Problem(place, line, fault[0], fault[1], case.id, whole=fault[2], unit=pack.unit)
        for case, line, place, fault in zip(
            pack.cases, pack.lines, pack.files or [pack.file] * len(pack.cases), faults, strict=True
        )
        if fault is not None
    ]
    return replace(
        pack,
        cases=tuple(pack.cases[number] for number in kept),
        lines=tuple(pack.lines[number] for number in kept),
        files=tuple(pack.files[number] for number in kept) if pack.files else (),
        problems=(*pack.problems, *found),
    )
