"""The same words in another text: where the words that somebody selected in an answer are in the case.

This compares words, never meaning: that the case has the words does not say that it supports them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import regex

from doubleread.domain.case_text import CaseText
from doubleread.domain.formatting import whole as whole_number
from doubleread.domain.spans import Span
from doubleread.domain.wording import plural

MOST = 200
"""More places are not marked."""
_FREQUENT = 25
"""A word with more places in the case than this is not marked where it is alone."""
_TOO_FREQUENT = 2000
"""A word with more places is not marked."""
_LONGEST_GAP = 3
"""Words without content that may lie between two words of one place."""
_MOST_MISSING = 3
"""Missing words that are named."""


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\u30fc\uff70\p{LB=SA}]"
_TOKEN = regex.compile(
    rf"\p{{N}}+(?:[.,]\p{{N}}+)*|{_UNSPACED}\p{{M}}*|(?:(?!{_UNSPACED})\p{{L}})(?:(?!{_UNSPACED})[\p{{L}}\p{{M}}])*|[%°]"
)
_BREAK = regex.compile(r"[.!?…]\s|\n\s*\n")
_UNITS = _listed(
    "% ° c f mg g kg μg mcg ng l dl ml pg mmol μmol nmol pmol mol meq iu u miu mm cm m km mmhg kpa bpm hz ms min "
    "h s day week month year hour minute second pack"
)
_SINGULAR = {f"{unit}s": unit for unit in ("day", "week", "month", "year", "hour", "minute", "second", "pack")}
_WITHOUT_CONTENT = _listed(
    "about above after again against all also although among and another any are because been before being below "
    "between both but can case could did does doing down due during each either for from further had has have having "
    "her here hers him his how however into its itself just likely may might more most much must nor not now off often "
    "once only option other our out over own patient patients per same she should since some such than that the their "
    "them then there therefore these they this those through thus too toward towards under until upon very was well "
    "were what when where whether which while who whom whose why will with within without would you your"
)


class _Token(NamedTuple):
    """A word, a number or a sign of a text, in the form in which words are compared."""

    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class WordEcho:
    """Where the case has words that were asked for.

    `places` are those with most of the words first. With `exact` they are all of the words in their order. `asked` is
    the number of different words with content, `missing` those that the case does not have.
    """

    places: tuple[Span, ...]
    exact: bool
    asked: int
    missing: tuple[str, ...]

    def said(self, fits: Callable[[str], bool]) -> str:
        """Return what the case has, in the first words that fit: the missing words matter most."""
        said = ""
        for said in self._shorter_and_shorter():
            if fits(said):
                break
        return said

    def _shorter_and_shorter(self) -> Iterator[str]:
        yield self.sentence
        # Beside the case, or the words marked in it, the rest says enough.
        yield self.sentence.removeprefix("in the case: ")
        if self.places and self.missing:
            for count in range(min(len(self.missing), _MOST_MISSING), 0, -1):
                more = ", …" * (len(self.missing) > count)
                yield f"not in the case: {', '.join(self.missing[:count])}{more}"
            yield f"{whole_number(len(self.missing))} of {plural(self.asked, 'word')} not in the case"

    @property
    def sentence(self) -> str:
        """Say what the case has, about words only."""
        if not self.places and len(self.missing) == self.asked:
            return "not in the case text"
        if self.exact:
            return f"in the case: {plural(len(self.places), 'place')}{'+' * (len(self.places) == MOST)}"
        found = self.asked - len(self.missing)
        if not self.missing:
            number = "both" if self.asked == 2 else f"all {whole_number(self.asked)}"
            return f"in the case: {number} words, not as a phrase" if self.asked > 1 else "in the case"
        named = ", ".join(self.missing[:_MOST_MISSING])
        more = ", …" * (len(self.missing) > _MOST_MISSING)
        return f"in the case: {whole_number(found)} of {plural(self.asked, 'word')}, not: {named}{more}"


class _Words:
    """The words of a case and its documents, without its question and options."""

    def __init__(self, whole: CaseText) -> None:
        self.text = whole.text
        self.tokens = [token for part in whole.parts for token in _tokens(whole.text, part.span)]
        self.places: dict[str, list[int]] = {}
        for number, token in enumerate(self.tokens):
            self.places.setdefault(token.word, []).append(number)

    def sequences(self, words: Sequence[str]) -> list[int]:
        """Return the numbers of the tokens where words follow each other, with nothing between that ends a sentence."""
        return [
            start
            for start in self.places.get(words[0], ())
            if start + len(words) <= len(self.tokens)
            and all(self.tokens[start + number].word == word for number, word in enumerate(words))
            and not self.parted(start, start + len(words) - 1)
        ]

    def parted(self, first: int, last: int) -> bool:
        """Return whether a sentence or a paragraph ends between two tokens."""
        return _BREAK.search(self.text, self.tokens[first].end, self.tokens[last].start) is not None

    def span(self, first: int, last: int) -> Span:
        """Return the span from one token to another."""
        return Span(self.tokens[first].start, self.tokens[last].end)


def word_echo(words: str, whole: CaseText) -> WordEcho | None:
    """Return where a case and its documents have words; None if the words have no content that could be compared.

    First all of the words are looked for in their order, in any case and with any blanks and punctuation between them.
    If the case does not have these, its places with some of the words are returned: a number counts with its unit.
    """
    tokens = _tokens(words, Span(0, len(words)))
    items = _items(words, tokens)
    if not items:
        return None
    known = _words_of(whole)
    asked = tuple(dict.fromkeys(tuple(token.word for token in item) for item in items))
    phrase = [token.word for token in tokens[tokens.index(items[0][0]) : tokens.index(items[-1][-1]) + 1]]
    exact = known.sequences(phrase)
    if exact:
        places = tuple(known.span(start, start + len(phrase) - 1) for start in exact[:MOST])
        return WordEcho(places, True, len(asked), ())
    found = {item: known.sequences(item) for item in asked}
    shown = {tuple(token.word for token in item): words[item[0].start : item[-1].end] for item in items}
    missing = tuple(" ".join(shown[item].split()) for item in asked if not found[item])
    return WordEcho(_places(known, found), False, len(asked), missing)


def _places(known: _Words, found: dict[tuple[str, ...], list[int]]) -> tuple[Span, ...]:
    """Return the places with some of the words, those with most of them first.

    A word that lies beside others somewhere is not marked where it is alone.
    """
    hits = sorted(
        (start, start + len(item) - 1, item)
        for item, starts in found.items()
        if len(starts) <= _TOO_FREQUENT
        for start in starts
    )
    runs: list[tuple[int, int, set[tuple[str, ...]]]] = []
    for first, last, item in hits:
        if runs and first - runs[-1][1] <= _LONGEST_GAP + 1 and not known.parted(runs[-1][1], first):
            start, end, items = runs.pop()
            runs.append((start, max(end, last), items | {item}))
        else:
            runs.append((first, last, {item}))
    known_well = {item for _, _, items in runs if len(items) > 1 for item in items}
    known_well |= {item for item, starts in found.items() if len(starts) > _FREQUENT}
    kept = [run for run in runs if len(run[2]) > 1 or not run[2] <= known_well]
    kept.sort(key=lambda run: (-len(run[2]), -sum(len(word) for item in run[2] for word in item), run[0]))
    return tuple(known.span(first, last) for first, last, _ in kept[:MOST])


def _items(text: str, tokens: list[_Token]) -> list[list[_Token]]:
    """Return the tokens with content: words, numbers with their units, and runs in scripts without blanks."""
    items: list[list[_Token]] = []
    at = 0
    while at < len(tokens):
        end = at + 1
        word = tokens[at].word
        if word[0].isnumeric():
            while end < len(tokens) and tokens[end].word in _UNITS and tokens[end].start - tokens[end - 1].end <= 1:
                end += 1
        elif regex.match(_UNSPACED, word):
            while (
                end < len(tokens)
                and tokens[end].start == tokens[end - 1].end
                and regex.match(_UNSPACED, tokens[end].word)
            ):
                end += 1
        elif not _has_content(text[tokens[at].start : tokens[at].end]):
            at = end
            continue
        items.append(tokens[at:end])
        at = end
    return items


def _has_content(word: str) -> bool:
    """Return whether a word is one of three letters or more with a meaning of its own, or an abbreviation."""
    if len(word) > 2:
        return word.casefold() not in _WITHOUT_CONTENT
    return len(word) == 2 and word.isupper()


def _tokens(text: str, within: Span) -> list[_Token]:
    found = _TOKEN.finditer(text, within.start, within.end)
    folded = ((match[0].casefold(), *match.span()) for match in found)
    return [_Token(_SINGULAR.get(word, word), start, end) for word, start, end in folded]


@lru_cache(maxsize=2)
def _words_of(whole: CaseText) -> _Words:
    return _Words(whole)
