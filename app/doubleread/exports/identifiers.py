"""Look for identifiers of persons in what an export would write, before anything is written.

It helps the person who attests the export. It is no proof that nobody can be identified.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from doubleread.deidentification import KINDS, Hit
from doubleread.domain.wording import plural
from doubleread.errors import InputRefusedError
from doubleread.exports.columns import TABLES
from doubleread.exports.description import description
from doubleread.exports.kept_rows import KeptRows, Page
from doubleread.exports.pseudonyms import REGISTERED
from doubleread.exports.scanning import ScannedText, TextHits, scanned_rows, scanned_texts, strings_of
from doubleread.exports.source import ExportSource
from doubleread.parallel import Helpers, batched
from doubleread.progress import Progress, untold
from doubleread.read_model.queries import row_count
from doubleread.read_model.readers import people_of

_SHOWN = 3
_TEXTS_TOGETHER = 500
_MANY_ROWS = 20_000
"""Scanning so many takes longer than starting a process."""


@dataclass(frozen=True, slots=True)
class PossibleIdentifier:
    """A hit, and where it is: table, id of its row, and field."""

    table: str
    id: str
    field: str
    hit: Hit

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON."""
        place = {"table": self.table, "id": self.id, "field": self.field}
        hit = self.hit
        return {"kind": hit.kind, **place, "start": hit.start, "end": hit.end, "text": hit.text, "rule": hit.rule}


@dataclass(frozen=True, slots=True)
class PossibleIdentifiers:
    """All that was found in an export. A text that recurs in the same field is counted once.

    `log_end` is that of the study when it was scanned, `rows` what was scanned then.
    """

    found: tuple[PossibleIdentifier, ...]
    log_end: tuple[int, str]
    rows: KeptRows | None = dataclasses.field(default=None, compare=False, repr=False)

    @property
    def counts(self) -> dict[str, int]:
        """How many there are, by kind."""
        counted = Counter(one.hit.kind for one in self.found)
        return {kind: counted[kind] for kind in KINDS if counted[kind]}

    @property
    def words(self) -> str:
        """How many there are, in words: "3 possible identifiers (date 2, name 1)"."""
        counts = ", ".join(f"{kind} {count:,}" for kind, count in self.counts.items())
        return plural(len(self.found), "possible identifier") + (f" ({counts})" if counts else "")

    def to_attest(self, *, with_case_text: bool) -> str:
        """Return in words what a person must attest before the export is written; "" if it needs no attestation."""
        cases = "the texts of the cases" if with_case_text else ""
        return " and ".join(filter(None, (cases, self.words if self.found else "")))

    def examples(self) -> list[PossibleIdentifier]:
        """Return the first of each kind."""
        by_kind: dict[str, list[PossibleIdentifier]] = {kind: [] for kind in KINDS}
        for one in self.found:
            by_kind[one.hit.kind].append(one)
        return [one for listed in by_kind.values() for one in listed[:_SHOWN]]


def look(source: ExportSource, progress: Progress = untold) -> PossibleIdentifiers:
    """Return what may identify a person in the texts of an export. Several processors scan the rows."""
    what, total = "Looking for possible identifiers", row_count(source.study, TABLES)
    log_end = source.study.log_end()
    pages: dict[str, list[Page]] = {}
    found: dict[tuple[str, str], list[PossibleIdentifier]] = {}
    """By field and text, which is counted once."""

    def add(table: str, hits: Iterable[TextHits]) -> None:
        for row, field, text, at in hits:
            if (field, text) not in found:
                found[field, text] = [PossibleIdentifier(table, row, field, Hit(*hit)) for hit in at]

    read = 0
    with Helpers() as helpers:
        if total >= _MANY_ROWS:
            helpers.start()
        progress(what, read, total)
        for table, text in _study_texts(source):
            add(table, scanned_texts([text]))
        for hits in helpers.map(scanned_texts, batched(_case_texts(source), _TEXTS_TOGETHER)):
            add("cases", hits)
        for table in TABLES:
            kept = pages[table] = []
            waiting: deque[int] = deque()

            def chunks(table: str = table, waiting: deque[int] = waiting) -> Iterator[tuple[str, bytes]]:
                for page in source.pages(table):
                    waiting.append(page.rows)
                    yield table, page.packed

            for packed, hits in helpers.map(scanned_rows, chunks()):
                kept.append(Page(waiting.popleft(), packed))
                add(table, hits)
                read += kept[-1].rows
                progress(what, min(read, total), total)
    progress(what, total, total)
    unchanged = source.study.log_end() == log_end
    rows = KeptRows(source.made_for, pages) if unchanged else None
    return PossibleIdentifiers(tuple(one for listed in found.values() for one in listed), log_end, rows)


def with_scanned_rows(source: ExportSource, scanned: PossibleIdentifiers) -> ExportSource:
    """Return the source of an export that has the rows of its scan, unless the study has changed since."""
    rows = scanned.rows
    if rows is None or rows.made_for != source.made_for or source.study.log_end() != scanned.log_end:
        return source
    return replace(source, kept=rows)


def expect_scanned(source: ExportSource, shown: PossibleIdentifiers, title: str) -> None:
    """Raise InputRefusedError if the study has changed since it was scanned in a way that the export must not have.

    It may have possible identifiers that were not shown, or people without a new pseudonym.
    """
    if source.study.log_end() == shown.log_end:
        return
    if source.pseudonyms is not REGISTERED and not source.pseudonyms.names.keys() >= set(people_of(source.study)):
        happened = "somebody has joined the study since the new pseudonyms were chosen, and has none"
        raise InputRefusedError(title, happened, "start again")
    known = {_what(one) for one in shown.found}
    now = look(replace(source, kept=None))
    more = replace(now, found=tuple(one for one in now.found if _what(one) not in known))
    if more.found:
        happened = f"the study has changed since it was scanned, and has {more.words} that nobody has seen"
        raise InputRefusedError(title, happened, "start again")


def _what(one: PossibleIdentifier) -> tuple[str, str, str, str]:
    return one.table, one.field, one.hit.kind, one.hit.text


def _study_texts(source: ExportSource) -> Iterator[tuple[str, ScannedText]]:
    """Yield the texts about the study, each behind the name of its table."""
    about = description(source, with_branches=False)
    for reader in about["readers"]:
        yield "readers", (reader["reader_id"], "reader_id", reader["reader_id"], True)
        for field in ("role", "qualification", "withdrawal_reason"):
            yield "readers", (reader["reader_id"], field, reader[field], False)
    for name in ("title", "protocol", "protocols", "label_set", "resolutions", "arms"):
        for field, text in strings_of(about[name], name):
            yield "study", ("", field, text, False)


def _case_texts(source: ExportSource) -> Iterator[ScannedText]:
    if source.with_case_text:
        for case in source.cases():
            for field, text in strings_of(case.as_record(), ""):
                yield case.id, field, text, False
