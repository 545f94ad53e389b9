"""The events by which a reader marks, changes and retracts annotations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from doubleread.domain.annotation import (
    CHANGEABLE_FIELDS,
    PASSAGE_FIELDS,
    Annotation,
    Passage,
    annotation_from_body,
)
from doubleread.domain.events.entry import Event
from doubleread.domain.events.event_kind import EventKind, Words
from doubleread.domain.events.reading_event import (
    ReadingAction,
    ReadingAggregate,
    reading_changed,
)
from doubleread.domain.left_out import lines_skipped
from doubleread.domain.reading import JudgementDraft, Reading
from doubleread.domain.reading_checks import annotation_refused
from doubleread.domain.statements import listed
from doubleread.domain.wording import plural
from doubleread.errors import InputRefusedError

_IMPORT = "import "


def import_burst(import_id: str) -> str:
    """Return the burst of the annotations of one import: within a reading, they are undone together."""
    return f"{_IMPORT}{import_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationMarked(ReadingAction):
    """An annotation was marked, by the reader or by the import of a file."""

    kind: ClassVar[str] = "annotation.marked"
    annotation: Annotation

    @property
    def imported(self) -> bool:
        """Whether it comes from a file (see `AnnotationsImported`)."""
        return self.burst is not None and self.burst.startswith(_IMPORT)

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        return cls(
            annotation=annotation_from_body(body["annotation"]), reason=body.get("reason"), burst=body.get("burst")
        )

    def to_body(self) -> dict[str, Any]:
        return {"annotation": self.annotation.as_body(), **self._how_body()}

    @classmethod
    def incomplete(cls, error: Exception) -> InputRefusedError:
        return annotation_refused("it is not complete")

    def check(self, before: Reading) -> None:
        if not isinstance(self.annotation.id, str) or not self.annotation.id:
            raise annotation_refused("it has no id")
        taken = (*before.judgement.annotations, *before.judgement.retracted)
        if any(other.id == self.annotation.id for other in taken):
            raise annotation_refused("an annotation with this id already exists")

    def apply(self, aggregate: ReadingAggregate, entry: Event) -> None:
        aggregate.label(self.annotation)
        ReadingAction.apply(self, aggregate, entry)

    def judge(self, draft: JudgementDraft, at: str) -> None:
        annotation_id = self.annotation.id
        draft.annotations.pop(annotation_id, None)
        draft.annotations[annotation_id] = self.annotation.labelled(draft.labels.get(annotation_id, ""), at)

    def describe(self, words: Words) -> str:
        return f"{'imported' if self.imported else 'marked'} {words.marked(self.annotation)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationChanged(ReadingAction):
    """Ratings, note, boundaries or passage of an annotation were changed. `changes` are fields as in its body."""

    kind: ClassVar[str] = "annotation.changed"
    annotation_id: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)

    def check(self, before: Reading) -> None:
        _expect_there(before, self.annotation_id)
        changes = self.changes
        if not isinstance(changes, Mapping) or not changes:
            raise annotation_refused("it changes nothing")
        if unknown := set(changes) - CHANGEABLE_FIELDS:
            raise annotation_refused(f"an annotation cannot change {', '.join(sorted(unknown))}")
        passage = changes.get("passage")
        if passage is not None and (not isinstance(passage, Mapping) or set(passage) != PASSAGE_FIELDS):
            raise annotation_refused("its passage is not complete")

    def judge(self, draft: JudgementDraft, at: str) -> None:
        draft.annotations[self.annotation_id] = draft.annotations[self.annotation_id].changed(self.changes)

    def describe(self, words: Words) -> str:
        known = words.known(self.annotation_id)
        if set(self.changes) != {"passage"}:
            return f"changed {', '.join(sorted(self.changes))} of {known}"
        if self.changes["passage"] is None:
            return f"removed the link of {known} to a passage"
        passage = Passage(**self.changes["passage"])
        # Whether the words were retrieved would tell which arm wrote the answer.
        return f"linked {known}, {passage.relation_words} a passage"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationRetracted(ReadingAction):
    """An annotation was retracted. It stays in the log."""

    kind: ClassVar[str] = "annotation.retracted"
    annotation_id: str = ""

    def check(self, before: Reading) -> None:
        _expect_there(before, self.annotation_id)

    def judge(self, draft: JudgementDraft, at: str) -> None:
        annotation = draft.annotations.pop(self.annotation_id)
        draft.retracted[self.annotation_id] = replace(annotation, retracted_at=at)

    def describe(self, words: Words) -> str:
        return f"retracted {words.known(self.annotation_id)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationsImported(EventKind):
    """Annotations came from a file. How they were made is not recorded.

    `added` and `same` count by reader what is new and what the readings had already. `about` says which file it was,
    by its name, SHA-256 and format, how its offsets count, and what was left out.
    """

    kind: ClassVar[str] = "annotations.imported"
    import_id: str
    added: Mapping[str, int]
    same: Mapping[str, int]
    about: Mapping[str, Any]

    def apply(self, imported: dict[str, int], entry: Event) -> None:
        """Add the new annotations of each reader."""
        for reader_id, count in self.added.items():
            imported[reader_id] = imported.get(reader_id, 0) + count

    def describe(self, words: Words) -> str:
        counts = listed(f"{plural(count, 'annotation')} of {reader}" for reader, count in self.added.items())
        return f"imported {counts}{lines_skipped(self.about)}"


def _expect_there(before: Reading, annotation_id: str) -> None:
    if before.judgement.annotation(annotation_id) is None:
        raise reading_changed("the annotation no longer exists")
