"""The formats of annotation files, and which one a file has."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from doubleread.cases.case_file import JsonText, table_of
from doubleread.cases.foreign import plain_name
from doubleread.cases.problems import read_bytes
from doubleread.errors import CaseFileError
from doubleread.imports.brat import read_brat
from doubleread.imports.foreign_annotation import AnnotationFile
from doubleread.imports.label_studio import read_label_studio
from doubleread.imports.own_export import TABLE, TELLING, read_own_csv, read_own_json_lines
from doubleread.imports.span_table import read_span_table

Read = Callable[[Path, Mapping[str, str]], AnnotationFile]
"""From a path and the columns of a table to what it contains. Raises CaseFileError."""


@dataclass(frozen=True, slots=True)
class AnnotationFormat:
    """A format of annotation files."""

    about: str
    read: Read


FORMATS: Mapping[str, AnnotationFormat] = MappingProxyType(
    {
        "jsonl": AnnotationFormat("annotations.jsonl of doubleread's own export", read_own_json_lines),
        "csv": AnnotationFormat("annotations.csv of doubleread's own export", read_own_csv),
        "label-studio": AnnotationFormat("JSON of Label Studio", read_label_studio),
        "brat": AnnotationFormat("standoff files of brat, or a folder of them", read_brat),
        "spans": AnnotationFormat("a table with one span per row (CSV or a workbook)", read_span_table),
    }
)
"""By name on the command line."""

_TITLE = "Nothing imported"
_JSON_START = re.compile(rb"[ \t\r\n\xef\xbb\xbf\xff\xfe\0]*[{\[]")
"""The beginning of JSON, behind white space and the marks of an encoding."""


def read_annotations(
    path: Path, format_name: str | None = None, columns: Mapping[str, str] | None = None
) -> AnnotationFile:
    """Return the annotations of a file or folder, in the format named or recognised. Raises CaseFileError."""
    file = _inside(path, format_name)
    name = format_name or recognised(file)
    return FORMATS[name].read(file, columns or {})


def _inside(path: Path, format_name: str | None) -> Path:
    """Return the file to read: in the folder of an export, that of its annotations."""
    if not path.is_dir() or format_name == "brat":
        return path
    for suffix in ("jsonl", "csv"):
        file = path / f"{TABLE}.{suffix}"
        if file.is_file() and format_name in (None, suffix):
            return file
    if format_name is None and next(path.rglob("*.ann"), None) is not None:
        return path
    found = [file for file in sorted(path.glob("*.json")) if file.name != "manifest.json"]
    if len(found) == 1 and format_name in (None, "label-studio"):
        return found[0]
    raise CaseFileError(_TITLE, f"{path} is a folder without annotations of a known format", "give the file inside it")


def recognised(path: Path) -> str:
    """Return the name of the format of a file or a folder of brat's. Raises CaseFileError if it cannot be read."""
    if path.is_dir() or path.suffix.lower() == ".ann":
        return "brat"
    data = read_bytes(path)
    if _JSON_START.match(data):
        return "jsonl" if set(JsonText(str(path), data, None).columns(len)) >= TELLING else "label-studio"
    table = table_of(data, str(path), None, lambda found: len(TELLING & set(map(plain_name, found))))
    return "csv" if set(map(plain_name, table.columns)) >= TELLING else "spans"
