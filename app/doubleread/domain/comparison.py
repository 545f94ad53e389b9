"""Several readings of one case side by side: what their readers agree on, and where they differ.

Overlapping annotations of different readers, about the same answer and in the same text, form one matter. Pairs with
the largest shared part of their words are grouped first, and among equal ones those of the same category. A pair is
skipped where a matter would get two annotations of one reader: each of these is then a matter of its own, or joins
another one that it overlaps.

Readers agree on a matter where all of them marked the same words with the same category, severity, basis, harm and
certainty, and on a verdict, preference, axis or criterion where all who were asked gave the same value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from operator import attrgetter
from typing import Any

from doubleread.domain.adjudication import (
    AdjudicatedAnnotation,
    AdjudicatedValue,
    Decision,
    Difference,
    Held,
    Resolution,
    Source,
    Subject,
)
from doubleread.domain.annotation import RATED_FIELDS, Annotation
from doubleread.domain.blinding import Side
from doubleread.domain.hashes import json_sha256
from doubleread.domain.reading import Reading

_ID_LENGTH = 32
_RATINGS = attrgetter(*RATED_FIELDS)
_MARKED: tuple[Subject, ...] = ("annotation", "omission")
_SOURCES: Mapping[str, Source] = {"take": "taken", "join": "joined", "own": "own"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the readers agree on, and where they differ: annotations in the order of the texts, then values."""

    agreed: Resolution
    differences: tuple[Difference, ...]

    def difference(self, difference_id: str) -> Difference | None:
        """Return a difference, or None if there is none of this id."""
        return next((item for item in self.differences if item.id == difference_id), None)

    def undecided(self, decisions: Mapping[str, Decision]) -> tuple[Difference, ...]:
        """Return the differences without a decision."""
        return tuple(item for item in self.differences if item.id not in decisions)


def compare(readings: Sequence[Reading], answer_ids: Mapping[Side, str]) -> Comparison:
    """Compare readings of one case, in the order in which their readers are numbered.

    `answer_ids` are by the adjudicator's sides, which preferences and ratings of the result refer to. A reading outside
    its reader's field must not be among them.
    """
    agreed_annotations: list[AdjudicatedAnnotation] = []
    agreed_values: list[AdjudicatedValue] = []
    differences: list[Difference] = []
    for matter, agreed in _marked(readings, answer_ids):
        if agreed:
            annotation_ids = tuple(sorted(annotation.id for annotation in matter.annotations))
            agreed_annotations.append(
                AdjudicatedAnnotation(replace(matter.annotations[0], id=matter.id), "agreed", annotation_ids)
            )
        else:
            differences.append(matter)
    for question in _questions(readings, answer_ids):
        if question.agreed is not None:
            matter = question.difference
            agreed_values.append(
                AdjudicatedValue(matter.id, matter.subject, matter.answer_id, matter.axis, question.agreed, "agreed")
            )
        elif question.differs:
            differences.append(question.difference)
    return Comparison(Resolution(tuple(agreed_annotations), tuple(agreed_values)), tuple(differences))


def count_differences(readings: Sequence[Reading], answer_ids: Mapping[Side, str]) -> int:
    """Return how many differences `compare` finds, which takes a fraction of its time: it needs no ids of them."""
    marked = (not _agree(group, readings) for _, _, groups in _grouped(readings, answer_ids) for group in groups)
    return sum(marked) + sum(question.differs for question in _questions(readings, answer_ids))


def resolve(
    comparison: Comparison, decisions: Mapping[str, Decision], text_of: Callable[[Difference], str]
) -> Resolution:
    """Return what is resolved by these decisions. `text_of` gives the text that a difference's annotations mark.

    Decisions on differences that no longer exist are void.
    """
    annotations = list(comparison.agreed.annotations)
    values = list(comparison.agreed.values)
    rejected: list[str] = []
    for matter in comparison.differences:
        decision = decisions.get(matter.id)
        if decision is None:
            continue
        if matter.marked:
            annotation = _adjudicated_annotation(matter, decision, text_of)
            if annotation is None:
                rejected.append(matter.id)
            else:
                ids = tuple(sorted(held.id for held in matter.annotations))
                annotations.append(AdjudicatedAnnotation(annotation, _SOURCES[decision.how], ids))
        else:
            value = matter.held[decision.reader].value if decision.reader is not None else decision.value
            if value is None:
                raise ValueError("a value is resolved by a value")
            source = _SOURCES[decision.how]
            values.append(AdjudicatedValue(matter.id, matter.subject, matter.answer_id, matter.axis, value, source))
    # A fixed order makes a commit the same for every adjudicator.
    annotations.sort(key=lambda item: (*_place(item.annotation), item.annotation.id))
    values.sort(key=lambda item: (item.subject, item.axis, item.answer_id or ""))
    return Resolution(tuple(annotations), tuple(values), tuple(sorted(rejected)))


