"""Cases with their options, by language and kind of option."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from answer_grammar.phrases import Phrases

_FOLDER = Path(__file__).parent / "cases"
LETTERS = "ABCDEFGHIJ"
_NO_BARE_YES = ("ja", "zh")


@dataclass(frozen=True, slots=True)
class OptionCase:
    """A case as the grammar needs it. `inline` are the options' texts as they are written in mid-sentence.

    `asks` says which sentences name an option by its text: "diagnosis", "treatment", "step", "organism", "any". `kind`
    is the kind of the options. `elsewhere` are answers that are not offered. `language` is that of the options, ""
    where they belong to none.
    """

    asks: str
    kind: str
    language: str
    options: Mapping[str, str]
    inline: Mapping[str, str]
    elsewhere: tuple[str, ...]
    findings: tuple[str, ...]

    @property
    def only_by_letter(self) -> bool:
        """Whether the options' texts make no sense in a sentence of their own."""
        return self.kind in ("letter", "lettered") or (self.kind == "yes or no" and self.language in _NO_BARE_YES)

    @property
    def entangled(self) -> bool:
        """Whether an option speaks about others, so that nothing can be said against one alone."""
        return self.kind in ("lettered", "all of the above")

    def outside(self) -> str:
        """Return the first letter that is not offered."""
        return LETTERS[len(self.options)]


def capital(words: str) -> str:
    """Return words with a capital in front, as they begin a sentence or an option."""
    return words[:1].upper() + words[1:]


@cache
def _cases(language: str) -> tuple[dict, ...]:
    return tuple(tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))["case"])


def draw_case(rng: Random, say: Phrases, language: str) -> OptionCase:
    """Return a case with options in a language, in an order of its own; sometimes of a kind that every language has."""
    roll = rng.random()
    if roll < 0.2:
        return _laid_out(rng, rng.choice(_cases("neutral")), "", say.slots["finding"])
    if roll < 0.27:
        answers = [say.word(word) for word in ("yes", "no", "maybe")]
        data = {"asks": "any", "kind": "yes or no", "options": answers, "elsewhere": [], "keep_order": True}
        return _laid_out(rng, data, say.language, say.slots["finding"])
    data = rng.choice(_cases(language))
    if data["asks"] == "diagnosis" and rng.random() < 0.15:
        data = _joined(rng, data, language)
    if roll < 0.37 and data.get("kind") not in ("genus", "lettered") and language == say.language:
        kind = "none of the above" if rng.random() < 0.7 else "all of the above"
        last = say.word(kind.replace(" ", "_"))
        kept = rng.sample(range(len(data["options"])), k=min(4, len(data["options"])))
        data = data | {
            "options": [*(data["options"][index] for index in kept), last],
            "inline": [*(data.get("inline", data["options"])[index] for index in kept), last],
            "kind": kind,
            "keep_order": True,
        }
    return _laid_out(rng, data, language, data["findings"] if language == say.language else say.slots["finding"])


def _joined(rng: Random, data: dict, language: str) -> dict:
    """Return a case with the options of two, as far as there are letters."""
    other = rng.choice([case for case in _cases(language) if case["asks"] == "diagnosis" and case is not data])
    options, inline = (
        [*data.get(name, data["options"]), *other.get(name, other["options"])][: len(LETTERS) - 2]
        for name in ("options", "inline")
    )
    return data | {"options": options, "inline": inline, "kind": "many"}


def _laid_out(rng: Random, data: dict, language: str, findings: list[str] | tuple[str, ...]) -> OptionCase:
    kind = data.get("kind", "words")
    order = list(range(len(data["options"])))
    if kind != "lettered" and not data.get("keep_order"):
        rng.shuffle(order)
    full = data["options"]
    short = data.get("short", full)
    shown, inline = rng.choice([(full, full), (full, short), (short, short)])
    inline = data.get("inline", inline)
    return OptionCase(
        asks=data["asks"],
        kind=kind,
        language=language,
        options={LETTERS[place]: capital(shown[index]) for place, index in enumerate(order)},
        inline={LETTERS[place]: inline[index] for place, index in enumerate(order)},
        elsewhere=tuple(data["elsewhere"]),
        findings=tuple(findings),
    )
