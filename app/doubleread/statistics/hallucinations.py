"""How often two models hallucinate on the same cases: for each answer, for 100 words, by category and severity."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from doubleread.statistics.bootstrap import RESAMPLES, SEED, Statistic, bootstrap_cases
from doubleread.statistics.estimates import Estimate, Undefined
from doubleread.statistics.paired import PairedProportions, paired_proportions, paired_table
from doubleread.statistics.proportions import Proportion, proportion

_ALL, _BY_WORDS = "annotations", "annotations by words"
_CATEGORY, _SEVERITY = "category", "severity"
_READINGS, _WORDS, _ANNOTATIONS, _FIRST_KIND = range(4)  # columns of one model's answer


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """What the readings of one answer contain. `annotations` are (category, severity) of all annotations of all its
    readings.

    `readings` counts the committed readings of it whose reader did not decline the case, including those without an
    annotation; `words` is the answer's length. Raises ValueError for a count below zero, and for annotations that
    nobody read.
    """

    readings: int
    words: int
    annotations: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.readings < 0 or self.words < 0:
            raise ValueError(f"not counts: {self.readings} readings, {self.words} words")
        if self.annotations and not self.readings:
            raise ValueError("annotations of an answer that nobody read")


@dataclass(frozen=True, slots=True)
class PairedRates:
    """One rate of both models and the difference (first minus second), each with its BCa bootstrap interval.

    n counts the answers that somebody read; for the difference, the cases in which both answers were read.
    """

    first: Estimate | Undefined
    second: Estimate | Undefined
    difference: Estimate | Undefined


@dataclass(frozen=True, slots=True)
class Hallucinating:
    """The comparison of two models' annotations.

    `each_answer`, `by_category` and `by_severity` are annotations per reading of an answer; `each_100_words` are
    annotations per 100 words read. `first_with` and `second_with` are the proportions of read answers in which at least
    one reader marked at least one annotation; `paired_with` compares them in the cases in which both answers were read.
    """

    each_answer: PairedRates
    each_100_words: PairedRates
    by_category: Mapping[str, PairedRates]
    by_severity: Mapping[str, PairedRates]
    first_with: Proportion | Undefined
    second_with: Proportion | Undefined
    paired_with: PairedProportions


def compare_hallucinations(
    first: Sequence[ReadAnswer | None],
    second: Sequence[ReadAnswer | None],
    categories: Iterable[str],
    severities: Iterable[str],
    confidence: float = 0.95,
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Hallucinating:
    """Compare two models' annotations, one answer for each case, in the same order; None is a missing answer.

    Give omissions in a call of their own, so that they are counted apart. Answers that nobody read do not count. Raises
    ValueError if lengths differ and for an annotation whose category or severity is not among those named.
    """
    import numpy as np

    kinds = [(_CATEGORY, name) for name in dict.fromkeys(categories)]
    kinds += [(_SEVERITY, name) for name in dict.fromkeys(severities)]
    places = {kind: _FIRST_KIND + place for place, kind in enumerate(kinds)}
    cases = [pair for pair in zip(first, second, strict=True) if _read(pair[0]) or _read(pair[1])]
    paired = [_read(one) and _read(other) for one, other in cases]
    read = {
        "first": sum(_read(one) for one, _ in cases),
        "second": sum(_read(other) for _, other in cases),
        "difference": sum(paired),
    }
    nothing = [0.0] * (_FIRST_KIND + len(places))
    # Where both answers of all cases were read, those of both are all of them.
    apart = not all(paired)
    rows = array("d")
    for (one, other), both in zip(cases, paired, strict=True):
        own, others = _row(one, places), _row(other, places)
        rows.extend((*own, *others))
        if apart:
            rows.extend((*own, *others) if both else (*nothing, *nothing))
    table = np.frombuffer(rows).reshape(len(cases), (4 if apart else 2) * len(nothing))
    found = bootstrap_cases(
        table, _statistics_of(places, apart=apart), confidence=confidence, resamples=resamples, seed=seed
    )

    def rates(name: str) -> PairedRates:
        return PairedRates(*(_counted(found[f"{side} {name}"], side, count) for side, count in read.items()))

    with_any = [(_any(one), _any(other)) for one, other in cases if _read(one) and _read(other)]
    return Hallucinating(
        each_answer=rates(_ALL),
        each_100_words=rates(_BY_WORDS),
        by_category={name: rates(f"{rating} {name}") for rating, name in kinds if rating == _CATEGORY},
        by_severity={name: rates(f"{rating} {name}") for rating, name in kinds if rating == _SEVERITY},
        first_with=_proportion_with_any((pair[0] for pair in cases), confidence),
        second_with=_proportion_with_any((pair[1] for pair in cases), confidence),
        paired_with=paired_proportions(
            paired_table([one for one, _ in with_any], [other for _, other in with_any]), confidence
        ),
    )


def _read(answer: ReadAnswer | None) -> bool:
    return answer is not None and answer.readings > 0


def _any(answer: ReadAnswer | None) -> bool:
    return answer is not None and bool(answer.annotations)


def _row(answer: ReadAnswer | None, places: Mapping[tuple[str, str], int]) -> list[float]:
    """Return readings, words read, annotations, and annotations of each kind: the columns of one model's answer."""
    row = [0.0] * (_FIRST_KIND + len(places))
    if answer is None:
        return row
    row[:_FIRST_KIND] = answer.readings, answer.readings * answer.words, len(answer.annotations)
    for category, severity in answer.annotations:
        try:
            row[places[_CATEGORY, category]] += 1
            row[places[_SEVERITY, severity]] += 1
        except KeyError as error:
            raise ValueError(f"neither a category nor a severity that was named: {error.args[0][1]!r}") from None
    return row


def _statistics_of(places: Mapping[tuple[str, str], int], *, apart: bool) -> dict[str, Statistic]:
    """Return the rates by name: of each model in all its answers, and their difference in those of the same cases.

    `apart` says that the table has columns of their own for the answers in cases of which both were read.
    """
    rates = {_ALL: (_ANNOTATIONS, _READINGS, 1.0), _BY_WORDS: (_ANNOTATIONS, _WORDS, 100.0)}
    rates |= {f"{rating} {name}": (place, _READINGS, 1.0) for (rating, name), place in places.items()}
    width = _FIRST_KIND + len(places)
    statistics: dict[str, Statistic] = {}
    for name, (above, below, scale) in rates.items():
        first, second, first_paired, second_paired = (
            _rate(start + above, start + below, scale)
            for start in ((0, width, 2 * width, 3 * width) if apart else (0, width, 0, width))
        )
        statistics[f"first {name}"], statistics[f"second {name}"] = first, second
        statistics[f"difference {name}"] = _minus(first_paired, second_paired)
    return statistics


def _rate(above: int, below: int, scale: float) -> Statistic:
    return lambda sums: scale * sums[above] / sums[below]


def _minus(one: Statistic, other: Statistic) -> Statistic:
    return lambda sums: one(sums) - other(sums)


def _counted(estimate: Estimate | Undefined, side: str, count: int) -> Estimate | Undefined:
    if isinstance(estimate, Estimate):
        return replace(estimate, n=count)
    if count:
        return Undefined("the answers that were read have no words")
    return Undefined(
        "no case has both answers read" if side == "difference" else "no reading of an answer is committed"
    )


def _proportion_with_any(answers: Iterable[ReadAnswer | None], confidence: float) -> Proportion | Undefined:
    read = [answer for answer in answers if _read(answer)]
    if not read:
        return Undefined("no reading of an answer is committed")
    return proportion(sum(map(_any, read)), len(read), confidence)