def _adjudicated_annotation(
    matter: Difference, decision: Decision, text_of: Callable[[Difference], str]
) -> Annotation | None:
    if decision.how == "reject":
        return None
    if decision.reader is None:
        return replace(decision.annotation, id=matter.id) if decision.annotation is not None else None
    held = matter.held[decision.reader].annotation
    if held is None:
        return None
    if decision.how == "join":
        quote = text_of(matter)[matter.start : matter.end]
        held = held.changed({"start": matter.start, "end": matter.end, "quote": quote, **decision.ratings})
    return replace(held, id=matter.id)


def _marked(readings: Sequence[Reading], answer_ids: Mapping[Side, str]) -> list[tuple[Difference, bool]]:
    """Return what any reader marked, matter by matter, in the order of the adjudicator's sides and the texts.

    Each with whether all readers agree on it.
    """
    matters: list[tuple[Difference, bool]] = []
    for subject, answer_id, groups in _grouped(readings, answer_ids):
        found = [(_matter(subject, answer_id, group, readings), _agree(group, readings)) for group in groups]
        matters += sorted(found, key=lambda pair: (pair[0].place, pair[0].start, pair[0].end, pair[0].id))
    return matters


_Mark = tuple[int, Annotation]
"""An annotation with the number of its reader."""


def _grouped(
    readings: Sequence[Reading], answer_ids: Mapping[Side, str]
) -> Iterator[tuple[Subject, str, list[list[_Mark]]]]:
    """Yield the groups of annotations, and then of omissions, of each answer by the adjudicator's sides."""
    for subject in _MARKED:
        for side in sorted(answer_ids):
            answer_id = answer_ids[side]
            marks = [
                (number, annotation)
                for number, reading in enumerate(readings)
                for annotation in reading.judgement.annotations
                if annotation.answer_id == answer_id and annotation.in_answer == (subject == "annotation")
            ]
            yield subject, answer_id, _groups(marks)


def _groups(marks: Sequence[_Mark]) -> list[list[_Mark]]:
    """Group marks by the rule above. Each mark is in one group, in which no reader has two."""
    group_of = [[mark] for mark in marks]
    for first, second in sorted(_overlapping(marks), key=lambda pair: _nearness(marks[pair[0]][1], marks[pair[1]][1])):
        mine, other = group_of[first], group_of[second]
        if mine is other or {number for number, _ in mine} & {number for number, _ in other}:
            continue
        mine += other
        for place, group in enumerate(group_of):
            if group is other:
                group_of[place] = mine
    return list({id(group): group for group in group_of}.values())


def _overlapping(marks: Sequence[_Mark]) -> Iterator[tuple[int, int]]:
    for (one, (reader, annotation)), (two, (other_reader, other)) in combinations(enumerate(marks), 2):
        overlap = annotation.start < other.end and other.start < annotation.end
        if reader != other_reader and annotation.place == other.place and overlap:
            yield one, two


def _nearness(annotation: Annotation, other: Annotation) -> tuple[Any, ...]:
    """Return the sort key of pairs, the nearest first. It must not depend on the readers' order."""
    shared = min(annotation.end, other.end) - max(annotation.start, other.start)
    covered = max(annotation.end, other.end) - min(annotation.start, other.start)
    start = min(annotation.start, other.start)
    return (-shared / covered, annotation.category != other.category, start, sorted((annotation.id, other.id)))


def _matter(subject: Subject, answer_id: str, group: Sequence[_Mark], readings: Sequence[Reading]) -> Difference:
    by_reader = dict(group)
    held = tuple(Held(by_reader.get(number)) for number in range(len(readings)))
    # Readers who marked nothing are left out: one more of them leaves earlier decisions valid.
    told = [(readings[number].id, annotation.as_body()) for number, annotation in by_reader.items()]
    return Difference(_id(subject, answer_id, "", told), subject, answer_id, "", held)


