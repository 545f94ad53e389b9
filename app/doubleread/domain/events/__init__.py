"""The events of the append-only log. `entry` has what all events share; `kinds` names the class of each kind."""

from __future__ import annotations

from doubleread.domain.events.entry import AFTER as AFTER
from doubleread.domain.events.entry import GENESIS as GENESIS
from doubleread.domain.events.entry import Event as Event
from doubleread.domain.events.entry import EventDraft as EventDraft
from doubleread.domain.events.entry import chain_faults as chain_faults
from doubleread.domain.events.entry import event_hash as event_hash
