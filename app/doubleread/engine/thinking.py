"""One answer's thinking on its way through the worker: told apart, counted, and ended where its budget is used up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from doubleread.engine.reasoning import Format, Phase, Stretch, ending, splitter

_LONGEST_CHARACTER = 4
_SPARE = 8
"""Tokens beside thinking and answer: the headers of channels, and the rest of a character at the budget's end."""


@dataclass(frozen=True, slots=True)
class Reasoning:
    """How a model thinks. `tokens_of` turns the spelling of a prompt into tokens."""

    form: Format
    tokens_of: Callable[[str], list[int]]


class Thinking:
    """What is known of one answer's thinking. `tokens` counts those before the answer, forced ones among them."""

    def __init__(self, reasoning: Reasoning, prompt_end: str, budget: int, forced: list[int]) -> None:
        self.budget = budget
        self.tokens = 0
        self.truncated = False
        self._form = reasoning.form
        self._splitter = splitter(reasoning.form, prompt_end)
        self._forced = forced

    @property
    def phase(self) -> Phase:
        """Where the answer stands."""
        return self._splitter.phase

    @property
    def unfinished(self) -> bool:
        """Whether an end now would leave the thinking without an answer."""
        return self.phase in ("thinking", "header")

    def feed(self, token: int, text: str) -> list[Stretch]:
        """Take in a token and the text it adds. Return what is now certain of thinking and answer.

        Of a token that stands for a mark, `text` is what was left of the text before it.
        """
        before = self.phase
        found = self._splitter.feed(text + self._form.marks.get(token, ""))
        if before == "thinking" or self.unfinished:
            self.tokens += 1
        return found

    def is_mark(self, token: int) -> bool:
        """Say whether a token stands for one of the format's marks, and hence for no text of its own."""
        return token in self._form.marks

    def rest(self, text: str) -> list[Stretch]:
        """Take in the last text. Return everything that was held back."""
        return [*self._splitter.feed(text), *self._splitter.end()]

    def to_force(self, *, in_character: bool) -> list[int]:
        """Return the tokens that end the thinking, once, when its budget is used up; none before.

        In the middle of a character it may go on until that is complete.
        """
        used_up = self.tokens >= self.budget + (_LONGEST_CHARACTER if in_character else 0)
        if self.phase != "thinking" or not used_up:
            return []
        self.truncated = True
        return self._forced

    def entries(self) -> dict[str, Any]:
        """Return the manifest's entries about it, save for the count of the answer's tokens."""
        return {
            "reasoning_format": self._form.name,
            "thinking_budget": self.budget,
            "thinking_tokens": self.tokens,
            "thinking_truncated": self.truncated,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """Room for an answer: `room` tokens in all. `ending` is what the prompt gets added where no thinking is allowed."""

    room: int
    budget: int
    ending: str
    forced: list[int]


def plan_thinking(
    reasoning: Reasoning, prompt_end: str, n_prompt: int, n_ctx: int, max_thinking: int, max_tokens: int
) -> Plan:
    """Share out what a prompt leaves of the context.

    The answer gets its `max_tokens` first and the thinking what is left, up to `max_thinking`; where the answer could
    take nearly everything, the thinking still gets a quarter.
    """
    forced = reasoning.tokens_of(ending(reasoning.form, "thinking"))
    left = max(n_ctx - n_prompt - len(forced) - _SPARE, 0)
    budget = min(max_thinking, max(left - max_tokens, left // 4))
    now = splitter(reasoning.form, prompt_end).phase
    skipped = ending(reasoning.form, now) if budget == 0 else ""
    room = min(n_prompt + budget + len(forced) + _SPARE + max_tokens, n_ctx)
    return Plan(room, budget, skipped, forced)
