"""Judging sentence by sentence, beside the annotations that are marked freely."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from doubleread.domain.blinding import Side
from doubleread.domain.reading import Reading
from doubleread.domain.sentences import FAULTY
from doubleread.domain.spans import Span, span_at
from doubleread.domain.wording import plural
from doubleread.markup.shown import without_markup
from doubleread.sessions.reading import ReadingSession
from doubleread.sessions.reading_summary import CountedSentences, counted_sentences
from doubleread.tui.reading.marking import Marking
from doubleread.tui.reading.sentence_bar import HERE, NOT_JUDGED, SYMBOLS, CurrentSentence
from doubleread.tui.reading.view import ReadingView
from doubleread.tui.shared.actions import Pane
from doubleread.tui.shared.reading_pane import PANE_NAMES
from doubleread.tui.shared.text.marks import Mark


class _Faulty(NamedTuple):
    """A sentence that was just judged to be faulty. An annotation is offered until the caret moves on."""

    side: Side
    span: Span
    caret: int


class Sentences:
    """The mode in which one key judges a sentence and goes on to the next.

    The mode stays on from case to case until it is left. In it, up and down go by sentence; everything else is
    unchanged.
    """

    def __init__(self, session: ReadingSession, view: ReadingView, marking: Marking) -> None:
        self._session = session
        self._view = view
        self._marking = marking
        self._on = False
        self._faulty: _Faulty | None = None
        self._shown_at: tuple[Pane, Span | None] = ("case", None)

    @property
    def available(self) -> bool:
        """Whether sentences can be judged in this case now; while keys judge criteria, they cannot."""
        return self._view.ready and self._session.sentence_mode != "off" and not self._view.in_criteria

    @property
    def shown(self) -> bool:
        """Whether the mode is on in the answers of this case."""
        return self._on and self.available

    @property
    def active(self) -> bool:
        """Whether keys judge the sentence at the caret now."""
        return self.side is not None and self.shown

    @property
    def side(self) -> Side | None:
        """The side of the current answer; None in the case."""
        return None if self._view.pane == "case" else self._view.pane

    @property
    def current(self) -> Span | None:
        """The sentence at the caret of the current text."""
        text = self._view.text_of(self._view.pane)
        return span_at(text.sentences, text.caret)

    @property
    def to_mark(self) -> Span | None:
        """The sentence for which an annotation is offered: the one just judged faulty, or a faulty one at the caret."""
        if not self.active or self.side is None:
            return None
        if self._faulty is not None and self._faulty.side == self.side:
            return self._faulty.span
        here = self.current
        return here if here is not None and self._judgement_of(self.side, here) in FAULTY else None

    def _judgement_of(self, side: Side, span: Span) -> str:
        return _judgement_of(self._session.reading, side, span)

    def toggle(self) -> None:
        """Start judging at the caret or at the first sentence left; or stop. Every judgement is kept."""
        side = self.side
        if side is None:
            return
        self._on = not self.active
        if self._on:
            here, left = self.current, self._session.sentences_left(side)
            if here is None or (left and here not in left):
                here = left[0] if left else None
            if here is not None:
                self._view.text_of(side).go_to_sentence(here)
        self._faulty = None
        self._view.arrange_parts()
        self._view.show()

    def judge(self, judgement: str) -> None:
        """Judge the sentence at the caret, and go on to the next."""
        span, side = self.current, self.side
        if side is None or span is None:
            self._view.tell("There is no sentence to judge here.")
        elif self._judgement_of(side, span) == judgement:
            self._go_on(side, span, judgement)
            self._view.show()
        else:
            self._view.act(
                lambda reason: self._session.judge_sentence(side, span, judgement, reason=reason),
                lambda _: self._go_on(side, span, judgement),
            )

    def _go_on(self, side: Side, judged: Span, judgement: str) -> None:
        text, left = self._view.text_of(side), self._session.sentences_left(side)
        spans = text.sentences
        after = spans.index(judged) + 1
        if after < len(spans):
            text.go_to_sentence(spans[after])
        elif left:
            text.go_to_sentence(left[0])
        else:
            self._tell_done(side, len(spans))
        self._faulty = _Faulty(side, judged, text.caret) if judgement in FAULTY else None

    def _tell_done(self, side: Side, count: int) -> None:
        other: Side = "B" if side == "A" else "A"
        left = len(self._session.sentences_left(other))
        words = f"{PANE_NAMES[side]}: {plural(count, 'sentence')}, all judged."
        if left:
            key = self._view.key_of(f"pane_{other.lower()}")
            words += f" {PANE_NAMES[other]} has {left} left: {key} leads there."
        self._view.tell(words)

    def annotate(self) -> None:
        span = self.to_mark
        if span is not None and self.side is not None:
            text = self._view.text_of(self.side).text
            self._marking.ask_label(self.side, without_markup(text, span, "answer"))

    def move_caret(self, offset: int) -> None:
        """Show the sentence that the caret of the current text came to."""
        if not self.active:
            return
        left = self._faulty is not None and offset != self._faulty.caret
        if left:
            self._faulty = None
        moved = (self._view.pane, self.current) != self._shown_at
        if moved:
            self._view.show_marks()
        if moved or left:
            self._view.show_sentences()

    def leave_pane(self) -> None:
        """Stop offering an annotation, because the reader went to another text."""
        self._faulty = None

    def enter_pane(self) -> None:
        """Show the mode in the text that the reader went to."""
        if self._on:
            self._view.arrange_parts()
            self._view.show_marks()
        self._view.show_sentences()

    def at_caret(self) -> CurrentSentence:
        """Return what the sentence bar shows of the current sentence."""
        text, here, faulty = self._view.text_of(self._view.pane), self.current, self.to_mark
        return CurrentSentence(
            text.sentences.index(here) + 1 if here is not None else 0,
            self._judgement_of(self.side, here) if here is not None and self.side is not None else "",
            text.quoted(faulty) if faulty is not None else "",
        )

    def counted(self) -> list[CountedSentences]:
        """Count the sentences of both answers."""
        return counted_sentences(self._session)

    def marks(self, pane: Pane) -> Iterator[Mark]:
        """Yield a mark for each sentence while the mode is on: how it was judged, and where the caret is."""
        if pane == "case" or not self.shown:
            return
        here = self.current if pane == self._view.pane else None
        if pane == self._view.pane:
            self._shown_at = (pane, here)
        reading = self._session.reading
        for span in self._view.text_of(pane).sentences:
            if span == here:
                yield Mark("current sentence", span, "current", HERE)
            judgement = _judgement_of(reading, pane, span)
            yield Mark(f"sentence {span.start}", span, judgement or "unjudged", SYMBOLS.get(judgement, NOT_JUDGED))


def _judgement_of(reading: Reading | None, side: Side, span: Span) -> str:
    if reading is None:
        return ""
    held = reading.judgement.sentences.get((reading.answer_ids[side], span.start, span.end))
    return held.judgement if held is not None else ""
