"""The hash chain finds whatever is changed, taken out, doubled or moved."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doubleread.domain.events import GENESIS, Event, chain_faults, event_hash
from doubleread.domain.events.kinds import EVENTS
from doubleread.domain.events.readings import READING_EVENTS
from doubleread.domain.hashes import canonical_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)
BODIES = st.dictionaries(st.text(), JSON, max_size=4)


def chain(device: str, bodies: list[dict[str, Any]]) -> list[Event]:
    events: list[Event] = []
    previous = GENESIS
    for seq, body in enumerate(bodies, 1):
        fields = (f"{device}-{seq}", device, seq, "2026-01-01T00:00:00.000Z", "R-01", "annotation.marked")
        events.append(Event(*fields, body, previous, event_hash(*fields, body, previous)))
        previous = events[-1].hash
    return events


UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
CHAINS = st.lists(BODIES, min_size=1, max_size=6).map(lambda bodies: chain("d", bodies))


@UNHURRIED
@given(st.lists(BODIES, max_size=5), st.lists(BODIES, max_size=5), st.randoms(use_true_random=False))
def test_whole_chains_of_several_devices_hold(first, second, source):
    mine, yours = chain("a", first), chain("b", second)
    merged: list[Event] = []
    while mine or yours:
        merged.append((mine if mine and (not yours or source.random() < 0.5) else yours).pop(0))
    assert chain_faults(merged) == []


@UNHURRIED
@given(CHAINS, st.data())
def test_every_changed_field_is_found(events, data):
    index = data.draw(st.integers(0, len(events) - 1))
    name = data.draw(st.sampled_from(["id", "device", "seq", "at", "actor", "kind", "body", "prev_hash", "hash"]))
    old = getattr(events[index], name)
    kinds = {"body": BODIES, "seq": st.integers(1, 99)}
    new = data.draw(kinds.get(name, st.text(max_size=70)).filter(lambda value: not same(value, old)))
    events[index] = events[index]._replace(**{name: new})
    assert chain_faults(events)


def same(one: object, other: object) -> bool:
    """Say whether both are the same JSON: 1 and 1.0 and True are equal in Python and are not the same."""
    return canonical_json(one) == canonical_json(other)


@UNHURRIED
@given(CHAINS, st.data())
def test_missing_and_doubled_entries_are_found(events, data):
    index = data.draw(st.integers(0, len(events) - 1))
    doubled = [*events[: index + 1], *events[index:]]
    assert chain_faults(doubled)
    if index < len(events) - 1:
        assert chain_faults([*events[:index], *events[index + 1 :]])
        swapped = [*events]
        swapped[index], swapped[index + 1] = swapped[index + 1], swapped[index]
        assert chain_faults(swapped)


def test_a_rewritten_entry_breaks_the_one_after_it():
    events = chain("d", [{"n": 1}, {"n": 2}, {"n": 3}])
    forged = chain("d", [{"n": 1}, {"n": 9}])[1]
    faults = chain_faults([events[0], forged, events[2]])
    assert faults == ["event 3 of device d: does not follow the previous entry"]


def test_a_hash_holds_half_characters():
    assert len(event_hash("i", "d", 1, "t", "R", "k", {"note": "\ud800"}, GENESIS)) == 64


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_are_not_finite_have_no_canonical_form(value):
    with pytest.raises(ValueError):
        canonical_json({"x": value})


def test_the_canonical_form_does_not_depend_on_order():
    assert (
        canonical_json({"b": [1, "é"], "a": None})
        == canonical_json({"a": None, "b": [1, "é"]})
        == '{"a":null,"b":[1,"é"]}'
    )


def test_kinds():
    assert READING_EVENTS.keys() < EVENTS.keys()
    assert all("." in kind for kind in EVENTS)
