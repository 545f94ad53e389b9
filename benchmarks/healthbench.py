"""The rubric scores of HealthBench's own graded answers, computed again and compared with the published ones.

    python -m benchmarks.healthbench GRADED.jsonl METRICS.json

GRADED has a line for each case as simple-evals writes it: `rubrics`, `example_tags`, `responses` with the grader's
`criteria_met`, `score` and `metrics`. METRICS has the means over cases with their numbers and bootstrap deviations. It
exits with 1 if a score, a tag's score or a mean differs.
"""

from __future__ import annotations

import ast
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doubleread.domain.case import Criterion
from doubleread.domain.rubric import rubric_score, tag_scores

OVERALL = "overall_score"
SAME_AS_OVERALL = "score"
"""METRICS has the overall mean under this name as well."""
TOLERANCE = 1e-9
"""The published score of a case has ten digits."""
_DRAWS = 1_000
_COUNT, _DEVIATION = ":n_samples", ":bootstrap_std"


@dataclass(slots=True)
class Compared:
    """What was compared, and what differs. `deviations` are ours and the published one, which depends on the draws."""

    cases: int = 0
    scores: int = 0
    tag_scores: int = 0
    means: int = 0
    negative: int = 0
    without_score: int = 0
    wrong: list[str] = field(default_factory=list)
    deviations: list[tuple[str, float, float]] = field(default_factory=list)


def compare(rows: Iterable[Mapping[str, Any]], means: Mapping[str, float]) -> Compared:
    """Score every row, and compare its scores and the means over rows with the published ones."""
    found = Compared()
    by_metric: dict[str, list[float]] = defaultdict(list)
    for number, row in enumerate(rows, start=1):
        found.cases += 1
        scores = _scores(row)
        if scores is None:
            found.without_score += 1
            continue
        found.negative += scores[OVERALL] < 0
        published = _value(row["metrics"])
        _differ(found, f"row {number}, score", scores[OVERALL], row["score"], TOLERANCE)
        found.scores += 1
        for name in sorted({*scores, *published}):
            _differ(found, f"row {number}, {name}", scores.get(name), published.get(name), TOLERANCE)
            found.tag_scores += name != OVERALL
        for name, score in scores.items():
            by_metric[name].append(score)
    if SAME_AS_OVERALL in means:
        by_metric[SAME_AS_OVERALL] = by_metric[OVERALL]
    for name in sorted({*by_metric, *(key for key in means if not key.endswith((_COUNT, _DEVIATION)))}):
        listed = by_metric.get(name, [])
        _differ(found, f"mean of {name}", clipped_mean(listed) if listed else None, means.get(name), TOLERANCE)
        if name + _COUNT in means:
            _differ(found, f"number of {name}", float(len(listed)), means[name + _COUNT], 0.0)
        if name + _DEVIATION in means and listed:
            found.deviations.append((name, _deviation(listed), means[name + _DEVIATION]))
        found.means += 1
    return found


def clipped_mean(scores: list[float]) -> float:
    """Return the mean over cases, clipped to 0 and 1."""
    return min(max(sum(scores) / len(scores), 0.0), 1.0)


def _scores(row: Mapping[str, Any]) -> dict[str, float] | None:
    """Return the score of a row, the same for each tag of the case, and the score of each tag of its criteria."""
    criteria = tuple(
        Criterion(str(place), item["criterion"], item["points"], tuple(item["tags"]))
        for place, item in enumerate(_value(row["rubrics"]))
    )
    responses = _value(row["responses"])
    met = {str(place) for place, item in enumerate(responses) if item["response_dict"]["criteria_met"]}
    score = rubric_score(criteria, met)
    if score is None:
        return None
    return {OVERALL: score, **dict.fromkeys(row["example_tags"], score), **tag_scores(criteria, met)}


def _value(item: Any) -> Any:
    """Return a value that some copies of the data set have as the text of a Python literal."""
    return ast.literal_eval(item) if isinstance(item, str) else item


def _differ(found: Compared, what: str, ours: float | None, published: float | None, tolerance: float) -> None:
    if ours is None or published is None or abs(ours - published) > tolerance:
        found.wrong.append(f"{what}: {ours} instead of {published}")


def _deviation(scores: list[float]) -> float:
    import numpy as np

    drawn = np.random.default_rng(1).choice(scores, (_DRAWS, len(scores)))
    return float(np.std(drawn.mean(axis=1).clip(0.0, 1.0)))


def main(graded: str, metrics: str) -> int:
    rows = [json.loads(line) for line in Path(graded).read_text(encoding="utf-8").splitlines() if line.strip()]
    found = compare(rows, json.loads(Path(metrics).read_text(encoding="utf-8")))
    print(f"cases {found.cases}, of them without positive points {found.without_score}, negative {found.negative}")
    print(f"compared: {found.scores} case scores, {found.tag_scores} tag scores, {found.means} means")
    if found.deviations:
        name, ours, published = max(found.deviations, key=lambda item: abs(item[1] - item[2]))
        print(f"bootstrap deviations: largest difference {ours:.4f} instead of {published:.4f} ({name})")
    print("\n".join(found.wrong) or "all equal")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
