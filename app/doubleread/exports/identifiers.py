"""Look for identifiers of persons in what an export would write, before anything is written.

It helps the person who attests the export. It is no proof that nobody can be identified.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from doubleread.deidentification import KINDS, Hit, scan, scan_pseudonym
from doubleread.domain.wording import plural
from doubleread.errors import InputRefusedError
from doubleread.exports.columns import TABLES
from doubleread.exports.description import description
from doubleread.exports.kept_rows import KeptRows, Page, compressed, unpacked
from doubleread.exports.pseudonyms import PEOPLE, REGISTERED
from doubleread.exports.source import ExportSource
from doubleread.parallel import Helpers, batched
from doubleread.progress import Progress, untold
from doubleread.read_model.queries import row_count
from doubleread.read_model.readers import people_of

_IDS: Mapping[str, str] = {
    "annotations": "annotation_id",
    "readings": "reading_id",
    "answers": "answer_id",
    "scores": "answer_id",
    "adjudications": "decision_id",
    "adjudicated_annotations": "adjudicated_annotation_id",
    "sentences": "reading_id",
    "criteria": "reading_id",
}
"""The column that names a row of each table."""

_TEXTS = ("text", "reasoning", "note", "override_reason", "corrections", "reason", "decision", "criterion", "case_key")
"""Columns with texts. Quotes are not among them: they are in the answers and the cases."""

_GIVEN = ("imported", "given", "retrieval")
"""Entries of an answer's manifest that may have texts."""

_NOT_TEXT = frozenset({"metadata", "sha256", "model_sha256", "protocol_sha256", "study_id", "id"})
_SHOWN = 3
_SHORT = 2000
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

    def add(table: str, hits: Iterable[_Hits]) -> None:
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


_Text = tuple[str, str, str, bool]
"""Id of the row, field, text, and whether the text is the id of a person."""

_Hits = tuple[str, str, str, tuple[tuple[Any, ...], ...]]
"""Id of the row, field, text, and its hits, each with the fields of `Hit`."""


def scanned_texts(texts: Iterable[_Text]) -> list[_Hits]:
    """Return the hits of some texts."""
    found = []
    for row, field, text, person in texts:
        scanned = _hits_of_short if len(text) <= _SHORT else _hits
        if hits := scanned(text, person):
            found.append((row, field, text, hits))
    return found


def scanned_rows(chunk: tuple[str, bytes]) -> tuple[bytes, list[_Hits]]:
    """Return a page of a table, which is given by its name, compressed, and the hits of its texts."""
    table, packed = chunk
    return compressed(packed), scanned_texts(_texts_of_rows(table, unpacked(packed)))


def _hits(text: str, person: bool) -> tuple[tuple[Any, ...], ...]:
    hits = scan_pseudonym(text) if person else scan(text)
    return tuple(dataclasses.astuple(hit) for hit in hits)


_hits_of_short = lru_cache(maxsize=2048)(_hits)
"""For texts that recur, such as ids and empty notes."""


def _study_texts(source: ExportSource) -> Iterator[tuple[str, _Text]]:
    """Yield the texts about the study, each behind the name of its table."""
    about = description(source, with_branches=False)
    for reader in about["readers"]:
        yield "readers", (reader["reader_id"], "reader_id", reader["reader_id"], True)
        for field in ("role", "qualification", "withdrawal_reason"):
            yield "readers", (reader["reader_id"], field, reader[field], False)
    for name in ("title", "protocol", "protocols", "label_set", "resolutions", "arms"):
        for field, text in _strings(about[name], name):
            yield "study", ("", field, text, False)


def _case_texts(source: ExportSource) -> Iterator[_Text]:
    if source.with_case_text:
        for case in source.cases():
            for field, text in _strings(case.as_record(), ""):
                yield case.id, field, text, False


def _texts_of_rows(table: str, rows: Iterable[Sequence[Any]]) -> Iterator[_Text]:
    columns = list(TABLES[table])
    own_id, case_id = columns.index(_IDS[table]), columns.index("case_id")
    people = [(columns.index(column), column) for column in PEOPLE if column in columns]
    texts = [(columns.index(column), column) for column in _TEXTS if column in columns]
    manifest = columns.index("manifest") if table == "answers" else None
    for values in rows:
        row = str(values[own_id])
        yield row, "case_id", values[case_id], False
        for place, column in people:
            if values[place]:
                yield row, column, values[place], True
        for place, column in texts:
            value = values[place]
            if isinstance(value, str):
                yield row, column, value, False
            elif value:
                for field, text in _strings(value, column):
                    yield row, field, text, False
        if manifest is not None and (given := values[manifest]):
            for name in _GIVEN:
                for field, text in _strings(given.get(name), f"manifest.{name}"):
                    yield row, field, text, False


def _strings(value: Any, field: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in _NOT_TEXT:
                yield from _strings(inner, f"{field}.{name}".removeprefix("."))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner, field)
