"""Readings that were gone on with in copies: their lines, whatever the order in which the events came."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.branches import branches, follows
from doubleread.domain.events import AFTER, GENESIS, Event, chain_faults, event_hash
from doubleread.domain.events.decisions import decisions

NUMBERS = itertools.count()


def event(kind: str, after: str | None, device: str = "d", seq: int = 1, prev: str = GENESIS) -> Event:
    body = {"reading_id": "r"} | ({AFTER: after} if after else {})
    fields = (f"e{next(NUMBERS)}", device, seq, "2026-01-01T00:00:00.000Z", "R-01", kind)
    return Event(*fields, body, prev, event_hash(*fields, body, prev))


def grown(choices: list[int]) -> list[Event]:
    """A reading whose n-th event follows an earlier one, chosen by number."""
    made = [event("reading.opened", None)]
    for choice in choices:
        made.append(event("time.added", made[choice % len(made)].hash))
    return made


@given(st.lists(st.integers(0, 30), max_size=25), st.randoms(use_true_random=False))
def test_lines_do_not_depend_on_the_order_of_arrival(choices, source):
    events = grown(choices)
    expected = branches(events)
    shuffled = [*events]
    source.shuffle(shuffled)
    found, loose = branches(shuffled)
    assert (found, loose) == expected
    assert loose == []
    assert {item.hash for line in found for item in line} == {item.hash for item in events}
    for line in found:
        assert follows((), line)
    assert [len(line) for line in found] == sorted((len(line) for line in found), reverse=True)


def test_a_committed_line_counts_more_than_a_longer_one():
    opened = event("reading.opened", None)
    committed = event("reading.committed", opened.hash)
    first = event("time.added", opened.hash)
    second = event("time.added", first.hash)
    found, _ = branches([opened, first, second, committed])
    assert found == [(opened, committed), (opened, first, second)]


def test_an_event_that_names_no_other_belongs_to_no_branch():
    opened, unlinked = event("reading.opened", None), event("time.added", None)
    assert branches([opened, unlinked]) == ([(opened,)], [unlinked])


def test_what_follows_a_missing_event_is_loose_unless_it_is_known_to_be_lost():
    opened = event("reading.opened", None)
    gone = event("time.added", opened.hash)
    last = event("time.added", gone.hash)
    assert branches([opened, last]) == ([(opened,)], [last])
    assert branches([opened, last], frozenset({gone.hash})) == ([(opened, last)], [])
    assert branches([gone, last]) == ([], [gone, last])


def test_a_chain_may_fork_and_every_entry_still_follows_one():
    root = event("reading.opened", None)
    left = event("time.added", None, seq=2, prev=root.hash)
    right = event("time.added", None, seq=2, prev=root.hash)
    after_left = event("time.added", None, seq=3, prev=left.hash)
    after_right = event("time.added", None, seq=3, prev=right.hash)
    stranger = event("time.added", None, seq=3, prev="f" * 64)
    assert chain_faults([root, left, right, after_left, after_right]) == []
    assert chain_faults([root, left, left])
    assert chain_faults([root, left, right, after_left, stranger])
    assert chain_faults([left, after_left])
    assert chain_faults([left, after_left], frozenset({root.hash})) == []
    assert chain_faults([root, after_left], frozenset({left.hash})) == []


def decision(after: Event | None) -> Event:
    return event("score.overridden", after.hash if after else None)


def test_the_longer_branch_of_decisions_counts_without_the_void_ones_at_its_end():
    first = decision(None)
    second = decision(first)
    refused = decision(second)
    other = decision(first)
    assert decisions([]) == ()
    assert decisions([first, other, second, refused]) == (first, second, refused)
    counts = {first.hash, second.hash, other.hash}
    assert decisions([first, second, refused], lambda item: item.hash in counts) == (first, second)
    assert decisions([refused], lambda item: item.hash in counts) == ()


@given(st.lists(st.integers(0, 30), max_size=15), st.sets(st.integers(0, 15)), st.randoms(use_true_random=False))
def test_which_decision_counts_does_not_depend_on_the_order_of_arrival(choices, bad, source):
    made = [decision(None)]
    for choice in choices:
        made.append(decision(made[choice % len(made)]) if choice % 5 else decision(None))
    counting = {item.hash for number, item in enumerate(made) if number not in bad}
    expected = decisions(made, lambda item: item.hash in counting)
    shuffled = [*made]
    source.shuffle(shuffled)
    assert decisions(shuffled, lambda item: item.hash in counting) == expected
    assert bool(expected) == bool(counting)
    assert not expected or expected[-1].hash in counting
