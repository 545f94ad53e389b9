"""What exporters read: the tables of a study as one sees them from outside, in every format the same.

Blinding, filters and case text are decided here, once. An exporter only writes what it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from doubleread.domain.answer import Answer
from doubleread.domain.case import Case
from doubleread.exports.blinded import BlindedRecords
from doubleread.exports.case_text import without_case_text
from doubleread.exports.columns import TABLES
from doubleread.exports.options import ExportOptions
from doubleread.exports.pseudonyms import REGISTERED, Pseudonyms
from doubleread.exports.records import (
    Record,
    RecordContext,
    adjudicated_record,
    adjudication_record,
    annotation_record,
    answer_record,
    case_record,
    criterion_record,
    reading_record,
    score_record,
    sentence_record,
)
from doubleread.exports.selection import Selection
from doubleread.read_model.blinding import Blinding, blinding_of
from doubleread.read_model.queries import (
    adjudicated_rows,
    adjudication_rows,
    annotation_rows,
    answer_rows,
    criterion_rows,
    reading_rows,
    score_rows,
    sentence_rows,
)
from doubleread.store import StudyFile

_CACHED = 512


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
    blinding: Blinding = field(init=False)
    blinded: BlindedRecords | None = field(init=False)
    _kinds: Mapping[str, str] = field(init=False)
    """Of each case in the export, its kind."""

    def __post_init__(self) -> None:
        blinding = blinding_of(self.study)
        named = blinding.named or self.once_unblinded
        object.__setattr__(self, "blinding", blinding)
        object.__setattr__(self, "blinded", None if named else BlindedRecords(self.study, blinding))
        resolved = (
            frozenset(row["case_id"] for row in adjudication_rows(self.study) if row["resolves"])
            if self.selection.adjudicated_only
            else frozenset()
        )
        kinds = {
            case.id: case.kind
            for case in self.study.cases()
            if self.selection.has_case(case.kind, adjudicated=case.id in resolved)
        }
        object.__setattr__(self, "_kinds", kinds)

    def cases(self) -> Iterator[Case]:
        """Yield the selected cases, whole. Only for exports with case text."""
        return (case for case in self.study.cases() if case.id in self._kinds)

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
        return {name: self._selected(name, records) for name, records in self._all().items()}

    def table(self, name: str) -> Iterator[Record]:
        """Return the rows of one table."""
        return self._selected(name, self._all()[name])

    def _selected(self, name: str, records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            kind = self._kinds.get(record["case_id"])
            if kind is None or not self.selection.has_row(name, record):
                continue
            yield self.pseudonyms.in_record(record if self.with_case_text else without_case_text(record, kind))

    def _all(self) -> dict[str, Iterator[Record]]:
        """Return the records of each table. Rows come ordered by case, so few cases and answers are read twice."""
        study = self.study
        arms = {arm.id: arm for arm in study.arms()}
        label = None if self.blinded is None else self.blinded.label
        facts = RecordContext(study.study_id, study.protocol_sha256, arms, label)
        answer: Callable[[str], Answer] = lru_cache(_CACHED)(study.answers.by_id)
        source = lru_cache(_CACHED)(study.source_text)

        def reading(row: Mapping[str, Any]) -> Record:
            return reading_record(facts, row, {row[side]: answer(row[side]) for side in ("answer_a", "answer_b")})

        def annotation(row: Mapping[str, Any]) -> Record:
            return annotation_record(facts, row, answer(row["answer_id"]).text, source)

        def adjudicated(row: Mapping[str, Any]) -> Record:
            return adjudicated_record(facts, row, answer(row["answer_id"]).text, source)

        def sentence(row: Mapping[str, Any]) -> Record:
            return sentence_record(facts, row, answer(row["answer_id"]).text)

        def criterion(row: Mapping[str, Any]) -> Record:
            return criterion_record(facts, row, answer(row["answer_id"]).text)

        records = {
            "annotations": map(annotation, annotation_rows(study)),
            "readings": map(reading, reading_rows(study)),
            "answers": (answer_record(facts, row) for row in answer_rows(study)),
            "scores": (score_record(facts, row) for row in score_rows(study)),
            "adjudications": (adjudication_record(facts, row) for row in adjudication_rows(study)),
            "adjudicated_annotations": map(adjudicated, adjudicated_rows(study)),
            "sentences": map(sentence, sentence_rows(study)),
            "criteria": map(criterion, criterion_rows(study)),
        }
        made: dict[str, Iterator[Record]] = {name: iter(records[name]) for name in TABLES}
        if self.blinded is None:
            return made
        return {name: self.blinded.table(name, rows) for name, rows in made.items()}
