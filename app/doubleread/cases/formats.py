"""The formats that cases can come in, by the name that the command line knows."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType

from doubleread.cases.medqa import read_medqa
from doubleread.cases.native import read_cases
from doubleread.cases.plain_csv import read_csv
from doubleread.domain.case import Case

FORMATS: Mapping[str, Callable[[str | os.PathLike[str]], list[Case]]] = MappingProxyType(
    {"native": read_cases, "medqa": read_medqa, "csv": read_csv}
)
"""What reads each format. Every reader raises CaseFileError for a file with problems."""
