"""How events make a state: the fold, and undo and redo of whole actions. Readings and adjudications share it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from doubleread.domain.events.entry import Event

State = TypeVar("State")
Item = TypeVar("Item")
AnyAggregate = TypeVar("AnyAggregate", bound="Aggregate[Any, Any]")
Changed = TypeVar("Changed", bound="Aggregate[Any, Any]", contravariant=True)


@dataclass(slots=True)
class Action(Generic[Item]):
    """What one undo takes away: one item, or several of one burst. `id` is that of its first event."""

    id: str
    burst: str | None
    items: list[Item]


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
            self.done[-1].items.append(item)
        else:
            self.done.append(Action(event_id, burst, [item]))

    def undo(self, action_id: str) -> None:
        """Undo the last action. Raises ValueError where that has another id, or lies behind `close`."""
        self._expect(self.undoable, action_id)
        self.undone.append(self.done.pop())

    def redo(self, action_id: str) -> None:
        """Redo the action that was undone last. Raises ValueError where that has another id."""
        self._expect(self.redoable, action_id)
        self.done.append(self.undone.pop())

    def close(self) -> None:
        """Put everything done so far beyond undo."""
        self.closed = len(self.done)
        self.undone.clear()

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

    @staticmethod
    def _expect(ids: tuple[str, ...], action_id: str) -> None:
        if ids[-1:] != (action_id,):
            raise ValueError("undoes or redoes an action that is not the last one")


@dataclass(slots=True)
class Aggregate(Generic[State, Item]):
    """What events apply themselves to: a state, None until it is opened, and the actions on it."""

    noun: ClassVar[str]
    state: State | None = None
    actions: Actions[Item] = field(default_factory=Actions)

    @property
    def opened(self) -> State:
        """The state. Raises ValueError where it was never opened."""
        if self.state is None:
            raise ValueError(f"belongs to {self.noun} that was never opened")
        return self.state


class Applicable(Protocol[Changed]):
    """An event that changes an aggregate."""

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        """Rebuild it from the body of its entry in the log."""

    def apply(self, aggregate: Changed, entry: Event) -> None:
        """Change the aggregate. `entry` is the event's entry in the log."""


def fold(
    events: Iterable[Event], kinds: Mapping[str, type[Applicable[AnyAggregate]]], aggregate: AnyAggregate
) -> AnyAggregate:
    """Apply events to an aggregate in the order of the log, and return it. Events of other kinds change nothing.

    Raises ValueError, KeyError, TypeError or AttributeError where the events do not fit together.
    """
    for entry in events:
        kind = kinds.get(entry.kind)
        if kind is None:
            continue
        event = kind.from_body(entry.body)
        try:
            event.apply(aggregate, entry)
        except ValueError as error:
            raise ValueError(f"event {entry.id} {error}") from error
    return aggregate
