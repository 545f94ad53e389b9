"""Which label an answer to an inference case commits to."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.case import INFERENCE_LABELS, Case
from doubleread.domain.metrics import METRICS
from doubleread.domain.score import Score
from doubleread.scoring import score
from doubleread.scoring.inference import clue_accuracy, extract_label, score_inference
from scoring.inference_examples import EXAMPLES


def scored(answer: str, key: str, finish_reason: str = "stop") -> Score:
    return score_inference(answer, Case("c1", "inference", "A premise.", "A statement.", key), finish_reason)


@pytest.mark.parametrize(("answer", "wanted"), EXAMPLES)
def test_example(answer: str, wanted: str) -> None:
    found = extract_label(answer)
    assert (found.letter or "-") == wanted
    assert (found.letter is None) == bool(found.reason)
    if found.start is not None and found.end is not None:
        assert 0 <= found.start < found.end <= len(answer)


def test_the_evidence_is_the_word_that_was_read() -> None:
    answer = "The premise **entails** the hypothesis, as it says so."
    found = scored(answer, "entailment")
    (evidence,) = found.evidence
    assert answer[evidence.start : evidence.end] == answer[found.start : found.end] == "entails"
    assert (evidence.value, evidence.matches) == ("entailment", True)


def test_evidence_behind_a_replaced_word_is_at_its_place() -> None:
    answer = "Widerspruch? Nein. Die Antwort ist neutral."
    found = scored(answer, "neutral")
    assert answer[found.start : found.end] == "neutral"


def test_the_extraction_cannot_see_the_key() -> None:
    assert list(inspect.signature(extract_label).parameters) == ["answer_text", "finish_reason"]


@pytest.mark.parametrize(
    ("answer", "finish_reason", "outcome", "chosen"),
    [
        ("ENTAILMENT", "stop", "correct", "entailment"),
        ("Neutral", "stop", "incorrect", "neutral"),
        ("NEUTRAL. Not ENTAILMENT", "stop", "incorrect", "neutral"),
        ("not entailment", "stop", "unparsed", None),
        ("entailment or neutral", "stop", "unparsed", None),
        ("1", "stop", "unparsed", None),
        ("", "stop", "unparsed", None),
        ("I'm sorry, but I can't help with that.", "stop", "refused", None),
        ("The premise says that", "length", "truncated", None),
        ("<think>The premise", "stop", "truncated", None),
        ("Entailment, because the", "length", "correct", "entailment"),
    ],
)
def test_outcome(answer: str, finish_reason: str, outcome: str, chosen: str | None) -> None:
    found = scored(answer, "entailment", finish_reason)
    assert (found.outcome, found.chosen) == (outcome, chosen)
    assert found.reason
    assert bool(found.evidence) == (chosen is not None)


@pytest.mark.parametrize("key", INFERENCE_LABELS)
def test_clue_counts_the_word_of_the_key_and_so_a_denied_label(key: str) -> None:
    answer = "NEUTRAL. Not ENTAILMENT"
    found = scored(answer, key)
    assert found.measures == {"clue_accuracy": float(key != "contradiction")}
    assert (found.outcome == "correct") == (key == "neutral")


@pytest.mark.parametrize(
    ("answer", "value"),
    [("entailment", 1.0), ("Entailment, entailment", 0.0), ("entailed", 0.0), ("not entailment", 1.0), ("", 0.0)],
)
def test_clue_wants_the_word_exactly_once_in_any_case(answer: str, value: float) -> None:
    assert clue_accuracy(answer, "entailment") == value


def test_every_metric_is_measured() -> None:
    assert set(scored("neutral", "neutral").measures) == {
        name for name, metric in METRICS.items() if metric.kind == "inference"
    }


def test_the_scorer_is_that_of_its_kind() -> None:
    found = score("neutral", Case("c1", "inference", "A premise.", "A statement.", "neutral"))
    assert found is not None
    assert (found.scorer, found.outcome) == ("inference", "correct")
    with pytest.raises(ValueError, match="not inference"):
        score_inference("neutral", Case("c1", "summary", "A letter.", "Sum up.", key="neutral"))


WORDS = st.sampled_from(
    [
        *INFERENCE_LABELS,
        "not",
        "entails",
        "widerspricht",
        "not enough information",
        "the",
        "is",
        ".",
        "\n",
        "C",
        "1",
        "é",
    ]
)


@given(st.lists(WORDS, max_size=12).map(" ".join))
def test_spans_lie_on_the_text(answer: str) -> None:
    found = scored(answer, "neutral")
    assert (found.chosen is None) == (found.outcome not in ("correct", "incorrect"))
    if found.start is not None and found.end is not None:
        assert 0 <= found.start < found.end <= len(answer)


@given(st.text(max_size=80))
def test_any_text_is_scored(answer: str) -> None:
    assert scored(answer, "neutral").outcome in ("correct", "incorrect", "unparsed", "refused", "truncated")
