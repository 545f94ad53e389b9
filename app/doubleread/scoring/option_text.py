"""The options of a case, ready to be found in answers: their words, their forms, and what sets each apart."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_letters

from doubleread.scoring.plain import fold, without_points

WORD = re.compile(r"[^\W_]+")
_ARTICLES = frozenset(WORD.findall("a an the der die das le la les el los il lo gli un une una ein eine o os as"))
COMMON = frozenset(
    WORD.findall(
        "a an the of to in on for with and or by at from as is are be this that these those it its into per via due no "
        "not patient patients perform performing give giving administer administering order obtain start begin "
        "initiate provide immediate immediately take get der die das und mit von le la les de du des "
        "et el los y en il di e do da"
    )
)
_PLAIN_WORDS = frozenset(
    WORD.findall(
        "yes no true false none maybe both all right left up down high low normal more less same ja nein vielleicht "
        "oui non si sim nao vrai faux richtig falsch quizas talvez forse nee misschien nej kanske tak nie moze ano ne "
        "igen nem evet hayir hayır belki ya tidak mungkin да нет возможно так ні نعم لا ربما हाँ नहीं 是 否 はい いいえ "
        "예 아니요"
    )
)
_NUMBER = re.compile(r"\s*([<>≤≥~±+-]?\s*\d+(?:[.,]\d+)*)\s*%?\s*\.?\s*")
_BRACKETS = re.compile(r"(.{4,}?)\s*[(\[]([^()\[\]]{2,40})[)\]]\s*\.?\s*")
_SCRIPT_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_INITIAL = re.compile(r"\s*[A-Z]\.")
_SIGNED = re.compile(r"\s*([-+<>≤≥])(?=\d)")
_SPECIES = re.compile(
    r"([A-Z])[a-z]*(?:us|a|um|is|ella|bacter|monas|ides|ibrio|ococcus)[ ]"
    r"(?=[a-z]{4})([a-z]*(?:us|is|a|um|i|ae|ii|ens|ans|es|er|ile|eae))"
)
_GROUPS = re.compile(r"(?<![\d.,])\d{1,3}(?:[, \u2009\u202f]\d{3})+(?![\d.,])")
_THOUSANDS = re.compile(r"(?<![\d.,])[1-9]\d{3,8}(?![\d.,])")
_HANGUL = re.compile(r"[\uac00-\ud7af]+")
_GAP = re.compile(r"[\W_]+")
_DENYING = frozenset(WORD.findall("not no never nicht kein keine pas non nao none neither"))
_LONGEST_ABBREVIATION = 6
_LONGEST = 60
SHORT = 3


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of the plain text that names an option. `how` is "letter", "number", "exact", "fuzzy" or "words".

    `offered` is False for a letter that no option has. `disagrees`: another option's text is beside the letter.
    """

    letter: str
    start: int
    end: int
    how: str
    score: float = 1.0
    offered: bool = True
    disagrees: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write an option: its words, whatever signs are between them, or a number just as it is.

    `probe` is the longest word. `whole_words` says that the stretch must not begin or end inside a word. Words are
    searched without patterns, because compiling one for each option of a study would take too long.
    """

    letter: str
    words: tuple[str, ...]
    probe: str
    whole_words: bool = True
    number: bool = False

    def spans(self, low: str) -> Iterator[tuple[int, int]]:
        """Yield the stretches of a folded text that are written so, ascending."""
        if self.probe not in low:
            return
        first, rest = self.words[0], self.words[1:]
        start = low.find(first)
        while start >= 0:
            end = start + len(first)
            for word in rest:
                gap = _GAP.match(low, end)
                if not gap or not low.startswith(word, gap.end()):
                    break
                end = gap.end() + len(word)
            else:
                yield start, end
            start = low.find(first, start + len(first))


def folded(word: str) -> str:
    """Return a word in lower case without accents."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def words_of(text: str) -> tuple[str, ...]:
    """Return the folded words of an option's text without a leading article."""
    plain = fold(unicodedata.normalize("NFC", without_points(text)))
    words = WORD.findall(plain)
    while len(words) > 1 and words[0] in _ARTICLES and not _INITIAL.match(text):
        del words[0]
    signed = _SIGNED.match(plain)
    if signed and words:
        words[0] = signed[1] + words[0]
    return tuple(words)


def spelt(word: str) -> str:
    """Return a folded word with British "ae" and "oe" made "e", so that the two spellings are one."""
    return word.replace("ae", "e").replace("oe", "e")


