"""Agreement of any number of readers: published values, statsmodels, and where there is none."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import fleiss_kappa

import reference_statistics as data
from doubleread.statistics import (
    Estimate,
    Interval,
    Undefined,
    fleiss,
    grouped,
    gwet_ac1,
    krippendorff,
    observed_agreement,
)

ONE_CATEGORY = Undefined("everybody gave one category")
NO_PAIR = Undefined("no case was judged by two readers")
QUICK = {"resamples": 199}

labels = st.sampled_from(["minor", "major", "none", None])
some_ratings = st.integers(2, 4).flatmap(
    lambda readers: st.lists(st.tuples(*[labels] * readers), min_size=1, max_size=20)
)


def value(estimate: Estimate | Undefined) -> float:
    assert isinstance(estimate, Estimate)
    if isinstance(estimate.interval, Interval):
        assert estimate.interval.low < estimate.interval.high
    return estimate.value


def spread(counts):
    """Return ratings that have these counts of categories."""
    return [[category for category, count in enumerate(case) for _ in range(count)] for case in counts]


def test_fleiss_equals_what_is_published():
    assert value(fleiss(spread(data.WIKIPEDIA))) == pytest.approx(0.20993070442195522, abs=1e-15)
    # R, irr::kappam.fleiss
    assert value(fleiss(data.DIAGNOSES)) == pytest.approx(0.4302445, abs=5e-8)
    totals = [sum(case.count(category) for case in data.DIAGNOSES) for category in range(1, 6)]
    assert totals == [26, 26, 30, 55, 43]
    # irrCAC, after Gwet 2014
    assert value(fleiss(data.GWET_4_RATERS)) == pytest.approx(0.761169, abs=5e-7)
    assert value(fleiss(data.GWET_GENDER)) == pytest.approx(0.128889, abs=5e-7)


def test_agreement_of_single_cases_equals_wikipedia():
    printed = [1.000, 0.253, 0.308, 0.440, 0.330, 0.462, 0.242, 0.176, 0.286, 0.286]
    assert [value(observed_agreement([case])) for case in spread(data.WIKIPEDIA)] == pytest.approx(printed, abs=5e-4)


def test_observed_agreement_equals_what_is_published():
    assert value(observed_agreement(data.GWET_4_RATERS)) == pytest.approx(0.818182, abs=5e-7)
    two = observed_agreement(data.ARTSTEIN_POESIO)
    assert value(two) == 0.88
    assert isinstance(two, Estimate)
    assert (two.n, two.method) == (100, "observed agreement, Wilson")


def test_gwet_equals_what_is_published():
    found = gwet_ac1(data.GWET_4_RATERS)
    assert value(found) == pytest.approx(0.775444, abs=5e-7)
    assert isinstance(found, Estimate)
    assert found.n == 11


@pytest.mark.parametrize(
    ("ratings", "level", "alpha", "digits"),
    [  # fast-krippendorff, nltk (Krippendorff's own examples), irrCAC (Gwet 2014)
        (data.THREE_OBSERVERS, "nominal", 0.691358024691358, 14),
        (data.THREE_OBSERVERS, "interval", 0.810844892812106, 14),
        (data.FOUR_OBSERVERS, "nominal", 0.743421052631579, 14),
        (data.FOUR_OBSERVERS, "ordinal", 0.815387503754881, 14),
        (data.FOUR_OBSERVERS, "interval", 0.849107142857143, 14),
        (data.FOUR_OBSERVERS, "ratio", 0.797402774711612, 14),
        (data.GWET_4_RATERS, "nominal", 0.743, 3),
        (data.GWET_5_OBSERVERS, "nominal", 0.481, 3),
        (data.GWET_GENDER, "nominal", 0.143, 3),
        (data.GWET_BEN_GERRY, "nominal", 0.665, 3),
        (data.ARTSTEIN_POESIO, "nominal", 0.800534580688273, 14),
    ],
)
def test_krippendorff_equals_what_is_published(ratings, level, alpha, digits):
    assert value(krippendorff(ratings, level)) == pytest.approx(alpha, abs=0.51 * 10**-digits)


def test_scotts_pi_is_fleiss_of_two():
    assert value(fleiss(data.ARTSTEIN_POESIO)) == pytest.approx(0.79953224189776, abs=5e-15)


def test_a_case_with_one_rating_does_not_count_for_alpha():
    # nltk: dress 1 YES, NO, NO; dress 2 YES, NO; dress 3 a single NO
    found = krippendorff([("YES", "NO", "NO"), ("YES", "NO", None), (None, None, "NO")])
    assert value(found) == pytest.approx(-1 / 3)
    assert isinstance(found, Estimate)
    assert found.n == 2


@given(st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), min_size=2, max_size=25))
@settings(deadline=None)
def test_fleiss_equals_statsmodels(counts):
    readers = max(map(sum, counts))
    full = [[*case[:2], case[2] + readers - sum(case)] for case in counts]
    assume(readers >= 2 and np.count_nonzero(np.sum(full, axis=0)) > 1)
    assert value(fleiss(spread(full), **QUICK)) == pytest.approx(fleiss_kappa(np.array(full)), abs=1e-12)


@given(some_ratings, st.randoms())
@settings(deadline=None)
def test_order_of_cases_readers_and_names_does_not_matter(ratings, chance):
    names = {"minor": 1, "major": 2, "none": 3, None: None}
    other = [
        chance.sample([names[rating] for rating in case], len(case)) for case in chance.sample(ratings, len(ratings))
    ]
    for figure in (observed_agreement, fleiss, gwet_ac1, krippendorff):
        one, two = figure(ratings, **QUICK), figure(other, **QUICK)
        if isinstance(one, Undefined):
            assert one == two
        else:
            assert isinstance(two, Estimate)
            assert (two.value, two.n) == (pytest.approx(one.value, abs=1e-12), one.n)
            assert one.value <= 1 + 1e-12


@given(some_ratings)
@settings(deadline=None)
def test_alpha_equals_its_definition(ratings):
    cases = [[rating for rating in case if rating is not None] for case in ratings]
    cases = [case for case in cases if len(case) >= 2]
    every = [rating for case in cases for rating in case]
    assume(len(set(every)) > 1)
    seen = sum(sum(a != b for a, b in permutations(case, 2)) / (len(case) - 1) for case in cases) / len(every)
    by_chance = sum(a != b for a, b in combinations(every, 2)) * 2 / (len(every) * (len(every) - 1))
    assert value(krippendorff(ratings, **QUICK)) == pytest.approx(1 - seen / by_chance, abs=1e-12)


def test_one_category_is_undefined_save_where_others_could_have_been_given():
    ratings = [("none", "none")] * 12
    for figure in (fleiss, gwet_ac1, krippendorff):
        assert figure(ratings) == ONE_CATEGORY
    assert krippendorff(ratings, scale=["none", "minor"]) == ONE_CATEGORY
    assert value(gwet_ac1(ratings, ["none", "minor"])) == 1.0
    assert value(observed_agreement(ratings)) == 1.0


def test_nobody_read_twice_is_undefined():
    for figure in (observed_agreement, fleiss, gwet_ac1, krippendorff):
        assert figure([("a", None), (None, "b")]) == NO_PAIR
        assert figure([]) == NO_PAIR


def test_ac1_does_not_fall_where_hallucinations_are_rare_and_kappa_does():
    ratings = [("no", "no")] * 96 + [("yes", "no"), ("no", "yes")] * 2
    assert value(observed_agreement(ratings)) == 0.96
    assert value(gwet_ac1(ratings)) > 0.95
    assert value(fleiss(ratings)) < 0


def test_an_ordinal_scale_need_not_be_numbers_and_matters():
    scale = ["none", "minor", "major"]
    near = [("none", "none"), ("minor", "minor"), ("major", "major"), ("none", "minor")] * 3
    far = [("none", "none"), ("minor", "minor"), ("major", "major"), ("none", "major")] * 3
    assert value(krippendorff(near, "ordinal", scale)) > value(krippendorff(far, "ordinal", scale))
    with pytest.raises(ValueError, match="not a number: 'none'"):
        krippendorff(near, "ordinal")
    with pytest.raises(ValueError, match="not on the scale: 'major'"):
        krippendorff(near, "nominal", scale[:2])
    with pytest.raises(ValueError, match="not be negative"):
        krippendorff([(-1, 2), (2, 2)], "ratio")


def test_rows_of_the_same_case_are_resampled_together():
    ratings = [case for case in data.ANXIETY for _ in range(3)]
    cases = [number for number in range(len(data.ANXIETY)) for _ in range(3)]
    for figure in (fleiss, gwet_ac1):
        alone, together = figure(data.ANXIETY, **QUICK), figure(ratings, clusters=cases, **QUICK)
        assert isinstance(alone, Estimate)
        assert isinstance(together, Estimate)
        assert together.n == 3 * alone.n
        assert together.value == pytest.approx(alone.value)
        # Three copies of a case say no more than the case: the interval stays as wide.
        assert together.interval.low == pytest.approx(alone.interval.low)
        assert together.interval.high == pytest.approx(alone.interval.high)
    nominal = krippendorff(ratings, clusters=cases, **QUICK)
    spread_out = krippendorff(ratings, **QUICK)
    assert isinstance(nominal, Estimate)
    assert isinstance(spread_out, Estimate)
    assert nominal.value == spread_out.value
    width = [found.interval.high - found.interval.low for found in (nominal, spread_out)]
    assert width[0] > 1.3 * width[1]


def test_two_ratings_have_no_wilson_interval_where_cases_have_several_rows():
    found = observed_agreement([("a", "a"), ("a", "b"), ("b", "b"), ("b", "b")], clusters=["x", "x", "y", "z"], **QUICK)
    assert isinstance(found, Estimate)
    assert (found.value, found.n) == (0.75, 4)
    assert "bootstrap" in found.method


def test_grouped_ratings_say_the_same_as_their_rows():
    rows = [("a", "b"), ("a", "a"), ("a", "b"), ("b", None), ("c", "c"), (None, "a")]
    clusters = [1, 1, 2, 3, 4, 5]
    for cases in (None, clusters):
        for coefficient in (observed_agreement, fleiss, gwet_ac1, krippendorff):
            once = coefficient(grouped(rows), clusters=cases, **QUICK)
            assert once == coefficient(rows, clusters=cases, **QUICK)
    assert grouped(rows).kinds == (("a", "b"), ("a", "a"), ("b", None), ("c", "c"), (None, "a"))


def test_every_row_needs_its_case():
    with pytest.raises(ValueError, match="1 clusters for 2 rows"):
        observed_agreement([("a", "a"), ("a", "b")], clusters=["x"], **QUICK)
