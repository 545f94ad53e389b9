"""The list of annotations, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doubleread.domain.annotation import Annotation
from doubleread.domain.blinding import Side
from doubleread.domain.display import display_line
from doubleread.tui.shared.line_list import LineList
from doubleread.tui.shared.text_margin import MarginNote

NOTHING = "no annotations yet: select words in an answer, then {}; or drag with the mouse"


@dataclass(frozen=True, slots=True)
class Listed:
    """An annotation, the side of its answer, and its words as they are shown."""

    side: Side
    annotation: Annotation
    words: str


def described(item: Listed) -> str:
    """Return an annotation in one line."""
    annotation = item.annotation
    category = f"{annotation.category} by {item.side}" if not annotation.in_answer else annotation.category
    words = [annotation.label.ljust(3), f"{category}, {annotation.severity}".ljust(20), f"“{item.words}”"]
    rated = [
        rating
        for rating in (annotation.basis, annotation.harm and f"harm {annotation.harm}", annotation.certainty)
        if rating
    ]
    if rated:
        words.append(f"· {', '.join(rated)}")
    if annotation.passage:
        words.append(f"· {annotation.passage.relation_words} {annotation.passage.source_words}")
    if annotation.note:
        words.append(f"· {annotation.note}")
    return display_line(" ".join(words))


def margin_note(item: Listed, offset: int, *, focused: bool) -> MarginNote:
    """Return what is noted beside the words of an annotation, which are at an offset of their text."""
    annotation = item.annotation
    category = f"{annotation.category} by {item.side}" if not annotation.in_answer else annotation.category
    words = [f"{category} · {annotation.severity}"]
    if annotation.passage:
        words.append(f"· {annotation.passage.relation_words} {annotation.passage.source_words}")
    if annotation.note:
        words.append(f"✎ {annotation.note}")
    return MarginNote(annotation.id, offset, annotation.label, " ".join(words), focused)


class AnnotationsList(LineList):
    """Annotations in the order in which they were marked. Enter or a click goes to the place in the text."""

    def show(self, items: Sequence[Listed], focused: str | None, key: str) -> None:
        """Show these annotations, with one of them chosen. `key` marks the selection."""
        self.show_lines([(item.annotation.id, described(item)) for item in items], focused, nothing=NOTHING.format(key))
