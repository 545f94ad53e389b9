"""Judging an answer criterion by criterion, where the case has a rubric."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.criteria import JudgedCriterion
from doubleread.domain.formatting import points
from doubleread.domain.judgement_changes import Names, changes
from doubleread.domain.reading import Judgement
from doubleread.domain.spans import Span
from doubleread.sessions.blind import OpenCriterion, Reveal
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.reading_summary import CountedCriteria, counted_criteria
from doubleread.sessions.reading_words import NOTHING_TO_UNDO
from doubleread.tui.reading.criterion_bar import CurrentCriterion
from doubleread.tui.reading.view import ReadingView
from doubleread.tui.shared.actions import Pane
from doubleread.tui.shared.history import History
from doubleread.tui.shared.text.marks import Mark


class Criteria:
    """The mode in which one key judges a criterion and goes on to the next, from answer A to answer B.

    It is on wherever a case with a rubric is not committed, until the reader leaves it. In the case, keys judge the
    answer that the reader came from.
    """

    def __init__(self, session: ReadingSession, view: ReadingView) -> None:
        self._session = session
        self._view = view
        self._on = False
        self._last_side: Side | None = None
        self._places: dict[Side, int] = {}

    def begin_case(self) -> None:
        """Start at the first criterion of another case."""
        reading = self._session.reading
        self._on = reading is None or not reading.committed
        self._last_side = None
        self._places = {}

    @property
    def listed(self) -> tuple[OpenCriterion, ...]:
        """The criteria of the case."""
        return self._session.case.criteria

    @property
    def available(self) -> bool:
        """Whether criteria can be judged in this case."""
        return self._view.ready and bool(self.listed)

    @property
    def active(self) -> bool:
        """Whether keys judge a criterion now."""
        return self._on and self.available and self.side is not None

    @property
    def side(self) -> Side | None:
        """The side of the answer that is judged; None before the reader went to one."""
        return self._last_side if self._view.pane == "case" else self._view.pane

    def enter_pane(self) -> None:
        """Judge the answer that the reader went to."""
        if self._view.pane != "case":
            self._last_side = self._view.pane
        if self.available:
            self._view.arrange_parts()
            self._view.show_marks()
            self._view.show_criteria()

    def toggle(self) -> None:
        """Start judging at the first criterion left; or stop. Every judgement is kept."""
        if self.active:
            self._on = False
        else:
            self._on = True
            side = self.side or "A"
            self._places.pop(side, None)
            if self._view.pane == "case":
                self._view.go_to(side, None)
        self._view.arrange_parts()
        self._view.show()

    def _place(self, side: Side) -> int:
        """Return the place of the current criterion of an answer: at first, the first one that is not judged."""
        if side not in self._places:
            ids = [criterion.id for criterion in self.listed]
            left = self._session.criteria_left(side)
            self._places[side] = ids.index(left[0]) if left else 0
        return self._places[side]

    def _judged(self, side: Side, criterion_id: str) -> JudgedCriterion | None:
        reading = self._session.reading
        return None if reading is None else reading.judgement.criteria.get((reading.answer_ids[side], criterion_id))

    def judge(self, judgement: str) -> None:
        """Judge the current criterion, with the selected words as evidence, and go on to the next."""
        side = self.side
        if side is None:
            return
        criterion = self.listed[self._place(side)]
        held = self._judged(side, criterion.id)
        evidence = self._selected(side) or _span_of(held)
        if held is not None and (held.judgement, _span_of(held)) == (judgement, evidence):
            self._go_on(side)
        else:
            self._view.act(
                lambda reason: self._session.judge_criterion(side, criterion.id, judgement, evidence, reason=reason),
                lambda _: self._go_on(side),
            )

    def clear(self) -> None:
        """Clear the judgement of the current criterion, and stay there."""
        side = self.side
        if side is None:
            return
        criterion = self.listed[self._place(side)]
        if self._judged(side, criterion.id) is None:
            self._view.tell("This criterion is not judged yet.")
        else:
            self._view.act(lambda reason: self._session.judge_criterion(side, criterion.id, "", reason=reason))

    def link_evidence(self) -> None:
        """Link the selected words of the answer to the current criterion; without a selection, remove the link."""
        side = self.side
        if side is None:
            return
        criterion = self.listed[self._place(side)]
        held, evidence = self._judged(side, criterion.id), self._selected(side)
        if evidence is None and (held is None or held.evidence is None):
            self._view.tell(f"First select words of answer {side}.")
        elif held is None:
            self._view.tell("Judge the criterion: the selected words are linked with the judgement.")
        else:
            said = held.judgement
            self._view.act(
                lambda reason: self._session.judge_criterion(side, criterion.id, said, evidence, reason=reason),
                lambda _: self._view.text_of(side).select(None),
            )

    def _selected(self, side: Side) -> Span | None:
        return self._view.text_of(side).selection

    def _go_on(self, side: Side) -> None:
        """Go to the next criterion; after the last one, to what is left of this answer, then of the other one."""
        self._view.text_of(side).select(None)
        ids = [criterion.id for criterion in self.listed]
        other: Side = "B" if side == "A" else "A"
        left = self._session.criteria_left(side)
        if self._place(side) + 1 < len(ids):
            self._places[side] += 1
        elif left:
            self._places[side] = ids.index(left[0])
        elif self._session.criteria_left(other):
            self._places.pop(other, None)
            self._enter(other)
            self._view.tell(f"All criteria of answer {side} are judged. Now answer {other}.")
        else:
            self._view.tell(
                f"All criteria of both answers are judged. {self._view.key_of('criteria')} goes on to the verdicts."
            )
        self._view.show()

    def step(self, by: int) -> None:
        """Go to the next criterion or the previous one; from one answer's end to the other answer."""
        side = self.side
        if side is None:
            return
        place = self._place(side) + by
        if 0 <= place < len(self.listed):
            self._places[side] = place
        elif (other := SIDES[by > 0]) != side:
            self._places[other] = 0 if by > 0 else len(self.listed) - 1
            self._enter(other)
        self._view.show()

    def _enter(self, side: Side) -> None:
        """Judge an answer; a reader who is in the case stays there."""
        self._last_side = side
        if self._view.pane not in ("case", side):
            self._view.go_to(side, None)

    def go_to_changed(self, before: dict[tuple[str, str], JudgedCriterion]) -> None:
        """Go to the criterion that undo or redo has changed."""
        reading = self._session.reading
        if reading is None or not self.active:
            return
        now = reading.judgement.criteria
        changed = [place for place in (*before, *now) if before.get(place) != now.get(place)]
        if not changed:
            return
        answer_id, criterion_id = changed[0]
        side = reading.side_of(answer_id)
        self._places[side] = [criterion.id for criterion in self.listed].index(criterion_id)
        self._enter(side)
        self._view.show()

    def current(self, reveal: Reveal | None) -> CurrentCriterion | None:
        """Return what the bar shows. After the commit, it has the criterion's points and tags."""
        side = self.side
        if side is None or not self.listed:
            return None
        place = self._place(side)
        criterion = self.listed[place]
        held = self._judged(side, criterion.id)
        span = _span_of(held)
        said = ""
        if reveal is not None and reveal.criteria:
            whole = reveal.criteria[place]
            said = " · ".join((points(whole.points), *whole.tags))
        return CurrentCriterion(
            side,
            place + 1,
            criterion.text,
            held.judgement if held is not None else "",
            span.of(self._view.text_of(side).text) if span is not None else "",
            said,
        )

    def counted(self) -> list[CountedCriteria]:
        """Count the criteria of both answers."""
        return counted_criteria(self._session)

    def turn_page(self) -> None:
        """Scroll the text of the criterion."""
        self._view.scroll_criterion()

    def marks(self, pane: Pane) -> Iterator[Mark]:
        """Yield a mark for the evidence of the current criterion."""
        if pane == "case" or not self.active or pane != self.side:
            return
        span = _span_of(self._judged(pane, self.listed[self._place(pane)].id))
        if span is not None:
            yield Mark("criterion evidence", span, "evidence", "≡")


