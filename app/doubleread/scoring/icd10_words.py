"""The word lists of `data/icd10_words.toml` in expressions, compiled when they are first needed."""

from __future__ import annotations

import re
from functools import lru_cache

from doubleread.scoring.diagnosis_data import word_list

_LIST = re.compile(r"(?<!\?P)<(\w+)>")


@lru_cache(maxsize=64)
def pattern(template: str) -> re.Pattern[str]:
    """Return an expression, ignoring case. `<name>` in it stands for any phrase of the word list of that name."""
    return re.compile(_LIST.sub(lambda match: f"(?:{any_of(match[1])})", template), re.I | re.M)


@lru_cache(maxsize=64)
def any_of(name: str) -> str:
    """Return the phrases of a word list as alternatives, the longest first."""
    phrases = sorted(word_list("icd10_words")[name], key=len, reverse=True)
    return "|".join(re.escape(phrase).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for phrase in phrases)


def words(name: str) -> frozenset[str]:
    """Return the phrases of a word list."""
    return frozenset(word_list("icd10_words")[name])
