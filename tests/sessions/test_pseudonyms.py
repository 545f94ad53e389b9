"""Pseudonyms that may be slips for others."""

from __future__ import annotations

import pytest

from doubleread.sessions.pseudonyms import did_you_mean, near, reads_alike

KNOWN = ["R-01", "R-02", "R-10", "S-01", "Anna", "internist-1"]


@pytest.mark.parametrize("typed", ["R-1", "r01", "R01", "R–01", "R 01", "Ｒ-01", "r.001"])
def test_what_reads_alike_is_named_alone(typed: str) -> None:
    assert reads_alike(typed, KNOWN) == near(typed, KNOWN) == ["R-01"]
    assert did_you_mean(typed, KNOWN) == "did you mean R-01?"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("R-O1", "R-01"), ("Ana", "Anna"), ("Anan", "Anna"), ("intenist-1", "internist-1"), ("RR-01", "R-01")],
)
def test_one_slip_is_near(typed: str, meant: str) -> None:
    assert reads_alike(typed, KNOWN) == []
    assert near(typed, KNOWN)[0] == meant


@pytest.mark.parametrize("typed", ["R-03", "R-11", "R-20", "Dr. X", "cardiologist"])
def test_another_number_or_name_is_another_reader(typed: str) -> None:
    assert near(typed, KNOWN) == []
    assert did_you_mean(typed, KNOWN) == ""


def test_a_pseudonym_is_no_slip_for_itself() -> None:
    assert "R-01" not in near("R-01", KNOWN)
