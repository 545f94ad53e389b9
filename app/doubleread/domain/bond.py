"""Grades of how close an answer is to the key's diagnosis, on the scale of Bond and others.

Source: Bond WF, Schwartz LM, Weaver KR, Levick D, Giuliano M, Graber ML. Differential diagnosis generators: an
evaluation of currently available computer programs. J Gen Intern Med 2012;27:213-219. The scale is widely used for the
clinicopathological conferences of the New England Journal of Medicine. It has no 1.
"""

from __future__ import annotations

from enum import IntEnum


class BondGrade(IntEnum):
    """A reader's grade of a free-text diagnosis or of a whole differential, 5 the best."""

    EXACT = 5
    VERY_CLOSE = 4
    CLOSELY_RELATED = 3
    RELATED = 2
    NOTHING_CLOSE = 0

    @property
    def definition(self) -> str:
        """The scale's wording for this grade, shown to the reader."""
        return _DEFINITIONS[self]

    @property
    def label(self) -> str:
        """The grade in one or two words."""
        return _LABELS[self]

    @property
    def same(self) -> bool:
        """Whether the answer names the key's diagnosis itself, a synonym or an abbreviation."""
        return self is BondGrade.EXACT


GRADES = frozenset(int(grade) for grade in BondGrade)
"""The scale as plain numbers, as they are stored."""

_LABELS = {
    BondGrade.EXACT: "the diagnosis",
    BondGrade.VERY_CLOSE: "very close",
    BondGrade.CLOSELY_RELATED: "closely related",
    BondGrade.RELATED: "related",
    BondGrade.NOTHING_CLOSE: "nothing close",
}
_DEFINITIONS = {
    BondGrade.EXACT: "The actual diagnosis was suggested.",
    BondGrade.VERY_CLOSE: "The suggestions included something very close, but not exact.",
    BondGrade.CLOSELY_RELATED: "The suggestions included something closely related that might have been helpful.",
    BondGrade.RELATED: "The suggestions included something related, but unlikely to be helpful.",
    BondGrade.NOTHING_CLOSE: "No suggestions close to the actual diagnosis.",
}
