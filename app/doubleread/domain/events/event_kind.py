"""What every kind of event can do, and the words that describe it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Any, ClassVar, Protocol, Self

from doubleread.domain.annotation import Annotation
from doubleread.domain.events.entry import Event, EventDraft
from doubleread.errors import InputRefusedError


class Words(Protocol):
    """What a description needs to know beside the event. Nothing that it returns names a model."""

    def side(self, answer_id: str | None) -> str:
        """Return the side of an answer in this reading or adjudication; "" if it has none."""

    def quote(self, place: str, answer_id: str, start: int, quote: str) -> str:
        """Return quoted words, shortened, and redacted where they come from an answer."""

    def annotation(self, annotation: Annotation) -> str:
        """Return an annotation in words."""

    def marked(self, annotation: Annotation) -> str:
        """Return a newly marked annotation in words. Later events name it by its id, see `known`."""

    def known(self, annotation_id: str) -> str:
        """Return in words the annotation that was marked with this id."""


class EventKind(ABC):
    """One kind of event. Its subclasses are frozen dataclasses whose fields are what the body of the entry says.

    Each kind also has `check`, which raises InputRefusedError or StudyChangedError for an event that must not be
    stored, and `apply`, which changes what the events of its group add up to. Their arguments differ by group.
    """

    __slots__ = ()
    kind: ClassVar[str]
    """The name under which the log stores it."""

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        """Rebuild it from a body. Raises KeyError, TypeError, AttributeError or ValueError for an incomplete one.

        Values are taken as they are; `check` looks at them.
        """
        required, optional = _parts(cls)
        values = {name: body[name] for name in required}
        for name in optional:
            if name in body:
                values[name] = body[name]
        return cls(**values)

    def to_body(self) -> dict[str, Any]:
        """Return its fields as JSON."""
        return {name: getattr(self, name) for name in _field_names(type(self))}

    @abstractmethod
    def describe(self, words: Words) -> str:
        """Say what the actor did, in words that name no model."""

    def draft(self) -> EventDraft:
        """Return it for the store."""
        return EventDraft(self.kind, self.to_body())


@cache
def _field_names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(item.name for item in fields(kind))


@cache
def _parts(kind: type[Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the fields that a body must have, and those that it may have."""
    required = tuple(item.name for item in fields(kind) if item.default is MISSING and item.default_factory is MISSING)
    return required, tuple(item.name for item in fields(kind) if item.name not in required)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedEvent(EventKind):
    """An event of a reading or an adjudication. The store adds to its body which one, and the event before it there.

    `reason` says why something committed was corrected; None if it was not.
    """

    opens: ClassVar[bool] = False
    commits: ClassVar[bool] = False
    timed: ClassVar[bool] = False
    """Whether it only adds working time, which is still stored for a person who was withdrawn."""

    reason: str | None = None

    @classmethod
    def from_entry(cls, entry: Event) -> Self:
        """Rebuild it from an entry of the log, whose time it may keep. Raises as `from_body` does."""
        return cls.from_body(entry.body)

    @abstractmethod
    def apply(self, aggregate: Any, entry: Event) -> None:
        """Change the aggregate. Raises ValueError if it does not follow what came before."""

    def to_body(self) -> dict[str, Any]:
        return {name: value for name, value in EventKind.to_body(self).items() if value is not None}


class StudyDecision(EventKind):
    """A decision about the study. It names by `AFTER` the previous decision on the same matter."""

    __slots__ = ()
    matter: ClassVar[str]
    """What is decided. Decisions on one matter replace each other, whatever their kind."""

    about: ClassVar[tuple[str, ...]] = ()
    """The fields that tell apart matters of the same name: decisions on one reader do not replace those on another."""


def check_seconds(seconds: object) -> None:
    """Raise InputRefusedError for what is not a number of seconds."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < math.inf:
        raise InputRefusedError("Time refused", f"{seconds!r} is not a number of seconds")
