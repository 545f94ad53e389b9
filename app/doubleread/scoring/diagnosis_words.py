"""The words of a diagnosis in one form: no case, accents, British spelling, plurals, and no two words for one thing.

Both sides of a comparison pass through here, so a form need not be pretty; it must only be the same for the same name
and another one for another disease. "Type II", "factor VIII", "hepatitis B" become one word with a colon ("type:2"),
which nothing but itself equals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from doubleread.scoring.option_text import folded

# A word without a possessive s, which is part of no name; the plural s of an abbreviation stays out of group 1.
_WORD = re.compile(r"(?<!['’])([A-Z]{2,})s(?![^\W_])|(?!(?<=['’])s(?![^\W_]))[^\W_]+")

_OUR = re.compile(r"(?<=tum|col|hum|vap|lab|dol)our|(?<=behavi)our")
_SPELLING = (
    ("leuco", "leuko"),
    ("neurone", "neuron"),
    ("fibre", "fiber"),
    ("sulph", "sulf"),
    ("mould", "mold"),
)

_PLURALS = {
    "varices": "varix",
    "diverticula": "diverticulum",
    "acuminata": "acuminatum",
    "calculi": "calculus",
    "emboli": "embolus",
    "thrombi": "thrombus",
    "nevi": "nevus",
    "naevi": "nevus",
    "bronchi": "bronchus",
    "fungi": "fungus",
    "haemangiomata": "hemangioma",
    "diseases": "disease",
    "abscesses": "abscess",
    "sinuses": "sinus",
    "viruses": "virus",
    "fistulae": "fistula",
    "teeth": "tooth",
    "feet": "foot",
}

# One word for one thing: the noun and the adjective of an organ, the plain and the learned word.
_SAME = {
    word: form
    for form, others in {
        "pulmonary": "lung",
        "renal": "kidney",
        "hepatic": "liver",
        "cardiac": "heart",
        "pancreatic": "pancreas",
        "spinal": "spine vertebral",
        "gastric": "stomach",
        "intestinal": "bowel intestine",
        "cerebral": "brain",
        "cutaneous": "skin",
        "breast": "mammary nipple",
        "arterial": "artery",
        "venous": "vein",
        "colonic": "colon",
        "esophageal": "esophagus",
        "prostatic": "prostate",
        "ovarian": "ovary",
        "uterine": "uterus womb",
        "testicular": "testis testicle",
        "adrenal": "suprarenal",
        "splenic": "spleen",
        "aortic": "aorta",
        "bladder": "vesical",
        "duodenal": "duodenum",
        "cervical": "cervix",
        "thyroid": "thyroidal",
        "tracheal": "trachea",
        "corneal": "cornea",
        "retinal": "retina",
        "femoral": "femur",
        "carcinoma": "cancer",
        "tumor": "neoplasm",
        "embolism": "embolus",
        "thrombosis": "thrombus",
        "hemorrhage": "bleeding bleed",
        "infarction": "infarct",
        "myeloid": "myelogenous myelocytic",
        "amebic": "ameba",
        "fracture": "fractured",
        "perforation": "perforated",
        "rupture": "ruptured",
        "torsion": "torsed",
        "schonlein": "schenlein",
        "sjogren": "sjegren",
        "guillain": "guillian guillan",
        "barre": "barr",
        "cushing": "cushingoid",
        "alzheimer": "alzheimers",
        "parkinson": "parkinsons",
        "crohn": "crohns",
    }.items()
    for word in others.split()
}


def word_set(words: str) -> frozenset[str]:
    """Return the words of a list as our sources hold them, set apart by white space."""
    return frozenset(words.split())


_JOINED = word_set("non post anti pre pseudo peri para poly hyper hypo micro sub extra intra multi auto")
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
_WITH_AN_A = frozenset(("hepatitis", "hemophilia", "vitamin"))
_TYPED = frozenset(("neoplasia", "neurofibromatosis", "glycogenosis", "mucopolysaccharidosis"))
_DESIGNATION = re.compile(r"[a-z]|\d{1,2}[a-z]?|[a-z]\d{1,2}")


@dataclass(frozen=True, slots=True)
class Token:
    """A word in its one form, and [start, end) of what stands there. `upper` says that it was written in capitals."""

    word: str
    start: int
    end: int
    upper: bool = False


@lru_cache(maxsize=4096)
def normal_word(word: str) -> str:
    """Return one word in its one form."""
    word = american(singular(folded(word)))
    return _SAME.get(word, word)


def american(word: str) -> str:
    """Return a word of lower case in American spelling; every ae and oe becomes e, also where American keeps it."""
    word = _OUR.sub("or", word.replace("ae", "e").replace("oe", "e"))
    for british, us in _SPELLING:
        word = word.replace(british, us)
    return word


def singular(word: str) -> str:
    """Return a word of lower case in the singular, English or Latin; endings in -is, -us, -ss are singulars."""
    if word in _PLURALS:
        return _PLURALS[word]
    if len(word) < 5:
        return word
    if word.endswith("itides"):
        return word[:-6] + "itis"
    if word.endswith("omata"):
        return word[:-2]
    if word.endswith(("oses", "tases", "eses", "iases")) and len(word) > 6:
        return word[:-2] + "is"
    if word.endswith("ae"):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("ss", "is", "us", "as", "os", "ics")):
        return word[:-3] + "y" if word.endswith("ies") and len(word) > 6 else word[:-1]
    return word


def tokens_of(text: str) -> list[Token]:
    """Return the words of a text in their one form, in order. Each stands for a stretch of the text."""
    raw = [
        Token(normal_word(match[1] or match[0]), match.start(), match.end(), _in_capitals(match[0]))
        for match in _WORD.finditer(text)
    ]
    found: list[Token] = []
    index = 0
    while index < len(raw):
        token = raw[index]
        after = raw[index + 1] if index + 1 < len(raw) else None
        gap = text[token.end : after.start] if after else ""
        if after and token.word in _JOINED and gap in ("-", " ", "\u2010", "\u2011", "\u2013"):
            found.append(Token(token.word + after.word, token.start, after.end))
            index += 2
        elif after and gap in ("-", " ") and (designation := _designation(token, after)):
            if token.word in _TYPED:
                found.extend((token, Token(f"type:{designation}", after.start, after.end)))
            else:
                found.append(Token(f"{token.word}:{designation}", token.start, after.end))
            index += 2
        else:
            found.append(token)
            index += 1
    return found


def _designation(token: Token, after: Token) -> str:
    """Return the letter or number that names the kind ("B" of hepatitis B), or an empty string."""
    if not _LETTERED.fullmatch(token.word):
        return ""
    word = _ROMAN.get(after.word, after.word)
    if not _DESIGNATION.fullmatch(word) or (after.word == "a" and not after.upper and token.word not in _WITH_AN_A):
        return ""
    return word


def _in_capitals(word: str) -> bool:
    """Say whether a word is written like an abbreviation: MS, AFib, vWD, NF1, PACs."""
    return word.isupper() or sum(letter.isupper() for letter in word) >= 2


def normal_words(text: str) -> list[str]:
    """Return the words of a name in their one form."""
    return [token.word for token in tokens_of(text)]
