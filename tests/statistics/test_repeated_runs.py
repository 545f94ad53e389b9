"""Several answers to each case: by hand, by counting every choice, in any order, and with one answer to each."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doubleread.statistics import (
    Estimate,
    Interval,
    PairedMeans,
    SampledAnswer,
    Undefined,
    best_of,
    case_accuracy,
    compare_repeated_runs,
    majority_vote,
    mean_over_cases,
    mode_agreement,
    observed_agreement,
    paired_accuracy,
    pairwise_agreement,
    wilson,
    worst_of,
)

FEW = 199


def case(letters: str, key: str = "B") -> list[SampledAnswer]:
    """Return answers to a case with options; - stands for an indeterminate one."""
    return [SampledAnswer(None) if letter == "-" else SampledAnswer(letter == key, letter) for letter in letters]


def free_text(outcomes: str) -> list[SampledAnswer]:
    """Return answers without a value: + correct, x incorrect, - indeterminate."""
    return [SampledAnswer({"+": True, "x": False, "-": None}[outcome]) for outcome in outcomes]


cases = st.text("ABC-", max_size=7).map(case)
arms = st.lists(st.tuples(cases, cases), max_size=12)


def value(estimate: Estimate | Undefined) -> float:
    assert isinstance(estimate, Estimate)
    return estimate.value


@pytest.mark.parametrize(
    ("letters", "mode", "pairs", "vote"),
    [
        ("BBBBB", 1, 1, True),
        ("BBBAC", Fraction(3, 5), Fraction(3, 10), True),
        ("AACBD", Fraction(2, 5), Fraction(1, 10), False),
        ("AABBC", Fraction(2, 5), Fraction(1, 5), None),
        ("B--", Fraction(1, 3), 0, True),
        ("---", 0, 0, None),
        ("AB", Fraction(1, 2), 0, None),
        ("BB", 1, 1, True),
    ],
)
def test_a_case_by_hand(letters, mode, pairs, vote):
    assert mode_agreement(case(letters)).value == mode
    assert pairwise_agreement(case(letters)).value == pairs
    assert majority_vote(case(letters)) is vote


@pytest.mark.parametrize(
    ("outcomes", "mode", "vote"),
    [("++x", Fraction(2, 3), True), ("+xx", Fraction(2, 3), False), ("+x-", Fraction(1, 3), None), ("+--", None, True)],
)
def test_answers_without_a_value_agree_in_their_outcome(outcomes, mode, vote):
    assert mode_agreement(free_text(outcomes)).value == (mode or Fraction(1, 3))
    assert majority_vote(free_text(outcomes)) is vote


def test_one_answer_has_nothing_to_agree_with():
    assert mode_agreement(case("B")) is None
    assert pairwise_agreement(case("B")) is None
    assert case_accuracy([]) is None
    assert majority_vote([]) is None


@given(st.text("ABC-", max_size=8).map(case), st.integers(1, 6))
@settings(deadline=None)
def test_worst_best_and_pairs_are_what_counting_every_choice_gives(answers, k):
    choices = list(combinations(answers, k))
    if not choices:
        assert worst_of(answers, k) is best_of(answers, k) is None
    else:
        every = sum(all(answer.outcome for answer in choice) for choice in choices)
        some = sum(any(answer.outcome for answer in choice) for choice in choices)
        assert worst_of(answers, k).value == Fraction(every, len(choices))
        assert best_of(answers, k).value == Fraction(some, len(choices))
    pairs = [one.outcome is not None and one == other for one, other in combinations(answers, 2)]
    assert (
        pairwise_agreement(answers) is None
        if not pairs
        else pairwise_agreement(answers).value == Fraction(sum(pairs), len(pairs))
    )


@given(st.text("AB-", min_size=1, max_size=8).map(case))
def test_one_of_one_is_the_accuracy(answers):
    assert worst_of(answers, 1) == best_of(answers, 1) == case_accuracy(answers)


@given(st.text("ABC-", min_size=2, max_size=8).map(case), st.integers(2, 8))
def test_worst_is_no_better_than_any_and_best_no_worse(answers, k):
    if len(answers) >= k:
        assert worst_of(answers, k).value <= case_accuracy(answers).value <= best_of(answers, k).value
    assert pairwise_agreement(answers).value <= mode_agreement(answers).value


def test_the_estimate_of_worst_and_best_of_k_is_unbiased():
    generator = np.random.default_rng(4)
    runs = [free_text("".join(generator.choice(["+", "x"], 7, p=[0.6, 0.4]))) for _ in range(4_000)]
    assert np.mean([float(worst_of(run, 3).value) for run in runs]) == pytest.approx(0.6**3, abs=0.01)
    assert np.mean([float(best_of(run, 3).value) for run in runs]) == pytest.approx(1 - 0.4**3, abs=0.01)


def test_a_value_is_worth_no_more_trials_than_its_answers_make_groups_of():
    assert case_accuracy(case("BBBABA")).trials == mode_agreement(case("BBBABA")).trials == 6
    assert worst_of(case("BBBABA"), 4).trials == best_of(case("BBBABA"), 4).trials == 1.5
    assert pairwise_agreement(case("BBBABA")).trials == 3


def test_fewer_than_one_of_k_is_refused():
    for function in (worst_of, best_of):
        with pytest.raises(ValueError, match="not a number of answers: 0"):
            function(case("AB"), 0)


def test_two_arms_by_hand():
    first = [case("BBB"), case("BBA"), case("AAA"), case("B-B")]
    second = [case("BBB"), case("BAC"), case("ABB"), case("CC-")]
    found = compare_repeated_runs(first, second, 3, resamples=FEW)
    assert found.k == 3
    assert value(found.indeterminate_incorrect.first) == pytest.approx((1 + 2 / 3 + 0 + 2 / 3) / 4)
    assert value(found.indeterminate_incorrect.second) == pytest.approx((1 + 1 / 3 + 2 / 3 + 0) / 4)
    assert value(found.indeterminate_incorrect.difference) == pytest.approx(1 / 12)
    # differences 0, 1/3, -2/3, 2/3: the sum 1/3 or more, or -1/3 or less, in all 8 ways of the signs but none at 0
    assert found.indeterminate_incorrect.test == pytest.approx(1)
    assert value(found.indeterminate_left_out.first) == pytest.approx((1 + 2 / 3 + 0 + 1) / 4)
    assert (value(found.worst_of_k.first), value(found.worst_of_k.second)) == (1 / 4, 1 / 4)
    assert (value(found.best_of_k.first), value(found.best_of_k.second)) == (3 / 4, 3 / 4)
    assert found.worst_of_k.first.interval == wilson(1, 4)
    assert found.vote == paired_accuracy([True, True, False, True], [True, None, True, False])
    assert value(found.mode_agreement.first) == pytest.approx((1 + 2 / 3 + 1 + 2 / 3) / 4)
    assert value(found.pairwise_agreement.second) == pytest.approx((1 + 0 + 1 / 3 + 1 / 3) / 4)
    assert found.variance.difference.within.n == 4


def test_a_case_with_too_few_answers_is_left_out_for_both_arms():
    found = compare_repeated_runs(
        [case("BBB"), case("BB"), case("B"), case("")], [case("BAB"), case("BBB"), case("BAB"), case("AAA")], 3
    )
    left_out = {name: getattr(found, name).left_out for name in ("worst_of_k", "best_of_k", "mode_agreement")}
    assert left_out == {"worst_of_k": 3, "best_of_k": 3, "mode_agreement": 2}
    assert found.indeterminate_incorrect.left_out == 1
    assert found.vote.indeterminate_incorrect.table.n == 3
    found = compare_repeated_runs([case("BB")], [case("--")], 3)
    assert found.indeterminate_left_out.left_out == 1
    nothing = Undefined("no case has an answer of both arms that is not indeterminate")
    assert found.indeterminate_left_out.difference == nothing
    assert found.worst_of_k.first == Undefined("no case has 3 answers of both arms")


def test_no_cases_are_undefined_and_say_why():
    found = compare_repeated_runs([], [], 2)
    assert found.indeterminate_incorrect.first == Undefined("no case has an answer of both arms")
    assert found.mode_agreement.test == Undefined("no case has two answers of both arms")
    assert found.variance.first == Undefined("fewer than two cases have two answers")
    for bad in ({"confidence": 95}, {"k": 0}):
        with pytest.raises(ValueError):
            compare_repeated_runs([case("B")], [case("A")], **{"k": 2, **bad})
    with pytest.raises(ValueError, match="shorter"):
        compare_repeated_runs([case("B")], [], 2)


@given(arms, st.integers(1, 4), st.randoms())
@settings(deadline=None, max_examples=40)
def test_the_order_of_answers_and_of_cases_changes_nothing(arms, k, chance):
    order = chance.sample(arms, len(arms))
    shuffled = [[chance.sample(answers, len(answers)) for answers in pair] for pair in order]
    found, again = (
        compare_repeated_runs([one for one, _ in held], [other for _, other in held], k, resamples=FEW)
        for held in (arms, shuffled)
    )
    assert found == again


@given(st.lists(st.tuples(*[st.sampled_from("AB-")] * 2), min_size=1, max_size=40))
@settings(deadline=None, max_examples=40)
def test_one_answer_to_each_case_is_the_plain_comparison(pairs):
    first, second = ([case(letter) for letter in side] for side in zip(*pairs, strict=True))
    found = compare_repeated_runs(first, second, 1)
    outcomes = ([answers[0].outcome for answers in side] for side in (first, second))
    plain = paired_accuracy(*outcomes)
    assert found.vote == plain
    assert found.worst_of_k == found.best_of_k == found.indeterminate_incorrect
    for name in ("indeterminate_incorrect", "indeterminate_left_out"):
        ours: PairedMeans = getattr(found, name)
        theirs = getattr(plain, name)
        if isinstance(theirs.first, Undefined):
            assert isinstance(ours.first, Undefined)
            continue
        assert ours.left_out == len(pairs) - theirs.table.n
        for estimate, expected in (
            (ours.first, theirs.first),
            (ours.second, theirs.second),
            (ours.difference, theirs.difference),
        ):
            assert (value(estimate), estimate.n) == (pytest.approx(expected.value, abs=1e-12), expected.n)
            assert isinstance(estimate.interval, Interval)
            assert (estimate.interval.low, estimate.interval.high) == pytest.approx(
                (expected.interval.low, expected.interval.high), abs=1e-9
            )
        assert ours.test == (theirs.test if isinstance(theirs.test, Undefined) else pytest.approx(theirs.test.exact))
    assert found.mode_agreement.first == Undefined("no case has two answers of both arms")
    assert found.variance.first == Undefined("fewer than two cases have two answers")


def test_pairwise_agreement_is_the_observed_agreement_of_as_many_readers():
    generator = np.random.default_rng(9)
    rows = ["".join(generator.choice(list("ABCD"), 5)) for _ in range(30)]
    ours = mean_over_cases([pairwise_agreement(case(row)) for row in rows])
    assert value(ours) == pytest.approx(value(observed_agreement([tuple(row) for row in rows])))


@pytest.mark.parametrize("k", [2, 5])
def test_the_interval_of_consistency_covers_the_truth(k):
    """Cases differ in how often a model gives its most likely letter; the truth is what 20,000 cases give."""
    generator = np.random.default_rng(21)

    def rows(count: int) -> list[list[SampledAnswer]]:
        likely = generator.beta(3, 1.5, count)
        letters = np.where(generator.random((count, k)) < likely[:, None], 0, generator.integers(1, 4, (count, k)))
        return [[SampledAnswer(letter == 0, int(letter)) for letter in row] for row in letters]

    for function in (mode_agreement, pairwise_agreement):
        truth = np.mean([float(function(row).value) for row in rows(20_000)])
        covered = 0
        for _ in range(300):
            interval = mean_over_cases([function(row) for row in rows(40)]).interval
            covered += interval.low <= truth <= interval.high
        assert 0.91 <= covered / 300 <= 1


def test_the_mode_is_the_most_frequent_answer():
    generator = np.random.default_rng(2)
    for _ in range(200):
        row = "".join(generator.choice(list("ABC"), 6))
        assert mode_agreement(case(row)).value == Fraction(max(Counter(row).values()), 6)
