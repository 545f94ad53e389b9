"""The list of findings, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doubleread.domain.blinding import Side
from doubleread.domain.display import display_line
from doubleread.domain.finding import Finding
from doubleread.tui.widgets.line_list import LineList

NOTHING = "no findings yet: select words in an answer, then m; or drag with the mouse"


@dataclass(frozen=True, slots=True)
class Listed:
    """A finding, and the side of the answer that it is laid to."""

    side: Side
    finding: Finding


def described(item: Listed) -> str:
    """Say a finding in one line."""
    finding = item.finding
    category = f"{finding.category} by {item.side}" if finding.place == "case" else finding.category
    words = [finding.label.ljust(3), f"{category}, {finding.severity}".ljust(20), f"“{finding.quote}”"]
    rated = [rating for rating in (finding.basis, finding.harm and f"harm {finding.harm}", finding.certainty) if rating]
    if rated:
        words.append(f"· {', '.join(rated)}")
    if finding.passage:
        words.append("· case passage")
    if finding.note:
        words.append(f"· {finding.note}")
    return display_line(" ".join(words))


class FindingsList(LineList):
    """Findings in the order in which they were marked. Enter or a click goes to the place in the text."""

    def show(self, items: Sequence[Listed], focused: str | None) -> None:
        """Show these findings, with one of them chosen."""
        self.show_lines([(item.finding.id, described(item)) for item in items], focused, nothing=NOTHING)
