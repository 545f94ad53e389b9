"""Intra-rater reliability, over the cases that a reader read twice, unannounced."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

from doubleread.domain.labels import LabelSet
from doubleread.read_model.cases import AnsweredCase
from doubleread.results.accuracy import Pair
from doubleread.results.agreement import Twice, marked_alike, matched_annotations
from doubleread.results.labels import (
    PREFERENCES,
    RATINGS,
    LabelAgreement,
    Level,
    Scale,
    axes_of,
    axis_subject,
    label_agreement,
    preferences_of,
    ratings_of,
    subjects,
)
from doubleread.statistics import SpanAgreement


@dataclass(frozen=True, slots=True)
class SelfAgreement:
    """One reader's first reading of a case against the second one, by answer: sides are drawn anew the second time.

    `reader_id` is None for all readers together. `cases` counts the cases that were read twice, `readings` the second
    readings of them. Labels of an answer are compared over both models' answers, so that n counts answers.
    """

    reader_id: str | None
    cases: int
    readings: int
    labels: tuple[LabelAgreement, ...]
    spans: SpanAgreement
    matched: tuple[LabelAgreement, ...]


def self_agreement(
    cases: Sequence[AnsweredCase], models: Pair, labels: LabelSet, axes: Sequence[str] = ()
) -> tuple[SelfAgreement, ...]:
    """Compare all readers with themselves together, and then, where there are several, each of them."""
    pairs = [(case, _judged_twice(case)) for case in cases if any(answer.repeats for answer in case.answers.values())]
    pairs = [(case, twice) for case, twice in pairs if twice]
    readers = sorted({one.reader_id for _, twice in pairs for _, one, _ in twice})
    if not readers:
        return ()
    chosen = [None, *readers] if len(readers) > 1 else readers
    return tuple(_of_reader(reader, pairs, models, labels, axes) for reader in chosen)


def _judged_twice(case: AnsweredCase) -> list[Twice]:
    return [
        (answer, one, other)
        for answer in case.answers.values()
        for one in answer.readings
        for other in answer.repeats
        if one.reader_id == other.reader_id
    ]


def _of_reader(
    reader_id: str | None,
    pairs: Sequence[tuple[AnsweredCase, list[Twice]]],
    models: Pair,
    labels: LabelSet,
    axes: Sequence[str],
) -> SelfAgreement:
    own = [(case, [item for item in twice if reader_id in (None, item[1].reader_id)]) for case, twice in pairs]
    own = [(case, twice) for case, twice in own if twice]
    return SelfAgreement(
        reader_id=reader_id,
        cases=len(own),
        readings=sum(len({one.reader_id for _, one, _ in twice}) for _, twice in own),
        labels=tuple(label for label in _labels(own, models, labels, axes) if label.cases),
        spans=marked_alike([twice for _, twice in own]),
        matched=matched_annotations([(case.id, twice) for case, twice in own], labels, 1),
    )


def _labels(
    own: Sequence[tuple[AnsweredCase, list[Twice]]], models: Pair, labels: LabelSet, axes: Sequence[str]
) -> Iterator[LabelAgreement]:
    for subject in subjects(labels):
        rows = [(case.id, subject.of(one), subject.of(other)) for case, twice in own for _, one, other in twice]
        yield _compared(subject.name, subject.scale, subject.level, rows)
    preferred = _of_case(
        own,
        lambda case: preferences_of(case, models, case.preferences),
        lambda case: preferences_of(case, models, case.repeat_preferences),
    )
    yield _compared("preference", PREFERENCES, "nominal", preferred)
    for axis in axes_of([case for case, _ in own], axes):

        def first(case: AnsweredCase, axis: str = axis) -> dict[str, Hashable | None]:
            return ratings_of(case, models, case.ratings, axis)

        def second(case: AnsweredCase, axis: str = axis) -> dict[str, Hashable | None]:
            return ratings_of(case, models, case.repeat_ratings, axis)

        yield _compared(axis_subject(axis), RATINGS, "ordinal", _of_case(own, first, second))


Row = tuple[str, Hashable | None, Hashable | None]
By = Callable[[AnsweredCase], dict[str, Hashable | None]]


def _of_case(own: Sequence[tuple[AnsweredCase, list[Twice]]], first: By, second: By) -> list[Row]:
    rows: list[Row] = []
    for case, twice in own:
        one, other = first(case), second(case)
        rows += [
            (case.id, one.get(who), other.get(who)) for who in dict.fromkeys(said.reader_id for _, said, _ in twice)
        ]
    return rows


def _compared(subject: str, scale: Scale, level: Level, rows: Sequence[Row]) -> LabelAgreement:
    rated = [row for row in rows if row[1] is not None and row[2] is not None]
    pairs = [(one, other) for _, one, other in rated]
    return label_agreement(subject, None, scale, level, pairs, [case_id for case_id, _, _ in rated], 1)
