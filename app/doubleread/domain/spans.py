"""Spans of text by code-point offsets: graphemes, words, sentences, paragraphs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open stretch [start, end) of code points."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """Return the words of the span."""
        return text[self.start : self.end]


# Scripts written without blanks between words. The prolonged sound mark belongs to both kinds of kana.
_KANA = r"\p{Hiragana}\p{Katakana}\u30fc\uff70"
_UNSPACED = regex.compile(rf"[\p{{Han}}{_KANA}\p{{LB=SA}}]")
# The full block covers letters (`domain.redaction`), and counts as one.
_LETTER = rf"(?![\p{{Han}}{_KANA}\p{{LB=SA}}])[\p{{L}}\p{{N}}\u2588]"
_JOINED = r"[\p{M}\u200c\u200d]"
_LETTERS = rf"{_LETTER}(?:{_LETTER}|{_JOINED})*"
_WORD = regex.compile(
    rf"{_LETTERS}(?:['’.,/+\-–]{_LETTERS})*"
    rf"|\p{{Hiragana}}(?:[\p{{Hiragana}}\u30fc]|{_JOINED})*"
    rf"|[\p{{Katakana}}\u30fc\uff70](?:[\p{{Katakana}}\u30fc\uff70]|{_JOINED})*"
    rf"|[\p{{Han}}\p{{LB=SA}}]{_JOINED}*"
    rf"|(?:[^\s\p{{L}}\p{{N}}\p{{M}}\p{{Han}}\u2588]{_JOINED}*)+"
    r"|\p{M}+"
)
_PARAGRAPH = regex.compile(r"[^\n]*\S[^\n]*?(?=\r?(?:\n|$))")
_GRAPHEME = regex.compile(r"\X")
_UNJOINED = regex.compile(
    r"[\p{GCB=Other}\p{GCB=LV}\p{GCB=LVT}]{2}"
    r"|\P{GCB=Prepend}(?=\p{GCB=Other})[\p{Latin}\p{Greek}\p{Cyrillic}\p{Han}]"
)
_SENTENCE_END = regex.compile(r"[.!?…]+[\"'”’)\]*_]*(?=\s|$)|[。！？]+[」』”’）)]*")
_ABBREVIATION = regex.compile(
    r"(?:^|[\s(*_])(?:Dr|Mr|Mrs|Ms|Prof|vs|e\.g|i\.e|cf|ca|approx|Fig|St|resp|incl|etc|al|sp|spp)\.$"
)
_ABBREVIATION_BEFORE_SMALL = regex.compile(r"(?:^|[\s(*_])(?:\p{Ll}\.)+\p{Ll}\.$")
_INITIAL = regex.compile(r"(?:^|[\s(*_])\p{Lu}\.$")
_USUAL_BEGINNING = regex.compile(
    r"\s+(?:An?|And|As|At|But|Her|He|His|However|If|In|It|Its|No|On|She|Since|The|There|Therefore|These|They|This|We)\b"
)
_NUMBER_SIGN = regex.compile(r"(?:^|[\s(*_])[Nn]o\.$")
_LIST_NUMBER = regex.compile(r"[\s*_]*\p{N}{1,3}\.$")
_FOLLOWING = regex.compile(r"\s+(\S)")


@lru_cache(maxsize=16)
def words(text: str) -> tuple[Span, ...]:
    """Return the words, punctuation runs counting as words of their own. Hyphens, decimals and "L/min" stay whole.

    In scripts written without blanks nothing separates words. There, as in Unicode's default (UAX #29), each character
    of Han, Thai, Lao, Khmer and Burmese counts as a word; a run of hiragana or katakana counts as one.
    """
    return tuple(Span(start, end) for start, end in word_bounds(text))


def word_bounds(text: str, low: int = 0) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of each word from an offset on, where one must begin, as `words` has them."""
    return (match.span() for match in _WORD.finditer(text, low))


