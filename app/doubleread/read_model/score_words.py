"""What a scorer found, in words for a person."""

from __future__ import annotations

from doubleread.domain.extraction import MEANING, REASONS
from doubleread.domain.score import Score


def score_words(score: Score) -> str:
    """Return outcome, choice and how the scorer decided, in one line.

    Reasons why no option was found are in full words, since they are about the answer.
    """
    parts = [part for part in score.reason.split("; ") if part]
    if score.outcome in ("correct", "incorrect"):
        how = f" ({'; '.join(parts)})" if parts else ""
        return f"{score.outcome}: chose option {score.chosen}{how}"
    why = [MEANING[part] for part in parts if part in REASONS] or [part for part in parts if part != score.outcome]
    return f"{score.outcome}: {'; '.join(why)}" if why else score.outcome
