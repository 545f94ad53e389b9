"""The options of a multiple-choice question in a foreign format, and the letter that its key means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any

from doubleread.cases.foreign import FieldRefusedError, Source, whole_number_of
from doubleread.cases.json_lines import json_type, quoted

_PLACEHOLDER = "n/a"


def by_letter(texts: Sequence[Any], name: str) -> dict[str, Any]:
    """Return texts by the letters A, B, C, ... Raises FieldRefusedError for more than there are letters."""
    if len(texts) > len(ascii_uppercase):
        raise FieldRefusedError(name, f"has {len(texts)} options, but there are letters for {len(ascii_uppercase)}")
    return dict(zip(ascii_uppercase, texts, strict=False))


def options_of(source: Source, name: str) -> dict[str, Any]:
    """Return the options of a field, which is a list of texts or has a text for each letter."""
    given = source.get(name)
    if isinstance(given, Mapping) and given:
        # A record of a Parquet file has every letter that any question of the file has.
        return {letter: text for letter, text in given.items() if text is not None}
    if isinstance(given, list | tuple) and given:
        return by_letter(given, name)
    raise FieldRefusedError(name, f"must be a list of options, but is {json_type(given)}")


def option_at(source: Source, name: str, options: Mapping[str, Any], *, first: int = 0) -> str:
    """Return the letter of the option at a position, which counts from `first`."""
    position = whole_number_of(source, name)
    letters = list(options)
    if not first <= position < first + len(letters):
        last = first + len(letters) - 1
        raise FieldRefusedError(name, f"must be a position from {first} to {last}, but is {position}")
    return letters[position - first]


def letter_of(source: Source, name: str, options: Mapping[str, Any]) -> str:
    """Return the letter of an option that a field has."""
    value = source.get(name)
    letter = value.strip() if isinstance(value, str) else ""
    if letter not in options:
        shown = quoted(value) if name in source else "missing"
        raise FieldRefusedError(name, f"must be one of the options' letters ({', '.join(options)}), but is {shown}")
    return letter


def without_placeholders(options: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return options without those that only fill up a fixed number, "N/A", unless it is the key. Letters stay."""
    return {letter: text for letter, text in options.items() if letter == key or not _fills_up(text)}


def _fills_up(text: Any) -> bool:
    return isinstance(text, str) and text.strip().casefold() == _PLACEHOLDER
