"""A summary of the judgement of a case, shown before the commit."""

from __future__ import annotations

from collections.abc import Callable

from doubleread.domain.blinding import SIDES, Side
from doubleread.domain.labels import LabelSet
from doubleread.domain.reading import Judgement
from doubleread.domain.wording import plural


def summary(held: Judgement, side_of: Callable[[str], Side], labels: LabelSet) -> list[str]:
    """Return a line for each answer, and one for the preference."""
    lines: list[str] = []
    for side in SIDES:
        found = [annotation for annotation in held.annotations if side_of(annotation.answer_id) == side]
        highest = sum(annotation.severity == labels.highest_severity for annotation in found)
        count = plural(len(found), "annotation") + (f", {highest} {labels.highest_severity}" if highest else "")
        lines.append(f"Answer {side}:  {held.verdicts.get(side, 'no verdict')};  {count}")
    lines.append(f"Preferred:  {held.preference or 'none stated'}")
    return lines
