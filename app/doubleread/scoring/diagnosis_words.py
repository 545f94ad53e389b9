"""The words of a diagnosis in one form: no case, accents, British spelling, plurals, and no two words for one thing.

Both sides of a comparison pass through here, so a form need not be readable; it must only be the same for the same name
and differ for another disease. "Type II", "factor VIII", "hepatitis B" become one word with a colon ("type:2"), which
nothing but itself equals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from doubleread.scoring.diagnosis_data import word_list
from doubleread.scoring.option_text import folded

HYPHENS = ("-", "\u2010", "\u2011", "\u2013")

# A word without a possessive s, which is part of no name; the plural s of an abbreviation stays out of group 1.
_WORD = re.compile(r"(?<!['’])([A-Z]{2,})s(?![^\W_])|(?!(?<=['’])[sS](?![^\W_]))[^\W_]+")
_OUR = re.compile(r"(?<=tum|col|hum|vap|lab|dol)our|(?<=behavi)our")
_ISE = re.compile(r"(?<=\w{4})is(?=(?:e[ds]?|ing|ation)$)")
_YSE = re.compile(r"(?<=\w{3})ys(?=(?:e[ds]?|ing)$)")
_ICAL = re.compile(r"(?<=\w{3}ic)al$")


def word_set(words: str) -> frozenset[str]:
    """Return the words of a list that are separated by whitespace."""
    return frozenset(words.split())


_JOINED = word_set("non post anti pre pseudo peri para poly hyper hypo micro sub extra intra multi auto endo inter")
# Surnames that end like a combining form ("gastro-") and stay words of their own.
_SURNAMES = word_set("romano ito noto castello sezaro di de la le")
_ROMAN = {
    "i": "1",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "v": "5",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
    "x": "10",
}
_ROMAN |= {"xi": "11", "xii": "12", "xiii": "13", "iia": "2a", "iib": "2b"}
_LETTERED = re.compile(
    r"hepatitis|hemophilia|vitamin|factor|influenza|protein|group|class|stage|grade|type|trisomy|nerve|"
    r"neoplasia|neurofibromatosis|glycogenosis|men|nf|mucopolysaccharidosis|immunoglobulin|ig"
)
_WITH_AN_A = frozenset(("hepatitis", "hemophilia", "vitamin", "type", "group"))
_TYPED = frozenset(("neoplasia", "neurofibromatosis", "glycogenosis", "mucopolysaccharidosis"))
_DESIGNATION = re.compile(r"[a-z]|\d{1,2}[a-z]?|[a-z]\d{1,2}")


@dataclass(frozen=True, slots=True)
class Token:
    """A word in its one form, and [start, end) of what is there. `upper` says that it was written in capitals."""

    word: str
    start: int
    end: int
    upper: bool = False


@lru_cache(maxsize=1)
def _same() -> dict[str, str]:
    listed: dict[str, list[str]] = word_list("words")["same"]
    return {american(singular(word)): american(form) for form, others in listed.items() for word in others}


@lru_cache(maxsize=32768)
def normal_word(word: str) -> str:
    """Return one word in its one form."""
    word = american(singular(folded(word)))
    return _same().get(word, word)


def american(word: str) -> str:
    """Return a word of lower case in American spelling; every ae and oe becomes e, also where American keeps it."""
    while "ae" in word or "oe" in word:
        word = word.replace("ae", "e").replace("oe", "e")
    word = _YSE.sub("yz", _ISE.sub("iz", _OUR.sub("or", word)))
    for british, us in word_list("words")["spelling"].items():
        word = word.replace(british, us)
    return _ICAL.sub("", word)


def singular(word: str) -> str:
    """Return a word of lower case in the singular, English or Latin; endings in -is, -us, -ss are singulars."""
    irregular: str | None = word_list("words")["plurals"].get(word)
    if irregular is not None:
        return irregular
    if len(word) < 5:
        return word
    if word.endswith("itides"):
        return word[:-6] + "itis"
    if word.endswith("omata"):
        return word[:-2]
    if word.endswith(("oses", "tases", "eses", "iases", "ylaxes")) and len(word) > 6:
        return word[:-2] + "is"
    if word.endswith("ae"):
        return word[:-1]
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "is", "us", "as", "os", "ics")):
        return word[:-3] + "y" if word.endswith("ies") and len(word) > 6 else word[:-1]
    return word


@lru_cache(maxsize=1)
def _compounds() -> frozenset[str]:
    return frozenset(map(normal_word, word_list("words")["compounds"].split()))


@lru_cache(maxsize=1)
def _first_parts() -> frozenset[str]:
    """Return every beginning of a compound, so that most words are passed over quickly."""
    return frozenset(word[:end] for word in _compounds() for end in range(2, len(word)))


@lru_cache(maxsize=512)
def tokens_of(text: str) -> tuple[Token, ...]:
    """Return the words of a text in their one form, in order. Each stands for a stretch of the text."""
    raw = [
        Token(word, match.start(), match.end(), _in_capitals(match[0]))
        for match in _WORD.finditer(text)
        if (word := normal_word(match[1] or match[0]))  # a sound mark alone (\uff9f) has no letter
    ]
    found: list[Token] = []
    index = 0
    while index < len(raw):
        token = raw[index]
        after = raw[index + 1] if index + 1 < len(raw) else None
        gap = text[token.end : after.start] if after else ""
        joined = after and (gap == " " or gap in HYPHENS) and _with_next(token, after, gap)
        found.extend(joined or (token,))
        index += 2 if joined else 1
    return tuple(found)


def _with_next(token: Token, after: Token, gap: str) -> tuple[Token, ...]:
    """Return what a word and the next one are together, or nothing: a compound, or a kind ("type II")."""
    both = token.word + after.word
    if _joins(token.word, gap):
        return (Token(american(both), token.start, after.end),)
    if token.word in _first_parts() and normal_word(both) in _compounds():
        return (Token(normal_word(both), token.start, after.end),)
    if token.word == "malignant" and after.word == "tumor":
        return (Token("carcinoma", token.start, after.end),)
    designation = _designation(token, after) if gap in ("-", " ") else ""
    if not designation:
        return ()
    if token.word in _TYPED:
        return (token, Token(f"type:{designation}", after.start, after.end))
    return (Token(f"{token.word}:{designation}", token.start, after.end),)


def _joins(word: str, gap: str) -> bool:
    """Return whether a word is the first part of a compound: "non", or "gastro" before a hyphen."""
    if word in _JOINED:
        return gap == " " or gap in HYPHENS
    return len(word) > 3 and word.endswith("o") and gap in HYPHENS and word not in _SURNAMES


def _designation(token: Token, after: Token) -> str:
    """Return the letter or number that names the kind ("B" of hepatitis B), or an empty string."""
    if not _LETTERED.fullmatch(token.word):
        return ""
    word = _ROMAN.get(after.word, after.word)
    if not _DESIGNATION.fullmatch(word) or (after.word == "a" and not after.upper and token.word not in _WITH_AN_A):
        return ""
    return word


@lru_cache(maxsize=32768)
def _in_capitals(word: str) -> bool:
    """Return whether a word is written like an abbreviation: MS, AFib, vWD, NF1, PACs."""
    return word.isupper() or sum(letter.isupper() for letter in word) >= 2


def normal_words(text: str) -> list[str]:
    """Return the words of a name in their one form."""
    return [token.word for token in tokens_of(text)]


def normal_set(words: Iterable[str]) -> frozenset[str]:
    """Return single words of a list in their one form; a word with a colon or a hyphen is kept as its parts are."""
    return frozenset(part if ":" in part else normal_word(part) for word in words for part in word.split("-"))
