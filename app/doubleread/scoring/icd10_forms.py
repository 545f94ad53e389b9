"""Where a text has something in the form of an ICD-10-CM code, however written: "E11.9", "e119", "E 11,9", "E11.-".

Form alone decides nothing: "B12" of "vitamin B12" has it as well. `icd10_codes` reads the context.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from doubleread.scoring.icd10_code_set import exists, normal_form
from doubleread.scoring.plain import Plain, visible_stretch, without_mark_up

Writing = Literal["dot", "none", "other"]

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("·‧∙•․｡。˙⋅", "."),
        **dict.fromkeys("‐‑‒–—―−﹣－﹘", "-"),
        # Cyrillic and Greek capitals that look like Latin ones.
        **dict(zip("АВЕЅІЈКМНОРСТХ", "ABESIJKMHOPCTX", strict=True)),
        **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
    }
)
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s\"'<>)\]]+")
_TAG = re.compile(r"</?(?:li|ul|ol|td|tr|th|div|table|tbody|thead|br|p)\b[^<>\n]{0,60}>", re.I)
_CATEGORY = re.compile(r"(?<![0-9A-Za-zÀ-ɏ])(?:[A-Za-z][0-9][0-9ABab]|[Qq][Aa][0-9])")
_SPACED = re.compile(r"(?<![0-9A-Za-zÀ-ɏ])[A-Z] [0-9][0-9ABab](?=\s?[.,]\s?[0-9])")
_END = r"(?![0-9A-Za-zÀ-ɏ])"
_DOT = re.compile(rf"\.([0-9A-Za-z]{{1,4}}){_END}")
_NOTHING = re.compile(rf"([0-9A-Za-z]{{1,4}}){_END}")
_SIGN = re.compile(rf"[-_,]([0-9][0-9A-Za-z]{{0,3}}){_END}")
_BLANKS = re.compile(rf"(?: ?\. ?| )([0-9][0-9A-Za-z]{{0,3}}){_END}(?=\s*(?:[,;)\]|\n\"']|-|$))")
_SEVENTH = re.compile(rf"[- ]([A-Z]){_END}(?! [a-z])")
_PLACEHOLDER = re.compile(rf"\.(?:-+|[xX*_]{{1,4}}{_END})|-(?=[\s,;)\]|]|$)")
_BARE = re.compile(_END)
_GOES_ON = re.compile(r"\.[0-9]|/[0-9](?![0-9])")
_LETTERS = re.compile(r"[A-Z]+")


@dataclass(frozen=True, slots=True)
class Written:
    """A stretch of a text in the form of a code. `writing` says what divides its category from the rest."""

    start: int
    end: int
    code: str
    writing: Writing
    small: bool
    spaced: bool = False

    @property
    def short(self) -> bool:
        """Return whether it is a category alone, three characters, with nothing that shows it as a code."""
        return len(self.code) == 3 and self.writing == "none"


def readable(raw: str) -> Plain:
    """Return the answer without reasoning and mark-up, and with plain signs; addresses of web pages are blanked."""
    start, end, _ = visible_stretch(raw)
    divided = _TAG.sub(lambda match: ",".ljust(len(match[0])), raw).replace("\\n", " \n")
    plain = without_mark_up(divided, start, end)
    text = plain.text.translate(_SIGNS)
    text = _ADDRESS.sub(lambda match: " " * len(match[0]), text)
    return Plain(text, plain.starts, plain.raws, plain.base)


def written(text: str) -> list[Written]:
    """Return all stretches of a readable text in the form of a code, in their order."""
    found: list[Written] = []
    starts = sorted(
        {(match.start(), match.end(), False) for match in _CATEGORY.finditer(text)}
        | {(match.start(), match.end(), True) for match in _SPACED.finditer(text)}
    )
    for start, end, spaced in starts:
        if found and start < found[-1].end:
            continue
        stretch = _stretch(text, start, end, spaced=spaced)
        if stretch and not _GOES_ON.match(text, stretch.end):
            found.append(stretch)
    return found


def _stretch(text: str, start: int, end: int, *, spaced: bool) -> Written | None:
    category = text[start:end].replace(" ", "")
    small = category[0].islower()

    def made(rest: str, upto: int, writing: Writing) -> Written:
        return Written(start, upto, _without_padding(normal_form(category + rest)), writing, small, spaced)

    if match := _DOT.match(text, end):
        whole = made(match[1], match.end(), "dot")
        if _may_be_rest(match[1], whole.code):
            return _with_seventh(text, whole)
    if match := _PLACEHOLDER.match(text, end):
        return made("", match.end(), "other")
    if (match := _NOTHING.match(text, end)) and _may_be_rest(match[1], made(match[1], match.end(), "none").code):
        return _with_seventh(text, made(match[1], match.end(), "none"))
    if match := _SIGN.match(text, end):
        whole = made(match[1], match.end(), "other")
        if exists(whole.code) or (len(match[1]) == 1 and match[0][0] in "-_"):
            return whole
    if (match := _BLANKS.match(text, end)) and exists(normal_form(category + match[1])):
        return made(match[1], match.end(), "other")
    if _BARE.match(text, end) and not spaced:
        return made("", end, "none")
    return None


def _may_be_rest(rest: str, code: str) -> bool:
    """Return whether characters may follow a category: digits first, or what the code set has."""
    return rest[0].isdigit() or exists(code) or len(rest) == 1 or (rest.isupper() and not _LETTERS.fullmatch(rest))


def _with_seventh(text: str, whole: Written) -> Written:
    """Return a code with its seventh character if that is set off: "S72.001-A"."""
    match = _SEVENTH.match(text, whole.end)
    if not match or len(whole.code) != 7 or not exists(whole.code + match[1]):
        return whole
    return Written(whole.start, match.end(), whole.code + match[1], whole.writing, whole.small, whole.spaced)


def _without_padding(code: str) -> str:
    """Return a code without X at its end where the code set does not have it: "I10.X" is I10."""
    shorter = code
    while not exists(shorter) and shorter.endswith("X") and len(shorter) > 4:
        shorter = shorter[:-1].removesuffix(".")
    return shorter if exists(shorter) else code
