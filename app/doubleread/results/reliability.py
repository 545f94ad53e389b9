"""Inter-rater reliability over the cases that several readers read, intra-rater over those that a reader read twice."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from doubleread.domain.labels import LabelSet
from doubleread.read_model.answers import AnswerReading, Marked
from doubleread.read_model.cases import AnsweredCase
from doubleread.results.accuracy import Pair
from doubleread.results.labels import (
    PREFERENCES,
    RATINGS,
    LabelAgreement,
    Level,
    Scale,
    Subject,
    axes_of,
    axis_subject,
    label_agreement,
    preferences_of,
    ratings_of,
    subjects,
)
from doubleread.results.rubric import NAMES as CRITERION_NAMES
from doubleread.results.rubric import criteria_by_reader
from doubleread.results.sentences import NAMES, sentences_by_reader
from doubleread.statistics import MarkedText, SpanAgreement, match_spans, span_agreement

ReadTwice = tuple[AnswerReading, AnswerReading]
"""Two readings of an answer."""
Matched = tuple[Marked, Marked]
"""Annotations of the same span by two readers."""
Said = dict[str, Hashable | None]
"""What each reader said of one case or answer."""
_ALWAYS = frozenset({"verdict", "any hallucination", "most severe annotation", "preference"})


@dataclass(frozen=True, slots=True)
class InterRaterReliability:
    """Agreement of different readers in labels, and in the spans of both answers that they marked.

    `cases` counts the cases with several readers. Of more than two readers of a case, `spans` and `matched` compare
    every two. `matched` is agreement in category and severity where two readers marked the same span (`OVERLAP`); n
    counts such pairs of annotations there.
    """

    cases: int
    labels: tuple[LabelAgreement, ...]
    spans: SpanAgreement
    matched: tuple[LabelAgreement, ...]


@dataclass(frozen=True, slots=True)
class IntraRaterReliability:
    """One reader's first reading of a case against the second one, by answer: sides are randomised again.

    `reader_id` is None for all readers together. `cases` counts the cases that were read twice, `readings` the second
    readings of them. Labels of an answer are compared over both models' answers, so that n counts answers.
    """

    reader_id: str | None
    cases: int
    readings: int
    labels: tuple[LabelAgreement, ...]
    spans: SpanAgreement
    matched: tuple[LabelAgreement, ...]

    @property
    def compared(self) -> tuple[LabelAgreement, ...]:
        """All labels of which there are two ratings."""
        return (*self.labels, *(label for label in self.matched if label.cases))


def inter_rater_reliability(
    cases: Sequence[AnsweredCase],
    arms: Pair,
    labels: LabelSet,
    axes: Sequence[str] = (),
    scales: Sequence[Subject] = (),
) -> InterRaterReliability:
    """Compare what readers said of the same cases. `axes` are in the protocol's order, `scales` those of answers."""
    found = [
        label
        for label in _between_readers(cases, arms, labels, axes, scales)
        if label.readers or label.subject in _ALWAYS
    ]
    several = [case for case in cases if case.readers > 1]
    twice = [
        (case.id, [pair for answer in case.answers.values() for pair in combinations(answer.readings, 2)])
        for case in several
    ]
    readers = {reading.reader_id for case in several for one in case.answers.values() for reading in one.readings}
    spans, matched = _marked(twice, labels, len(readers))
    return InterRaterReliability(cases=len(several), labels=tuple(found), spans=spans, matched=matched)


def intra_rater_reliability(
    cases: Sequence[AnsweredCase],
    arms: Pair,
    labels: LabelSet,
    axes: Sequence[str] = (),
    scales: Sequence[Subject] = (),
) -> tuple[IntraRaterReliability, ...]:
    """Compare the two readings of each reader: all readers together, and then, if there are several, each."""
    pairs = [(case, twice) for case in cases if (twice := _read_twice(case))]
    readers = sorted({one.reader_id for _, twice in pairs for one, _ in twice})
    if not readers:
        return ()
    chosen = [None, *readers] if len(readers) > 1 else readers
    return tuple(_of_reader(reader, pairs, arms, labels, axes, scales) for reader in chosen)


def _between_readers(
    cases: Sequence[AnsweredCase], arms: Pair, labels: LabelSet, axes: Sequence[str], scales: Sequence[Subject]
) -> Iterator[LabelAgreement]:
    for subject in (*subjects(labels), *scales):
        for place, arm in enumerate(arms):
            given = [
                (case.id, {said.reader_id: subject.of(said) for said in case.answers[arm].readings})
                for case in cases
                if arm in case.answers
            ]
            yield _between(subject.name, place, subject.scale, subject.level, given)
    for place, arm in enumerate(arms):
        sentences, clusters = sentences_by_reader(cases, arm)
        yield _between("sentence", place, NAMES, "nominal", list(zip(clusters, sentences, strict=True)))
    for place, arm in enumerate(arms):
        criteria, clusters = criteria_by_reader(cases, arm)
        yield _between("criterion", place, CRITERION_NAMES, "nominal", list(zip(clusters, criteria, strict=True)))
    preferred = [(case.id, preferences_of(case, arms, case.preferences)) for case in cases]
    yield _between("preference", None, PREFERENCES, "nominal", preferred)
    for axis in axes_of(cases, axes):
        rated = [(case.id, ratings_of(case, arms, case.ratings, axis)) for case in cases]
        yield _between(axis_subject(axis), None, RATINGS, "ordinal", rated)


