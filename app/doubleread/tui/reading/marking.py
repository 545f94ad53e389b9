"""Marking on the reading screen: annotations are made, rated, moved, linked and taken back."""

from __future__ import annotations

import uuid
from typing import Literal

from textual import on

from doubleread.domain.annotation import Annotation
from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.spans import Span
from doubleread.tui.reading.annotation_panel import AnnotationPanel, shortened
from doubleread.tui.reading.annotations_list import AnnotationsList
from doubleread.tui.reading.reading_pane import PANE_NAMES
from doubleread.tui.reading.view import EVIDENCE, PASSAGE, ReadingView, reason_dialog
from doubleread.tui.shared.question_bar import Choice, Question, from_labels
from doubleread.tui.shared.text.annotated_text import AnnotatedText
from doubleread.tui.shared.text.messages import CaretMoved, MarkClicked, ProposalRefused, SelectionChanged, SpanProposed

QUOTE_LENGTH = 44


class ReadingMarking(ReadingView):
    """What happens between a selection and an annotation, and with annotations after that."""

    _note_reason: str | None = None

    @on(SpanProposed)
    def _proposed(self, event: SpanProposed) -> None:
        event.stop()
        pane = self.pane_of(event.widget)
        if pane is None:
            return
        self._by_mouse = pane.annotated.by_mouse
        if not self.ready:
            self._say_why_not_yet()
        elif pane.pane == "case":
            self._ask_about_case(event.span)
        else:
            self._ask_label(pane.pane, event.span)

    @on(ProposalRefused)
    def _refused(self, event: ProposalRefused) -> None:
        event.stop()
        pane = self.pane_of(event.widget)
        if pane is not None and pane.pane == "case":
            self.tell("Only the words of the case itself can be marked, not the question or the options.", warn=True)
        else:
            self.tell(event.reason, warn=True)

    def _say_why_not_yet(self) -> None:
        late = [PANE_NAMES[side] for side, answer in self.answers.items() if answer.state != "done"]
        failed = [PANE_NAMES[side] for side, answer in self.answers.items() if answer.state == "failed"]
        if failed:
            remedy = "You can only read here."
            if self.session.makes_answers:
                remedy = f"Press {self.key_of('again')} to make it again."
            self.tell(f"{' and '.join(failed)} failed. {remedy}", title="Not yet", warn=True)
        else:
            words = f"{' and '.join(late)} must be finished first. You can read and select meanwhile."
            self.tell(words, title="Not yet", warn=True)

    def _ask_label(self, side: Side, span: Span) -> None:
        quote = shortened(span.of(self.text_of(side).text), QUOTE_LENGTH)
        category = from_labels(f"Answer {side}: what is wrong with “{quote}”?", self.session.labels.categories)

        def mark(answers: tuple[str, ...], by_mouse: bool) -> None:
            category, severity = answers
            self.act(
                lambda reason: self.session.mark(side, "answer", span, category, severity, reason=reason),
                lambda annotation: self._marked([annotation], by_mouse),
            )

        self.ask([category, self._severity], mark)

    @property
    def _severity(self) -> Question:
        return from_labels("How grave is it?", self.session.labels.severities)

    def _ask_about_case(self, span: Span) -> None:
        quote = shortened(span.of(self.text_of("case").text), QUOTE_LENGTH)
        choices = [
            Choice("A", "a", "matters, and answer A leaves it out"),
            Choice("B", "b", "matters, and answer B leaves it out"),
            Choice("both", "o", "matters, and both leave it out"),
        ]
        item = self.linkable_item
        if item is not None:
            about = f"is contradicted by {item.annotation.label} “{shortened(item.annotation.quote, 30)}”"
            choices.append(Choice("link", "l", about))
        question = Question(f"“{quote}” in the case …", tuple(choices), last=frozenset({"link"}))

        def take(answers: tuple[str, ...], by_mouse: bool) -> None:
            if answers[0] == "link":
                self._link(span)
            else:
                self._omit(answers[0], span, answers[1], by_mouse)

        self.ask([question, self._severity], take)

    def _omit(self, where: str, span: Span, severity: str, by_mouse: bool) -> None:
        sides = [side for side in SIDES if where in (side, "both")]
        burst = f"omission {uuid.uuid4()}"

        def mark(reason: str | None) -> list[Annotation]:
            name = self.session.labels.omission.name
            return [self.session.mark(side, "case", span, name, severity, burst=burst, reason=reason) for side in sides]

        self.act(mark, lambda annotations: self._marked(annotations, by_mouse))

    def _marked(self, annotations: list[Annotation], by_mouse: bool) -> None:
        self.text.select(None)
        self.focused_id = annotations[-1].id
        self.annotation_made(by_mouse)

    def annotation_made(self, by_mouse: bool) -> None:
        """Take note of a new annotation; `by_mouse` says how its words were selected."""

    def action_omission(self) -> None:
        """Say that the selected words of the case are left out."""
        self.text_of("case").propose()

    def focus_annotation(self, annotation_id: str, *, go: bool = True) -> None:
        """Take an annotation in hand; with `go`, show its place and put the caret there."""
        self.focused_id = annotation_id
        item = self.focused_item
        if item is None:
            self.focused_id = None
        elif go:
            pane = self.place_of(item.annotation)
            if self.pane != pane:
                self.pane = pane
                self.arrange_parts()
                self.pane_changed()
            if isinstance(self.focused, AnnotatedText):
                self.set_focus(self.text, scroll_visible=False)
            self.text.move_caret(item.annotation.start)
        self.show()

    @on(MarkClicked)
    def _mark_clicked(self, event: MarkClicked) -> None:
        event.stop()
        if not event.mark_id.startswith(EVIDENCE):
            self.focus_annotation(event.mark_id.removeprefix(PASSAGE), go=False)

    @on(CaretMoved)
    def _caret_moved(self, event: CaretMoved) -> None:
        event.stop()
        here = self.annotations_at_caret(event.marks_here)
        if here and self.focused_id not in here and event.widget.has_focus:
            self.focus_annotation(here[0], go=False)

    @on(SelectionChanged)
    def _selection_changed(self, event: SelectionChanged) -> None:
        event.stop()
        self.show_keys()

    @on(AnnotationsList.Chosen)
    def _chosen(self, event: AnnotationsList.Chosen) -> None:
        event.stop()
        self.focus_annotation(event.line_id)

    def action_annotation(self, by: int) -> None:
        """Go to the next annotation, or the one before, around the end."""
        ids = [item.annotation.id for item in self.listed]
        if not ids:
            self.tell("There are no annotations yet.")
        elif self.focused_id in ids:
            self.focus_annotation(ids[(ids.index(self.focused_id) + by) % len(ids)])
        else:
            self.focus_annotation(ids[0 if by > 0 else -1])

    def action_edit(self) -> None:
        """Open the panel of the annotation at hand."""
        if self.item_at_hand is not None:
            self.show()
            self.show_dock("annotation")

    def action_nudge(self, edge: Literal["start", "end"], by: Literal["character", "word"], direction: int) -> None:
        """Move one boundary of the annotation at hand."""
        item = self.item_at_hand
        if item is None:
            return
        annotation = item.annotation
        pane = self.place_of(annotation)
        span = self.text_of(pane).nudge(edge, by, 1 if direction > 0 else -1)
        if span is None or span == annotation.span:
            return
        if pane == "case" and span.end > len(self.session.case.text):
            self.tell("Only the words of the case itself can be marked.", warn=True)
            return
        self.act(lambda reason: self.session.move(annotation.id, span, reason=reason))

    def action_retract(self) -> None:
        """Take the annotation at hand back."""
        item = self.item_at_hand
        if item is not None:
            self.act(
                lambda reason: self.session.retract(item.annotation.id, reason=reason),
                lambda _: self.tell(f"{item.annotation.label} taken back. {self.key_of('undo')} brings it again."),
            )

    def action_passage(self) -> None:
        """Link the annotation at hand to what is selected in the case; without a selection, take the link away."""
        span = self.text_of("case").selection
        item = self.linkable_item
        if item is None:
            self.tell("Choose an annotation in an answer first.", warn=True)
        elif span is not None:
            self._link(span)
        elif item.annotation.passage is not None:
            self.act(lambda reason: self.session.point_at(item.annotation.id, None, reason=reason))
        else:
            self.tell("Select the words of the case that the annotation contradicts first.", warn=True)

    def _link(self, span: Span) -> None:
        item = self.linkable_item
        inside = Span(min(span.start, len(self.session.case.text)), min(span.end, len(self.session.case.text)))
        if item is None or not len(inside):
            self.tell("Only the words of the case itself can be linked.", warn=True)
            return
        self.act(
            lambda reason: self.session.point_at(item.annotation.id, inside, reason=reason),
            lambda _: self.text_of("case").select(None),
        )

    @on(AnnotationPanel.Rated)
    def _rated(self, event: AnnotationPanel.Rated) -> None:
        event.stop()
        self.act(lambda reason: self.session.change(event.annotation_id, {event.field: event.value}, reason=reason))

    @on(AnnotationPanel.Closed)
    def _panel_closed(self, event: AnnotationPanel.Closed) -> None:
        event.stop()
        self.save_note()
        self.show_dock("judge")

    @on(AnnotationPanel.NoteWanted)
    def _note_wanted(self, event: AnnotationPanel.NoteWanted) -> None:
        event.stop()

        def open_note(reason: str | None) -> None:
            if reason:
                self._last_reason = self._note_reason = reason
                self.query_one(AnnotationPanel).note()

        self.app.push_screen(reason_dialog(self._last_reason), open_note)

    @on(AnnotationPanel.NoteGrew)
    def _note_grew(self, event: AnnotationPanel.NoteGrew) -> None:
        event.stop()
        self.save_note()

    def save_note(self) -> None:
        """Save what was typed and is not saved yet."""
        typed = self.query_one(AnnotationPanel).take_note()
        if typed is None:
            return
        annotation_id, note, burst = typed
        reading = self.session.reading
        reason = self._note_reason if reading is not None and reading.committed else None
        self.saving.save(lambda: self.session.change(annotation_id, {"note": note}, burst=burst, reason=reason))
