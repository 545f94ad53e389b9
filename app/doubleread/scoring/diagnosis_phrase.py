"""The words directly beside a name: which of them leave it the same diagnosis, and which may make another one of it.

Words that leave it the same are listed in `data/modifiers.toml`. Any other word beside a name ("cold" of cold
urticaria, "carrier" of hepatitis B carrier) leaves the answer to a person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from doubleread.scoring.diagnosis_contrasts import DEGREES, contradicts
from doubleread.scoring.diagnosis_data import word_list
from doubleread.scoring.diagnosis_match import Place, misspelt
from doubleread.scoring.diagnosis_names import (
    STOP,
    Name,
    inside_another,
    is_listed,
    normal_words_of,
    redundant_words,
    without_stop,
)
from doubleread.scoring.diagnosis_words import HYPHENS, Token, normal_set, normal_words, word_set

OTHER_DISEASE = "a word beside the name makes it another disease"
LONGER = "the name is part of a longer one"
UNKNOWN_WORD = "a word beside the name may make it another diagnosis"
LESSER = "the words beside the name say a lesser stage or a doubt"

_PHRASE_END = re.compile(r"[,.;:()\[\]{}\"\n/|>→=•—!?]|\s[-–]\s|[-–]\s")
_BRACKET = re.compile(r"\s*\(([^()]{1,80})\)")
_CHUNK = re.compile(r"\s*[,:]\s*([^,.;:()\n]{1,48})(?=[,.;:()\n]|$)")
_ORIGIN = re.compile(r"\bin (?:origin|etiology|nature)\b", re.I)
# Adverbs, but no noun or adjective such as anomaly, hepatomegaly, syndactyly, early.
_ADVERB = re.compile(r"\w{2}(?:al|ab|ib|i|e|t|d|s|g|c|n|m|k|w|ul|lar|ear|ilar)ly$")
_NEXT_ONE = re.compile(
    r"(?:less|more|most|not|rather|unlike|followed|possibly|probably|likely|vs|versus|and|or|then|now|today|no|but|a|an|the|"
    r"this|it)\b",
    re.I,
)
_OF_SITE = word_set("of in within involving affecting at")
_TRIGGERED = word_set("induced triggered precipitated provoked")
_STOP_NOUNS = word_set("disease syndrome disorder mellitus")
_DETERMINERS = word_set("a an the this that his her their our some any")
_PERIOD = re.compile(r"\s+(?:in|of|during) (?:pregnancy|(?:the )?(?:newborns?|neonates?)|childhood|infancy)\b", re.I)
_AROUND = 3
_CAUSES = word_set("due secondary caused cause from because following follow after by triggered trigger given")
_WORSENING = word_set("exacerbation flare attack decompensation worsening episode")
_FEW_WORDS = 3


@dataclass(frozen=True, slots=True)
class _Modifiers:
    before: frozenset[str]
    after: frozenset[str]
    begins_after: frozenset[str]
    ends_before: frozenset[str]
    sites: frozenset[str]
    site_matters: frozenset[str]
    site_always_matters: frozenset[str]
    on_the_surface: frozenset[str]
    trigger_added: frozenset[tuple[str, ...]]
    lesser: frozenset[str]
    governors: dict[str, frozenset[str]]


@lru_cache(maxsize=1)
def _modifiers() -> _Modifiers:
    listed = word_list("modifiers")
    sets = {
        name: normal_set(listed[name].split())
        for name in (
            "before",
            "after",
            "begins_after",
            "ends_before",
            "sites",
            "site_matters",
            "site_always_matters",
            "on_the_surface",
        )
    }
    triggered = frozenset(without_stop(normal_words_of(name)) for name in listed["trigger_added"].split(";"))
    lesser = normal_set(" ".join(word_list("phrases")["lesser"]["words"]).split())
    governors = {preposition: normal_set(words.split()) for preposition, words in listed["governors"].items()}
    return _Modifiers(**sets, trigger_added=triggered, lesser=lesser, governors=governors)


def objection_beside(
    sentence: str, tokens: Sequence[Token], place: Place, names: Sequence[Name], listed: bool = False
) -> str:
    """Return why the words beside a name make another diagnosis of it, or an empty string.

    `names` are all accepted ones. `listed` says that it is in a list, where a comma leads to the next diagnosis.
    """
    if _contradicted(sentence, tokens, place, names):
        return OTHER_DISEASE
    if inside_another(tokens, place.first, place.last, {name.words for name in names}):
        return LONGER
    return (
        _inside(tokens, place)
        or _before(sentence, tokens, place, names)
        or _after(sentence, tokens, place, names)
        or _in_brackets(sentence, tokens, place, names)
        or ("" if listed else _behind_a_comma(sentence, tokens, place, names))
    )


def phrase_of(tokens: Sequence[Token], place: Place, sentence: str) -> tuple[int, int]:
    """Return where the stretch begins and ends that a name makes with the words that add nothing around it."""
    lists = _modifiers()
    low, high = tokens[place.first].start, tokens[place.last].end
    redundant = redundant_words().get(place.name.telling, frozenset())
    for token in reversed(tokens[: place.first]):
        adds_nothing = token.word in lists.before - lists.begins_after or token.word in redundant
        if sentence[token.end : low].strip() or not adds_nothing:
            break
        low = min(low, token.start)
    high += 2 if sentence[high : high + 2].lower() == "'s" else 0
    for token in tokens[place.last + 1 :]:
        if sentence[high : token.start].strip() or not (token.word in lists.after or token.word in _STOP_NOUNS):
            break
        high = max(high, token.end)
    return low, high


def _contradicted(sentence: str, tokens: Sequence[Token], place: Place, names: Sequence[Name]) -> bool:
    low, high = tokens[place.first].start, tokens[place.last].end
    starts = [match.end() for match in _PHRASE_END.finditer(sentence, max(0, low - 200), low)]
    phrase_start = starts[-1] if starts else 0
    ends = _PHRASE_END.search(sentence, high)
    phrase_end = ends.start() if ends else len(sentence)
    around: list[str] = []
    for index in range(max(0, place.first - _AROUND), min(len(tokens), place.last + _AROUND + 1)):
        token, word = tokens[index], tokens[index].word
        if index > place.last and word in _CAUSES:
            break
        following = tokens[index + 1].word if index + 1 < len(tokens) else ""
        outside = not place.first <= index <= place.last
        passing = word == "acute" and (following in _WORSENING or following == "on")
        if token.start < phrase_start or token.end > phrase_end or (outside and passing):
            continue
        if not outside or word in place.name.words or not _adds_nothing(word, place, names):
            around.append(word)
    return contradicts(place.name.words, around)


def _adds_nothing(word: str, place: Place, names: Sequence[Name]) -> bool:
    """Return whether a word belongs to the name, or to another accepted one that this is short for."""
    if word in place.name.words or word in redundant_words().get(place.name.telling, ()):
        return True
    return any(word in redundant_words().get(name.telling, ()) for name in names)


def _inside(tokens: Sequence[Token], place: Place) -> str:
    """Return an objection if words that no name has are between the words of a name."""
    neutral = _modifiers().before
    for token in tokens[place.first : place.last + 1]:
        word = token.word
        if word in STOP or word in neutral or word in redundant_words().get(place.name.telling, ()):
            continue
        if word not in place.name.words and not _is_misspelt_part(word, place.name):
            return UNKNOWN_WORD
    return ""


def _is_misspelt_part(word: str, name: Name) -> bool:
    return any(misspelt(own, word) for own in name.telling)


def _before(sentence: str, tokens: Sequence[Token], place: Place, names: Sequence[Name]) -> str:
    lists = _modifiers()
    edge = tokens[place.first].start
    index = place.first - 1
    while index >= 0:
        token = tokens[index]
        gap = sentence[token.end : edge]
        joined = gap in HYPHENS
        if _PHRASE_END.search(gap):
            return ""
        if token.word in lists.begins_after and not joined:
            return _governed(sentence, tokens, index)
        if token.word in _TRIGGERED and index and sentence[tokens[index - 1].end : token.start] in HYPHENS:
            if place.name.telling not in lists.trigger_added:
                return UNKNOWN_WORD
            index -= 2
            edge = tokens[index + 1].start
            continue
        if token.word in lists.begins_after and token.word in ("diagnosis", "answer", "impression"):
            return ""
        if not (token.word in lists.before or _says_how(token.word) or _adds_nothing(token.word, place, names)):
            return LESSER if token.word in lists.lesser else UNKNOWN_WORD
        edge = token.start
        index -= 1
    return ""


def _governed(sentence: str, tokens: Sequence[Token], index: int) -> str:
    """Return an objection if the name depends on another noun through a preposition: fear of cancer."""
    lists = _modifiers()
    while index > 0 and tokens[index].word in _DETERMINERS:
        if _PHRASE_END.search(sentence[tokens[index - 1].end : tokens[index].start]):
            return ""
        index -= 1
    allowed = lists.governors.get(tokens[index].word)
    if allowed is None or index == 0:
        return ""
    governor = tokens[index - 1]
    if _PHRASE_END.search(sentence[governor.end : tokens[index].start]):
        return ""
    return "" if governor.word in allowed or governor.word in lists.begins_after else UNKNOWN_WORD


def _says_how(word: str) -> bool:
    """Return whether a word is an adverb or a stage, neither of which names another disease."""
    return word.startswith(DEGREES) or (_ADVERB.search(word) is not None and word != "family")


def _after(sentence: str, tokens: Sequence[Token], place: Place, names: Sequence[Name]) -> str:
    lists = _modifiers()
    edge = tokens[place.last].end
    index = place.last + 1
    while index < len(tokens):
        token = tokens[index]
        bracket = _BRACKET.match(sentence, edge)
        if bracket and bracket.end() <= token.start:
            edge = bracket.end()
        elif bracket and bracket.start() <= token.start < bracket.end():
            index += 1
            continue
        gap = sentence[edge : token.start]
        joined = gap in HYPHENS
        if _PHRASE_END.search(gap):
            return ""
        if token.word in lists.ends_before and not joined:
            return _of_site(sentence, tokens, index, place)
        if len(token.word) == 1 and token.upper:
            return OTHER_DISEASE
        if not (token.word in lists.after or _says_how(token.word) or _adds_nothing(token.word, place, names)):
            return LESSER if token.word in lists.lesser else UNKNOWN_WORD
        edge = token.end
        index += 1
    return ""


def _of_site(sentence: str, tokens: Sequence[Token], index: int, place: Place) -> str:
    """Return an objection if a site or a time of life makes a kind of a general name: abscess of the liver."""
    lists = _modifiers()
    one_word, head = len(place.name.telling) == 1, place.name.telling[-1]
    general = head in (lists.site_matters if one_word else lists.site_always_matters)
    if _PERIOD.match(sentence, tokens[index].start - 1) and (one_word or general):
        return UNKNOWN_WORD
    if tokens[index].word not in _OF_SITE or not general:
        return ""
    edge = tokens[index].end
    for token in tokens[index + 1 :]:
        if _PHRASE_END.search(sentence[edge : token.start]) or token.word in lists.ends_before - _DETERMINERS:
            break
        known = token.word in lists.sites or token.word in lists.before or token.word in place.name.words
        if not (known or token.word in _DETERMINERS or token.word in redundant_words().get(place.name.telling, ())):
            return UNKNOWN_WORD
        edge = token.end
    return UNKNOWN_WORD if one_word and head in lists.site_matters - lists.on_the_surface else ""


def _in_brackets(sentence: str, tokens: Sequence[Token], place: Place, names: Sequence[Name]) -> str:
    """Return an objection if brackets after a name add another kind, another disease or a lesser stage."""
    bracket = _BRACKET.match(sentence, phrase_of(tokens, place, sentence)[1])
    if not bracket:
        return ""
    inside = [
        token.word
        for token in tokens[place.last + 1 :]
        if bracket.start() <= token.start and token.end <= bracket.end()
    ]
    own = {word for name in names for word in name.words}
    inside = [word for word in inside if word in own or not _adds_nothing(word, place, names)]
    if contradicts(place.name.words, [*place.name.words, *inside]):
        return OTHER_DISEASE
    if set(inside) & _modifiers().lesser - own:
        return LESSER
    added = [word for word in inside if word not in own and word not in STOP]
    return OTHER_DISEASE if added and is_listed(tuple(inside)) else ""


def _behind_a_comma(sentence: str, tokens: Sequence[Token], place: Place, names: Sequence[Name]) -> str:
    """Return an objection if a few words after a comma add another kind or a lesser stage: "pneumonia, viral"."""
    edge = phrase_of(tokens, place, sentence)[1]
    bracket = _BRACKET.match(sentence, edge)
    chunk = _CHUNK.match(sentence, bracket.end() if bracket else edge)
    if not chunk or _ORIGIN.search(chunk[1]) or _NEXT_ONE.match(chunk[1]):
        return ""
    lists = _modifiers()
    words = normal_words(chunk[1])
    if not words or len(words) > _FEW_WORDS or words[0] in lists.ends_before or words[0] in lists.begins_after:
        return ""
    own = {word for name in names for word in name.words}
    if contradicts(place.name.words, [*place.name.words, *words]):
        return OTHER_DISEASE
    if set(words) & lists.lesser - own:
        return LESSER
    known = lists.before | lists.after | lists.sites | own
    general = len(place.name.telling) == 1 and not is_listed(tuple(words))
    return UNKNOWN_WORD if general and not set(words) <= known else ""
