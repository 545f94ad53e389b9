"""The native case format: JSON Lines in UTF-8, one case a line (see `cases/case.schema.json`)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable

from doubleread.atomic import atomic_write
from doubleread.cases.json_lines import read_lines
from doubleread.cases.problems import Problem, raise_for, read_bytes
from doubleread.cases.record import Row, cases_from_rows
from doubleread.domain.case import Case


def cases_and_problems(path: str | os.PathLike[str]) -> tuple[list[Case], list[Problem]]:
    """Return the good cases of a pack in the file's order, and every problem: all lines and all fields at once.

    Raises CaseFileError where the file cannot be read at all.
    """
    file = os.fspath(path)
    rows = (Row(line.number, line.record, line.problems) for line in read_lines(read_bytes(path), file))
    return cases_from_rows(rows, file)


def read_cases(path: str | os.PathLike[str]) -> list[Case]:
    """Return the cases of a pack in the file's order. Unknown fields are kept in `Case.extra`.

    Raises CaseFileError, with every problem in `problems`, where one line or more is bad; then nothing is taken over.
    """
    cases, problems = cases_and_problems(path)
    raise_for(problems, os.fspath(path))
    return cases


def write_cases(path: str | os.PathLike[str], cases: Iterable[Case]) -> int:
    """Write cases as a native pack, whole or not at all, and return how many there were. Raises OSError."""
    count = 0
    with atomic_write(path, mode=0o666) as file:
        for case in cases:
            file.write(json.dumps(case.as_record(), ensure_ascii=False, allow_nan=False) + "\n")
            count += 1
    return count
