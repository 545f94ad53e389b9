"""The events about readers: who takes part in a study, and which cases each of them reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from doubleread.domain.assignment import WorklistItem, as_items
from doubleread.domain.events.decisions import in_force
from doubleread.domain.events.entry import AFTER, Event
from doubleread.domain.events.event_kind import EventKind, StudyDecision, Words
from doubleread.errors import InputRefusedError

_NAMED = 5
"""So many cases are named in an error."""


@dataclass(slots=True)
class RegisteredReader:
    """A reader as the events about them leave it. `withdrawn_at` is None while they take part."""

    id: str
    registered_at: str
    role: str = ""
    qualification: str = ""
    withdrawn_at: str | None = None
    withdrawal_reason: str = ""
    enrolled: bool = False
    """Whether the study lead listed them, and they did not begin by themselves."""

    def check_taking_part(self, title: str) -> None:
        """Raise InputRefusedError, with this title, for one who was withdrawn."""
        if self.withdrawn_at is not None:
            raise InputRefusedError(
                title,
                f"{self.id} was withdrawn from this study on {self.withdrawn_at[:10]} ({self.withdrawal_reason})",
                f"the study lead can undo that: doubleread readers reinstate STUDY --reader {self.id} --reason TEXT",
            )


Readers = dict[str, RegisteredReader]
"""All readers by pseudonym."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderRegistered(EventKind):
    """A reader became known. `enrolled` where the study lead listed them, and they did not begin by themselves."""

    kind: ClassVar[str] = "reader.registered"
    reader_id: str
    enrolled: bool = False

    def to_body(self) -> dict[str, Any]:
        return {"reader_id": self.reader_id} | ({"enrolled": True} if self.enrolled else {})

    def check(self) -> None:
        if not self.reader_id.strip():
            raise InputRefusedError("Reader refused", "the pseudonym is empty", "choose one, such as R-01")

    def adds_to(self, readers: Readers) -> bool:
        """Return whether it says anything that is not known."""
        known = readers.get(self.reader_id)
        return known is None or (self.enrolled and not known.enrolled)

    def apply(self, readers: Readers, entry: Event) -> None:
        # The first registration counts, in whichever copy of the study it was made.
        reader = readers.setdefault(self.reader_id, RegisteredReader(self.reader_id, entry.at))
        reader.registered_at = min(reader.registered_at, entry.at)
        reader.enrolled |= self.enrolled

    def describe(self, words: Words) -> str:
        return "registered"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderDescribed(StudyDecision):
    """A reader's role and qualification were stated, in place of what was stated before."""

    kind: ClassVar[str] = "reader.described"
    matter: ClassVar[str] = "description"
    about: ClassVar[tuple[str, ...]] = ("reader_id",)
    reader_id: str
    role: str
    qualification: str

    def check(self, readers: Readers) -> None:
        if self.reader_id not in readers:
            raise InputRefusedError(
                "Reader not described", f"{self.reader_id} is not registered", "register them first"
            )

    def apply(self, readers: Readers, entry: Event) -> None:
        readers[self.reader_id].role = self.role
        readers[self.reader_id].qualification = self.qualification

    def describe(self, words: Words) -> str:
        said = ", ".join(text for text in (self.role, self.qualification) if text)
        return f"described {self.reader_id}: {said or 'nothing'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipationEvent(StudyDecision):
    """A reader left the study or came back, and why."""

    matter: ClassVar[str] = "participation"
    about: ClassVar[tuple[str, ...]] = ("reader_id",)
    title: ClassVar[str]
    withdraws: ClassVar[bool]
    reader_id: str
    reason: str

    def check(self, readers: Readers) -> None:
        reader = readers.get(self.reader_id)
        if reader is None:
            raise InputRefusedError(
                self.title, f"{self.reader_id} is not a reader of this study", "check the pseudonym"
            )
        withdrawn = reader.withdrawn_at is not None
        if withdrawn == self.withdraws:
            state = "is already withdrawn" if withdrawn else "is not withdrawn"
            raise InputRefusedError(self.title, f"{self.reader_id} {state}", "there is nothing to do")

    def apply(self, readers: Readers, entry: Event) -> None:
        reader = readers[self.reader_id]
        reader.withdrawn_at = entry.at if self.withdraws else None
        reader.withdrawal_reason = str(self.reason) if self.withdraws else ""

    def describe(self, words: Words) -> str:
        return f"{'withdrew' if self.withdraws else 'reinstated'} {self.reader_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderWithdrawn(ParticipationEvent):
    """A reader takes no further part."""

    kind: ClassVar[str] = "reader.withdrawn"
    title: ClassVar[str] = "Reader not withdrawn"
    withdraws: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderReinstated(ParticipationEvent):
    """A withdrawn reader takes part again."""

    kind: ClassVar[str] = "reader.reinstated"
    title: ClassVar[str] = "Reader not reinstated"
    withdraws: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesAssigned(StudyDecision):
    """Cases were assigned, by reader and in the order of reading; `how` names the `plan` and its settings."""

    kind: ClassVar[str] = "cases.assigned"
    matter: ClassVar[str] = "assignment"
    cases: Mapping[str, Sequence[str]]
    how: Mapping[str, Any]

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> Self:
        how = {name: value for name, value in body.items() if name not in ("cases", AFTER)}
        return cls(cases=body["cases"], how=how)

    def to_body(self) -> dict[str, Any]:
        return {**self.how, "cases": {reader_id: list(listed) for reader_id, listed in self.cases.items()}}

    def check(self, readers: Readers, case_ids: Collection[str], begun: Mapping[str, Collection[WorklistItem]]) -> None:
        """Check it against the study's readers and cases, and what each reader has begun to read."""
        for reader_id, listed in self.cases.items():
            if reader_id not in readers:
                raise _not_assigned(f"{reader_id} is not registered", "register readers with: doubleread readers add")
            readers[reader_id].check_taking_part("Nothing assigned")
            if unknown := set(listed) - set(case_ids):
                raise _not_assigned(f"the study has no case {sorted(unknown)[0]}", "assign cases of the study")
            if not listed or max(Counter(listed).values()) > 2:
                raise _not_assigned(
                    f"{reader_id} would get no case, or a case more than twice", "change the number of readers"
                )
            if taken := set(begun.get(reader_id, ())) - set(as_items(listed)):
                whole = {item.case_id for item in taken if not item.repeat}
                again = {f"{item.case_id} the second time" for item in taken if item.case_id not in whole}
                named = sorted(whole | again)
                more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
                raise _not_assigned(
                    f"{reader_id} has started {', '.join(named[:_NAMED])}{more}, which the new plan would take away",
                    "readers who have started can only get more cases: use the earlier seed and plan, or the plan all",
                )

    def apply(self, assigned: dict[str, tuple[str, ...]], entry: Event) -> None:
        """Put it in place of what the same readers were assigned before."""
        assigned.update({reader_id: tuple(listed) for reader_id, listed in self.cases.items()})

    def describe(self, words: Words) -> str:
        return f"assigned cases to {', '.join(self.cases)} by the plan {self.how['plan']}"


READER_EVENTS: tuple[type[ReaderRegistered | ReaderDescribed | ParticipationEvent], ...] = (
    ReaderRegistered,
    ReaderDescribed,
    ReaderWithdrawn,
    ReaderReinstated,
)
_KINDS = {event.kind: event for event in READER_EVENTS}


def fold_readers(entries: Iterable[Event]) -> Readers:
    """Return all readers by pseudonym, from the events of `READER_EVENTS`.

    Role, qualification and participation are those that were decided last.
    """
    readers: Readers = {}
    decided: list[Event] = []
    for entry in entries:
        if issubclass(_KINDS[entry.kind], StudyDecision):
            decided.append(entry)
        else:
            _KINDS[entry.kind].from_body(entry.body).apply(readers, entry)
    for entry in in_force(decided, _KINDS):
        event = _KINDS[entry.kind].from_body(entry.body)
        if event.reader_id in readers:
            event.apply(readers, entry)
    return readers


def _not_assigned(happened: str, remedy: str) -> InputRefusedError:
    return InputRefusedError("Nothing assigned", happened, remedy)
