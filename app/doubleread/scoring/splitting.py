"""An answer's words and signs, one by one, with where they begin. Quotes and Markdown's signs are left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import accumulate
from operator import methodcaller

from doubleread.scoring.lexicon import ASCII_TOKEN, JOINER, TOKEN, Lexicon

SCRIPTS_WITHOUT_CASE = "\u3040"
"""From here on characters belong to Chinese, Japanese, Korean and scripts further on."""
ENDINGS = frozenset(
    [
        "dir",
        "dır",
        "dur",
        "dür",
        "tir",
        "tır",
        "tur",
        "tür",
        "yi",
        "yı",
        "ye",
        "ya",
        "nin",
        "nın",
        "i",
        "ı",
        "e",
        "a",
        "de",
        "da",
        "den",
        "dan",
        "si",
        "sı",
    ]
)
"""Turkish endings, which follow a letter after an apostrophe: "B'dir"."""

_ABBREVIATIONS = (("e.g.", "eg  "), ("i.e.", "ie  "), (" vs.", " vs "), (" dr.", " dr "), ("approx.", "approx "))
_BLANKS = "".join(chr(code) for code in range(0x3001) if chr(code).isspace() and chr(code) != "\n")
_without_blanks = methodcaller("rstrip", _BLANKS)
_QUOTES = frozenset("\"'`*_\\#")
_ELISIONS = frozenset(
    ["l", "d", "c", "j", "n", "s", "m", "t", "qu", "dell", "nell", "all", "sull", "un", "quest", "dall"]
)
_HANGUL = re.compile("[\uac00-\ud7af]")


def split(low: str, known: Lexicon) -> tuple[list[str], list[int]]:
    """Return the words and signs of a folded text, and the offset at which each begins."""
    plain = _with_known_blanks(low, known)
    blank = len(plain) - len(plain.lstrip(_BLANKS))
    pieces = (ASCII_TOKEN if plain.isascii() else TOKEN).findall(plain)
    words = list(map(_without_blanks, pieces))
    starts = list(accumulate(map(len, pieces), initial=blank))[:-1]
    if any(quote in plain for quote in _QUOTES):
        kept = [at for at, word in enumerate(words) if word not in _QUOTES]
        words, starts = [words[at] for at in kept], [starts[at] for at in kept]
    if "'" in plain:
        words, starts = _cut(words, starts, lambda word: "'" in word, lambda word: _at_apostrophe(word, known))
    if not plain.isascii():
        words, starts = _cut(words, starts, lambda word: word > SCRIPTS_WITHOUT_CASE, lambda word: _wide(word, known))
    return words, starts


def _with_known_blanks(low: str, known: Lexicon) -> str:
    """Return the text, as long as before, with abbreviations that end no sentence and phrases that are one word."""
    if "." in low:
        for written, instead in _ABBREVIATIONS:
            if written in low:
                low = low.replace(written, instead)
    if _HANGUL.search(low):
        for written in known.spaced:
            if written in low:
                low = low.replace(written, written.replace(" ", JOINER))
    return low


def _cut(
    words: list[str],
    starts: list[int],
    wanted: Callable[[str], bool],
    parts_of: Callable[[str], Iterable[tuple[int, int]]],
) -> tuple[list[str], list[int]]:
    """Return the words with some of them cut into parts, given as stretches of the word."""
    cut_words, cut_starts = [], []
    for word, start in zip(words, starts, strict=True):
        for low, high in parts_of(word) if wanted(word) else ((0, len(word)),):
            cut_words.append(word[low:high])
            cut_starts.append(start + low)
    return cut_words, cut_starts


def _at_apostrophe(word: str, known: Lexicon) -> list[tuple[int, int]]:
    """Cut "l'option" in two; take the ending from "B'dir" and "Crohn's"; leave "isn't" whole."""
    if word in known.single or word in known.phrases:
        return [(0, len(word))]
    cut = word.index("'")
    before, behind = word[:cut], word[cut + 1 :]
    if behind in ENDINGS or (behind == "s" and cut > 1):
        return [(0, cut)]
    if before in _ELISIONS and len(behind) > 1:
        return [(0, cut + 1), (cut + 1, len(word))]
    return [(0, len(word))]


def _wide(word: str, known: Lexicon) -> list[tuple[int, int]]:
    """Cut a run of a script that sets no blanks between words: known words, and what is between them."""
    found, position = [], 0
    for match in known.wide_words.finditer(word):
        if match.start() > position:
            found.append((position, match.start()))
        found.append(match.span())
        position = match.end()
    if position < len(word):
        found.append((position, len(word)))
    return found