def _agree(group: Sequence[_Mark], readings: Sequence[Reading]) -> bool:
    """Return whether all readers marked the same words, and rated them alike."""
    return len(group) == len(readings) and len({_kind(annotation) for _, annotation in group}) == 1


def _kind(annotation: Annotation) -> tuple[Any, ...]:
    return (annotation.start, annotation.end, *_RATINGS(annotation))


@dataclass(frozen=True, slots=True)
class _Question:
    """A matter of values. `asked` are the numbers of the readers who were asked for one.

    `told` is what was said in which readings, and does not depend on the adjudicator's sides, as what was `held` does.
    """

    subject: Subject
    answer_id: str | None
    axis: str
    told: list[tuple[str, Any]]
    held: tuple[Held, ...]
    asked: frozenset[int]

    @property
    def agreed(self) -> str | None:
        """The value that all who were asked gave, None without one."""
        values = {held.value for number, held in enumerate(self.held) if number in self.asked}
        return values.pop() if len(values) == 1 else None

    @property
    def differs(self) -> bool:
        """Whether somebody gave a value, and not all who were asked the same one."""
        return self.agreed is None and any(not held.empty for held in self.held)

    @property
    def difference(self) -> Difference:
        """It as a matter with its id."""
        difference_id = _id(self.subject, self.answer_id, self.axis, self.told)
        return Difference(difference_id, self.subject, self.answer_id, self.axis, self.held)


def _questions(readings: Sequence[Reading], answer_ids: Mapping[Side, str]) -> Iterator[_Question]:
    """Yield verdicts, criteria, preference and ratings."""
    sides = {answer_id: side for side, answer_id in answer_ids.items()}
    everybody = frozenset(range(len(readings)))
    for side in sorted(answer_ids):
        answer_id = answer_ids[side]
        verdicts = [reading.judgement.verdicts.get(reading.side_of(answer_id)) for reading in readings]
        yield _question("verdict", answer_id, "", readings, verdicts, verdicts, everybody)
    for side in sorted(answer_ids):
        for criterion_id in dict.fromkeys(place[1] for reading in readings for place in reading.judgement.criteria):
            yield _criterion(answer_ids[side], criterion_id, readings, everybody)
    preferences = [_by_answer(reading, reading.judgement.preference) for reading in readings]
    here = [sides.get(value, value) if value is not None else None for value in preferences]
    yield _question("preference", None, "", readings, preferences, here, everybody)
    for axis in dict.fromkeys(axis for reading in readings for axis in reading.axes):
        ratings = [_by_answer(reading, reading.judgement.ratings.get(axis)) for reading in readings]
        here = [sides.get(value, value) if value is not None else None for value in ratings]
        asked = frozenset(number for number, reading in enumerate(readings) if axis in reading.axes)
        yield _question("rating", None, axis, readings, ratings, here, asked)


def _criterion(answer_id: str, criterion_id: str, readings: Sequence[Reading], asked: frozenset[int]) -> _Question:
    judged = [reading.judgement.criteria.get((answer_id, criterion_id)) for reading in readings]
    told = [(reading.id, item.judgement) for reading, item in zip(readings, judged, strict=True) if item is not None]
    held = tuple(Held() if item is None else Held(value=item.judgement, evidence=item.evidence) for item in judged)
    return _Question("criterion", answer_id, criterion_id, told, held, asked)


def _question(
    subject: Subject,
    answer_id: str | None,
    axis: str,
    readings: Sequence[Reading],
    values: Sequence[str | None],
    here: Sequence[str | None],
    asked: frozenset[int],
) -> _Question:
    """Return a matter of values. `values` are the same whatever the adjudicator's sides, `here` by those sides."""
    told = [(reading.id, value) for reading, value in zip(readings, values, strict=True) if value is not None]
    return _Question(subject, answer_id, axis, told, tuple(Held(value=value) for value in here), asked)


def _by_answer(reading: Reading, value: str | None) -> str | None:
    """Return a value by the reader's sides as one by answers."""
    for side, answer_id in reading.answer_ids.items():
        if side == value:
            return answer_id
    return value


def _id(subject: str, answer_id: str | None, axis: str, told: list[tuple[str, Any]]) -> str:
    return json_sha256([subject, answer_id, axis, sorted(told, key=lambda item: item[0])])[:_ID_LENGTH]


def _place(annotation: Annotation) -> tuple[Any, ...]:
    return (annotation.place, annotation.answer_id, annotation.start, annotation.end)
