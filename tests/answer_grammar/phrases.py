"""The phrases of each language, read from the files beside this module."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Literal

Part = Literal["development", "held-out"]

_FOLDER = Path(__file__).parent
LANGUAGES: tuple[str, ...] = tuple(sorted(path.stem for path in (_FOLDER / "phrases").glob("*.toml")))


@dataclass(frozen=True, slots=True)
class Phrases:
    """What one language says: single words, and for each slot the phrases among which the grammar chooses."""

    language: str
    words: dict[str, str]
    slots: dict[str, tuple[str, ...]]

    def one(self, rng: Random, slot: str) -> str:
        """Return a phrase for a slot."""
        return rng.choice(self.slots[slot])

    def word(self, name: str, default: str = "") -> str:
        """Return a single word or sign."""
        return self.words.get(name, default)


@cache
def phrases(language: str, part: Part) -> Phrases:
    """Return the phrases of a language. The held-out part has its own wherever the language holds some back."""
    data = _read("phrases", language)
    slots = _split(data.pop("slots"))
    if part == "held-out":
        slots |= _split(_read("phrases_held_out", language))
    return Phrases(language, data, slots)


def _split(slots: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {slot: tuple(filter(None, lines.split("\n"))) for slot, lines in slots.items()}


def _read(folder: str, language: str) -> dict:
    path = _FOLDER / folder / f"{language}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
