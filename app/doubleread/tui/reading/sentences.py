"""Judging sentence by sentence on the reading screen, beside the stretches that are marked freely."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from textual import on

from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.sentences import (
    FAULTY,
    SENTENCE_JUDGEMENTS,
)
from doubleread.domain.spans import Span, span_at
from doubleread.domain.wording import plural
from doubleread.tui.reading.marking import ReadingMarking
from doubleread.tui.reading.reading_pane import PANE_NAMES
from doubleread.tui.reading.sentence_bar import HERE, NOT_JUDGED, SYMBOLS, Counted, SentenceAtHand, SentenceBar
from doubleread.tui.shared.actions import Pane
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.screen_actions import BY_ID
from doubleread.tui.shared.text.marks import Mark
from doubleread.tui.shared.text.messages import CaretMoved

_KEYED = ("sentences", "sentence_annotation", *(f"sentence_{label.name}" for label in SENTENCE_JUDGEMENTS))


class _Faulty(NamedTuple):
    """A sentence that was just judged to be at fault; an annotation is offered until the cursor leaves its place."""

    side: Side
    span: Span
    caret: int


class ReadingSentences(ReadingMarking):
    """The mode in which one key says of a sentence what it is worth and goes on to the next.

    The mode stays on from case to case until it is left. In it up and down go by sentence; everything else is as ever.
    """

    _by_sentence = False
    _faulty: _Faulty | None = None
    _shown_at: tuple[Pane, Span | None] = ("case", None)

    @property
    def in_sentences(self) -> bool:
        """Whether keys judge the sentence at the cursor now."""
        return self._by_sentence and self.pane != "case" and self.has_sentences

    @property
    def has_sentences(self) -> bool:
        """Whether sentences can be judged in this case."""
        return self.ready and self.session.sentence_mode != "off"

    @property
    def sentence_at_hand(self) -> Span | None:
        """The sentence at the cursor of the text at hand."""
        return span_at(self.text.sentences, self.text.caret)

    @property
    def sentence_to_mark(self) -> Span | None:
        """The sentence of which an annotation is offered: one just found to be at fault, or the one at hand if
        it is.
        """
        if not self.in_sentences:
            return None
        if self._faulty is not None and self._faulty.side == self.pane:
            return self._faulty.span
        here = self.sentence_at_hand
        return here if here is not None and self._judgement_of(self.pane, here) in FAULTY else None

    def _judgement_of(self, pane: Pane, span: Span) -> str:
        reading = self.session.reading
        if reading is None or pane == "case":
            return ""
        held = self.judgement.sentences.get((reading.answer_ids[pane], span.start, span.end))
        return held.judgement if held is not None else ""

    def sentences_left(self, side: Side) -> tuple[Span, ...]:
        """Return the sentences of an answer that are not judged yet."""
        return self.session.sentences_left(side)

    def action_sentences(self) -> None:
        """Begin to judge sentence by sentence, at the cursor or at the first that is open; or end it. All is kept."""
        if self.pane == "case":
            return
        self._by_sentence = not self.in_sentences
        if self._by_sentence:
            here, left = self.sentence_at_hand, self.sentences_left(self.pane)
            if here is None or (left and here not in left):
                here = left[0] if left else None
            if here is not None:
                self.text.go_to_sentence(here)
        self._faulty = None
        self.arrange_parts()
        self.show()

    def action_back(self) -> None:
        """Leave the mode before anything else that is left by the same key."""
        if self.dock_view == "judge" and self.in_sentences and self.text.has_focus:
            self.action_sentences()
        else:
            super().action_back()

    def action_judge_sentence(self, judgement: str) -> None:
        """Say what the sentence at hand is worth, and go on to the next."""
        span = self.sentence_at_hand
        if self.pane == "case" or span is None:
            self.tell("There is no sentence to judge here.")
            return
        side = self.pane

        def go_on(_: object) -> None:
            self._go_on(side, span, faulty=judgement in FAULTY)

        if self._judgement_of(side, span) == judgement:
            go_on(None)
            self.show()
        else:
            self.act(lambda reason: self.session.judge_sentence(side, span, judgement, reason=reason), go_on)

    def _go_on(self, side: Side, judged: Span, *, faulty: bool) -> None:
        text, left = self.text_of(side), self.sentences_left(side)
        spans = text.sentences
        after = spans.index(judged) + 1
        if after < len(spans):
            text.go_to_sentence(spans[after])
        elif left:
            text.go_to_sentence(left[0])
        else:
            self._say_done(side, len(spans))
        self._faulty = _Faulty(side, judged, text.caret) if faulty else None

    def _say_done(self, side: Side, count: int) -> None:
        other: Side = "B" if side == "A" else "A"
        left = len(self.sentences_left(other))
        words = f"{PANE_NAMES[side]}: {plural(count, 'sentence')}, all judged."
        if left:
            words += f" {PANE_NAMES[other]} has {left} left: {self.key_of(f'pane_{other.lower()}')} leads there."
        self.tell(words)

    def action_sentence_annotation(self) -> None:
        """Make an annotation of the sentence that is at fault."""
        span = self.sentence_to_mark
        if span is not None and self.pane != "case":
            self._by_mouse = self.text.by_mouse
            self._ask_label(self.pane, span)

    @on(CaretMoved)
    def _moved_by_sentence(self, event: CaretMoved) -> None:
        if not self.in_sentences or event.widget is not self.text:
            return
        left = self._faulty is not None and event.offset != self._faulty.caret
        if left:
            self._faulty = None
        moved = (self.pane, self.sentence_at_hand) != self._shown_at
        if moved:
            self.show_marks()
        if moved or left:
            self._show_bar()

    async def pick(self, event: Chips.Picked) -> None:
        """Act on a click upon the sentence bar, or elsewhere."""
        if event.chips.id in ("sentence", "sentence-more"):
            event.stop()
            await self.run_declared(BY_ID[event.chip_id])
        else:
            await super().pick(event)

    def pane_changed(self) -> None:
        """Show what can be done in the other text."""
        self._faulty = None
        super().pane_changed()
        if self._by_sentence:
            self.arrange_parts()
            self.show_marks()
        self._show_bar()

    def show(self) -> None:
        """Show everything that a judgement can change, in this mode too."""
        for side in SIDES:
            self.text_of(side).by_sentence = self._by_sentence and self.has_sentences
        super().show()
        self._show_bar()

    def _show_bar(self) -> None:
        if not self.in_sentences or self.pane == "case":
            return
        spans, here = self.text.sentences, self.sentence_at_hand
        faulty = self.sentence_to_mark
        at_hand = SentenceAtHand(
            spans.index(here) + 1 if here is not None else 0,
            self._judgement_of(self.pane, here) if here is not None else "",
            faulty.of(self.text.text) if faulty is not None else "",
        )
        bar = self.query_one(SentenceBar)
        rows = bar.rows(self.size.width)
        bar.show(self.pane, at_hand, self.counted(), {name: self.key_of(name) for name in _KEYED})
        if rows != bar.rows(self.size.width):
            self.arrange_parts()

    def counted(self) -> list[Counted]:
        """Count the sentences of both answers."""
        found = []
        for side in SIDES:
            count = len(self.text_of(side).sentences)
            found.append(Counted(side, count - len(self.sentences_left(side)), count))
        return found

    def further_marks(self, pane: Pane) -> Iterator[Mark]:
        """Yield a mark for each sentence, in this mode: what was said of it, and where the cursor is."""
        if pane == "case" or not self._by_sentence or not self.has_sentences:
            return
        text = self.text_of(pane)
        here = self.sentence_at_hand if pane == self.pane else None
        if pane == self.pane:
            self._shown_at = (pane, here)
        for span in text.sentences:
            if span == here:
                yield Mark("sentence at hand", span, "at-hand", HERE)
            judgement = self._judgement_of(pane, span)
            yield Mark(f"sentence {span.start}", span, judgement or "unjudged", SYMBOLS.get(judgement, NOT_JUDGED))
