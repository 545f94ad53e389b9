"""Where a stretch of an answer names a diagnosis, in whatever order and with a letter or two misspelt."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

from doubleread.scoring.diagnosis_contrasts import opposed
from doubleread.scoring.diagnosis_names import Name, known_words
from doubleread.scoring.diagnosis_words import Token


@dataclass(frozen=True, slots=True)
class Place:
    """A name in a list of words: from word `first` to word `last`. `quality` is 1 if it is word for word."""

    name: Name
    first: int
    last: int
    quality: float


def find(tokens: Sequence[Token], name: Name, start: int = 0) -> Place | None:
    """Return the closest place from word `start` on where all telling words of a name are together.

    A word may be misspelt if the right one is not there.
    """
    here = [token.word for token in tokens]
    present = set(here[start:])
    words = list(name.words)
    if present.issuperset(words):
        for index in range(start, len(here) - len(words) + 1):
            if here[index] == words[0] and here[index : index + len(words)] == words:
                return Place(name, index, index + len(words) - 1, 1.0)
    wanted = name.telling
    if len("".join(wanted)) < 4:
        return None
    alike = {word: _misspelt_in(word, present) for word in wanted if word not in present}
    if not all(alike.values()):
        return None
    at: list[list[tuple[int, float]]] = []
    for word in wanted:
        others, cost = (alike[word], 0.1) if word in alike else ({word}, 0.0)
        at.append([(place, cost) for place, other in enumerate(here) if place >= start and other in others])
    reach = len(words) + 2
    best: Place | None = None
    for begin in sorted({place for spots in at for place, _ in spots}):
        chosen = [next((spot for spot in spots if begin <= spot[0] < begin + reach), None) for spots in at]
        taken = [spot for spot in chosen if spot is not None]
        if len(taken) < len(at) or len({place for place, _ in taken}) < len(taken):
            continue
        quality = 0.95 - sum(cost for _, cost in taken)
        if best is None or quality > best.quality:
            best = Place(name, begin, max(place for place, _ in taken), quality)
    return best


def _misspelt_in(word: str, present: Collection[str]) -> set[str]:
    length, first = len(word), word[0]
    if length < 6:
        return set()
    return {other for other in present if other[0] == first and abs(len(other) - length) <= 2 and misspelt(word, other)}


@lru_cache(maxsize=65536)
def misspelt(word: str, other: str) -> bool:
    """Return whether one word is the other with a letter or two wrong, and neither is a word of its own."""
    if min(len(word), len(other)) < 6 or word[0] != other[0] or ":" in word or ":" in other or opposed(word, other):
        return False
    allowed = 1 if len(word) < 9 else 2
    if DamerauLevenshtein.distance(word, other, score_cutoff=allowed) > allowed:
        return False
    known = known_words()
    return not (word in known and other in known)
