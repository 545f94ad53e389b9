"""The measures of coded answers: ours, and those of CLUE with their defects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.case import Case
from doubleread.domain.metrics import METRICS
from doubleread.domain.score import Score
from doubleread.scoring import score
from doubleread.scoring.coding import VERSION, clue_measures, measures_of, score_coding


def scored(answer: str, *key: str, finish_reason: str = "stop") -> Score:
    return score_coding(answer, Case("c1", "coding", "A letter.", "Which codes?", codes=key), finish_reason)


def test_codes_are_compared_as_sets() -> None:
    found = scored("E11.9, E119, e11.9, I10, J44.9", "E11.9", "I10", "N18.30", "Z79.4")
    assert found.outcome == "measured"
    assert found.chosen == "E11.9, I10, J44.9"
    assert found.measures["code_precision"] == pytest.approx(2 / 3)
    assert found.measures["code_recall"] == pytest.approx(2 / 4)
    assert found.measures["code_f1"] == pytest.approx(2 * 2 / 7)


def test_the_key_may_be_written_without_dots() -> None:
    assert scored("E11.9, I10", "e119", "I10").measures["code_f1"] == 1.0


def test_categories_are_compared_as_sets() -> None:
    found = scored("E11.9, E11.65, I10", "E11.22", "N18.30")
    assert found.measures["code_f1"] == 0.0
    assert found.measures["category_f1"] == pytest.approx(2 * (1 / 2 * 1 / 2) / (1 / 2 + 1 / 2))


def test_hierarchical_measures_count_shared_ancestors() -> None:
    # E11.9: 4, E08-E13, E11, E11.9.  E11.65: 4, E08-E13, E11, E11.6, E11.65.
    found = measures_of(["E11.9"], ["E11.65"])
    assert found["tree_precision"] == pytest.approx(3 / 4)
    assert found["tree_recall"] == pytest.approx(3 / 5)
    assert found["tree_distance"] == 3.0
    assert measures_of(["I10"], ["E11.65"])["tree_f1"] == 0.0


def test_the_distance_is_that_to_the_nearest_code_of_the_key() -> None:
    assert measures_of(["E11.9", "I10"], ["I10", "E11.8"])["tree_distance"] == pytest.approx((2 + 0) / 2)


def test_valid_and_billable_codes_are_proportions_of_the_codes_of_the_answer() -> None:
    found = measures_of(["E11.9", "E11", "E11.99", "I99.87"], ["E11.9"])
    assert found["valid_codes"] == pytest.approx(2 / 4)
    assert found["billable_codes"] == pytest.approx(1 / 4)


def test_evidence_says_which_codes_the_key_has() -> None:
    answer = "E11.9 and I10, not E10.9 (range E08-E13)."
    found = scored(answer, "E11.9")
    assert [(answer[item.start : item.end], item.value, item.matches) for item in found.evidence] == [
        ("E11.9", "E11.9", True),
        ("I10", "I10", False),
        ("E10.9", "E10.9 (rejected)", None),
        ("E08", "E08 (range)", None),
        ("E13", "E13 (range)", None),
    ]
    assert answer[found.start : found.end] == "E11.9"


@pytest.mark.parametrize(
    ("answer", "finish_reason", "outcome", "reason"),
    [
        ("Hypertension and diabetes.", "stop", "unparsed", "names no code"),
        ("Not E11.9.", "stop", "unparsed", "rejects every code"),
        ("", "stop", "unparsed", "empty"),
        ("I'm sorry, but I can't assign codes.", "stop", "refused", "refused"),
        ("The patient was admitted because", "length", "truncated", "truncated"),
        ("<think>E11.9 or", "stop", "truncated", "truncated"),
        ("I10, E11.", "length", "measured", "cut off"),
        ("As an AI language model, I would say I10.9.", "stop", "measured", ""),
    ],
)
def test_answers_without_a_code_say_why(answer: str, finish_reason: str, outcome: str, reason: str) -> None:
    found = scored(answer, "E11.9", finish_reason=finish_reason)
    assert (found.outcome, found.reason) == (outcome, reason)
    if outcome != "measured":
        assert found.measures["code_f1"] == found.measures["code_recall"] == found.measures["category_f1"] == 0.0
        assert not {"valid_codes", "billable_codes", "tree_distance"} & set(found.measures)


def test_clue_counts_repeated_codes_in_the_precision_and_ours_does_not() -> None:
    found = scored("E119, E119, E119, I10", "E11.9", "J44.9").measures
    assert found["clue_code_precision"] == pytest.approx(3 / 4)
    assert found["clue_code_recall"] == pytest.approx(1 / 2)
    assert found["code_precision"] == pytest.approx(1 / 2)


@pytest.mark.parametrize("code", ["U07.1", "C7A.1", "O9A.21", "e11.9", "Z3A.08", "M1A.0720"])
def test_clue_misses_codes_that_ours_reads(code: str) -> None:
    found = scored(f"{code}, I10", code, "I10").measures
    assert found["clue_code_recall"] == pytest.approx(1 / 2)
    assert found["code_recall"] == 1.0


def test_clue_takes_b12_out_of_a_deficiency_and_ours_does_not() -> None:
    found = scored("E53.8 (B12 deficiency)", "E53.8").measures
    assert (found["clue_code_precision"], found["clue_valid_codes"]) == (0.5, 0.5)
    assert (found["code_precision"], found["valid_codes"]) == (1.0, 1.0)


def test_clue_counts_rejected_codes_and_ours_does_not() -> None:
    found = scored("E11.9, not E10.9", "E11.9").measures
    assert (found["clue_code_precision"], found["code_precision"]) == (0.5, 1.0)


def test_clue_compares_categories_as_sets() -> None:
    found = clue_measures("E11.9, E11.65, I10", ["E1122"])
    assert found["clue_category_precision"] == pytest.approx(1 / 2)
    assert found["clue_category_recall"] == 1.0
    assert found["clue_category_f1"] == pytest.approx(2 / 3)


def test_clue_gives_no_code_at_all_a_proportion_of_valid_codes_of_zero() -> None:
    assert set(clue_measures("No codes.", ["E119"]).values()) == {0.0}


def test_every_measure_is_registered_and_every_metric_is_measured() -> None:
    found = scored("E11.9", "E11.9").measures
    assert set(found) == {name for name, metric in METRICS.items() if metric.kind == "coding"}
    for name, value in found.items():
        metric = METRICS[name]
        assert metric.lowest is not None
        assert metric.lowest <= value <= (metric.highest or value)


def test_the_version_names_the_release_of_the_code_set() -> None:
    assert VERSION.endswith("ICD-10-CM April 2026")
    assert scored("I10", "I10").version == VERSION


def test_the_scorer_is_that_of_its_kind() -> None:
    found = score("I10", Case("c1", "coding", "A letter.", "Which codes?", codes=("I10",)))
    assert found is not None
    assert found.scorer == "coding"
    with pytest.raises(ValueError, match="not coding"):
        score_coding("I10", Case("c1", "summary", "A letter.", "Sum up.", key="I10"))


@given(st.text(max_size=80), st.sampled_from(["stop", "length"]))
def test_any_text_is_scored(answer: str, finish_reason: str) -> None:
    found = scored(answer, "E11.9", finish_reason=finish_reason)
    assert all(0 <= item.start < item.end <= len(answer) for item in found.evidence)
    assert (found.outcome == "measured") == (found.chosen is not None)
