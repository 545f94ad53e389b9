"""What exporters read: the tables of a study as one sees them from outside, in every format the same.

Blinding, filters and case text are decided here, once. An exporter only writes what it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Generic, TypeVar

from doubleread.domain.annotation import CASE_SOURCE
from doubleread.domain.answer import Answer
from doubleread.domain.case import Case
from doubleread.exports.blinded import BlindedRecords
from doubleread.exports.case_text import without_case_text
from doubleread.exports.columns import TABLES
from doubleread.exports.judged_pages import places_beside
from doubleread.exports.kept_rows import KeptRows, Page, page_of_annotations, pages_of, records_of
from doubleread.exports.options import ExportOptions
from doubleread.exports.pseudonyms import REGISTERED, Pseudonyms
from doubleread.exports.records import (
    Record,
    RecordContext,
    Source,
    adjudicated_record,
    adjudication_record,
    annotation_records,
    answer_record,
    arm_record,
    case_record,
    criterion_records,
    reading_record,
    score_record,
    sentence_records,
)
from doubleread.exports.selection import Selection
from doubleread.parallel import batched
from doubleread.read_model.blinding import Blinding, blinding_of
from doubleread.read_model.queries import (
    adjudicated_rows,
    adjudication_rows,
    annotation_rows,
    answer_rows,
    case_column,
    criterion_rows,
    reading_rows,
    resolved_cases,
    score_rows,
    sentence_rows,
)
from doubleread.store import StudyFile

_CACHED = 512
_CASES_AT_ONCE = 50
_JUDGED_AT_ONCE = 200
"""How many readings of an answer are in a page of annotations."""
_EVERYTHING = Selection()
_Item = TypeVar("_Item")


def _ignore() -> None:
    pass


class _Windows(Generic[_Item]):
    """Returns items by their ids. Rows come ordered by case, so it reads those of many cases at once."""

    def __init__(self, from_case_on: Callable[[str, int], Mapping[str, _Item]]) -> None:
        self._from_case_on = from_case_on
        self._before: Mapping[str, _Item] = {}
        self._last: Mapping[str, _Item] = {}

    def __call__(self, item_id: str) -> _Item:
        for window in (self._last, self._before):
            if item_id in window:
                return window[item_id]
        self._before, self._last = self._last, self._from_case_on(item_id, _CASES_AT_ONCE)
        return self._last[item_id]


@dataclass(frozen=True, slots=True)
class ExportSource:
    """A study with what its export may contain. While it is blind, its texts and names are blinded."""

    study: StudyFile
    selection: Selection = field(default_factory=Selection)
    with_case_text: bool = False
    options: ExportOptions = field(default_factory=ExportOptions)
    pseudonyms: Pseudonyms = REGISTERED
    once_unblinded: bool = False
    """To look at what an export will contain after an unblinding that is still to be recorded. Never to write."""
    on_row: Callable[[], None] = _ignore
    """Called for every row that is read. What it raises ends the export."""
    kept: KeptRows | None = None
    """Rows of this export that were read before, while the log of the study was the same."""
    answer: Callable[[str], Answer] = field(init=False)
    """Returns an answer by its id, unblinded."""
    case: Callable[[str], Case] = field(init=False)
    """Returns a case by its id."""
    blinding: Blinding = field(init=False)
    blinded: BlindedRecords | None = field(init=False)
    _kinds: Mapping[str, str] = field(init=False)
    """Of each case in the export, its kind."""

    def __post_init__(self) -> None:
        blinding = blinding_of(self.study)
        named = blinding.named or self.once_unblinded
        object.__setattr__(self, "answer", _Windows(self.study.answers.from_case_on))
        object.__setattr__(self, "case", _Windows(self.study.from_case_on))
        object.__setattr__(self, "blinding", blinding)
        blinded = None if named else BlindedRecords(self.study, blinding, self.answer, self.case)
        object.__setattr__(self, "blinded", blinded)
        resolved = resolved_cases(self.study) if self.selection.adjudicated_only else frozenset()
        kinds = {
            case_id: kind
            for case_id, kind in case_column(self.study, "kind").items()
            if self.selection.has_case(kind, adjudicated=case_id in resolved)
        }
        object.__setattr__(self, "_kinds", kinds)

    def cases(self) -> Iterator[Case]:
        """Yield the selected cases, whole. Only for exports with case text."""
        for case in self.study.cases():
            self.on_row()
            if case.id in self._kinds:
                yield case

    def case_ids(self) -> Iterator[str]:
        """Yield the ids of the selected cases, in the order of the study."""
        return iter(self._kinds)

    def case_table(self) -> Iterator[Record]:
        """Return the rows of the table of cases (see `columns.CASES`). Only for exports with case text."""
        return map(case_record, self.cases())

    def tables(self) -> Mapping[str, Iterator[Record]]:
        """Return the rows of every table, in the order of `columns.TABLES`, each with all of its columns.

        Rows come ordered by case. Raises StudyFileError while they are read if a quote is not in its text.
        """
        return {name: self.table(name) for name in TABLES}

    def table(self, name: str) -> Iterator[Record]:
        """Return the rows of one table."""
        if self.kept is None:
            return self.pseudonyms.in_table(self._selected(name, self._all()[name]))
        return chain.from_iterable(records_of(name, page.packed) for page in self.pages(name))

    def pages(self, name: str) -> Iterator[Page]:
        """Yield the rows of one table in pages, which need not be unpacked here."""
        if self.kept is None:
            yield from self._annotation_pages() if self._as_read(name) else pages_of(self.table(name))
            return
        for page in self.kept.pages[name]:
            for _ in range(page.rows):
                self.on_row()
            yield page

    @property
    def made_for(self) -> object:
        """What decides which rows there are, and what is in them, beside the study."""
        return self.selection, self.with_case_text, self.blinded is None, self.pseudonyms

    def _as_read(self, name: str) -> bool:
        """Return whether a table has all rows of the study as they are, but for case text."""
        whole = self.blinded is None and self.selection == _EVERYTHING and not self.pseudonyms.names
        return whole and name == "annotations"

    def _annotation_pages(self) -> Iterator[Page]:
        """Yield all annotations in pages that become rows where they are unpacked."""
        facts, source = self._facts(), self._sources()
        context = (facts.study_id, facts.protocol_sha256, facts.arms)
        for some in batched(annotation_rows(self.study), _JUDGED_AT_ONCE):
            columns = some[0].columns
            judged = [(one.reading, one.answer, one.values) for one in some]
            texts = {place: source(*place) for place in places_beside(columns, judged)}
            kinds = {case_id: self._kinds[case_id] for case_id in {one.reading["case_id"] for one in some}}
            page = page_of_annotations((context, columns, judged, texts, None if self.with_case_text else kinds))
            for _ in range(page.rows):
                self.on_row()
            yield page

    def _selected(self, name: str, records: Iterable[Record]) -> Iterator[Record]:
        found = self._counted(records)
        if self.selection != _EVERYTHING:
            found = self._filtered(name, found)
        return found if self.with_case_text else without_case_text(found, self._kinds)

    def _counted(self, records: Iterable[Record]) -> Iterator[Record]:
        on_row = self.on_row
        if on_row is _ignore:
            yield from records
            return
        for record in records:
            on_row()
            yield record

    def _filtered(self, name: str, records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            if record["case_id"] in self._kinds and self.selection.has_row(name, record):
                yield self.selection.without_other_readers(record)

    def _facts(self) -> RecordContext:
        label = None if self.blinded is None else self.blinded.label
        arms = {arm.id: arm_record(arm) for arm in self.study.arms()}
        return RecordContext(self.study.study_id, self.study.protocol_sha256, arms, label)

    def _sources(self) -> Source:
        """Return a function from a case's id and a source of passages to that source's text."""

        @lru_cache(_CACHED)
        def text(case_id: str, source: str) -> str | None:
            return self.case(case_id).text if source == CASE_SOURCE else self.study.source_text(case_id, source)

        return text

    def _all(self) -> dict[str, Iterator[Record]]:
        study, facts, source = self.study, self._facts(), self._sources()
        annotations = (
            annotation_records(facts, one.reading, one.answer, one.rows, source) for one in annotation_rows(study)
        )
        sentences = (sentence_records(facts, one.reading, one.answer, one.rows) for one in sentence_rows(study))
        criteria = (criterion_records(facts, one.reading, one.answer, one.rows) for one in criterion_rows(study))
        records = {
            "annotations": chain.from_iterable(annotations),
            "readings": (reading_record(facts, row) for row in reading_rows(study)),
            "answers": (answer_record(facts, row) for row in answer_rows(study)),
            "scores": (score_record(facts, row) for row in score_rows(study)),
            "adjudications": (adjudication_record(facts, row) for row in adjudication_rows(study)),
            "adjudicated_annotations": (
                adjudicated_record(facts, row, self.answer(row["answer_id"]).text, source)
                for row in adjudicated_rows(study)
            ),
            "sentences": chain.from_iterable(sentences),
            "criteria": chain.from_iterable(criteria),
        }
        made: dict[str, Iterator[Record]] = {name: iter(records[name]) for name in TABLES}
        if self.blinded is None:
            return made
        return {name: self.blinded.table(name, rows) for name, rows in made.items()}
