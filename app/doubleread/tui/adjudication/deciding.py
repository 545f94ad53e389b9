"""Deciding: which difference is current, and how it is resolved."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from doubleread.domain.adjudication import Decision, Difference
from doubleread.domain.annotation import Annotation
from doubleread.domain.blinding import Side
from doubleread.domain.criteria import CRITERION_JUDGEMENTS
from doubleread.domain.display import display_line
from doubleread.domain.labels import VERDICTS
from doubleread.domain.spans import Span
from doubleread.domain.wording import shortened
from doubleread.sessions.adjudication import AdjudicationSession
from doubleread.sessions.difference_words import (
    decision_words,
    differing_fields,
    holders,
    place_words,
    rated_words,
)
from doubleread.sessions.reading_words import WHICH_PREFERRED
from doubleread.tui.adjudication.difference_marks import AGREED, difference_of
from doubleread.tui.shared.actions import Pane
from doubleread.tui.shared.case_view import CaseView
from doubleread.tui.shared.chips import Chip
from doubleread.tui.shared.dialogs import Why
from doubleread.tui.shared.history import History
from doubleread.tui.shared.question_bar import Choice, Question, from_labels

QUOTE_LENGTH = 60


WHY = Why(
    "Why this change?",
    "This case is resolved. It is opened again, with your reason, and counts as before until you commit.",
    "open it again",
)


class Deciding:
    """The current difference and the decisions. In a resolved case, a decision asks for a reason and opens it again."""

    def __init__(self, session: AdjudicationSession, view: CaseView) -> None:
        self._session = session
        self._view = view
        self.difference_id: str | None = None

    @property
    def difference(self) -> Difference | None:
        return self._difference(self.difference_id)

    def _difference(self, difference_id: str | None) -> Difference | None:
        return next((item for item in self._session.differences if item.id == difference_id), None)

    @property
    def resolved(self) -> int:
        """How many differences of this case are resolved."""
        return sum(self._session.decision_of(item.id) is not None for item in self._session.differences)

    @property
    def first(self) -> Difference | None:
        """The first open difference, or the first of all if none is open."""
        return self._first_open(self._session.differences) or next(iter(self._session.differences), None)

    def _first_open(self, differences: Sequence[Difference]) -> Difference | None:
        return next((item for item in differences if self._session.decision_of(item.id) is None), None)

    def side_of(self, answer_id: str) -> Side:
        return "A" if self._session.answer_ids["A"] == answer_id else "B"

    def pane_of(self, difference: Difference) -> Pane | None:
        """Return the pane whose text contains a difference; None if no text does."""
        if difference.subject == "omission":
            return "case"
        return self.side_of(difference.answer_id) if difference.answer_id is not None else None

    def question_of(self, difference: Difference) -> str:
        """Return what a difference answers: the question of an axis, or the text of a criterion."""
        if difference.subject == "criterion":
            criteria = self._session.case.criteria
            return next((criterion.text for criterion in criteria if criterion.id == difference.axis), "")
        return next((axis.question for axis in self._session.axes if axis.name == difference.axis), "")

    def open_in(self, pane: Pane) -> int:
        """Return how many differences in a text are open."""
        listed = self._session.differences
        return sum(self.pane_of(item) == pane and self._session.decision_of(item.id) is None for item in listed)

    def update(self) -> None:
        """Take the first difference if the current one is gone, because a reading was corrected meanwhile."""
        if self.difference is None and self.first is not None:
            self.difference_id = self.first.id

    def go_to(self, difference: Difference | None) -> None:
        """Make a difference the current one and show its place."""
        self.difference_id = difference.id if difference is not None else None
        pane = self.pane_of(difference) if difference is not None else None
        if difference is not None and pane is not None:
            self._view.go_to(pane, self._start_of(difference) if difference.marked else None)
        self._view.show()

    def choose(self, difference_id: str) -> None:
        """Go to the difference that was chosen in the list."""
        self.go_to(self._difference(difference_id))

    def step(self, by: int) -> None:
        """Go to the next difference or the previous one; after the last comes the first."""
        listed = self._session.differences
        place = next((place for place, item in enumerate(listed) if item.id == self.difference_id), -1)
        self.go_to(listed[(place + by) % len(listed)])

    def click(self, mark_id: str) -> None:
        """Make the difference of a mark the current one, or tell what the readers agree on there."""
        if mark_id.startswith(AGREED):
            annotation = self._session.resolution().annotation(mark_id.removeprefix(AGREED))
            self._view.tell(f"The readers agree here: {display_line(rated_words(annotation))}.")
            return
        difference = self._difference(difference_of(mark_id))
        if difference is not None and difference.id != self.difference_id:
            self.difference_id = difference.id
            self._view.show()

    def decisions(self) -> dict[str, Decision | None]:
        """Return the decisions of this case by their differences."""
        return {item.id: self._session.decision_of(item.id) for item in self._session.differences}

    def changed(self, before: dict[str, Decision | None]) -> list[Difference]:
        """Return the differences that were decided otherwise before."""
        return [item for item in self._session.differences if self._session.decision_of(item.id) != before.get(item.id)]

    def go_to_changed(self, before: dict[str, Decision | None]) -> None:
        """Go to the first difference that was decided otherwise before."""
        changed = self.changed(before)
        if changed:
            self.go_to(changed[0])

    def in_words(self, before: dict[str, Decision | None], told: dict[str, Decision | None]) -> list[str]:
        """Return the decisions of `told` on what was decided otherwise before, in sentences."""
        found = []
        for item in self.changed(before):
            decision = told.get(item.id)
            said = decision_words(item, decision) if decision is not None else "open"
            where = place_words(item, self._session.side_of(item.id))
            found.append(f"{where[:1].upper()}{where[1:]}: {said}.")
        return found

    def reopen(self) -> None:
        """Open a resolved case again, with a reason."""
        self._act(lambda: None, lambda: self._view.tell("This case is open again."))

    def _act(self, work: Callable[[], object], then: Callable[[], None]) -> None:
        """Store something; in a resolved case, ask for the reason first and open it again."""

        def do() -> None:
            self._view.saving.save(work, lambda _: then())

        def reopen(reason: str) -> None:
            self._view.saving.save(lambda: self._session.reopen(reason), lambda _: do())

        if self._session.committed and not self._session.stale:
            self._view.ask_reason(WHY, reopen)
        else:
            do()

    def _decide(self, difference: Difference, decision: Decision) -> None:
        """Resolve a difference and go on to the next open one."""

        def go_on() -> None:
            self._view.text_of(self._view.pane).select(None)
            self._go_on(difference)

        self._act(lambda: self._session.decide(difference.id, decision), go_on)

    def _go_on(self, after: Difference) -> None:
        listed = self._session.differences
        ids = [item.id for item in listed]
        place = ids.index(after.id) + 1 if after.id in ids else 0
        following = self._first_open([*listed[place:], *listed[:place]])
        if following is not None:
            self.go_to(following)
        elif not self._session.missing_for_commit():
            key = self._view.key_of("adjudication.commit")
            self._view.tell(f"Every difference of this case is resolved. {key} commits.")

    def take(self, reader: int) -> None:
        """Take what a reader said."""
        difference = self.difference
        if difference is not None and reader < len(difference.held):
            if difference.held[reader].empty and not difference.marked:
                self._view.tell(f"Reader {reader + 1} said nothing about this.", warn=True)
            else:
                self._decide(difference, Decision.take(reader))

    def _on_verdict(self, side: Side) -> Difference | None:
        """Return the difference about the verdict on an answer; None if the readers agree on it."""
        verdicts = (item for item in self._session.differences if item.subject == "verdict")
        return next((item for item in verdicts if self._session.side_of(item.id) == side), None)

    def verdict_chips(self, side: Side) -> list[Chip]:
        """Return the verdicts on an answer: which readers gave each, and which one counts now."""
        difference, counts = self._on_verdict(side), self._session.resolution().verdicts.get(side)
        chips = []
        for label in VERDICTS:
            held = difference.held if difference is not None else ()
            readers = ", ".join(str(number) for number, one in enumerate(held, start=1) if one.value == label.name)
            chips.append(
                Chip(
                    f"{side} {label.name}",
                    f"{label.name} ({readers})" if readers else label.name,
                    chosen=counts == label.name,
                    enabled=difference is not None or counts == label.name,
                    tooltip=f"Verdict of the readers {readers}" if readers else label.definition,
                )
            )
        return chips

    def give_verdict(self, side: Side, verdict: str) -> None:
        """Resolve the difference about the verdict on an answer: with a reader's, or with one of one's own."""
        difference = self._on_verdict(side)
        if difference is None:
            self._view.tell(f"The readers agree on the verdict on answer {side}.")
            return
        said = (number for number, held in enumerate(difference.held) if held.value == verdict)
        reader = next(said, None)
        self._decide(difference, Decision.own_value(verdict) if reader is None else Decision.take(reader))

    def reject(self) -> None:
        """Resolve the current difference without an annotation."""
        if self.difference is not None:
            self._decide(self.difference, Decision.reject())

    def join(self) -> None:
        """Join the boundaries; if the readers rate differently, ask whose ratings count."""
        difference = self.difference
        if difference is None:
            return
        marked = holders(difference)
        if set(differing_fields(difference)) <= {"words"}:
            self._decide(difference, Decision.join(marked[0]))
            return
        choices = [
            Choice(
                str(number), str(number + 1), f"as reader {number + 1}", rated_words(difference.held[number].annotation)
            )
            for number in marked
        ]
        choices.append(Choice("own", "o", "otherwise", "Another category or severity"))
        whose = Question("The words are joined. How are they rated?", tuple(choices), last=frozenset(map(str, marked)))

        def take(answers: tuple[str, ...], _: bool) -> None:
            if answers[0] == "own":
                ratings = self._ratings(answers[1:])
                self._decide(difference, Decision.join(marked[0], **ratings))
            else:
                self._decide(difference, Decision.join(int(answers[0])))

        self._view.ask([whose, *self._rating_questions(difference, "the joined words")], take)

    def _rating_questions(self, difference: Difference, about: str) -> list[Question]:
        severity = from_labels("How serious is it?", self._session.labels.severities)
        if difference.subject == "omission":
            return [severity]
        return [from_labels(f"What is wrong with {about}?", self._session.labels.categories), severity]

    def _ratings(self, answers: Sequence[str]) -> dict[str, str | None]:
        *categories, severity = answers
        category = categories[0] if categories else self._session.labels.omission.name
        return {"category": category, "severity": severity}

    def own(self) -> None:
        """Annotate the selected words, or give a value, as the adjudicator."""
        difference = self.difference
        if difference is None:
            return
        if not difference.marked:
            self._ask_value(difference)
            return
        pane = self.pane_of(difference)
        assert pane is not None
        if self._view.text_of(pane).selection is not None:
            self._view.text_of(pane).propose()
        else:
            self._ask_words(difference, pane)

    def _ask_value(self, difference: Difference) -> None:
        side = self._session.side_of(difference.id)
        if difference.subject == "verdict":
            question = from_labels(f"What is your verdict on answer {side}?", VERDICTS)
        elif difference.subject == "criterion":
            question = from_labels(f"Does answer {side} meet the criterion?", CRITERION_JUDGEMENTS)
        else:
            choices = [Choice("A", "a", "A is better"), Choice("tie", "t", "a tie"), Choice("B", "b", "B is better")]
            words = WHICH_PREFERRED
            if difference.subject == "preference":
                choices.append(Choice("both bad", "n", "both bad", "I would use neither"))
            else:
                words = self.question_of(difference) or words
            question = Question(words, tuple(choices))
        self._view.ask([question], lambda answers, _: self._decide(difference, Decision.own_value(answers[0])))

    def _ask_words(self, difference: Difference, pane: Pane) -> None:
        """Without a selection, ask whose words the adjudicator's annotation marks: a reader's, or everybody's."""
        text = self._view.text_of(pane).text
        spans: dict[str, Span] = {}
        choices: list[Choice] = []
        for number in holders(difference):
            annotation = difference.held[number].annotation
            if annotation is not None and (span := self._shown(annotation)) not in spans.values():
                spans[str(number)] = span
                label = f"those of reader {number + 1}"
                choices.append(Choice(str(number), str(number + 1), label, f"“{annotation.quote}”"))
        whole = Span(min(span.start for span in spans.values()), max(span.end for span in spans.values()))
        if whole not in spans.values():
            spans["all"] = whole
            choices.append(Choice("all", "j", "from the first to the last", f"“{whole.of(text)}”"))
        where = "the case" if pane == "case" else f"answer {pane}"
        words = f"Which words? For others: esc, select them in {where}, then {self._view.key_of('adjudication.own')}"
        question = Question(words, tuple(choices))

        def take(answers: tuple[str, ...], _: bool) -> None:
            self._decide_own(difference, pane, spans[answers[0]], answers[1:])

        self._view.ask([question, *self._rating_questions(difference, "these words")], take)

    def _start_of(self, difference: Difference) -> int:
        """Return where a difference begins in the text of its pane."""
        return min((self._shown(annotation).start for annotation in difference.annotations), default=0)

    def _shown(self, annotation: Annotation) -> Span:
        """Return where an annotation is in the text of its pane."""
        return self._session.case.whole.span_of(annotation) or annotation.span

    def _decide_own(self, difference: Difference, pane: Pane, span: Span, answers: Sequence[str]) -> None:
        assert difference.answer_id is not None
        quote = span.of(self._view.text_of(pane).text)
        if pane == "case":
            place, inside = self._session.case.whole.located(span) or ("", span)
            if place != difference.place or len(inside) < len(span):
                self._view.tell("These words are not in the text that the readers marked.", warn=True)
                return
            span = inside
        annotation = Annotation(
            id=difference.id,
            answer_id=difference.answer_id,
            place=difference.place,
            start=span.start,
            end=span.end,
            quote=quote,
            category="",
            severity="",
        ).changed(self._ratings(answers))
        self._decide(difference, Decision.own_annotation(annotation))

    def propose(self, pane: Pane, span: Span) -> None:
        """Ask how selected words are rated, then resolve the current difference by them."""
        difference = self.difference
        if difference is None:
            return
        if not difference.marked or self.pane_of(difference) != pane:
            about = display_line(place_words(difference, self._session.side_of(difference.id)))
            self._view.tell(f"The current difference is another one: {about}.", title="Not these words", warn=True)
            return
        quote = f"“{shortened(self._view.text_of(pane).quoted(span), QUOTE_LENGTH)}”"

        def take(answers: tuple[str, ...], _: bool) -> None:
            self._decide_own(difference, pane, span, answers)

        self._view.ask(self._rating_questions(difference, quote), take)


class DecisionHistory(History):
    """Undoes and redoes decisions, and goes to the difference that changed."""

    def __init__(self, session: AdjudicationSession, view: CaseView, deciding: Deciding) -> None:
        super().__init__(session, view, view.saving, "There is no decision to undo in this case.")
        self._deciding = deciding

    def _step(self, step: Callable[[], bool], nothing: str) -> bool:
        before = self._deciding.decisions()
        done = super()._step(step, nothing)
        if done:
            after = self._deciding.decisions()
            undone = step == self._session.undo
            found = self._deciding.in_words(before, before if undone else after)
            self._deciding.go_to_changed(before)
            if found:
                self._view.tell(f"{'Undone' if undone else 'Redone'}: {' '.join(found)}")
        return done
