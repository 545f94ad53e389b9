"""JSON is read, checked and written as the `json` module would, whatever a file holds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.events import event_hash
from doubleread.domain.hashes import canonical_json
from doubleread.store.log.event_texts import checked_text, loaded, record_text, row_json

HOSTILE = (
    '{"a":60.0}',
    '{"a":0.1}',
    '{"a":-0.0}',
    '{"a":-0}',
    '{"a":1e16}',
    '{"a":1e+16}',
    '{"a":1e-05}',
    '{"a":1e-5}',
    '{"a":0.00001}',
    '{"a":1.0e0}',
    '{"a":1.10}',
    '{"a":1e999}',
    '{"a":-1e999}',
    '{"a":5e-324}',
    '{"a":1.7976931348623157e+308}',
    '{"a":0.30000000000000004}',
    '{"a":0.300000000000000040}',
    '{"a":123456789012345678901234567890}',
    '{"a":18446744073709551616}',
    '{"a":9007199254740993.0}',
    '{"a":[1.5,{"b":2.25}]}',
    '{"b":1,"a":2}',
    '{"a":1,"a":2}',
    '{"a": 1}',
    '{"a":1}\n',
    '{"a":true,"b":null,"c":false}',
    '{"a":"\\u00e9"}',
    '{"a":"é","ü":"😀"}',
    '{"a":"\\ud83d\\ude00"}',
    '{"a":"\\ud83d"}',
    '{"a":"\\u0000\\u001f"}',
    '{"a":"\x7f\u2028"}',
    '{"a":"\\/"}',
    '{"a":"/\\\\\\""}',
    '{"\uffff":1,"😀":2}',
    '{"😀":2,"\uffff":1}',
    "[]",
    '[["a",1]]',
)
NOT_READ = ('{"a":NaN}', '{"a":Infinity}', "", "{", '{"a":01}', '{"a":.5}', '{"a":1.}', "1", "null", '"ab"', "[1]")

FIELDS = ("id", "device", 1, "2026-01-01", "R-01é", "time.added")
PREVIOUS = "0" * 64

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def told(text: str, own_hash: str) -> tuple[object, bool, bool]:
    """What the `json` module alone says of an event."""
    read = json.loads(text)
    body = dict(read)
    canonical = canonical_json(read) == text
    hashed = event_hash(*FIELDS, read if canonical and isinstance(read, dict) else body, PREVIOUS)
    return body, canonical, hashed == own_hash


def same(one: object, other: object) -> bool:
    """Whether two values are equal and of the same types, down to the sign of a zero."""
    return repr(one) == repr(other)


@pytest.mark.parametrize("text", HOSTILE)
def test_an_event_is_checked_as_by_json(text: str) -> None:
    body = dict(json.loads(text))
    try:
        own_hash = event_hash(*FIELDS, body, PREVIOUS)
    except ValueError:
        with pytest.raises(ValueError, match="not JSON compliant"):
            checked_text(*FIELDS, text, PREVIOUS, "")
        return
    if isinstance(json.loads(text), dict):
        assert same(checked_text(*FIELDS, text, PREVIOUS, own_hash), told(text, own_hash))
    wrong = f"{own_hash[:-1]}{'0' if own_hash[-1] != '0' else '1'}"
    assert same(checked_text(*FIELDS, text, PREVIOUS, wrong), (body, told(text, "")[1], False))


@pytest.mark.parametrize("text", NOT_READ)
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        checked_text(*FIELDS, text, PREVIOUS, "")


@given(st.dictionaries(st.text(max_size=3), values, max_size=4), st.booleans())
def test_any_event_is_checked_as_by_json(body: dict[str, object], canonical: bool) -> None:
    text = canonical_json(body) if canonical else json.dumps(body)
    own_hash = event_hash(*FIELDS, body, PREVIOUS)
    assert same(checked_text(*FIELDS, text, PREVIOUS, own_hash), told(text, own_hash))
    assert checked_text(*FIELDS, text, PREVIOUS, own_hash)[2]
    assert same(loaded(text), json.loads(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_read_is_what_json_reads(text: str) -> None:
    assert same(loaded(text), json.loads(text))


@given(st.lists(st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()))
def test_any_row_is_written_as_by_json(row: list[object]) -> None:
    assert row_json(tuple(row)) == canonical_json(row).encode()


@pytest.mark.parametrize("number", [60.0, 1e16, 1e22, 1e-5, 0.0001, 5e-324, -0.0, 123456789.123, 2.5e15, 1e308])
def test_a_number_is_written_as_by_json(number: float) -> None:
    assert row_json(("id", number)) == canonical_json(["id", number]).encode()
    assert record_text({"b": number, "a": "é"}) == canonical_json({"b": number, "a": "é"})


def test_a_number_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        row_json((float("nan"),))


@given(st.dictionaries(st.text(max_size=3), values, max_size=4))
def test_any_record_is_written_as_by_json(record: dict[str, object]) -> None:
    assert record_text(record) == canonical_json(record)


def test_half_a_character_is_written_as_by_json() -> None:
    assert record_text({"A": "\ud83d"}) == canonical_json({"A": "\ud83d"})
