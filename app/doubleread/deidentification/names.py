"""Names of persons: after a title, after a word such as "patient", in a signature, and by lists of frequent names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from doubleread.deidentification.hit import Hit

_UPPER = "A-ZÀ-ÖØ-ÞŁŚŠŽŻČĐİ"
_LOWER = "a-zß-öø-ÿąćčđęěğıłńňőřśšţťůűźżž"
_WORD = rf"[{_UPPER}](?:['’][{_UPPER}])?[{_LOWER}]+(?:[-'’][{_UPPER}]?[{_LOWER}]+)*"
_PARTICLE = r"(?:(?:von|van|de|del|della|di|da|der|den|zu|la|le|bin|al)\s+){0,2}"
_NAME = rf"(?:{_WORD}|[{_UPPER}]\.)(?:[ ]{{1,2}}{_PARTICLE}(?:{_WORD}|[{_UPPER}]\.(?=\s+[{_UPPER}])))" + "{0,2}"
_ANY = rf"[{_UPPER}{_LOWER}]+(?:[-'’][{_UPPER}{_LOWER}]+)*"

_TITLED = re.compile(
    r"\b(?P<title>[Mm]rs?|[Mm]s|[Mm]iss|Mx|[Dd]rs?|[Pp]rof|[Dd]octor|[Pp]rofessor|Herrn?|Frau|Monsieur|Madame|Mme"
    r"|Se[nñ]ora?)\b"
    rf"\s?\.?\s{{1,2}}(?:Dr\.?\s(?:med\.?\s)?|Prof\.?\s)?(?P<name>{_ANY})(?P<more>(?:[ ]{_PARTICLE}{_WORD}){{0,2}})"
)
_ABBREVIATED = re.compile(r"(?:mrs?|ms|drs?|prof)\b", re.IGNORECASE)
_AMOUNT = re.compile(r"\d\s?\Z")
_STATED = re.compile(
    r"(?:[Nn]ame(?:\s?:|\sis)|\b[Nn]amed|\b[Nn]achname\s?:)"
    rf"\s*(?P<name>{_WORD}(?:,?\s{_PARTICLE}(?:{_WORD}|[{_UPPER}]\.?\b)){{0,2}})"
)
_CUED = re.compile(
    r"\b(?:[Pp]atient|[Pp]t\.?|PATIENT|[Pp]atientin|[Ss]on|[Dd]aughter|[Ww]ife|[Hh]usband|[Mm]other|[Ff]ather|[Ss]ister|[Bb]rother"
    r"|[Pp]artner|[Nn]urse|[Nn]eighbou?r|[Cc]alled|I am|I'm|[Tt]his is|[Cc]aregiver)"
    rf"(?:\s?[:,]\s?|\s)(?P<name>{_WORD}(?:,?\s(?:{_WORD}|[{_UPPER}]\.)){{0,2}})"
)
_SIGNED = re.compile(
    r"\b(?:(?:[Ss]igned|[Dd]ictated|[Rr]eviewed|[Vv]erified|[Aa]uthored|[Tt]ranscribed|[Pp]repared|[Rr]eferred|[Ss]een|[Ee]xamined)"
    r"\sby\s?:?|(?:[Aa]ttending|[Pp]hysician|[Ss]urgeon|[Cc]onsultant|[Pp]rovider|PCP|[Rr]adiologist|[Ss]ignature|[Cc]ontact"
    r"|[Ee]mergency contact|[Nn]ext of kin|cc)\s?:|[Ss]incerely,?\s|[Rr]egards,?\s|gez\.|Mit freundlichen Grüßen,?\s)"
    rf"\s*(?:Dr\.?\s|Prof\.?\s)?(?P<name>{_NAME})"
)
_DEGREE = re.compile(
    rf"(?P<name>{_WORD}(?:\s(?:{_WORD}|[{_UPPER}]\.)){{1,2}}),?\s"
    r"(?:M\.?D\.?|D\.?O\.?|R\.?N\.?|Ph\.?\s?D\.?|NP|PA-C|MBBS|FRCP)(?!\w)"
)
_PAIR = re.compile(rf"(?<![\w-])(?P<given>{_WORD})(?:\s[{_UPPER}]\.?)?\s{_PARTICLE}(?P<family>{_WORD})(?![\w-])")
_REVERSED = re.compile(rf"(?<![\w-])(?P<family>{_WORD}),\s(?P<given>{_WORD})(?![\w-])")
_SUBJECT = re.compile(
    rf"(?<![\w-])(?P<name>{_ANY})(?P<more>\s{_WORD})?,?\s(?:is|was)\s(?:an?\s)(?:(?:very\s)?(?:pleasant|lovely|nice)\s)?"
    r"(?:\d{1,3}|[a-z]+(?:-[a-z]+)?)[\s-]?(?:years?|months?|yrs?)[\s-]?\s?old"
)
_GREETED = re.compile(
    rf"\b(?:[Hh]i|[Hh]ello|[Hh]ey|[Gg]ood (?:morning|afternoon|evening)|[Tt]hank you|[Tt]hanks|[Dd]ear|[Bb]ye|[Oo]kay"
    rf"|[Aa]lright|[Aa]ll right|[Hh]allo|[Ll]iebe[rs]?|[Bb]onjour)\s?,?\s(?:there\s?,?\s)?(?P<name>{_ANY})(?![\w-])"
)
_LETTERS = re.compile(rf"[{_UPPER}{_LOWER}]{{3,}}")
_FOLDER = re.compile(r"(?:/home/|/Users/|[A-Z]:\\Users\\)(?P<name>[^/\\\s]+)")
_DISEASE = re.compile(
    r"(?:['’]s?)?[\s-](?:\w+[\s-]){0,2}?(?i:disease|syndrome|sign|lymphoma|sarcoma|tumou?r|palsy|anemia|anaemia|thyroiditis|"
    r"classification|criteria|score|scale|test|manoeuvre|maneuver|reflex|esophagus|oesophagus|contracture|fracture|"
    r"phenomenon|disorder|ulcer|procedure|operation|index|equation|formula|stain|angina|method|tube|catheter|"
    r"nodes?|bod(?:y|ies)|cells?|chorea|ataxia|encephalopathy|nephropathy|muscular dystrophy|lines?|"
    r"triad|law|virus|fever)\b"
)
_NOT_THANKED = frozenset(["will", "may", "can", "mark", "said", "per", "sue"])


@dataclass(frozen=True, slots=True)
class NameList:
    """Names in lower case. `sure` are those that are no ordinary words."""

    names: frozenset[str]
    sure: frozenset[str]

    def has(self, name: str, *, surely: bool = False) -> bool:
        """Return whether a name, or each part of a double name, is in the list; `surely` leaves out ordinary words."""
        known = self.sure if surely else self.names
        return all(part in known for part in name.lower().replace("’", "'").split("-"))


@cache
def given_names() -> NameList:
    """Return the frequent given names."""
    return _read("given_names.txt")


@cache
def family_names() -> NameList:
    """Return the frequent family names."""
    return _read("family_names.txt")


@cache
def _not_names() -> frozenset[str]:
    return frozenset(_lines("not_names.txt"))


def _lines(name: str) -> list[str]:
    lines = (files("doubleread.deidentification") / "data" / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _read(name: str) -> NameList:
    listed = [line.split(" ") for line in _lines(name)]
    return NameList(frozenset(parts[0] for parts in listed), frozenset(parts[0] for parts in listed if len(parts) == 1))


def names(text: str) -> Iterator[Hit]:
    """Yield what may be the name of a person. Names of diseases and signs are left out, such as Parkinson disease."""
    for match in _TITLED.finditer(text):
        if _is_titled(match):
            yield _hit(match, "name", 'name after a title such as "Mrs"', more="more")
    for match in _STATED.finditer(text) if "ame" in text else ():
        if not _is_word(match["name"]):
            yield _hit(match, "name", 'name after "name is" or "named"')
    for match in _SIGNED.finditer(text):
        if not _is_word(match["name"]):
            yield _hit(match, "name", "name in a signature or after a role")
    for match in _DEGREE.finditer(text):
        if not _is_word(match["name"]):
            yield _hit(match, "name", "name before a degree")
    for match in _CUED.finditer(text):
        if found := _cued(match):
            yield found
    for match in (*_PAIR.finditer(text), *_REVERSED.finditer(text)):
        if _is_pair(match["given"], match["family"]) and not _DISEASE.match(text, match.end()):
            yield Hit("name", match.start(), match.end(), match[0], "listed given name and family name")
    for match in _SUBJECT.finditer(text) if "old" in text else ():
        name = match["name"]
        if name.lower() not in _not_names() and (name[0].isupper() or _listed(name)):
            yield _hit(match, "name", "name of the person whose age follows", more="more")
    for match in _GREETED.finditer(text):
        name = match["name"]
        if given_names().has(name) and name.lower() not in _NOT_THANKED and name.lower() not in _not_names():
            yield _hit(match, "name", "listed given name after a greeting")
    for match in _FOLDER.finditer(text) if "/home/" in text or "Users" in text else ():
        yield _hit(match, "name", "folder of a user")


def listed_names(text: str) -> Iterator[Hit]:
    """Yield each word that is a listed name and no ordinary word."""
    for match in _LETTERS.finditer(text):
        if given_names().has(match[0], surely=True) or family_names().has(match[0], surely=True):
            yield Hit("name", match.start(), match.end(), match[0], "listed name in the id of a person")


def _is_titled(match: re.Match[str]) -> bool:
    name = match["name"]
    low = name.lower()
    if (
        low in _not_names()
        or len(name) < 2
        or (match["title"] == "ms" and _AMOUNT.search(match.string[max(0, match.start() - 3) : match.start()]))
    ):
        return False
    if name[0].isupper():
        return match["title"] not in ("doctor", "professor", "miss") or _listed(name)
    # In lower case, as in transcripts.
    abbreviated = _ABBREVIATED.match(match["title"]) is not None
    return abbreviated and (family_names().has(low) or given_names().has(low, surely=True))


def _cued(match: re.Match[str]) -> Hit | None:
    words = re.split(r",?\s", match["name"])
    if words[0].lower() in _not_names() or _DISEASE.match(match.string, match.start("name") + len(words[0])):
        return None
    kept = words[:1]
    for word in words[1:]:
        if word.lower() in _not_names():
            break
        kept.append(word)
    if not (given_names().has(kept[0], surely=True) or (len(kept) > 1 and any(map(_listed, kept[:2])))):
        return None
    start = match.start("name")
    end = start + match["name"].index(kept[-1], sum(map(len, kept[:-1]))) + len(kept[-1])
    return Hit("name", start, end, match.string[start:end], 'listed name after a word such as "patient"')


def _is_pair(given: str, family: str) -> bool:
    if given.lower() in _not_names() or family.lower() in _not_names():
        return False
    sure = given_names().has(given, surely=True), family_names().has(family, surely=True)
    return any(sure) and given_names().has(given) and family_names().has(family)


def _is_word(name: str) -> bool:
    return re.split(r",?\s", name)[0].lower() in _not_names()


def _listed(name: str) -> bool:
    return given_names().has(name) or family_names().has(name)


def _hit(match: re.Match[str], group: str, rule: str, *, more: str = "") -> Hit:
    start = match.start(group)
    end = max(match.end(group), match.end(more) if more else 0)
    return Hit("name", start, end, match.string[start:end], rule)
