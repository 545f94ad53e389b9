"""Everything about one annotation that can be stated beside its category and severity: basis, harm, certainty, note."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from doubleread.domain.annotation import Annotation
from doubleread.domain.display import display_line
from doubleread.domain.labels import CREOLA, LabelSet
from doubleread.domain.wording import shortened
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.textual_adapter import LaidOutOnce, Words

ROWS: tuple[tuple[str, ...], ...] = (("category",), ("severity", "harm"), ("basis",), ("certainty",))
FIRST_DIGIT = {"basis": 1, "harm": 4, "certainty": 7}


def keys_of(field: str, labels: LabelSet) -> dict[str, str]:
    """Return the key of each label of a field, where the digits of the three further ratings do not collide."""
    found = labels.ratings(field)
    if field in FIRST_DIGIT:
        return {label.name: str(FIRST_DIGIT[field] + index) for index, label in enumerate(found)}
    return {label.name: label.key for label in found}


class NoteInput(Input):
    """The note's line. Pasted control characters become visible ones, before the line itself takes them in."""

    def _on_paste(self, event: events.Paste) -> None:
        event.text = display_line(" ".join(event.text.splitlines()))


class AnnotationPanel(LaidOutOnce, Vertical, can_focus=True):
    """Shows one annotation below the texts. What is typed into the note is to be saved at most `SAVE_SECONDS` later."""

    SAVE_SECONDS = 0.6

    DEFAULT_CSS = """
    AnnotationPanel {
        height: auto;
        & > .about { height: 1; padding: 0 1; color: $primary; text-style: bold; }
        & > .about { text-wrap: nowrap; text-overflow: ellipsis; }
        & > .note { height: 1; }
        & > .note > Chips { width: 8; }
        & > .note > NoteInput { width: 1fr; background: $panel; }
    }
    """

    @dataclass
    class Rated(Message):
        """The reader chose a rating; None removes it."""

        annotation_id: str
        field: str
        value: str | None

    class NoteGrew(Message):
        """The reader typed something that must be saved: see `take_note`."""

    class NoteWanted(Message):
        """The reader wants to change the note of a committed reading."""

    class Closed(Message):
        """The reader is done with the annotation."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._labels = CREOLA
        self._annotation: Annotation | None = None
        self._burst = ""
        self._unsaved: str | None = None
        self._locked = False
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Words(classes="about", markup=False)
        for row in ROWS:
            yield Chips(id=f"rate-{row[0]}", classes="rating")
        with Horizontal(classes="note"):
            yield Chips([Chip("note", "note", key="t")])
            yield NoteInput(compact=True, placeholder="type a note; it is saved as you type", select_on_focus=False)

    @property
    def annotation_id(self) -> str | None:
        return self._annotation.id if self._annotation else None

    def rows(self, width: int) -> int:
        """Return the number of rows that the annotation takes in a given width."""
        return 2 + sum(chips.rows_in(width) for chips in self.query(".rating").results(Chips))

    def show(self, annotation: Annotation, words: str, labels: LabelSet, *, locked: bool) -> None:
        """Show an annotation and its words; called again after each change. A locked note is opened by `note` alone."""
        self._labels = labels
        line = self.query_one(NoteInput)
        self._locked = locked
        if locked and not line.has_focus:
            line.disabled = True
        elif not locked:
            line.disabled = False
        if self._unsaved is None and not line.has_focus:
            with self.prevent(Input.Changed):
                line.value = display_line(annotation.note)
        self._annotation = annotation
        about = f"{annotation.label} “{words}”"
        if annotation.passage:
            about = f"{annotation.label} “{shortened(words, 32)}” {annotation.passage.words}"
        self.query_one(".about", Static).update(Content(display_line(about)), layout=False)
        for row in ROWS:
            chips: list[Chip] = []
            for field in (field for field in row if self._labels.ratings(field)):
                chips.append(Chip(field, field, heading=True))
                chips += self._choices(field, annotation)
            self.query_one(f"#rate-{row[0]}", Chips).show(chips)

    def _choices(self, field: str, annotation: Annotation) -> list[Chip]:
        keys = keys_of(field, self._labels)
        omission = annotation.category == self._labels.omission.name
        return [
            Chip(
                f"{field}={label.name}",
                label.name,
                key=keys[label.name],
                chosen=getattr(annotation, field) == label.name,
                tooltip=label.definition,
            )
            for label in self._labels.ratings(field)
            if field != "category" or (label == self._labels.omission) == omission
        ]

    def note(self) -> None:
        line = self.query_one(NoteInput)
        line.disabled = False
        line.focus()

    def take_note(self) -> tuple[str, str, str] | None:
        """Return what was typed and not yet saved, once: the annotation's id, the note, and the burst it belongs to."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._unsaved is None or self._annotation is None:
            return None
        note, self._unsaved = self._unsaved, None
        return self._annotation.id, note, self._burst

    def _hand_on(self) -> None:
        self._timer = None
        self.post_message(self.NoteGrew())

    def _want_note(self) -> None:
        if self._locked:
            self.post_message(self.NoteWanted())
        else:
            self.note()

    def _rate(self, field: str, value: str) -> None:
        if self._annotation is None:
            return
        taken_away = getattr(self._annotation, field) == value and field in FIRST_DIGIT
        self.post_message(self.Rated(self._annotation.id, field, None if taken_away else value))

    def on_key(self, event: events.Key) -> None:
        """Rate by key. In the note's line, escape and enter lead back here."""
        if self.query_one(NoteInput).has_focus:
            if event.key in ("escape", "enter"):
                event.stop()
                self._hand_on()
                self.focus()
            return
        if event.key == "escape":
            event.stop()
            self.post_message(self.Closed())
        elif event.character == "t":
            event.stop()
            event.prevent_default()
            self._want_note()
        elif self._annotation is not None and event.character:
            for field in (field for row in ROWS for field in row):
                chosen = [chip for chip in self._choices(field, self._annotation) if chip.key == event.character]
                if chosen:
                    event.stop()
                    self._rate(field, chosen[0].label)
                    return

    def on_chips_picked(self, event: Chips.Picked) -> None:
        event.stop()
        if event.chip_id == "note":
            self._want_note()
            return
        field, _, value = event.chip_id.partition("=")
        self._rate(field, value)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A visit to the note's line begins: what is typed in it counts as one action."""
        if isinstance(event.widget, NoteInput):
            self._burst = f"note {uuid.uuid4()}"

    def on_descendant_blur(self) -> None:
        """Save what was typed as soon as the reader leaves the line."""
        self._hand_on()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._unsaved = event.value
        if self._timer is None:
            self._timer = self.set_timer(self.SAVE_SECONDS, self._hand_on)
