"""The help of a screen: what it is for, its keys with what they do, its labels; and the study's guideline."""

from __future__ import annotations

import textwrap
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from doubleread.domain.criteria import CRITERION_JUDGEMENTS
from doubleread.domain.display import display_line, display_text
from doubleread.domain.labels import VERDICTS, Label, LabelSet
from doubleread.domain.sentences import SENTENCE_JUDGEMENTS
from doubleread.domain.wording import continued
from doubleread.tui.shared.actions import GROUPS, Action, printed, shown_keys
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.screen_actions import BY_ID
from doubleread.tui.shared.search_page import SearchPage
from doubleread.tui.shared.text.keys import CARET_BINDINGS, SELECTION_BINDINGS

NOW = "Works now"
NOT_FOUND = 4
KEYS_WIDTH = 20
"""Cells for the keys before the words of a line."""

Run = Callable[[], Awaitable[Any] | None]


@dataclass(frozen=True, slots=True)
class HelpLine:
    """One line of the help: keys and what they do, or a paragraph.

    `also` are further words by which it is found. `run` does it, if it works now.
    """

    section: str
    keys: tuple[str, ...]
    words: str
    also: str = ""
    run: Run | None = None


def action_lines(
    actions: Sequence[Action], working: Sequence[Action], remapped: Mapping[str, str], run: Callable[[Action], Run]
) -> Iterator[HelpLine]:
    """Yield the actions of a screen: those that work now first, that of this help last, the others by their groups."""

    def line(action: Action, section: str, run: Run | None = None) -> HelpLine:
        return HelpLine(section, shown_keys(action, remapped), f"{action.tooltip}.", action.label, run)

    for action in sorted(working, key=lambda action: action.call == "help"):
        yield line(action, NOW, run(action))
    for group in GROUPS:
        for action in actions:
            if action.group == group and action not in working:
                yield line(action, f"Not now: {continued(group)}")


def chip_lines(shown: Iterable[Chips]) -> Iterator[HelpLine]:
    """Yield the choices that have a key."""
    for chips in shown:
        for chip in chips.chips:
            if chip.key and chip.enabled and not chip.heading:
                words = display_line(chip.detail or chip.tooltip)
                label = f"{chip.label[:1].upper()}{chip.label[1:]}"
                about = f"{display_line(label)}: {words}" if words else display_line(label)
                yield HelpLine(NOW, (chip.key,), f"{about.rstrip('.')}.", run=partial(_pick, chips, chip.id))


def _pick(chips: Chips, chip_id: str) -> None:
    chips.post_message(Chips.Picked(chips, chip_id))


def text_lines(remapped: Mapping[str, str], run: Callable[[str], Run | None]) -> Iterator[HelpLine]:
    """Yield what keys do in a text. `run` gets the name of an action of the text."""
    for binding in (*CARET_BINDINGS, *SELECTION_BINDINGS):
        if binding.id in BY_ID or "extend-" in (binding.id or ""):
            continue
        keys = remapped.get(binding.id or "", binding.key).split(",")
        shown = tuple(map(printed, keys))
        yield HelpLine("In a text", shown, binding.tooltip, binding.description, run(binding.action))
    yield HelpLine("In a text", ("shift + these",), "Extend the selection.")


def label_lines(labels: LabelSet) -> Iterator[HelpLine]:
    """Yield the labels of a study with their keys and definitions."""
    for title, group in _label_groups(labels):
        for label in group:
            yield HelpLine(f"Labels: {title}", (label.key,), f"{label.name}: {label.definition}")


def word_lines(words: str) -> Iterator[HelpLine]:
    """Yield the paragraphs of a guide."""
    for paragraph in words.split("\n\n"):
        if paragraph:
            yield HelpLine("How to", (), paragraph)


def found_lines(lines: Sequence[HelpLine], wanted: str) -> list[HelpLine]:
    """Return the lines for what somebody typed: a key, or words in any order of which the beginnings are enough.

    A key comes first, then lines with these words, with words that begin so, and last those that contain them.
    """
    typed = wanted.strip() if wanted.strip() == "/" else wanted.strip().removeprefix("/")
    if not typed:
        return list(lines)
    words = typed.casefold().split()

    def rank(line: HelpLine) -> int:
        if typed in line.keys:
            return 0
        text = f"{line.words} {line.also} {' '.join(line.keys)}".casefold()
        parts = [part.strip("().,:;“”") for part in text.split()]
        if all(word in parts for word in words):
            return 1
        if all(any(part.startswith(word) for part in parts) for word in words):
            return 2
        text = f"{text} {line.section}".casefold()
        return 3 if len(typed) > 1 and all(word in text for word in words) else NOT_FOUND

    ranked = [(rank(line), line) for line in lines]
    return [line for place, line in sorted(ranked, key=lambda found: found[0]) if place < NOT_FOUND]


