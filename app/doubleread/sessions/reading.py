"""A reader at work: one case after the other, every action saved when it is made."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from doubleread.domain import events as log
from doubleread.domain.answer import Answer
from doubleread.domain.assignment import Turn
from doubleread.domain.axes import Axis, Rating
from doubleread.domain.blinding import SIDES, Side, draw_sides
from doubleread.domain.bond import BondGrade
from doubleread.domain.case import Case
from doubleread.domain.events import EventDraft
from doubleread.domain.finding import Finding, Passage, Place
from doubleread.domain.labels import LabelSet
from doubleread.domain.masking import covered
from doubleread.domain.reading import Preference, Reading
from doubleread.domain.score import Score, main_score
from doubleread.domain.sentences import SEGMENTATION, SentenceMode, not_judged, of_answer, sentences_to_judge
from doubleread.domain.spans import Span
from doubleread.errors import InputRefusedError, StudyChangedError
from doubleread.sessions.active_time import ActiveTime
from doubleread.sessions.blind import BlindAnswer, OpenCase, Reveal, without_names
from doubleread.sessions.generation import Draft, GenerationRun, Trouble
from doubleread.sessions.guessing import AskedCase, Guessing
from doubleread.sessions.masks import Masks, Spans, with_covered_quotes
from doubleread.sessions.round import Progress, Round, committed_turns
from doubleread.store import StudyFile

CONFIRMED = "confirmed what the scorer proposed"
GRADED = "graded against the key"
TIME_SAVED_EVERY = 30.0
NOT_MADE = Draft("failed", trouble=Trouble("No answer", "it was not made yet", "make it with `doubleread run`"))


class ReadingSession:
    """Everything the reading screen asks and does. Knows which model is on which side, and never tells too early.

    What its public members return names no model: see `doubleread.sessions.masks` for what answers say themselves.

    Each action is one transaction; when a method returns, what it did is on the disk. Methods that act raise
    `InputRefusedError` where a judgement cannot be stored and `StudyChangedError` where there is nothing to act on;
    both leave everything as it was.

    `run` is None where all answers were made before. `clock` returns seconds and stands in for `time.monotonic`.
    """

    def __init__(
        self,
        study: StudyFile,
        reader_id: str,
        *,
        run: GenerationRun | None = None,
        clock: Callable[[], float] = time.monotonic,
        idle_seconds: float = 60.0,
    ) -> None:
        self._study = study
        self.reader_id = reader_id
        self._run = run
        self._models = study.models()
        self._masks = Masks(study)
        self._guessing = Guessing(study, reader_id, self._masks)
        self._time = ActiveTime(clock, idle_seconds)
        study.register_reader(reader_id)
        self._round = Round(study.turns(reader_id), committed_turns(study, reader_id))
        self._turn = self._round.first_open() or self._round.turns[0]
        self._case: Case = study.case(self._turn.case_id)
        self._reading: Reading | None = None
        self._protocol = study.protocol
        self._missing: tuple[Reading | None, tuple[str, ...]] = (None, ())
        self._done: dict[str, Answer] = {}
        self._spans: dict[str, Spans] = {}
        self._growing: dict[str, str] = {}
        self._drawn: dict[Side, str] = {}
        self.goto(self.place_id)

    @property
    def case(self) -> OpenCase:
        """The case at hand."""
        return OpenCase.of(self._case)

    @property
    def reading(self) -> Reading | None:
        """The reading of this case, quotes covered while names are kept back; None until both answers are there."""
        reading = self._reading
        return with_covered_quotes(reading, self._spans) if reading is not None and self._covers else reading

    @property
    def title(self) -> str:
        """The study's title."""
        return self._study.protocol.title

    @property
    def guideline(self) -> str:
        """The study's guideline in Markdown."""
        return self._protocol.guideline

    @property
    def labels(self) -> LabelSet:
        """The labels that findings of this case get, by the protocol under which its reading was opened."""
        return self._protocol.labels

    @property
    def axes(self) -> tuple[Axis, ...]:
        """What the two answers are compared by, beside the preference."""
        return self._protocol.axes

    @property
    def sentence_mode(self) -> SentenceMode:
        """Whether answers can, or must, be judged sentence by sentence."""
        return self._protocol.sentences

    @property
    def missing_for_commit(self) -> tuple[str, ...]:
        """Name what is still to be judged before the reading can be committed."""
        reading = self._open()
        if self._missing[0] is not reading:
            texts = {answer.id: answer.text for answer in self._done.values()}
            missing = (*reading.missing_for_commit(), *reading.missing_sentences(texts, self.sentence_mode))
            self._missing = reading, missing
        return self._missing[1]

    @property
    def reveals_key(self) -> bool:
        """Whether the commit shows the key."""
        return self._protocol.reveal_key

    @property
    def progress(self) -> Progress:
        """Where this case stands among all, and how many the reader has committed."""
        return self._round.progress(self._turn)

    @property
    def place_id(self) -> str:
        """The id of this place in `case_list`."""
        return self._round.place_id(self._turn)

    @property
    def active_seconds(self) -> float:
        """Seconds spent on this case, saved or not; of a pause only the first `idle_seconds` count."""
        saved = self._reading.active_seconds if self._reading else 0.0
        return saved + self._time.unsaved

    @property
    def makes_answers(self) -> bool:
        """Whether models are there that make what is missing."""
        return self._run is not None

    def listen(self, on_change: Callable[[], None]) -> None:
        """Call this when something about the answers changes: from other threads, often; it must only take note."""
        if self._run is not None:
            self._run.listen(on_change)

    def start(self) -> None:
        """Begin to make what is missing."""
        if self._run is not None:
            self._run.start()

    def close(self) -> None:
        """Save the reading time, end the workers and close the file; each is done even where one before fails."""
        try:
            self.leave()
        finally:
            try:
                if self._run is not None:
                    self._run.listen(None)
                    self._run.stop()
            finally:
                self._study.close()

    def case_list(self) -> list[tuple[str, str, bool]]:
        """Return id, title and whether it is committed, for every case in the reader's order.

        Where cases come again unmarked, the titles are left out, which would mark them.
        """
        return self._round.listed(self._study.case_titles())

    def goto(self, place_id: str) -> None:
        """Go to a case by its id in `case_list`, which for a case that comes once is the case's own.

        Its reading is opened as soon as both answers are there. Raises KeyError for a case that is not the reader's.
        """
        turn = self._round.turn(place_id)
        self.leave()
        self._turn = turn
        self._case = self._study.case(turn.case_id)
        self._reading = self._study.reading(self.reader_id, turn.case_id, turn.repeat)
        self._protocol = self._study.protocol
        if self._reading is not None:
            self._protocol = self._study.protocol_of(self._reading.protocol_sha256)
        self._done, self._spans, self._growing = {}, {}, {}
        self._drawn = self._draw()
        if self._run is not None:
            self._run.want(turn.case_id)
        self.answers()
        self._time.begin()

    def step(self, by: int) -> bool:
        """Go `by` cases on, or back where it is negative. Return False, and stay, at either end."""
        return self._go_to(self._round.step(self._turn, by))

    def next_open(self) -> bool:
        """Go to the next case that is not committed, from here and then from the start; False if there is none."""
        return self._go_to(self._round.first_open(self._turn))

    def _go_to(self, turn: Turn | None) -> bool:
        if turn is not None:
            self.goto(self._round.place_id(turn))
        return turn is not None

    def leave(self) -> None:
        """Save the reading time. Call it before the program ends."""
        self.touch()
        self._save_time()
        self._time.end()

    def touch(self) -> None:
        """Take note that the reader did something."""
        self._time.touch()
        if self._time.unsaved >= TIME_SAVED_EVERY:
            self._save_time()

    def sentences_left(self, side: Side) -> tuple[Span, ...]:
        """Return the sentences of a side's answer that are not judged yet."""
        reading = self._open()
        return not_judged(self._text(side), of_answer(reading.judgement.sentences, reading.answer_ids[side]))

    def answers(self) -> dict[Side, BlindAnswer]:
        """Return both sides as they stand now. Opens the reading in the moment when both answers are done."""
        if len(self._done) < 2:
            stored = self._study.answers_of(self._case.id)
            for model in self._models:
                if model.id in stored and model.id not in self._done:
                    answer = self._done[model.id] = stored[model.id]
                    self._spans[answer.id] = self._masks.spans(answer, self._case) if self._protocol.mask else ()
            if len(self._done) == 2 and self._reading is None:
                self._open_reading()
        shown = [
            self._finished(self._done[model.id]) if model.id in self._done else self._unfinished(model.id)
            for model in self._models
        ]
        return {answer.side: answer for answer in sorted(shown, key=lambda answer: answer.side)}

    def reveal(self) -> Reveal | None:
        """Return what the protocol shows of key, explanation, scores, thinking and names; None before the commit."""
        if self._reading is None or not self._reading.committed:
            return None
        protocol = self._protocol
        sides = self._reading.answer_ids.items()
        scores: dict[Side, Score | None] = {}
        if protocol.reveal_key and protocol.reveal_scores:
            scores = {side: self._score(answer_id) for side, answer_id in sides}
        # A reader's own file names no model.
        named = protocol.reveal_names and self._study.split_reader is None
        names = {self._side(model.id): model.name for model in self._models} if named else {}
        thinking: dict[Side, str] = {}
        if protocol.reveal_thinking:
            thinking = {side: text for side, answer_id in sides if (text := self._thinking(answer_id))}
        case = self._case
        key = (case.key_text, case.explanation, case.source) if protocol.reveal_key else ("", "", "")
        return Reveal(*key, scores, names, thinking, gradable=protocol.reveal_key and case.kind == "diagnosis")

    def make_again(self, side: Side) -> None:
        """Make a failed answer again, starting its model again where it has ended."""
        if self._run is not None:
            self._run.again(self._case.id, self._model_on(side))

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
    ) -> Finding:
        """Mark a stretch of the answer on a side, or of the case's text that this answer left out.

        Marks with the same `burst` are undone as one.
        """
        reading = self._open()
        text = self._case.text if place == "case" else self._text(side)
        finding = Finding(
            id=str(uuid.uuid4()),
            answer_id=reading.answer_ids[side],
            place=place,
            start=span.start,
            end=span.end,
            quote=span.of(text),
            category=category,
            severity=severity,
        ).changed(ratings)
        body: dict[str, Any] = {"finding": finding.as_body()}
        if burst:
            body["burst"] = burst
        self._act(log.FINDING_MARKED, body, reason)
        return self.finding(finding.id)

    def change(
        self, finding_id: str, changes: Mapping[str, Any], *, burst: str | None = None, reason: str | None = None
    ) -> None:
        """Change a finding's ratings or note. Changes with the same `burst` are undone as one."""
        body: dict[str, Any] = {"finding_id": finding_id, "changes": dict(changes)}
        if burst:
            body["burst"] = burst
        self._act(log.FINDING_CHANGED, body, reason)

    def move(self, finding_id: str, span: Span, *, reason: str | None = None) -> None:
        """Give a finding other boundaries."""
        text = self._text_of(self.finding(finding_id))
        changes = {"start": span.start, "end": span.end, "quote": span.of(text)}
        self.change(finding_id, changes, burst=f"move {finding_id}", reason=reason)

    def point_at(self, finding_id: str, span: Span | None, *, reason: str | None = None) -> None:
        """Say which passage of the case a finding contradicts; None takes it away."""
        passage = None
        if span is not None:
            passage = asdict(Passage(span.start, span.end, span.of(self._case.text)))
        self.change(finding_id, {"passage": passage}, reason=reason)

    def retract(self, finding_id: str, *, reason: str | None = None) -> None:
        """Take a finding back. It stays in the log."""
        self._act(log.FINDING_RETRACTED, {"finding_id": finding_id}, reason)

    def judge(
        self,
        *,
        verdicts: Mapping[Side, str] | None = None,
        preference: Preference | None = None,
        outside_field: bool | None = None,
        reason: str | None = None,
    ) -> None:
        """Give verdicts, a preference, or say that the case lies outside one's field."""
        body: dict[str, Any] = {}
        if verdicts:
            body["verdicts"] = dict(verdicts)
        if preference is not None:
            body["preference"] = preference
        if outside_field is not None:
            body["outside_field"] = outside_field
        self._act(log.READING_JUDGED, body, reason)

    def rate(self, axis: str, value: Rating, *, reason: str | None = None) -> None:
        """Say by one axis of the protocol which side is better, or that neither is."""
        self._act(log.RATING_GIVEN, {"axis": axis, "value": value}, reason)

    def judge_sentence(self, side: Side, span: Span, judgement: str, *, reason: str | None = None) -> None:
        """Say of one sentence of the answer on a side what it is worth; see `sentences.SENTENCE_JUDGEMENTS`."""
        body = {
            "answer_id": self._open().answer_ids[side],
            "start": span.start,
            "end": span.end,
            "quote": span.of(self._text(side)),
            "judgement": judgement,
            "segmentation": SEGMENTATION,
        }
        self._act(log.SENTENCE_JUDGED, body, reason)

    def confirm_diagnosis(self, side: Side, right: bool) -> None:
        """Say, after the commit, whether the answer on a side names the key's diagnosis."""
        self._expect_key()
        self._act(log.READING_JUDGED, {"diagnoses": {side: right}}, CONFIRMED)

    def grade_diagnosis(self, side: Side, grade: BondGrade) -> None:
        """Say, after the commit, how close the answer on a side comes to the key's diagnosis; only 5 names it."""
        self._expect_key()
        if self._case.kind != "diagnosis":
            raise InputRefusedError("Not asked", "only a free-text diagnosis is graded", "go on with the next case")
        self._act(log.READING_JUDGED, {"diagnoses": {side: grade.same}, "grades": {side: int(grade)}}, GRADED)

    def _expect_key(self) -> None:
        if not self._open().committed:
            raise InputRefusedError("Not yet", "the key is still hidden", "commit the reading first")
        if not self._protocol.reveal_key:
            raise InputRefusedError("Not asked", "this study keeps its key to itself", "go on with the next case")

    def undo(self) -> bool:
        """Take the last action back; return False where there is none."""
        reading = self._open()
        if not reading.undoable:
            return False
        self._act(log.ACTION_UNDONE, {"action_id": reading.undoable[-1]}, "undone" if reading.committed else None)
        return True

    def redo(self) -> bool:
        """Do again what was undone last; return False where there is nothing."""
        reading = self._open()
        if not reading.redoable:
            return False
        self._act(log.ACTION_REDONE, {"action_id": reading.redoable[-1]}, "redone" if reading.committed else None)
        return True

    def commit(self) -> Reveal:
        """Close the reading. From then on the key is shown and every change is a correction with a reason."""
        reading = self._open()
        if missing := self.missing_for_commit:
            raise InputRefusedError("Not committed", f"still missing: {', '.join(missing)}", "judge these first")
        self.touch()
        drafts = [*self._time_drafts(), EventDraft(log.READING_COMMITTED, {"reading_id": reading.id})]
        self._reading = self._study.append(self.reader_id, reading.id, drafts)
        self._time.taken()
        self._round.committed.add(self._turn)
        revealed = self.reveal()
        assert revealed is not None
        return revealed

    @property
    def asked_role(self) -> str:
        """What describes the model about which the reader is asked now; "" before it is time for that."""
        return self._guessing.role if self.asks_before_commit or self._round.first_open() is None else ""

    @property
    def asks_before_commit(self) -> bool:
        """Whether the reader is asked which answer is whose before this case is committed."""
        return self._reading is not None and not self._reading.committed and self._guessing.before(self._reading)

    def asked_at_the_end(self) -> list[AskedCase]:
        """Return the cases about which the reader is to be asked which answer is whose: none before all are done."""
        return self._guessing.at_the_end() if self._round.first_open() is None else []

    def guess(self, said: str, reading_id: str | None = None) -> None:
        """Say on which side the model in question stood, in this reading or another: a side, or one of `domain.guess`.

        It is stored with the reading, and is neither a judgement nor undone. Raises StudyChangedError where the reader
        was asked before.
        """
        reading = self._guessing.say(reading_id or self._open().id, said)
        if self._reading is not None and self._reading.id == reading.id:
            self._reading = reading

    def finding(self, finding_id: str) -> Finding:
        """Return a finding of this reading, as `reading` has it. Raises StudyChangedError where it is gone."""
        finding = self.reading.judgement.finding(finding_id) if self.reading else None
        if finding is None:
            raise StudyChangedError("Finding gone", "it was retracted or undone meanwhile", "go on with another one")
        return finding

    def _draw(self) -> dict[Side, str]:
        """Return the model on each side: as the reading has it, or as it is drawn for one that is not opened yet.

        Where a case comes again, the draw of a reader's own file is not that of the study.
        """
        if self._reading is not None:
            models = {answer.id: model_id for model_id, answer in self._study.answers_of(self._case.id).items()}
            return {side: models[answer_id] for side, answer_id in self._reading.answer_ids.items()}
        drawn = draw_sides(self._study.secret, self.reader_id, self._case.id, self._turn.repeat)
        return {side: self._models[place].id for side, place in zip(SIDES, drawn, strict=True)}

    def _model_on(self, side: Side) -> str:
        return self._drawn[side]

    def _side(self, model_id: str) -> Side:
        return "A" if self._model_on("A") == model_id else "B"

    @property
    def _covers(self) -> bool:
        """Whether words that name a model are covered now."""
        committed = self._reading is not None and self._reading.committed
        return self._protocol.mask and not (committed and self._protocol.reveal_names)

    def _finished(self, answer: Answer) -> BlindAnswer:
        text = covered(answer.text, self._spans[answer.id]) if self._covers else answer.text
        return BlindAnswer(
            self._side(answer.model_id), "done", text, answer.id, sentences=sentences_to_judge(answer.text)
        )

    def _unfinished(self, model_id: str) -> BlindAnswer:
        draft = self._run.draft(self._case.id, model_id) if self._run is not None else NOT_MADE
        trouble = without_names(draft.trouble, self._models) if draft.trouble else None
        state = "writing" if draft.state == "done" else draft.state
        text = draft.text
        if self._protocol.mask:
            before = self._growing.get(model_id, "")
            # An answer that is made again begins anew.
            text = self._masks.growing(text, self._case, before if len(before) <= len(text) else "")
            self._growing[model_id] = text
        return BlindAnswer(self._side(model_id), state, text, trouble=trouble)

    def _score(self, answer_id: str) -> Score | None:
        score = main_score(self._study.scores_of(answer_id))
        if score is None or not self._covers:
            return score
        return self._masks.score(score, self._case, self._study.answer(answer_id), self._spans[answer_id])

    def _thinking(self, answer_id: str) -> str:
        answer = self._study.answer(answer_id)
        if not answer.thinking or not self._covers:
            return answer.thinking
        return self._masks.about(answer.thinking, self._case, answer, self._spans[answer_id])

    def _open_reading(self) -> None:
        body: dict[str, Any] = {
            "reading_id": str(uuid.uuid4()),
            "case_id": self._case.id,
            "reader_id": self.reader_id,
            "answer_ids": {self._side(model_id): answer.id for model_id, answer in self._done.items()},
            "answer_sha256": {self._side(model_id): answer.sha256 for model_id, answer in self._done.items()},
            "case_sha256": self._case.sha256,
            "protocol_sha256": self._study.protocol_sha256,
            "label_set": self._study.protocol.label_set,
        }
        if self._turn.repeat:
            body["repeat"] = self._turn.repeat
        if self._protocol.mask:
            body["masked"] = True
        if self.axes:
            body["axes"] = [axis.name for axis in self.axes]
        draft = EventDraft(log.READING_OPENED, body)
        try:
            self._reading = self._study.append(self.reader_id, str(body["reading_id"]), [draft])
        except StudyChangedError:
            # The same reader has opened the case in another window meanwhile.
            self._reading = self._study.reading(self.reader_id, self._case.id, self._turn.repeat)
            self._drawn = self._draw()

    def _open(self) -> Reading:
        if self._reading is None:
            raise InputRefusedError("Not yet", "both answers must be there first", "wait until they are done")
        return self._reading

    def _text(self, side: Side) -> str:
        return self._done[self._model_on(side)].text

    def _text_of(self, finding: Finding) -> str:
        return self._case.text if finding.place == "case" else self._text(self._open().side_of(finding.answer_id))

    def _act(self, kind: str, body: Mapping[str, Any], reason: str | None) -> None:
        reading = self._open()
        full = {"reading_id": reading.id, **body}
        if reading.committed:
            full["reason"] = reason
        self.touch()
        self._reading = self._study.append(self.reader_id, reading.id, [EventDraft(kind, full)])

    def _time_drafts(self) -> list[EventDraft]:
        seconds = round(self._time.unsaved, 1)
        if self._reading is None or not seconds:
            return []
        return [EventDraft(log.TIME_ADDED, {"reading_id": self._reading.id, "seconds": seconds})]

    def _save_time(self) -> None:
        drafts = self._time_drafts()
        if self._reading is not None and drafts:
            self._time.taken()
            self._reading = self._study.append(self.reader_id, self._reading.id, drafts)
