"""The adjudication screen: each difference between the readers is resolved, then the case is committed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on

from doubleread.domain.adjudication import Decision, Difference
from doubleread.domain.annotation import Annotation
from doubleread.domain.display import display_line
from doubleread.domain.labels import VERDICTS
from doubleread.domain.spans import Span
from doubleread.domain.wording import plural
from doubleread.tui.adjudication.difference_marks import AGREED, difference_of
from doubleread.tui.adjudication.difference_panel import DifferencePanel
from doubleread.tui.adjudication.difference_words import differing_fields, holders, place_words, rated_words
from doubleread.tui.adjudication.judgement_summary import summary
from doubleread.tui.adjudication.view import AdjudicationView
from doubleread.tui.reading.annotation_panel import shortened
from doubleread.tui.shared.actions import Pane
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.dialogs import ConfirmDialog, LineDialog, ListDialog, MessageDialog
from doubleread.tui.shared.help import ADJUDICATING, GuidelinePage, HelpPage
from doubleread.tui.shared.line_list import LineList
from doubleread.tui.shared.question_bar import Choice, Question, from_labels
from doubleread.tui.shared.text.annotated_text import AnnotatedText
from doubleread.tui.shared.text.messages import MarkClicked, ProposalRefused, SelectionChanged, SpanProposed
from doubleread.tui.unsaved import SLICE

QUOTE_LENGTH = 60
_ALL_DONE = "Everything that readers differ in is resolved. Thank you."


class AdjudicationScreen(AdjudicationView):
    """An adjudicator at a study, case after case."""

    _last_reason = ""
    _in_list = True

    def on_mount(self) -> None:
        """Begin at the first case that is open, in the list of its differences."""
        self.show_case()
        self.set_focus(self.list)
        self.set_interval(1.0, self.show_status)
        self.set_interval(SLICE, self.saving.keep_saving)
        if all(case.committed and not case.stale for case in self.session.case_list()):
            self.app.push_screen(MessageDialog("Done", _ALL_DONE))

    def rest(self) -> None:
        """Give the keyboard back to the list or the text, whichever had it before a question."""
        self.set_focus(self.list if self._in_list else self.text, scroll_visible=False)

    def ask(
        self,
        questions: list[Question],
        then: Callable[[tuple[str, ...], bool], None] | None = None,
        each: Callable[[int, str], None] | None = None,
        *,
        by_mouse: bool = False,
    ) -> None:
        """Ask below the texts."""
        self._in_list = not isinstance(self.focused, AnnotatedText)
        super().ask(questions, then, each, by_mouse=by_mouse)

    def action_pane(self, by: int) -> None:
        """Go to the next text, or the one before; from the list, into the text at hand."""
        if self.text.has_focus:
            super().action_pane(by)
        else:
            self.action_show_pane(self.pane)

    def action_show_differences(self) -> None:
        """Go to the list of differences; from there to what the readers hold, where it has to be scrolled."""
        panel = self.query_one(DifferencePanel).scrolled
        self.set_focus(panel if self.list.has_focus and panel.max_scroll_y else self.list)

    def act(self, work: Callable[[], object], then: Callable[[], None]) -> None:
        """Do something that is stored; in a resolved case, ask for the reason first and open it again."""

        def do() -> None:
            self.saving.save(work, lambda _: then())

        def reopened(reason: str | None) -> None:
            if reason:
                self._last_reason = reason
                self.saving.save(lambda: self.session.reopen(reason), lambda _: do())

        if self.session.committed and not self.session.stale:
            words = (
                "This case is resolved. It is opened again, with your reason, and counts as before until you commit."
            )
            dialog = LineDialog("Why this change?", words, value=self._last_reason, go_on="open it again")
            self.app.push_screen(dialog, reopened)
        else:
            do()

    def decide(self, difference: Difference, decision: Decision) -> None:
        """Resolve a difference and go on to the next that is open."""

        def go_on() -> None:
            self.text.select(None)
            self._go_on(difference)

        self.act(lambda: self.session.decide(difference.id, decision), go_on)

    def _go_on(self, after: Difference) -> None:
        ids = [item.id for item in self.session.differences]
        place = ids.index(after.id) + 1 if after.id in ids else 0
        listed = self.session.differences
        ahead = [*listed[place:], *listed[:place]]
        following = next((item for item in ahead if self.session.decision_of(item.id) is None), None)
        if following is not None:
            self.go_to(following)
        elif not self.session.missing_for_commit():
            self.tell(f"Every difference of this case is resolved. {self.key_of('adjudication.commit')} commits.")

    def action_take(self, reader: int) -> None:
        """Take what a reader holds."""
        difference = self.difference
        if difference is not None and reader < len(difference.held):
            if difference.held[reader].empty and not difference.marked:
                self.tell(f"Reader {reader + 1} said nothing about this.", warn=True)
            else:
                self.decide(difference, Decision.take(reader))

    def action_reject(self) -> None:
        """Resolve the difference at hand by no annotation."""
        if self.difference is not None:
            self.decide(self.difference, Decision.reject())

    def action_join(self) -> None:
        """Join the boundaries; where the readers rate differently, ask whose ratings stand."""
        difference = self.difference
        if difference is None:
            return
        marked = holders(difference)
        if set(differing_fields(difference)) <= {"words"}:
            self.decide(difference, Decision.join(marked[0]))
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
                self.decide(difference, Decision.join(marked[0], **ratings))
            else:
                self.decide(difference, Decision.join(int(answers[0])))

        self.ask([whose, *self._rating_questions(difference, "the joined words")], take)

    def _rating_questions(self, difference: Difference, about: str) -> list[Question]:
        severity = from_labels("How grave is it?", self.session.labels.severities)
        if difference.subject == "omission":
            return [severity]
        return [from_labels(f"What is wrong with {about}?", self.session.labels.categories), severity]

    def _ratings(self, answers: Sequence[str]) -> dict[str, str | None]:
        *categories, severity = answers
        category = categories[0] if categories else self.session.labels.omission.name
        return {"category": category, "severity": severity}

    def action_own(self) -> None:
        """Write an own annotation over the selected words, or give an own value."""
        difference = self.difference
        if difference is None:
            return
        if not difference.marked:
            self._ask_value(difference)
            return
        pane = self.pane_of_difference(difference)
        assert pane is not None
        if self.text_of(pane).selection is not None:
            self.text_of(pane).propose()
        else:
            self._ask_words(difference, pane)

    def _ask_value(self, difference: Difference) -> None:
        side = self.session.side_of(difference.id)
        if difference.subject == "verdict":
            question = from_labels(f"What is your verdict on answer {side}?", VERDICTS)
        else:
            choices = [Choice("A", "a", "A is better"), Choice("tie", "t", "a tie"), Choice("B", "b", "B is better")]
            words = "Which answer do you prefer?"
            if difference.subject == "preference":
                choices.append(Choice("both bad", "n", "both bad", "I would use neither"))
            else:
                words = next((axis.question for axis in self.session.axes if axis.name == difference.axis), words)
            question = Question(words, tuple(choices))
        self.ask([question], lambda answers, _: self.decide(difference, Decision.own_value(answers[0])))

    def _ask_words(self, difference: Difference, pane: Pane) -> None:
        """Ask for the words of an own annotation that were not selected: a reader's, or all of them."""
        text = self.text_of(pane).text
        spans: dict[str, Span] = {}
        choices: list[Choice] = []
        for number in holders(difference):
            annotation = difference.held[number].annotation
            if annotation is not None and annotation.span not in spans.values():
                spans[str(number)] = annotation.span
                label = f"those of reader {number + 1}"
                choices.append(Choice(str(number), str(number + 1), label, f"“{annotation.quote}”"))
        whole = Span(min(span.start for span in spans.values()), max(span.end for span in spans.values()))
        if whole not in spans.values():
            spans["all"] = whole
            choices.append(Choice("all", "j", "from the first to the last", f"“{whole.of(text)}”"))
        where = "the case" if pane == "case" else f"answer {pane}"
        words = f"Which words? For others: esc, select them in {where}, then {self.key_of('adjudication.own')}"
        question = Question(words, tuple(choices))

        def take(answers: tuple[str, ...], _: bool) -> None:
            self._decide_own(difference, pane, spans[answers[0]], answers[1:])

        self.ask([question, *self._rating_questions(difference, "these words")], take)

    def _decide_own(self, difference: Difference, pane: Pane, span: Span, answers: Sequence[str]) -> None:
        assert difference.answer_id is not None
        annotation = Annotation(
            id=difference.id,
            answer_id=difference.answer_id,
            place="case" if difference.subject == "omission" else "answer",
            start=span.start,
            end=span.end,
            quote=span.of(self.text_of(pane).text),
            category="",
            severity="",
        ).changed(self._ratings(answers))
        self.decide(difference, Decision.own_annotation(annotation))

    @on(SpanProposed)
    def _proposed(self, event: SpanProposed) -> None:
        event.stop()
        pane = self.pane_of(event.widget)
        difference = self.difference
        if pane is None or difference is None:
            return
        if not difference.marked or self.pane_of_difference(difference) != pane.pane:
            about = place_words(difference, self.session.side_of(difference.id))
            self.tell(f"The difference at hand is another: {display_line(about)}.", title="Not these words", warn=True)
            return
        name = pane.pane
        quote = f"“{shortened(event.span.of(pane.annotated.text), QUOTE_LENGTH)}”"

        def take(answers: tuple[str, ...], _: bool) -> None:
            self._decide_own(difference, name, event.span, answers)

        self.ask(self._rating_questions(difference, quote), take)

    @on(ProposalRefused)
    def _refused(self, event: ProposalRefused) -> None:
        event.stop()
        self.tell(event.reason, warn=True)

    @on(SelectionChanged)
    def _selection_changed(self, event: SelectionChanged) -> None:
        event.stop()
        self.show_keys()

    @on(MarkClicked)
    def _mark_clicked(self, event: MarkClicked) -> None:
        event.stop()
        if event.mark_id.startswith(AGREED):
            annotation = self.session.standing().annotation(event.mark_id.removeprefix(AGREED))
            self.tell(f"The readers agree here: {display_line(rated_words(annotation))}.")
            return
        difference = next((item for item in self.session.differences if item.id == difference_of(event.mark_id)), None)
        if difference is not None and difference.id != self.difference_id:
            self.difference_id = difference.id
            self.show()

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        event.stop()
        self.go_to(next((item for item in self.session.differences if item.id == event.line_id), None))

    def action_difference(self, by: int) -> None:
        """Go to the next difference, or the one before, around the end."""
        listed = self.session.differences
        place = next((place for place, item in enumerate(listed) if item.id == self.difference_id), -1)
        self.go_to(listed[(place + by) % len(listed)])

    async def on_chips_picked(self, event: Chips.Picked) -> None:
        """Decide by click."""
        if event.chips.id != "resolve":
            await self.pick(event)
            return
        event.stop()
        how, _, reader = event.chip_id.partition(" ")
        if how == "take":
            self.action_take(int(reader))
        else:
            {"join": self.action_join, "own": self.action_own, "reject": self.action_reject}[how]()

    def action_undo(self) -> None:
        """Take the last decision back."""
        self._step_history(self.session.undo, "There is no decision to take back in this case.")

    def action_redo(self) -> None:
        """Make the decision again that was taken back."""
        self._step_history(self.session.redo, "There is nothing to do again.")

    def _step_history(self, step: Callable[[], bool], nothing: str) -> None:
        if self.saving.must_stay():
            return
        before = {item.id: self.session.decision_of(item.id) for item in self.session.differences}
        done = self.saving.fetch(step)
        if done is False:
            self.tell(nothing)
        elif done:
            self.saving.note_saved()
            listed = self.session.differences
            changed = [item for item in listed if self.session.decision_of(item.id) != before.get(item.id)]
            if changed:
                self.go_to(changed[0])
        self.show()

    def action_commit(self) -> None:
        """Ask, then resolve the case by what was decided."""
        missing = self.session.missing_for_commit()
        if self.saving.must_stay():
            return
        if missing:
            words = "\n".join(f"  {item}" for item in missing)
            self.app.push_screen(MessageDialog("Not complete yet", f"Still to be resolved:\n{words}"))
            return
        lines = summary(self.session.standing(), self.side_of, self.session.labels)
        count = len(self.session.differences)
        resolved = f"{plural(count, 'difference')} resolved" if count else "The readers agree on everything"
        lines.append(f"\n{resolved}. Their own readings stay as they are.")
        self.app.push_screen(ConfirmDialog("Resolve this case?", "\n".join(lines), "commit"), self._commit)

    def _commit(self, confirmed: bool | None) -> None:
        if confirmed:
            self.saving.save(self.session.commit, lambda _: self._next_open())
        else:
            self.show()

    def _next_open(self) -> bool:
        moved = None if self.saving.must_stay() else self.saving.fetch(self.session.next_open)
        if moved:
            self.arrived()
        elif moved is False:
            self.app.push_screen(MessageDialog("Done", _ALL_DONE))
        return bool(moved)

    def action_reopen(self) -> None:
        """Open a resolved case again, with a reason."""
        self.act(lambda: None, lambda: self.tell("This case is open again."))

    def arrived(self) -> None:
        """Show another case, from the list of its differences."""
        self.show_case()
        self.set_focus(self.list)

    def action_step(self, by: int) -> None:
        """Go to the next case, or the one before."""
        moved = None if self.saving.must_stay() else self.saving.fetch(lambda: self.session.step(by))
        if moved:
            self.arrived()
        elif moved is False:
            self.tell("This is the last case." if by > 0 else "This is the first case.")

    def action_next_open(self) -> None:
        """Go to the next case that is not resolved."""
        self._next_open()

    def action_cases(self) -> None:
        """Choose a case from the list."""
        cases = self.saving.fetch(self.session.case_list)
        if cases is None:
            return
        items = []
        for number, case in enumerate(cases, start=1):
            mark = "!" if case.stale else "✓" if case.committed else " "
            still = f"{case.open_differences} of {plural(case.differences, 'difference')} open"
            still = still if case.differences else "no differences"
            state = "readings changed" if case.stale else "resolved" if case.committed else still
            items.append((case.case_id, f"{mark} {number:>4}  {case.title or case.case_id}  · {state}"))
        resolved = sum(case.committed and not case.stale for case in cases)
        title = f"Cases: {resolved} of {len(items)} resolved (✓)"
        self.app.push_screen(ListDialog(title, items, current=self.session.case.id), self._go_to_case)

    def _go_to_case(self, case_id: str | None) -> None:
        if (
            case_id is not None
            and not self.saving.must_stay()
            and self.saving.attempt(lambda: self.session.goto(case_id))
        ):
            self.arrived()

    def action_help(self) -> None:
        """Show the help."""
        self.app.push_screen(HelpPage(self.settings.keys, self.session.labels, ADJUDICATING))

    def action_guideline(self) -> None:
        """Show the guideline."""
        self.app.push_screen(GuidelinePage(self.session.guideline))

    def action_library(self) -> None:
        """Go back to the list of studies."""
        if not self.saving.must_stay():
            self.app.call_later(self.app.run_action, "library")
