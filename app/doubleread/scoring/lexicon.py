"""The words and phrases that commit, reject and connect, in many languages, each with the tag of its concept.

The lists are data (`data/choice_words.toml`). A tag is one character, so that a whole answer becomes a string of tags
and one grammar serves every language.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

from doubleread.scoring.plain import fold, without_points

TAGS: Mapping[str, str] = MappingProxyType(
    {
        "answer": "A",
        "option": "O",
        "options": "P",
        "matter": "M",
        "copula": "I",
        "copula_accented": "I",
        "copula_not": "J",
        "chooses": "C",
        "i_choose": "c",
        "i": "i",
        "fits": "D",
        "makes": "m",
        "leaves": "R",
        "correct": "K",
        "best": "S",
        "good": "s",
        "next": "F",
        "not": "N",
        "incorrect": "X",
        "less": "L",
        "instead_of": "G",
        "although": "U",
        "except": "E",
        "every": "g",
        "but": "T",
        "therefore": "Z",
        "because": "B",
        "preposition": "x",
        "and": "&",
        "or": "v",
        "either": "e",
        "both": "b",
        "it": "j",
        "filler": "a",
        "others": "o",
        "none": "n",
        "if": "H",
        "if_forced": "a",
        "would": "W",
        "which": "Q",
        "retraction": "r",
        "hedge": "u",
        "first_thought": "f",
        "tie": "~",
        "aux": "h",
        "verb": "Y",
        "mark_yes": "y",
        "mark_no": "z",
        "weighs": "V",
        "unsure": "d",
        "prescribes": "#",
    }
)
"""The tag of each concept. A phrase counts as one word.

Beside them: "l" a letter that is set off, "t" a bare letter, "p" an option's text, "q" a short option's text, "k" a
number, "w" any other word; ". ? \\n , ; : - / > = ( ) | + %" the signs.
"""

SIGNS: Mapping[str, str] = MappingProxyType(
    {
        **{sign: sign for sign in "?\n,;:/()|+%="},
        "[": "(",
        "]": ")",
        "{": "(",
        "}": ")",
        "<": "(",
        "،": ",",
        "؛": ";",
        "؟": "?",
        "।": ".",
        "！": ".",
        "。": ".",
        "!": ".",
        "…": ".",
        "？": "?",
        "\uff0c": ",",
        **dict.fromkeys("→⇒➜➔➡>", ">"),
        **dict.fromkeys("-–—−•·*‣▪●", "-"),
        ".": ".",
        "&": "&",
    }
)
JOINER = "\uf8ff"
"""Stands for the blank inside a known phrase of a script whose words are also split without blanks."""
_MOST_REMEMBERED = 100_000
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
LETTERS_ONLY = r"[^\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
MARKS = r"[\u0300-\u036f\u0610-\u061a\u064b-\u0670\u0900-\u0963\u0966-\u0dff\u0e00-\u0e7f]"
TOKEN = re.compile(
    rf"(?:{LETTERS_ONLY}+(?:{MARKS}+{LETTERS_ONLY}*)*(?:['-](?:{LETTERS_ONLY}|{MARKS})+)*|\d+(?:[.,]\d+)*"
    rf"|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf8ff]+|\n|\S)[^\S\n]*"
)
ASCII_TOKEN = re.compile(r"(?:[a-z]+(?:['-][a-z]+)*|\d+(?:[.,]\d+)*|\n|\S)[^\S\n]*")


class _Words(dict[str, str]):
    """The tag of each single word and sign; of an unknown word "w", of a number "k", of any other sign ","."""

    def __missing__(self, word: str) -> str:
        first = word[:1]
        tag = "k" if first.isdigit() else "w" if first.isalpha() else ","
        if len(self) < _MOST_REMEMBERED:
            self[word] = tag
        return tag


class Lexicon:
    """All words by tag: `words` single ones, `phrases` longer ones by their first word, `wide` the CJK ones."""

    def __init__(self, lists: Mapping[str, Mapping[str, list[str]]]) -> None:
        self.words = _Words(SIGNS)
        phrases: dict[str, dict[tuple[str, ...], str]] = {}
        wide: dict[str, str] = {}
        sets = {
            name: frozenset(fold(word) for entries in lists[name].values() for word in entries)
            for name in lists
            if name not in TAGS
        }
        self.singular, self.conditional, self.unnamed = sets["singular"], sets["conditional"], sets["unnamed"]
        self.as_verb, self.headings, self.indefinite = sets["as_verb"], sets["headings"], sets["indefinite"]
        self.orders, self.needs_sign = sets["orders"], sets["needs_sign"]
        self.verb_last, self.elliptic = sets["verb_last"], sets["elliptic"]
        self.by, self.examples = sets["by"], sets["examples"]
        self.only, self.generic = sets["only"], sets["generic"]
        self.weak_if, self.remaining = sets["weak_if"], sets["remaining"]
        for concept, tag in TAGS.items():
            for entries in lists[concept].values():
                for entry in entries:
                    if concept != "copula_accented":
                        self._add(fold(without_points(entry)), tag, phrases, wide)
        self.between = {fold(word): "v" for word in lists["or_between_options"]["any"]}
        self.between |= {fold(word): "&" for word in lists["and_between_options"]["any"]}
        self.denies = re.compile(
            "|".join(re.escape(word) if _WIDE.search(word) else rf"\b{re.escape(word)}\b" for word in sets["denial"])
        )
        self.accented = {entry.lower(): "I" for entries in lists["copula_accented"].values() for entry in entries}
        self.longest_accented = max(map(len, self.accented))
        self.single = frozenset(self.words)
        self.phrases: dict[str, dict[str, list[tuple[tuple[str, ...], str]]]] = {}
        for first, found in phrases.items():
            for phrase, tag in sorted(found.items(), key=lambda item: -len(item[0])):
                self.phrases.setdefault(first, {}).setdefault(phrase[1], []).append((phrase, tag))
        self.wide = wide
        self.spaced = tuple(word.replace(JOINER, " ") for word in wide if JOINER in word)
        self.wide_words = re.compile("|".join(sorted(map(re.escape, wide), key=len, reverse=True)))

    def _add(self, entry: str, tag: str, phrases: dict[str, dict[tuple[str, ...], str]], wide: dict[str, str]) -> None:
        if _WIDE.search(entry):
            entry = entry.replace(" ", JOINER)
            wide[entry] = self.words[entry] = tag
            return
        words = (entry,) if entry.endswith("'") else tuple(word.rstrip() or word for word in TOKEN.findall(entry))
        if len(words) == 1:
            self.words[words[0]] = tag
        else:
            phrases.setdefault(words[0], {})[words] = tag


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Return the words of all languages, read once from the package's data."""
    path = resources.files("doubleread.scoring") / "data" / "choice_words.toml"
    return Lexicon(tomllib.loads(path.read_text(encoding="utf-8")))
