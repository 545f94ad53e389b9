"""The word lists of the diagnosis scorer, read from `data/` when they are first needed.

Each file names its source. Everything here is cached: a file is read once for the life of the process.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

_DATA = files("doubleread.scoring") / "data"


@lru_cache(maxsize=16)
def word_list(name: str) -> Mapping[str, Any]:
    """Return the tables of `data/<name>.toml`."""
    return tomllib.loads((_DATA / f"{name}.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def synonyms() -> tuple[tuple[str, ...], ...]:
    """Return the names of one and the same disease, a tuple for each disease, from all files of `data/synonyms`."""
    listed = sorted((_DATA / "synonyms").iterdir(), key=lambda file: file.name)
    read = (tomllib.loads(file.read_text(encoding="utf-8")) for file in listed if file.name.endswith(".toml"))
    return tuple(tuple(names) for table in read for names in table["names"])


def abbreviations() -> Mapping[str, str]:
    """Return the abbreviations with one meaning among diagnoses, in lower case, with what each stands for."""
    return word_list("abbreviations")["one_meaning"]  # type: ignore[no-any-return]


def ambiguous_abbreviations() -> Mapping[str, Mapping[str, list[str]]]:
    """Return the abbreviations with several meanings; each meaning with beginnings of words that speak for it."""
    return word_list("abbreviations")["ambiguous"]  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def also_words() -> frozenset[str]:
    """Return the abbreviations that are everyday words as well, so that only capitals show them."""
    return frozenset(word_list("abbreviations")["also_words"])