def _label_groups(labels: LabelSet) -> tuple[tuple[str, tuple[Label, ...]], ...]:
    return (
        ("category", (*labels.categories, labels.omission)),
        ("severity", labels.severities),
        ("basis", labels.bases),
        ("harm", labels.harms),
        ("certainty", labels.certainties),
        ("verdict on an answer", VERDICTS),
        ("sentence", SENTENCE_JUDGEMENTS),
        ("criterion", CRITERION_JUDGEMENTS),
    )


class HelpPage(SearchPage[HelpLine | None, HelpLine]):
    """The help of a screen, with a line to search it. It is dismissed with the line that somebody chose to do."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+k", "change_keys", show=False, priority=True)]

    def __init__(self, title: str, about: str, lines: Iterable[HelpLine]) -> None:
        chips = [
            Chip("take", "do it", key="enter"),
            Chip("close", "close", key="esc"),
            Chip("change_keys", "change keys", key="ctrl+k"),
        ]
        super().__init__(f"Help · {title}", about, chips)
        self.lines = tuple(lines)

    def found(self, typed: str) -> Iterator[tuple[str, HelpLine]]:
        """Yield the lines for what is typed."""
        for line in found_lines(self.lines, typed):
            yield line.section, line

    def drawn(self, line: HelpLine, width: int) -> Content:
        """Return a line as it is drawn, wrapped beside its keys."""
        return beside_keys(line.keys, line.words, width) if line.keys or line.run else wrapped(line.words, width)

    def take(self, line: HelpLine) -> None:
        """Close the help with a line that can be done now."""
        if line.run is not None:
            self.dismiss(line)
        elif line.keys:
            self.notify("This is not available now.", markup=False, timeout=2)

    async def action_change_keys(self) -> None:
        """Go to the keys page."""
        self.dismiss(None)
        await self.run_action("app.keys")


def wrapped(words: str, width: int) -> Content:
    """Return words wrapped at a width."""
    return Content("\n".join(textwrap.wrap(display_line(words), width) or [""]))


def beside_keys(keys: Sequence[str], words: str, width: int) -> Content:
    """Return keys, and words wrapped beside them; below them if they are many."""
    rows = textwrap.wrap(display_line(words), width - KEYS_WIDTH) or [""]
    beside = f"\n{' ' * KEYS_WIDTH}".join(rows)
    shown = display_line("  ".join(keys))
    gap = f"\n{' ' * KEYS_WIDTH}" if len(shown) > KEYS_WIDTH - 2 else " " * (KEYS_WIDTH - len(shown))
    return Content.assemble((shown, "bold"), gap, beside)


class GuidelinePage(ModalScreen[None]):
    """The study's guideline, in Markdown, over the whole window. Its links lead nowhere."""

    DEFAULT_CSS = """
    GuidelinePage {
        align: center middle;
        & > VerticalScroll {
            width: 100%;
            max-width: 112;
            height: 1fr;
            border: round $primary;
            border-title-color: $primary;
            border-title-style: bold;
            padding: 0 2;
            background: $surface;
        }
        & > Chips { height: 1; padding: 0 2; max-width: 112; width: 100%; background: $surface; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,question_mark,f1", "close", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
    ]

    def __init__(self, guideline: str) -> None:
        super().__init__()
        self._guideline = guideline

    def compose(self) -> ComposeResult:
        from textual.widgets import Markdown  # takes a tenth of a second, and few open this page

        with VerticalScroll() as page:
            page.border_title = Content(" Guideline ")
            yield Markdown(display_text(self._guideline), open_links=False)
        yield Chips([Chip("close", "close", key="esc")])

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, direction: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=direction, animate=False)

    def action_close(self) -> None:
        self.dismiss(None)

    def on_chips_picked(self) -> None:
        self.dismiss(None)
