"""Small helpers for wording."""

from __future__ import annotations

import re


def plural(count: int, noun: str, nouns: str = "") -> str:
    """Return "1 case", "3 cases", "1,480 cases"."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def verb(count: int, one: str, several: str) -> str:
    """Return the form of a verb that fits a count: "1 cell begins", "2 cells begin"."""
    return one if count == 1 else several


def middle_cut(text: str, longest: int = 40) -> str:
    """Return a text, such as a case's id, with its middle replaced by an ellipsis if it is too long for a table."""
    behind = longest // 2
    return text if len(text) <= longest else f"{text[: longest - behind - 1]}…{text[-behind:]}"


def duration_text(seconds: float) -> str:
    """Return a duration as "40 s", "12 min" or "1 h 05 min"."""
    if seconds < 99.5:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def size_text(size: int) -> str:
    """Return a size in bytes in the usual unit: "1.1 MB", "4.7 GB"."""
    amount = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    raise AssertionError(size)


def shortened(words: str, length: int) -> str:
    """Return at most `length` characters, followed by an ellipsis if there are more."""
    return words if len(words) <= length else f"{words[:length]}…"


def continued(sentence: str) -> str:
    """Return a sentence as it goes on after a colon: with a small first letter, unless it begins with "I"."""
    return sentence if re.match(r"I\b", sentence) else f"{sentence[:1].lower()}{sentence[1:]}"