def is_unspaced(text: str, offset: int) -> bool:
    """Return whether the character at an offset belongs to a script that is written without blanks between words."""
    return _UNSPACED.match(text, offset) is not None


@lru_cache(maxsize=16)
def paragraphs(text: str) -> tuple[Span, ...]:
    """Return the lines that hold more than blanks, without their line breaks."""
    return tuple(Span(*match.span()) for match in _PARAGRAPH.finditer(text))


@lru_cache(maxsize=16)
def sentences(text: str) -> tuple[Span, ...]:
    """Return the sentences, without the blanks around them. A sentence never crosses a line break."""
    found: list[Span] = []
    for paragraph in paragraphs(text):
        start = paragraph.start
        for match in _SENTENCE_END.finditer(text, paragraph.start, paragraph.end):
            if match.end() <= start or _is_abbreviation(text, start, match.end()):
                continue
            found.append(_stripped(text, start, match.end()))
            start = match.end()
        if text[start : paragraph.end].strip():
            found.append(_stripped(text, start, paragraph.end))
    return tuple(found)


def _is_abbreviation(text: str, start: int, end: int) -> bool:
    following = _FOLLOWING.match(text, end)
    if following is None:
        return False
    before = text[max(start, end - 12) : end]
    return bool(
        _ABBREVIATION.search(before)
        or (_INITIAL.search(before) and not _USUAL_BEGINNING.match(text, end))
        or (_ABBREVIATION_BEFORE_SMALL.search(before) and not following[1].isupper())
        or (_NUMBER_SIGN.search(before) and following[1].isdigit())
        or (end - start < 6 and _LIST_NUMBER.fullmatch(text, start, end))
    )


def _stripped(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def span_at(spans: tuple[Span, ...], offset: int) -> Span | None:
    """Return the span that holds the offset; between two spans, the one before; None if there is none."""
    index = bisect_right(spans, offset, key=lambda span: span.start) - 1
    if index >= 0:
        return spans[index]
    return spans[0] if spans else None


def whole_graphemes(text: str, start: int, end: int) -> Span:
    """Widen a stretch so that it cuts no user-perceived character; offsets beyond the text are clamped."""
    low = min(max(start, 0), len(text))
    high = min(max(end, low), len(text))
    return Span(grapheme_floor(text, low), grapheme_ceiling(text, high))


def grapheme_floor(text: str, offset: int) -> int:
    """Return the offset itself, or the start of the user-perceived character that it cuts."""
    if not 0 < offset < len(text):
        return min(max(offset, 0), len(text))
    start = end = _certain_edge(text, offset)
    while end <= offset:
        start, end = end, _grapheme_end(text, end)
    return start


def grapheme_ceiling(text: str, offset: int) -> int:
    """Return the offset itself, or the end of the user-perceived character that it cuts."""
    start = grapheme_floor(text, offset)
    return start if start >= offset else next_grapheme(text, start)


def next_grapheme(text: str, offset: int) -> int:
    """Return the end of the user-perceived character at the offset, or the length of the text."""
    start = grapheme_floor(text, offset)
    return _grapheme_end(text, start)


def previous_grapheme(text: str, offset: int) -> int:
    """Return the start of the user-perceived character before the offset, or 0."""
    return grapheme_floor(text, min(offset, len(text)) - 1)


def _grapheme_end(text: str, start: int) -> int:
    match = _GRAPHEME.match(text, start)
    return len(text) if match is None else match.end()


def _certain_edge(text: str, offset: int) -> int:
    """Return an offset, not after the given one, where a character surely begins: between two that join nothing."""
    while offset > 0 and not _UNJOINED.match(text, offset - 1):
        offset -= 1
    return offset


def trimmed(text: str, span: Span) -> Span:
    """Leave out the blanks at both ends. A span of blanks alone becomes empty."""
    return _stripped(text, span.start, span.end)
