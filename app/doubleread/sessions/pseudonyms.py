"""Pseudonyms that are easily mistaken for one another, such as R-1, R-01 and r01."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import regex
from rapidfuzz.distance import OSA

_LEADING_ZEROS = regex.compile(r"(?<!\d)0+(?=\d)")
_NOT_LETTERS = regex.compile(r"[^\p{L}\p{N}]+")
_SHORT = 7
"""Shorter pseudonyms are similar with one typing error (a letter added, lost, changed or swapped), others with two."""
_MOST = 3


def normal_form(pseudonym: str) -> str:
    """Return a pseudonym without case, hyphens, blanks and leading zeros."""
    letters = _NOT_LETTERS.sub(" ", unicodedata.normalize("NFKC", pseudonym).casefold())
    return _LEADING_ZEROS.sub("", letters.replace(" ", ""))


def reads_alike(pseudonym: str, known: Iterable[str]) -> list[str]:
    """Return the other pseudonyms that differ only in case, hyphens, blanks and leading zeros."""
    form = normal_form(pseudonym)
    return [other for other in known if other != pseudonym and normal_form(other) == form]


def near(pseudonym: str, known: Iterable[str]) -> list[str]:
    """Return up to three other pseudonyms that may be meant, the most similar first.

    If some read alike, only those. A different number is no typing error: R-01 and R-02 are two readers.
    """
    if alike := reads_alike(pseudonym, known := list(known)):
        return alike[:_MOST]
    form, digits = normal_form(pseudonym), _digits(pseudonym)
    scored = [
        (OSA.distance(form, normal_form(other)), other)
        for other in known
        if other != pseudonym and sorted(_digits(other)) == sorted(digits)
    ]
    allowed = 1 if len(form) < _SHORT else 2
    return [other for slips, other in sorted(scored, key=lambda item: item[0]) if slips <= allowed][:_MOST]


def did_you_mean(pseudonym: str, known: Iterable[str]) -> str:
    """Return "did you mean R-01 or R-10?", or nothing if no pseudonym is similar."""
    found = near(pseudonym, known)
    return f"did you mean {' or '.join(found)}?" if found else ""


def _digits(pseudonym: str) -> str:
    return "".join(character for character in normal_form(pseudonym) if character.isdigit())
