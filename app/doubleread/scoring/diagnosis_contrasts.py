"""Words that decide whether two names mean the same disease: opposites, and words that narrow a name.

The lists are in `data/contrasts.toml`; here all words are in the form of `diagnosis_words.normal_words`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from doubleread.scoring.diagnosis_data import word_list
from doubleread.scoring.diagnosis_words import normal_words

_ENDINGS = re.compile(
    r"(itis|osis|oma|emia|uria|algia|pathy|penia|plasia|trophy|cytosis|ectasis|ectasia|asthenia|plegia|"
    r"paresis|rrhea|megaly|sclerosis|stenosis|oid|eal|ic)$"
)
# Designations of how far or how severe a disease is, not of which disease it is.
DEGREES = ("stage:", "grade:", "class:")


@dataclass(frozen=True, slots=True)
class _Contrasts:
    groups_of: dict[str, list[frozenset[str]]]
    narrowing: frozenset[str]
    opposed_starts: tuple[tuple[str, str], ...]
    pairs_apart: tuple[tuple[str, str], ...]
    look_alike: frozenset[str]


def _form(phrase: str) -> str:
    return " ".join(normal_words(phrase))


@lru_cache(maxsize=1)
def _contrasts() -> _Contrasts:
    listed = word_list("contrasts")
    groups_of: dict[str, list[frozenset[str]]] = {}
    for group in (frozenset(map(_form, group)) for group in listed["exclusive"]):
        for member in group:
            groups_of.setdefault(member, []).append(group)
    return _Contrasts(
        groups_of,
        frozenset(map(_form, listed["narrowing"])),
        tuple((one, two) for one, two in listed["opposed_starts"]),
        tuple((_form(one), _form(two)) for one, two in listed["apart"]),
        frozenset(map(_form, listed["look_alike"])),
    )


def look_alike() -> frozenset[str]:
    """Return words one or two letters apart that are both right."""
    return _contrasts().look_alike


@lru_cache(maxsize=1)
def apart() -> frozenset[str]:
    """Return the names that differ from another by nothing but "disease" or "syndrome"."""
    return frozenset(name for pair in _contrasts().pairs_apart for name in pair)


def contradicts(words: Sequence[str], around: Sequence[str]) -> bool:
    """Return whether a word around a name makes another disease of it.

    `words` are the name's own, `around` those that are where it was found, the name among them. A word of a contrast
    that the name lacks counts where the name has another of the group, or where the word narrows a disease by itself.
    """
    lists = _contrasts()
    own, theirs = _phrases(words), _phrases(around)
    for group in {group for phrase in theirs for group in lists.groups_of.get(phrase, ())}:
        mine = group & own
        other = {member for member in group & theirs - mine if not any(_within(member, wider) for wider in mine)}
        if other & (other if mine else lists.narrowing):
            return True
    if _other_kind(words, around):
        return True
    return any((one in own and two in theirs) or (two in own and one in theirs) for one, two in lists.pairs_apart)


def _phrases(words: Sequence[str]) -> frozenset[str]:
    """Return every word of a stretch, and every two and three words that follow one another."""
    return frozenset(
        " ".join(words[low : low + length]) for length in (1, 2, 3) for low in range(len(words) - length + 1)
    )


def _within(phrase: str, wider: str) -> bool:
    return f" {phrase} " in f" {wider} "


def _other_kind(words: Sequence[str], around: Sequence[str]) -> bool:
    """Return whether another type, letter or number is around a name; a stage only if the name has one too."""
    kinds = {word for word in words if ":" in word}
    for word in around:
        if ":" not in word or word in kinds:
            continue
        degree = next((degree for degree in DEGREES if word.startswith(degree)), "")
        if not degree or any(kind.startswith(degree) for kind in kinds):
            return True
    return False


def opposed(word: str, other: str) -> bool:
    """Return whether two words alike in letters mean different things: hyper- and hypo-, -itis and -osis."""
    for one, two in _contrasts().opposed_starts:
        if (word.startswith(one) and other.startswith(two)) or (word.startswith(two) and other.startswith(one)):
            return True
    mine, theirs = _ENDINGS.search(word), _ENDINGS.search(other)
    return bool(mine and theirs and mine[0] != theirs[0])
