"""The consensus round: a reader sees how committed readings of a case differ, without names, and may revise."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any, cast

from doubleread.domain.adjudication import Difference, Held
from doubleread.domain.annotation import RATED_FIELDS, Annotation
from doubleread.domain.assignment import WorklistItem
from doubleread.domain.blinding import Side
from doubleread.domain.criteria import LinkedWords
from doubleread.domain.events.consensus import ConsensusClosed, ConsensusOpened
from doubleread.domain.reading import Outcome
from doubleread.errors import InputRefusedError, StudyBusyError, StudyChangedError
from doubleread.read_model.redactions import redacted_words, with_redacted_quotes, without_retrieved
from doubleread.sessions.blinding_assessment import AskedCase
from doubleread.sessions.consensus_round import OtherReadings, expect_round, other_readings, round_done, round_items
from doubleread.sessions.one_window import OneWindow
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.session_end import Work
from doubleread.store import StudyFile

INTRODUCTION = (
    "You have read all your cases. In these cases your reading differs from another reader's. You see the differences"
    " without names: the numbers of readers change from case to case.\n\nRevise your reading where another reader has"
    " convinced you, and keep it otherwise: both are good results. The report states agreement before and after."
)
AGREED = "consensus: "
"""What the reason of a revision begins with that takes over what another reader said."""


class ConsensusSession(ReadingSession):
    """A reading session over the cases in which a reader differs from others. Nothing it returns names a reader.

    A case is opened in the round before anything of other readers is shown. Other readings are shown as they are now,
    without their notes, and with quotes and links as this reader may see them.
    """

    def __init__(
        self,
        study: StudyFile,
        reader_id: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        idle_seconds: float = 60.0,
        window: OneWindow | None = None,
    ) -> None:
        expect_round(study, reader_id)
        self._file = study
        self._others: OtherReadings | None = None
        super().__init__(study, reader_id, clock=clock, idle_seconds=idle_seconds, window=window)

    def _items(self) -> Sequence[WorklistItem]:
        return round_items(self._file, self.reader_id)

    def _done(self) -> set[WorklistItem]:
        return round_done(self._file, self.reader_id, self._items())

    @property
    def has_consensus_round(self) -> bool:
        """Whether another consensus round follows: never."""
        return False

    @property
    def work(self) -> Work:
        """What the reader does in this session."""
        return "consensus"

    def goto(self, place_id: str) -> None:
        """Go to a case, and open it in the round."""
        super().goto(place_id)
        with contextlib.suppress(StudyBusyError):
            # The screen asks again.
            self.look()

    def _reload(self) -> bool:
        before = self.differences
        changed = super()._reload()
        self._others = None
        self.look()
        return changed or before != self.differences

    def look(self) -> None:
        """Open the case in the round, unless it is open. Before that, no difference is shown. Raises StudyBusyError."""
        reading = self._reading
        if reading is None or reading.consensus is not None or not self.reads_here:
            return
        found = other_readings(self._file, reading)
        if found.others:
            opened = ConsensusOpened(
                readings=[{"reading_id": other.reading.id, "head": other.head} for other in found.others],
                shown_sha256=found.shown_sha256,
            )
            self._reading = self._file.append(self.reader_id, reading.id, [opened.draft()])

    @property
    def _compared(self) -> tuple[Difference, ...]:
        reading = self._reading
        if reading is None or reading.consensus is None:
            return ()
        if self._others is None or self._others.own is not reading:
            self._others = other_readings(self._file, reading)
        return self._others.differences

    @property
    def differences(self) -> tuple[Difference, ...]:
        """How this reading differs from others. Of each, `held` has first what this reader said."""
        return tuple(
            replace(item, held=tuple(self._shown_held(item, held) for held in item.held)) for item in self._compared
        )

    @property
    def outcome(self) -> Outcome | None:
        """What the reader did with this case in the round; None while it is open."""
        found = self._reading.consensus if self._reading is not None else None
        return found.outcome if found is not None else None

    def side_of(self, difference: Difference) -> Side | None:
        """Return the side of the answer that a difference is about; None for preference and ratings."""
        return None if difference.answer_id is None else self._open().side_of(difference.answer_id)

    def question_of(self, difference: Difference) -> str:
        """Return what a difference answers: the question of an axis, or the text of a criterion."""
        if difference.subject == "criterion":
            return next((item.text for item in self.case.criteria if item.id == difference.axis), "")
        return next((axis.question for axis in self.axes if axis.name == difference.axis), "")

    def to_agree_with(self, difference: Difference) -> list[int]:
        """Return the numbers of the readers who said something of a difference, other than this reader did."""
        mine = difference.held[0]
        return [
            number
            for number, held in enumerate(difference.held)
            if number
            and (difference.marked or held.value is not None)
            and (held.annotation, held.value) != (mine.annotation, mine.value)
        ]

    def take(self, difference_id: str, number: int, reason: str) -> None:
        """Revise the reading: say what another reader said. Raises StudyChangedError if they no longer differ there."""
        difference = self._raw(difference_id)
        reason = reason if reason.startswith(AGREED) else f"{AGREED}{reason}"
        own, other = difference.held[0], difference.held[number]
        if difference.marked:
            self._take_annotation(own.annotation, other.annotation, reason)
        elif other.value is not None:
            self._take_value(difference, other.value, other.evidence, reason)
        else:
            raise InputRefusedError("Nothing to agree with", "that reader did not judge this", "choose another one")

    def _take_annotation(self, own: Annotation | None, other: Annotation | None, reason: str) -> None:
        if other is None:
            if own is not None:
                self.retract(own.id, reason=reason)
            return
        shown = self._shown(other).passage
        passage = None if shown is None or other.passage is None else asdict(other.passage)
        rated = {name: getattr(other, name) for name in RATED_FIELDS}
        if own is not None:
            where = {"start": other.start, "end": other.end, "quote": other.quote}
            linked = {} if own.passage is not None or passage is None else {"passage": passage}
            self.change(own.id, {**where, **rated, **linked}, reason=reason)
            return
        side = self._open().side_of(other.answer_id)
        category, severity = rated.pop("category"), rated.pop("severity")
        self.mark(side, other.place, other.span, category, severity, reason=reason, passage=passage, **rated)

    def _take_value(self, difference: Difference, value: str, evidence: LinkedWords | None, reason: str) -> None:
        side = self.side_of(difference)
        given = cast(Any, value)
        if difference.subject == "verdict" and side is not None:
            self.judge(verdicts={side: value}, reason=reason)
        elif difference.subject == "criterion" and side is not None:
            span = None if evidence is None else evidence.span
            self.judge_criterion(side, difference.axis, value, span, reason=reason)
        elif difference.subject == "preference":
            self.judge(preference=given, reason=reason)
        else:
            self.rate(difference.axis, given, reason=reason)

    def close_case(self) -> Outcome:
        """Be done with this case, and return whether the reading was kept or revised."""
        reading = self._open()
        self._expect_to_read()
        if reading.consensus is None:
            raise InputRefusedError("Not done", "no other reading of this case was shown", "go to the next case")
        self.touch()
        outcome: Outcome = "revised" if reading.revised else "kept"
        seconds = self._time.to_save
        drafts = [*self._timed(seconds), ConsensusClosed(outcome=outcome).draft()]
        self._reading = self._file.append(self.reader_id, reading.id, drafts)
        self._time.saved(seconds)
        self._worklist.committed.add(self._item)
        return outcome

    def asked_at_the_end(self) -> list[AskedCase]:
        """Return the cases about which the blinding assessment still asks: before the round, all are committed."""
        return self._assessor.at_the_end()

    def _raw(self, difference_id: str) -> Difference:
        difference = next((item for item in self._compared if item.id == difference_id), None)
        if difference is None:
            raise StudyChangedError(
                "The difference no longer exists", "the readers no longer differ there", "continue with another one"
            )
        return difference

    def _shown_held(self, difference: Difference, held: Held) -> Held:
        if held.evidence is not None and difference.answer_id is not None and self._redacts():
            return replace(held, evidence=redacted_words(held.evidence, self._both.spans.get(difference.answer_id, ())))
        return held if held.annotation is None else replace(held, annotation=self._shown(held.annotation))

    def _shown(self, annotation: Annotation) -> Annotation:
        """Return an annotation as this reader may see it: without note and label, which can tell whose it is."""
        shown = replace(annotation, note="", label="", marked_at="")
        if self._protocol.show_passages == "never":
            shown = without_retrieved(shown)
        if not self._redacts():
            return shown
        held = replace(self._open(), judgement=replace(self._open().judgement, annotations=(shown,)))
        return with_redacted_quotes(held, self._both.spans).judgement.annotations[0]
