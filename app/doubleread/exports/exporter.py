"""What an export format is: a name, and a function that writes the files of a study to a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from doubleread.domain.wording import plural, verb
from doubleread.exports.source import ExportSource


@dataclass(frozen=True, slots=True)
class Written:
    """What an exporter wrote: the number of records by name, remarks for the person, and the README's own part.

    `left_out` says in words what is not in it, with counts.
    """

    rows: Mapping[str, int]
    readme: str
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Exporter:
    """An export format. `write` puts its files in a new, empty folder; the README and the manifest are added to them.

    `needs_case_text` is true of a format that is of no use without the texts of the cases, `needs_names` of one that
    cannot be blinded. `options` are the fields of `ExportOptions` that it takes.
    """

    about: str
    write: Callable[[ExportSource, Path], Written]
    needs_case_text: bool = False
    needs_names: bool = False
    options: frozenset[str] = frozenset()


def counted(counts: Mapping[str, int], words: Mapping[str, tuple[str, str, str, str]]) -> Iterator[str]:
    """Yield a sentence for each count that is not zero: noun, verb in the singular and plural, rest."""
    for name, (noun, one, many, rest) in words.items():
        if count := counts.get(name):
            yield f"{plural(count, noun)} {verb(count, one, many)} {rest}"


def text_file(path: Path) -> TextIO:
    """Open a text file to write: UTF-8, line ends unchanged."""
    return path.open("w", encoding="utf-8", newline="")
