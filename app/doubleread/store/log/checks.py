"""Check a judgement before it is stored. Pure: nothing here touches the file."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from doubleread.domain import events as log
from doubleread.domain.annotation import CHANGEABLE_FIELDS, RATED_FIELDS, Annotation, Passage, annotation_from_body
from doubleread.domain.axes import RATINGS
from doubleread.domain.blinding import SIDES
from doubleread.domain.blinding_assessment import assessment_from_body, check_assessment
from doubleread.domain.bond import GRADES, BondGrade
from doubleread.domain.events import Event
from doubleread.domain.labels import VERDICTS, LabelSet
from doubleread.domain.reading import ACTIONS, PREFERENCES, Judgement, Reading
from doubleread.domain.sentences import (
    SEGMENTATION,
    SENTENCE_JUDGEMENTS,
    JudgedSentence,
    SentenceMode,
    sentence_from_body,
    sentences_to_judge,
)
from doubleread.errors import InputRefusedError, StudyChangedError

_SENTENCE_JUDGEMENTS = frozenset(label.name for label in SENTENCE_JUDGEMENTS)
_VERDICT_NAMES = frozenset(label.name for label in VERDICTS)


@dataclass(frozen=True, slots=True)
class Texts:
    """What the annotations of a reading may point into."""

    case: str
    answers: Mapping[str, str]


def check_event(before: Reading | None, event: Event) -> None:
    """Check one event of a reading against the state before it.

    Raises InputRefusedError for what would be wrong to store, StudyChangedError where the state is not the one that the
    action was meant for, for instance because another program has written to the same reading.
    """
    if event.kind == log.READING_OPENED:
        if before is not None:
            raise _changed("this reading was already opened")
        return
    if before is None:
        raise _changed("this reading was never opened")
    if event.kind not in _RULES:
        raise ValueError(f"{event.kind} is not an event of a reading")
    reason = event.body.get("reason")
    if before.committed and event.kind in ACTIONS and not (isinstance(reason, str) and reason.strip()):
        raise InputRefusedError(
            "Correction refused", "the reading is committed, so a correction needs a reason", "give the reason"
        )
    _RULES[event.kind](before, event.body)


def check_judgement(before: Judgement, after: Judgement, reading: Reading, texts: Texts, labels: LabelSet) -> None:
    """Check the annotations that an event made or changed, and that no two are the same mark. Raises
    InputRefusedError.
    """
    if after.annotations == before.annotations:
        return
    known = {annotation.id: annotation for annotation in before.annotations}
    marks: set[tuple[object, ...]] = set()
    for annotation in after.annotations:
        if known.get(annotation.id) != annotation:
            check_annotation(annotation, tuple(reading.answer_ids.values()), texts, labels)
        if annotation.mark in marks:
            raise InputRefusedError(
                "Duplicate refused",
                f"the same words are already annotated as {annotation.category}",
                "change the existing annotation, or choose another category",
            )
        marks.add(annotation.mark)


def check_annotations(reading: Reading, texts: Texts, labels: LabelSet) -> None:
    """Check every annotation of a reading, standing or retracted. Raises InputRefusedError."""
    for annotation in (*reading.judgement.annotations, *reading.judgement.retracted):
        check_annotation(annotation, tuple(reading.answer_ids.values()), texts, labels)


def check_sentences(before: Judgement, reading: Reading, texts: Texts, mode: SentenceMode) -> None:
    """Check the sentences that were judged since a judgement before. Raises InputRefusedError.

    Under this program's segmentation it must be one of its sentences, under another one a stretch with these words.
    """
    for place, sentence in reading.judgement.sentences.items():
        if before.sentences.get(place) != sentence:
            _check_sentence(sentence, reading, texts, mode)


def _check_sentence(sentence: JudgedSentence, reading: Reading, texts: Texts, mode: SentenceMode) -> None:
    if mode == "off":
        raise _refused_sentence("the protocol of this reading has no sentence judgements", "make an annotation instead")
    if sentence.answer_id not in reading.answer_ids.values():
        raise _refused_sentence("its answer does not belong to this reading")
    if sentence.judgement not in _SENTENCE_JUDGEMENTS:
        raise _refused_sentence(f"{sentence.judgement!r} is not a judgement of a sentence")
    text = texts.answers[sentence.answer_id]
    where = f"[{sentence.start}, {sentence.end})"
    if sentence.end > len(text):
        raise _refused_sentence(f"{where} is not a span of a text of {len(text)} characters")
    if text[sentence.start : sentence.end] != sentence.quote:
        raise _refused_sentence(f"the words at {where} differ from the quote")
    if sentence.segmentation == SEGMENTATION and sentence.span not in sentences_to_judge(text):
        raise _refused_sentence(f"{where} is not a sentence of the answer")


def check_complete(reading: Reading, texts: Texts, mode: SentenceMode) -> None:
    """Check that a reading has every sentence judged where its protocol requires it. Raises InputRefusedError."""
    if missing := reading.missing_sentences(texts.answers, mode):
        raise InputRefusedError("Commit refused", f"still missing: {', '.join(missing)}", "complete these, then commit")


def check_annotation(annotation: Annotation, answer_ids: Collection[str], texts: Texts, labels: LabelSet) -> None:
    """Check an annotation about one of these answers: labels, note and words. Raises InputRefusedError."""
    if (annotation.category == labels.omission.name) != (annotation.place == "case"):
        raise _refused("an omission belongs in the case, every other annotation in an answer")
    for rated in RATED_FIELDS:
        value = getattr(annotation, rated)
        if value is None and rated not in ("category", "severity"):
            continue
        if value not in {label.name for label in labels.ratings(rated)}:
            raise _refused(f"{value!r} is not a {rated} of the label set {labels.name}")
    if not isinstance(annotation.note, str):
        raise _refused("its note is not text")
    check_quotes(annotation, answer_ids, texts)


def check_quotes(annotation: Annotation, answer_ids: Collection[str], texts: Texts) -> None:
    """Check that an annotation is about one of these answers and quotes what stands there. Raises InputRefusedError."""
    if annotation.answer_id not in answer_ids:
        raise _refused("its answer does not belong to this reading")
    if annotation.place not in ("answer", "case"):
        raise _refused(f"{annotation.place!r} is not a place for an annotation")
    text = texts.case if annotation.place == "case" else texts.answers[annotation.answer_id]
    _check_quote(text, annotation, "the annotated text")
    if annotation.passage is not None:
        _check_quote(texts.case, annotation.passage, "the passage of the case")


def _check_quote(text: str, span: Annotation | Passage, what: str) -> None:
    offsets = (span.start, span.end)
    if any(type(offset) is not int for offset in offsets) or not 0 <= span.start < span.end <= len(text):
        raise _refused(f"{what}: [{span.start}, {span.end}) is not a span of a text of {len(text)} characters")
    if text[span.start : span.end] != span.quote:
        raise _refused(f"{what} at [{span.start}, {span.end}) does not match the quote")


def _check_marked(before: Reading, body: Mapping[str, Any]) -> None:
    try:
        annotation = annotation_from_body(body["annotation"])
    except (KeyError, TypeError, AttributeError) as error:
        raise _refused("it is not complete") from error
    if not isinstance(annotation.id, str) or not annotation.id:
        raise _refused("it has no id")
    taken = (*before.judgement.annotations, *before.judgement.retracted)
    if any(other.id == annotation.id for other in taken):
        raise _refused("an annotation with this id already exists")


def _check_changed(before: Reading, body: Mapping[str, Any]) -> None:
    _expect_standing(before, body)
    changes = body.get("changes")
    if not isinstance(changes, Mapping) or not changes:
        raise _refused("it changes nothing")
    if unknown := set(changes) - CHANGEABLE_FIELDS:
        raise _refused(f"an annotation cannot change {', '.join(sorted(unknown))}")
    passage = changes.get("passage")
    if passage is not None and (not isinstance(passage, Mapping) or set(passage) != {"start", "end", "quote"}):
        raise _refused("the passage of the case is not complete")


def _check_retracted(before: Reading, body: Mapping[str, Any]) -> None:
    _expect_standing(before, body)


def _expect_standing(before: Reading, body: Mapping[str, Any]) -> None:
    if before.judgement.annotation(body.get("annotation_id", "")) is None:
        raise _changed("the annotation no longer exists")


def _check_judged(before: Reading, body: Mapping[str, Any]) -> None:
    del before
    verdicts, diagnoses = body.get("verdicts", {}), body.get("diagnoses", {})
    if not isinstance(verdicts, Mapping) or not isinstance(diagnoses, Mapping):
        raise _refused_judgement("verdicts are given by side")
    if unknown := (set(verdicts) | set(diagnoses)) - set(SIDES):
        raise _refused_judgement(f"there is no side {', '.join(sorted(unknown))}")
    if unknown := {verdict for verdict in verdicts.values() if verdict not in _VERDICT_NAMES}:
        raise _refused_judgement(f"{', '.join(map(repr, unknown))} is not a verdict")
    if not all(isinstance(value, bool) for value in diagnoses.values()):
        raise _refused_judgement("a proposed diagnosis is confirmed or rejected")
    _check_grades(body.get("grades", {}), diagnoses)
    if body.get("preference") not in (None, *PREFERENCES):
        raise _refused_judgement(f"{body['preference']!r} is not a preference")
    if not isinstance(body.get("outside_field", False), bool):
        raise _refused_judgement("outside the field must be yes or no")


def _check_grades(grades: Any, diagnoses: Mapping[str, bool]) -> None:
    if not isinstance(grades, Mapping) or set(grades) - set(SIDES):
        raise _refused_judgement("grades are given by side")
    for side, grade in grades.items():
        if type(grade) is not int or grade not in GRADES:
            raise _refused_judgement(f"{grade!r} is not a grade of Bond's scale")
        if diagnoses.get(side, BondGrade(grade).same) != BondGrade(grade).same:
            raise _refused_judgement(f"grade {grade} contradicts the diagnosis being {diagnoses[side]}")


def _check_rated(before: Reading, body: Mapping[str, Any]) -> None:
    if body.get("axis") not in before.axes:
        raise _refused_judgement(f"{body.get('axis')!r} is not an axis of the protocol")
    if body.get("value") not in RATINGS:
        raise _refused_judgement(f"{body.get('value')!r} is neither a side nor a tie")


def _check_sentence_body(before: Reading, body: Mapping[str, Any]) -> None:
    try:
        sentence_from_body(body, "")
    except ValueError as error:
        raise _refused_sentence(f"it is not complete ({error})") from error
    if body["answer_id"] not in before.answer_ids.values():
        raise _refused_sentence("its answer does not belong to this reading")


def _check_undone(before: Reading, body: Mapping[str, Any]) -> None:
    if not before.undoable or before.undoable[-1] != body.get("action_id"):
        raise _changed("the action to undo is not the last one")


def _check_redone(before: Reading, body: Mapping[str, Any]) -> None:
    if not before.redoable or before.redoable[-1] != body.get("action_id"):
        raise _changed("the action to redo is not the one undone last")


def _check_committed(before: Reading, body: Mapping[str, Any]) -> None:
    del body
    if before.committed:
        raise InputRefusedError("Commit refused", "the reading is already committed", "you can still make corrections")
    if missing := before.missing_for_commit():
        raise InputRefusedError("Commit refused", f"still missing: {', '.join(missing)}", "complete these, then commit")


def _check_time(before: Reading, body: Mapping[str, Any]) -> None:
    del before
    seconds = body.get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < math.inf:
        raise InputRefusedError("Time refused", f"{seconds!r} is not a number of seconds")


def _check_assessed(before: Reading, body: Mapping[str, Any]) -> None:
    if before.blinding_assessment is not None:
        raise _changed("the reader was already asked")
    if not all(isinstance(body.get(name), str) for name in ("said", "about")):
        raise InputRefusedError("Blinding assessment refused", "it is not complete", "choose one of the options shown")
    check_assessment(assessment_from_body(body))


def _refused(happened: str) -> InputRefusedError:
    return InputRefusedError("Annotation refused", happened, "make the annotation again")


def _refused_sentence(happened: str, remedy: str = "judge the sentence again") -> InputRefusedError:
    return InputRefusedError("Sentence not judged", happened, remedy)


def _refused_judgement(happened: str) -> InputRefusedError:
    return InputRefusedError("Judgement refused", happened, "choose one of the options shown")


def _changed(happened: str) -> StudyChangedError:
    return StudyChangedError(
        "The reading has changed",
        f"{happened}; another window may have changed it",
        "this change was not saved; check the case again",
    )


_RULES: dict[str, Callable[[Reading, Mapping[str, Any]], None]] = {
    log.ANNOTATION_MARKED: _check_marked,
    log.ANNOTATION_CHANGED: _check_changed,
    log.ANNOTATION_RETRACTED: _check_retracted,
    log.READING_JUDGED: _check_judged,
    log.RATING_GIVEN: _check_rated,
    log.SENTENCE_JUDGED: _check_sentence_body,
    log.ACTION_UNDONE: _check_undone,
    log.ACTION_REDONE: _check_redone,
    log.READING_COMMITTED: _check_committed,
    log.TIME_ADDED: _check_time,
    log.BLINDING_ASSESSED: _check_assessed,
}
