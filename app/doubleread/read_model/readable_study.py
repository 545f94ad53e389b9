# ruff: noqa: D102 - the methods are those of StudyFile, which documents them
"""What a reading session needs of a study, so that training cases can be read in the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol as Shape

from doubleread.domain.answer import Answer
from doubleread.domain.arm import Arm
from doubleread.domain.assignment import WorklistItem
from doubleread.domain.background import Background
from doubleread.domain.case import Case
from doubleread.domain.events import EventDraft
from doubleread.domain.reading import Reading
from doubleread.domain.score import Score
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.store import StudyFile
from doubleread.store.records import AskedAbout, ReadingSummary


class ReadableAnswers(Shape):
    """The answers that are read; see `AnswerStore`."""

    def of_case(self, case_id: str) -> Mapping[str, Answer]: ...

    def by_id(self, answer_id: str) -> Answer: ...

    def primary_score(self, answer_id: str) -> Score | None: ...

    def carried_redactions(self) -> Mapping[str, tuple[Span, ...]] | None: ...


class ReadableReaders(Shape):
    """The readers and their worklists; see `ReaderRegistry`."""

    def register(self, reader_id: str) -> None: ...

    def worklist(self, reader_id: str) -> tuple[WorklistItem, ...]: ...


class ReadableStudy(Shape):
    """The part of `StudyFile` that a reading session uses."""

    @property
    def file(self) -> StudyFile: ...

    def further_readings(self) -> Sequence[tuple[Reading, Case]]: ...

    @property
    def answers(self) -> ReadableAnswers: ...

    @property
    def readers(self) -> ReadableReaders: ...

    @property
    def protocol(self) -> Protocol: ...

    @property
    def protocol_sha256(self) -> str: ...

    @property
    def secret(self) -> bytes: ...

    @property
    def split_reader(self) -> str | None: ...

    def protocol_of(self, sha256: str) -> Protocol: ...

    def follow_protocol(self) -> bool: ...

    def changed_elsewhere(self) -> bool: ...

    def arms(self) -> tuple[Arm, Arm]: ...

    def case(self, case_id: str) -> Case: ...

    def case_titles(self) -> Mapping[str, str]: ...

    def reading(self, reader_id: str, case_id: str, repeat: int = 0) -> Reading | None: ...

    def reading_summaries(self, reader_id: str, repeat: int = 0) -> Mapping[str, ReadingSummary]: ...

    def asked_about(self, reader_id: str) -> list[AskedAbout]: ...

    def asked_role(self) -> str: ...

    def append(self, actor: str, reading_id: str, drafts: Sequence[EventDraft]) -> Reading: ...

    def background_of(self, reader_id: str) -> Background | None: ...

    def state_background(self, reader_id: str, background: Background) -> None: ...

    def close(self) -> None: ...
