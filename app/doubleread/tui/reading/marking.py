"""Marking: annotations are made, rated, moved, linked to the case and retracted."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Literal

from doubleread.domain.annotation import Annotation, Place, Relation, document_of
from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.spans import Span
from doubleread.domain.wording import shortened
from doubleread.sessions.blind import Reveal
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.reading_words import OMITTING, OMITTING_KEYS
from doubleread.tui.reading.annotation_marks import EVIDENCE, PASSAGE, annotation_marks, place_of
from doubleread.tui.reading.annotations_list import Listed, margin_note
from doubleread.tui.reading.passages import PassageLink
from doubleread.tui.reading.view import ReadingView
from doubleread.tui.shared.actions import Pane
from doubleread.tui.shared.question_bar import Choice, Question, from_labels
from doubleread.tui.shared.reading_pane import PANE_NAMES
from doubleread.tui.shared.text.caret import Edge
from doubleread.tui.shared.text.marks import Mark
from doubleread.tui.shared.text_margin import MarginNote

QUOTE_LENGTH = 44


class Marking:
    """The annotations of the case, which one has the focus, and what is done with them.

    `made` is called after an annotation was made, with whether its words were selected with the mouse.
    """

    def __init__(self, session: ReadingSession, view: ReadingView, made: Callable[[bool], None]) -> None:
        self._session = session
        self._view = view
        self._made = made
        self._linkable_id: str | None = None
        self.listed: list[Listed] = []
        self.focused_id: str | None = None
        self.note_reason: str | None = None
        """Why the note of a committed reading is changed."""

    def clear(self) -> None:
        """Focus no annotation, because another case is shown."""
        self.focused_id = None

    def update(self) -> None:
        """Take over the annotations that the session has now."""
        reading = self._session.reading
        annotations = reading.judgement.annotations if reading is not None else ()
        self.listed = [self._listed(reading.side_of(item.answer_id), item) for item in annotations] if reading else []
        if self.focused_item is None:
            self.focused_id = None
        elif self.focused_item.annotation.in_answer:
            self._linkable_id = self.focused_id

    @property
    def focused_item(self) -> Listed | None:
        """The annotation that was chosen last, in any text."""
        return next((item for item in self.listed if item.annotation.id == self.focused_id), None)

    @property
    def current(self) -> Listed | None:
        """The annotation that keys act on: the focused one, while the keyboard is in its text, its panel or the list.

        So a key pressed in one answer never changes what was chosen in the other.
        """
        item = self.focused_item
        if item is None or self._view.in_annotations:
            return item
        return item if place_of(item) == self._view.pane else None

    @property
    def linkable(self) -> Listed | None:
        """The annotation in an answer that was focused last, even if the caret has met others in the case since."""
        return next((item for item in self.listed if item.annotation.id == self._linkable_id), None)

    def at_caret(self, marks: Iterable[str]) -> list[str]:
        """Return the ids of the annotations among the marks at a caret."""
        known = {item.annotation.id for item in self.listed}
        return [mark for mark in marks if mark in known]

    def marks(self, reveal: Reveal | None) -> dict[Pane, list[Mark]]:
        labels, whole = self._session.labels, self._session.case.whole
        return annotation_marks(self.listed, self.focused_id, labels.highest_severity, reveal, whole)

    def notes(self, pane: Pane) -> list[MarginNote]:
        """Return what is noted beside a text."""
        return [
            margin_note(item, self._shown_span(item.annotation).start, focused=item.annotation.id == self.focused_id)
            for item in self.listed
            if place_of(item) == pane
        ]

    def propose(self, pane: Pane, span: Span) -> None:
        """Ask how to annotate the selected words."""
        if not self._view.ready:
            self._tell_why_not_yet()
        elif pane != "case" and self._view.in_criteria and self._view.text_of(pane).by_mouse:
            # With the mouse there is no other way to select evidence for a criterion.
            key = self._view.key_of("text.propose")
            self._view.tell(f"The next judgement takes these words as evidence. {key} annotates them.")
        elif pane == "case":
            self._ask_about_case(span)
        else:
            self.ask_label(pane, span)

    def propose_omission(self) -> None:
        """Ask about the selected words of the case."""
        self._view.text_of("case").propose()

    def _tell_why_not_yet(self) -> None:
        answers = self._view.answers
        late = [PANE_NAMES[side] for side, answer in answers.items() if answer.state != "done"]
        failed = [PANE_NAMES[side] for side, answer in answers.items() if answer.state == "failed"]
        if failed:
            remedy = "You can only read here."
            if self._session.makes_answers:
                remedy = f"Press {self._view.key_of('again')} to generate it again."
            self._view.tell(f"{' and '.join(failed)} failed. {remedy}", title="Not yet", warn=True)
        else:
            words = f"{' and '.join(late)} must be finished first. You can read and select meanwhile."
            self._view.tell(words, title="Not yet", warn=True)

    def ask_label(self, side: Side, span: Span) -> None:
        """Ask what is wrong with words of an answer, then mark them."""
        text = self._view.text_of(side)
        quote = shortened(text.quoted(span), QUOTE_LENGTH)
        category = from_labels(f"Answer {side}: what is wrong with “{quote}”?", self._session.labels.categories)

        def mark(answers: tuple[str, ...], by_mouse: bool) -> None:
            category, severity = answers
            self._view.act(
                lambda reason: self._session.mark(side, "answer", span, category, severity, reason=reason),
                lambda annotation: self._marked([annotation], by_mouse),
            )

        self._view.ask([category, self._severity], mark, by_mouse=text.by_mouse)

    @property
    def _severity(self) -> Question:
        return from_labels("How serious is it?", self._session.labels.severities)

    def _ask_about_case(self, span: Span) -> None:
        text = self._view.text_of("case")
        located = self._session.case.whole.located(span)
        if located is None:
            self._view.tell("Only the words of the case and its documents can be marked.", warn=True)
            return
        place, inside = located
        quote = shortened(text.quoted(span), QUOTE_LENGTH)
        omitting = zip(OMITTING.items(), OMITTING_KEYS, strict=True)
        choices = [Choice(answers, key, words) for (answers, words), key in omitting]
        item = self.linkable
        if item is not None:
            about = f"is contradicted by {item.annotation.label} “{shortened(item.words, 30)}”"
            choices.append(Choice("link", "l", about))
        where = "the case" if document_of(place) is None else "the document"
        question = Question(f"“{quote}” in {where} …", tuple(choices), last=frozenset({"link"}))

        def take(answers: tuple[str, ...], by_mouse: bool) -> None:
            if answers[0] == "link":
                self._link(span, "contradicts")
            else:
                self._omit(answers[0], place, inside, answers[1], by_mouse)

        self._view.ask([question, self._severity], take, by_mouse=text.by_mouse)

    def _omit(self, where: str, place: Place, span: Span, severity: str, by_mouse: bool) -> None:
        sides = [side for side in SIDES if where in (side, "both")]
        burst = f"omission {uuid.uuid4()}"

        def mark(reason: str | None) -> list[Annotation]:
            name, made = self._session.labels.omission.name, self._session.mark
            return [made(side, place, span, name, severity, burst=burst, reason=reason) for side in sides]

        self._view.act(mark, lambda annotations: self._marked(annotations, by_mouse))

    def _marked(self, annotations: list[Annotation], by_mouse: bool) -> None:
        self._view.text_of(self._view.pane).select(None)
        self.focused_id = annotations[-1].id
        self._made(by_mouse)

    def focus(self, annotation_id: str, *, go: bool = True) -> None:
        """Focus an annotation; with `go`, show its place and put the caret there."""
        self.focused_id = annotation_id
        item = self.focused_item
        if item is None:
            self.focused_id = None
        elif go:
            self._view.go_to(place_of(item), self._shown_span(item.annotation).start)
        self._view.show()

    def _listed(self, side: Side, annotation: Annotation) -> Listed:
        text, span = self._view.text_of(side if annotation.in_answer else "case"), self._shown_span(annotation)
        same = span.of(text.text) == annotation.quote
        return Listed(side, annotation, text.quoted(span) if same else annotation.quote)

    def _shown_span(self, annotation: Annotation) -> Span:
        """Return where an annotation is in the text of its pane."""
        return self._session.case.whole.span_of(annotation) or annotation.span

    def click(self, mark_id: str) -> None:
        """Focus the annotation of a mark that was clicked."""
        if not mark_id.startswith(EVIDENCE):
            self.focus(mark_id.removeprefix(PASSAGE), go=False)

    def move_caret(self, marks: Iterable[str]) -> None:
        """Focus the annotation at the caret."""
        here = self.at_caret(marks)
        if here and self.focused_id not in here:
            self.focus(here[0], go=False)

    def enter_pane(self) -> None:
        """Focus the annotation at the caret of the text that the reader went to, if none is focused there."""
        if self.current is None and (here := self.at_caret(self._view.text_of(self._view.pane).marks_here)):
            self.focused_id = here[0]
            self._view.show()

    def step(self, by: int) -> None:
        """Go to the next annotation or the previous one; after the last comes the first."""
        ids = [item.annotation.id for item in self.listed]
        if not ids:
            self._view.tell("There are no annotations yet.")
        elif self.focused_id in ids:
            self.focus(ids[(ids.index(self.focused_id) + by) % len(ids)])
        else:
            self.focus(ids[0 if by > 0 else -1])

    def edit(self) -> None:
        if self.current is not None:
            self._view.show()
            self._view.show_dock("annotation")

    def nudge(self, edge: Edge, by: Literal["character", "word"], direction: int) -> None:
        """Move one boundary of the current annotation."""
        item = self.current
        if item is None:
            return
        annotation, pane = item.annotation, place_of(item)
        span = self._view.text_of(pane).nudge(edge, by, 1 if direction > 0 else -1)
        if span is None or span == self._shown_span(annotation):
            return
        if pane == "case":
            place, inside = self._session.case.whole.located(span) or ("", span)
            if place != annotation.place or len(inside) < len(span):
                self._view.tell(
                    "Only words of the same text can be marked, not the question or the options.", warn=True
                )
                return
            span = inside
        self._view.act(lambda reason: self._session.move(annotation.id, span, reason=reason))

    def retract(self) -> None:
        item = self.current
        if item is not None:
            words = f"{item.annotation.label} retracted. {self._view.key_of('undo')} restores it."
            self._view.act(
                lambda reason: self._session.retract(item.annotation.id, reason=reason),
                lambda _: self._view.tell(words),
            )

    def link(self, relation: Relation) -> None:
        """Link the annotation to words of the case: those selected there, or in an answer the same words."""
        if self._view.pane == "case":
            self._link_selection(relation)
        else:
            self._link_echo(relation)

    def _link_echo(self, relation: Relation) -> None:
        """Link the current annotation to the first place that has its words; again: to the next one."""
        item, places, whole = self.current, self._view.echoed, self._session.case.whole
        if item is None or not places:
            self._view.tell(
                "The case does not have these words. To link other words, select them in the case.", warn=True
            )
            return
        linked = item.annotation.passage
        here = None if linked is None else whole.shown(linked.source, linked.span)
        at = places.index(here) if here in places else -1
        if linked is None or at < 0 or linked.relation == relation:
            at = (at + 1) % len(places)
        if places[at] == here and linked is not None and linked.relation == relation:
            self._view.tell("The case has these words in no other place.")
            return
        quote = shortened(self._view.text_of("case").quoted(places[at]), QUOTE_LENGTH)
        number = f", place {at + 1} of {len(places)}" if len(places) > 1 else ""
        by = "contradicted" if relation == "contradicts" else "supported"
        self._link(places[at], relation, f"{item.annotation.label} {by} by “{quote}”{number}")

    def _link_selection(self, relation: Relation) -> None:
        """Link the annotation to the words selected in the case; if none are selected, remove the link."""
        span = self._view.text_of("case").selection
        item = self.linkable
        if item is None:
            self._view.tell("Choose an annotation in an answer first.", warn=True)
        elif span is not None:
            self._link(span, relation)
        elif item.annotation.passage is not None:
            self._view.act(lambda reason: self._session.unlink(item.annotation.id, reason=reason))
        else:
            self._view.tell("First select the words of the case that contradict or support the annotation.", warn=True)

    def _link(self, span: Span, relation: Relation, said: str = "") -> None:
        item = self.linkable
        located = self._session.case.whole.located(span)
        if item is None or located is None:
            self._view.tell("Only the words of the case and its documents can be linked.", warn=True)
            return
        source, inside = located

        def linked(_: None) -> None:
            self._view.text_of("case").select(None)
            if said:
                self._view.tell(said)

        self._view.act(
            lambda reason: self._session.link(item.annotation.id, inside, relation, source=source, reason=reason),
            linked,
        )

    def link_passage(self, link: PassageLink) -> None:
        """Link the annotation to words of a passage that an answer was given."""
        item = self.linkable
        if item is None:
            return
        self._view.act(
            lambda reason: self._session.link(
                item.annotation.id,
                link.span,
                link.relation,
                source=link.passage.source,
                text=link.passage.text,
                reason=reason,
            )
        )

    def rate(self, annotation_id: str, field: str, value: str | None) -> None:
        """Give an annotation a rating; None removes it."""
        self._view.act(lambda reason: self._session.change(annotation_id, {field: value}, reason=reason))

    def save_note(self, typed: tuple[str, str, str] | None) -> None:
        """Save a note: the annotation's id, the text, and the burst in which it was typed; None if there is none."""
        if typed is None:
            return
        annotation_id, note, burst = typed
        reading = self._session.reading
        reason = self.note_reason if reading is not None and reading.committed else None
        self._view.saving.save(lambda: self._session.change(annotation_id, {"note": note}, burst=burst, reason=reason))
