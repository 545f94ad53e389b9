"""Read a case file of any container and format: the one way in for every command and screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from doubleread.cases.case_file import CaseFile, Filling
from doubleread.cases.containers import opened
from doubleread.cases.encodings import known_encoding
from doubleread.cases.formats import FORMATS, TABLE, recognised
from doubleread.cases.longhealth import longhealth_pack
from doubleread.cases.plain_table import fields_by_column, table_pack
from doubleread.cases.record import ORIGINAL_ID, CancelledError, Pack, RecordProgress
from doubleread.domain.longhealth import LongHealthTask
from doubleread.errors import CaseFileError

__all__ = ["CancelledError", "Pack", "ReadAs", "RecordProgress", "read_case_file", "with_prefix"]


DEFAULTED_FIELDS = ("kind", "question", "title", "explanation", "tags", "source", "licence")
"""The fields that can have a value for every case whose file gives none."""


@dataclass(frozen=True, slots=True)
class ReadAs:
    """How a case file is read. What is empty is recognised, or does not apply.

    `format` is a name in `FORMATS`. `encoding` is None for UTF-8 and files with a byte order mark. `mapping` maps our
    fields to the names of columns, and makes the format a table. `defaults` are texts for `DEFAULTED_FIELDS` that the
    file does not give, such as its licence or the kind of its cases; tags are separated by semicolons. `split` names
    the part of a dataset, `longhealth_task` and `seed` the cases that are made of LongHealth. `id_prefix` is put before
    every id.
    """

    format: str = ""
    encoding: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    split: str = ""
    longhealth_task: int = 1
    seed: int = 1
    id_prefix: str = ""


def read_case_file(path: Path, how: ReadAs | None = None, progress: RecordProgress | None = None) -> Pack:
    """Return the good cases of a file or folder, and every problem.

    Raises CaseFileError if it cannot be read at all: FormatNotRecognisedError if its format must be named. What
    `progress` raises to stop, such as CancelledError, is passed on.
    """
    how = how or ReadAs()
    _check(how)
    form = FORMATS.get(how.format)
    shape = form.shape if form and not form.described else None
    source = opened(path, how.encoding, shape, how.split)
    source.filling = Filling(_values({**source.defaults, **how.defaults}), progress)
    name = how.format or (TABLE if how.mapping else recognised(source))
    if name == "longhealth":
        pack = longhealth_pack(source, task=cast(LongHealthTask, how.longhealth_task), seed=how.seed)
    elif how.mapping:
        pack = table_pack(source, how.mapping)
    else:
        pack = FORMATS[name].read(source)
    pack = _with_source(_with_facts(pack, source, name, how), how.defaults.get("source", ""))
    return with_prefix(pack, how.id_prefix) if how.id_prefix else pack


def _check(how: ReadAs) -> None:
    """Raise CaseFileError for what names nothing."""
    if how.format and how.format not in FORMATS:
        raise CaseFileError("Unknown case format", f'there is no format "{how.format}"', f"use {', '.join(FORMATS)}")
    if how.encoding is not None and not known_encoding(how.encoding):
        happened = f'there is no encoding "{how.encoding}"'
        raise CaseFileError("Unknown encoding", happened, "use one such as cp1252 or utf-16")
    if how.mapping and how.format not in ("", TABLE):
        happened = f"the columns of {how.format} are known, and a mapping is for those of another table"
        raise CaseFileError("Two formats", happened, "give a format or a mapping")


def _values(defaults: Mapping[str, str]) -> dict[str, str | list[str]]:
    tags = [tag.strip() for tag in defaults.get("tags", "").split(";") if tag.strip()]
    return {**defaults, **({"tags": tags} if tags else {})}


def _with_facts(pack: Pack, source: CaseFile, name: str, how: ReadAs) -> Pack:
    columns = tuple(source.columns(len))
    mapping = fields_by_column(columns, how.mapping) if name == TABLE else {}
    return replace(
        pack,
        format=name,
        container=source.container,
        encoding=source.encoding,
        columns=columns,
        mapping=mapping,
        notes=(*pack.notes, *source.notes),
        likely_encodings=source.likely_encodings,
    )


def _with_source(pack: Pack, source: str) -> Pack:
    """Return a pack whose cases have this source where only the name of the file was known."""
    unknown = {Path(pack.file).name, *(Path(file).name for file in pack.files)}
    if not source:
        return pack
    cases = (replace(case, source=source) if case.source in unknown else case for case in pack.cases)
    return replace(pack, cases=tuple(cases))


def with_prefix(pack: Pack, prefix: str) -> Pack:
    """Return a pack whose ids all begin with a prefix. Each case keeps the id it had first as `original_id`."""
    cases = tuple(replace(case, id=prefix + case.id, extra={ORIGINAL_ID: case.id, **case.extra}) for case in pack.cases)
    return replace(pack, cases=cases)
