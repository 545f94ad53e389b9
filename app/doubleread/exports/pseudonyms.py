"""New pseudonyms for the people of a study in an export, so that it does not lead back to the registered ones."""

from __future__ import annotations

import csv
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

from doubleread.atomic import atomic_write

Record = dict[str, Any]

PEOPLE = ("reader_id", "adjudicator_id", "override_by")
"""Columns that name a person."""

_MAKERS = ("reader_id", "adjudicator_id")
"""Columns that name who made a row."""


@dataclass(frozen=True)
class Pseudonyms:
    """From each registered id to the one in the export; ids that are not in it stay as they are."""

    names: Mapping[str, str]

    def of(self, person: str) -> str:
        """Return the pseudonym of a person."""
        return self.names.get(person, person)

    def in_record(self, record: Record) -> Record:
        """Return a row of a table with the pseudonyms."""
        if not self.names:
            return record
        changed = {column: self.of(record[column]) for column in PEOPLE if record.get(column) is not None}
        return {**record, **changed}

    def in_table(self, records: Iterable[Record]) -> Iterator[Record]:
        """Yield the rows of a table, which come ordered by case, with the pseudonyms.

        The rows of a case come in the order of the new pseudonyms: that of the registered ones would tell who is who.
        """
        if not self.names:
            yield from records
            return
        for _, rows in groupby(map(self.in_record, records), key=lambda record: record["case_id"]):
            yield from sorted(rows, key=lambda record: [str(record.get(column) or "") for column in _MAKERS])

    def in_value(self, value: Any) -> Any:
        """Return JSON in which each id is replaced, wherever it is a word of a text or the name of a field.

        An id of one or two letters, such as A, is replaced only where it is the whole text.
        """
        if isinstance(value, str):
            return self.names.get(value) or self._ids.sub(lambda match: self.names[match[0]], value)
        if isinstance(value, Mapping):
            return {self.in_value(name): self.in_value(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.in_value(inner) for inner in value]
        return value

    def write_key(self, path: Path) -> None:
        """Write which pseudonym is whose as CSV, for the owner of the file only. Raises OSError."""
        with atomic_write(path) as file:
            writer = csv.writer(file)
            writer.writerow(("registered", "pseudonym"))
            writer.writerows(self.names.items())

    @cached_property
    def _ids(self) -> re.Pattern[str]:
        clear = [name for name in self.names if len(name) > 2 or not name.isalpha()]
        longest_first = "|".join(map(re.escape, sorted(clear, key=len, reverse=True)))
        return re.compile(rf"(?<![\w-])(?:{longest_first})(?![\w-])" if clear else r"(?!)")


REGISTERED = Pseudonyms({})
"""Everybody as registered."""


def new_pseudonyms(people: Iterable[str]) -> Pseudonyms:
    """Return fresh pseudonyms (P-01, P-02 ...) in random order, none of which somebody else has as registered id."""
    known = sorted(set(people))
    numbers = [number for number in range(1, 2 * len(known) + 1) if f"P-{number:02d}" not in known][: len(known)]
    secrets.SystemRandom().shuffle(numbers)
    return Pseudonyms({person: f"P-{number:02d}" for person, number in zip(known, numbers, strict=True)})
