"""One generated answer with its truth, and the marks that keep track of where the truth is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Abstention = Literal["several", "none", "not offered", "retracted", "refused", "truncated"]
ABSTENTIONS: tuple[Abstention, ...] = get_args(Abstention)

START, END = "\ue000", "\ue001"


@dataclass(frozen=True, slots=True)
class GeneratedAnswer:
    """An answer, the options it was given, and what it chooses: `letter`, or None with the reason in `abstention`.

    `evidence` holds the code-point spans of the letter or the option's words in the sentences that commit to them, in
    order. `form` names how the answer is given, `noise` what else was added, `language` that of the phrases.
    `finish_reason` is what an engine would say: "length" where it stopped at its limit.
    """

    text: str
    options: Mapping[str, str]
    letter: str | None
    abstention: Abstention | None
    evidence: tuple[tuple[int, int], ...]
    form: str
    language: str
    option_kind: str
    noise: tuple[str, ...]
    finish_reason: str


def marked(words: str) -> str:
    """Return words between the marks that say: here the truth is written."""
    return f"{START}{words}{END}" if words else ""


def without_marks(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return a text without its marks, and the spans that they enclosed."""
    plain: list[str] = []
    spans: list[tuple[int, int]] = []
    length = begun = 0
    for piece in text.replace(END, f"{START}{END}").split(START):
        words = piece
        if piece.startswith(END):
            spans.append((begun, length))
            words = piece[1:]
        begun = length
        plain.append(words)
        length += len(words)
    return "".join(plain), tuple(spans)