class OptionTexts:
    """The options of one case, ready to be found. Takes the options; never the key. Made once for each case."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self.letters = tuple(options)
        self.texts = {letter: unicodedata.normalize("NFC", text) for letter, text in options.items()}
        self.words = {letter: words_of(text) for letter, text in options.items()}
        counts = Counter(self.words.values())
        self.all_words = frozenset(word for words in self.words.values() for word in words)
        self.unique = frozenset(letter for letter, words in self.words.items() if words and counts[words] == 1)
        self.spelt = {letter: tuple(map(spelt, words)) for letter, words in self.words.items()}
        self.joined = {letter: " ".join(self.spelt[letter]) for letter in sorted(self.unique)}
        self.short = frozenset(letter for letter, words in self.words.items() if _is_short("".join(words)))
        self.numbered = any(character.isdigit() for words in self.words.values() for character in "".join(words))
        written = Counter(text.strip(" .") for text in options.values())
        self.letter_as_text = {
            text.strip(" ."): letter
            for letter, text in options.items()
            if len(text.strip(" .")) == 1 and written[text.strip(" .")] == 1
        }
        self.single_letters = {
            letter: text.strip(" .") for letter, text in options.items() if len(text.strip(" .")) == 1
        }
        self.as_texts = frozenset(text.strip(" .") for text in options.values() if len(text.strip(" .")) == 1)
        self.denying = frozenset(letter for letter, words in self.words.items() if not _DENYING.isdisjoint(words))
        self.numbers = frozenset(letter for letter, text in options.items() if _NUMBER.fullmatch(text))
        self.figures = {
            letter: frozenset(word for word in words if any(map(str.isdigit, word)))
            for letter, words in self.spelt.items()
        }
        spread = Counter(word for words in self.spelt.values() for word in set(words))
        self.weights = {
            letter: {word: (0.1 if word in COMMON else 1.0) / spread[word] ** 2 for word in words}
            for letter, words in self.spelt.items()
        }
        self.initials = self._initials()
        self.forms = tuple(self._forms(options))

    def _initials(self) -> dict[str, str]:
        """Return the options by the initials of their words ("vwd"), where these are one option's alone."""
        found = [
            (initials, letter)
            for letter, words in self.words.items()
            for initials in {
                "".join(word[0] for word in words),
                "".join(word[0] for word in words if word not in COMMON),
            }
            if len(initials) >= SHORT
        ]
        counts = Counter(initials for initials, _ in found)
        taken = {word for words in self.words.values() for word in words}
        return {initials: letter for initials, letter in found if counts[initials] == 1 and initials not in taken}

    def abbreviated(self, letters: str) -> str | None:
        """Return the one option that a longer abbreviation stands for: "EGPA" takes one letter from inside a word.

        Its first letters are those of the option's telling words, in order; the others are inside the words.
        """
        found = [letter for letter, words in self.words.items() if _abbreviates(letters, words)]
        return found[0] if len(found) == 1 else None

    def _forms(self, options: Mapping[str, str]) -> list[Form]:
        numbers = {letter: _NUMBER.fullmatch(fold(text)) for letter, text in options.items()}
        written = Counter(match[1].replace(" ", "") for match in numbers.values() if match)
        forms = []
        for letter, text in options.items():
            if len(text.strip(" .")) == 1 and text.strip(" .") in ascii_letters:
                continue
            number = numbers[letter]
            if number and written[sign := number[1].replace(" ", "")] == 1:
                forms.append(Form(letter, (sign,), sign, number=True))
            elif letter in self.unique and len(self.words[letter]) <= _LONGEST:
                forms.append(_form(letter, self.words[letter]))
                forms += [_form(letter, words) for words in _regrouped(text, self.words[letter])]
            species = _SPECIES.fullmatch(text.strip(" ."))
            if species:
                forms.append(_form(letter, (fold(species[1]), fold(species[2]))))
            brackets = _BRACKETS.fullmatch(text)
            if brackets:
                parts = map(words_of, brackets.groups())
                forms += [_form(letter, words) for words in parts if self._names(letter, words)]
        return forms

    def _names(self, letter: str, words: tuple[str, ...]) -> bool:
        """Return whether words that are a part of an option's text are in no other option's text."""
        name = " ".join(words)
        return (
            bool(words)
            and not _is_short("".join(words))
            and len(name) >= SHORT
            and not any(
                f" {name} " in f" {' '.join(others)} " for other, others in self.words.items() if other != letter
            )
        )


def _abbreviates(letters: str, words: tuple[str, ...]) -> bool:
    telling = [word for word in words if word not in COMMON]
    if not SHORT <= len(letters) <= _LONGEST_ABBREVIATION or not 2 <= len(telling) < len(letters):
        return False
    text = " ".join(telling)
    position = 0
    initials = 0
    for letter in letters:
        at = text.find(letter, position)
        next_initial = text.find(f" {letter}", max(position - 1, 0))
        if initials == 0:
            at = 0 if text.startswith(letter) else -1
        elif next_initial >= 0 and initials < len(telling):
            at = next_initial + 1
        if at < 0:
            return False
        initials += at == 0 or text[at - 1] == " "
        position = at + 1
    return initials == len(telling)


def _form(letter: str, words: tuple[str, ...]) -> Form:
    spaced = not _SCRIPT_WITHOUT_SPACES.search("".join(words))
    return Form(letter, words, max(words, key=len), spaced)


def _regrouped(text: str, words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return an option's words with its thousands written the other way: "1,000 mL" for "1000 mL" and back."""
    for other in (
        _GROUPS.sub(lambda match: re.sub(r"\D", "", match[0]), text),
        _THOUSANDS.sub(lambda match: f"{int(match[0]):,}", text),
    ):
        if other != text and words_of(other) != words:
            return [words_of(other)]
    return []


def _is_short(joined: str) -> bool:
    if _HANGUL.fullmatch(joined):
        return len(joined) == 1
    return (
        (len(joined) < SHORT and not _SCRIPT_WITHOUT_SPACES.search(joined))
        or (len(joined) == 1 and not joined.isascii())
        or joined.isdigit()
        or joined in _PLAIN_WORDS
    )


@lru_cache(maxsize=1024)
def _made(items: tuple[tuple[str, str], ...]) -> OptionTexts:
    return OptionTexts(dict(items))


def option_texts(options: Mapping[str, str]) -> OptionTexts:
    """Return the options ready to be found, in the order of their letters; cached."""
    return _made(tuple(sorted(options.items())))
