"""The case formats, by their names on the command line, and how a file is recognised as one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from doubleread.cases.aci_bench import ACI_BENCH
from doubleread.cases.agentclinic import AGENTCLINIC
from doubleread.cases.case_file import CaseFile, Shape
from doubleread.cases.craft_md import CRAFT_MD, CRAFT_MD_OPEN
from doubleread.cases.foreign import Layout, plain_name
from doubleread.cases.healthbench import HEALTHBENCH
from doubleread.cases.lm_eval import Documents
from doubleread.cases.longhealth import longhealth_pack
from doubleread.cases.medec import MEDEC
from doubleread.cases.medisum import MEDISUMCODE, MEDISUMQA
from doubleread.cases.medmcqa import MEDMCQA, MEDMCQA_FROM_0, MEDMCQA_FROM_1
from doubleread.cases.mednli import MEDNLI
from doubleread.cases.medqa import MEDQA_ENDINGS, medqa_pack
from doubleread.cases.medxpertqa import MEDXPERTQA
from doubleread.cases.meqsum import MEQSUM
from doubleread.cases.mmlu import MMLU, MMLU_PRO, is_mmlu_row, mmlu_csv_pack
from doubleread.cases.mts_dialog import MTS_DIALOG
from doubleread.cases.native import native_pack
from doubleread.cases.plain_table import table_pack
from doubleread.cases.problems import Problem
from doubleread.cases.probsum import PROBSUM
from doubleread.cases.pubmedqa import PUBMEDQA
from doubleread.cases.record import Pack, Row
from doubleread.errors import CaseFileError

Names = tuple[tuple[str, ...], ...]
_NEVER: Names = ((),)
"""The names of a format that no file is recognised as."""

_SHOWN = 8

TABLE = "table"
"""The format that a mapping of columns belongs to."""


@dataclass(frozen=True, slots=True)
class Format:
    """A case format. A file of its `shape` is recognised by `names`: of each group, it has one field or column.

    `read` takes an opened file and returns the cases and every problem. The fields of a `described` format have names
    of their own, so that JSON objects are recognised by them too, even if the format's own files are tables. A table
    without a header is recognised by `first_row`, which returns whether it can be the first one.
    """

    about: str
    shape: Shape
    read: Callable[[CaseFile], Pack]
    names: Names
    described: bool = False
    first_row: Callable[[Sequence[str]], bool] | None = None

    def matches(self, found: frozenset[str]) -> bool:
        """Return whether a file with these field names, as `plain_name` has them, can be of this format."""
        return all(any(plain_name(name) in found for name in group) for group in self.names)


def _described(about: str, layout: Layout) -> Format:
    return Format(about, layout.shape, layout.read, layout.names, described=True)


def _named(about: str, layout: Layout) -> Format:
    """Return a format that only its name says, since the fields are those of another one."""
    return Format(about, layout.shape, layout.read, _NEVER, described=True)


def lm_eval_pack(source: CaseFile) -> Pack:
    """Return the documents of a sample file of lm-evaluation-harness as cases of the format that they are in."""
    documents = Documents(source)
    try:
        name = recognised(documents)
    except FormatNotRecognisedError:
        found = documents.columns(_known_columns)
        if not found:
            return source.pack(Row(line.number, None, line.problems, {}, line.unit) for line in documents.lines())
        shown = ", ".join(name[:40] for name in found[:_SHOWN])
        message = f"is a record of no known case format; its fields are {shown}"
        return Pack(source.name, (), (), (Problem(source.name, 0, "doc", message, whole=True),))
    return FORMATS[name].read(documents)


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
        "agentclinic": _described("AgentClinic, JSON Lines", AGENTCLINIC),
        "craft-md": _described("CRAFT-MD with options, CSV", CRAFT_MD),
        "craft-md-open": _named("CRAFT-MD without options, CSV", CRAFT_MD_OPEN),
        "healthbench": _described("HealthBench, JSON Lines", HEALTHBENCH),
        "lm-eval": Format(
            "the documents in samples of lm-evaluation-harness, JSON Lines",
            "json",
            lm_eval_pack,
            (("doc",), ("resps",)),
        ),
        "longhealth": Format(
            "LongHealth, JSON; task 1, 2 or 3", "patients", longhealth_pack, (("texts",), ("questions",))
        ),
        "medec": _described("MEDEC, CSV", MEDEC),
        "medmcqa": _described("MedMCQA, JSON Lines; keys that count from 0 or from 1", MEDMCQA),
        "medmcqa-from-0": _named("MedMCQA with keys that count from 0, as on Hugging Face", MEDMCQA_FROM_0),
        "medmcqa-from-1": _named("MedMCQA with keys that count from 1, as the authors distribute it", MEDMCQA_FROM_1),
        "medisumcode": _described("MeDiSumCode, JSON", MEDISUMCODE),
        "medisumqa": _described("MeDiSumQA, JSON", MEDISUMQA),
        "mednli": _described("MedNLI, JSON Lines", MEDNLI),
        "medqa-endings": _described("MedQA as lm-evaluation-harness reads it, JSON Lines", MEDQA_ENDINGS),
        "medxpertqa": _described("MedXpertQA Text, JSON Lines", MEDXPERTQA),
        "meqsum": _described("MeQSum, an Excel workbook", MEQSUM),
        "mmlu": _described("MMLU as on Hugging Face, JSON Lines", MMLU),
        "mmlu-csv": Format(
            "MMLU as its authors distribute it, CSV without a header",
            "table",
            mmlu_csv_pack,
            _NEVER,
            first_row=is_mmlu_row,
        ),
        "mmlu-pro": _described("MMLU-Pro, JSON Lines", MMLU_PRO),
        "mts-dialog": _described("MTS-Dialog, CSV", MTS_DIALOG),
        "probsum": _described("ProbSum, the problem lists of BioNLP 2023 task 1A, CSV", PROBSUM),
        "pubmedqa": _described("PubMedQA, JSON", PUBMEDQA),
    }
)
"""By name on the command line."""


class FormatNotRecognisedError(CaseFileError):
    """A case file is of no known format, or could be of several."""


def recognised(source: CaseFile) -> str:
    """Return the name of a file's format, by the names of its fields or columns.

    Raises FormatNotRecognisedError if the file is of no known format, or could be of several.
    """
    if source.format:
        return source.format
    found = source.columns(_known_columns)
    best = _best(source, frozenset(map(plain_name, found)))
    if not best and "table" in source.shapes:
        best = [name for name, form in FORMATS.items() if form.first_row and form.first_row(found)]
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


def _known_columns(columns: Sequence[str]) -> int:
    found = frozenset(map(plain_name, columns))
    named = max((len(form.names) for form in FORMATS.values() if form.matches(found)), default=0)
    return named or int(any(form.first_row and form.first_row(columns) for form in FORMATS.values()))
