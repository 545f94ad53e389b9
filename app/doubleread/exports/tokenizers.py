"""Tokenizers for token labels: from a text to its tokens with their code-point offsets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import regex

from doubleread.errors import InputRefusedError
from doubleread.file_hash import file_sha256

WORDS = "words"
_WORDS_VERSION = "1"

_JOINERS, _ESCAPED = "\u200c\u200d", r"\u200c\u200d"
_WORD = regex.compile(
    r"\p{N}[\p{N}\p{M}]*(?:[.,]\p{N}[\p{N}\p{M}]*)*"  # 38.5 and 1,000 are one token, 500mg is two
    rf"|[\p{{L}}\p{{M}}][\p{{L}}\p{{M}}\p{{N}}{_JOINERS}]*"
    r"|(?!\s)\X"
)
WORDS_RULE = (
    f"`{WORDS}`: a number with its decimal points and commas, else a letter with the letters, digits, combining marks"
    " and joiners that follow it, else one grapheme cluster that is not whitespace. In the syntax of Python's `regex`:"
    f" `{_WORD.pattern.replace(_JOINERS, _ESCAPED)}`"
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text in their order. `ids` are those of the vocabulary, None without one.

    Starts and ends are code points of the text and never fall. Whitespace at the ends of a token is left out of them;
    a token that stands for no character of the text is empty.
    """

    texts: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class NamedTokenizer:
    """A tokenizer, and the name by which an export says which one it is."""

    name: str
    tokens: Callable[[str], Tokens]


def tokenizer_named(name: str) -> NamedTokenizer:
    """Return the built-in tokenizer of this name, or that of a `tokenizer.json` or the folder that contains one.

    Raises InputRefusedError if there is none, it cannot be read, or the package `tokenizers` is missing.
    """
    if name == WORDS:
        return NamedTokenizer(f"{WORDS}-{_WORDS_VERSION}", word_tokens)
    path = Path(name)
    if path.is_dir():
        path /= "tokenizer.json"
    if not path.is_file():
        raise InputRefusedError(
            "Nothing exported", f"there is no tokenizer {name}", f"use {WORDS}, or the path of a tokenizer.json"
        )
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise InputRefusedError(
            "Nothing exported",
            "the package tokenizers is not installed",
            f'install it with pip install "doubleread[tokenizers]", or use --tokenizer {WORDS}',
        ) from None
    try:
        loaded = Tokenizer.from_file(str(path))
    except Exception as error:  # the package raises nothing more specific
        raise InputRefusedError(
            "Nothing exported", f"{path} is not a tokenizer.json ({error})", "name that of a Hugging Face model"
        ) from error
    loaded.no_truncation()
    loaded.no_padding()
    return NamedTokenizer(f"{path.name} sha256:{file_sha256(path)}", lambda text: _vocabulary_tokens(loaded, text))


def word_tokens(text: str) -> Tokens:
    """Return the tokens of a text by the rule of `WORDS_RULE`."""
    found = [(match.group(), *match.span()) for match in _WORD.finditer(text)]
    texts, starts, ends = zip(*found, strict=True) if found else ((), (), ())
    return Tokens(texts, starts, ends)


def _vocabulary_tokens(tokenizer: Any, text: str) -> Tokens:
    """Return the tokens of a model without special ones, with offsets into the text as it was before normalisation."""
    encoding = tokenizer.encode(text, add_special_tokens=False)
    offsets = list(_in_order(text, encoding.offsets))
    starts, ends = zip(*offsets, strict=True) if offsets else ((), ())
    return Tokens(tuple(encoding.tokens), starts, ends, tuple(encoding.ids))


def _in_order(text: str, offsets: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    last_start = last_end = 0
    for given_start, given_end in offsets:
        start, end = given_start, given_end
        if start == end:
            # A token that the tokenizer inserted: it lies where the one before it ends.
            start = end = max(last_end, last_start)
        if not last_start <= start <= end <= len(text) or end < last_end:
            raise InputRefusedError(
                "Nothing exported",
                f"the tokenizer gives offsets that do not fit the text ({given_start} to {given_end})",
                f"use another tokenizer, or --tokenizer {WORDS}",
            )
        last_start, last_end = start, end
        word = text[start:end]
        if word.strip():
            start, end = end - len(word.lstrip()), start + len(word.rstrip())
        yield start, end
