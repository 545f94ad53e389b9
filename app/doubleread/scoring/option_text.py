"""Where an answer names an option by its text: word for word, misspelt, or by the words that set it apart."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein

_WORD = re.compile(r"[^\W_]+")
_ARTICLES = frozenset(("a", "an", "the", "der", "die", "das", "le", "la", "les", "el", "los"))
_COMMON = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "for",
        "with",
        "and",
        "or",
        "by",
        "at",
        "from",
        "as",
        "is",
        "are",
        "be",
        "this",
        "that",
        "these",
        "those",
        "it",
        "its",
        "into",
        "per",
        "via",
        "due",
        "no",
        "not",
        "patient",
        "patients",
        "perform",
        "performing",
        "give",
        "giving",
        "administer",
        "administering",
        "order",
        "obtain",
        "start",
        "begin",
        "initiate",
        "provide",
        "immediate",
        "immediately",
        "take",
        "get",
    ]
)
_PLAIN_WORDS = frozenset(
    [
        "yes",
        "no",
        "true",
        "false",
        "none",
        "maybe",
        "both",
        "all",
        "right",
        "left",
        "up",
        "down",
        "high",
        "low",
        "normal",
        "more",
        "less",
        "same",
    ]
)
SHORT = 3
_FUZZY = 88.0
_MARGIN = 8.0


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of the plain text that names an option. `how` is "letter", "exact", "fuzzy" or "words"."""

    letter: str
    start: int
    end: int
    how: str
    score: float = 1.0


def folded(word: str) -> str:
    """Return a word in lower case without accents."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _tokens(text: str) -> list[tuple[str, int, int]]:
    return [(folded(match[0]), match.start(), match.end()) for match in _WORD.finditer(text)]


class OptionTexts:
    """The options of one case, ready to be found. Takes the options; never the key."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self.words: dict[str, tuple[str, ...]] = {}
        for letter, text in options.items():
            words = [word for word, _, _ in _tokens(text)]
            while len(words) > 1 and words[0] in _ARTICLES:
                words = words[1:]
            self.words[letter] = tuple(words)
        counts = Counter(words for words in self.words.values())
        self.unique = {letter for letter, words in self.words.items() if words and counts[words] == 1}
        self._by_first: dict[str, list[str]] = defaultdict(list)
        for letter in self.unique:
            self._by_first[self.words[letter][0]].append(letter)
        for letters in self._by_first.values():
            letters.sort(key=lambda letter: -len(self.words[letter]))
        spread = Counter(word for words in self.words.values() for word in set(words))
        self._weights = {
            letter: {word: (0.1 if word in _COMMON else 1.0) / spread[word] ** 2 for word in words}
            for letter, words in self.words.items()
        }

    def is_short(self, letter: str) -> bool:
        """Say whether the option's text is too short or too plain to be looked for in the middle of a sentence."""
        joined = "".join(self.words[letter])
        return len(joined) < SHORT or joined.isdigit() or joined in _PLAIN_WORDS


class TextView:
    """The words of one plain text, and the exact mentions of the options in it, found once, in linear time."""

    def __init__(self, text: str, options: OptionTexts) -> None:
        self.text = text
        self.options = options
        self.tokens = _tokens(text)
        self.starts = [start for _, start, _ in self.tokens]
        self.exact = self._find_exact()
        self._exact_starts = [mention.start for mention in self.exact]

    def _find_exact(self) -> list[Mention]:
        found: list[Mention] = []
        words = [word for word, _, _ in self.tokens]
        index = 0
        while index < len(words):
            for letter in self.options._by_first.get(words[index], ()):
                wanted = self.options.words[letter]
                if len(wanted) <= 60 and tuple(words[index : index + len(wanted)]) == wanted:
                    end = self.tokens[index + len(wanted) - 1][2]
                    found.append(Mention(letter, self.tokens[index][1], end, "exact"))
                    index += len(wanted) - 1
                    break
            index += 1
        return found

    def exact_in(self, start: int, end: int) -> list[Mention]:
        """Return the exact mentions that lie inside [start, end), in order. Nested ones are not there."""
        low = bisect_left(self._exact_starts, start)
        high = bisect_left(self._exact_starts, end)
        return [mention for mention in self.exact[low:high] if mention.end <= end]

    def inside_option(self, offset: int) -> bool:
        """Say whether an offset lies inside the words of an option, after the first."""
        index = bisect_left(self._exact_starts, offset) - 1
        return index >= 0 and self.exact[index].start < offset < self.exact[index].end

    def close_in(self, start: int, end: int) -> Mention | None:
        """Return the one option that [start, end) names in other words or misspelt, or None where none stands out."""
        segment = self.text[start:end]
        return self._misspelt(segment, start) or self._by_words(start, end)

    def _misspelt(self, segment: str, start: int) -> Mention | None:
        low = " ".join(word for word, _, _ in _tokens(segment))
        ranked = []
        for letter in self.options.unique:
            wanted = " ".join(self.options.words[letter])
            if len(wanted) < 5 or len(wanted) > len(low) + 3:
                continue
            ranked.append((fuzz.partial_ratio(wanted, low, score_cutoff=_FUZZY - _MARGIN), letter))
        ranked.sort(reverse=True)
        if not ranked or ranked[0][0] < _FUZZY or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < _MARGIN):
            return None
        score, letter = ranked[0]
        if any(len(word) > 3 and not _near_any(word, low.split()) for word in self.options.words[letter]):
            return None
        return Mention(letter, start, start + len(segment.rstrip()), "fuzzy", score / 100)

    def _by_words(self, start: int, end: int) -> Mention | None:
        low = bisect_left(self.starts, start)
        high = bisect_left(self.starts, end)
        tokens = self.tokens[low:high][:60]
        if not tokens:
            return None
        here = [word for word, _, _ in tokens]
        shares = []
        for letter, weights in self.options._weights.items():
            total = sum(weights.values())
            hit = sum(weight for word, weight in weights.items() if _same_word(word, here))
            own = max((weight for word, weight in weights.items() if _same_word(word, here)), default=0.0)
            shares.append((hit / total if total else 0.0, own, letter))
        shares.sort(reverse=True)
        best, own, letter = shares[0]
        second = shares[1][0] if len(shares) > 1 else 0.0
        if best < 0.6 or best - second < 0.25 or own < 0.9:
            return None
        return Mention(letter, tokens[0][1], tokens[-1][2], "words", best)


def _near_any(word: str, words: Sequence[str]) -> bool:
    return any(_near(word, other) for other in words)


def _near(word: str, other: str) -> bool:
    if word == other:
        return True
    allowed = 0 if min(len(word), len(other)) < 5 else 1 if len(word) < 8 else 2
    if abs(len(word) - len(other)) > allowed or not allowed or _opposed(word, other):
        return False
    return DamerauLevenshtein.distance(word, other, score_cutoff=allowed) <= allowed


_OPPOSED = (
    ("hyper", "hypo"),
    ("brady", "tachy"),
    ("alkal", "acid"),
    ("ante", "anti"),
    ("inter", "intra"),
    ("meta", "para"),
)


def _opposed(word: str, other: str) -> bool:
    return any(
        (word.startswith(a) and other.startswith(b)) or (word.startswith(b) and other.startswith(a))
        for a, b in _OPPOSED
    )


def _same_word(word: str, words: Sequence[str]) -> bool:
    if word in words:
        return True
    if len(word) < 5:
        return False
    stem = word[: max(5, len(word) - 3)]
    return any(
        len(other) >= 5 and (other.startswith(stem) or word.startswith(other[: max(5, len(other) - 3)]))
        for other in words
    )
