"""What is marked in the three texts: annotations, the words of the case linked to them, the evidence of the scores."""

from __future__ import annotations

from collections.abc import Iterable

from doubleread.domain.annotation import Annotation
from doubleread.domain.case_text import CaseText
from doubleread.domain.spans import Span
from doubleread.sessions.blind import Reveal
from doubleread.tui.reading.annotations_list import Listed
from doubleread.tui.shared.actions import Pane
from doubleread.tui.shared.text.marks import Mark

PASSAGE = "passage "
EVIDENCE = "evidence "


def place_of(item: Listed) -> Pane:
    """Return the text in which an annotation is marked."""
    return item.side if item.annotation.in_answer else "case"


def annotation_marks(
    listed: Iterable[Listed],
    focused_id: str | None,
    highest_severity: str,
    reveal: Reveal | None,
    whole: CaseText,
) -> dict[Pane, list[Mark]]:
    """Return the marks of each text. `highest_severity` is the severity that is drawn as major, `whole` the case."""
    marks: dict[Pane, list[Mark]] = {"case": [], "A": [], "B": []}
    for item in listed:
        annotation, focused = item.annotation, item.annotation.id == focused_id
        kind = _weight(annotation, highest_severity) if annotation.in_answer else "omission"
        place = whole.span_of(annotation)
        if place is not None:
            marks[place_of(item)].append(Mark(annotation.id, place, kind, annotation.label, focused))
        linked = annotation.passage
        passage = None if linked is None else whole.shown(linked.source, linked.span)
        if passage is not None:
            marks["case"].append(Mark(PASSAGE + annotation.id, passage, "passage", annotation.label))
    scores = reveal.scores if reveal is not None else {}
    for side, score in scores.items():
        if score is not None and score.start is not None and score.end is not None and score.end > score.start:
            marks[side].append(Mark(EVIDENCE + side, Span(score.start, score.end), "evidence", "≡"))
    return marks


def _weight(annotation: Annotation, highest_severity: str) -> str:
    return "major" if annotation.severity == highest_severity else "minor"
