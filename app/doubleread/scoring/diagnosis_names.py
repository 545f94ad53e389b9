"""All names under which an answer may state the key's diagnosis, and the abbreviations in a text, spelt out to fit."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from doubleread.scoring.diagnosis_abbreviations import ABBREVIATIONS, ALSO_WORDS, AMBIGUOUS
from doubleread.scoring.diagnosis_contrasts import APART, LOOK_ALIKE
from doubleread.scoring.diagnosis_synonyms import SYNONYMS
from doubleread.scoring.diagnosis_words import Token, normal_words, tokens_of, word_set

_LONGEST_NAME = 8
# Words that a name may lack or have too many: they name no disease.
STOP = word_set("a an the of in on to and with by due from for disease syndrome disorder mellitus")


@dataclass(frozen=True, slots=True)
class Name:
    """One accepted name: as the case words it, and the words to look for. `listed` says that our lists added it."""

    accepted: str
    words: tuple[str, ...]
    telling: tuple[str, ...]
    listed: bool


@lru_cache(maxsize=512)
def names_of(key: str, accept: tuple[str, ...]) -> tuple[Name, ...]:
    """Return every accepted name; a bracket in a name is read without it, and on its own as a name."""
    found: dict[tuple[str, ...], Name] = {}
    own = [(accepted, name) for accepted in (key, *accept) for name in _with_brackets(accepted)]
    for accepted, name in own:
        _add(found, accepted, tuple(normal_words(name)), listed=False)
    for accepted, name in own:
        for words in _spelt_out(tokens_of(name)):
            _add(found, accepted, words, listed=True)
            for other in _synonyms_of(words):
                _add(found, accepted, other, listed=True)
    return tuple(found.values())


def _with_brackets(name: str) -> list[str]:
    return [name, re.sub(r"\([^()]*\)", " ", name), *re.findall(r"\(([^()]{3,})\)", name)]


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """Return the words of our lists: none of them is another one misspelt."""
    listed = {word for group in SYNONYMS for name in group for word in normal_words(name)}
    spelt = {word for long in ABBREVIATIONS.values() for word in normal_words(long)}
    return LOOK_ALIKE | listed | spelt


def tokens_to_compare(text: str, names: Sequence[Name]) -> list[Token]:
    """Return the words of a text, abbreviations spelt out; an ambiguous one only where one of the names fits it."""
    return _expanded(tokens_of(text), [frozenset(name.words) for name in names])


def _without_stop(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in STOP) or words


def _add(found: dict[tuple[str, ...], Name], accepted: str, words: tuple[str, ...], listed: bool) -> None:
    if words and words not in found:
        found[words] = Name(accepted, words, _without_stop(words), listed)


def _spelt_out(tokens: list[Token]) -> list[tuple[str, ...]]:
    """Return a name's words, and those with its abbreviations spelt out: in every meaning where there are several."""
    ways: list[tuple[str, ...]] = [()]
    for token in tokens:
        short = token.word if token.upper or token.word not in ALSO_WORDS else ""
        if short in AMBIGUOUS:
            longs = [(token.word,), *(tuple(normal_words(long)) for long in AMBIGUOUS[short])]
        elif short in ABBREVIATIONS:
            longs = [tuple(normal_words(ABBREVIATIONS[short]))]
        else:
            longs = [(token.word,)]
        ways = [(*way, *long) for way in ways for long in longs][:16]
    return ways


def _expanded(tokens: list[Token], names: Sequence[frozenset[str]]) -> list[Token]:
    found: list[Token] = []
    alone = len(tokens) == 1
    for token in tokens:
        readable = token.upper or alone or token.word not in ALSO_WORDS
        if readable and token.word in ABBREVIATIONS:
            long: Sequence[str] = normal_words_of(ABBREVIATIONS[token.word])
        elif readable and token.word in AMBIGUOUS:
            long = _fitting(token.word, tokens, names)
        else:
            long = ()
        found.extend(Token(word, token.start, token.end, token.upper) for word in long or (token.word,))
    return found


def _fitting(short: str, tokens: list[Token], names: Sequence[frozenset[str]]) -> Sequence[str]:
    """Return the words of the one meaning that a name has and no other word of the text speaks against."""
    meanings = AMBIGUOUS[short]
    around = [token.word for token in tokens if token.word != short]
    fitting = [long for long in meanings if any(name.issuperset(normal_words_of(long)) for name in names)]
    if len(fitting) != 1:
        return ()
    own = any(word.startswith(meanings[fitting[0]]) for word in around)
    for long, speaks in meanings.items():
        spelt = set(_without_stop(normal_words_of(long))) <= set(around)
        if long != fitting[0] and (spelt or (not own and any(word.startswith(speaks) for word in around))):
            return ()
    return normal_words_of(fitting[0])


@lru_cache(maxsize=1024)
def normal_words_of(name: str) -> tuple[str, ...]:
    """Return `normal_words` of a name of our lists."""
    return tuple(normal_words(name))


def inside_another(tokens: Sequence[Token], first: int, last: int, names: Collection[tuple[str, ...]]) -> bool:
    """Say whether the words from `first` to `last` are part of a longer listed name that is none of `names`.

    The longer name is another disease, or a kind of this one: wet beriberi, Munchausen syndrome by proxy.
    """
    here = [token.word for token in tokens]
    for start in range(max(0, first - _LONGEST_NAME), first + 1):
        for words in _listed_by_first_word().get(here[start], ()):
            end = start + len(words)
            if end > last and len(words) > last - first + 1 and tuple(here[start:end]) == words and words not in names:
                return True
    return False


@lru_cache(maxsize=1)
def _listed_by_first_word() -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for group in SYNONYMS:
        for name in group:
            for words in _spelt_out(tokens_of(name)):
                found.setdefault(words[0], []).append(words)
    return found


@lru_cache(maxsize=1)
def _groups_by_words() -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    found: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for group in SYNONYMS:
        for name in group:
            for words in _spelt_out(tokens_of(name)):
                held = found.setdefault(_key(words), [])
                if group not in held:
                    held.append(group)
    return found


def _key(words: tuple[str, ...]) -> tuple[str, ...]:
    return words if " ".join(words) in APART else _without_stop(words)


def _synonyms_of(words: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    for group in _groups_by_words().get(_key(words), ()):
        for name in group:
            yield from _spelt_out(tokens_of(name))
