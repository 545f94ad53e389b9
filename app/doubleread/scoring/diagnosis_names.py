"""All names under which an answer may state the key's diagnosis, and the abbreviations in a text, spelt out to fit."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from doubleread.scoring.diagnosis_contrasts import apart, look_alike
from doubleread.scoring.diagnosis_data import (
    abbreviations,
    also_words,
    ambiguous_abbreviations,
    synonyms,
    word_list,
)
from doubleread.scoring.diagnosis_words import Token, normal_words, tokens_of, word_set

_LONGEST_NAME = 8
_MOST_NAMES = 200
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
            for same in (words, *_without_redundant(words)):
                _add(found, accepted, same, listed=True)
                for other in (*_synonyms_of(same), *_with_parts_replaced(same)):
                    _add(found, accepted, other, listed=True)
    return tuple(found.values())[:_MOST_NAMES]


def _with_brackets(name: str) -> list[str]:
    """Return a name, the same without its brackets, and what is in brackets at its end if that is a name itself."""
    bracket = re.search(r"\(([^()]{2,})\)\s*\.?$", name)
    inside = [bracket[1]] if bracket and _is_a_name(bracket[1]) else []
    return [name, re.sub(r"\([^()]*\)", " ", name), *inside]


_NAMES_A_DISEASE = re.compile(
    r"(?:itis|osis|oma|emia|aemia|uria|algia|pathy|penia|plasia|trophy|plegia|syndrome|disease|disorder|infection|"
    r"fever|deficiency|palsy|anemia|tumou?r|cancer|dystrophy|sclerosis|gout|asthma|shingles)s?$",
    re.I,
)


def _is_a_name(text: str) -> bool:
    """Return whether what is in brackets is another name and not a site or a stage: "(COPD)", "(Graves disease)"."""
    words = tuple(normal_words(text))
    if not words:
        return False
    short = len(words) == 1 and (words[0] in abbreviations() or words[0] in ambiguous_abbreviations())
    capitals = len(words) == 1 and text.strip(" .").isupper() and len(text.strip(" .")) > 1
    return short or capitals or is_listed(words) or _NAMES_A_DISEASE.search(text.strip(" .")) is not None


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """Return the words of our lists: none of them is another one misspelt."""
    listed = {word for group in synonyms() for name in group for word in normal_words(name)}
    spelt = {word for long in abbreviations().values() for word in normal_words(long)}
    return look_alike() | listed | spelt


def tokens_to_compare(text: str, names: Sequence[Name]) -> list[Token]:
    """Return the words of a text, abbreviations spelt out; an ambiguous one only if one of the names fits it."""
    return _expanded(tokens_of(text), [frozenset(name.words) for name in names])


@lru_cache(maxsize=1)
def _everyday() -> frozenset[str]:
    return frozenset(normal_words(word_list("modifiers")["everyday"]))


@lru_cache(maxsize=1)
def _organs() -> frozenset[str]:
    return frozenset(normal_words(word_list("modifiers")["organs"]))


def _group_key(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words by which a name is looked up: the telling ones, in whatever order."""
    return tuple(sorted(without_stop(words)))


