"""One reader's judgement of both answers of a case, as a fold over its events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from doubleread.domain import events as log
from doubleread.domain.annotation import Annotation, annotation_from_body
from doubleread.domain.axes import Rating
from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.blinding_assessment import BlindingAssessment, assessment_from_body
from doubleread.domain.bond import BondGrade
from doubleread.domain.events import Event
from doubleread.domain.sentences import (
    JudgedSentence,
    SentenceMode,
    SentencePlace,
    not_judged,
    of_answer,
    put_sentence,
    sentence_from_body,
    sentences_to_judge,
)
from doubleread.domain.wording import plural

Preference = Literal["A", "B", "tie", "both bad"]
PREFERENCES: tuple[Preference, ...] = ("A", "B", "tie", "both bad")

CONFIRMED = "confirmed the scorer's proposal"
GRADED = "graded against the key"
"""Reasons of the corrections that grade a free-text diagnosis after the commit."""

ACTIONS = frozenset(
    {
        log.ANNOTATION_MARKED,
        log.ANNOTATION_CHANGED,
        log.ANNOTATION_RETRACTED,
        log.READING_JUDGED,
        log.RATING_GIVEN,
        log.SENTENCE_JUDGED,
    }
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reader holds about a case: annotations in the order marked, verdicts by side, a preference.

    `verdicts` maps "A" and "B" to one of `labels.VERDICTS`. `diagnoses` maps a side to True or False where the reader
    said whether the answer names the key's diagnosis, and `grades` to how close it comes where that was said as well;
    grade 5 is the same as True. `ratings` maps the protocol's axes to the side that is better, or to "tie". `sentences`
    holds what was said of single sentences, by answer and place.
    """

    annotations: tuple[Annotation, ...] = ()
    retracted: tuple[Annotation, ...] = ()
    verdicts: Mapping[str, str] = field(default_factory=dict)
    preference: Preference | None = None
    outside_field: bool = False
    diagnoses: Mapping[str, bool] = field(default_factory=dict)
    ratings: Mapping[str, Rating] = field(default_factory=dict)
    sentences: Mapping[SentencePlace, JudgedSentence] = field(default_factory=dict)
    grades: Mapping[str, BondGrade] = field(default_factory=dict)

    def annotation(self, annotation_id: str) -> Annotation | None:
        """Return an annotation that stands, or None."""
        return next((annotation for annotation in self.annotations if annotation.id == annotation_id), None)


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading as its events leave it. `answer_ids` says which answer stands on which side.

    `repeat` is 0, or 1 where the reader got the case a second time. `axes` are those of the protocol under which it
    was opened, whose hash is `protocol_sha256`. `guess` is what the reader said when asked which answer is whose.
    `undoable` and `redoable` hold the ids of the actions that undo and redo would take, the next one last; an action
    that was typed in several saves counts once (see `burst` in the body of `annotation.changed`).
    """

    id: str
    case_id: str
    reader_id: str
    answer_ids: Mapping[Side, str]
    judgement: Judgement = field(default_factory=Judgement)
    active_seconds: float = 0.0
    committed_at: str | None = None
    corrections: tuple[str, ...] = ()
    undoable: tuple[str, ...] = ()
    redoable: tuple[str, ...] = ()
    repeat: int = 0
    axes: tuple[str, ...] = ()
    protocol_sha256: str = ""
    blinding_assessment: BlindingAssessment | None = None

    @property
    def committed(self) -> bool:
        """Whether the reader has committed it; from then on every action is a correction with a reason."""
        return self.committed_at is not None

    def side_of(self, answer_id: str) -> Side:
        """Return where an answer stands. Raises KeyError for an answer of another case."""
        for side, placed in self.answer_ids.items():
            if placed == answer_id:
                return side
        raise KeyError(answer_id)

    def missing_for_commit(self) -> tuple[str, ...]:
        """Name what is still to be judged before the reading can be committed; nothing when outside one's field."""
        if self.judgement.outside_field:
            return ()
        missing = [f"verdict on {side}" for side in ("A", "B") if side not in self.judgement.verdicts]
        if self.judgement.preference is None:
            missing.append("preference")
        missing += [f"comparison by {axis}" for axis in self.axes if axis not in self.judgement.ratings]
        return tuple(missing)

    def missing_sentences(self, answers: Mapping[str, str], mode: SentenceMode) -> tuple[str, ...]:
        """Name how many sentences are still to be judged before the commit. `answers` holds both texts by answer id."""
        if mode != "required" or self.judgement.outside_field:
            return ()
        missing = []
        for side in SIDES:
            text = answers[self.answer_ids[side]]
            if left := not_judged(text, of_answer(self.judgement.sentences, self.answer_ids[side])):
                missing.append(f"{len(left)} of {plural(len(sentences_to_judge(text)), 'sentence')} of answer {side}")
        return tuple(missing)


