"""The score of a rubric, as HealthBench computes it.

Source: openai/simple-evals (MIT), `healthbench_eval.py`: the points of all criteria that are met, negative ones
included, as a proportion of the sum of positive points. The score of a case is not clipped, so it can be negative; the
mean over cases is clipped to 0 and 1. HealthBench Professional subtracts a penalty for length.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from doubleread.domain.case import Criterion
from doubleread.domain.criteria import MET

RUBRIC, LENGTH_ADJUSTED = "rubric", "rubric-length-adjusted"
"""The metrics of an answer to a rubric case."""

_PENALTY, _FREE_CHARACTERS, _EVERY = 0.0147, 2000, 500


def tag_metric(tag: str) -> str:
    """Return the name of the metric for the criteria with a tag, or for the cases with one."""
    return f"{RUBRIC}:{tag}"


def tags_of(criteria: Iterable[Criterion]) -> tuple[str, ...]:
    """Return the tags of criteria, each once, in the order in which they first occur."""
    return tuple(dict.fromkeys(tag for criterion in criteria for tag in criterion.tags))


def rubric_score(criteria: Sequence[Criterion], met: Collection[str]) -> float | None:
    """Return the score of an answer; None if no criterion has positive points. `met` are ids of criteria."""
    positive = sum(criterion.points for criterion in criteria if criterion.points > 0)
    if positive <= 0:
        return None
    return sum(criterion.points for criterion in criteria if criterion.id in met) / positive


def tag_scores(criteria: Sequence[Criterion], met: Collection[str]) -> dict[str, float]:
    """Return the score of the criteria with each tag. A tag without positive points has none."""
    scores = {}
    for tag in tags_of(criteria):
        score = rubric_score([criterion for criterion in criteria if tag in criterion.tags], met)
        if score is not None:
            scores[tag] = score
    return scores


def length_adjusted(score: float, characters: int) -> float:
    """Return a score with the penalty for an answer's length: more than 2,000 characters cost, fewer gain."""
    return score - _PENALTY * (characters - _FREE_CHARACTERS) / _EVERY


def rubric_measures(criteria: Sequence[Criterion], judgements: Mapping[str, str], characters: int) -> dict[str, float]:
    """Return an answer's measures by their names: the score, the length-adjusted score, and the score by tag.

    `judgements` are by criterion id. "cannot tell" counts as not met. Without a judgement of every criterion there are
    no measures.
    """
    if any(criterion.id not in judgements for criterion in criteria):
        return {}
    met = {criterion_id for criterion_id, judgement in judgements.items() if judgement == MET}
    score = rubric_score(criteria, met)
    if score is None:
        return {}
    by_tag = {tag_metric(tag): found for tag, found in tag_scores(criteria, met).items()}
    return {RUBRIC: score, LENGTH_ADJUSTED: length_adjusted(score, characters), **by_tag}
