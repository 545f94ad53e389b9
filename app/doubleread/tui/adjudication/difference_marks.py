"""What is marked in the three texts, and noted beside them, while differences are resolved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from doubleread.domain.adjudication import Decision, Difference
from doubleread.domain.annotation import Annotation
from doubleread.domain.blinding import Side
from doubleread.domain.case_text import CaseText
from doubleread.domain.spans import Span
from doubleread.sessions.difference_words import rated_words
from doubleread.tui.shared.actions import Pane
from doubleread.tui.shared.text.marks import Mark
from doubleread.tui.shared.text_margin import MarginNote

AGREED = "agreed "
PASSAGE = "passage "
OPEN, RESOLVED, SAME = "◦", "✓", "="


def reader_kind(number: int) -> str:
    """Return the style of what a reader marked: underlined for the first, italic for the second."""
    return f"reader-{number + 1}" if number < 2 else "neutral"


def difference_of(mark_id: str) -> str:
    """Return the id of the difference that a mark belongs to."""
    return mark_id.removeprefix(PASSAGE).rpartition(" ")[0]


class _Drawn(NamedTuple):
    """An annotation as it is marked: in which text, where, how, and whose it is."""

    pane: Pane
    span: Span
    mark_id: str
    kind: str
    symbol: str
    whose: str
    annotation: Annotation
    current: bool


class Differences(NamedTuple):
    """The differences of a case, as far as they are drawn in its texts. `current` is the id of the current one.

    `resolved` are the annotations that count: what the readers agree on, and what was decided.
    """

    listed: Sequence[Difference]
    current: str | None
    decided: Callable[[str], Decision | None]
    resolved: Sequence[Annotation]
    side_of: Callable[[str], Side]
    whole: CaseText

    def marks(self) -> dict[Pane, list[Mark]]:
        """Return the marks of each text.

        The current difference has a mark for every reader who marked or linked words, with the reader's number; other
        open differences have them in a quieter style. What was resolved, and what the readers agree on, is marked once.
        """
        marks: dict[Pane, list[Mark]] = {"case": [], "A": [], "B": []}
        for drawn in self._drawn():
            marks[drawn.pane].append(Mark(drawn.mark_id, drawn.span, drawn.kind, drawn.symbol))
            passage = drawn.annotation.passage
            linked = None if passage is None or not drawn.current else self.whole.shown(passage.source, passage.span)
            if linked is not None:
                marks["case"].append(Mark(PASSAGE + drawn.mark_id, linked, "passage", drawn.symbol))
        for difference in self.listed:
            for number, held in enumerate(difference.held):
                if difference.id == self.current and held.evidence is not None and difference.answer_id is not None:
                    mark = Mark(f"{difference.id} {number}", held.evidence.span, reader_kind(number), str(number + 1))
                    marks[self.side_of(difference.answer_id)].append(mark)
        return marks

    def notes(self) -> dict[Pane, list[MarginNote]]:
        """Return what is noted beside each text: whose each mark is, and how it is rated."""
        notes: dict[Pane, list[MarginNote]] = {"case": [], "A": [], "B": []}
        for drawn in self._drawn():
            words = rated_words(drawn.annotation)
            notes[drawn.pane].append(MarginNote(drawn.mark_id, drawn.span.start, drawn.whose, words, drawn.current))
        return notes

    def _drawn(self) -> Iterator[_Drawn]:
        for difference in self.listed:
            here = difference.id == self.current
            if not here and self.decided(difference.id) is not None:
                continue
            for number, held in enumerate(difference.held):
                kind, symbol = (reader_kind(number), str(number + 1)) if here else ("open", OPEN)
                whose = f"reader {number + 1}" if here else f"{OPEN} reader {number + 1}"
                yield from self._placed(held.annotation, f"{difference.id} {number}", kind, symbol, whose, here)
        ids = {difference.id for difference in self.listed}
        for annotation in self.resolved:
            if annotation.id not in ids:
                yield from self._placed(annotation, f"{AGREED}{annotation.id}", "resolved", SAME, f"{SAME} agreed")
            elif annotation.id != self.current:
                words = f"{RESOLVED} resolved"
                yield from self._placed(annotation, f"{annotation.id} {RESOLVED}", "resolved", RESOLVED, words)

    def _placed(
        self, annotation: Annotation | None, mark_id: str, kind: str, symbol: str, whose: str, current: bool = False
    ) -> Iterator[_Drawn]:
        if annotation is None:
            return
        span = self.whole.span_of(annotation)
        if span is not None:
            pane: Pane = self.side_of(annotation.answer_id) if annotation.in_answer else "case"
            yield _Drawn(pane, span, mark_id, kind, symbol, whose, annotation, current)
