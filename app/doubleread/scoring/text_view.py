"""Where an answer names an option by its text: word for word, misspelt, abbreviated, or by its telling words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein

from doubleread.scoring.option_text import COMMON, WORD, Mention, OptionTexts, spelt
from doubleread.scoring.plain import fold, sentence_bounds, sentence_of

_FUZZY = 88.0
_MARGIN = 8.0
_FEW_WORDS = 3
_FAR = 300
_WORDS_LOOKED_AT = 60
_CYRILLIC_LABEL = re.compile(r"(?<!\w)[БГДЖЗ](?!\w)")
_OPPOSED = (
    ("hyper", "hypo"),
    ("brady", "tachy"),
    ("alkal", "acid"),
    ("ante", "anti"),
    ("inter", "intra"),
    ("meta", "para"),
    ("supra", "infra"),
    ("macro", "micro"),
    ("endo", "exo"),
)


class TextView:
    """One plain text with what is needed of it repeatedly: its folded form, sentences, exact mentions."""

    def __init__(self, text: str, options: OptionTexts) -> None:
        self.text = text
        self.low = fold(text)
        self.options = options
        self.exact = self._find_exact()

    @cached_property
    def bounds(self) -> list[int]:
        """The starts of all sentences and lines, ascending, the text's length last."""
        return sentence_bounds(self.text)

    @cached_property
    def cyrillic_order(self) -> bool:
        """Return whether options are lettered А Б В Г here, and not with Cyrillic letters that look like A B C."""
        return _CYRILLIC_LABEL.search(self.text) is not None

    def _find_exact(self) -> list[Mention]:
        low = self.low
        found = []
        for form in self.options.forms:
            for start, end in form.spans(low):
                if form.whole_words and _inside_word(low, start, end):
                    continue
                found.append(Mention(form.letter, start, end, "exact"))
        if len(found) < 2:
            return found
        found.sort(key=lambda mention: (mention.start, -mention.end))
        kept = [found[0]]
        for mention in found:
            if mention.start >= kept[-1].end:
                kept.append(mention)
        return kept

    def has_at_most(self, words: int) -> bool:
        """Return whether the text has at most so many words."""
        return len(self.text) <= 40 * words and len(WORD.findall(self.low)) <= words

    def sentence(self, offset: int) -> tuple[int, int]:
        """Return the sentence around an offset, cut to a few hundred characters on either side of it."""
        low, high = sentence_of(self.bounds, offset)
        return max(low, offset - _FAR), min(high, offset + 2 * _FAR)

    def close_in(self, start: int, end: int) -> Mention | None:
        """Return the one option that [start, end) names in other words or misspelt, or None if none stands out."""
        words = [(match[0], match.start(), match.end()) for match in WORD.finditer(self.low, start, end)]
        if not words:
            return None
        here = [spelt(word) for word, _, _ in words]
        found = (
            self._abbreviated(words)
            or self._in_part(here, words)
            or self._misspelt(here, words)
            or self._by_words(here[:_WORDS_LOOKED_AT], words)
        )
        if found is None or found.letter in self.options.short:
            return None
        figures = self.options.figures[found.letter]
        if figures and len(self.options.words[found.letter]) <= _FEW_WORDS:
            return None
        return found if figures.issubset(here) else None

    def _abbreviated(self, words: Sequence[tuple[str, int, int]]) -> Mention | None:
        found = [
            Mention(letter, start, end, "words")
            for word, start, end in words
            if sum(map(str.isupper, self.text[start:end])) >= 2
            and (
                letter := self.options.initials.get(word)
                or (self.options.abbreviated(word) if len(words) <= _FEW_WORDS else None)
            )
        ]
        return found[0] if len({mention.letter for mention in found}) == 1 else None

    def _in_part(self, here: Sequence[str], words: Sequence[tuple[str, int, int]]) -> Mention | None:
        """Find a stretch of at least two words in the only option that contains all of it."""
        if not 2 <= len(here) <= _WORDS_LOOKED_AT or all(word in COMMON for word in here):
            return None
        phrase = f" {' '.join(here)} "
        found = [letter for letter, joined in self.options.joined.items() if phrase in f" {joined} "]
        return Mention(found[0], words[0][1], words[-1][2], "words") if len(found) == 1 else None

    def _misspelt(self, here: Sequence[str], words: Sequence[tuple[str, int, int]]) -> Mention | None:
        joined = " ".join(here)
        ranked = []
        for letter, wanted in self.options.joined.items():
            if 5 <= len(wanted) <= len(joined) + 2:
                score = fuzz.partial_ratio(wanted, joined, score_cutoff=_FUZZY - _MARGIN)
                if score:
                    ranked.append((score, letter))
        if not ranked:
            return None
        ranked.sort(reverse=True)
        score, letter = ranked[0]
        if score < _FUZZY or (len(ranked) > 1 and score - ranked[1][0] < _MARGIN):
            return None
        if any(len(word) > 3 and not _near_any(word, here) for word in self.options.spelt[letter]):
            return None
        return Mention(letter, words[0][1], words[-1][2], "fuzzy", score / 100)

    def _by_words(self, here: Sequence[str], words: Sequence[tuple[str, int, int]]) -> Mention | None:
        present = frozenset(here)
        stems: dict[str, list[str]] = {}
        for word in present:
            if len(word) >= 5:
                stems.setdefault(word[:5], []).append(word)
        best = second = own = 0.0
        chosen = ""
        for letter, weights in self.options.weights.items():
            hit = most = total = 0.0
            for word, weight in weights.items():
                total += weight
                if word in present or (len(word) >= 5 and _same_stem(word, stems.get(word[:5], ()))):
                    hit += weight
                    most = max(most, weight)
            share = hit / total if total else 0.0
            if share > best:
                best, second, own, chosen = share, best, most, letter
            elif share > second:
                second = share
        if best < 0.6 or best - second < 0.25 or own < 0.9:
            return None
        return Mention(chosen, words[0][1], words[len(here) - 1][2], "words", best)


