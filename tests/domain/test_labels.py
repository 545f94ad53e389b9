"""The label sets that come with the program, and those of a study's own."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from doubleread.domain.labels import CREOLA, HEGSELMANN, LABEL_SETS, Label, label_set, label_set_from_record
from doubleread.domain.presets import PRESETS
from doubleread.domain.study import Protocol, protocol_from_record
from doubleread.errors import InputRefusedError
from doubleread.tui.reading.annotation_panel import FIRST_DIGIT, keys_of


@pytest.mark.parametrize("labels", LABEL_SETS.values(), ids=LABEL_SETS)
def test_no_two_choices_of_the_annotation_panel_have_the_same_key(labels):
    keys = [label.key for label in (*labels.categories, *labels.severities)]
    assert len(set(keys)) == len(keys)
    assert "t" not in keys
    assert all(len(key) == 1 and "a" <= key <= "z" for key in keys)
    digits = [key for field in FIRST_DIGIT for key in keys_of(field, labels).values()]
    assert len(set(digits)) == len(digits)
    assert all("1" <= key <= "9" for key in digits)


@pytest.mark.parametrize("labels", LABEL_SETS.values(), ids=LABEL_SETS)
def test_names_are_unique_and_an_omission_is_no_category(labels):
    names = [label.name for label in labels.ratings("category")]
    assert len(set(names)) == len(names)
    assert labels.omission not in labels.categories
    assert labels.highest_severity == "major"


def test_hegselmanns_labels_are_eleven():
    assert len(HEGSELMANN.categories) == 11


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_presets_protocol_survives_being_stored(preset):
    again = protocol_from_record(json.loads(json.dumps(preset.protocol.as_record())))
    assert again == preset.protocol
    assert again.sha256 == preset.protocol.sha256
    assert again.labels is LABEL_SETS[preset.protocol.label_set]


def test_med_palm_compares_by_nine_axes():
    axes = PRESETS["med-palm"].protocol.axes
    assert len({axis.name for axis in axes}) == len(axes) == 9


def test_a_studys_own_labels_survive_being_stored_and_are_in_force():
    mine = label_set("mine-1", (Label("dose", "d", "A wrong dose."),), severities=(Label("bad", "b", "Bad."),))
    protocol = Protocol(label_set="mine-1", own_labels=mine)
    again = protocol_from_record(json.loads(json.dumps(protocol.as_record())))
    assert again == protocol
    assert again.labels.ratings("category") == (*mine.categories, CREOLA.omission)
    assert again.labels.highest_severity == "bad"
    assert again.sha256 != Protocol().sha256


def test_a_protocol_that_defines_labels_and_names_none_takes_its_own():
    record = {"own_labels": {"name": "mine-1", "categories": [asdict(Label("dose", "d", "A wrong dose."))]}}
    assert protocol_from_record(record).labels.name == "mine-1"
    assert protocol_from_record(record).labels.severities == CREOLA.severities


def test_an_unknown_set_is_refused():
    with pytest.raises(InputRefusedError, match="creola-1"):
        _ = Protocol(label_set="mine-1").labels


def test_a_set_without_categories_is_not_complete():
    with pytest.raises(KeyError):
        label_set_from_record({"name": "mine-1"})
