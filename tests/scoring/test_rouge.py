"""ROUGE, against Google's package and against values computed by hand."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.case import Case
from doubleread.domain.metrics import METRICS
from doubleread.scoring.rouge import VARIANTS, rouge, words
from doubleread.scoring.summary import score_summary

REFERENCE = "CHIEF COMPLAINT\nThe patient has chest pain.\nPLAN\nStart aspirin and stop smoking."
ANSWER = "Complaint: chest pains.\nThe patient started aspirin.\nStop smoking and start aspirin."
WORDS = ("the", "patient", "has", "fever", "coughing", "coughs", "12", "\n", "\n\n", "Größe", "咳嗽")


def summary_case(reference=REFERENCE):
    return Case("s", "summary", "text", "Summarise.", reference)


def package_values(answer, reference, *, stemmed):
    from rouge_score.rouge_scorer import RougeScorer

    found = RougeScorer(list(VARIANTS), use_stemmer=stemmed).score(reference, answer)
    return {name: (score.precision, score.recall, score.fmeasure) for name, score in found.items()}


def own_values(answer, reference, *, stemmed):
    found = rouge(answer, reference, stemmed=stemmed)
    return {name: (overlap.precision, overlap.recall, overlap.f1) for name, overlap in found.items()}


@pytest.mark.parametrize("stemmed", [False, True])
def test_the_values_are_those_of_the_package(stemmed):
    assert own_values(ANSWER, REFERENCE, stemmed=stemmed) == package_values(ANSWER, REFERENCE, stemmed=stemmed)


_TEXTS = st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)


@given(_TEXTS, _TEXTS, st.booleans())
def test_the_values_of_any_texts_are_those_of_the_package(answer, reference, stemmed):
    assert own_values(answer, reference, stemmed=stemmed) == package_values(answer, reference, stemmed=stemmed)


def test_values_computed_by_hand():
    # Words in common: the, cat, on, the, mat (5 of 6 and 6). Pairs: the cat, on the, the mat (3 of 5 and 5).
    found = rouge("the cat lay on the mat", "the cat sat on the mat")
    assert (found["rouge1"].hits, found["rouge1"].in_answer, found["rouge1"].in_reference) == (5, 6, 6)
    assert found["rouge2"].f1 == pytest.approx(3 / 5)
    assert found["rougeL"].f1 == pytest.approx(5 / 6)
    # By line, words may come in another order of lines.
    swapped = rouge("c d\na b", "a b\nc d")
    assert (swapped["rougeL"].hits, swapped["rougeLsum"].hits) == (2, 4)
    # Precision and recall differ: 2 of 4 words of the answer, 2 of 3 of the reference.
    uneven = rouge("a b x y", "a b c")["rouge1"]
    assert (uneven.precision, uneven.recall) == (0.5, pytest.approx(2 / 3))
    assert uneven.f1 == pytest.approx(4 / 7)


def test_stems_are_compared_only_if_asked():
    assert rouge("coughing", "coughs")["rouge1"].hits == 0
    assert rouge("coughing", "coughs", stemmed=True)["rouge1"].hits == 1


def test_letters_outside_a_to_z_separate_words():
    assert words("Fieber, Übelkeit, Größe") == ["fieber", "belkeit", "gr", "e"]
    assert words("患者咳嗽 يعاني المريض") == []


def test_a_score_has_every_metric_of_summaries_that_rouge_gives():
    score = score_summary(ANSWER, summary_case())
    assert (score.scorer, score.version, score.outcome) == ("rouge", "1 (rouge-score 0.1.2)", "measured")
    assert score.evidence == ()
    known = [name for name, metric in METRICS.items() if metric.kind == "summary" and "rouge" in name]
    assert sorted(score.measures) == sorted(known)
    assert len(known) == 24 + 3
    plain, stemmed = (package_values(ANSWER, REFERENCE, stemmed=stemmed) for stemmed in (False, True))
    assert score.measures["rougeL_f1"] == score.measures["clue_rougeL"] == plain["rougeL"][2]
    assert score.measures["rougeLsum_stem_recall"] == stemmed["rougeLsum"][1]
    assert score.measures["rouge2_precision"] == plain["rouge2"][0]
    assert score.reason == "12 words compared with 13 of the reference"


@pytest.mark.parametrize(
    ("text", "finish", "outcome", "reason"),
    [
        ("", "stop", "unparsed", "empty"),
        (" \n", "length", "truncated", "truncated"),
        ("<think>chest pain", "stop", "truncated", "truncated"),
        (
            "患者有发热和咳嗽三天",
            "stop",
            "unparsed",
            "ROUGE reads only the letters a to z and digits, which are 0 of the 10",
        ),
    ],
)
def test_an_answer_without_words_counts_as_zero(text, finish, outcome, reason):
    score = score_summary(text, summary_case(), finish)
    assert score.outcome == outcome
    assert score.reason.startswith(reason)
    assert score.measures
    assert set(score.measures.values()) == {0.0}


def test_rouge_is_undefined_where_the_reference_is_in_another_script():
    for reference in ("患者有发热和咳嗽三天 (CT)", "يعاني المريض من حمى", "---"):
        score = score_summary("CT fever", summary_case(reference))
        assert (score.outcome, score.measures) == ("unparsed", {})
        assert score.reason.endswith("in the reference")


def test_a_truncated_answer_is_measured_and_says_so():
    score = score_summary(ANSWER, summary_case(), "length")
    assert score.outcome == "measured"
    assert score.reason.endswith("; the answer is cut off")
    assert score.measures == score_summary(ANSWER, summary_case()).measures


def test_reasoning_is_not_read():
    hidden = f"<think>{REFERENCE}</think>{ANSWER}"
    assert score_summary(hidden, summary_case()).measures == score_summary(ANSWER, summary_case()).measures


def test_importing_the_scorers_imports_no_package_for_rouge():
    code = "import sys, doubleread.scoring; print(sorted({'nltk', 'rouge_score', 'absl', 'scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
