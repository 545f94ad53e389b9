"""The formats that cases can come in, by the name that the command line knows."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from doubleread.cases.medqa import read_medqa
from doubleread.cases.native import read_cases
from doubleread.cases.plain_csv import read_csv
from doubleread.domain.case import Case
from doubleread.errors import CaseFileError


@dataclass(frozen=True, slots=True)
class CaseFormat:
    """One format: its name, a line for the help, and the function that reads it."""

    name: str
    description: str
    read: Callable[[str | os.PathLike[str]], list[Case]]


FORMATS: Mapping[str, CaseFormat] = MappingProxyType(
    {
        form.name: form
        for form in (
            CaseFormat("native", "doubleread's own JSON Lines, one case a line", read_cases),
            CaseFormat("medqa", "MedQA / medagents JSON Lines (question, options, answer_idx)", read_medqa),
            CaseFormat("csv", "a table with a header (text, question, option_a ..., key)", read_csv),
        )
    }
)


def read_format(name: str, path: str | os.PathLike[str]) -> list[Case]:
    """Read cases of a named format. Raises CaseFileError for an unknown name and for a file with problems."""
    if name not in FORMATS:
        raise CaseFileError("Unknown case format", f'there is no format "{name}"', f"use one of {', '.join(FORMATS)}")
    return FORMATS[name].read(path)
