"""The benchmark that recomputes HealthBench's scores: on rows with scores computed by hand, and with planted errors."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from benchmarks.healthbench import compare, main


def item(points: float, *tags: str) -> dict[str, Any]:
    return {"criterion": f"worth {points}", "points": points, "tags": list(tags)}


def answered(*met: bool) -> list[dict[str, Any]]:
    return [{"response_dict": {"explanation": "", "criteria_met": value}} for value in met]


ROWS: list[dict[str, Any]] = [
    {
        "rubrics": [item(6, "axis:accuracy"), item(4, "axis:completeness"), item(-5, "axis:accuracy", "danger")],
        "example_tags": ["theme:hedging"],
        "responses": answered(True, False, False),
        "score": 0.6,
        # "danger" has no positive points, and so no score.
        "metrics": {"overall_score": 0.6, "theme:hedging": 0.6, "axis:accuracy": 1.0, "axis:completeness": 0.0},
    },
    {
        "rubrics": [item(5, "axis:completeness"), item(-8, "axis:accuracy"), item(3, "axis:accuracy")],
        "example_tags": ["theme:hedging"],
        "responses": str(answered(False, True, True)),
        "score": -0.625,
        "metrics": str(
            {
                "overall_score": -5 / 8,
                "theme:hedging": -5 / 8,
                "axis:accuracy": -5 / 3,
                "axis:completeness": 0.0,
            }
        ),
    },
    {
        "rubrics": [item(-3, "axis:accuracy")],
        "example_tags": [],
        "responses": answered(True),
        "score": None,
        "metrics": None,
    },
]
MEANS = {
    "overall_score": 0.0,
    "overall_score:n_samples": 2,
    "theme:hedging": 0.0,
    "axis:accuracy": 0.0,
    "axis:completeness": 0.0,
    "axis:completeness:n_samples": 2,
    "axis:completeness:bootstrap_std": 0.0,
    "score": 0.0,
}


def test_scores_and_means_by_hand_are_equal() -> None:
    found = compare(ROWS, MEANS)
    assert found.wrong == []
    assert (found.cases, found.scores, found.negative, found.without_score) == (3, 2, 1, 1)
    assert (found.tag_scores, found.means) == (6, 5)
    assert found.deviations == [("axis:completeness", 0.0, 0.0)]


def test_a_mean_is_clipped_after_it_was_taken() -> None:
    # The mean of 0.6 and -0.625 is below 0; with the first row twice it is 0.575 / 3.
    found = compare([ROWS[0], *ROWS], {**MEANS, "overall_score": 0.575 / 3})
    assert not [words for words in found.wrong if words.startswith("mean of overall_score")]


@pytest.mark.parametrize(
    ("row", "change", "words"),
    [
        (0, {"score": 0.61}, "row 1, score: 0.6 instead of 0.61"),
        (0, {"responses": answered(False, False, False)}, "row 1, axis:accuracy: 0.0 instead of 1.0"),
        (0, {"metrics": {**ROWS[0]["metrics"], "danger": 0.0}}, "row 1, danger: None instead of 0.0"),
    ],
)
def test_what_differs_is_named(row: int, change: dict[str, Any], words: str) -> None:
    rows = deepcopy(ROWS)
    rows[row] |= change
    assert words in compare(rows, MEANS).wrong


def test_it_ends_with_1_if_something_differs(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    graded, metrics = tmp_path / "graded.jsonl", tmp_path / "metrics.json"
    graded.write_text("".join(f"{json.dumps(row)}\n" for row in ROWS), encoding="utf-8")
    metrics.write_text(json.dumps(MEANS), encoding="utf-8")
    assert main(str(graded), str(metrics)) == 0
    assert "compared: 2 case scores, 6 tag scores, 5 means" in capsys.readouterr().out
    metrics.write_text(json.dumps({**MEANS, "axis:accuracy": 0.5}), encoding="utf-8")
    assert main(str(graded), str(metrics)) == 1
    assert "mean of axis:accuracy: 0.0 instead of 0.5" in capsys.readouterr().out
