"""The case formats, by their names on the command line."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType

from doubleread.cases.longhealth import longhealth_pack
from doubleread.cases.medqa import medqa_pack
from doubleread.cases.native import native_pack
from doubleread.cases.plain_csv import csv_pack
from doubleread.cases.record import Pack

FORMATS: Mapping[str, Callable[[str | os.PathLike[str], str | None], Pack]] = MappingProxyType(
    {"native": native_pack, "medqa": medqa_pack, "csv": csv_pack, "longhealth": longhealth_pack}
)
"""What reads each format: from a path and an encoding, None for UTF-8, to the cases and every problem.

`longhealth_pack` has options of its own. Each raises CaseFileError for a file that cannot be read at all.
"""