def _span_of(held: JudgedCriterion | None) -> Span | None:
    return None if held is None or held.evidence is None else held.evidence.span


class ReadingHistory(History):
    """Undoes and redoes the actions of a reading, and goes to the criterion that changed."""

    def __init__(self, session: ReadingSession, view: ReadingView, criteria: Criteria) -> None:
        super().__init__(session, view, view.saving, NOTHING_TO_UNDO)
        self._reading_session = session
        self._reader = view
        self._criteria = criteria

    def _step(self, step: Callable[[], bool], nothing: str) -> bool:
        before = self._reader.judgement
        done = super()._step(step, nothing)
        self._criteria.go_to_changed(dict(before.criteria))
        if done:
            self._tell_change(before, self._reader.judgement, undone=step == self._session.undo)
        return done

    def _tell_change(self, before: Judgement, after: Judgement, *, undone: bool) -> None:
        """Say what was done by the action that is undone or done again."""
        reading = self._reading_session.reading
        if reading is None:
            return
        ids = [criterion.id for criterion in self._reading_session.case.criteria]
        names = Names(reading.side_of, criterion=lambda criterion_id: str(ids.index(criterion_id) + 1))
        found = changes(after, before, names) if undone else changes(before, after, names)
        if found:
            self._view.tell(f"{'Undone' if undone else 'Redone'}: {' '.join(found)}")
