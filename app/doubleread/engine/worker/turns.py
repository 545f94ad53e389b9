"""Turn delimiters of a chat template: tokens and strings that end an answer although the file does not declare them.

The template renders an exchange with private marks as contents. Its text between the assistant's answer and the user's
next message delimits the turns.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

_LIKE_TOKEN = re.compile(r"<\|[^|<>\s]{1,60}\|>|<(?:start|end)_of_turn>|</s>")
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class TurnEnds:
    """What ends an answer: `tokens` map ids to spellings, `strings` are plain text.

    `all_strings` also has the tokens' spellings, for models that spell a token out.
    """

    tokens: Mapping[int, str] = field(default_factory=dict)
    strings: tuple[str, ...] = ()

    @property
    def all_strings(self) -> tuple[str, ...]:
        """Strings and spellings, each once."""
        return tuple(dict.fromkeys((*self.strings, *self.tokens.values())))


def turn_ends(
    between: str, control: Mapping[str, int], pattern: re.Pattern[str], exempt: Collection[str] = ()
) -> TurnEnds:
    """Return what ends an answer, by the template's text between the answer and the user's next message.

    `control` maps the spellings of control tokens to their ids; `pattern` matches them. `exempt` are spellings that
    delimit something else, such as reasoning.
    """
    spellings = [found for found in pattern.findall(between) if found not in exempt]
    first = pattern.search(between)
    plain = between[: first.start()] if first else between
    strings = [text for text in _LIKE_TOKEN.findall(between) if text not in control and text not in exempt]
    if not strings and (own := _delimiter(plain)):
        strings = [own]
    return TurnEnds({control[text]: text for text in spellings}, tuple(dict.fromkeys(strings)))


def _delimiter(plain: str) -> str:
    """Return the first line of a plain delimiter with the line feed before it; empty if it could be prose."""
    line = plain.strip().split("\n")[0].strip()
    if len(line) < _SHORTEST or line.isalnum():
        return ""
    own_line = "\n" in plain[: len(plain) - len(plain.lstrip())]
    return f"\n{line}" if own_line else line