def without_stop(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a name that name the disease: "Still" of Still disease is too little and keeps its noun.

    So does "heart" of heart disease.
    """
    telling = tuple(word for word in words if word not in STOP)
    if " ".join(words) in apart() or (len(telling) == 1 and telling[0] in _everyday()) or _organs() >= set(telling):
        return words
    return telling or words


def _add(found: dict[tuple[str, ...], Name], accepted: str, words: tuple[str, ...], listed: bool) -> None:
    if words and words not in found:
        found[words] = Name(accepted, words, without_stop(words), listed)


def _spelt_out(tokens: Sequence[Token]) -> list[tuple[str, ...]]:
    """Return a name's words, and those with its abbreviations spelt out: in every meaning if there are several."""
    ways: list[tuple[str, ...]] = [()]
    for index, token in enumerate(tokens):
        readable = token.word not in also_words() or (token.upper and not _among_capitals(tokens, index))
        short = token.word if readable else ""
        if short in ambiguous_abbreviations():
            longs = [(token.word,), *(normal_words_of(long) for long in ambiguous_abbreviations()[short])]
        elif short in abbreviations():
            longs = [normal_words_of(abbreviations()[short])]
        else:
            longs = [(token.word,)]
        ways = [(*way, *long) for way in ways for long in longs][:16]
    return ways


def _expanded(tokens: Sequence[Token], names: Sequence[frozenset[str]]) -> list[Token]:
    short_forms, several, words = abbreviations(), ambiguous_abbreviations(), also_words()
    if not any(token.word in short_forms or token.word in several for token in tokens):
        return list(tokens)
    found: list[Token] = []
    alone = len(tokens) == 1
    for index, token in enumerate(tokens):
        readable = token.word not in words or alone or (token.upper and not _among_capitals(tokens, index))
        long: Sequence[str] = ()
        if readable and token.word in short_forms:
            long = normal_words_of(short_forms[token.word])
        elif readable and token.word in several:
            long = _fitting(token.word, tokens, names)
        found.extend(Token(word, token.start, token.end, token.upper) for word in long or (token.word,))
    return found


def _among_capitals(tokens: Sequence[Token], index: int) -> bool:
    """Return whether a whole word beside this one is in capitals too, so capitals show no abbreviation: CRADLE CAP."""
    beside = (*tokens[max(0, index - 1) : index], *tokens[index + 1 : index + 2])
    return any(token.upper and token.end - token.start > 5 for token in beside)


def _fitting(short: str, tokens: Sequence[Token], names: Sequence[frozenset[str]]) -> Sequence[str]:
    """Return the words of the one meaning that a name has and no other word of the text speaks against."""
    meanings = ambiguous_abbreviations()[short]
    around = [token.word for token in tokens if token.word != short]
    fitting = [long for long in meanings if any(name.issuperset(without_stop(normal_words_of(long))) for name in names)]
    if len(fitting) != 1:
        return ()
    own = any(word.startswith(tuple(meanings[fitting[0]])) for word in around)
    for long, speaks in meanings.items():
        spelt = set(without_stop(normal_words_of(long))) <= set(around)
        if long != fitting[0] and (spelt or (not own and any(word.startswith(tuple(speaks)) for word in around))):
            return ()
    return normal_words_of(fitting[0])


@lru_cache(maxsize=8192)
def normal_words_of(name: str) -> tuple[str, ...]:
    """Return `normal_words` of a name of our lists."""
    return tuple(normal_words(name))


def inside_another(tokens: Sequence[Token], first: int, last: int, names: Collection[tuple[str, ...]]) -> bool:
    """Return whether the words from `first` to `last` are part of a longer listed name that is none of `names`.

    The longer name is another disease, or a kind of this one: wet beriberi, Munchausen syndrome by proxy.
    """
    here = [token.word for token in tokens]
    for start in range(max(0, first - _LONGEST_NAME), first + 1):
        for words in _listed_by_first_word().get(here[start], ()):
            end = start + len(words)
            if end > last and len(words) > last - first + 1 and tuple(here[start:end]) == words and words not in names:
                return True
    return False


def is_listed(words: tuple[str, ...]) -> bool:
    """Return whether words are a name of our lists."""
    return _group_key(words) in _groups_by_words()


@lru_cache(maxsize=1)
def _listed_by_first_word() -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for group in synonyms():
        for name in group:
            for words in _spelt_out(tokens_of(name)):
                found.setdefault(words[0], []).append(words)
    return found


@lru_cache(maxsize=1)
def _groups_by_words() -> dict[tuple[str, ...], list[tuple[str, ...]]]:
    found: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for group in synonyms():
        for name in group:
            for words in _spelt_out(tokens_of(name)):
                held = found.setdefault(_group_key(words), [])
                if group not in held:
                    held.append(group)
    return found


def _synonyms_of(words: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    for group in _groups_by_words().get(_group_key(words), ()):
        for name in group:
            yield from _spelt_out(tokens_of(name))


def _with_parts_replaced(words: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    """Yield a longer name with a listed name in it replaced by its synonyms: infantile eczema, infantile dermatitis."""
    for low in range(len(words)):
        for part in _listed_by_first_word().get(words[low], ()):
            high = low + len(part)
            if len(part) < len(words) and words[low:high] == part:
                for other in _synonyms_of(part):
                    if not any(word in words[:low] or word in words[high:] for word in other):
                        yield (*words[:low], *other, *words[high:])


@lru_cache(maxsize=1)
def redundant_words() -> dict[tuple[str, ...], frozenset[str]]:
    """Return the words that say nothing new about a disease ("acute" of appendicitis), by its telling words."""
    found: dict[tuple[str, ...], frozenset[str]] = {}
    for phrase, diseases in word_list("modifiers")["redundant"].items():
        words = frozenset(normal_words(phrase))
        for disease in diseases:
            bare = without_stop(normal_words_of(disease))
            for same in (bare, *(without_stop(other) for other in _synonyms_of(bare))):
                found[same] = found.get(same, frozenset()) | words
    return found


def _without_redundant(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return a name without the words that say nothing new about its disease."""
    found = []
    for index, word in enumerate(words):
        bare = (*words[:index], *words[index + 1 :])
        if bare and word in redundant_words().get(without_stop(bare), ()):
            found.append(bare)
    return found
