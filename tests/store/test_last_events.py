"""The ends of the chains of a log: the events that no other one follows."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from doubleread.domain.events import GENESIS
from doubleread.store.log.event_log import last_events
from doubleread.store.sqlite.schema import TABLES

_Event = tuple[str, int, str, str]
"""Device, number, hash, and hash of the event before it."""


def log_with(events: list[_Event]) -> Database:
    raw = sqlite3.connect(":memory:")
    raw.row_factory = sqlite3.Row
    db = Database(raw)
    db.execute(TABLES["events"])
    for number, (device, seq, own, before) in enumerate(events):
        values = [str(number), device, seq, "", "", "", "{}", before, own]
        db.execute(
            "INSERT INTO events (id, device, seq, at, actor, kind, body, prev_hash, hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
    return db


@st.composite
def chains(draw: st.DrawFn) -> list[_Event]:
    """Return events of two devices, some of which wrote in two copies of the file, in any order of arrival."""
    made: list[_Event] = []
    for number in range(draw(st.integers(0, 12))):
        device = draw(st.sampled_from("ab"))
        own = [event for event in made if event[0] == device]
        before = draw(st.sampled_from(own)) if own and draw(st.booleans()) else own[-1] if own else None
        made.append((device, before[1] + 1 if before else 1, f"h{number}", before[2] if before else GENESIS))
    return draw(st.permutations(made))


@given(chains())
def test_the_last_events_are_those_that_no_other_one_follows(events: list[_Event]) -> None:
    followed = {before for *_, before in events}
    ends = [(device, seq, own) for device, seq, own, _ in events if own not in followed]
    assert last_events(log_with(events)) == sorted(ends, key=lambda end: (end[0], -end[1], end[2]))


@pytest.mark.parametrize("lost", [0, 1])
def test_a_chain_without_an_event_in_the_middle_ends_twice(lost: int) -> None:
    events = [("a", 1, "h1", GENESIS), ("a", 2, "h2", "h1"), ("a", 3, "h3", "h2")]
    del events[1 : 1 + lost]
    assert last_events(log_with(events)) == [("a", 3, "h3"), ("a", 1, "h1")][: 1 + lost]
