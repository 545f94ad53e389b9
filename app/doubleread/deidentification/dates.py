"""Dates and ages. A year alone does not identify anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doubleread.deidentification.hit import Hit

_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
    "|Januar|Jänner|Februar|März|Mai|Juni|Juli|Oktober|Dezember"
    "|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
)
_LOWER = (
    "january|february|march|april|june|july|august|september|october|november|december"
    "|januar|jänner|februar|märz|juni|juli|oktober|dezember"
)
_SHORT = r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Okt|Nov|Dec|Dez)\.?"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|\.)?"
_YEAR = r"(?:19|20)\d\d"
_NAMED = re.compile(
    rf"(?<![\w.])(?:(?P<day>{_DAY})(?:\s+of)?[ -]{{1,2}})?(?P<month>{_MONTHS}|{_LOWER}|{_SHORT})(?!\w)"
    rf"(?:[ -]{{1,2}}(?P<after>{_DAY})(?![\w%/]|[.,]\d))?(?:\s?,?[ -]{{1,2}}(?P<year>{_YEAR})(?!\w))?"
)
_ISO = re.compile(rf"(?<![\w./-]){_YEAR}([-/.])(\d\d?)\1(\d\d?)(?![\w/-]|\.\d)")
_NUMERIC = re.compile(r"(?<![\w./-])(\d\d?)([-/.])(\d\d?)\2(\d{4}|\d\d)(?![\w/-]|\.\d)")
_CUED = re.compile(
    r"\b(?:on|since|until|dated?|admitted|discharged|born|DOB|D\.O\.B\.|vom|am|seit|bis|geb\.?)\s?:?\s+"
    r"(\d\d?)(?:/(\d\d?)(?![\w/%-]|\.\d)|\.(\d\d?)\.(?!\d))"
)
_GUIDELINE = re.compile(
    r"guidelines?|published|publication|updated?|edition|recommendations?|consensus|Leitlinie", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.;:?!]\s|\n")
_NEARBY = 60
_OLD = re.compile(
    r"(?<![\w.])(?:9\d|1[0-2]\d)(?:\s?-?\s?(?:years?|yrs?)(?:\s?-?\s?olds?)?|\s?(?:y/?o|y\.o\.)"
    r"|\s?-?\s?jährige[rsn]?|\s+Jahre alt|\s+ans)\b"
    r"|\b(?:aged?|age of|im Alter von)\s?:?\s+(?:9\d|1[0-2]\d)(?![\w%/]|[.,]\d)"
    r"|\b(?:[Aa]n?|[Tt]his)\s(?:9\d|1[0-2]\d)\s?[MF]\b"
)
_OLD_IN_WORDS = re.compile(
    r"\b(?:ninety|(?:one )?hundred)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?[ -]years?[ -]old\b"
)
_DURATION = re.compile(r"\b(?:for|over|after|within|past|last|every)\s$", re.IGNORECASE)


def dates(text: str) -> Iterator[Hit]:
    """Yield days, and months with their year. A month beside a word such as "guideline" is a publication's."""
    for match in _NAMED.finditer(text):
        day = match["day"] or match["after"]
        if not day and not match["year"]:
            continue
        if not day and _is_publication(text, match):
            continue
        if match["month"] in ("mars", "march") and not match["year"] and not match["after"]:
            continue
        yield _hit(match, "day or month with a year" if match["year"] else "day of a month")
    for match in _ISO.finditer(text):
        if _is_day(int(match[3]), int(match[2])):
            yield _hit(match, "date in numbers")
    for match in _NUMERIC.finditer(text):
        first, second = int(match[1]), int(match[3])
        short = len(match[4]) == 2
        if short and match[2] == "-" and not len(match[1]) == len(match[3]) == 2:
            continue
        if _is_day(first, second) or (match[2] != "." and _is_day(second, first)):
            yield _hit(match, "date in numbers")
    for match in _CUED.finditer(text):
        first, second = int(match[1]), int(match[2] or match[3])
        if _is_day(first, second) or _is_day(second, first):
            start = match.start(1)
            yield Hit("date", start, match.end(), text[start : match.end()], "day and month after a word such as on")


def ages(text: str) -> Iterator[Hit]:
    """Yield ages over 89, which are rare enough to identify somebody."""
    for match in _OLD.finditer(text):
        if not _DURATION.search(text, max(0, match.start() - 10), match.start()) or "old" in match[0]:
            yield Hit("age over 89", match.start(), match.end(), match[0], "age over 89")
    yield from ages_in_words(text)


def ages_in_words(text: str) -> Iterator[Hit]:
    """Yield ages over 89 that are written out."""
    if "ninety" in text or "hundred" in text:
        for match in _OLD_IN_WORDS.finditer(text):
            yield Hit("age over 89", match.start(), match.end(), match[0], "age over 89")


def _is_publication(text: str, match: re.Match[str]) -> bool:
    before = _SENTENCE_END.split(text[max(0, match.start() - _NEARBY) : match.start()])[-1]
    after = _SENTENCE_END.split(text[match.end() : match.end() + _NEARBY])[0]
    return _GUIDELINE.search(f"{before} {after}") is not None


def _is_day(day: int, month: int) -> bool:
    return 1 <= day <= 31 and 1 <= month <= 12


def _hit(match: re.Match[str], rule: str) -> Hit:
    return Hit("date", match.start(), match.end(), match[0], rule)
