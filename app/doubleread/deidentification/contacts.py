"""Ways to reach a person: e-mail, web, IP, telephone and postal addresses."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from doubleread.deidentification.hit import Hit

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_WEB = re.compile(r"(?:\bhttps?://|\bwww\.)[^\s<>\"')\]]+")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])")
_VERSION = re.compile(r"(?:version|v|section|chapter)\s?$", re.IGNORECASE)

_PHONE = re.compile(r"(?<![\w.,/:-])(?:\+|00|\(0?|0)[\d][\d ().\-/\u2013]{6,20}\d(?![\w%]|[.,/]\d)")
_NORTH_AMERICAN = re.compile(
    r"(?<![\w.,/:-])(?:\+?1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}(?![\w%]|[-.,/]\d)"
)
_CALLED = re.compile(
    r"\b(?:phone|tel(?:ephone|efon)?|mobile|cell|fax|pager|call(?:ed)?"
    r"|reach(?:ed)? (?:me|him|her|them)? ?at|Handy|Mobil)\b"
    r"[^\w\n]{0,4}(?:number|no\.?|nr\.?|is|at|:)?[^\w\n]{0,3}(\+?\(?\d[\d ().\-/]{4,18}\d)(?!\w)",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d\d[/.-]\d\d[/.-]\d{4}(?: .*)?")
_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "AT", "CH")

_CAPITAL = "A-ZÀ-ÖØ-ÞŁŚŠŽŻ"
_STREETS = (
    "Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Court|Ct|Way|Place|Terrace"
    "|Highway|Parkway|Square|Close|Crescent"
)
_STREET = re.compile(
    rf"(?<![\w.,/-])\d{{1,5}}[A-Za-z]?,?\s+(?:[NSEW]\.?\s+)?(?:[{_CAPITAL}][\w'’-]+\s+){{1,3}}(?:{_STREETS})\b\.?"
    r"(?:,?\s(?:Apt|Apartment|Unit|Suite|Flat)\.?\s?#?\w+)?"
)
_GERMAN_STREET = re.compile(
    rf"\b[{_CAPITAL}][a-zäöüß]{{2,}}(?:-?[Ss]traße|-?[Ss]trasse|-?[Ss]tr\.|weg|allee|platz|gasse|damm)\s+\d{{1,3}}\s?[a-z]?\b"
)
_FRENCH_STREET = re.compile(
    rf"(?<![\w.,/-])\d{{1,4}}(?:\s?(?:bis|ter))?,?\s+(?:rue|avenue|boulevard|place|chemin|impasse)\s+(?:(?:de|du|des|la|le|les)\s+|l['’]|d['’])*"
    rf"[{_CAPITAL}][\w'’-]+"
)
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK"
    "|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY"
)
_ZIP = re.compile(rf"\b(?:{_STATES})\s+\d{{5}}(?:-\d{{4}})?\b|\b(?i:zip)(?i: code)?:?\s\d{{5}}\b")
_UK = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}\b")
_GERMAN_TOWN = re.compile(rf"(?:,\s?|\b(?:in|aus|wohnhaft)\s|\bD-)\d{{5}}\s[{_CAPITAL}][a-zäöüß]{{2,}}\b")


def online(text: str) -> Iterator[Hit]:
    """Yield e-mail and web addresses."""
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield _email(match)
    if "://" in text or "www." in text:
        for match in _WEB.finditer(text):
            yield Hit("web address", match.start(), match.end(), match[0], "web address")


def places(text: str) -> Iterator[Hit]:
    """Yield IP and postal addresses."""
    for match in (*_IPV4.finditer(text), *_IPV6.finditer(text)):
        if _is_ip(match[0]) and not _VERSION.search(text, max(0, match.start() - 10), match.start()):
            yield Hit("IP address", match.start(), match.end(), match[0], "IP address")
    for pattern, rule in (
        (_STREET, "street with a number"),
        (_GERMAN_STREET, "street with a number"),
        (_FRENCH_STREET, "street with a number"),
        (_ZIP, "postcode"),
        (_UK, "postcode"),
        (_GERMAN_TOWN, "postcode with a town"),
    ):
        for match in pattern.finditer(text):
            yield Hit("address", match.start(), match.end(), match[0], rule)


def phones(text: str) -> Iterator[Hit]:
    """Yield telephone numbers: those of a country's plan, and what follows a word such as "phone"."""
    for match in _NORTH_AMERICAN.finditer(text):
        yield Hit("phone number", match.start(), match.end(), match[0], "number in North American form")
    for match in _PHONE.finditer(text):
        if not _DATE.fullmatch(match[0]) and _is_valid(match[0]):
            yield Hit("phone number", match.start(), match.end(), match[0], "valid number of a country's plan")
    for match in _CALLED.finditer(text):
        if sum(character.isdigit() for character in match[1]) >= 6:
            yield Hit("phone number", match.start(1), match.end(1), match[1], 'number after a word such as "phone"')


def _is_valid(number: str) -> bool:
    import phonenumbers

    for region in (None,) if number.startswith(("+", "00")) else _REGIONS:
        given = "+" + number[2:] if region is None and number.startswith("00") else number
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(given, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


def _is_ip(text: str) -> bool:
    if text.count(":") and not any(character.isdigit() for character in text):
        return False
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return False
    return found.version == 4 or len(text) > 6


def _email(match: re.Match[str]) -> Hit:
    text = match[0].rstrip(".")
    return Hit("e-mail", match.start(), match.start() + len(text), text, "e-mail address")
