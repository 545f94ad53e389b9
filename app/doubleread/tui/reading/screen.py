"""The reading screen: judging, committing, going from case to case, and the tour."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

from textual import on

from doubleread import locations
from doubleread.domain.axes import Axis, Rating
from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.blinding_assessment import SKIPPED
from doubleread.domain.bond import BondGrade
from doubleread.domain.reading import Preference, Reading
from doubleread.sessions.blinding_assessment import AskedCase
from doubleread.tui.adjudication.judgement_summary import summary
from doubleread.tui.reading.blinding_assessment import KEYS, BlindingAssessmentDialog, question
from doubleread.tui.reading.reasoning_fold import ReasoningFold
from doubleread.tui.reading.reveal_panel import RevealPanel
from doubleread.tui.reading.sentence_bar import sentences_left_words
from doubleread.tui.reading.sentences import ReadingSentences
from doubleread.tui.reading.tour import WORDS, Tour
from doubleread.tui.reading.tour_panel import TourPanel
from doubleread.tui.reading.verdict_bar import PREFERENCE_ACTIONS
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.dialogs import ConfirmDialog, ListDialog, MessageDialog
from doubleread.tui.shared.help import GuidelinePage, HelpPage
from doubleread.tui.shared.question_bar import Choice, Question


class ReadingScreen(ReadingSentences):
    """A reader at a study, case after case."""

    tour = Tour()

    def on_mount(self) -> None:
        """Begin, in a demo with the tour where nobody took it yet."""
        self.begin()
        self.set_focus(self.text, scroll_visible=False)
        self._ask_at_the_end()
        self.windows.ask()
        if self.is_demo and not locations.tour_file().exists():
            self.action_tour()

    def _judge(
        self,
        *,
        verdicts: dict[Side, str] | None = None,
        preference: Preference | None = None,
        outside_field: bool | None = None,
    ) -> None:
        self.act(
            lambda reason: self.session.judge(
                verdicts=verdicts, preference=preference, outside_field=outside_field, reason=reason
            )
        )

    def judge_side(self, side: Side, verdict: str) -> None:
        """Give a verdict on one answer."""
        if self.judgement.verdicts.get(side) != verdict:
            self._judge(verdicts={side: verdict})

    def action_verdict(self, verdict: str) -> None:
        """Give a verdict on the answer at hand."""
        if self.pane == "case":
            self.tell(f"A verdict is on the answer at hand: go to one with {self.key_of('next_pane')}.")
        else:
            self.judge_side(self.pane, verdict)

    def action_prefer(self, preference: str) -> None:
        """Say which answer is preferred."""
        if self.judgement.preference != preference:
            self._judge(preference=cast(Preference, preference))

    def action_outside(self) -> None:
        """Say that the case lies outside one's field, or that it does not."""
        self._judge(outside_field=not self.judgement.outside_field)

    def action_compare(self) -> None:
        """Compare the answers by the axes that are still open, one after the other, or again by all."""
        waiting = [axis for axis in self.session.axes if axis.name not in self.judgement.ratings]
        self._compare(waiting or list(self.session.axes))

    def _compare(self, axes: list[Axis]) -> None:
        reading = self.session.reading
        if not self.ready or reading is None:
            return
        if reading.committed:
            # A correction has a reason of its own.
            axes = axes[:1]
        choices = (Choice("A", "a", "answer A"), Choice("tie", "t", "neither: a tie"), Choice("B", "b", "answer B"))

        def rate(number: int, side: str) -> None:
            self.act(lambda reason: self.session.rate(axes[number].name, cast(Rating, side), reason=reason))

        self.ask([Question(f"{axis.name}: {axis.question}", choices) for axis in axes], each=rate)

    async def on_chips_picked(self, event: Chips.Picked) -> None:
        """Act on a click upon the verdict bar."""
        if event.chips.id == "verdicts":
            event.stop()
            side, _, verdict = event.chip_id.partition(" ")
            self.judge_side(cast(Side, side), verdict)
        elif event.chips.id == "preference":
            event.stop()
            names = {action: name for name, action in PREFERENCE_ACTIONS.items()}
            if event.chip_id == "outside":
                self.action_outside()
            else:
                self.action_prefer(names[event.chip_id])
        elif event.chips.id == "axes":
            event.stop()
            self._compare([self.session.axes[int(event.chip_id.removeprefix("axis "))]])
        else:
            await self.pick(event)

    def action_confirm(self, right: bool) -> None:
        """Say that the answer at hand names the key's diagnosis, or that it does not, and how close it comes."""
        if self.pane != "case" and right:
            self._grade(self.pane, BondGrade.EXACT)
        else:
            self._ask_grade([grade for grade in BondGrade if not grade.same])

    def action_grade(self) -> None:
        """Grade how close the answer at hand comes to the key's diagnosis."""
        self._ask_grade(list(BondGrade))

    def _ask_grade(self, grades: list[BondGrade]) -> None:
        if self.pane == "case":
            return
        side = self.pane
        numbers = [(str(int(grade)), grade) for grade in grades]
        choices = tuple(Choice(number, number, grade.label, grade.definition) for number, grade in numbers)
        question = Question(f"How close does answer {side} come to the key's diagnosis?", choices)
        self.ask([question], lambda answers, _: self._grade(side, BondGrade(int(answers[0]))))

    @on(RevealPanel.Graded)
    def _graded(self, event: RevealPanel.Graded) -> None:
        event.stop()
        self._grade(event.side, event.grade)

    def _grade(self, side: Side, grade: BondGrade) -> None:
        if self.judgement.grades.get(side) is not grade:
            self.saving.save(lambda: self.session.grade_diagnosis(side, grade))

    def action_undo(self) -> None:
        """Take the last action back."""
        self.save_note()
        self._step_history(self.session.undo, "There is nothing to undo in this case.")

    def action_redo(self) -> None:
        """Do again what was undone."""
        self._step_history(self.session.redo, "There is nothing to do again.")

    def _step_history(self, step: Callable[[], bool], nothing: str) -> None:
        if self.saving.must_stay():
            return
        done = self.saving.fetch(step)
        if done:
            self.saving.note_saved()
        elif done is False:
            self.tell(nothing)
        self.show()

    def action_commit(self) -> None:
        """Ask, then close the reading."""
        self.save_note()
        reading = self.session.reading
        if reading is None or reading.committed or self.saving.must_stay():
            return
        missing = self.session.missing_for_commit
        if missing:
            words = "\n".join(f"  {item}" for item in missing)
            ways = [f"Or press {self.key_of('outside')}: the case lies outside my field."]
            if self.session.sentence_mode == "required":
                ways.insert(0, f"In an answer, {self.key_of('sentences')} begins to judge its sentences.")
            shown = "\n".join(ways)
            self.app.push_screen(MessageDialog("Not complete yet", f"Still to be judged:\n{words}\n\n{shown}"))
            return
        self.app.push_screen(
            ConfirmDialog("Commit this reading?", self._summary(reading), self._committing), self._commit
        )

    @property
    def _committing(self) -> str:
        return "commit, show the key" if self.session.reveals_key else "commit"

    def _summary(self, reading: Reading) -> str:
        held = self.judgement
        lines = summary(held, reading.side_of, self.session.labels)
        if self.has_sentences:
            lines.append(sentences_left_words(self.counted()))
        if held.outside_field:
            lines.append("Outside my field:  yes")
        shown = "The key is shown then. " if self.session.reveals_key else ""
        lines.append(f"\n{shown}Later changes are kept as corrections, with a reason.")
        return "\n".join(lines)

    def _commit(self, confirmed: bool | None) -> None:
        if confirmed and self.session.asks_before_commit:
            self._ask_before_commit()
        elif confirmed:
            self._commit_now()
        else:
            self.show()

    def _ask_before_commit(self) -> None:
        choices = [Choice(said, key, f"answer {said}" if said in SIDES else said) for key, said in KEYS.items()]
        choices.append(Choice(SKIPPED, "s", "skip this question"))

        def take(answers: tuple[str, ...], by_mouse: bool) -> None:
            del by_mouse
            self.saving.save(lambda: self.session.assess_blinding(answers[0]), lambda _: self._commit_now())

        self.ask([Question(question(self.session.asked_role), tuple(choices))], take)

    def _ask_at_the_end(self) -> None:
        asked = self.saving.fetch(self.session.asked_at_the_end)
        if not asked:
            return

        def said(case: AskedCase, reply: str) -> bool:
            return self.saving.attempt(lambda: self.session.assess_blinding(reply, case.reading_id))

        self.app.push_screen(BlindingAssessmentDialog(self.session.asked_role, asked, said))

    def _commit_now(self) -> None:
        self.saving.save(self.session.commit, lambda _: self._committed())

    def _committed(self) -> None:
        # Where the commit reveals names, the words that were covered can be read now.
        self.read_answers_soon()
        self.show_key = True
        if self.tour.step == "judge":
            self._set_tour(self.tour.ended())
        self._ask_at_the_end()

    def action_toggle_key(self) -> None:
        """Show the key and the scores; where they are too long for their place, scroll them; then hide them."""
        panel = self.query_one(RevealPanel)
        if self.show_key and panel.max_scroll_y and not panel.has_focus:
            self.set_focus(panel)
            return
        self.show_key = not self.show_key
        self.show()
        self.set_focus(self.text, scroll_visible=False)

    def action_toggle_reasoning(self) -> None:
        """Show or hide what the model thought before the answer at hand."""
        if self.pane != "case":
            unfolded = self.reading_pane(self.pane).reasoning.toggle()
            self.set_focus(self.reading_pane(self.pane).reasoning.text if unfolded else self.text, scroll_visible=False)

    @on(ReasoningFold.Asked)
    def _reasoning_asked(self, event: ReasoningFold.Asked) -> None:
        event.stop()
        self.action_show_pane(event.side)
        self.action_toggle_reasoning()

    def leave_case(self) -> None:
        """Save what is still being typed."""
        self.save_note()

    def action_step(self, by: int) -> None:
        """Go to the next case, or the one before."""
        self.leave_case()
        moved = None if self.saving.must_stay() else self.saving.fetch(lambda: self.session.step(by))
        if moved:
            self._arrived()
        elif moved is False:
            self.tell("This is the last case." if by > 0 else "This is the first case.")

    def action_next_open(self) -> None:
        """Go to the next case that is not committed."""
        self.leave_case()
        moved = None if self.saving.must_stay() else self.saving.fetch(self.session.next_open)
        if moved:
            self._arrived()
        elif moved is False:
            self.tell("All cases are committed. Thank you.", title="Done")

    def action_cases(self) -> None:
        """Choose a case from the list."""
        cases = self.saving.fetch(self.session.case_list)
        if cases is None:
            return
        items = [
            (case_id, f"{'✓' if committed else ' '} {number:>4}  {title}")
            for number, (case_id, title, committed) in enumerate(cases, start=1)
        ]
        done = self.session.progress.committed
        title = f"Cases: {done} of {len(items)} committed (✓)"
        self.app.push_screen(ListDialog(title, items, current=self.session.place_id), self._go_to)

    def _go_to(self, case_id: str | None) -> None:
        if case_id is not None:
            self.leave_case()
            if not self.saving.must_stay() and self.saving.attempt(lambda: self.session.goto(case_id)):
                self._arrived()

    def _arrived(self) -> None:
        self.show_case()
        self.action_show_pane("case")

    def action_again(self) -> None:
        """Make the failed answers of this case again."""
        for side, answer in self.answers.items():
            if answer.state == "failed":
                self.saving.attempt(partial(self.session.make_again, side))
        self.drain()

    def action_help(self) -> None:
        """Show the help."""
        self.app.push_screen(HelpPage(self.settings.keys, self.session.labels))

    def action_guideline(self) -> None:
        """Show the guideline."""
        self.app.push_screen(GuidelinePage(self.session.guideline))

    def action_library(self) -> None:
        """Go back to the list of studies."""
        self.leave_case()
        if not self.saving.must_stay():
            self.app.call_later(self.app.run_action, "library")

    def annotation_made(self, by_mouse: bool) -> None:
        """Let the tour know."""
        if self.tour.step is not None:
            self._set_tour(self.tour.marked(by_mouse))

    def action_tour(self) -> None:
        """Begin the tour. It is remembered at once, so that it never comes twice by itself."""
        self._set_tour(Tour().begun())
        path = locations.tour_file()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        except OSError as error:
            self.tell(f"The tour may come again: {error}", warn=True)

    @on(TourPanel.Chosen)
    def _tour_chosen(self, event: TourPanel.Chosen) -> None:
        event.stop()
        self._set_tour(self.tour.next() if event.choice == "next" else self.tour.ended())

    def _set_tour(self, tour: Tour) -> None:
        self.tour = tour
        panel = self.query_one(TourPanel)
        if tour.step is None:
            panel.display = False
            return
        chips = [Chip("skip", "skip the tour", key="esc")]
        if tour.can_go_on:
            chips.insert(0, Chip("next", "end the tour" if tour.step == "judge" else "begin", key="enter"))
        panel.show(self._tour_words(tour), chips if tour.step != "judge" else chips[:1])

    def _tour_words(self, tour: Tour) -> str:
        assert tour.step is not None
        names = {"tab": "next_pane", "sentence": "text.select-sentence", "mark": "text.propose"}
        names |= {"first": "verdict_correct", "last": "verdict_unsure", "prefer": "prefer_a", "neither": "prefer_none"}
        names |= {"undo": "undo", "commit": "commit", "help": "help"}
        return WORDS[tour.step].format(**{word: self.key_of(action) for word, action in names.items()})

    def action_enter(self) -> None:
        """Go on in the tour."""
        if self.tour.can_go_on:
            self._set_tour(self.tour.next())

    def action_back(self) -> None:
        """Leave the tour, or what one is in."""
        if self.tour.step is not None and self.dock_view == "judge":
            self._set_tour(self.tour.ended())
        else:
            super().action_back()
