"""A reader's current case: both answers on their sides, what may be seen of them, and the way to the next."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable

from doubleread.domain.answer import Answer
from doubleread.domain.assignment import WorklistItem
from doubleread.domain.axes import Axis
from doubleread.domain.blinding import SIDES, Side, draw_sides
from doubleread.domain.case import Case
from doubleread.domain.drafts import Draft, Trouble
from doubleread.domain.events import EventDraft
from doubleread.domain.events.readings import ReadingOpened, TimeAdded
from doubleread.domain.labels import LabelSet
from doubleread.domain.reading import Reading
from doubleread.domain.redaction import redacted
from doubleread.domain.score import Score
from doubleread.domain.sentences import SentenceMode, sentences_to_judge
from doubleread.errors import InputRefusedError, StudyBusyError, StudyChangedError
from doubleread.read_model.redactions import Redactions, Spans, with_redacted_quotes
from doubleread.runs.generation import GenerationRun
from doubleread.sessions.active_time import ActiveTime
from doubleread.sessions.blind import BlindAnswer, OpenCase, Reveal, without_names
from doubleread.sessions.blinding_assessment import BlindingAssessor
from doubleread.sessions.one_window import OneWindow
from doubleread.sessions.worklist import Progress, Worklist, committed_items
from doubleread.store import StudyFile

NOT_MADE = Draft(
    "failed", trouble=Trouble("No answer", "it has not been generated yet", "generate it with `doubleread run`")
)


class CaseAtHand:
    """A reader's way through the cases, and what stands on the screen of each.

    Knows which model is on which side, and never tells too early. What its public members return names no model: see
    `doubleread.read_model.redactions` for what answers say themselves.
    """

    def __init__(
        self,
        study: StudyFile,
        reader_id: str,
        *,
        run: GenerationRun | None = None,
        clock: Callable[[], float] = time.monotonic,
        idle_seconds: float = 60.0,
        window: OneWindow | None = None,
    ) -> None:
        self._study = study
        self._window = window
        self.reads_here = window is None or window.reads()
        """Whether this window reads. Another one may read for the same reader; then this one only shows."""
        self.reader_id = reader_id
        self._run = run
        self._models = study.models()
        self._redactions = Redactions(study)
        self._assessor = BlindingAssessor(study, reader_id, self._redactions)
        self._time = ActiveTime(clock, idle_seconds)
        study.register_reader(reader_id)
        study.changed_elsewhere()
        self._worklist = Worklist(study.worklist(reader_id), committed_items(study, reader_id))
        self._item = self._worklist.first_open() or self._worklist.items[0]
        self._case: Case = study.case(self._item.case_id)
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
        """The reading of this case, quotes redacted while names are kept back; None until both answers are there."""
        reading = self._reading
        return with_redacted_quotes(reading, self._spans) if reading is not None and self._redacts else reading

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
        """The labels that annotations of this case get, by the protocol under which its reading was opened."""
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
    def reveals_key(self) -> bool:
        """Whether the commit shows the key."""
        return self._protocol.reveal_key

    @property
    def progress(self) -> Progress:
        """Where this case stands among all, and how many the reader has committed."""
        return self._worklist.progress(self._item)

    @property
    def place_id(self) -> str:
        """The id of this place in `case_list`."""
        return self._worklist.place_id(self._item)

    @property
    def active_seconds(self) -> float:
        """Seconds spent on this case, saved or not; of a pause only the first `idle_seconds` count."""
        saved = self._reading.active_seconds if self._reading else 0.0
        return saved + self._time.unsaved

    @property
    def makes_answers(self) -> bool:
        """Whether models are there that make what is missing."""
        return self._run is not None

    @property
    def other_since(self) -> str:
        """When the window was opened that reads in place of this one, as shown; "" where this one reads."""
        return self._window.other_since if self._window is not None and not self.reads_here else ""

    def take_over(self) -> None:
        """Read in this window from now on; the other one then only shows. Raises StudyFileError."""
        if self._window is not None:
            self._window.take_over()
            self.follow()

    def follow(self) -> bool:
        """Take note of what other windows and programs did. Return whether what is shown has changed.

        To be called every second or so. Raises StudyFileError where the file cannot be read now.
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

    def _reload(self) -> bool:
        """Read this case's reading, and what is committed, again. Return whether anything is another than before."""
        before = self._reading, set(self._worklist.committed)
        reading = self._study.reading(self.reader_id, self._item.case_id, self._item.repeat)
        if reading is not None:
            self._drawn = self._draw(self._item, reading)
            self._protocol = self._study.protocol_of(reading.protocol_sha256)
        self._reading = reading
        self._worklist.committed = committed_items(self._study, self.reader_id) & set(self._worklist.items)
        self.answers()
        return before != (self._reading, self._worklist.committed)

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
                if self._window is not None:
                    self._window.close()
                self._study.close()

    def case_list(self) -> list[tuple[str, str, bool]]:
        """Return id, title and whether it is committed, for every case in the reader's order.

        Where cases come again unmarked, the titles are left out, which would mark them.
        """
        return self._worklist.listed(self._study.case_titles())

    def goto(self, place_id: str) -> None:
        """Go to a case by its id in `case_list`, which for a case that comes once is the case's own.

        Its reading is opened as soon as both answers are there. Raises KeyError for a case that is not the reader's.
        """
        item = self._worklist.item(place_id)
        # All is read before anything changes, so that a file that cannot be read now leaves the reader where they are.
        case = self._study.case(item.case_id)
        reading = self._study.reading(self.reader_id, item.case_id, item.repeat)
        protocol = self._study.protocol if reading is None else self._study.protocol_of(reading.protocol_sha256)
        drawn = self._draw(item, reading)
        left = self._reading
        self.leave()
        if item == self._item and self._reading is not left:
            # Leaving has saved the time spent on this very case.
            reading = self._reading
        self._item, self._case, self._reading, self._protocol, self._drawn = item, case, reading, protocol, drawn
        self._done, self._spans, self._growing = {}, {}, {}
        if self._run is not None:
            self._run.prioritise(item.case_id)
        if self.reads_here:
            self._time.begin()
        with contextlib.suppress(StudyBusyError):
            # The screen that shows the case asks again.
            self.answers()

    def step(self, by: int) -> bool:
        """Go `by` cases on, or back where it is negative. Return False, and stay, at either end."""
        return self._go_to(self._worklist.step(self._item, by))

    def next_open(self) -> bool:
        """Go to the next case that is not committed, from here and then from the start; False if there is none."""
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

    def touch(self) -> None:
        """Take note that the reader did something."""
        if not self.reads_here:
            return
        self._time.touch()
        if self._time.due:
            self._save_time()

    def answers(self) -> dict[Side, BlindAnswer]:
        """Return both sides as they stand now. Opens the reading in the moment when both answers are done."""
        if len(self._done) < 2:
            stored = self._study.answers_of(self._case.id)
            for model in self._models:
                if model.id in stored and model.id not in self._done:
                    answer = self._done[model.id] = stored[model.id]
                    self._spans[answer.id] = self._redactions.spans(answer, self._case) if self._protocol.redact else ()
            if len(self._done) == 2 and self._reading is None and self.reads_here:
                self._open_reading()
        shown = [
            self._finished(self._done[model.id]) if model.id in self._done else self._unfinished(model.id)
            for model in self._models
        ]
        return {answer.side: answer for answer in sorted(shown, key=lambda answer: answer.side)}

    def reveal(self) -> Reveal | None:
        """Return what the protocol shows of key, explanation, scores, reasoning and names; None before the commit."""
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
        reasoning: dict[Side, str] = {}
        if protocol.reveal_reasoning:
            reasoning = {side: text for side, answer_id in sides if (text := self._reasoning(answer_id))}
        case = self._case
        key = (case.key_text, case.explanation, case.source) if protocol.reveal_key else ("", "", "")
        return Reveal(*key, scores, names, reasoning, gradable=protocol.reveal_key and case.kind == "diagnosis")

    def make_again(self, side: Side) -> None:
        """Make a failed answer again, starting its model again where it has ended."""
        if self._run is not None:
            self._run.retry(self._case.id, self._model_on(side))

    def _draw(self, item: WorklistItem, reading: Reading | None) -> dict[Side, str]:
        """Return the model on each side: as the reading has it, or as it is drawn for one that is not opened yet.

        Where a case comes again, the draw of a reader's own file is not that of the study.
        """
        if reading is not None:
            models = {answer.id: model_id for model_id, answer in self._study.answers_of(item.case_id).items()}
            return {side: models[answer_id] for side, answer_id in reading.answer_ids.items()}
        drawn = draw_sides(self._study.secret, self.reader_id, item.case_id, item.repeat)
        return {side: self._models[place].id for side, place in zip(SIDES, drawn, strict=True)}

    def _model_on(self, side: Side) -> str:
        return self._drawn[side]

    def _side(self, model_id: str) -> Side:
        return "A" if self._model_on("A") == model_id else "B"

    @property
    def _redacts(self) -> bool:
        """Whether words that name a model are redacted now."""
        committed = self._reading is not None and self._reading.committed
        return self._protocol.redact and not (committed and self._protocol.reveal_names)

    def _finished(self, answer: Answer) -> BlindAnswer:
        text = redacted(answer.text, self._spans[answer.id]) if self._redacts else answer.text
        return BlindAnswer(
            self._side(answer.model_id), "done", text, answer.id, sentences=sentences_to_judge(answer.text)
        )

    def _unfinished(self, model_id: str) -> BlindAnswer:
        draft = self._run.draft(self._case.id, model_id) if self._run is not None else NOT_MADE
        trouble = without_names(draft.trouble, self._models) if draft.trouble else None
        state = "writing" if draft.state == "done" else draft.state
        text = draft.text
        if self._protocol.redact:
            before = self._growing.get(model_id, "")
            # An answer that is made again begins anew.
            text = self._redactions.growing(text, self._case, before if len(before) <= len(text) else "")
            self._growing[model_id] = text
        return BlindAnswer(self._side(model_id), state, text, trouble=trouble)

    def _score(self, answer_id: str) -> Score | None:
        score = self._study.primary_score(answer_id)
        if score is None or not self._redacts:
            return score
        return self._redactions.score(score, self._case, self._study.answer(answer_id), self._spans[answer_id])

    def _reasoning(self, answer_id: str) -> str:
        answer = self._study.answer(answer_id)
        if not answer.reasoning or not self._redacts:
            return answer.reasoning
        return self._redactions.about(answer.reasoning, self._case, answer, self._spans[answer_id])

    def _open_reading(self) -> None:
        counts = {self._side(model_id): len(self._spans[answer.id]) for model_id, answer in self._done.items()}
        opened = ReadingOpened(
            reading_id=str(uuid.uuid4()),
            case_id=self._case.id,
            reader_id=self.reader_id,
            answer_ids={self._side(model_id): answer.id for model_id, answer in self._done.items()},
            answer_sha256={self._side(model_id): answer.sha256 for model_id, answer in self._done.items()},
            case_sha256=self._case.sha256,
            protocol_sha256=self._study.protocol_sha256,
            label_set=self._study.protocol.label_set,
            repeat=self._item.repeat,
            redacted=counts if self._protocol.redact else None,
            axes=tuple(axis.name for axis in self.axes),
        )
        try:
            self._reading = self._study.append(self.reader_id, opened.reading_id, [opened.draft()])
        except StudyChangedError:
            # The same reader has opened the case in another window meanwhile.
            self._reading = self._study.reading(self.reader_id, self._case.id, self._item.repeat)
            self._drawn = self._draw(self._item, self._reading)

    def _expect_to_read(self) -> None:
        """Raise InputRefusedError where another window reads for this reader."""
        if not self.reads_here:
            happened = f"{self.reader_id} has been reading in another window since {self.other_since}"
            raise InputRefusedError("Not saved", happened, "continue there, or take over here")

    def _open(self) -> Reading:
        if self._reading is None:
            raise InputRefusedError("Not yet", "both answers must be complete first", "wait until they are complete")
        return self._reading

    def _text(self, side: Side) -> str:
        return self._done[self._model_on(side)].text

    def _time_drafts(self) -> list[EventDraft]:
        seconds = round(self._time.unsaved, 1)
        if self._reading is None or not seconds:
            return []
        return [TimeAdded(seconds=seconds).draft()]

    def _time_written(self, drafts: list[EventDraft]) -> None:
        """Take note that seconds were saved. Those that could not be saved are still to be saved."""
        for draft in drafts:
            self._time.saved(float(draft.body["seconds"]))

    def _save_time(self) -> None:
        drafts = self._time_drafts()
        if self._reading is not None and drafts:
            self._reading = self._study.append(self.reader_id, self._reading.id, drafts)
            self._time_written(drafts)
