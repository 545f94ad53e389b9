"""A model's current speed and time left, estimated from the last seconds and answers."""

from __future__ import annotations

from collections import deque

from doubleread.domain.drafts import ArmProgress
from doubleread.domain.wording import duration_text

WINDOW_SECONDS = 10.0
ANSWERS_LOOKED_BACK = 64
ANSWERS_NEEDED = 3


class Pace:
    """Estimates from repeated notes of the progress, as of the last note. All times are in seconds."""

    def __init__(self) -> None:
        self._tokens: deque[tuple[float, int]] = deque()
        self._answers: deque[tuple[float, int]] = deque()

    def note(self, now: float, tokens: int, answers: int) -> None:
        """Note the tokens and answers so far. The first note must be that of the start."""
        self._tokens.append((now, tokens))
        while len(self._tokens) > 2 and self._tokens[1][0] <= now - WINDOW_SECONDS:
            self._tokens.popleft()
        if not self._answers or answers != self._answers[-1][1]:
            self._answers.append((now, answers))
        while len(self._answers) > 2 and self._answers[1][1] <= answers - ANSWERS_LOOKED_BACK:
            self._answers.popleft()

    def tokens_per_second(self) -> float | None:
        """Return the rate over the last seconds; None if unknown."""
        if len(self._tokens) < 2:
            return None
        (began, before), (ended, after) = self._tokens[0], self._tokens[-1]
        return max(after - before, 0) / (ended - began) if ended > began else None

    def seconds_left(self, answers_left: int) -> float | None:
        """Return how long `answers_left` will take at the pace of the last ones; None if too few are known.

        A pause since the last answer counts, so that a stalled run does not promise an end.
        """
        if not answers_left:
            return 0.0
        if not self._answers:
            return None
        (began, before), (_, after) = self._answers[0], self._answers[-1]
        ended = self._tokens[-1][0]
        if after - before < ANSWERS_NEEDED or ended <= began:
            return None
        return answers_left * (ended - began) / (after - before)


def in_words(seconds: float | None) -> str:
    """Return a duration for a line of progress: "--", "42 s", "12 min", "3 h 05 min"."""
    return "--" if seconds is None else duration_text(seconds)


class Watched:
    """Describes one model's progress and pace."""

    def __init__(self) -> None:
        self._pace = Pace()

    def state(self, now: ArmProgress, at: float) -> str:
        """Return the text beside the count: failures, rate, time left. `at` is in seconds."""
        if now.state == "failed":
            return "failed"
        if now.state in ("waiting", "starting"):
            return {"waiting": "waits", "starting": "loading"}[now.state]
        self._pace.note(at, now.made, now.done + now.failed)
        failed = f"{now.failed} failed, " if now.failed else ""
        if now.finished:
            return f"{failed}done"
        if not now.made:
            return f"{failed}reading the prompts"
        rate = self._pace.tokens_per_second()
        shown = "--" if rate is None else f"{rate:.0f}"
        return f"{failed}{shown} tokens/s, {in_words(self._pace.seconds_left(now.left))} left"
