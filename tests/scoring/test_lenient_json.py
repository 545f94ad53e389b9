"""JSON in answers: what is read in spite of deviations, and what is left out."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.scoring.lenient_json import List, Object, Text, objects


def plain(node):
    if isinstance(node, Text):
        return node.text
    if isinstance(node, List):
        return [plain(item) for item in node.items]
    return {name: plain(value) for name, value in node.pairs}


def read(text):
    return [(plain(found), found.complete) for found in objects(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1, "b": "x", "c": [1, "y",], "d": null,}', {"a": "1", "b": "x", "c": ["1", "y"], "d": "null"}),
        ("{'age': 58, 'dx': 'Crohn's disease', 'ok': True}", {"age": "58", "dx": "Crohn's disease", "ok": "True"}),
        ('{"dx": "so-called "cold" nodule", "age": 5}', {"dx": 'so-called "cold" nodule', "age": "5"}),
        ("{age: 58, sex: female}", {"age": "58", "sex": "female"}),
        ('{"age": 58 // years\n "sex": "f"\n}', {"age": "58", "sex": "f"}),
        ('{"age": 58, # years\n "sex": "f" /* ? */}', {"age": "58"}),
        ("{“a”: “b”, “c”: 3}", {"a": "b", "c": "3"}),
        ('{"a": "line\nbreak", "b": 1}', {"a": "line\nbreak", "b": "1"}),
        ('{"a": "x" "b": "y"}', {"a": "x", "b": "y"}),
        ('{\n"a": 1\n"b": 2\n}', {"a": "1", "b": "2"}),
        ('{"a": "\\u00e4 \\"q\\" \\ud83d", "b": 1e5}', {"a": 'ä "q" \ufffd', "b": "1e5"}),
        ("{ {'a': 1} }", {"a": "1"}),
    ],
)
def test_deviations_that_can_mean_only_one_thing_are_read(text, found):
    assert read(text)[0][0] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"hb": 9,1, "age": 58}', {"age": "58"}),
        ('{"age": 58, "t": 12:30}', {"age": "58"}),
        ('{"a": "unclosed,\n "b": "x"}', {"b": "x"}),
        ('{"a": "b", "c": "d', {"a": "b"}),
        ('{"a": "b", "c": 5', {"a": "b"}),
        ('{"a": "b", "c": [1, 2', {"a": "b"}),
        ('{"x": "v" (approx), "y": 2}', {"y": "2"}),
    ],
)
def test_a_pair_that_makes_no_sense_is_left_out(text, found):
    assert read(text) == [(found, False)]


@pytest.mark.parametrize("text", ["", "{", "{}", "{x}", "a {b} c", '{"a"', '{"a": 5', "[1, 2]", '{"hb": 9,1}', "{{{{"])
def test_what_has_no_readable_pair_is_no_object(text):
    assert read(text) == []


def test_objects_follow_each_other_and_their_values_have_places():
    text = 'First {"a": "b"} and then ```json\n{"c": 3}\n```'
    first, second = objects(text)
    assert (text[first.start : first.end], text[second.start : second.end]) == ('{"a": "b"}', '{"c": 3}')
    value = first.pairs[0][1]
    assert (text[value.start : value.end], text[slice(*value.inside)]) == ('"b"', "b")
    assert isinstance(second.pairs[0][1], Text)


_NAMES = st.text(alphabet="abcXYZ _-", min_size=1, max_size=8).filter(
    lambda name: name.strip() == name and name[0].isalpha()
)
_SCALARS = st.one_of(st.text(max_size=12), st.integers(), st.booleans(), st.none())
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3), max_leaves=8
)


def as_text(value):
    if isinstance(value, dict):
        return {name: as_text(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_text(inner) for inner in value]
    return value if isinstance(value, str) else json.dumps(value)


@given(st.dictionaries(_NAMES, _VALUES, min_size=1, max_size=4), st.sampled_from([None, 2]))
def test_json_is_read_as_it_is(value, indent):
    assert read(json.dumps(value, indent=indent)) == [(as_text(value), True)]


@given(st.text(alphabet="{}[]\"':,ab1 \n\\/#*.-", max_size=60))
def test_any_text_is_read_without_an_error(text):
    for found in objects(text):
        assert isinstance(found, Object)
        assert found.pairs
        assert 0 <= found.start < found.end <= len(text)
