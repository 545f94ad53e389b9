"""What was measured of a way, and the statistics that follow from it. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """One answer: the times of its request, first token and end, in seconds after the workload's start.

    `prompt_tokens` counts the whole prompt, `reused` those of it already in memory, `tokens` the answer's.
    """

    asked: float
    first: float
    finished: float
    prompt_tokens: int
    tokens: int
    reused: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of a workload by one way. `peak_bytes` is the peak memory of its processes; None if unknown.

    `phased` means that prompts and answers were not processed at the same time, so that each has a rate of its own: all
    answers at once, or one after the other. `at_once` answers were generated together.
    """

    way: str
    seconds: float
    answers: tuple[AnswerTimes, ...]
    peak_bytes: int | None = None
    phased: bool = False
    at_once: int = 1

    @property
    def tokens(self) -> int:
        """The tokens of all answers."""
        return sum(answer.tokens for answer in self.answers)

    @property
    def rate(self) -> float:
        """Tokens of answers per second, including the time for prompts."""
        return self.tokens / self.seconds

    @property
    def first_token(self) -> float:
        """The median time from the request to the first token, in seconds."""
        return statistics.median(answer.first - answer.asked for answer in self.answers)

    @property
    def prefill_seconds(self) -> float:
        """The time during which at least one prompt was being processed."""
        covered, end = 0.0, 0.0
        for asked, first in sorted((answer.asked, answer.first) for answer in self.answers):
            covered += max(0.0, first - max(asked, end))
            end = max(end, first)
        return covered

    @property
    def prefill_rate(self) -> float | None:
        """Tokens of prompts per second; None if prompts and answers overlapped."""
        read = sum(answer.prompt_tokens - answer.reused for answer in self.answers)
        return read / self.prefill_seconds if self.phased and self.prefill_seconds > 0 else None

    @property
    def decode_rate(self) -> float | None:
        """Tokens of answers per second after the prompts; an answer's first token belongs to its prompt."""
        seconds = self.seconds - self.prefill_seconds
        return (self.tokens - len(self.answers)) / seconds if self.phased and seconds > 0 else None

    def as_record(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {
            "way": self.way,
            "seconds": self.seconds,
            "answers": len(self.answers),
            "tokens": self.tokens,
            "prompt_tokens": sum(answer.prompt_tokens for answer in self.answers),
            "reused_prompt_tokens": sum(answer.reused for answer in self.answers),
            "tokens_per_second": self.rate,
            "prefill_tokens_per_second": self.prefill_rate,
            "decode_tokens_per_second": self.decode_rate,
            "first_token_seconds": self.first_token,
            "peak_bytes": self.peak_bytes,
        }


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number that a workload measures, in `unit`. `goal` is its desired maximum, or None."""

    name: str
    value: float
    unit: str
    goal: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None if there is none."""
        return None if self.goal is None else self.value <= self.goal


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as fast as another way the engine was: the median over the rounds, and the extremes."""

    median: float
    lowest: float
    highest: float


def ratio(rounds: Sequence[Mapping[str, Measured]], way: str, base: str) -> Ratio:
    """Compare `base` with `way` within each round, since a machine's speed changes between rounds."""
    found = [taken[base].rate / taken[way].rate for taken in rounds]
    return Ratio(statistics.median(found), min(found), max(found))


def middle(rounds: Sequence[Mapping[str, Measured]], way: str) -> Measured:
    """Return a way's run with the median rate as a whole, so that its numbers belong together."""
    runs = sorted((taken[way] for taken in rounds), key=lambda run: run.rate)
    return runs[(len(runs) - 1) // 2]


def unequal(rounds: Sequence[Mapping[str, Measured]]) -> bool:
    """Return whether the ways generated answers of different lengths, so that only rates can be compared."""
    return (
        len({tuple(sorted(answer.tokens for answer in run.answers)) for taken in rounds for run in taken.values()}) > 1
    )
