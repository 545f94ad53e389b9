"""Instruments, and scales of a study's own, on which readers rate each answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from doubleread.domain.answer_scales import (
    INSTRUMENTS,
    MEDVAL_RISK,
    PDSQI_9,
    SEVERITY_LIKELIHOOD,
    AnswerScale,
    with_classes,
)
from doubleread.domain.study import Protocol
from doubleread.errors import DoublereadError
from doubleread.runs.protocol_file import protocol_text, read_protocol


@pytest.mark.parametrize("instrument", INSTRUMENTS.values(), ids=INSTRUMENTS)
def test_an_instrument_names_its_source_and_its_anchors_fit_in_a_row(instrument) -> None:
    assert instrument.source
    names = [scale.name for scale in instrument.scales]
    assert len(set(names)) == len(names)
    for scale in instrument.scales:
        assert scale.question.endswith("?")
        assert len(set(scale.levels)) == len(scale.levels) >= 2
        assert max(map(len, scale.levels)) <= 74
        assert max(scale.numbered) <= 9


def test_pdsqi_has_nine_items() -> None:
    names = ["cited", "accurate", "thorough", "useful", "organized", "comprehensible", "succinct", "synthesized"]
    assert [scale.name for scale in PDSQI_9.scales] == [*names, "stigmatizing"]
    assert [list(scale.numbered) for scale in PDSQI_9.scales] == [*[[1, 2, 3, 4, 5]] * 8, [0, 1]]
    assert [scale.name for scale in PDSQI_9.scales if scale.not_applicable] == ["synthesized"]


def test_levels_are_numbers_of_the_scale_or_none_where_that_is_allowed() -> None:
    risk, synthesized = MEDVAL_RISK.scales[0], PDSQI_9.scales[7]
    assert [risk.has(level) for level in (0, 1, 4, 5, None, True, "1", 1.0)] == [False, True, True, *[False] * 5]
    assert synthesized.has(None)


def test_the_risk_class_rises_with_severity_and_likelihood() -> None:
    grid = SEVERITY_LIKELIHOOD.grid
    assert grid is not None
    classes = [[grid.of(row, column) for column in range(1, 6)] for row in range(1, 6)]
    assert (classes[0][0], classes[4][4]) == (1, 5)
    assert all(row == sorted(row) for row in classes)
    assert all(list(column) == sorted(column) for column in zip(*classes, strict=True))
    assert with_classes({"severity": 4, "likelihood": 5}, [grid])["risk class"] == 5
    assert "risk class" not in with_classes({"severity": 4}, [grid])


OWN = """
answer_scales = ["medval-risk"]

[[own_scales]]
name = "tone"
question = "How kind is it?"
levels = ["rude", "neutral", "kind"]
first = 0
not_applicable = true
"""


def test_a_protocol_has_instruments_and_scales_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "protocol.toml"
    file.write_text(OWN, encoding="utf-8")
    protocol = read_protocol(file)
    own = AnswerScale("tone", "How kind is it?", ("rude", "neutral", "kind"), first=0, not_applicable=True)
    assert protocol.rated_scales == (*MEDVAL_RISK.scales, own)
    file.write_text(protocol_text(protocol), encoding="utf-8")
    assert read_protocol(file) == protocol
    assert protocol.sha256 != Protocol().sha256


SCALE = 'name = "tone"\nquestion = "How?"\nlevels = ["a", "b"]\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('answer_scales = ["pdsqi"]', "'pdsqi' is not one of pdsqi-9"),
        ("answer_scales = 1", "answer_scales must be a list of texts"),
        ('answer_scales = ["medval-risk", "medval-risk"]', "'risk' occurs twice"),
        ('answer_scales = ["medval-risk"]\n[[own_scales]]\n' + SCALE.replace("tone", "risk"), "'risk' occurs twice"),
        ("own_scales = 1", "own_scales must be at most 20 tables"),
        ("own_scales = [1]", "number 1: must be a table"),
        (f"[[own_scales]]\n{SCALE}first = 2", "first must be 0 or 1"),
        (f"[[own_scales]]\n{SCALE}keys = 2", "keys is not known"),
        (f"[[own_scales]]\n{SCALE}not_applicable = 1", "not_applicable must be true or false"),
        ("[[own_scales]]\n" + SCALE.replace('"a", "b"', '"a"'), "levels must be 2 to 9 texts"),
        ("[[own_scales]]\n" + SCALE.replace('"b"', "2"), "level 2 must be a text"),
        ("[[own_scales]]\n" + SCALE.replace('"tone"', '""'), "name must be a text"),
    ],
)
def test_a_wrong_scale_is_named(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "protocol.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DoublereadError, match=words):
        read_protocol(file)