def _inside_word(low: str, start: int, end: int) -> bool:
    """Return whether a stretch is a part of a longer word or number: "25 mg" in "125 mg", "5" in "-5" or "5-10"."""
    before = low[start - 1] if start else " "
    behind = low[end] if end < len(low) else " "
    if _joins(before) or _joins(behind):
        return True
    further = low[start - 2] if start > 1 else " "
    if low[start].isdigit() and (
        (before in ".," and further.isdigit())
        or (before in "-+–±" and (further.isdigit() or further.isspace() or further in "(:="))
        or (before in "<>≤≥~" and further in " \n\t(")
    ):
        return True
    beyond = low[end + 1 : end + 2]
    if low[start].isdigit() and behind == "/" and low[end - 1].isalpha() and beyond.isalpha():
        return True
    return low[end - 1].isdigit() and (behind in ".,-–" and beyond.isdigit())


def _joins(character: str) -> bool:
    """Return whether a character makes one word with its neighbour; those of scripts without spaces do not."""
    return character.isalnum() and character < "\u3040"


def _near_any(word: str, words: Sequence[str]) -> bool:
    return word in words or any(_near(word, other) for other in words)


def _near(word: str, other: str) -> bool:
    allowed = 0 if min(len(word), len(other)) < 5 else 1 if len(word) < 8 else 2
    if abs(len(word) - len(other)) > allowed or not allowed or _opposed(word, other):
        return False
    return DamerauLevenshtein.distance(word, other, score_cutoff=allowed) <= allowed


def _opposed(word: str, other: str) -> bool:
    return any(
        (word.startswith(a) and other.startswith(b)) or (word.startswith(b) and other.startswith(a))
        for a, b in _OPPOSED
    )


def _same_stem(word: str, others: Sequence[str]) -> bool:
    """Return whether a word differs only in its ending from one of these, which begin with the same five letters."""
    stem = word[: max(5, len(word) - 3)]
    return any(other.startswith(stem) or word.startswith(other[: max(5, len(other) - 3)]) for other in others)
