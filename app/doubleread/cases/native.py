"""The native case format: JSON Lines in UTF-8, one case per line (see `cases/case.schema.json`)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import replace

from doubleread.cases.case_file import CaseFile, JsonText
from doubleread.cases.other_files import other_format
from doubleread.cases.problems import Problem, raise_for, read_bytes
from doubleread.cases.record import Pack, Row
from doubleread.domain.case import Case


def native_pack(source: CaseFile) -> Pack:
    """Return the good cases of a pack, and every problem: all lines and all fields at once.

    If the whole file is in another format, one problem says so.
    """
    lines = list(source.lines())
    if message := other_format(line.record for line in lines):
        return Pack(source.name, (), (), (Problem(source.name, 0, "", message),))
    rows = (
        Row(line.number, {"id": line.name, **line.record} if line.name and line.record else line.record, line.problems)
        for line in lines
    )
    return source.pack(replace(row, unit=line.unit, file=line.file) for row, line in zip(rows, lines, strict=True))


def read_cases(path: str | os.PathLike[str]) -> list[Case]:
    """Return the cases of a pack in the file's order. Unknown fields are kept in `Case.extra`.

    Raises CaseFileError, with every problem in `problems`, if one line or more is bad.
    """
    pack = native_pack(JsonText(os.fspath(path), read_bytes(path), None))
    raise_for(pack.problems, pack.file)
    return list(pack.cases)


def as_lines(cases: Iterable[Case]) -> Iterable[str]:
    """Yield the line of each case in a native pack, line feed included."""
    for case in cases:
        yield json.dumps(case.as_record(), ensure_ascii=False, allow_nan=False) + "\n"
