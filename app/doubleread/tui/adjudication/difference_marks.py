"""What is marked in the three texts while differences are resolved."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from doubleread.domain.adjudication import Decision, Difference
from doubleread.domain.annotation import Annotation
from doubleread.domain.blinding import Side
from doubleread.domain.case_text import CaseText
from doubleread.tui.shared.actions import Pane
from doubleread.tui.shared.text.marks import Mark

AGREED = "agreed "
PASSAGE = "passage "
OPEN, RESOLVED, SAME = "◦", "✓", "="


def reader_kind(number: int) -> str:
    """Return the style of what a reader marked: underlined for the first, italic for the second."""
    return f"reader-{number + 1}" if number < 2 else "neutral"


def difference_of(mark_id: str) -> str:
    """Return the id of the difference that a mark belongs to."""
    return mark_id.removeprefix(PASSAGE).rpartition(" ")[0]


def texts_marked(
    differences: Sequence[Difference],
    current: str | None,
    decided: Callable[[str], Decision | None],
    resolved: Sequence[Annotation],
    side_of: Callable[[str], Side],
    whole: CaseText,
) -> dict[Pane, list[Mark]]:
    """Return the marks of each text.

    The current difference has a mark for every reader who marked or linked words, with the reader's number; other open
    differences have them in a quieter style. What was resolved, and what the readers agree on, is marked once.
    """
    marks: dict[Pane, list[Mark]] = {"case": [], "A": [], "B": []}

    def put(annotation: Annotation, mark_id: str, kind: str, symbol: str) -> None:
        pane: Pane = side_of(annotation.answer_id) if annotation.in_answer else "case"
        span = whole.span_of(annotation)
        if span is not None:
            marks[pane].append(Mark(mark_id, span, kind, symbol))

    for difference in differences:
        here = difference.id == current
        if not here and decided(difference.id) is not None:
            continue
        for number, held in enumerate(difference.held):
            if here and held.evidence is not None and difference.answer_id is not None:
                mark = Mark(f"{difference.id} {number}", held.evidence.span, reader_kind(number), str(number + 1))
                marks[side_of(difference.answer_id)].append(mark)
            if held.annotation is None:
                continue
            kind, symbol = (reader_kind(number), str(number + 1)) if here else ("open", OPEN)
            put(held.annotation, f"{difference.id} {number}", kind, symbol)
            passage = held.annotation.passage
            linked = None if passage is None else whole.shown(passage.source, passage.span)
            if here and linked is not None:
                marks["case"].append(Mark(f"{PASSAGE}{difference.id} {number}", linked, "passage", symbol))
    ids = {difference.id for difference in differences}
    for annotation in resolved:
        if annotation.id not in ids:
            put(annotation, f"{AGREED}{annotation.id}", "resolved", SAME)
        elif annotation.id != current:
            put(annotation, f"{annotation.id} {RESOLVED}", "resolved", RESOLVED)
    return marks
