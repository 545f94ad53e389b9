"""Which ICD-10-CM codes a free answer assigns, rejects or only mentions.

`icd10_context` says what is a code. A code counts as rejected where the words around it turn it down ("not E11.9",
"rule out I21.4", "E11.9 was considered but ..."), below a heading such as "Excluded codes", where it depends on a
condition ("if confirmed, I21.4"), and in a comparison ("I21.4 vs I20.0"). Suspected diagnoses are assigned, as in the
coding of hospital stays. The ends of a range ("I20-I25") are not assigned. If a code is named repeatedly, the last
mention decides; a code that is corrected to another of its category ("E11.9. Wait, ... E11.65") is superseded. Below a
heading such as "Final codes", only the codes behind it count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from doubleread.scoring.icd10_code_set import category
from doubleread.scoring.icd10_context import CodeContext
from doubleread.scoring.icd10_forms import Written, readable, written
from doubleread.scoring.icd10_rejections import Rejections
from doubleread.scoring.icd10_words import pattern
from doubleread.scoring.plain import after_echo, fold, next_question

Use = Literal["assigned", "rejected", "range", "superseded", "cut off"]

_FINAL = r"^[^\w\n]*(?:\w{2,6} )?<final>\b[^:\n]{0,20}?\b<final_of>\b[^:\n]{0,30}[:\n]"
_CORRECTION = r"[.!?\n]\s*<correction>\b"


@dataclass(frozen=True, slots=True)
class ReadCode:
    """A code in an answer. `start` and `end` are code-point offsets of the answer."""

    start: int
    end: int
    code: str
    use: Use


def read_codes(answer_text: str, *, cut_off: bool = False) -> tuple[ReadCode, ...]:
    """Return the codes of an answer in their order, each mention of them.

    `cut_off` says that the answer ended at its length limit: a code that touches its end may lack characters, and
    does not count.
    """
    plain = readable(answer_text)
    echo = after_echo(plain.text)
    if echo:
        plain = plain.without_front(echo)
    text = plain.text
    tail = next_question(fold(text))
    uses = _uses(text[:tail], cut_off=False) if tail else []
    uses = uses or _uses(text, cut_off=cut_off)
    return tuple(ReadCode(*plain.raw_span(item.start, item.end), item.code, use) for item, use in uses)


def assigned(codes: tuple[ReadCode, ...]) -> tuple[str, ...]:
    """Return the codes that an answer assigns, each once, in the order of their first mention."""
    last = {item.code: item.use for item in codes if item.use in ("assigned", "rejected")}
    return tuple(code for code, use in last.items() if use == "assigned")


def _uses(text: str, *, cut_off: bool) -> list[tuple[Written, Use]]:
    items = written(text)
    view = CodeContext(text, items)
    codes = view.codes()
    rejections = Rejections(text, [items[at] for at in codes], view.rejecting_lines)
    uses: list[tuple[Written, Use]] = []
    for position, at in enumerate(codes):
        item = items[at]
        use: Use = "assigned"
        if at in view.ranges:
            use = "range"
        elif cut_off and text[item.end :] in ("", ".", "-"):
            use = "cut off"
        elif rejections.rejected(position):
            use = "rejected"
        uses.append((item, use))
    return _final(text, uses)


def _final(text: str, uses: list[tuple[Written, Use]]) -> list[tuple[Written, Use]]:
    """Return the uses with those superseded that are corrected, or before the last heading such as "Final codes:"."""
    uses = [(item, "superseded" if _corrected(text, uses, at) else use) for at, (item, use) in enumerate(uses)]
    headings = [match.end() for match in pattern(_FINAL).finditer(text)]
    for heading in reversed(headings):
        if any(use == "assigned" and item.start >= heading for item, use in uses):
            return [(item, "superseded" if use == "assigned" and item.start < heading else use) for item, use in uses]
    return uses


def _corrected(text: str, uses: list[tuple[Written, Use]], at: int) -> bool:
    """Return whether a code is put right by another of its category: "E11.9. Wait, ... E11.65"."""
    if at + 1 == len(uses):
        return False
    (item, use), (following, use_of_following) = uses[at], uses[at + 1]
    return (
        use == use_of_following == "assigned"
        and category(item.code) == category(following.code)
        and item.code != following.code
        and pattern(_CORRECTION).search(text, item.end, following.start) is not None
    )


__all__ = ["ReadCode", "Use", "assigned", "read_codes"]
