"""What is marked in the three texts while differences are settled."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from doubleread.domain.arbitration import Decision, Difference
from doubleread.domain.blinding import Side
from doubleread.domain.finding import Finding
from doubleread.domain.spans import Span
from doubleread.tui.actions import Pane
from doubleread.tui.text.marks import Mark

AGREED = "agreed "
PASSAGE = "passage "
OPEN, SETTLED, SAME = "◦", "✓", "="


def reader_kind(number: int) -> str:
    """Return the look of what a reader marked: the first is underlined, the second italic, each on its own ground."""
    return f"reader-{number + 1}" if number < 2 else "neutral"


def difference_of(mark_id: str) -> str:
    """Return the id of the difference that a mark belongs to."""
    return mark_id.removeprefix(PASSAGE).rpartition(" ")[0]


def texts_marked(
    differences: Sequence[Difference],
    at_hand: str | None,
    decided: Callable[[str], Decision | None],
    standing: Sequence[Finding],
    side_of: Callable[[str], Side],
) -> dict[Pane, list[Mark]]:
    """Return the marks of each text.

    Of the difference at hand there is what every reader marked, under the reader's number; of others that are open
    the same, but calmer. What was settled and what the readers agree on is there once.
    """
    marks: dict[Pane, list[Mark]] = {"case": [], "A": [], "B": []}

    def put(finding: Finding, mark_id: str, kind: str, symbol: str) -> None:
        pane: Pane = "case" if finding.place == "case" else side_of(finding.answer_id)
        marks[pane].append(Mark(mark_id, finding.span, kind, symbol))

    for difference in differences:
        here = difference.id == at_hand
        if not here and decided(difference.id) is not None:
            continue
        for number, held in enumerate(difference.held):
            if held.finding is None:
                continue
            kind, symbol = (reader_kind(number), str(number + 1)) if here else ("open", OPEN)
            put(held.finding, f"{difference.id} {number}", kind, symbol)
            if here and held.finding.passage is not None:
                span = Span(held.finding.passage.start, held.finding.passage.end)
                marks["case"].append(Mark(f"{PASSAGE}{difference.id} {number}", span, "passage", symbol))
    ids = {difference.id for difference in differences}
    for finding in standing:
        if finding.id not in ids:
            put(finding, f"{AGREED}{finding.id}", "settled", SAME)
        elif finding.id != at_hand:
            put(finding, f"{finding.id} {SETTLED}", "settled", SETTLED)
    return marks
