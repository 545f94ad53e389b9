"""What changed between two states of a reader's judgement, in plain sentences: after an action, an undo or a redo."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from doubleread.domain.annotation import Annotation
from doubleread.domain.answer_scales import NOT_APPLICABLE, Level
from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.criteria import CriterionPlace, JudgedCriterion
from doubleread.domain.ordinal_scales import SCALES
from doubleread.domain.reading import Judgement
from doubleread.domain.sentences import JudgedSentence, SentencePlace
from doubleread.domain.wording import middle_cut

Key = TypeVar("Key")
QUOTE_LENGTH = 60
_RATINGS = ("category", "severity", "basis", "harm", "certainty")
_PREFERENCES: Mapping[str, str] = {
    "A": "Answer A is preferred",
    "B": "Answer B is preferred",
    "tie": "Preference: a tie",
    "both bad": "Preference: both bad",
}
_LEVELS = {scale.name: scale.levels for scale in SCALES}


@dataclass(frozen=True, slots=True)
class Names:
    """How the parts of a reading are called: the side of an answer, a sentence by its place, a criterion by its id.

    `place` says where the words of an annotation in an answer are; by default, in which answer.
    """

    side_of: Callable[[str], Side]
    sentence: Callable[[JudgedSentence], str] = lambda sentence: f"“{_quote(sentence.quote)}”"
    criterion: Callable[[str], str] = lambda criterion_id: criterion_id
    place: Callable[[Annotation], str] | None = None


def changes(before: Judgement, after: Judgement, names: Names) -> list[str]:
    """Return a sentence for each thing that changed; what is compared are two states of one reading."""
    found = [
        *_annotations(before, after, names),
        *_verdicts(before, after),
        *_preference(before, after),
        *_ratings(before, after),
        *_sentences(before.sentences, after.sentences, names),
        *_criteria(before.criteria, after.criteria, names),
        *_grades(before, after),
    ]
    return [f"{sentence}." for sentence in found]


def _annotations(before: Judgement, after: Judgement, names: Names) -> Iterator[str]:
    held = {annotation.id: annotation for annotation in before.annotations}
    now = {annotation.id: annotation for annotation in after.annotations}
    was_retracted = {annotation.id for annotation in before.retracted}
    is_retracted = {annotation.id for annotation in after.retracted}
    for annotation in after.annotations:
        if (earlier := held.get(annotation.id)) is not None:
            yield from _changed(earlier, annotation)
        elif annotation.id in was_retracted:
            yield f"Annotation {annotation.label} restored: {described(annotation, names)}"
        else:
            yield f"Annotation {annotation.label} marked: {described(annotation, names)}"
    for annotation in before.annotations:
        if annotation.id not in now:
            gone = "retracted" if annotation.id in is_retracted else "removed"
            yield f"Annotation {annotation.label} {gone}: {described(annotation, names)}"


def described(annotation: Annotation, names: Names) -> str:
    """Return what is wrong with which words."""
    side = names.side_of(annotation.answer_id)
    where = f"left out by answer {side}"
    if annotation.in_answer:
        where = f"in answer {side}" if names.place is None else names.place(annotation)
    return f"“{_quote(annotation.quote)}” {where}, {annotation.category}, {annotation.severity}"


def _changed(before: Annotation, after: Annotation) -> Iterator[str]:
    name = f"Annotation {after.label}"
    if before.span != after.span:
        yield f"{name} now marks “{_quote(after.quote)}”"
    for rating in _RATINGS:
        was, now = getattr(before, rating), getattr(after, rating)
        if was != now:
            yield f"{name}: {rating} {now or 'not stated'}" + (f", was {was}" if was else "")
    if before.note != after.note:
        yield f"{name}: note “{_quote(after.note)}”" if after.note else f"{name}: note removed"
    if before.passage != after.passage:
        if after.passage is None:
            yield f"{name}: link removed"
        else:
            where = after.passage.source_words
            yield f"{name}: {after.passage.relation_words} “{_quote(after.passage.quote)}” in {where}"


def _verdicts(before: Judgement, after: Judgement) -> Iterator[str]:
    for side in SIDES:
        was, now = before.verdicts.get(side), after.verdicts.get(side)
        if was != now:
            yield f"Answer {side}: {now or 'no verdict'}" + (f", was {was}" if was else "")


def _preference(before: Judgement, after: Judgement) -> Iterator[str]:
    if before.preference != after.preference:
        yield _PREFERENCES[after.preference] if after.preference else "No preference"
    if before.outside_field != after.outside_field:
        yield "Outside my field" if after.outside_field else "Not outside my field"


def _ratings(before: Judgement, after: Judgement) -> Iterator[str]:
    for axis in _keys(before.ratings, after.ratings):
        was, now = before.ratings.get(axis), after.ratings.get(axis)
        if was != now:
            said = "not compared" if now is None else "a tie" if now == "tie" else f"answer {now} is better"
            yield f"{axis.capitalize()}: {said}"
    for scale in _keys(before.levels, after.levels):
        level = after.levels.get(scale)
        if before.levels.get(scale) != level:
            yield f"{scale.capitalize()}: {'not stated' if level is None else f'{level}, {_LEVELS[scale][level]}'}"
    for scale in _keys(before.scale_ratings, after.scale_ratings):
        was_rated, is_rated = before.scale_ratings.get(scale, {}), after.scale_ratings.get(scale, {})
        for side in SIDES:
            if side not in is_rated and side in was_rated:
                yield f"Answer {side}, {scale}: not rated"
            elif side in is_rated and (side not in was_rated or was_rated[side] != is_rated[side]):
                yield f"Answer {side}, {scale}: {_level(is_rated[side])}"


def _level(level: Level) -> str:
    return NOT_APPLICABLE if level is None else str(level)


def _sentences(
    before: Mapping[SentencePlace, JudgedSentence], after: Mapping[SentencePlace, JudgedSentence], names: Names
) -> Iterator[str]:
    for place in _keys(before, after):
        was, now = before.get(place), after.get(place)
        if now is None:
            yield f"Sentence {names.sentence(before[place])}: not judged"
        elif was is None or was.judgement != now.judgement:
            yield f"Sentence {names.sentence(now)}: {now.judgement}" + (f", was {was.judgement}" if was else "")


def _criteria(
    before: Mapping[CriterionPlace, JudgedCriterion], after: Mapping[CriterionPlace, JudgedCriterion], names: Names
) -> Iterator[str]:
    for place in _keys(before, after):
        was, now = before.get(place), after.get(place)
        answer_id, criterion_id = place
        name = f"Answer {names.side_of(answer_id)}, criterion {names.criterion(criterion_id)}"
        if now is None:
            yield f"{name}: not judged"
            continue
        if was is None or was.judgement != now.judgement:
            yield f"{name}: {now.judgement}" + (f", was {was.judgement}" if was else "")
        if (was.evidence if was else None) != now.evidence:
            yield f"{name}: evidence “{_quote(now.evidence.quote)}”" if now.evidence else f"{name}: no evidence"


def _grades(before: Judgement, after: Judgement) -> Iterator[str]:
    for side in SIDES:
        grade = after.grades.get(side)
        if before.grades.get(side) is not grade:
            yield f"Answer {side}: " + ("no grade" if grade is None else f"grade {int(grade)}, {grade.label}")
        elif before.diagnoses.get(side) != after.diagnoses.get(side):
            said = after.diagnoses.get(side)
            words = (
                "not confirmed" if said is None else "names the diagnosis" if said else "does not name the diagnosis"
            )
            yield f"Answer {side}: {words}"


def _keys(before: Mapping[Key, object], after: Mapping[Key, object]) -> list[Key]:
    return list(dict.fromkeys((*before, *after)))


def _quote(words: str) -> str:
    return middle_cut(" ".join(words.split()), QUOTE_LENGTH)
