"""The options that say how case files are read, and what is said of how they were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from doubleread.cli.exit_codes import WrongUseError

if TYPE_CHECKING:
    from doubleread.cases.duplicates import Duplicate
    from doubleread.cases.reading import ReadAs
    from doubleread.cases.record import Pack

FormatName = Annotated[
    str, typer.Option("--format", help="The format of the case file; recognised from its contents by default.")
]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        help="The encoding of the case file, such as cp1252; by default UTF-8, or what a byte order mark says.",
    ),
]
Mapped = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=COLUMN",
        help="The column or JSON field that a field of the cases is in, such as question=Frage; may be repeated.",
    ),
]
Values = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help="A value for cases whose file gives none, such as kind=summary; may be repeated.",
    ),
]
CaseSource = Annotated[str, typer.Option("--source", help="Where the cases are from, if the file does not say.")]
Licence = Annotated[str, typer.Option("--licence", help="The cases' licence, if the file does not say.")]
Split = Annotated[
    str, typer.Option("--split", help="The split of a dataset folder, such as test; all means every split.")
]


def read_as(
    format_name: str = "",
    encoding: str | None = None,
    mapped: Sequence[str] | None = None,
    values: Sequence[str] | None = None,
    source: str = "",
    licence: str = "",
    split: str = "",
    **more: Any,
) -> ReadAs:
    """Return what the options say; `more` are further fields of `ReadAs`. Raises WrongUseError."""
    from doubleread.cases.encodings import known_encoding
    from doubleread.cases.formats import FORMATS, TABLE
    from doubleread.cases.plain_table import MAPPED_FIELDS, mapped_field
    from doubleread.cases.reading import DEFAULTED_FIELDS, ReadAs

    if format_name and format_name not in FORMATS:
        raise WrongUseError("Unknown case format", f'there is no format "{format_name}"', f"use {', '.join(FORMATS)}")
    if encoding is not None and not known_encoding(encoding):
        raise WrongUseError(
            "Unknown encoding", f'there is no encoding "{encoding}"', "use one such as cp1252 or utf-16"
        )
    if mapped and format_name not in ("", TABLE):
        happened = f"--map names columns, and those of {format_name} are known"
        raise WrongUseError("Two formats", happened, f"omit --format, or give --format {TABLE}")
    mapping: dict[str, str] = {}
    for given in mapped or ():
        name, column = _pair(given, "--map", "FIELD=COLUMN")
        field = mapped_field(name)
        if not field:
            known = ", ".join(name for name in MAPPED_FIELDS if not name.startswith("option_"))
            remedy = f"use option_a to option_z, or {known}"
            raise WrongUseError("Unknown field", f'cases have no field "{name[:40]}"', remedy)
        if field in mapping:
            raise WrongUseError("Field given twice", f"--map gives {field} twice", "keep one of the two")
        mapping[field] = column
    defaults = dict(_pair(given, "--set", "FIELD=VALUE") for given in values or ())
    defaults.update({name: value for name, value in (("source", source), ("licence", licence)) if value})
    if unknown := next((name for name in defaults if name not in DEFAULTED_FIELDS), None):
        remedy = f"use {', '.join(DEFAULTED_FIELDS)}"
        raise WrongUseError("Unknown field", f'--set cannot set the field "{unknown[:40]}"', remedy)
    return ReadAs(format_name, encoding, mapping, defaults, split, **more)


def _pair(given: str, option: str, form: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise WrongUseError("Wrong use", f'{option} "{given[:60]}" is not of the form {form}', f"write {option} {form}")
    return name.strip(), value


def pack_json(pack: Pack) -> dict[str, Any]:
    """Return how a file was read, for a JSON document."""
    return {
        "file": pack.file,
        "format": pack.format,
        "container": pack.container,
        "encoding": pack.encoding,
        "columns": list(pack.columns),
        "mapping": dict(pack.mapping),
        "notes": list(pack.notes),
    }


def duplicates_json(found: Sequence[Duplicate]) -> list[dict[str, Any]]:
    """Return the part of a JSON document about cases that repeat others."""
    return [
        {
            "id": item.id,
            "repeats": item.other,
            "in_study": item.in_study,
            "exact": item.exact,
            "similarity": item.similarity,
            "other_key": item.other_key,
        }
        for item in found
    ]
