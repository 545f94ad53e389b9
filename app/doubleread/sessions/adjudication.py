"""An adjudicator at work: the differences between readings, one case after the other, blind to models and readers."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from doubleread.domain.adjudication import Adjudication, Decision, Difference, Held
from doubleread.domain.adjudication_checks import still_open
from doubleread.domain.annotation import Annotation
from doubleread.domain.axes import Axis
from doubleread.domain.blinding import Side
from doubleread.domain.events import EventDraft
from doubleread.domain.events.adjudications import (
    AdjudicationCommitted,
    AdjudicationDecided,
    AdjudicationEvent,
    AdjudicationOpened,
    AdjudicationRedone,
    AdjudicationReopened,
    AdjudicationTimed,
    AdjudicationUndone,
)
from doubleread.domain.hashes import text_sha256
from doubleread.domain.labels import LabelSet
from doubleread.domain.reading import Judgement
from doubleread.domain.redaction import redacted, redacted_quote
from doubleread.errors import InputRefusedError, StudyChangedError
from doubleread.read_model.redactions import Redactions, redacted_words, without_retrieved
from doubleread.sessions.active_time import ActiveTime
from doubleread.sessions.adjudicable import Adjudicable, AdjudicableCases, CaseState, case_state
from doubleread.sessions.admission import expect_adjudicator
from doubleread.sessions.blind import OpenCase
from doubleread.sessions.session_end import SessionEnd
from doubleread.sessions.worklist import WorklistProgress
from doubleread.store import StudyFile

CORRECTED = "readings were corrected or committed"
"""The reason for a reopening that changed readings cause."""


__all__ = ["Adjudicable", "AdjudicationSession", "adjudicable_cases"]


def adjudicable_cases(
    study: StudyFile, adjudicator_id: str, progress: Callable[[str, int, int], object] = lambda *_: None
) -> list[Adjudicable]:
    """Return the cases that this adjudicator may resolve, in the study's order, as `AdjudicableCases.listed` does.

    Cases that the adjudicator has read, or another adjudicator has resolved, are left out. Raises InputRefusedError if
    nobody of that name is registered as an adjudicator, StudyFileError for a reader's own file.
    """
    expect_adjudicator(study, adjudicator_id)
    return AdjudicableCases(study, adjudicator_id).listed(progress)


class AdjudicationSession:
    """Everything the adjudication screen asks and does. Nothing it returns names a model, a reader or a score.

    If the protocol redacts, words by which answers name their models are redacted in texts and quotes. What is stored
    has the original words.

    Readers have numbers from 0, in an order randomised for each case. Each action is one transaction; when a method
    returns, its action is on the disk. An adjudication is opened by the first decision, so that looking leaves no
    trace. Methods that act raise `InputRefusedError` if a decision cannot be stored and `StudyChangedError` if the
    study has changed since it was shown; both change nothing, and the session shows the study as it is now.

    The constructor raises InputRefusedError if nobody of that name is registered as an adjudicator or if there is
    nothing to adjudicate, StudyFileError for a reader's own file.
    """

    def __init__(
        self,
        study: StudyFile,
        adjudicator_id: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        idle_seconds: float = 60.0,
    ) -> None:
        expect_adjudicator(study, adjudicator_id)
        self.study = study
        self.adjudicator_id = adjudicator_id
        self._time = ActiveTime(clock, idle_seconds)
        self._cases = AdjudicableCases(study, adjudicator_id)
        self._listed = self._cases.listed()
        if not self._listed:
            raise InputRefusedError(
                "Nothing to adjudicate",
                "no case has two committed readings, none of them yours",
                "wait for the readers, or merge their files",
            )
        self._redactions: Redactions | None = None
        self._take_redactions()
        first = next((item for item in self._listed if not item.committed), self._listed[0])
        self._case_id = first.case_id
        self._state: CaseState
        self._order: tuple[str, ...] = ()
        self._show(first.case_id)

    @property
    def title(self) -> str:
        """The study's title."""
        return self.study.protocol.title

    @property
    def guideline(self) -> str:
        """The study's guideline in Markdown."""
        return self.study.protocol_of(self._adjudication.protocol_sha256).guideline

    @property
    def case(self) -> OpenCase:
        """The current case."""
        return self._open_case

    @property
    def answers(self) -> Mapping[Side, str]:
        """The texts of both answers by the adjudicator's sides."""
        texts = self._state.texts
        return {side: redacted(texts[side], self._spans[answer_id]) for side, answer_id in self.answer_ids.items()}

    @property
    def answer_ids(self) -> Mapping[Side, str]:
        """The ids of both answers by the adjudicator's sides."""
        return self._adjudication.answer_ids

    @property
    def labels(self) -> LabelSet:
        """The labels of joined and own annotations."""
        return self.study.protocol_of(self._adjudication.protocol_sha256).labels

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes on which the readers compared the two answers, besides the preference."""
        compared = self.study.compared_readings(self._case_id).values()
        protocols = [self.study.protocol_of(item.reading.protocol_sha256) for item in compared]
        return tuple({axis.name: axis for protocol in protocols for axis in protocol.axes}.values())

    @property
    def readers(self) -> int:
        """How many readings of this case are compared."""
        return len(self._adjudication.readings)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """The differences: those that were open on arrival first, then in the order of the texts.

        The order does not change while the adjudicator stays at the case.
        """
        by_id = {item.id: item for item in self._state.comparison.differences}
        return tuple(self._shown(by_id[difference_id]) for difference_id in self._order)

    @property
    def committed(self) -> bool:
        """Whether the case is resolved, so that `reopen` must precede any change. A stale case is not resolved."""
        return self._state.committed

    @property
    def stale(self) -> bool:
        """Whether a reading was corrected, or another one committed, since the case was opened or reopened.

        Decisions about unchanged differences still hold. The next decision, or the commit, reopens the case on the
        current readings.
        """
        return self._state.stale

    @property
    def progress(self) -> WorklistProgress:
        """The position of this case, and how many cases are resolved."""
        position = self._position()
        return WorklistProgress(position + 1, len(self._listed), sum(item.committed for item in self._listed))

    def end(self, unsaved: int = 0) -> SessionEnd:
        """Return how far the adjudicator is. `unsaved` counts the actions that could not be saved."""
        seconds = self._time.in_all
        return SessionEnd(
            self.study.path, self.adjudicator_id, self.progress, seconds, unsaved=unsaved, work="adjudication"
        )

    @property
    def active_seconds(self) -> float:
        """Seconds spent on this case, saved or not. Only the first `idle_seconds` of a pause count."""
        return self._adjudication.active_seconds + self._time.unsaved

    @property
    def can_undo(self) -> bool:
        """Whether there is a decision to undo."""
        return bool(self._adjudication.undoable)

    @property
    def can_redo(self) -> bool:
        """Whether there is a decision to redo."""
        return bool(self._adjudication.redoable)

    def case_list(self) -> list[Adjudicable]:
        """Return the cases that this adjudicator may resolve, in the study's order."""
        self._listed = self._cases.listed()
        return self._listed

    def difference(self, difference_id: str) -> Difference:
        """Return a difference of this case. Raises StudyChangedError if it no longer exists."""
        difference = self._state.comparison.difference(difference_id)
        if difference is None:
            raise StudyChangedError(
                "The difference no longer exists", "the readers no longer differ there", "continue with another one"
            )
        return difference

    def decision_of(self, difference_id: str) -> Decision | None:
        """Return the decision about a difference; None while it is open."""
        return self._adjudication.decisions.get(difference_id)

    def side_of(self, difference_id: str) -> Side | None:
        """Return the adjudicator's side of the answer that a difference is about; None for preference and ratings."""
        answer_id = self.difference(difference_id).answer_id
        return next((side for side, placed in self.answer_ids.items() if placed == answer_id), None)

    def resolution(self) -> Judgement:
        """Return what would be committed now, by the adjudicator's sides: what the readers agree on and the decisions.

        An annotation that resolves a difference has the difference's id.
        """
        held = self._state.resolution.judgement(self.answer_ids)
        return replace(held, annotations=tuple(map(self._as_shown, held.annotations)))

    def goto(self, case_id: str) -> None:
        """Go to a case. Raises KeyError for one that is not in `case_list`."""
        if case_id not in {item.case_id for item in self._listed}:
            raise KeyError(case_id)
        self.leave()
        self._show(case_id)

    def step(self, by: int) -> bool:
        """Go `by` cases forward, or back if negative. At either end, stay and return False."""
        position = self._position() + by
        if not 0 <= position < len(self._listed):
            return False
        self.goto(self._listed[position].case_id)
        return True

    @property
    def all_done(self) -> bool:
        """Whether no case is open."""
        return all(item.committed for item in self._listed)

    def next_open(self) -> bool:
        """Go to the next case that is not resolved, wrapping around; return False if there is none."""
        here = self._position() + 1
        ahead = (*self._listed[here:], *self._listed[:here])
        found = next((item for item in ahead if not item.committed), None)
        if found is not None:
            self.goto(found.case_id)
        return found is not None

    def decide(self, difference_id: str, decision: Decision) -> None:
        """Resolve a difference. The decision replaces an earlier one."""
        difference = self.difference(difference_id)
        if decision.annotation is not None:
            decision = replace(decision, annotation=self._unquoted(replace(decision.annotation, id=difference.id)))
        decided = AdjudicationDecided(
            difference_id=difference.id,
            subject=difference.subject,
            answer_id=difference.answer_id,
            axis=difference.axis,
            annotation_ids=tuple(sorted(annotation.id for annotation in difference.annotations)),
            decision=decision,
        )
        self._act([*self._beginning(), self._draft(decided)])

    def undo(self) -> bool:
        """Undo the last decision; return False if there is none since the case was opened or reopened."""
        if not self.can_undo:
            return False
        self._act([self._draft(AdjudicationUndone(action_id=self._adjudication.undoable[-1]))])
        return True

    def redo(self) -> bool:
        """Redo the decision that was undone last; return False if there is none."""
        if not self.can_redo:
            return False
        self._act([self._draft(AdjudicationRedone(action_id=self._adjudication.redoable[-1]))])
        return True

    def missing_for_commit(self) -> tuple[str, ...]:
        """Return in words what must be decided before the case can be committed."""
        return still_open(self._adjudication, self._state.comparison)

    def commit(self) -> None:
        """Resolve the case. A later change begins with `reopen`."""
        if missing := self.missing_for_commit():
            raise InputRefusedError("Not committed", f"still open: {', '.join(missing)}", "decide these first")
        self.touch()
        resolved = self._draft(AdjudicationCommitted(resolution=self._state.resolution))
        seconds = self._time.to_save
        self._act([*self._beginning(), *self._timed(seconds), resolved])
        self._time.saved(seconds)
        self._listed = self._cases.listed()

    def reopen(self, reason: str) -> None:
        """Reopen a resolved case. Its resolution counts until the next commit."""
        if not self._adjudication.committed and not self.stale:
            raise InputRefusedError("Not reopened", "the case is open", "decide")
        self._act([self._reopening(reason)])
        self._listed = self._cases.listed()

    def leave(self) -> None:
        """Save the time spent. Call it before the program ends."""
        self.touch()
        self._save_time()
        self._time.end()

    def close(self) -> None:
        """Save the time and close the file, even if the first fails."""
        try:
            self.leave()
        finally:
            self.study.close()

    def pause_after(self, seconds: float) -> None:
        """Count only the first seconds of a pause, from now on so many."""
        self._time.idle_seconds = seconds

    def touch(self) -> None:
        """Note that the adjudicator did something."""
        self._time.touch()
        if self._time.due:
            self._save_time()

    @property
    def _adjudication(self) -> Adjudication:
        return self._state.adjudication

    def _shown(self, difference: Difference) -> Difference:
        return replace(difference, held=tuple(self._shown_held(difference, item) for item in difference.held))

    def _shown_held(self, difference: Difference, held: Held) -> Held:
        if held.evidence is not None and difference.answer_id is not None:
            return replace(held, evidence=redacted_words(held.evidence, self._spans[difference.answer_id]))
        return held if held.annotation is None else replace(held, annotation=self._as_shown(held.annotation))

    def _as_shown(self, annotation: Annotation) -> Annotation:
        """Return an annotation as shown: its quote redacted, and retrieved passages only if readers see them, too."""
        shown = self._quoted(annotation)
        return shown if self.study.protocol.show_passages == "blind" else without_retrieved(shown)

    def _quoted(self, annotation: Annotation) -> Annotation:
        """Return an annotation with its quote as shown."""
        if not annotation.in_answer:
            return annotation
        return replace(
            annotation, quote=redacted_quote(annotation.quote, annotation.start, self._spans[annotation.answer_id])
        )

    def _unquoted(self, annotation: Annotation) -> Annotation:
        """Return an annotation with the original words, if it quotes them as they are shown."""
        side = next((side for side, placed in self.answer_ids.items() if placed == annotation.answer_id), None)
        if not annotation.in_answer or side is None:
            return annotation
        own = replace(annotation, quote=annotation.span.of(self._state.texts[side]))
        return own if self._quoted(own) == annotation else annotation

    def _position(self) -> int:
        ids = [item.case_id for item in self._listed]
        # A case that another adjudicator has resolved in the meantime is no longer listed.
        return ids.index(self._case_id) if self._case_id in ids else 0

    def _take_redactions(self) -> None:
        self._redactions = Redactions(self.study) if self.study.protocol.redact else None

    def _show(self, case_id: str) -> None:
        if self.study.follow_protocol():
            self._take_redactions()
        self._case_id = case_id
        self._case = self.study.case(case_id)
        self._open_case = OpenCase.of(self._case, self.study.protocol)
        self._spans = {
            answer.id: self._redactions.spans(answer, self._case) if self._redactions is not None else ()
            for answer in self.study.answers.of_case(case_id).values()
        }
        self._order = ()
        self._look()
        self._time.begin()

    def _look(self) -> None:
        """Read the case as it is in the file now."""
        self._state = case_state(self.study, self.adjudicator_id, self._case_id)
        differences = self._state.comparison.differences
        if set(self._order) != {item.id for item in differences}:
            decided = self._adjudication.decisions
            ordered = sorted(differences, key=lambda item: item.id in decided)
            self._order = tuple(item.id for item in ordered)

    def _act(self, drafts: list[EventDraft]) -> None:
        self.touch()
        try:
            self.study.adjudications.append(self.adjudicator_id, self._case_id, drafts)
        finally:
            # Also after a refusal, which can be due to what another program has written.
            self._look()

    def _draft(self, event: AdjudicationEvent) -> EventDraft:
        return EventDraft(event.kind, {"adjudication_id": self._adjudication.id, **event.to_body()})

    def _beginning(self) -> list[EventDraft]:
        """Return what precedes a decision: the opening, or the reopening if readings have changed."""
        if not self._state.opened:
            return [self._opening()]
        return [self._reopening(CORRECTED)] if self.stale else []

    def _opening(self) -> EventDraft:
        adjudication = self._adjudication
        opened = AdjudicationOpened(
            adjudication_id=adjudication.id,
            case_id=self._case_id,
            adjudicator_id=self.adjudicator_id,
            readings=adjudication.readings,
            answer_ids=adjudication.answer_ids,
            answer_sha256={side: text_sha256(text) for side, text in self._state.texts.items()},
            case_sha256=self._case.sha256,
            protocol_sha256=adjudication.protocol_sha256,
            label_set=adjudication.label_set,
        )
        return self._draft(opened)

    def _reopening(self, reason: str) -> EventDraft:
        return self._draft(AdjudicationReopened(reason=reason.strip(), readings=self._adjudication.readings))

    def _timed(self, seconds: float) -> list[EventDraft]:
        return [self._draft(AdjudicationTimed(seconds=seconds))] if seconds else []

    def _save_time(self) -> None:
        seconds = self._time.to_save
        if self._state.opened and seconds:
            # If another branch of the adjudication is in force now, the time on this one must not keep anybody from
            # leaving it.
            with contextlib.suppress(StudyChangedError):
                self.study.adjudications.append(self.adjudicator_id, self._case_id, self._timed(seconds))
            self._time.saved(seconds)
            self._look()
