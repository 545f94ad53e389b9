"""The training score: what matches the reference, what is missed, what is extra."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubleread.domain.annotation import Annotation
from doubleread.domain.case import Case
from doubleread.domain.reading import Judgement, Reading
from doubleread.domain.training import Alternative, ReferenceAnnotation, TrainingCase
from doubleread.statistics.training_score import compare_with_reference

TEXTS = ("0123456789" * 4, "abcdefghij" * 4)


def reference(answer: int, start: int, end: int, *, place: str = "answer", **more) -> ReferenceAnnotation:
    text = TEXTS[answer] if place == "answer" else CASE.text
    return ReferenceAnnotation(answer, start, end, text[start:end], "fabrication", "major", place, **more)


CASE = Case("t", "choice", "The text of the case, long enough.", "?", key="A", options={"A": "a", "B": "b"})


def training(*annotations: ReferenceAnnotation) -> TrainingCase:
    return TrainingCase(CASE, TEXTS, (("correct",), ("incorrect", "partly")), annotations)


def compared(case: TrainingCase, *made: tuple, verdicts=("correct", "partly"), **judged):
    first, second = case.answer_ids
    annotations = tuple(
        Annotation(str(number), case.answer_ids[answer], place, start, end, "", category, "major")
        for number, (answer, start, end, place, category) in enumerate(made)
    )
    judgement = Judgement(annotations, verdicts=dict(zip("BA", verdicts, strict=True)), **judged)
    return compare_with_reference(case, Reading("r", "t", "R-01", {"B": first, "A": second}, judgement))


def test_a_judgement_like_the_reference_scores_one():
    found = compared(training(reference(1, 5, 15)), (1, 5, 15, "answer", "fabrication"))
    assert (found.score.span_f1, found.score.verdict_agreement) == (1, 1)
    assert found.verdicts == (("correct", True), ("partly", True))


def test_nothing_marked_where_there_is_nothing_scores_one():
    assert compared(training()).score.span_f1 == 1
    assert compared(training(), (0, 0, 5, "answer", "negation")).score.span_f1 == 0
    assert compared(training(reference(0, 0, 5))).score.span_f1 == 0


def test_spans_match_by_four_fifths_of_the_shorter_one():
    case = training(reference(0, 10, 20))
    assert compared(case, (0, 8, 18, "answer", "negation")).score.matched == 1
    assert compared(case, (0, 7, 17, "answer", "negation")).score.matched == 0
    assert compared(case, (1, 10, 20, "answer", "fabrication")).score.matched == 0


def test_f1_counts_matched_missed_and_extra():
    case = training(reference(0, 0, 5), reference(0, 20, 25), reference(1, 0, 5))
    found = compared(case, (0, 0, 5, "answer", "negation"), (0, 30, 35, "answer", "negation"))
    assert (found.score.matched, found.score.missed, found.score.extra) == (1, 2, 1)
    assert found.score.span_f1 == pytest.approx(2 / 5)
    assert [one.answer for one in found.missed] == [0, 1]
    assert found.score.value("training score") == pytest.approx((2 / 5 + 1) / 2)
    assert found.score.value("span F1") == pytest.approx(2 / 5)
    assert found.score.value("verdict agreement") == 1


def test_omissions_are_compared_in_the_text_of_the_case_and_by_answer():
    case = training(reference(0, 4, 8, place="case"))
    assert compared(case, (0, 4, 8, "case", "omission")).score.span_f1 == 1
    assert compared(case, (1, 4, 8, "case", "omission")).score.span_f1 == 0


def test_alternatives_and_optional_annotations():
    other = Alternative("negation", None, 30, 36, TEXTS[0][30:36])
    case = training(reference(0, 0, 6, alternatives=(other,)), reference(1, 0, 5, optional=True))
    found = compared(case, (0, 30, 36, "answer", "negation"))
    assert found.score.span_f1 == 1
    assert found.matched[0].reference.accepted("category") == ("fabrication", "negation")
    assert found.missed == ()
    with_optional = compared(case, (0, 0, 6, "answer", "negation"), (1, 0, 5, "answer", "negation"))
    assert (with_optional.score.span_f1, with_optional.score.matched, with_optional.score.extra) == (1, 1, 0)


def test_wrong_verdicts_and_a_declined_case():
    assert compared(training(), verdicts=("incorrect", "partly")).score.verdict_agreement == 0.5
    case = training(reference(0, 0, 5), reference(0, 20, 25), reference(1, 0, 5, optional=True))
    declined = compared(case, (0, 0, 5, "answer", "negation"), outside_field=True).score
    assert (declined.span_f1, declined.verdict_agreement, declined.declined) == (0, 0, True)
    assert (declined.matched, declined.missed) == (0, 2), "what was annotated before does not count either"


def test_the_hash_of_a_training_case_names_all_of_it():
    case = training(reference(0, 0, 5))
    others = (
        replace(case, feedback="x"),
        replace(case, annotations=()),
        replace(case, verdicts=(("unsure",), ("incorrect",))),
        replace(case, answers=(TEXTS[1], TEXTS[0])),
        replace(case, case=replace(CASE, text="Another.")),
    )
    assert len({case.sha256, *(other.sha256 for other in others)}) == 6


_SPANS = st.lists(
    st.tuples(st.sampled_from((0, 1)), st.integers(0, 38), st.integers(1, 20)).map(
        lambda one: (one[0], one[1], min(one[1] + one[2], 40))
    ),
    max_size=6,
)


@given(_SPANS, _SPANS)
def test_every_annotation_is_matched_missed_or_extra_and_the_score_is_a_proportion(wanted, made):
    case = training(*(reference(*one) for one in wanted))
    found = compared(case, *((*one, "answer", "negation") for one in made))
    assert found.score.matched + found.score.missed == len(wanted)
    assert found.score.matched + found.score.extra == len(made)
    assert 0 <= found.score.span_f1 <= 1
    same = compared(case, *((*one, "answer", "negation") for one in wanted))
    assert same.score.span_f1 == 1
