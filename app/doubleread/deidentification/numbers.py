"""Numbers of records, insurances, accounts and persons."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doubleread.deidentification.hit import Hit

_CUES = (
    r"MRN|medical record|health record|(?:patient|hospital|member|subscriber|beneficiary|unit|chart|case|account"
    r"|insurance|policy|passport|licen[cs]e|certificate|serial|device|specimen|accession|encounter|visit|NHS|Medicare|Medicaid|SSN"
    r"|social security)"
)
_CUED = re.compile(
    rf"\b(?:{_CUES})\s*(?:id(?:entifier)?|numbers?|no\b\.?|nr\b\.?|#|\b)\s*(?:is|was|:|=|#)?\s*"
    r"(?P<number>(?>(?:[A-Z]{1,4}[-/]?)?\d[\dA-Z]{0,30}(?:[-/ ][A-Z]{0,4}\d[\dA-Z]{0,30}){0,5}))(?![\w%]|[.,]\d)",
    re.IGNORECASE,
)
_GERMAN_CUED = re.compile(
    r"\b(?:Fall|Patienten|Versicherten|Versicherungs|Aufnahme|Kassen|Ausweis|Akten|Sozialversicherungs|Renten\w*)-?"
    r"(?:nummer|nr\.?|ID|zeichen)\s*:?\s*(?P<number>[A-Z]{0,3}[-/ ]?\d[\dA-Z/ -]{2,18}\d\w?)(?!\w)",
    re.IGNORECASE,
)
_SSN = re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])")
_NHS = re.compile(r"(?<![\w.-])\d{3} \d{3} \d{4}(?![\w.%])")
_HEALTH_INSURANCE = re.compile(r"(?<!\w)[A-Z]\d{9}(?!\w)")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z\d]{4}){3,7}(?: ?[A-Z\d]{1,3})?(?!\w)")
_LONG = re.compile(r"(?<![\w.,/+-])\d{8,12}(?![\w%/]|[.,]\d)")
_UNIT = re.compile(
    r"\s?(?:copies|cells?|units?|IU|U\b|/|per\b|mg|mcg|µg|g\b|mL|ml\b|colony|CFU|cfu|platelets|particles|people|USD|dollars|euros?)"
)
_REFERENCE = re.compile(r"(?:PMID|PMC|doi|ISBN|ISSN|NCT|ISRCTN|EudraCT|pubmed)[\s:/#.]*$", re.IGNORECASE)
_DIGITS = 4


def numbers(text: str) -> Iterator[Hit]:
    """Yield numbers that are named as such, those of known forms, and long ones without a unit."""
    for match in (*_CUED.finditer(text), *_GERMAN_CUED.finditer(text)):
        number = match["number"]
        if sum(character.isdigit() for character in number) >= _DIGITS and not _UNIT.match(text, match.end()):
            start, end = match.span("number")
            yield Hit("number", start, end, number, "number after a word such as record or insurance")
    for match in _SSN.finditer(text):
        yield _hit(match, "form of a social security number")
    for match in _NHS.finditer(text):
        if _nhs_is_valid(match[0]):
            yield _hit(match, "form and check digit of an NHS number")
    for match in _HEALTH_INSURANCE.finditer(text):
        if _insurance_is_valid(match[0]):
            yield _hit(match, "form and check digit of a German health insurance number")
    for match in _IBAN.finditer(text):
        if _iban_is_valid(match[0]):
            yield _hit(match, "form and check digits of an IBAN")
    for match in _LONG.finditer(text):
        before = text[max(0, match.start() - 12) : match.start()]
        if not _UNIT.match(text, match.end()) and not _REFERENCE.search(before):
            yield _hit(match, "8 or more digits without a unit")


def _nhs_is_valid(number: str) -> bool:
    digits = [int(character) for character in number if character.isdigit()]
    check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return digits[9] == (0 if check == 11 else check)


def _insurance_is_valid(number: str) -> bool:
    digits = [int(character) for character in f"{ord(number[0]) - 64:02d}{number[1:]}"]
    doubled = [digit * (1 + place % 2) for place, digit in enumerate(digits[:10])]
    return sum(sum(divmod(value, 10)) for value in doubled) % 10 == digits[10]


def _iban_is_valid(number: str) -> bool:
    plain = number.replace(" ", "")
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1


def _hit(match: re.Match[str], rule: str) -> Hit:
    return Hit("number", match.start(), match.end(), match[0], rule)
