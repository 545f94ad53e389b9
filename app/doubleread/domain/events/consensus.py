"""The events of a consensus round, which belong to the reading that its reader may revise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from doubleread.domain.events.entry import Event
from doubleread.domain.events.event_kind import Words
from doubleread.domain.events.reading_event import ReadingAggregate, ReadingEvent, reading_changed
from doubleread.domain.reading import OUTCOMES, ConsensusRound, Outcome, Reading, Shown
from doubleread.domain.wording import plural
from doubleread.errors import InputRefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsensusOpened(ReadingEvent):
    """The reader saw how other readings of the case differ. Every later correction is a revision.

    `readings` are those that were shown, each with its `reading_id` and `head`; `shown_sha256` is the hash of what was
    shown of them. What was done before can no longer be undone.
    """

    kind: ClassVar[str] = "consensus.opened"
    readings: Sequence[Mapping[str, str]]
    shown_sha256: str

    @classmethod
    def incomplete(cls, error: Exception) -> InputRefusedError:
        return _refused(f"it is not complete ({error})")

    def check(self, before: Reading) -> None:
        if not before.committed or before.judgement.outside_field or before.repeat:
            raise _refused("it begins with a committed first reading of a case within the reader's field")
        if before.consensus is not None:
            raise reading_changed("this case was already opened in the round")
        if not self.readings or before.id in {shown["reading_id"] for shown in self.readings}:
            raise _refused("it needs the reading of another reader")

    def apply(self, aggregate: ReadingAggregate, entry: Event) -> None:
        reading = aggregate.reading()
        if reading is None or not reading.committed:
            raise ValueError("opens a consensus round of a reading that is not committed")
        aggregate.actions.close()
        shown = tuple(Shown(str(one["reading_id"]), str(one["head"])) for one in self.readings)
        round_ = ConsensusRound(entry.at, shown, reading.judgement, len(reading.corrections))
        aggregate.opened.consensus = aggregate.opened.consensus or round_

    def describe(self, words: Words) -> str:
        return f"saw {plural(len(self.readings), 'other reading')} in the consensus round"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsensusClosed(ReadingEvent):
    """The reader is done with a case of the round, and kept the reading or revised it."""

    kind: ClassVar[str] = "consensus.closed"
    outcome: Outcome

    @classmethod
    def incomplete(cls, error: Exception) -> InputRefusedError:
        return _refused(f"it is not complete ({error})")

    def check(self, before: Reading) -> None:
        if before.consensus is None:
            raise reading_changed("this case was not opened in the round")
        if before.consensus.outcome is not None:
            raise reading_changed("this case was already closed in the round")
        if self.outcome not in OUTCOMES or (self.outcome == "revised") != before.revised:
            raise _refused(f"{self.outcome!r} is not what the reader did")

    def apply(self, aggregate: ReadingAggregate, entry: Event) -> None:
        found = aggregate.opened.consensus
        if found is None or self.outcome not in OUTCOMES:
            raise ValueError("closes a consensus round that was not opened")
        aggregate.opened.consensus = replace(found, closed_at=entry.at, outcome=self.outcome)

    def describe(self, words: Words) -> str:
        return f"{self.outcome} the reading in the consensus round"


def _refused(happened: str) -> InputRefusedError:
    return InputRefusedError("Consensus round refused", happened, "open the case again")
