"""One answer's reasoning in the worker: split off, counted, and ended when its budget is used up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from doubleread.domain.reasoning import Phase, Stretch
from doubleread.domain.reasoning_markers import OwnMarkers, ReasoningFormat, suspected_markers
from doubleread.engine.worker.reasoning import ChannelFormat, Format, TagFormat, ending, splitter

_LONGEST_CHARACTER = 4
_SPARE = 8
"""Tokens in addition to reasoning and answer: channel headers, and the rest of a character when the budget ends."""
_UNKNOWN_ENDING = 24
"""Tokens reserved for ending reasoning whose format only the answer shows."""


@dataclass(frozen=True, slots=True)
class ReasoningForm:
    """How a model reasons. `known` is the format in its template, or None.

    `own` are the markers that the study's protocol adds. `tokens_of` tokenises text as a prompt spells it.
    """

    known: Format | None
    tokens_of: Callable[[str], list[int]]
    own: tuple[OwnMarkers, ...] = ()


class ReasoningBudget:
    """The state of one answer's reasoning. `tokens` counts the tokens before the answer, forced ones included."""

    def __init__(self, reasoning: ReasoningForm, prompt_end: str, budget: int) -> None:
        self.budget = budget
        self.tokens = 0
        self.truncated = False
        self._reasoning = reasoning
        self._splitter = splitter(reasoning.known, prompt_end, reasoning.own)
        self._marks = reasoning.known.marks if reasoning.known is not None else {}
        self._mark_spellings = _spellings_of_marks(reasoning.known)
        self._seen = 0
        self._hidden: Counter[str] = Counter()
        self._answer: list[str] = []

    @property
    def phase(self) -> Phase:
        """Which part is being generated."""
        return self._splitter.phase

    @property
    def unfinished(self) -> bool:
        """Whether an end now would leave the reasoning without an answer."""
        return self.phase in ("reasoning", "header") and not self._answer

    def feed(self, token: int, text: str) -> list[Stretch]:
        """Take a token and its text. Return what is now certain of reasoning and answer.

        For a token that stands for a mark, `text` is the rest of the text before it.
        """
        before = self.phase
        self._seen += 1
        found = self._shown(self._splitter.feed(text + self._marks.get(token, "")))
        if before == "before" and self.phase == "reasoning":
            self.tokens = self._seen  # including the tokens of an opening marker
        elif before in ("answer", "before") and self.phase == "answer" and any(item.reasoning for item in found):
            # The answer so far was reasoning, as the first token after it shows.
            self.tokens = self._seen - 1
        elif before == "reasoning" or self.phase in ("reasoning", "header"):
            self.tokens += 1
        return found

    def is_mark(self, token: int) -> bool:
        """Return whether a token stands for one of the format's marks, and so for no text."""
        return token in self._marks

    def note_hidden(self, spelling: str) -> None:
        """Count a token that has no text in llama.cpp; its spelling is written in its place."""
        self._hidden[spelling] += 1

    def may_continue_marker(self, spelling: str) -> bool:
        """Return whether a control token could be part of a marker here, rather than the end of the turn."""
        return self._splitter.may_continue(spelling)

    def rest(self, text: str) -> list[Stretch]:
        """Take the last text. Return everything that was held back."""
        return self._shown([*self._splitter.feed(text), *self._splitter.end()])

    def to_force(self, *, in_character: bool) -> list[int]:
        """Return the tokens that end the reasoning, once, when its budget is used up; none before.

        An incomplete character may be completed first.
        """
        used_up = self.tokens >= self.budget + (_LONGEST_CHARACTER if in_character else 0)
        if self.phase != "reasoning" or not used_up:
            return []
        self.truncated = True
        return self._reasoning.tokens_of(ending(self._form(), "reasoning"))

    def entries(self) -> dict[str, Any]:
        """Return the manifest's entries about the reasoning, except the number of answer tokens."""
        known, form = self._reasoning.known, self._splitter.format
        name = form.name if form is not None else known.name if known is not None else None
        return {
            "reasoning_format": name,
            "reasoning_known_from": "template" if known and known.name == name else "answer" if form else None,
            "reasoning_unclosed": self.phase == "reasoning",
            "reasoning_retracted": self._splitter.retracted,
            "reasoning_budget": self.budget if name is not None else None,
            "reasoning_tokens": self.tokens,
            "reasoning_truncated": self.truncated,
            "control_tokens": dict(self._hidden),
            "suspected_markers": list(suspected_markers("".join(self._answer))),
        }

    def _form(self) -> TagFormat | ReasoningFormat | ChannelFormat:
        known, form = self._reasoning.known, self._splitter.format
        if known is not None and (form is None or isinstance(known, ChannelFormat) or form == known.written):
            return known
        assert form is not None  # an opening marker was seen
        return form

    def _shown(self, stretches: list[Stretch]) -> list[Stretch]:
        """Spell out marks that delimit nothing, and keep the answer."""
        found = []
        for stretch in stretches:
            text = stretch.text.translate(self._mark_spellings) if self._mark_spellings else stretch.text
            if stretch.retracts:
                self._answer.clear()
            if not stretch.reasoning:
                self._answer.append(text)
            found.append(stretch._replace(text=text))
        return found


def _spellings_of_marks(known: Format | None) -> dict[int, str]:
    """Return each mark's spelling, by its code point."""
    if not isinstance(known, TagFormat):
        return {}
    return {ord(mark): spelling for mark, spelling in known.mark_spellings.items()}


@dataclass(frozen=True, slots=True)
class Plan:
    """Room for an answer: `room` tokens in all. `ending` is added to the prompt if no reasoning is allowed."""

    room: int
    budget: int
    ending: str


def plan_reasoning(
    reasoning: ReasoningForm, prompt_end: str, n_prompt: int, n_ctx: int, max_reasoning: int, max_tokens: int
) -> Plan:
    """Divide the context that a prompt leaves.

    The answer gets its `max_tokens` first and the reasoning the rest, up to `max_reasoning`. If the answer could take
    nearly everything, the reasoning still gets a quarter.
    """
    known = reasoning.known
    forced = _UNKNOWN_ENDING if known is None else len(reasoning.tokens_of(ending(known, "reasoning")))
    left = max(n_ctx - n_prompt - forced - _SPARE, 0)
    budget = min(max_reasoning, max(left - max_tokens, left // 4))
    now = splitter(known, prompt_end, reasoning.own).phase
    skipped = ending(known, now) if budget == 0 and known is not None else ""
    room = min(n_prompt + budget + forced + _SPARE + max_tokens, n_ctx)
    return Plan(room, budget, skipped)
