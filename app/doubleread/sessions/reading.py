"""A reader at work: one case after the other, every action saved when it is made."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from doubleread.domain.annotation import ANSWER, CASE_SOURCE, Annotation, Passage, Place, Relation
from doubleread.domain.answer_scales import AnswerScale, Level
from doubleread.domain.assignment import WorklistItem
from doubleread.domain.axes import Axis, Rating
from doubleread.domain.background import Background
from doubleread.domain.blinding import SIDES, Side, randomised_sides
from doubleread.domain.bond import BondGrade
from doubleread.domain.case import Case
from doubleread.domain.consistency import Inconsistency, inconsistencies
from doubleread.domain.criteria import JudgedCriterion, LinkedWords, criteria_left
from doubleread.domain.documents import text_of_case
from doubleread.domain.events import EventDraft
from doubleread.domain.events.annotations import AnnotationChanged, AnnotationMarked, AnnotationRetracted
from doubleread.domain.events.judgements import (
    LEVELS,
    AnswerRated,
    CriterionJudged,
    RatingGiven,
    ReadingJudged,
    SentenceJudged,
)
from doubleread.domain.events.reading_event import ReadingEvent
from doubleread.domain.events.readings import ActionRedone, ActionUndone, ReadingCommitted, ReadingOpened, TimeAdded
from doubleread.domain.labels import LabelSet
from doubleread.domain.ordinal_scales import OrdinalScale
from doubleread.domain.reading import CONFIRMED, GRADED, Preference, Reading
from doubleread.domain.reading_checks import missing_for_commit
from doubleread.domain.retrieval import RetrievedPassage
from doubleread.domain.sentences import SEGMENTATION, JudgedSentence, SentenceMode, not_judged, of_answer
from doubleread.domain.spans import Span
from doubleread.domain.study import Protocol
from doubleread.errors import InputRefusedError, StudyBusyError, StudyChangedError
from doubleread.read_model.own_readings import own_readings
from doubleread.read_model.readable_study import ReadableStudy
from doubleread.read_model.redactions import Redactions, Spans, with_redacted_quotes
from doubleread.runs.generation import GenerationRun
from doubleread.sessions.active_time import ActiveTime
from doubleread.sessions.blind import BlindAnswer, OpenCase, Reveal
from doubleread.sessions.blinding_assessment import AskedCase, BlindingAssessor
from doubleread.sessions.both_answers import BothAnswers
from doubleread.sessions.consensus_round import expect_round
from doubleread.sessions.one_window import OneWindow
from doubleread.sessions.reading_places import ReadingPlace, ReadingPlaces
from doubleread.sessions.receipts import receipt
from doubleread.sessions.session_end import ReadingSummary, SessionEnd, Work
from doubleread.sessions.worklist import Worklist, WorklistProgress, begun_items, committed_items

PROTOCOL_CHANGED = "The study lead has changed the protocol. Cases that you open from now on follow the new one."


class ReadingSession:
    """Everything the reading screen asks and does. Knows which model is on which side, and never tells too early.

    What its public members return names no model: see `doubleread.read_model.redactions` for what answers say
    themselves.

    Each action is one transaction; when a method returns, its action is on the disk. Methods that act raise
    `InputRefusedError` if a judgement cannot be stored and `StudyChangedError` if there is nothing to act on; both
    change nothing.

    `run` is None if all answers exist. `clock` returns seconds.
    """

    def __init__(
        self,
        study: ReadableStudy,
        reader_id: str,
        *,
        run: GenerationRun | None = None,
        clock: Callable[[], float] = time.monotonic,
        idle_seconds: float = 60.0,
        window: OneWindow | None = None,
        places: ReadingPlaces | None = None,
    ) -> None:
        self._study = study
        self._began_at = study.file.chain_head()[0]
        self._window = window
        self.reads_here = window is None or window.reads()
        """Whether this window reads. If another one reads for the same reader, this one is read-only."""
        self.reader_id = reader_id
        self.served = False
        """Whether the reader has a page in the browser, and not the file."""
        self._run = run
        self._arms = study.arms()
        self._seen: tuple[Reading, Mapping[str, Spans], Reading] | None = None
        """The reading, what is redacted, and what its reader sees of it: a key may ask for it a hundred times."""
        self._redactions = Redactions(study)
        self._assessor = BlindingAssessor(study, reader_id, self._redactions)
        self._time = ActiveTime(clock, idle_seconds)
        study.readers.register(reader_id)
        study.changed_elsewhere()
        self._worklist = Worklist(self._items(), self._done(), begun_items(study, reader_id))
        self._places = places
        self.opens_at = ReadingPlace()
        """Where in its first case the session begins."""
        self._item = self._first_item()
        self._reading: Reading | None = None
        self._both: BothAnswers
        self._missing: tuple[Reading | None, tuple[str, ...]] = (None, ())
        self.goto(self.place_id)

    def _items(self) -> Sequence[WorklistItem]:
        """Return what this session is about, in the reader's order."""
        return self._study.readers.worklist(self.reader_id)

    def _done(self) -> set[WorklistItem]:
        """Return the items with which the reader is done."""
        return committed_items(self._study, self.reader_id)

    def _first_item(self) -> WorklistItem:
        """Return the case where the reader was, or else the next open one. If it is committed, go on from there."""
        last = None
        if self._places is not None:
            last = self._places.last([self._worklist.place_id(item) for item in self._worklist.items])
        if last is None:
            return self._worklist.first_open() or self._worklist.items[0]
        item = self._worklist.item(last[0])
        if item in self._worklist.committed:
            return self._worklist.first_open(item) or item
        self.opens_at = last[1]
        return item

    def keep_place(self, place: ReadingPlace) -> None:
        """Note where in the current case the reader is, so that the study opens there next time."""
        if self._places is not None and self.reads_here:
            self._places.keep(self.place_id, place)

    @property
    def _case(self) -> Case:
        return self._both.case

    @property
    def _protocol(self) -> Protocol:
        return self._both.protocol

    @property
    def case(self) -> OpenCase:
        """The current case."""
        return self._both.shown_case

    @property
    def reading(self) -> Reading | None:
        """The reading of this case, with redacted quotes while names are hidden; None until both answers exist."""
        reading, spans = self._reading, self._both.spans
        if reading is None or not self._redacts():
            return reading
        if self._seen is None or self._seen[0] is not reading or self._seen[1] != spans:
            self._seen = reading, dict(spans), with_redacted_quotes(reading, spans)
        return self._seen[2]

    @property
    def title(self) -> str:
        """The study's title."""
        return self._study.protocol.title

    @property
    def training_words(self) -> str:
        """Words for the header while the reader is in training; empty while they read the study's cases."""
        return ""

    @property
    def has_consensus_round(self) -> bool:
        """Whether a consensus round follows: the reader is done, and other readings are in this file.

        A file that was made for a consensus round opens in it.
        """
        asked = self._study.protocol.consensus and self._study.split_reader is None
        return asked and not self.training_words and self.all_done

    def expect_consensus_round(self) -> None:
        """Raise InputRefusedError if the reader cannot take part in a consensus round now."""
        expect_round(self._study.file, self.reader_id)

    @property
    def asks_background(self) -> bool:
        """Whether the study asks for the reader's background and has not been told."""
        return self._study.protocol.background and self._study.background_of(self.reader_id) is None

    @property
    def background(self) -> Background:
        """What the reader has stated of themself."""
        return self._study.background_of(self.reader_id) or Background()

    def state_background(self, background: Background) -> None:
        """Store what the reader states of themself. An empty statement says that they were asked."""
        self._study.state_background(self.reader_id, background)

    @property
    def guideline(self) -> str:
        """The study's guideline in Markdown."""
        return self._protocol.guideline

    @property
    def labels(self) -> LabelSet:
        """The labels of annotations, by the protocol under which the reading was opened."""
        return self._protocol.labels

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes on which the two answers are compared, besides the preference."""
        return self._protocol.axes

    @property
    def answer_scales(self) -> tuple[AnswerScale, ...]:
        """The scales on which each answer is rated."""
        return self._protocol.rated_scales

    @property
    def scales(self) -> tuple[OrdinalScale, ...]:
        """The ordinal scales on which the reading is rated as a whole."""
        return self._protocol.scales

    @property
    def sentence_mode(self) -> SentenceMode:
        """Whether answers can, or must, be judged sentence by sentence."""
        return self._protocol.sentences

    @property
    def reveals_key(self) -> bool:
        """Whether the commit shows a key; a rubric may have none."""
        return self._protocol.reveal_key and bool(self._case.key_text)

    @property
    def progress(self) -> WorklistProgress:
        """The position of this case, and how many cases the reader has committed."""
        return self._worklist.progress(self._item)

    @property
    def place_id(self) -> str:
        """The id of the current case in `case_list`."""
        return self._worklist.place_id(self._item)

    @property
    def active_seconds(self) -> float:
        """Seconds spent on this case, saved or not. Only the first `idle_seconds` of a pause count."""
        saved = self._reading.active_seconds if self._reading else 0.0
        return saved + self._time.unsaved

    def end(self, unsaved: int = 0) -> SessionEnd:
        """Return how far the reader is. `unsaved` counts the actions that could not be saved."""
        own_file = self._study.split_reader is not None
        seconds = self._time.in_all
        path, progress = self._study.file.path, self.progress
        return SessionEnd(path, self.reader_id, progress, seconds, own_file, unsaved, self.work, self.served)

    @property
    def work(self) -> Work:
        """What the reader does in this session."""
        return "training" if self.training_words else "reading"

    def summary(self) -> ReadingSummary:
        """Return what the reader has done so far, with the receipt as it is now."""
        self._save_time()
        return ReadingSummary(
            self.end(), own_readings(self._study, self.reader_id), receipt(self._study.file, self._began_at)
        )

    @property
    def makes_answers(self) -> bool:
        """Whether models can generate missing answers."""
        return self._run is not None

    @property
    def other_since(self) -> str:
        """When the window that reads instead of this one was opened; empty if this one reads."""
        return self._window.other_since if self._window is not None and not self.reads_here else ""

    def take_over(self) -> None:
        """Read in this window from now on; the other one becomes read-only. Raises StudyFileError."""
        if self._window is not None:
            self._window.take_over()
            self.follow()

    def follow(self) -> bool:
        """Follow what other windows and programs did. Return whether what is shown has changed.

        Call this about every second. Raises StudyFileError if the file cannot be read now.
        """
        reads_here = self._window is None or self._window.reads()
        passed = reads_here != self.reads_here
        if passed and not reads_here:
            self.leave()
        self.reads_here = reads_here
        if passed and reads_here:
            self._time.begin()
        changed = self._study.changed_elsewhere()
        return (self._reload() or passed) if changed or passed else False

    @property
    def newest_protocol(self) -> str:
        """The hash of the protocol that cases opened from now on get."""
        return self._study.protocol_sha256

    def _reload(self) -> bool:
        """Read the reading and the committed cases again. Return whether they have changed."""
        before = self._reading, set(self._worklist.committed)
        reading = self._study.reading(self.reader_id, self._item.case_id, self._item.repeat)
        protocol = self._protocol_of(reading)
        if protocol != self._protocol:
            self._both = self._answers_to(self._case, protocol, self._both.sides)
        if reading is not None:
            self._both.sides = self._sides(self._item, reading)
        self._reading = reading
        self._worklist.committed = self._done() & set(self._worklist.items)
        self._worklist.begun = begun_items(self._study, self.reader_id) & set(self._worklist.items)
        self.answers()
        return before != (self._reading, self._worklist.committed)

    def listen(self, on_change: Callable[[], None]) -> None:
        """Call `on_change` when the answers change: often, and from other threads, so it must return at once."""
        if self._run is not None:
            self._run.listen(on_change)

    def start(self) -> None:
        """Start generating missing answers."""
        if self._run is not None:
            self._run.start()

    def close(self) -> None:
        """Save the reading time, end the workers and close the file, each even if an earlier step fails."""
        try:
            self.leave()
        finally:
            try:
                if self._run is not None:
                    self._run.listen(None)
                    self._run.stop()
            finally:
                if self._window is not None:
                    self._window.close()
                self._study.close()

    def case_list(self) -> list[tuple[str, str, bool]]:
        """Return id, title and whether it is committed, for every case in the reader's order.

        If cases are repeated, titles are left out: they would reveal the repeats.
        """
        return self._worklist.listed(self._study.case_titles())

    def goto(self, place_id: str) -> None:
        """Go to a case by its id in `case_list`.

        Its reading is opened as soon as both answers exist. Raises KeyError for a case that is not the reader's.
        """
        item = self._worklist.item(place_id)
        # Everything is read before anything changes: if the file cannot be read, the reader stays where they are.
        case = self._study.case(item.case_id)
        reading = self._study.reading(self.reader_id, item.case_id, item.repeat)
        protocol = self._protocol_of(reading)
        both = self._answers_to(case, protocol, self._sides(item, reading))
        left = self._reading
        self.leave()
        if item == self._item and self._reading is not left:
            # Leaving has saved the time spent on this case.
            reading = self._reading
        self._item, self._reading, self._both = item, reading, both
        if self._run is not None:
            self._run.prioritise(item.case_id)
        if self.reads_here:
            self._time.begin()
        with contextlib.suppress(StudyBusyError):
            # The screen asks again.
            self.answers()

    def _protocol_of(self, reading: Reading | None) -> Protocol:
        """Return the protocol of a reading: the one in force now if it is not opened yet."""
        self._study.follow_protocol()
        return self._study.protocol if reading is None else self._study.protocol_of(reading.protocol_sha256)

    def step(self, by: int) -> bool:
        """Go `by` cases forward, or back if negative. At either end, stay and return False."""
        return self._go_to(self._worklist.step(self._item, by))

    @property
    def all_done(self) -> bool:
        """Whether no case of this reader is open."""
        return self._worklist.first_open() is None

    def next_open(self) -> bool:
        """Go to the next case that is not committed, wrapping around; return False if there is none."""
        return self._go_to(self._worklist.first_open(self._item))

    def _go_to(self, item: WorklistItem | None) -> bool:
        if item is not None:
            self.goto(self._worklist.place_id(item))
        return item is not None

    def leave(self) -> None:
        """Save the reading time. Call it before the program ends."""
        self.touch()
        self._save_time()
        self._time.end()

    def stop_clock(self) -> None:
        """Count no reading time until `start_clock`."""
        self._time.stop()

    def start_clock(self) -> None:
        """Count reading time again."""
        self._time.go_on()

    @property
    def undoable(self) -> int:
        """How many actions in this case can be undone; 0 once the reading is committed."""
        return len(self._reading.undoable) if self._reading is not None and not self._reading.committed else 0

    def pause_after(self, seconds: float) -> None:
        """Count only the first seconds of a pause, from now on so many."""
        self._time.idle_seconds = seconds

    def touch(self) -> None:
        """Note that the reader did something."""
        if not self.reads_here:
            return
        self._time.touch()
        if self._time.due:
            self._save_time()

    def answers(self) -> dict[Side, BlindAnswer]:
        """Return both answers as far as they are written. Opens the reading as soon as both are finished."""
        if self._both.read() and self._reading is None and self.reads_here:
            self._open_reading()
        return self._both.shown()

    def reveal(self) -> Reveal | None:
        """Return what the protocol shows of key, explanation, scores, reasoning and names; None before the commit."""
        return self._both.reveal() if self._reading is not None and self._reading.committed else None

    def passages(self) -> dict[Side, tuple[RetrievedPassage, ...]]:
        """Return the passages that the answers were given from a corpus; nothing while they must not be seen."""
        return self._both.passages(committed=self._reading is not None and self._reading.committed)

    def make_again(self, side: Side) -> None:
        """Generate a failed answer again, restarting its model if it has ended."""
        self._both.make_again(side)

    def _sides(self, item: WorklistItem, reading: Reading | None) -> dict[Side, str]:
        """Return the model on each side: that of the reading, or the randomised one if it is not opened yet.

        For a repeat, a reader's own file randomises differently from the study.
        """
        if reading is not None:
            arms = {answer.id: arm_id for arm_id, answer in self._study.answers.of_case(item.case_id).items()}
            return {side: arms[answer_id] for side, answer_id in reading.answer_ids.items()}
        order = randomised_sides(self._study.secret, self.reader_id, item.case_id, item.repeat)
        return {side: self._arms[place].id for side, place in zip(SIDES, order, strict=True)}

    def _redacts(self) -> bool:
        """Whether words that name a model are redacted now."""
        committed = self._reading is not None and self._reading.committed
        return self._protocol.redact and not (committed and self._protocol.reveal_names)

    def _answers_to(self, case: Case, protocol: Protocol, sides: Mapping[Side, str]) -> BothAnswers:
        return BothAnswers(self._study, case, protocol, sides, self._redactions, self._run, self._redacts)

    @property
    def missing_for_commit(self) -> tuple[str, ...]:
        """Return in words what must be judged before the reading can be committed."""
        reading = self._open()
        if self._missing[0] is not reading:
            self._missing = reading, missing_for_commit(reading, self._both.texts(), self._protocol)
        return self._missing[1]

    def inconsistencies(self) -> tuple[Inconsistency, ...]:
        """Return the contradictions of this reading; nothing if the protocol does not ask for that."""
        return inconsistencies(self._open(), self._case.kind, self.labels) if self._protocol.consistency else ()

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
        """Annotate a span of the answer on a side, or of the case's text or a document, which this answer omits.

        Annotations with the same `burst` are undone together.
        """
        reading = self._open()
        text = self._text_in(place, side)
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
        """Change an annotation's ratings or note. Changes with the same `burst` are undone together."""
        self._act(AnnotationChanged(annotation_id=annotation_id, changes=changes, burst=burst, reason=reason))

    def move(self, annotation_id: str, span: Span, *, reason: str | None = None) -> None:
        """Move the boundaries of an annotation."""
        text = self._text_of(self.annotation(annotation_id))
        changes = {"start": span.start, "end": span.end, "quote": span.of(text)}
        self.change(annotation_id, changes, burst=f"move {annotation_id}", reason=reason)

    def link(
        self,
        annotation_id: str,
        span: Span,
        relation: Relation = "contradicts",
        *,
        source: str = CASE_SOURCE,
        text: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Link an annotation to a passage that contradicts or supports it.

        `text` is that of a `source` other than the case and its documents. The store checks the words against its own
        copy.
        """
        quote = span.of(text if text is not None else text_of_case(self._case, source) or "")
        passage = asdict(Passage(span.start, span.end, quote, source, relation))
        self.change(annotation_id, {"passage": passage}, reason=reason)

    def unlink(self, annotation_id: str, *, reason: str | None = None) -> None:
        """Remove an annotation's link to a passage."""
        self.change(annotation_id, {"passage": None}, reason=reason)

    def retract(self, annotation_id: str, *, reason: str | None = None) -> None:
        """Retract an annotation. It stays in the log."""
        self._act(AnnotationRetracted(annotation_id=annotation_id, reason=reason))

    def judge(
        self,
        *,
        verdicts: Mapping[Side, str] | None = None,
        preference: Preference | None = None,
        outside_field: bool | None = None,
        reason: str | None = None,
    ) -> None:
        """Give verdicts or a preference, or decline the case as outside the reader's field."""
        self._act(
            ReadingJudged(
                verdicts={str(side): verdict for side, verdict in (verdicts or {}).items()},
                preference=preference,
                outside_field=outside_field,
                reason=reason,
            )
        )

    def rate(self, axis: str, value: Rating, *, reason: str | None = None) -> None:
        """Rate on an axis of the protocol which side is better, or that neither is."""
        self._act(RatingGiven(axis=axis, value=value, reason=reason))

    def rate_answer(self, side: Side, scale: str, level: Level, *, reason: str | None = None) -> None:
        """Rate the answer on a side on a scale of the protocol; None where the scale does not apply."""
        self._act(AnswerRated(side=side, scale=scale, level=level, reason=reason))

    def state_level(self, scale: str, value: int, *, reason: str | None = None) -> None:
        """Rate the reading as a whole on the ordinal scale with this name."""
        self._act(LEVELS[scale](value=value, reason=reason))

    def judge_sentence(self, side: Side, span: Span, judgement: str, *, reason: str | None = None) -> None:
        """Judge one sentence of the answer on a side; see `sentences.SENTENCE_JUDGEMENTS`."""
        sentence = JudgedSentence(
            answer_id=self._open().answer_ids[side],
            start=span.start,
            end=span.end,
            quote=span.of(self._text(side)),
            judgement=judgement,
            segmentation=SEGMENTATION,
        )
        self._act(SentenceJudged(sentence=sentence, reason=reason))

    def criteria_left(self, side: Side) -> tuple[str, ...]:
        """Return the ids of the criteria that are not judged yet of a side's answer."""
        reading = self._open()
        ids = (criterion.id for criterion in self._case.criteria)
        return criteria_left(ids, reading.judgement.criteria, reading.answer_ids[side])

    def judge_criterion(
        self,
        side: Side,
        criterion_id: str,
        judgement: str,
        evidence: Span | None = None,
        *,
        burst: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Judge one criterion of the answer on a side; see `criteria.CRITERION_JUDGEMENTS`. "" clears its judgement.

        `evidence` are the words of the answer that it rests on.
        """
        words = None if evidence is None else LinkedWords(evidence.start, evidence.end, evidence.of(self._text(side)))
        criterion = JudgedCriterion(self._open().answer_ids[side], criterion_id, judgement, words)
        self._act(CriterionJudged(criterion=criterion, burst=burst, reason=reason))

    def confirm_diagnosis(self, side: Side, names_key: bool) -> None:
        """State, after the commit, whether the answer on a side names the key's diagnosis."""
        self._expect_key()
        self._act(ReadingJudged(diagnoses={side: names_key}, reason=CONFIRMED))

    def grade_diagnosis(self, side: Side, grade: BondGrade) -> None:
        """Grade, after the commit, how close the answer on a side is to the key's diagnosis; only 5 names it."""
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
        """Undo the last action; return False if there is none."""
        reading = self._open()
        if not reading.undoable:
            return False
        self._act(ActionUndone(action_id=reading.undoable[-1], reason="undone"))
        return True

    def redo(self) -> bool:
        """Redo what was undone last; return False if there is nothing."""
        reading = self._open()
        if not reading.redoable:
            return False
        self._act(ActionRedone(action_id=reading.redoable[-1], reason="redone"))
        return True

    def commit(self, confirmed: Collection[Inconsistency] | None = None) -> Reveal:
        """Commit the reading. From then on, the key is shown and every change is a correction with a reason.

        `confirmed` are those of `inconsistencies` that the reader has confirmed; None if nobody asked the reader.
        """
        reading = self._open()
        self._expect_to_read()
        if missing := self.missing_for_commit:
            raise InputRefusedError("Not committed", f"still missing: {', '.join(missing)}", "judge these first")
        self.touch()
        seconds = self._time.to_save
        asked = confirmed is not None and self._protocol.consistency
        kinds = [found.kind for found in self.inconsistencies() if found in (confirmed or ())] if asked else None
        drafts = [*self._timed(seconds), ReadingCommitted(confirmed=kinds).draft()]
        self._reading = self._study.append(self.reader_id, reading.id, drafts)
        self._time.saved(seconds)
        self._worklist.committed.add(self._item)
        revealed = self.reveal()
        assert revealed is not None
        return revealed

    @property
    def asked_role(self) -> str:
        """The description of the model about which the reader is asked now; empty if it is not time for that."""
        return self._assessor.role if self.asks_before_commit or self._worklist.first_open() is None else ""

    @property
    def asks_before_commit(self) -> bool:
        """Whether the blinding assessment asks before this case is committed."""
        return self._reading is not None and not self._reading.committed and self._assessor.before(self._reading)

    def asked_at_the_end(self) -> list[AskedCase]:
        """Return the cases about which the blinding assessment asks; none before all are committed."""
        return self._assessor.at_the_end() if self._worklist.first_open() is None else []

    def assess_blinding(self, said: str, reading_id: str | None = None) -> None:
        """Store the side on which the reader believes the model to be, in this reading or another.

        `said` is a side or a value of `domain.blinding_assessment`. It is not a judgement and is not undone. Raises
        StudyChangedError if the reader was asked before.
        """
        self._expect_to_read()
        reading = self._assessor.say(reading_id or self._open().id, said)
        if self._reading is not None and self._reading.id == reading.id:
            self._reading = reading

    def annotation(self, annotation_id: str) -> Annotation:
        """Return an annotation of this reading. Raises StudyChangedError if it no longer exists."""
        annotation = self.reading.judgement.annotation(annotation_id) if self.reading else None
        if annotation is None:
            raise StudyChangedError(
                "Annotation no longer exists", "it has been retracted or undone", "continue with another one"
            )
        return annotation

    def _text_of(self, annotation: Annotation) -> str:
        return self._text_in(annotation.place, self._open().side_of(annotation.answer_id))

    def _text_in(self, place: Place, side: Side) -> str:
        """Return the text that annotations in a place mark."""
        return self._text(side) if place == ANSWER else text_of_case(self._case, place) or ""

    def _act(self, event: ReadingEvent) -> None:
        """Store an event, with its reason if the reading is committed."""
        reading = self._open()
        self._expect_to_read()
        if not reading.committed:
            event = replace(event, reason=None)
        self.touch()
        self._reading = self._study.append(self.reader_id, reading.id, [event.draft()])

    def _open_reading(self) -> None:
        answers = self._both.by_side()
        counts = {side: len(self._both.spans[answer.id]) for side, answer in answers.items()}
        opened = ReadingOpened.of(
            self.reader_id,
            self._case,
            answers,
            self._study.protocol,
            self._study.protocol_sha256,
            repeat=self._item.repeat,
            redacted=counts,
        )
        try:
            self._reading = self._study.append(self.reader_id, opened.reading_id, [opened.draft()])
        except StudyChangedError:
            # The same reader has opened the case in another window.
            self._reading = self._study.reading(self.reader_id, self._case.id, self._item.repeat)
            self._both.sides = self._sides(self._item, self._reading)
        self._worklist.begun.add(self._item)

    def _expect_to_read(self) -> None:
        """Raise InputRefusedError if another window reads for this reader."""
        if not self.reads_here:
            happened = f"{self.reader_id} has been reading in another window since {self.other_since}"
            raise InputRefusedError("Not saved", happened, "continue there, or take over here")

    def _open(self) -> Reading:
        if self._reading is None:
            raise InputRefusedError("Not yet", "both answers must be complete first", "wait until they are complete")
        return self._reading

    def _text(self, side: Side) -> str:
        return self._both.on(side).text

    def _timed(self, seconds: float) -> list[EventDraft]:
        return [TimeAdded(seconds=seconds).draft()] if seconds else []

    def _save_time(self) -> None:
        seconds = self._time.to_save
        if self._reading is not None and seconds:
            self._reading = self._study.append(self.reader_id, self._reading.id, self._timed(seconds))
            self._time.saved(seconds)
