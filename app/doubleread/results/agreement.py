"""Inter-rater reliability, over the cases read by several readers."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from doubleread.domain.annotation import Annotation
from doubleread.domain.labels import LabelSet
from doubleread.read_model.answers import AnswerReading, ScoredAnswer
from doubleread.read_model.cases import AnsweredCase
from doubleread.results.accuracy import Pair
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
from doubleread.results.sentences import NAMES, sentences_by_reader
from doubleread.statistics import MarkedText, SpanAgreement, match_spans, span_agreement

Twice = tuple[ScoredAnswer, AnswerReading, AnswerReading]
"""An answer with two readings of it."""


@dataclass(frozen=True, slots=True)
class ReadersAgreement:
    """Agreement in labels, and in the stretches of both answers that readers marked.

    `cases` counts the cases with several readers. Of more than two readers of a case, `spans` and `matched` compare
    every two. `matched` is agreement in category and severity where two readers marked the same stretch (`OVERLAP`); n
    counts such pairs of annotations there.
    """

    cases: int
    labels: tuple[LabelAgreement, ...]
    spans: SpanAgreement
    matched: tuple[LabelAgreement, ...]


def readers_agreement(
    cases: Sequence[AnsweredCase], models: Pair, labels: LabelSet, axes: Sequence[str] = ()
) -> ReadersAgreement:
    """Compare what readers said of the same cases. `axes` come in the protocol's order."""
    found = [label for label in _labels(cases, models, labels, axes) if label.readers or label.subject in _ALWAYS]
    several = [case for case in cases if case.readers > 1]
    twice = [
        (case.id, [(answer, *pair) for answer in case.answers.values() for pair in combinations(answer.readings, 2)])
        for case in several
    ]
    readers = {reading.reader_id for case in several for one in case.answers.values() for reading in one.readings}
    return ReadersAgreement(
        cases=len(several),
        labels=tuple(found),
        spans=marked_alike([pairs for _, pairs in twice]),
        matched=matched_annotations(twice, labels, len(readers)),
    )


_ALWAYS = frozenset({"verdict", "any hallucination", "most severe annotation", "preference"})


def _labels(
    cases: Sequence[AnsweredCase], models: Pair, labels: LabelSet, axes: Sequence[str]
) -> Iterator[LabelAgreement]:
    for subject in subjects(labels):
        for place, model in enumerate(models):
            given = [
                (case.id, {said.reader_id: subject.of(said) for said in case.answers[model].readings})
                for case in cases
                if model in case.answers
            ]
            yield _between(subject.name, place, subject.scale, subject.level, given)
    for place, model in enumerate(models):
        sentences, clusters = sentences_by_reader(cases, model)
        yield _between("sentence", place, NAMES, "nominal", list(zip(clusters, sentences, strict=True)))
    preferred = [(case.id, preferences_of(case, models, case.preferences)) for case in cases]
    yield _between("preference", None, PREFERENCES, "nominal", preferred)
    for axis in axes_of(cases, axes):
        rated = [(case.id, ratings_of(case, models, case.ratings, axis)) for case in cases]
        yield _between(axis_subject(axis), None, RATINGS, "ordinal", rated)


def _between(
    subject: str,
    model: int | None,
    scale: Scale,
    level: Level,
    given: Sequence[tuple[Hashable, dict[str, Hashable | None]]],
) -> LabelAgreement:
    rated = [(case_id, {who: said for who, said in by.items() if said is not None}) for case_id, by in given]
    rated = [(case_id, by) for case_id, by in rated if by]
    readers = sorted({reader for _, by in rated for reader in by})
    rows = [[by.get(reader) for reader in readers] for _, by in rated]
    return label_agreement(subject, model, scale, level, rows, [case_id for case_id, _ in rated], len(readers))


def marked_alike(twice: Sequence[Sequence[Twice]]) -> SpanAgreement:
    """Compare what was marked in answers that were judged twice; a list for each case."""
    return span_agreement(
        [[MarkedText(answer.text, one.spans, other.spans) for answer, one, other in pairs] for pairs in twice]
    )


def matched_annotations(
    twice: Sequence[tuple[str, Sequence[Twice]]], labels: LabelSet, readers: int
) -> tuple[LabelAgreement, ...]:
    """Compare category and severity of annotations at the same stretch, in answers that were judged twice."""
    pairs: list[tuple[str, Annotation, Annotation]] = [
        (case_id, one.located[at], other.located[against])
        for case_id, listed in twice
        for _, one, other in listed
        for at, against in match_spans(one.spans, other.spans)
    ]
    cases = [case_id for case_id, _, _ in pairs]
    categories = [label.name for label in labels.categories]
    severities = [label.name for label in labels.severities]
    compared: tuple[tuple[str, str, Scale, Level], ...] = (
        ("category, same span", "category", categories, "nominal"),
        ("severity, same span", "severity", severities, "ordinal"),
    )
    return tuple(
        label_agreement(
            name,
            None,
            scale,
            level,
            [(getattr(one, label), getattr(other, label)) for _, one, other in pairs],
            cases,
            readers,
        )
        for name, label, scale, level in compared
    )
