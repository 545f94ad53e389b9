"""The current criterion of a rubric with its judgements, and how many criteria of both answers are judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from doubleread.domain.blinding import Side
from doubleread.domain.criteria import CANNOT_TELL, CRITERION_JUDGEMENTS, MET, NOT_MET
from doubleread.domain.display import display_line, display_text
from doubleread.domain.wording import shortened
from doubleread.sessions.reading_summary import CountedCriteria
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.textual_adapter import LaidOutOnce

SYMBOLS: Mapping[str, str] = {MET: "✓", NOT_MET: "✗", CANNOT_TELL: "?"}
QUOTE_LENGTH = 14
_LEAST_ROWS = 6


def action_of(judgement: str) -> str:
    """Return the id of the action that judges a criterion."""
    return f"criterion_{judgement.replace(' ', '_')}"


@dataclass(frozen=True, slots=True)
class CurrentCriterion:
    """The criterion to judge: its number from 1, its text and its judgement. `evidence` are the linked words.

    `points` is shown below the text after the commit.
    """

    side: Side
    number: int
    text: str
    judgement: str = ""
    evidence: str = ""
    points: str = ""


class CriterionBar(LaidOutOnce, Vertical):
    """The criterion's text between two rows of chips, whose ids are those of their actions.

    The text takes the same rows for every criterion of a case, so that the answer above it does not move; what is
    longer is scrolled.
    """

    DEFAULT_CSS = """
    CriterionBar {
        display: none;
        height: auto;
        & > VerticalScroll { padding: 0 0 0 1; scrollbar-size-vertical: 1; }
        & > VerticalScroll > Static { height: auto; text-style: bold; }
    }
    """

    _text_width = 1
    _text_rows = 1
    _shown: tuple[Side, str] | None = None

    def compose(self) -> ComposeResult:
        yield Chips(id="criterion-place")
        with VerticalScroll(can_focus=False):
            yield Static(markup=False)
        yield Chips(id="criterion")

    @property
    def scrolled(self) -> VerticalScroll:
        """The text of the criterion."""
        return self.query_one(VerticalScroll)

    def arrange_text(self, texts: Sequence[str], width: int, height: int) -> None:
        """Give the text the rows that the longest of all texts needs, up to a quarter of the window's height.

        `width` is that of the bar without its padding; a column is left for the scroll bar.
        """
        self._text_width = width - 1
        needed = max(map(self._rows_of, texts), default=1)
        self._text_rows = min(needed, max(_LEAST_ROWS, height // 4))
        self.scrolled.styles.height = self._text_rows

    def _rows_of(self, text: str) -> int:
        return Content(display_text(text)).get_height({}, max(self._text_width, 1))

    def rows(self, width: int) -> int:
        """Return the number of rows that it takes in a given width."""
        return self._text_rows + sum(chips.rows_in(width) for chips in self.query(Chips).results(Chips))

    def show(self, here: CurrentCriterion, counts: Sequence[CountedCriteria], keys: Mapping[str, str]) -> None:
        """Show a criterion. `keys` are the keys of the actions by their ids."""
        total = next(count.criteria for count in counts if count.side == here.side)
        text = "\n".join(filter(None, (here.text, here.points)))
        if (here.side, here.text) != self._shown:
            self._shown = here.side, here.text
            self.scrolled.scroll_home(animate=False)
        self.query_one(Static).update(Content(display_text(text)))
        more: list[Chip] = []
        if self._rows_of(text) > self._text_rows:
            more.append(Chip("criterion_text", "more", key=keys["criterion_text"], tooltip="Scroll the criterion"))
        judged = ", ".join(f"{count.side} {count.judged}" for count in counts)
        place = [
            Chip("number", f"{here.side}: criterion {here.number} of {total}", heading=True),
            Chip("counts", f" judged: {judged} ", heading=True),
        ]
        place += [
            Chip("previous_criterion", "back", key=keys["previous_criterion"]),
            Chip("next_criterion", "next", key=keys["next_criterion"]),
            *more,
            Chip("criteria", "done", key=keys["criteria"], tooltip="Go on to the verdicts; all judgements are kept"),
        ]
        self.query_one("#criterion-place", Chips).show(place)
        judgements = [
            Chip(
                action_of(label.name),
                label.name,
                symbol=SYMBOLS[label.name],
                key=keys[action_of(label.name)],
                chosen=here.judgement == label.name,
                tooltip=label.definition,
            )
            for label in CRITERION_JUDGEMENTS
        ]
        if here.judgement and not here.points:
            judgements.append(Chip("criterion_clear", "clear", key=keys["criterion_clear"]))
        linked = f"evidence “{shortened(display_line(here.evidence), QUOTE_LENGTH)}”" if here.evidence else ""
        judgements.append(
            Chip(
                "criterion_evidence",
                linked or "link evidence",
                key=keys["criterion_evidence"],
                tooltip="Link the selected words of the answer; without a selection, remove the link",
            )
        )
        self.query_one("#criterion", Chips).show(judgements)

    def turn_page(self) -> None:
        """Scroll the criterion by a page; from its end, back to its beginning."""
        text = self.scrolled
        if text.scroll_offset.y >= text.max_scroll_y:
            text.scroll_home(animate=False)
        else:
            text.scroll_page_down(animate=False)
