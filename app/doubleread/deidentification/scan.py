"""All rules over one text."""

from __future__ import annotations

from doubleread.deidentification.contacts import contacts, phones
from doubleread.deidentification.dates import ages, dates
from doubleread.deidentification.hit import Hit
from doubleread.deidentification.names import listed_names, names
from doubleread.deidentification.numbers import numbers

_RULES = (contacts, phones, numbers, dates, ages, names)


def scan(text: str) -> tuple[Hit, ...]:
    """Return the possible identifiers of a text, in its order. Of those that overlap, the longest is kept."""
    found = [hit for rule in _RULES for hit in rule(text)]
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
