"""The current difference in full: each reader's judgement, and what can be decided."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from doubleread.domain.adjudication import Decision, Difference
from doubleread.domain.annotation import Annotation
from doubleread.domain.blinding import Side
from doubleread.domain.display import display_line, display_text
from doubleread.sessions.difference_words import (
    decision_words,
    held_parts,
    holders,
    place_words,
    ratings_of,
    value_words,
)
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.screen_actions import MOST_READERS

KeyOf = Callable[[str], str]
"""From an action's id to its first key, as shown."""
_LOOKS = ("underline on $warning-muted", "italic on $primary-muted")
"""The names of the first readers are styled like their marks."""
_OTHER_LOOK = "underline on $primary-muted"


class DifferencePanel(Vertical):
    """Shows one difference. `Chips.Picked` comes from `#resolve` with "take 0", "join", "own" or "reject"."""

    DEFAULT_CSS = """
    DifferencePanel {
        & > .about { height: 1; padding: 0 1; color: $primary; text-style: bold; }
        & > .about { text-wrap: nowrap; text-overflow: ellipsis; }
        & > VerticalScroll { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
        & > VerticalScroll > Static { height: auto; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Static(classes="about", markup=False)
        with VerticalScroll():
            yield Static(classes="held", markup=False)
        yield Chips(id="resolve")

    @property
    def scrolled(self) -> VerticalScroll:
        """The readers' judgements, which can be scrolled."""
        return self.query_one(VerticalScroll)

    def show(
        self,
        difference: Difference,
        side: Side | None,
        place: str,
        decision: Decision | None,
        resolved: Annotation | None,
        key_of: KeyOf,
        question: str,
    ) -> None:
        """Show a difference. `place` says which it is of how many; `resolved` is the annotation that resolves it.

        `question` is that of an axis, or the text of a criterion, which can take several lines.
        """
        long = difference.subject == "criterion"
        about = f"{place} · {place_words(difference, side)}" + (f": {question}" if question and not long else "")
        self.query_one(".about", Static).update(Content(display_line(about)), layout=False)
        lines = [Content(display_text(question))] if long else []
        lines += [_held_line(difference, number) for number in range(len(difference.held))]
        if decision is not None:
            lines.append(_resolved_line(difference, decision, resolved))
        self.query_one(".held", Static).update(Content("\n").join(lines))
        self.query_one("#resolve", Chips).show(_choices(difference, decision, key_of))

    def show_none(self, words: str, held: str) -> None:
        """Say that there is nothing to resolve, and what the readers agree on."""
        self.query_one(".about", Static).update(Content(display_line(words)), layout=False)
        self.query_one(".held", Static).update(Content(display_text(held)))
        self.query_one("#resolve", Chips).show([])


def _held_line(difference: Difference, number: int) -> Content:
    look = _LOOKS[number] if number < len(_LOOKS) else _OTHER_LOOK
    parts = [Content.styled(f" reader {number + 1} ", look), Content("  ")]
    for index, (words, differs) in enumerate(held_parts(difference, difference.held[number])):
        parts.append(Content(" · " if index else ""))
        parts.append(Content.styled(display_line(words), "bold" if differs else ""))
    return Content("").join(parts)


def _resolved_line(difference: Difference, decision: Decision, resolved: Annotation | None) -> Content:
    words = decision_words(difference, decision)
    if resolved is not None and decision.how != "take":
        words += " · " + " · ".join(ratings_of(resolved).values())
    return Content.assemble(("✓ resolved  ", "bold $success"), display_line(words))


def _choices(difference: Difference, decision: Decision | None, key_of: KeyOf) -> list[Chip]:
    how = decision.how if decision is not None else ""
    chips = []
    for number, held in enumerate(difference.held):
        value = f": {value_words(difference, held.value)}" if held.value else ""
        nothing = ": nothing" if held.empty else ""
        chips.append(
            Chip(
                f"take {number}",
                f"reader {number + 1}'s{value}{nothing}",
                key=key_of(f"adjudication.take_{number + 1}") if number < MOST_READERS else "",
                chosen=how == "take" and decision is not None and decision.reader == number,
                enabled=difference.marked or not held.empty,
                tooltip=f"Take reader {number + 1}'s judgement",
            )
        )
    if difference.marked and len(holders(difference)) > 1:
        tooltip = "The span from the first to the last word that any reader marked"
        chips.append(Chip("join", "join spans", key_of("adjudication.join"), chosen=how == "join", tooltip=tooltip))
    chips.append(
        Chip(
            "own",
            "own",
            key_of("adjudication.own"),
            chosen=how == "own",
            tooltip="Resolve it with your own annotation or value",
        )
    )
    if difference.marked:
        tooltip = "Resolve it with no annotation"
        chips.append(
            Chip("reject", "reject all", key_of("adjudication.reject"), chosen=how == "reject", tooltip=tooltip)
        )
    return chips
