"""Short labels for the words in view, typed to jump to one of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from doubleread.domain.spans import Span
from doubleread.tui.shared.text.caret import MOTIONS, unit_at

LETTERS = "fjdkslaghrueiwoqptyvnmcbxz"
"""The letters of labels, those of the home row first."""
NEAR = 9
"""How many of the nearest words have a label of one letter, where that is asked for."""


def labels_of(count: int, *, near: int = 0) -> list[str]:
    """Return `count` labels, the easiest first, none of which another one begins with.

    Labels have two letters, and where these do not suffice, the last ones have three. The first `near` labels have one.
    """
    rank = {letter: place for place, letter in enumerate(LETTERS)}
    single, heads = list(LETTERS[:near]), LETTERS[near:]
    pairs = ["".join(pair) for pair in product(heads, LETTERS)]
    pairs.sort(key=lambda pair: rank[pair[0]] + rank[pair[1]])
    lacking = max(count - len(single) - len(pairs), 0)
    longer = -(-lacking // (len(LETTERS) - 1))
    kept = len(pairs) - longer
    return [*single, *pairs[:kept], *(pair + letter for pair in pairs[kept:] for letter in LETTERS)][:count]


def words_in_view(text: str, starts: Sequence[int]) -> list[Span]:
    """Return the words of a text whose first character is among the offsets of the characters in view."""
    if not starts:
        return []
    shown, first, last = set(starts), min(starts), max(starts)
    found = []
    place = first
    word = unit_at(text, place, "word")
    while place <= last:
        if word is not None and word.start in shown:
            found.append(word)
        following = MOTIONS["word_forward"](text, place, False)
        if following <= place:
            break
        place = following
        word = unit_at(text, place, "word")
    return found
