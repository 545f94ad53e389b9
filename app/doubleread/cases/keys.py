"""Which option a key of a foreign format names: by its letter, by its text, or by both.

An ambiguous key, and two keys that name different options, are refused: a wrong key would score every answer to the
case wrongly, and nobody would notice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from doubleread.cases.json_lines import quoted

_LETTER = re.compile(r"\(?\s*([A-Za-z])\s*[).:]?")
_LETTER_AND_TEXT = re.compile(r"\(?\s*([A-Z])\s*[).:]\s+(\S.*)", re.S)
_DIGITS = re.compile(r"[+-]?\d+")


class KeyRefusedError(ValueError):
    """A key names no option, or could name several. The message is for the author of the file."""


def option_named(value: Any, options: Mapping[str, Any]) -> str:
    """Return the letter of the option that a key names by letter ("B", "b", "(B)"), text, or both ("B. Cold").

    Raises KeyRefusedError if it names none, or if its letter and its text name different options.
    """
    key = _as_text(value)
    if isinstance(value, int) or (_DIGITS.fullmatch(key) and not _by_text(key, options)):
        raise KeyRefusedError(
            f"is the number {key}, which could count from 0 or from 1; give the letter or the option's text"
        )
    letter, texts = _by_letter(key, options), _by_text(key, options)
    found = {*([letter] if letter else []), *texts}
    if len(found) == 1:
        return found.pop()
    if not found:
        raise KeyRefusedError(f"is {quoted(key)}, which names none of the options ({', '.join(options)})")
    if letter and texts:
        raise KeyRefusedError(
            f"is {quoted(key)}, which could mean option {letter} or the text of option {' or '.join(texts)};"
            f' write "{letter})" or "{texts[0]})"'
        )
    raise KeyRefusedError(f"is {quoted(key)}, the text of the options {' and '.join(texts)}; give the letter")


def agreed_option(index: Any, answer: Any, options: Mapping[str, Any]) -> str:
    """Return the letter that `index` (a letter, or a position from 0) and `answer` (the option's text) agree on.

    None and an empty text count as not given. A position alone is refused: some files count from 0, others from 1. An
    `answer` that is one option's text and another one's letter counts as the text if `index` confirms it. Raises
    KeyRefusedError if neither is given, if one names no option, and if the two name different ones.
    """
    if _absent(index):
        if _absent(answer):
            raise KeyRefusedError("is missing, and so is `answer`; one of them must name the correct option")
        return option_named(answer, options)
    if _absent(answer):
        return _letter_first(index, options)
    try:
        first = _at_position(index, options) or _letter_first(index, options)
    except KeyRefusedError as error:
        raise KeyRefusedError(f"{error}; `answer` is {quoted(_as_text(answer))}") from None
    given = _as_text(answer)
    texts = _by_text(given, options)
    letter = _by_letter(given, options)
    meant = texts or ([letter] if letter else [])
    if not meant:
        raise KeyRefusedError(
            f"names option {first}, but `answer` is {quoted(given)}, which is none of the options; correct one of them"
        )
    if first not in meant:
        raise KeyRefusedError(
            f"names option {first}, but `answer` is {quoted(given)}, which is option {' and '.join(meant)};"
            " correct one of them"
        )
    return first


def _letter_first(index: Any, options: Mapping[str, Any]) -> str:
    """Return the option that an index names: a letter is always a letter there, whatever the options' texts are."""
    return _by_letter(_as_text(index), options) or option_named(index, options)


def same_text(text: str) -> str:
    """Return a text without case, extra blanks and a full stop at the end."""
    return " ".join(text.casefold().split()).rstrip(". ")


def _absent(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise KeyRefusedError("must be a letter or the text of an option")


def _at_position(value: Any, options: Mapping[str, Any]) -> str:
    """Return the letter at a position from 0, or "" if the value is none."""
    text = _as_text(value)
    if not _DIGITS.fullmatch(text) or (isinstance(value, str) and _by_text(text, options)):
        return ""
    letters = list(options)
    if len(text) > 3 or not 0 <= int(text) < len(letters):
        raise KeyRefusedError(f"is {text[:40]}, but positions run from 0 to {len(letters) - 1}")
    return letters[int(text)]


def _by_letter(key: str, options: Mapping[str, Any]) -> str:
    """Return the letter that a key spells, or "". A text after the letter must be that option's."""
    if (both := _LETTER_AND_TEXT.fullmatch(key)) and both[1] in options and not _by_text(key, options):
        if both[1] in _by_text(both[2], options):
            return both[1]
        raise KeyRefusedError(f"is {quoted(key)}, but the text after the letter is not that of option {both[1]}")
    alone = _LETTER.fullmatch(key)
    return alone[1].upper() if alone and alone[1].upper() in options else ""


def _by_text(key: str, options: Mapping[str, Any]) -> list[str]:
    """Return the letters of the options with exactly this text, or else in another case or spacing."""
    texts = {letter: text.strip() for letter, text in options.items() if isinstance(text, str)}
    exact = [letter for letter, text in texts.items() if text == key]
    wanted = same_text(key)
    return exact or [letter for letter, text in texts.items() if wanted and same_text(text) == wanted]
