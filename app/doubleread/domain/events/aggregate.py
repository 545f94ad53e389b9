"""How events make a state: the fold, and undo and redo of whole actions. Readings and adjudications share it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar

from doubleread.domain.events.entry import Event
from doubleread.domain.events.event_kind import LinkedEvent, Words, check_seconds
from doubleread.errors import StudyChangedError

State = TypeVar("State")
Item = TypeVar("Item")
AnyAggregate = TypeVar("AnyAggregate", bound="Aggregate[Any, Any]")


class Action(NamedTuple, Generic[Item]):
    """What one undo removes: one item, or several of one burst. `id` is that of its first event."""

    id: str
    burst: str | None
    items: tuple[Item, ...]


@dataclass(slots=True)
class Actions(Generic[Item]):
    """The actions that count, and those that were undone, each with the next one last.

    The state is what the items of `done` make one after the other, so undoing never has to invert anything.
    """

    done: list[Action[Item]] = field(default_factory=list)
    undone: list[Action[Item]] = field(default_factory=list)
    closed: int = 0

    def do(self, event_id: str, item: Item, burst: str | None = None) -> None:
        """Add an item. It joins the last action where both are of the same burst."""
        self.undone.clear()
        if burst and len(self.done) > self.closed and self.done[-1].burst == burst:
            last = self.done.pop()
            self.done.append(Action(last.id, burst, (*last.items, item)))
        else:
            self.done.append(Action(event_id, burst, (item,)))

    def undo(self, action_id: str) -> None:
        """Undo the last action. Raises ValueError if that has another id, or precedes `close`."""
        _expect(self.done[self.closed :][-1:], action_id)
        self.undone.append(self.done.pop())

    def redo(self, action_id: str) -> None:
        """Redo the action that was undone last. Raises ValueError if that has another id."""
        _expect(self.undone[-1:], action_id)
        self.done.append(self.undone.pop())

    def close(self) -> None:
        """Put everything done so far beyond undo."""
        self.closed = len(self.done)
        self.undone.clear()

    def copy(self) -> Actions[Item]:
        """Return a copy that later actions do not change."""
        return Actions([*self.done], [*self.undone], self.closed)

    @property
    def items(self) -> list[Item]:
        """The items that count, in the order in which they were done."""
        return [item for action in self.done for item in action.items]

    @property
    def undoable(self) -> tuple[str, ...]:
        """The ids of the actions that can be undone, the next one last."""
        return tuple(action.id for action in self.done[self.closed :])

    @property
    def redoable(self) -> tuple[str, ...]:
        """The ids of the actions that can be redone, the next one last."""
        return tuple(action.id for action in self.undone)


def _expect(last: list[Action[Item]], action_id: str) -> None:
    if not last or last[0].id != action_id:
        raise ValueError("undoes or redoes an action that is not the last one")


@dataclass(slots=True)
class Aggregate(Generic[State, Item]):
    """What events apply themselves to: a state, None until it is opened, the actions on it, and the time spent."""

    noun: ClassVar[str]
    state: State | None = None
    actions: Actions[Item] = field(default_factory=Actions)
    seconds: float = 0.0

    @property
    def opened(self) -> State:
        """The state. Raises ValueError if it was never opened."""
        if self.state is None:
            raise ValueError(f"belongs to {self.noun} that was never opened")
        return self.state

    def copy(self) -> Self:
        """Return a copy that later events do not change."""
        return replace(self, actions=self.actions.copy())

    def add(self, event: LinkedEvent, entry: Event) -> None:
        """Apply an event. Raises ValueError if it does not follow what came before."""
        event.apply(self, entry)


def fold(entries: Iterable[Event], kinds: Mapping[str, type[LinkedEvent]], aggregate: AnyAggregate) -> AnyAggregate:
    """Apply events to an aggregate in the order of the log, and return it. Events of other kinds change nothing.

    Raises ValueError, KeyError, TypeError or AttributeError if the events do not fit together.
    """
    for entry in entries:
        kind = kinds.get(entry.kind)
        if kind is None:
            continue
        event = kind.from_entry(entry)
        try:
            aggregate.add(event, entry)
        except ValueError as error:
            raise ValueError(f"event {entry.id} {error}") from error
    return aggregate


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reversal(LinkedEvent):
    """An undo or a redo. `action_id` is the id of the first event of its action."""

    noun: ClassVar[str]
    action: ClassVar[str]
    action_id: str = ""

    def _expect_next(self, ids: tuple[str, ...], verb: str) -> None:
        if ids[-1:] != (self.action_id,):
            raise StudyChangedError(
                f"The {self.noun} has changed",
                f"the {self.action} to {verb} is not the last one; another window may have changed it",
                "this change was not saved; check the case again",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone(_Reversal):
    """The last action was undone."""

    def check(self, before: Any, ground: Any = None) -> None:
        """Raise StudyChangedError if another action is the last one."""
        self._expect_next(before.undoable, "undo")

    def apply(self, aggregate: Aggregate[Any, Any], entry: Event) -> None:
        """Undo it."""
        aggregate.actions.undo(self.action_id)

    def describe(self, words: Words) -> str:
        return f"undid the last {self.action}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redone(_Reversal):
    """The action undone last was redone."""

    def check(self, before: Any, ground: Any = None) -> None:
        """Raise StudyChangedError if another action was undone last."""
        self._expect_next(before.redoable, "redo")

    def apply(self, aggregate: Aggregate[Any, Any], entry: Event) -> None:
        """Redo it."""
        aggregate.actions.redo(self.action_id)

    def describe(self, words: Words) -> str:
        return f"redid the undone {self.action}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed(LinkedEvent):
    """Seconds of work were added."""

    timed: ClassVar[bool] = True
    verb: ClassVar[str]
    seconds: float

    def check(self, before: Any, ground: Any = None) -> None:
        """Raise InputRefusedError for what is not a number of seconds."""
        check_seconds(self.seconds)

    def apply(self, aggregate: Aggregate[Any, Any], entry: Event) -> None:
        """Add them."""
        _ = aggregate.opened
        aggregate.seconds += float(self.seconds)

    def describe(self, words: Words) -> str:
        return f"{self.verb} for {float(self.seconds):.1f} s"
