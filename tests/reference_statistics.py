"""Judgements printed in the literature and in the tests of other programs, as cases by readers."""

from __future__ import annotations


def cases(*readers: str) -> list[tuple[object, ...]]:
    """Return one row for each case, from one line for each reader; * stands for a judgement that is missing."""
    lines = [
        [None if word == "*" else int(word) if word.isdigit() else word for word in line.split()] for line in readers
    ]
    return list(zip(*lines, strict=True))


# Fleiss, Psychol Bull 1971: 30 patients, 6 psychiatrists; as in R irr's `diagnoses` and statsmodels' tests.
_PATIENTS = """
444444 222555 233335 555555 222444 113333 333355 113334 114444 555555
144444 124444 222333 144444 224445 333335 111455 111112 224444 133555
555555 244444 224555 114444 144445 222224 111155 224444 133333 555555
"""
DIAGNOSES = [tuple(map(int, patient)) for patient in _PATIENTS.split()]

# The example of Wikipedia's page on Fleiss' kappa: how many of 14 readers gave each of 5 categories, for 10 cases.
WIKIPEDIA = [
    (0, 0, 0, 0, 14),
    (0, 2, 6, 4, 2),
    (0, 0, 3, 5, 6),
    (0, 3, 9, 2, 0),
    (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0),
    (3, 2, 6, 3, 0),
    (2, 5, 3, 2, 2),
    (6, 5, 2, 1, 0),
    (0, 2, 2, 3, 7),
]

# Krippendorff's examples, as in the tests of fast-krippendorff and nltk.
THREE_OBSERVERS = cases(
    "* * * * * 3 4 1 2 1 1 3 3 * 3",
    "1 * 2 1 3 3 4 3 * * * * * * *",
    "* * 2 1 3 4 4 * 2 1 1 3 3 * 4",
)
FOUR_OBSERVERS = cases(
    "1 2 3 3 2 1 4 1 2 * * *",
    "1 2 3 3 2 2 4 1 2 5 * 3",
    "* 3 3 3 2 3 4 2 2 5 1 *",
    "1 2 3 3 2 4 4 1 2 5 1 *",
)

# Gwet's examples, as in the tests of irrCAC.
GWET_4_RATERS = cases(
    "1 2 3 3 2 1 4 1 2 * * *",
    "1 2 3 3 2 2 4 1 2 5 * *",
    "* 3 3 3 2 3 4 2 2 5 1 3",
    "1 2 3 3 2 4 4 1 2 5 1 *",
)
GWET_GENDER = cases(
    "a a a a a b b b c a a a a a b",
    "a a a a b a b c c a a a a b a",
    "a b b c a a b b c a b b c a a",
    "c c c c a a b b c c c c c a a",
)
GWET_BEN_GERRY = cases("a a b b d c c c e d d a", "b a b b b c c c e * d d")
GWET_5_OBSERVERS = cases(
    "1 1 2 * 0 0 1 1 2 2 * 0 1 3 1",
    "1 1 3 0 0 0 0 * 2 1 1 0 2 3 1",
    "2 0 3 0 0 0 2 2 2 1 0 0 2 2 1",
    "* 1 3 * * * * 0 * 1 0 0 2 2 *",
    "2 * * 0 0 0 1 * 2 * * * * 3 1",
)

# R irr's `anxiety`: 20 subjects, readers 2 and 3; as in statsmodels' tests.
ANXIETY = cases(
    "3 6 4 6 2 4 2 4 3 3 2 3 3 3 2 2 1 3 3 4",
    "2 1 4 4 3 2 1 6 1 1 1 2 3 3 1 1 3 3 2 2",
)

# Artstein, Poesio, Comput Linguist 2008: two coders, 100 utterances; as in nltk's tests.
ARTSTEIN_POESIO = (
    [("stat", "stat")] * 46
    + [("ireq", "stat")] * 6
    + [("ireq", "ireq")] * 32
    + [("ireq", "chck")] * 6
    + [("chck", "chck")] * 10
)
