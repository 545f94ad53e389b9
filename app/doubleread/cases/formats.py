"""The case formats, by their names on the command line, and how a file is recognised as one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from doubleread.cases.aci_bench import ACI_BENCH
from doubleread.cases.case_file import CaseFile, Shape
from doubleread.cases.foreign import Layout, plain_name
from doubleread.cases.healthbench import HEALTHBENCH
from doubleread.cases.longhealth import longhealth_pack
from doubleread.cases.medec import MEDEC
from doubleread.cases.medisum import MEDISUMCODE, MEDISUMQA
from doubleread.cases.mednli import MEDNLI
from doubleread.cases.medqa import medqa_pack
from doubleread.cases.meqsum import MEQSUM
from doubleread.cases.mts_dialog import MTS_DIALOG
from doubleread.cases.native import native_pack
from doubleread.cases.plain_table import table_pack
from doubleread.cases.probsum import PROBSUM
from doubleread.cases.record import Pack
from doubleread.errors import CaseFileError

Names = tuple[tuple[str, ...], ...]
_SHOWN = 8

TABLE = "table"
"""The format that a mapping of columns belongs to."""


@dataclass(frozen=True, slots=True)
class Format:
    """A case format. A file of its `shape` is recognised by `names`: of each group, it has one field or column.

    `read` takes an opened file and returns the cases and every problem. The fields of a `described` format have names
    of their own, so that JSON objects are recognised by them too, even if the format's own files are tables.
    """

    about: str
    shape: Shape
    read: Callable[[CaseFile], Pack]
    names: Names
    described: bool = False

    def matches(self, found: frozenset[str]) -> bool:
        """Return whether a file with these field names, as `plain_name` has them, can be of this format."""
        return all(any(plain_name(name) in found for name in group) for group in self.names)


def _described(about: str, layout: Layout) -> Format:
    return Format(about, layout.shape, layout.read, layout.names, described=True)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "native": Format("doubleread's own, JSON Lines", "json", native_pack, (("id",), ("kind",), ("text", "turns"))),
        "medqa": Format(
            "MedQA and datasets in its format, JSON Lines",
            "json",
            medqa_pack,
            (("question",), ("options",), ("answer_idx", "answer")),
        ),
        TABLE: Format(
            "a table with a column for each field, such as CSV or XLSX",
            "table",
            table_pack,
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


class FormatNotRecognisedError(CaseFileError):
    """A case file is of no known format, or could be of several."""


def recognised(source: CaseFile) -> str:
    """Return the name of a file's format, by the names of its fields or columns.

    Raises FormatNotRecognisedError if the file is of no known format, or could be of several.
    """
    found = source.columns(_known_columns)
    best = _best(source, frozenset(map(plain_name, found)))
    if len(best) == 1:
        return best[0]
    file = source.name
    if best:
        happened = f"{file} could be {' or '.join(best)}"
    elif found:
        happened = f"{file} has the fields or columns " + ", ".join(f'"{name[:40]}"' for name in found[:_SHOWN])
    else:
        happened = f"{file} has neither lines of JSON nor a table with named columns"
    remedy = f"name it with --format: {', '.join(FORMATS)}"
    remedy += "; or say with --map FIELD=COLUMN what its columns are" if found and not best else ""
    raise FormatNotRecognisedError("Format not recognised", happened, remedy)


def _best(source: CaseFile, found: frozenset[str]) -> list[str]:
    """Return the formats that need most of the names found: of the file's shapes, or else of any described format."""
    matching = {name: form for name, form in FORMATS.items() if form.matches(found)}
    own = {name for name, form in matching.items() if form.shape in source.shapes}
    others = {name for name, form in matching.items() if form.described and form.shape != "patients"}
    most = max((len(matching[name].names) for name in own or others), default=0)
    return [name for name in matching if name in (own or others) and len(matching[name].names) == most]


def _known_columns(columns: Iterable[str]) -> int:
    found = frozenset(map(plain_name, columns))
    return max((len(form.names) for form in FORMATS.values() if form.matches(found)), default=0)
