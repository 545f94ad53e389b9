"""The native case format: JSON Lines in UTF-8, one case a line (see `cases/case.schema.json`)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable

from doubleread.cases.json_lines import read_lines
from doubleread.cases.other_files import other_format
from doubleread.cases.problems import Problem, raise_for, read_bytes
from doubleread.cases.record import Pack, Row, pack_from_rows
from doubleread.domain.case import Case


def native_pack(path: str | os.PathLike[str], encoding: str | None = None) -> Pack:
    """Return the good cases of a pack, and every problem: all lines and all fields at once.

    If the whole file is in another format, one problem says so. Raises CaseFileError if the file cannot be read
    at all.
    """
    file = os.fspath(path)
    lines = list(read_lines(read_bytes(path), file, encoding))
    if message := other_format(line.record for line in lines):
        return Pack(file, (), (), (Problem(file, 0, "", message),))
    return pack_from_rows((Row(line.number, line.record, line.problems) for line in lines), file)


def read_cases(path: str | os.PathLike[str]) -> list[Case]:
    """Return the cases of a pack in the file's order. Unknown fields are kept in `Case.extra`.

    Raises CaseFileError, with every problem in `problems`, if one line or more is bad.
    """
    pack = native_pack(path)
    raise_for(pack.problems, pack.file)
    return list(pack.cases)


def as_lines(cases: Iterable[Case]) -> Iterable[str]:
    """Yield the line of each case in a native pack, line feed included."""
    for case in cases:
        yield json.dumps(case.as_record(), ensure_ascii=False, allow_nan=False) + "\n"
