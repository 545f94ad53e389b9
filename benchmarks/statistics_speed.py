"""Every measurement of a study of 10,000 cases, two readers and 100,000 annotations, from its counts."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.measurements import Measurement
from doubleread import statistics as stats
from doubleread.domain.labels import CREOLA
from doubleread.domain.spans import Span, words

CASES, ANNOTATIONS, READERS, SPECIALTIES = 10_000, 100_000, 2, 20
CATEGORIES = [label.name for label in CREOLA.categories]
SEVERITIES = [label.name for label in CREOLA.severities]
TEXT = "The case shows pleuritic chest pain, a friction rub and diffuse ST elevation without reciprocal change. " * 8


@dataclass(frozen=True, slots=True)
class _Study:
    specialties: list[list[str]]
    outcomes: tuple[list[bool | None], list[bool | None]]
    answers: tuple[list[stats.ReadAnswer | None], list[stats.ReadAnswer | None]]
    scores: tuple[list[float | None], list[float | None]]
    preferences: list[list[stats.Preferred]]
    ratings: list[list[str]]
    marked: list[list[stats.MarkedText]]


def run() -> list[Measurement]:
    """Make the counts, then time each part and all of them together; loading scipy is part of it."""
    study = _study(random.Random(7))
    parts: dict[str, Callable[[], object]] = {
        "accuracy, all and by specialty": lambda: _accuracy(study),
        "hallucinations, paired, by category and severity": lambda: _hallucinations(study, range(CASES)),
        "hallucinations by specialty": lambda: stats.by_group(
            study.specialties, lambda cases: _hallucinations(study, cases), lambda found: found.paired_with.test
        ),
        "scores": lambda: stats.paired_scores(*study.scores),
        "preferences": lambda: stats.preferences(study.preferences),
        "readers' agreement in labels": lambda: _agreement(study),
        "readers' agreement in spans": lambda: stats.span_agreement(study.marked),
    }
    measurements = []
    for name, part in parts.items():
        started = time.perf_counter()
        part()
        measurements.append(Measurement(f"statistics: {name}", time.perf_counter() - started, "s"))
    total = sum(measurement.value for measurement in measurements)
    return [
        *measurements,
        Measurement(f"statistics of {CASES:,} cases and {ANNOTATIONS:,} annotations", total, "s", 10.0),
    ]


def _accuracy(study: _Study) -> None:
    first, second = study.outcomes
    stats.paired_accuracy(first, second)
    stats.by_group(
        study.specialties,
        lambda cases: stats.paired_accuracy([first[case] for case in cases], [second[case] for case in cases]),
        lambda found: found.indeterminate_incorrect.test,
    )


def _hallucinations(study: _Study, cases: Sequence[int]) -> stats.Hallucinating:
    first, second = ([answers[case] for case in cases] for answers in study.answers)
    return stats.compare_hallucinations(first, second, CATEGORIES, SEVERITIES)


def _agreement(study: _Study) -> None:
    stats.observed_agreement(study.ratings)
    stats.fleiss(study.ratings)
    stats.gwet_ac1(study.ratings, ["none", *SEVERITIES])
    stats.krippendorff(study.ratings)
    first, second = zip(*study.ratings, strict=True)
    stats.cohen(stats.crosstable(first, second, ["none", *SEVERITIES]), "linear")


def _study(chance: random.Random) -> _Study:
    each = ANNOTATIONS // (CASES * READERS * 2)
    places = words(TEXT)

    def answer() -> stats.ReadAnswer:
        count = sum(chance.choice((each - 1, each, each + 1)) for _ in range(READERS))
        labels = tuple((chance.choice(CATEGORIES), chance.choice(SEVERITIES)) for _ in range(count))
        return stats.ReadAnswer(READERS, chance.randint(80, 400), labels)

    def spans() -> tuple[Span, ...]:
        starts = (chance.randrange(len(places) - 4) for _ in range(each))
        return tuple(Span(places[at].start, places[at + chance.randint(1, 3)].end) for at in starts)

    return _Study(
        specialties=[[f"specialty {chance.randrange(SPECIALTIES)}"] for _ in range(CASES)],
        outcomes=tuple([chance.choice((True, True, False, None)) for _ in range(CASES)] for _ in range(2)),
        answers=tuple([answer() for _ in range(CASES)] for _ in range(2)),
        scores=tuple([chance.random() for _ in range(CASES)] for _ in range(2)),
        preferences=[
            [chance.choice(("first", "second", "tie", "both bad")) for _ in range(READERS)] for _ in range(CASES)
        ],
        ratings=[[chance.choice(["none", *SEVERITIES]) for _ in range(READERS)] for _ in range(CASES)],
        marked=[
            [stats.MarkedText.of(f"{model} {number} {TEXT}", spans(), spans()) for model in range(2)]
            for number in range(CASES)
        ],
    )