def fold_reading(events: Iterable[Event]) -> Reading | None:
    """Return the reading that these events describe, or None where none was opened.

    `events` are the events of one reading in the order of the log. Undo and redo work on whole actions: the state is
    the fold over the actions that stand, so undoing never has to invert anything.
    """
    reading: Reading | None = None
    standing: list[list[Event]] = []
    undone: list[list[Event]] = []
    labels: dict[str, str] = {}
    barrier = 0
    for event in events:
        if event.kind == log.READING_OPENED:
            reading = reading or _opened(event)
        elif reading is None:
            raise ValueError(f"event {event.id} belongs to a reading that was never opened")
        elif event.kind in ACTIONS:
            undone.clear()
            if event.kind == log.ANNOTATION_MARKED:
                _label(labels, event.body["annotation"], reading.answer_ids)
            burst = event.body.get("burst")
            if burst and len(standing) > barrier and standing[-1][-1].body.get("burst") == burst:
                standing[-1].append(event)
            else:
                standing.append([event])
        elif event.kind == log.ACTION_UNDONE:
            _expect(event, standing[barrier:])
            undone.append(standing.pop())
        elif event.kind == log.ACTION_REDONE:
            _expect(event, undone)
            standing.append(undone.pop())
        elif event.kind == log.READING_COMMITTED:
            barrier = len(standing)
            undone.clear()
            reading = replace(reading, committed_at=event.at)
        elif event.kind == log.TIME_ADDED:
            reading = replace(reading, active_seconds=reading.active_seconds + float(event.body["seconds"]))
        elif event.kind == log.BLINDING_ASSESSED:
            if reading.blinding_assessment is not None:
                raise ValueError(f"event {event.id} is a second assessment")
            reading = replace(reading, blinding_assessment=assessment_from_body(event.body))
        if reading.committed and event.body.get("reason"):
            reading = replace(reading, corrections=(*reading.corrections, str(event.body["reason"])))
    if reading is None:
        return None
    return replace(
        reading,
        judgement=_fold_judgement((event for action in standing for event in action), labels),
        undoable=tuple(action[0].id for action in standing[barrier:]),
        redoable=tuple(action[0].id for action in undone),
    )


def _opened(event: Event) -> Reading:
    body = event.body
    return Reading(
        id=str(body["reading_id"]),
        case_id=str(body["case_id"]),
        reader_id=str(body["reader_id"]),
        answer_ids=dict(body["answer_ids"]),
        repeat=int(body.get("repeat", 0)),
        axes=tuple(body.get("axes", ())),
        protocol_sha256=str(body.get("protocol_sha256", "")),
    )


def _expect(event: Event, actions: list[list[Event]]) -> None:
    if not actions or actions[-1][0].id != event.body["action_id"]:
        raise ValueError(f"event {event.id} undoes or redoes an action that is not the last one")


def _label(labels: dict[str, str], body: Mapping[str, Any], sides: Mapping[Side, str]) -> None:
    """Give a newly marked annotation the next label: "A1" for the first in answer A, "o1" for the first omission.

    All marks of the log count, also those retracted or undone since, so that no label is ever used again.
    """
    letter = "o" if body["place"] == "case" else next((s for s in SIDES if sides.get(s) == body["answer_id"]), "?")
    used = sum(label.startswith(letter) for label in labels.values())
    labels.setdefault(body["id"], f"{letter}{used + 1}")


def _fold_judgement(events: Iterable[Event], labels: Mapping[str, str]) -> Judgement:
    annotations: dict[str, Annotation] = {}
    retracted: dict[str, Annotation] = {}
    verdicts: dict[str, str] = {}
    diagnoses: dict[str, bool] = {}
    ratings: dict[str, Rating] = {}
    sentences: dict[SentencePlace, JudgedSentence] = {}
    grades: dict[str, BondGrade] = {}
    preference: Preference | None = None
    outside_field = False
    for event in events:
        body = event.body
        if event.kind == log.ANNOTATION_MARKED:
            annotation = annotation_from_body(body["annotation"])
            annotations[annotation.id] = replace(annotation, label=labels[annotation.id])
        elif event.kind == log.ANNOTATION_CHANGED:
            annotations[body["annotation_id"]] = annotations[body["annotation_id"]].changed(body["changes"])
        elif event.kind == log.ANNOTATION_RETRACTED:
            retracted[body["annotation_id"]] = annotations.pop(body["annotation_id"])
        elif event.kind == log.RATING_GIVEN:
            ratings[body["axis"]] = body["value"]
        elif event.kind == log.SENTENCE_JUDGED:
            put_sentence(sentences, sentence_from_body(body, event.at))
        else:
            verdicts.update(body.get("verdicts", {}))
            _grade(body, diagnoses, grades)
            preference = body.get("preference", preference)
            outside_field = bool(body.get("outside_field", outside_field))
    return Judgement(
        annotations=tuple(annotations.values()),
        retracted=tuple(retracted.values()),
        verdicts=verdicts,
        preference=preference,
        outside_field=outside_field,
        diagnoses=diagnoses,
        ratings=ratings,
        sentences=sentences,
        grades=grades,
    )


def _grade(body: Mapping[str, Any], diagnoses: dict[str, bool], grades: dict[str, BondGrade]) -> None:
    """Take over what is said of diagnoses. A word without a grade leaves no earlier grade that says otherwise."""
    for side, right in body.get("diagnoses", {}).items():
        diagnoses[side] = right
        if side in grades and grades[side].same != right:
            del grades[side]
    for side, grade in body.get("grades", {}).items():
        grades[side] = BondGrade(grade)
        diagnoses[side] = grades[side].same
