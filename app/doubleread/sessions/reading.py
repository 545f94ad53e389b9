"""A reader at work: one case after the other, every action saved when it is made."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from doubleread.domain.annotation import Annotation, Passage, Place
from doubleread.domain.axes import Rating
from doubleread.domain.blinding import Side
from doubleread.domain.bond import BondGrade
from doubleread.domain.events.annotations import AnnotationChanged, AnnotationMarked, AnnotationRetracted
from doubleread.domain.events.judgements import RatingGiven, ReadingJudged, SentenceJudged
from doubleread.domain.events.reading_event import ReadingEvent
from doubleread.domain.events.readings import ActionRedone, ActionUndone, ReadingCommitted
from doubleread.domain.reading import CONFIRMED, GRADED, Preference
from doubleread.domain.sentences import SEGMENTATION, JudgedSentence, not_judged, of_answer
from doubleread.domain.spans import Span
from doubleread.errors import InputRefusedError, StudyChangedError
from doubleread.sessions.blind import Reveal
from doubleread.sessions.blinding_assessment import AskedCase
from doubleread.sessions.current_case import CaseAtHand


class ReadingSession(CaseAtHand):
    """Everything the reading screen asks and does. Knows which model is on which side, and never tells too early.

    What its public members return names no model: see `doubleread.read_model.redactions` for what answers say
    themselves.

    Each action is one transaction; when a method returns, what it did is on the disk. Methods that act raise
    `InputRefusedError` where a judgement cannot be stored and `StudyChangedError` where there is nothing to act on;
    both leave everything as it was.

    `run` is None where all answers were made before. `clock` returns seconds and stands in for `time.monotonic`.
    """

    @property
    def missing_for_commit(self) -> tuple[str, ...]:
        """Name what is still to be judged before the reading can be committed."""
        reading = self._open()
        if self._missing[0] is not reading:
            texts = {answer.id: answer.text for answer in self._done.values()}
            missing = (*reading.missing_for_commit(), *reading.missing_sentences(texts, self.sentence_mode))
            self._missing = reading, missing
        return self._missing[1]

    def sentences_left(self, side: Side) -> tuple[Span, ...]:
        """Return the sentences of a side's answer that are not judged yet."""
        reading = self._open()
        return not_judged(self._text(side), of_answer(reading.judgement.sentences, reading.answer_ids[side]))

    def mark(
        self,
        side: Side,
        place: Place,
        span: Span,
        category: str,
        severity: str,
        *,
        burst: str | None = None,
        reason: str | None = None,
        **ratings: Any,
    ) -> Annotation:
        """Mark a stretch of the answer on a side, or of the case's text that this answer left out.

        Marks with the same `burst` are undone as one.
        """
        reading = self._open()
        text = self._case.text if place == "case" else self._text(side)
        annotation = Annotation(
            id=str(uuid.uuid4()),
            answer_id=reading.answer_ids[side],
            place=place,
            start=span.start,
            end=span.end,
            quote=span.of(text),
            category=category,
            severity=severity,
        ).changed(ratings)
        self._act(AnnotationMarked(annotation=annotation, burst=burst, reason=reason))
        return self.annotation(annotation.id)

    def change(
        self, annotation_id: str, changes: Mapping[str, Any], *, burst: str | None = None, reason: str | None = None
    ) -> None:
        """Change an annotation's ratings or note. Changes with the same `burst` are undone as one."""
        self._act(AnnotationChanged(annotation_id=annotation_id, changes=changes, burst=burst, reason=reason))

    def move(self, annotation_id: str, span: Span, *, reason: str | None = None) -> None:
        """Give an annotation other boundaries."""
        text = self._text_of(self.annotation(annotation_id))
        changes = {"start": span.start, "end": span.end, "quote": span.of(text)}
        self.change(annotation_id, changes, burst=f"move {annotation_id}", reason=reason)

    def point_at(self, annotation_id: str, span: Span | None, *, reason: str | None = None) -> None:
        """Say which passage of the case an annotation contradicts; None takes it away."""
        passage = None
        if span is not None:
            passage = asdict(Passage(span.start, span.end, span.of(self._case.text)))
        self.change(annotation_id, {"passage": passage}, reason=reason)

    def retract(self, annotation_id: str, *, reason: str | None = None) -> None:
        """Take an annotation back. It stays in the log."""
        self._act(AnnotationRetracted(annotation_id=annotation_id, reason=reason))

    def judge(
        self,
        *,
        verdicts: Mapping[Side, str] | None = None,
        preference: Preference | None = None,
        outside_field: bool | None = None,
        reason: str | None = None,
    ) -> None:
        """Give verdicts, a preference, or say that the case lies outside one's field."""
        self._act(
            ReadingJudged(
                verdicts={str(side): verdict for side, verdict in (verdicts or {}).items()},
                preference=preference,
                outside_field=outside_field,
                reason=reason,
            )
        )

    def rate(self, axis: str, value: Rating, *, reason: str | None = None) -> None:
        """Say by one axis of the protocol which side is better, or that neither is."""
        self._act(RatingGiven(axis=axis, value=value, reason=reason))

    def judge_sentence(self, side: Side, span: Span, judgement: str, *, reason: str | None = None) -> None:
        """Say of one sentence of the answer on a side what it is worth; see `sentences.SENTENCE_JUDGEMENTS`."""
        sentence = JudgedSentence(
            answer_id=self._open().answer_ids[side],
            start=span.start,
            end=span.end,
            quote=span.of(self._text(side)),
            judgement=judgement,
            segmentation=SEGMENTATION,
        )
        self._act(SentenceJudged(sentence=sentence, reason=reason))

    def confirm_diagnosis(self, side: Side, right: bool) -> None:
        """Say, after the commit, whether the answer on a side names the key's diagnosis."""
        self._expect_key()
        self._act(ReadingJudged(diagnoses={side: right}, reason=CONFIRMED))

    def grade_diagnosis(self, side: Side, grade: BondGrade) -> None:
        """Say, after the commit, how close the answer on a side comes to the key's diagnosis; only 5 names it."""
        self._expect_key()
        if self._case.kind != "diagnosis":
            raise InputRefusedError("Not asked", "only a free-text diagnosis is graded", "continue with the next case")
        self._act(ReadingJudged(diagnoses={side: grade.same}, grades={side: int(grade)}, reason=GRADED))

    def _expect_key(self) -> None:
        if not self._open().committed:
            raise InputRefusedError("Not yet", "the key is still hidden", "commit the reading first")
        if not self._protocol.reveal_key:
            raise InputRefusedError("Not asked", "this study does not show its key", "continue with the next case")

    def undo(self) -> bool:
        """Take the last action back; return False where there is none."""
        reading = self._open()
        if not reading.undoable:
            return False
        self._act(ActionUndone(action_id=reading.undoable[-1], reason="undone"))
        return True

    def redo(self) -> bool:
        """Do again what was undone last; return False where there is nothing."""
        reading = self._open()
        if not reading.redoable:
            return False
        self._act(ActionRedone(action_id=reading.redoable[-1], reason="redone"))
        return True

    def commit(self) -> Reveal:
        """Close the reading. From then on the key is shown and every change is a correction with a reason."""
        reading = self._open()
        self._expect_to_read()
        if missing := self.missing_for_commit:
            raise InputRefusedError("Not committed", f"still missing: {', '.join(missing)}", "judge these first")
        self.touch()
        seconds = self._time_drafts()
        drafts = [*seconds, ReadingCommitted().draft()]
        self._reading = self._study.append(self.reader_id, reading.id, drafts)
        self._time_written(seconds)
        self._worklist.committed.add(self._item)
        revealed = self.reveal()
        assert revealed is not None
        return revealed

    @property
    def asked_role(self) -> str:
        """What describes the model about which the reader is asked now; "" before it is time for that."""
        return self._assessor.role if self.asks_before_commit or self._worklist.first_open() is None else ""

    @property
    def asks_before_commit(self) -> bool:
        """Whether the reader is asked which answer is whose before this case is committed."""
        return self._reading is not None and not self._reading.committed and self._assessor.before(self._reading)

    def asked_at_the_end(self) -> list[AskedCase]:
        """Return the cases about which the reader is to be asked which answer is whose: none before all are done."""
        return self._assessor.at_the_end() if self._worklist.first_open() is None else []

    def assess_blinding(self, said: str, reading_id: str | None = None) -> None:
        """Say on which side the model in question stood, in this reading or another: a side, or one of
        `domain.blinding_assessment`.

        It is stored with the reading, and is neither a judgement nor undone. Raises StudyChangedError where the reader
        was asked before.
        """
        self._expect_to_read()
        reading = self._assessor.say(reading_id or self._open().id, said)
        if self._reading is not None and self._reading.id == reading.id:
            self._reading = reading

    def annotation(self, annotation_id: str) -> Annotation:
        """Return an annotation of this reading, as `reading` has it. Raises StudyChangedError where it is gone."""
        annotation = self.reading.judgement.annotation(annotation_id) if self.reading else None
        if annotation is None:
            raise StudyChangedError(
                "Annotation no longer exists", "it has been retracted or undone", "continue with another one"
            )
        return annotation

    def _text_of(self, annotation: Annotation) -> str:
        return self._case.text if annotation.place == "case" else self._text(self._open().side_of(annotation.answer_id))

    def _act(self, event: ReadingEvent) -> None:
        """Save an event. Its reason counts where the reading is committed."""
        reading = self._open()
        self._expect_to_read()
        if not reading.committed:
            event = replace(event, reason=None)
        self.touch()
        self._reading = self._study.append(self.reader_id, reading.id, [event.draft()])
