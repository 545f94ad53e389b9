"""What a scorer or the readers of a rubric found, in words for a person."""

from __future__ import annotations

from collections.abc import Iterator

from doubleread.domain.case import chosen_words
from doubleread.domain.extraction import MEANING, REASONS
from doubleread.domain.formatting import RATE, points
from doubleread.domain.metrics import METRICS, Metric
from doubleread.domain.rubric import RUBRIC
from doubleread.domain.score import Score
from doubleread.domain.wording import plural
from doubleread.read_model.answers import ScoredAnswer


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


def answer_words(answer: ScoredAnswer) -> str:
    """Return how an answer was scored: by its scorer, or with a rubric by its readers."""
    if answer.criteria:
        readers = sum(bool(reading.criteria) for reading in answer.readings)
        score = answer.measures.get(RUBRIC)
        return "not scored" if score is None else f"rubric score {RATE.value(score)}, {plural(readers, 'reader')}"
    return "not scored" if answer.score is None else score_words(answer.score)


def criterion_lines(answer: ScoredAnswer) -> Iterator[str]:
    """Yield a line for each criterion that a reader judged: its points, what each reader said, and its text."""
    for criterion in answer.criteria:
        said = [
            f"{one.reader_id} {one.criteria[criterion.id]}" for one in answer.readings if criterion.id in one.criteria
        ]
        if said:
            yield f"{points(criterion.points)}: {', '.join(said)}. {criterion.text}"


def _main(score: Score) -> Iterator[tuple[Metric, float]]:
    """Yield the measures that represent their kind, without those of published scorings."""
    for name, metric in METRICS.items():
        if metric.headline and not metric.variant and name in score.measures:
            yield metric, score.measures[name]
