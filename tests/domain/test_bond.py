"""The scale of Bond."""

from __future__ import annotations

import pytest

from doubleread.domain.bond import BondGrade


def test_the_scale_has_five_grades_and_no_one() -> None:
    assert [grade.value for grade in sorted(BondGrade)] == [0, 2, 3, 4, 5]
    with pytest.raises(ValueError, match="1 is not a valid BondGrade"):
        BondGrade(1)


def test_every_grade_has_a_wording_of_its_own() -> None:
    wordings = {grade.definition for grade in BondGrade}
    assert len(wordings) == 5
    assert all(wording.endswith(".") for wording in wordings)


def test_only_the_highest_grade_is_the_same_diagnosis() -> None:
    assert [grade for grade in BondGrade if grade.same] == [BondGrade(5)]
