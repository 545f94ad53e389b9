"""The labels of a reading that can be compared with another reading of the same answer, and how far they agree."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import compress
from typing import Literal

from doubleread.domain.labels import VERDICTS, LabelSet
from doubleread.read_model.answers import AnswerReading
from doubleread.read_model.cases import AnsweredCase
from doubleread.results.accuracy import Pair
from doubleread.statistics import (
    Estimate,
    Undefined,
    Weights,
    cohen,
    cohen_by_case,
    crosstable,
    fleiss,
    grouped,
    gwet_ac1,
    krippendorff,
    observed_agreement,
)

Level = Literal["nominal", "ordinal"]
Scale = Sequence[Hashable]
PREFERENCES = ("first", "second", "tie", "both bad")
RATINGS = ("first", "tie", "second")
_YES_OR_NO = (True, False)
_AXIS = " (axis)"


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """Agreement in one judgement. `model` is the place of the model whose answers it is about, None for both.

    `readers` gave it in at least one case, `cases` were judged by two of them or more; the intervals resample cases.
    `cohen` exists for two readers alone. If the labels have an order (`level` is "ordinal"), `cohen` has linear weights
    and `krippendorff` is the ordinal one; the others count every disagreement alike. For the subjects
    "sentence" and "criterion", they compare sentences or criteria that several readers judged, and n counts those.
    """

    subject: str
    arm: int | None
    readers: int
    cases: int
    observed: Estimate | Undefined
    cohen: Estimate | Undefined
    fleiss: Estimate | Undefined
    krippendorff: Estimate | Undefined
    ac1: Estimate | Undefined
    level: Level = "nominal"

    @property
    def of_axis(self) -> bool:
        """Whether it compares the two answers by an axis of the protocol."""
        return self.subject.endswith(_AXIS)


@dataclass(frozen=True, slots=True)
class Subject:
    """A label of a reading; `of` returns None if the reader did not give it."""

    name: str
    scale: Scale
    level: Level
    of: Callable[[AnswerReading], Hashable | None]


def subjects(labels: LabelSet) -> tuple[Subject, ...]:
    """Return the labels of one answer."""
    grades = ("none", *(label.name for label in labels.severities))
    rank = {name: grades.index(name) for name in grades}

    def most_severe(reading: AnswerReading) -> str:
        return max([annotation.severity for annotation in reading.annotations], key=rank.__getitem__, default="none")

    return (
        Subject("verdict", [label.name for label in VERDICTS], "nominal", lambda reading: reading.verdict),
        Subject("any hallucination", _YES_OR_NO, "nominal", lambda reading: bool(reading.annotations)),
        Subject("most severe annotation", grades, "ordinal", most_severe),
        Subject("names the diagnosis", _YES_OR_NO, "nominal", lambda reading: reading.confirms),
    )


def preferences_of(case: AnsweredCase, arms: Pair, given: Mapping[str, str]) -> dict[str, Hashable | None]:
    """Return whose answer each reader preferred, by model and not by side."""
    names = dict(zip(arms, PREFERENCES[:2], strict=True))
    by_answer = {answer.id: names[arm] for arm, answer in case.answers.items()}
    return {reader: by_answer.get(preferred, preferred) for reader, preferred in given.items()}


def ratings_of(
    case: AnsweredCase, arms: Pair, given: Mapping[str, Mapping[str, str]], axis: str
) -> dict[str, Hashable | None]:
    """Return whose answer is better by an axis, for each reader who rated it."""
    return preferences_of(case, arms, {reader: rated[axis] for reader, rated in given.items() if axis in rated})


def axes_of(cases: Sequence[AnsweredCase], order: Sequence[str]) -> list[str]:
    """Return the axes that anybody rated; those of `order` come first."""
    given = (rated for case in cases for rated in (*case.ratings.values(), *case.repeat_ratings.values()))
    rated = dict.fromkeys(axis for by_axis in given for axis in by_axis)
    return [*(axis for axis in order if axis in rated), *(axis for axis in rated if axis not in order)]


def axis_subject(axis: str) -> str:
    """Return the name of agreement by an axis, which no label of an answer has."""
    return f"{axis}{_AXIS}"


def label_agreement(
    subject: str,
    arm: int | None,
    scale: Scale,
    level: Level,
    rows: Sequence[Sequence[Hashable | None]],
    cases: Sequence[Hashable],
    readers: int,
) -> LabelAgreement:
    """Compare ratings of the same things, a row for each; `cases` names the case of each row.

    If a case has several rows, the bootstrap resamples cases, and n counts rows.
    """
    ratings = grouped(rows)
    paired = [sum(rating is not None for rating in kind) > 1 for kind in ratings.kinds]
    several = {case for case, kind in zip(cases, ratings.kind_of.tolist(), strict=True) if paired[kind]}
    clusters = cases if len(set(cases)) < len(cases) else None
    ordered = scale if level == "ordinal" else None

    def corrected() -> tuple[Estimate | Undefined, Estimate | Undefined]:
        return fleiss(ratings, clusters=clusters), gwet_ac1(ratings, scale, clusters=clusters)

    # Both halves mostly draw samples, which NumPy does without the interpreter's lock.
    with ThreadPoolExecutor(1) as thread:
        beside = thread.submit(corrected)
        observed = observed_agreement(ratings, clusters=clusters)
        cohens = (
            _cohen(rows, scale, level, cases, readers) if several else Undefined("no case was judged by two readers")
        )
        alpha = krippendorff(ratings, level, ordered, clusters=clusters)
    pi, ac1 = beside.result()
    return LabelAgreement(subject, arm, readers, len(several), observed, cohens, pi, alpha, ac1, level)


def _cohen(
    rows: Sequence[Sequence[Hashable | None]], scale: Scale, level: Level, cases: Sequence[Hashable], readers: int
) -> Estimate | Undefined:
    if readers > 2:
        return Undefined(f"there are {readers} readers, and it compares exactly two")
    both = [len(row) == 2 and None not in row for row in rows]
    first, second = ([row[reader] for row in compress(rows, both)] for reader in (0, 1))
    weights: Weights = "linear" if level == "ordinal" else "none"
    found = cohen(crosstable(first, second, scale), weights)
    if len(set(cases)) == len(cases) or isinstance(found, Undefined):
        return found
    if weights == "none":
        return cohen_by_case(first, second, scale, list(compress(cases, both)))
    return replace(found, interval=Undefined("its formula assumes independent rows, and a case has several"))
