"""How the offsets of a file count, and which convention its quotes prove.

A convention says what is counted (code points, UTF-16 units, or bytes of UTF-8), whether from 0 or 1, whether the end
is the last one marked or the first one after it, and whether CR LF counts as one. Nothing is guessed: the convention
must put every quote of a file where the text has it.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise, product
from typing import Literal

from doubleread.domain.redaction import REDACTION_MARK
from doubleread.domain.spans import Span
from doubleread.domain.statements import listed
from doubleread.domain.wording import plural, verb

Unit = Literal["code-points", "utf-16", "bytes"]
UNITS: tuple[Unit, ...] = ("code-points", "utf-16", "bytes")
_UNIT_WORDS = {"code-points": "code points", "utf-16": "UTF-16 units", "bytes": "bytes of UTF-8"}
_BREAKS = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*")
_EACH_BREAK = re.compile(r"\\n|\r|\n")


@dataclass(frozen=True, slots=True)
class OffsetConvention:
    """How offsets count. `first` is the number of the first one; `line_feeds`: CR LF counts as one."""

    unit: Unit = "code-points"
    first: int = 0
    inclusive: bool = False
    line_feeds: bool = False

    def __str__(self) -> str:
        end = "inclusive" if self.inclusive else "exclusive"
        lines = ", CR LF as one" if self.line_feeds else ""
        return f"{_UNIT_WORDS[self.unit]} from {self.first}, end {end}{lines}"

    @property
    def option(self) -> str:
        """How a user writes it, such as "utf-16,0,exclusive"."""
        lines = ",lf" if self.line_feeds else ""
        return f"{self.unit},{self.first},{'inclusive' if self.inclusive else 'exclusive'}{lines}"


CODE_POINTS = OffsetConvention()
"""How doubleread counts."""

CONVENTIONS: tuple[OffsetConvention, ...] = tuple(
    OffsetConvention(unit, first, inclusive, line_feeds)
    for line_feeds, first, inclusive, unit in product((False, True), (0, 1), (False, True), UNITS)
)


def convention_from(text: str) -> OffsetConvention:
    """Return the convention that a user wrote. Raises ValueError for anything else."""
    parts = [part.strip().lower() for part in text.split(",")]
    unit: Unit = "code-points"
    first, inclusive, line_feeds = 0, False, False
    for part in parts:
        if part in UNITS:
            unit = UNITS[UNITS.index(part)]
        elif part in ("0", "1"):
            first = int(part)
        elif part in ("inclusive", "exclusive"):
            inclusive = part == "inclusive"
        elif part == "lf":
            line_feeds = True
        else:
            raise ValueError(f'"{part}" is not one of {", ".join(UNITS)}, 0, 1, inclusive, exclusive, lf')
    return OffsetConvention(unit, first, inclusive, line_feeds)


class MeasuredText:
    """A text in which offsets of every convention can be looked up."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._pairs = "\r\n" in text
        self.plain = text.isascii() and not self._pairs
        """Whether every unit counts the same, with CR LF as one or not."""
        self._starts: dict[tuple[Unit, bool], array[int]] = {}

    def span(self, convention: OffsetConvention, start: int, end: int) -> Span | None:
        """Return the code points that offsets mean; None if they are no stretch of whole characters."""
        low = self._place(convention, start - convention.first)
        high = self._place(convention, end - convention.first + convention.inclusive)
        return None if low is None or high is None or low >= high else Span(low, high)

    def offsets(self, convention: OffsetConvention, span: Span) -> tuple[int, int] | None:
        """Return the offsets of code points by a convention; None if it cannot say where they begin or end."""
        start, end = (self._offset(convention, place) for place in (span.start, span.end))
        found = (start + convention.first, end + convention.first - convention.inclusive)
        return found if self.span(convention, *found) == span else None

    def _place(self, convention: OffsetConvention, offset: int) -> int | None:
        if offset < 0:
            return None
        if self._is_identity(convention):
            return offset if offset <= len(self.text) else None
        starts = self._of(convention)
        place = bisect_left(starts, offset)
        return place if place < len(starts) and starts[place] == offset else None

    def _offset(self, convention: OffsetConvention, place: int) -> int:
        if self._is_identity(convention):
            return place
        return self._of(convention)[place]

    def _is_identity(self, convention: OffsetConvention) -> bool:
        return self.plain or (convention.unit == "code-points" and not (convention.line_feeds and self._pairs))

    def _of(self, convention: OffsetConvention) -> array[int]:
        key = (convention.unit, convention.line_feeds)
        if key not in self._starts:
            widths = _widths(convention.unit, self.text)
            if convention.line_feeds:
                for match in re.finditer("\r\n", self.text):
                    widths[match.start()] = 0
            self._starts[key] = array("q", accumulate(widths, initial=0))
        return self._starts[key]


def _widths(unit: Unit, text: str) -> list[int]:
    """Return how many units each code point takes."""
    match unit:
        case "bytes":
            return [1 + (point > "\x7f") + (point > "\u07ff") + (point > "\uffff") for point in text]
        case "utf-16":
            return [1 + (point > "\uffff") for point in text]
    return [1] * len(text)


@dataclass(frozen=True, slots=True)
class Marked:
    """Offsets as a file has them, with the words that it quotes there; None if it quotes none.

    `fragments` are the parts of a mark of several lines or words, of which the quote is the parts with a blank between.
    """

    start: int
    end: int
    quote: str | None = None
    fragments: tuple[tuple[int, int], ...] = ()


