"""Annotations written in a format and read back into a fresh copy of the study are the same, whatever the texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings

from doubleread.domain.annotation import Annotation
from doubleread.errors import CaseFileError
from doubleread.imports.offsets import CODE_POINTS
from exports.round_trips import Drawn, DrawnStudy, annotated, drawn_studies, there_and_back

BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
LARGE = "fever \U0001f468\u200d\U0001f469 e\u0301 \r\n\u202bعربي\u202c\t" * 27_000


def in_brat(drawn: DrawnStudy):
    """Return what brat makes of annotations: lines of notes, and no line breaks at the ends of a mark."""
    texts = dict(zip(("one", "two"), drawn.answers, strict=True))

    def changed(one: Annotation) -> Sequence[Annotation]:
        text = texts[one.answer_id.rpartition("/")[2]]
        splits = any(text[place - 1 : place + 1] == "\r\n" for place in (one.start, one.end) if place)
        if one.quote[0] in BREAKS or one.quote[-1] in BREAKS or splits:
            return []
        return [replace(one, note="\n".join(re.split(rf"\r\n|[{BREAKS}]", one.note)))]

    return changed


@settings(max_examples=25)
@given(drawn_studies())
def test_every_format_gives_the_annotations_back(drawn: DrawnStudy):
    with annotated(drawn) as study:
        assert there_and_back(study, "jsonl").offsets == CODE_POINTS
        assert there_and_back(study, "label-studio").deciding == len(drawn.annotations)
        there_and_back(study, "brat", in_brat(drawn))
        if "\0" in "".join(drawn.text(one)[one.start : one.end] + one.note for one in drawn.annotations):
            with pytest.raises(CaseFileError) as raised:
                there_and_back(study, "csv")
            assert "contains a NUL byte" in raised.value.problems[0]
        else:
            there_and_back(study, "csv")


def test_a_text_of_a_megabyte():
    last = len(LARGE) - 17
    assert len(LARGE.encode()) > 1_000_000
    marked = (
        Drawn("R-01", "one", 0, 5, "negation", "minor", None, "first"),
        Drawn("R-02", "one", last, len(LARGE) - 1, "fabrication", "major", None, LARGE[:1000].replace("\r\n", " ")),
    )
    drawn = DrawnStudy((LARGE, "Short."), marked)
    with annotated(drawn) as study:
        for format_name in ("jsonl", "csv", "label-studio"):
            assert there_and_back(study, format_name).added == {"R-01": 1, "R-02": 1}
        assert there_and_back(study, "brat", in_brat(drawn)).added == {"R-01": 1, "R-02": 1}
