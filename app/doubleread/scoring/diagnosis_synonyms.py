"""Names of one and the same disease, written by us from everyday clinical usage (CC0); a case's `accept` adds to them.

Each line of the lists is one disease. Only full synonyms stand there, with eponyms and lay names: no subtypes, no
causes, no stages, and no name that is also an everyday word or has a second meaning.
"""

from __future__ import annotations

from doubleread.scoring.synonyms_internal import INTERNAL
from doubleread.scoring.synonyms_other import OTHER


def _read(lines: str) -> tuple[tuple[str, ...], ...]:
    joined = lines.strip().replace("\n  |", " |")
    return tuple(
        tuple(name.strip() for name in line.split("|")) for line in joined.splitlines() if not line.startswith("#")
    )


SYNONYMS: tuple[tuple[str, ...], ...] = _read(INTERNAL) + _read(OTHER)
