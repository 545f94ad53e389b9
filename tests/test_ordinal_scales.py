"""Every part of the program knows each ordinal scale by the name of its one definition."""

from __future__ import annotations

import pytest

from doubleread.domain.events.judgements import LEVELS
from doubleread.domain.ordinal_scales import SCALES, OrdinalScale
from doubleread.domain.study import Protocol
from doubleread.store.sqlite.schema import COLUMNS

every_scale = pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.name)


@every_scale
def test_the_protocol_switches_it_on_and_is_off_by_default(scale: OrdinalScale) -> None:
    assert Protocol().scales == ()
    assert Protocol(**{scale.name: True}).scales == (scale,)


@every_scale
def test_it_has_an_event_and_a_column(scale: OrdinalScale) -> None:
    assert LEVELS[scale.name].scale is scale
    assert scale.name in COLUMNS["readings"]


@every_scale
def test_it_has_two_to_five_levels_with_different_names(scale: OrdinalScale) -> None:
    assert list(scale.levels) == list(range(1, scale.highest + 1))
    assert 2 <= len(set(scale.levels.values())) == scale.highest <= 5


@every_scale
def test_its_noun_begins_with_its_name(scale: OrdinalScale) -> None:
    assert scale.noun.startswith(f"{scale.name} ")