def _between(
    subject: str, arm: int | None, scale: Scale, level: Level, given: Sequence[tuple[Hashable, Said]]
) -> LabelAgreement:
    readers = sorted({reader for _, by in given for reader, said in by.items() if said is not None})
    unrated = (None,) * len(readers)
    rated = [(case_id, row) for case_id, by in given if (row := tuple(map(by.get, readers))) != unrated]
    rows, cases = [row for _, row in rated], [case_id for case_id, _ in rated]
    return label_agreement(subject, arm, scale, level, rows, cases, len(readers))


def _read_twice(case: AnsweredCase) -> list[ReadTwice]:
    return [
        (one, other)
        for answer in case.answers.values()
        for one in answer.readings
        for other in answer.repeats
        if one.reader_id == other.reader_id
    ]


def _of_reader(
    reader_id: str | None,
    pairs: Sequence[tuple[AnsweredCase, list[ReadTwice]]],
    arms: Pair,
    labels: LabelSet,
    axes: Sequence[str],
    scales: Sequence[Subject],
) -> IntraRaterReliability:
    own = [(case, [item for item in twice if reader_id in (None, item[0].reader_id)]) for case, twice in pairs]
    own = [(case, twice) for case, twice in own if twice]
    spans, matched = _marked([(case.id, twice) for case, twice in own], labels, 1)
    return IntraRaterReliability(
        reader_id=reader_id,
        cases=len(own),
        readings=sum(len({one.reader_id for one, _ in twice}) for _, twice in own),
        labels=tuple(label for label in _within_reader(own, arms, labels, axes, scales) if label.cases),
        spans=spans,
        matched=matched,
    )


def _within_reader(
    own: Sequence[tuple[AnsweredCase, list[ReadTwice]]],
    arms: Pair,
    labels: LabelSet,
    axes: Sequence[str],
    scales: Sequence[Subject],
) -> Iterator[LabelAgreement]:
    for subject in (*subjects(labels), *scales):
        rows = [(case.id, subject.of(one), subject.of(other)) for case, twice in own for one, other in twice]
        yield _compared(subject.name, subject.scale, subject.level, rows)
    criteria = [
        (case.id, said, other.criteria.get(criterion_id))
        for case, twice in own
        for one, other in twice
        for criterion_id, said in one.criteria.items()
    ]
    yield _compared("criterion", CRITERION_NAMES, "nominal", criteria)
    preferred = _of_case(
        own,
        lambda case: preferences_of(case, arms, case.preferences),
        lambda case: preferences_of(case, arms, case.repeat_preferences),
    )
    yield _compared("preference", PREFERENCES, "nominal", preferred)
    for axis in axes_of([case for case, _ in own], axes):

        def first(case: AnsweredCase, axis: str = axis) -> Said:
            return ratings_of(case, arms, case.ratings, axis)

        def second(case: AnsweredCase, axis: str = axis) -> Said:
            return ratings_of(case, arms, case.repeat_ratings, axis)

        yield _compared(axis_subject(axis), RATINGS, "ordinal", _of_case(own, first, second))


Ratings = tuple[str, Hashable | None, Hashable | None]
"""A case with both ratings of it by one reader."""
By = Callable[[AnsweredCase], Said]


def _of_case(own: Sequence[tuple[AnsweredCase, list[ReadTwice]]], first: By, second: By) -> list[Ratings]:
    rows: list[Ratings] = []
    for case, twice in own:
        one, other = first(case), second(case)
        rows += [(case.id, one.get(who), other.get(who)) for who in dict.fromkeys(said.reader_id for said, _ in twice)]
    return rows


def _compared(subject: str, scale: Scale, level: Level, rows: Sequence[Ratings]) -> LabelAgreement:
    rated = [row for row in rows if row[1] is not None and row[2] is not None]
    pairs = [(one, other) for _, one, other in rated]
    return label_agreement(subject, None, scale, level, pairs, [case_id for case_id, _, _ in rated], 1)


def _marked(
    twice: Sequence[tuple[str, Sequence[ReadTwice]]], labels: LabelSet, readers: int
) -> tuple[SpanAgreement, tuple[LabelAgreement, ...]]:
    """Compare what was marked in answers that were read twice, given by case: which words, and how they were rated."""
    matched: list[Matched] = []
    cases: list[str] = []

    def compared(case_id: str, listed: Sequence[ReadTwice]) -> Iterator[MarkedText]:
        for one, other in listed:
            first, second = one.located, other.located
            pairs = match_spans(first, second)
            matched.extend((first[at], second[against]) for at, against in pairs)
            cases.extend(case_id for _ in pairs)
            yield MarkedText((one.words, other.words), first, second, pairs)

    spans = span_agreement(compared(*case) for case in twice)
    return spans, _ratings_of(matched, cases, labels, readers)


def _ratings_of(
    matched: Sequence[Matched], cases: Sequence[str], labels: LabelSet, readers: int
) -> tuple[LabelAgreement, ...]:
    """Compare category and severity of annotations of the same span; `cases` names the case of each pair."""
    compared: tuple[tuple[str, Scale, Level], ...] = (
        ("category", [label.name for label in labels.categories], "nominal"),
        ("severity", [label.name for label in labels.severities], "ordinal"),
    )
    return tuple(
        label_agreement(
            f"{label}, same span",
            None,
            scale,
            level,
            [(getattr(one, label), getattr(other, label)) for one, other in matched],
            cases,
            readers,
        )
        for label, scale, level in compared
    )
