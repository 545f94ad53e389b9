"""The case formats, by their names on the command line, and how a file is recognised as one of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from doubleread.cases.aci_bench import ACI_BENCH
from doubleread.cases.encodings import decoded
from doubleread.cases.foreign import Layout, Shape, plain_name, table_of
from doubleread.cases.healthbench import HEALTHBENCH
from doubleread.cases.json_lines import parse_object, read_records
from doubleread.cases.longhealth import longhealth_pack
from doubleread.cases.medec import MEDEC
from doubleread.cases.medisum import MEDISUMCODE, MEDISUMQA
from doubleread.cases.mednli import MEDNLI
from doubleread.cases.medqa import medqa_pack
from doubleread.cases.meqsum import MEQSUM
from doubleread.cases.mts_dialog import MTS_DIALOG
from doubleread.cases.native import native_pack
from doubleread.cases.plain_csv import csv_pack
from doubleread.cases.problems import read_bytes
from doubleread.cases.probsum import PROBSUM
from doubleread.cases.record import Pack
from doubleread.errors import CaseFileError

Names = tuple[tuple[str, ...], ...]
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Format:
    """A case format. A file of its `shape` is recognised by `names`: of each group, it has one field or column.

    `read` takes a path and an encoding, None for UTF-8, and returns the cases and every problem. It raises
    CaseFileError for a file that cannot be read at all.
    """

    about: str
    shape: Shape
    read: Callable[[str | os.PathLike[str], str | None], Pack]
    names: Names

    def matches(self, shape: Shape, found: frozenset[str]) -> bool:
        """Return whether a file with these field names, as `plain_name` has them, can be of this format."""
        return shape == self.shape and all(any(plain_name(name) in found for name in group) for group in self.names)


def _described(about: str, layout: Layout) -> Format:
    return Format(about, layout.shape, layout.read, layout.names)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "native": Format("doubleread's own, JSON Lines", "json", native_pack, (("id",), ("kind",), ("text", "turns"))),
        "medqa": Format(
            "MedQA and datasets in its format, JSON Lines",
            "json",
            medqa_pack,
            (("question",), ("options",), ("answer_idx", "answer")),
        ),
        "csv": Format(
            "a table with a column for each field, CSV",
            "table",
            csv_pack,
            (("text", "case", "vignette"), ("key", "answer", "answer_idx")),
        ),
        "aci-bench": _described("ACI-Bench, CSV", ACI_BENCH),
        "healthbench": _described("HealthBench, JSON Lines", HEALTHBENCH),
        "longhealth": Format(
            "LongHealth, JSON; task 1, 2 or 3", "patients", longhealth_pack, (("texts",), ("questions",))
        ),
        "medec": _described("MEDEC, CSV", MEDEC),
        "medisumcode": _described("MeDiSumCode, JSON", MEDISUMCODE),
        "medisumqa": _described("MeDiSumQA, JSON", MEDISUMQA),
        "mednli": _described("MedNLI, JSON Lines", MEDNLI),
        "meqsum": _described("MeQSum, an Excel workbook", MEQSUM),
        "mts-dialog": _described("MTS-Dialog, CSV", MTS_DIALOG),
        "probsum": _described("ProbSum, the problem lists of BioNLP 2023 task 1A, CSV", PROBSUM),
    }
)
"""By name on the command line."""


def recognised(path: str | os.PathLike[str], encoding: str | None = None) -> str:
    """Return the name of a file's format, by the names of its fields or columns.

    Raises CaseFileError if the file cannot be read, is of no known format, or could be of several.
    """
    file = os.fspath(path)
    shape, found = _field_names(read_bytes(path), file, encoding)
    plain = frozenset(map(plain_name, found))
    matching = {name: len(form.names) for name, form in FORMATS.items() if form.matches(shape, plain)}
    best = [name for name, count in matching.items() if count == max(matching.values())]
    if len(best) == 1:
        return best[0]
    if best:
        happened = f"{file} could be {' or '.join(best)}"
    elif found:
        happened = f"{file} has the fields or columns " + ", ".join(f'"{name[:40]}"' for name in found[:_SHOWN])
    else:
        happened = f"{file} has neither lines of JSON nor a table with named columns"
    raise CaseFileError("Format not recognised", happened, f"name it with --format: {', '.join(FORMATS)}")


def _field_names(data: bytes, file: str, encoding: str | None) -> tuple[Shape, list[str]]:
    """Return the columns of a table, or the names in the first object that can be read."""
    if patients := _one_object(data, file, encoding):
        return "patients", list(next(iter(patients.values())))
    lines = read_records(data, file, encoding)
    record = next((line.record for line in lines if line.record is not None), None)
    if record is not None:
        return "json", list(record)
    return "table", [name for name in table_of(data, file, encoding, _known_columns).columns if name]


def _one_object(data: bytes, file: str, encoding: str | None) -> dict[str, dict[str, Any]]:
    """Return the object that a whole JSON file is, from ids to objects; empty if it is something else."""
    text, undecodable = decoded(data, file, encoding)
    if undecodable or text.lstrip()[:1] != "{":
        return {}
    try:
        found, _ = parse_object(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) and all(isinstance(one, dict) for one in found.values()) else {}


def _known_columns(columns: Iterable[str]) -> int:
    found = frozenset(map(plain_name, columns))
    return max((len(form.names) for form in FORMATS.values() if form.matches("table", found)), default=0)
