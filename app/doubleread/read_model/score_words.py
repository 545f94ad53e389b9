"""What a scorer found, in words for a person."""

from __future__ import annotations

from collections.abc import Iterator

from doubleread.domain.case import chosen_words
from doubleread.domain.extraction import MEANING, REASONS
from doubleread.domain.formatting import RATE
from doubleread.domain.metrics import METRICS, Metric
from doubleread.domain.score import Score


def score_words(score: Score) -> str:
    """Return outcome, choice and how the scorer decided, in one line; of a measured answer, its main measures.

    Reasons why no option was found are in full words, since they are about the answer.
    """
    parts = [part for part in score.reason.split("; ") if part]
    if score.outcome in ("correct", "incorrect"):
        how = f" ({'; '.join(parts)})" if parts else ""
        return f"{score.outcome}: chose {chosen_words(str(score.chosen))}{how}"
    if score.outcome == "measured":
        return ", ".join(f"{metric.label} {RATE.value(value)}" for metric, value in _main(score)) or score.reason
    why = [MEANING[part] for part in parts if part in REASONS] or [part for part in parts if part != score.outcome]
    return f"{score.outcome}: {'; '.join(why)}" if why else score.outcome


def _main(score: Score) -> Iterator[tuple[Metric, float]]:
    """Yield the measures that represent their kind, without those of published scorings."""
    for name, metric in METRICS.items():
        if metric.headline and not metric.variant and name in score.measures:
            yield metric, score.measures[name]
