"""The words of a command: names, numbers, quoted words and references, in any order where they are unambiguous."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import regex

from doubleread.domain.blinding import Side
from doubleread.domain.labels import Label

_TOKEN = regex.compile(r'["“”](?P<quoted>[^"“”]*)["“”]?|(?P<word>[^\s"“”]+)')
_SENTENCE = regex.compile(
    r"(?P<text>[ABC]|D(?P<document>\d{1,9})\.)(?P<first>\d{1,9})(?:-(?:[ABC]|D\d{1,9}\.)?(?P<last>\d{1,9}))?",
    regex.IGNORECASE,
)
_RANGE = regex.compile(r"(?P<first>\d{1,9})(?:-(?P<last>\d{1,9}))?")
_NUMBER = regex.compile(r"[0-9]{1,9}")
_LABEL = regex.compile(r"[AB]\d+|o\d+", regex.IGNORECASE)
_LEAST_PREFIX = 3
"""Letters of a name that are enough to mean it."""
_MOST_WORDS = 100
"""Names are looked for among so many words."""
_LONGEST_NAME = 8
"""Words of which a name has at most so many."""


class NotUnderstoodError(Exception):
    """A command was not understood; the argument says why."""


class Token(NamedTuple):
    """A word, or several in quotation marks, and where it is in the line."""

    text: str
    quoted: bool = False
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Option:
    """An answer to a question: its name, its meaning, and what else picks it. `number` is its number in the list."""

    name: str
    about: str = ""
    key: str = ""
    number: str = ""
    also: str = ""

    @staticmethod
    def of(label: Label) -> Option:
        """Return a label as an answer."""
        return Option(label.name, label.definition, label.key)


class SentenceRef(NamedTuple):
    """Sentences by number: of answer "A" or "B", of the case "C", or of a document by its number."""

    text: str
    document: int
    first: int
    last: int


def tokens(line: str) -> list[Token]:
    """Return the words of a line. A quotation mark without a partner quotes the rest."""
    return [
        Token(match["word"], False, *match.span())
        if match["word"] is not None
        else Token(match["quoted"].strip(), True, *match.span())
        for match in _TOKEN.finditer(line)
    ]


def picked(words: str, options: Sequence[Option], *, prefix: bool = True) -> list[int]:
    """Return the options that words mean: by name, else by key or number, else by the beginning of their names."""
    wanted = " ".join(words.casefold().split())
    if not wanted:
        return []
    by_name = [place for place, option in enumerate(options) if option.name.casefold() == wanted]
    if by_name:
        return by_name
    for_keys = [
        place for place, option in enumerate(options) if wanted in (option.key.casefold(), option.number, option.also)
    ]
    if for_keys or not prefix or len(wanted) < _LEAST_PREFIX:
        return for_keys[:1]
    return [place for place, option in enumerate(options) if option.name.casefold().startswith(wanted)]


class Arguments:
    """What follows the name of a command. Each `take_` method removes what it finds, and returns None if it is not
    there.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._left = tokens(text)

    def __bool__(self) -> bool:
        return bool(self._left)

    @property
    def rest(self) -> str:
        """All that is left, as one text."""
        return " ".join(token.text for token in self._left)

    def take_side(self) -> Side | None:
        """Take the letter of an answer."""
        place = self._place(lambda text: text.casefold() in ("a", "b"))
        return None if place is None else _side(self._left.pop(place).text)

    def take_sentences(self) -> SentenceRef | None:
        """Take sentences such as A2, A2-4, C3 or D2.1, also with a blank before the number."""
        for place, token in enumerate(self._left):
            joined = token.text + (self._left[place + 1].text if self._bare(place + 1) else "")
            for words, count in ((token.text, 1), (joined, 2)):
                if not token.quoted and (match := _SENTENCE.fullmatch(words)) is not None:
                    del self._left[place : place + count]
                    first = int(match["first"])
                    return SentenceRef(
                        match["text"][0].upper(), int(match["document"] or 0), first, int(match["last"] or first)
                    )
        return None

    def take_range(self) -> tuple[int, int] | None:
        """Take a number or a range of numbers, such as 3 or 3-5."""
        place = self._place(lambda text: _RANGE.fullmatch(text) is not None)
        if place is None:
            return None
        match = _RANGE.fullmatch(self._left.pop(place).text)
        assert match is not None
        return int(match["first"]), int(match["last"] or match["first"])

    def take_number(self) -> int | None:
        """Take a number."""
        place = self._place(lambda text: _NUMBER.fullmatch(text) is not None)
        return None if place is None else int(self._left.pop(place).text)

    def take_label(self) -> str | None:
        """Take the label of an annotation, such as A1 or o2."""
        place = self._place(lambda text: _LABEL.fullmatch(text) is not None)
        return None if place is None else self._left.pop(place).text

    def take_quoted(self) -> str | None:
        """Take words in quotation marks."""
        place = next((place for place, token in enumerate(self._left) if token.quoted), None)
        return None if place is None else self._left.pop(place).text

    def take_option(self, options: Sequence[Option]) -> int | None:
        """Take the place of an option, by its name, its key or the beginning of its name.

        Names go before keys, wherever they are. Raises NotUnderstoodError for a beginning of several names.
        """
        runs = [
            (place, end)
            for place in range(min(len(self._left), _MOST_WORDS))
            for end in range(min(place + _LONGEST_NAME, len(self._left)), place, -1)
            if not any(token.quoted for token in self._left[place:end])
        ]
        by_name = [Option(option.name) for option in options]
        for wanted, prefix in ((by_name, False), (options, False), (options, True)):
            for place, end in runs:
                words = " ".join(token.text for token in self._left[place:end])
                found = picked(words, wanted, prefix=prefix)
                if len(found) > 1:
                    names = " or ".join(options[index].name for index in found)
                    raise NotUnderstoodError(f"“{words}” could be {names}.")
                if found:
                    del self._left[place:end]
                    return found[0]
        return None

    def take_word(self, *words: str) -> str | None:
        """Take one of some words."""
        place = self._place(lambda text: text.casefold() in words)
        return None if place is None else self._left.pop(place).text.casefold()

    def take_rest(self) -> str:
        """Take all that is left."""
        text, self._left = self.rest, []
        return text

    def take_as_typed(self) -> str:
        """Take all from the first word that is left to the last, with its quotation marks."""
        text = self.text[self._left[0].start : self._left[-1].end] if self._left else ""
        self._left = []
        return text

    def expect_none(self) -> None:
        """Raise NotUnderstoodError if something is left that nothing was made of."""
        if self._left:
            quotes = " Put words of a text in quotation marks." if len(self._left) > 1 else ""
            raise NotUnderstoodError(f"I did not understand “{self.rest}”.{quotes}")

    def _bare(self, place: int) -> bool:
        return place < len(self._left) and not self._left[place].quoted

    def _place(self, fits: Callable[[str], bool]) -> int | None:
        return next((place for place, token in enumerate(self._left) if not token.quoted and fits(token.text)), None)


def sentences_alone(line: str) -> SentenceRef | None:
    """Return the sentences that a line names, if it has nothing else."""
    arguments = Arguments(line)
    ref = arguments.take_sentences()
    return None if arguments else ref


def _side(letter: str) -> Side:
    return "A" if letter.casefold() == "a" else "B"