def place_of(marked: Marked, text: MeasuredText, convention: OffsetConvention) -> Span | None:
    """Return the code points that offsets mean by a convention; None if they are no stretch of the text."""
    if not marked.fragments:
        return text.span(convention, marked.start, marked.end)
    parts = _parts(marked, text, convention)
    if parts is None or any(
        _BREAKS.fullmatch(text.text, before.end, after.start) is None for before, after in pairwise(parts)
    ):
        return None
    return Span(parts[0].start, parts[-1].end)


def is_apart(marked: Marked, text: MeasuredText, convention: OffsetConvention) -> bool:
    """Return whether a mark has parts with other words between them."""
    return _parts(marked, text, convention) is not None and place_of(marked, text, convention) is None


def fits(marked: Marked, text: MeasuredText, convention: OffsetConvention) -> bool:
    """Return whether a convention puts the quote where the text has it."""
    if marked.quote is None:
        return False
    if not marked.fragments:
        span = text.span(convention, marked.start, marked.end)
        return span is not None and same_words(span.of(text.text), marked.quote)
    parts = _parts(marked, text, convention)
    return parts is not None and same_words(" ".join(part.of(text.text) for part in parts), marked.quote)


def _parts(marked: Marked, text: MeasuredText, convention: OffsetConvention) -> list[Span] | None:
    if not marked.fragments:
        return None
    spans = sorted(span for one in marked.fragments if (span := text.span(convention, *one)) is not None)
    return spans if len(spans) == len(marked.fragments) else None


def same_words(words: str, quote: str) -> bool:
    """Return whether a quote is these words: redacted code points aside, and line breaks however they are written."""
    if words == quote or _redacted_from(words, quote):
        return True
    plain = _EACH_BREAK.sub("\n", quote)
    return plain in (_EACH_BREAK.sub("\n", words), _EACH_BREAK.sub("\n", words.replace("\r\n", "\n")))


def _redacted_from(words: str, quote: str) -> bool:
    return (
        REDACTION_MARK in quote
        and len(words) == len(quote)
        and all(theirs in (ours, REDACTION_MARK) for ours, theirs in zip(words, quote, strict=True))
    )


@dataclass(frozen=True, slots=True)
class Decision:
    """The convention of a file. `deciding` counts the rows whose quotes prove it, `against` those whose quotes are
    where another convention would put them. `undecided` says why there is none.
    """

    convention: OffsetConvention | None
    deciding: int = 0
    against: int = 0
    undecided: str = ""


Rows = Sequence[tuple[Marked, MeasuredText]]


def decide(rows: Rows, stated: OffsetConvention | None = None) -> Decision:
    """Return the convention that the quotes of a file prove.

    It fits the quotes of most rows that any convention fits, and alone, or the others that fit as many mean the same
    code points in every row. It must fit them all where a row without a quote depends on it. What the format or the
    user has `stated` is not questioned.
    """
    if stated is not None or not rows:
        convention = stated or CODE_POINTS
        return Decision(convention, sum(fits(marked, text, convention) for marked, text in rows))
    best, deciding, against = _voted([row for row in rows if row[0].quote is not None])
    unquoted = sum(marked.quote is None for marked, _ in rows)
    if not deciding:
        if unquoted:
            return Decision(None, undecided="no row has a quote that is found at its offsets")
        return Decision(CODE_POINTS)
    if deciding <= against or (against and unquoted):
        happened = (
            f"the quotes of {plural(deciding, 'row')} fit {_named(best)}, and those of {against} fit only another way"
        )
        return Decision(None, deciding, against, happened)
    for marked, text in rows:
        places = {place_of(marked, text, convention) for convention in best}
        if len(places) > 1 and (marked.quote is None or fits(marked, text, best[0])):
            happened = (
                f"{_named(best)} all fit the quotes of {plural(deciding, 'row')}, but mean different words elsewhere"
            )
            return Decision(None, deciding, against, happened)
    return Decision(best[0], deciding, against)


def _voted(quoted: Rows) -> tuple[Sequence[OffsetConvention], int, int]:
    """Return the conventions that fit the most rows, how many they fit, and how many rows fit only others."""
    common: Sequence[OffsetConvention] = CONVENTIONS
    deciding = 0
    for marked, text in quoted:
        if left := _fitting(common, marked, text):
            common = left
            deciding += 1
        elif _fitting(CONVENTIONS, marked, text):
            break
    else:
        return common, deciding, 0
    votes: Counter[OffsetConvention] = Counter()
    fitted = 0
    for marked, text in quoted:
        found = _fitting(CONVENTIONS, marked, text)
        votes.update(found)
        fitted += bool(found)
    most = max(votes.values())
    return [convention for convention in CONVENTIONS if votes[convention] == most], most, fitted - most


def _fitting(conventions: Sequence[OffsetConvention], marked: Marked, text: MeasuredText) -> list[OffsetConvention]:
    if not text.plain:
        return [convention for convention in conventions if fits(marked, text, convention)]
    known: dict[tuple[int, bool], bool] = {}
    found = []
    for convention in conventions:
        key = (convention.first, convention.inclusive)
        if key not in known:
            known[key] = fits(marked, text, convention)
        if known[key]:
            found.append(convention)
    return found


def _named(conventions: Sequence[OffsetConvention]) -> str:
    shown = [convention.option for convention in conventions[:3]]
    more = len(conventions) - len(shown)
    return listed(shown) + (f" and {more} {verb(more, 'other', 'others')}" if more else "")
