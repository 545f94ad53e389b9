"""All rules over one text."""

from __future__ import annotations

import re

from doubleread.deidentification.contacts import online, phones, places
from doubleread.deidentification.dates import ages, ages_in_words, dates
from doubleread.deidentification.hit import Hit
from doubleread.deidentification.names import listed_names, names
from doubleread.deidentification.numbers import numbers

_IN_DIGITS = (places, numbers, phones, dates, ages)
"""Rules that find nothing in a text without a digit."""

_DIGIT = re.compile(r"\d")


def scan(text: str) -> tuple[Hit, ...]:
    """Return the possible identifiers of a text, in its order. Of those that overlap, the longest is kept, and
    of equal ones the first in the order of the rules.
    """
    rules = (online, *_IN_DIGITS, names) if _DIGIT.search(text) else (online, ages_in_words, names)
    found = [hit for rule in rules for hit in rule(text)]
    found.sort(key=lambda hit: hit.start - hit.end)
    taken = bytearray(len(text))
    kept = []
    for hit in found:
        if not any(taken[hit.start : hit.end]):
            taken[hit.start : hit.end] = b"\x01" * (hit.end - hit.start)
            kept.append(hit)
    return tuple(sorted(kept, key=lambda hit: hit.start))


def scan_pseudonym(pseudonym: str) -> tuple[Hit, ...]:
    """Return the names in a person's id, such as "Anna-Reads", and what else `scan` finds in it."""
    return (*scan(pseudonym), *listed_names(pseudonym))
