"""An annotation: a hallucinated span of an answer, or a span of a case that an answer omits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from operator import attrgetter, itemgetter
from typing import Any, Literal

from doubleread.domain.spans import Span

Place = str
"""The text that an annotation marks: "answer", or for an omission "case" or "document:ID"."""

ANSWER = "answer"
RATED_FIELDS = ("category", "severity", "basis", "harm", "certainty")


Relation = Literal["contradicts", "supports"]
CASE_SOURCE = "case"
_RELATION_WORDS: Mapping[str, str] = {"contradicts": "contradicted by", "supports": "supported by"}
_DOCUMENT, _RETRIEVED = "document:", "retrieved:"
_HASH_DIGITS = 16


def document_source(document_id: str) -> str:
    """Return the source of passages in a document of the case."""
    return _DOCUMENT + document_id


def document_of(source: str) -> str | None:
    """Return the id of the document of a place or a source of passages; None if it is another text."""
    return source.removeprefix(_DOCUMENT) if source.startswith(_DOCUMENT) else None


def retrieved_source(sha256: str) -> str:
    """Return the source that names a retrieved passage, by the hash of its text."""
    return _RETRIEVED + sha256[:_HASH_DIGITS]


def is_retrieved(source: str) -> bool:
    """Return whether a source is a retrieved passage."""
    return source.startswith(_RETRIEVED)


@dataclass(frozen=True, slots=True)
class Passage:
    """Words that support or contradict an annotated span, as code-point offsets into the text of their source.

    `source` is "case" for the case's text, "document:ID" for a document of the case, or "retrieved:HASH" for a passage
    that an answer of the case was given from a corpus.
    """

    start: int
    end: int
    quote: str
    source: str = CASE_SOURCE
    relation: Relation = "contradicts"

    @property
    def span(self) -> Span:
        """Where it is in the text of its source."""
        return Span(self.start, self.end)

    @property
    def in_case(self) -> bool:
        """Whether it lies in the case's text."""
        return self.source == CASE_SOURCE

    @property
    def document_id(self) -> str | None:
        """The id of its document; None if it lies elsewhere."""
        return document_of(self.source)

    @property
    def retrieved(self) -> bool:
        """Whether it lies in a retrieved passage."""
        return is_retrieved(self.source)

    @property
    def relation_words(self) -> str:
        """How the annotated span relates to it, such as "contradicted by"."""
        return _RELATION_WORDS[self.relation]

    @property
    def source_words(self) -> str:
        """Its source in words."""
        if self.document_id is not None:
            return f"document {self.document_id}"
        return "a retrieved passage" if self.retrieved else "the case"

    @property
    def words(self) -> str:
        """The relation and the quote; the source where it is not the case."""
        source = "" if self.in_case else f" ({self.source_words})"
        return f"{self.relation_words} “{self.quote}”{source}"


RELATIONS = frozenset(_RELATION_WORDS)
PASSAGE_FIELDS = frozenset(item.name for item in fields(Passage))


@dataclass(frozen=True, slots=True)
class Annotation:
    """What a reader marked. Offsets are code points into the text of its `place`.

    `answer_id` is the answer at fault, also for an omission, which marks the case's text or a document. `basis`, `harm`
    and `certainty` are None while the reader has not stated them. `passage` is what supports or contradicts it, where
    the reader linked it.

    What follows from the order of events is no part of what the reader says, and is empty outside a reading: `label`,
    its permanent name within the reading, such as "B2", `marked_at` and `retracted_at`.
    """

    id: str
    answer_id: str
    place: Place
    start: int
    end: int
    quote: str
    category: str
    severity: str
    basis: str | None = None
    harm: str | None = None
    certainty: str | None = None
    note: str = ""
    passage: Passage | None = None
    label: str = field(default="", compare=False)
    marked_at: str = field(default="", compare=False)
    retracted_at: str | None = field(default=None, compare=False)

    @property
    def in_answer(self) -> bool:
        """Whether it marks the answer; otherwise it marks words of the case that the answer omits."""
        return self.place == ANSWER

    @property
    def span(self) -> Span:
        """Where it is."""
        return Span(self.start, self.end)

    @property
    def mark(self) -> tuple[str, Place, int, int, str]:
        """What exact duplicates have in common: the same words of the same text in the same category."""
        return (self.answer_id, self.place, self.start, self.end, self.category)

    def as_body(self) -> dict[str, Any]:
        """Return the annotation as JSON for an event."""
        passage = None if self.passage is None else asdict(self.passage)
        return {**dict(zip(_FIELDS, _CONTENT(self), strict=True)), "passage": passage}

    def labelled(self, label: str, marked_at: str) -> Annotation:
        """Return it with its name within the reading and its time."""
        values: tuple[Any, ...] = (*_CONTENT(self), label, marked_at)
        return Annotation(*values)

    def changed(self, changes: Mapping[str, Any]) -> Annotation:
        """Return it with some fields replaced, given as in `as_body`. Raises KeyError for unknown fields."""
        if unknown := set(changes) - CHANGEABLE_FIELDS:
            raise KeyError(f"an annotation cannot change {', '.join(sorted(unknown))}")
        values = dict(changes)
        if isinstance(values.get("passage"), Mapping):
            values["passage"] = Passage(**values["passage"])
        return replace(self, **values)


_FIELDS = tuple(item.name for item in fields(Annotation) if item.compare)
"""What a body holds, in the order of the fields."""

_CONTENT = attrgetter(*_FIELDS)
_IN_BODY = itemgetter(*_FIELDS)
_CONTENT_FIELDS = frozenset(_FIELDS)
CHANGEABLE_FIELDS = _CONTENT_FIELDS - {"id", "answer_id", "place"}


def annotation_from_body(body: Mapping[str, Any]) -> Annotation:
    """Rebuild an annotation from an event's body."""
    if body.keys() >= _CONTENT_FIELDS and body["passage"] is None:
        # Nearly all have this form, and a study has many thousands.
        return Annotation(*_IN_BODY(body))
    values = {name: body[name] for name in _FIELDS if name in body}
    if values.get("passage") is not None:
        values["passage"] = Passage(**values["passage"])
    return Annotation(**values)
