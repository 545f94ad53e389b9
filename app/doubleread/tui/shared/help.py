"""The help of a screen: what it is for, its keys with what they do, its labels; and the study's guideline."""

from __future__ import annotations

import textwrap
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from doubleread.domain.criteria import CRITERION_JUDGEMENTS
from doubleread.domain.display import display_line, display_text
from doubleread.domain.labels import VERDICTS, Label, LabelSet
from doubleread.domain.sentences import SENTENCE_JUDGEMENTS
from doubleread.tui.shared.actions import GROUPS, Action, shown_keys
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.screen_actions import BY_ID
from doubleread.tui.shared.text.keys import CARET_BINDINGS, SELECTION_BINDINGS

NOW = "Works now"
NOT_FOUND = 4
KEYS_WIDTH = 18
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


def key_name(key: str) -> str:
    """Return a key as it is printed on a keyboard."""
    names = {
        "right_parenthesis": ")",
        "left_parenthesis": "(",
        "right_curly_bracket": "}",
        "left_curly_bracket": "{",
        "escape": "esc",
        "pagedown": "page down",
        "pageup": "page up",
    }
    return names.get(key, key)


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
                yield line(action, f"Not now: {group[:1].lower()}{group[1:]}")


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
        shown = tuple(key_name(key) for key in keys)
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


class SearchLine(Input):
    """The line to search a page. While it is empty, the key that opened the help closes it."""

    def on_key(self, event: events.Key) -> None:
        if event.key == "question_mark" and not self.value:
            event.stop()
            event.prevent_default()
            self.screen.dismiss(None)


class HelpPage(ModalScreen[HelpLine | None]):
    """The help of a screen, with a line to search it. It is dismissed with the line that somebody chose to do."""

    DEFAULT_CSS = """
    HelpPage {
        align: center middle;
        background: $background 60%;
        & > .box {
            width: 100%;
            max-width: 112;
            height: 100%;
            border: round $primary;
            border-title-color: $primary;
            border-title-style: bold;
            padding: 0 1;
            background: $surface;
        }
        & .about { height: auto; color: $foreground; }
        & Input { height: 1; border: none; padding: 0; background: $panel; }
        & Input:focus { border: none; }
        & OptionList { height: 1fr; border: none; background: $surface; padding: 0; scrollbar-size-vertical: 1; }
        & OptionList:focus { border: none; background-tint: transparent; }
        & OptionList > .option-list--option { padding: 0; }
        & OptionList > .option-list--option-disabled { color: $primary; text-style: bold; }
        & OptionList > .option-list--option-highlighted {
            background: $primary; color: $background; text-style: none;
        }
        & Chips { height: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1", "close", show=False),
        Binding("ctrl+k", "app.keys", show=False),
    ]

    def __init__(self, title: str, about: str, lines: Iterable[HelpLine]) -> None:
        super().__init__()
        self._title = title
        self._about = about
        self.lines = tuple(lines)
        self.found: list[HelpLine] = []
        self._shown: list[HelpLine | None] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(f" Help · {display_line(self._title)} ")
            yield Static(Content(display_text(self._about)), classes="about", markup=False)
            yield SearchLine(placeholder="type a key or words to search", select_on_focus=False)
            yield OptionList(markup=False)
            yield Chips(
                [
                    Chip("do", "do it", key="enter"),
                    Chip("close", "close", key="esc"),
                    Chip("keys", "change keys", key="ctrl+k"),
                ],
                gap=2,
            )

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_resize(self) -> None:
        self._show()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._show()

    def _show(self) -> None:
        """List what fits to what is typed; sections have headings while nothing is typed."""
        typed = self.query_one(Input).value
        self.found = found_lines(self.lines, typed)
        width = max(self.query_one(OptionList).size.width - 2, KEYS_WIDTH + 20)
        self._shown, options, section = [], [], ""
        for line in self.found:
            if not typed.strip() and line.section != section:
                section = line.section
                self._shown.append(None)
                options.append(Option(Content(f"{display_line(section)}"), disabled=True))
            self._shown.append(line)
            options.append(Option(_drawn(line, width)))
        if not options:
            self._shown.append(None)
            options.append(Option(Content("Nothing here fits; press backspace."), disabled=True))
        listed = self.query_one(OptionList)
        listed.clear_options()
        listed.add_options(options)
        listed.highlighted = next((place for place, line in enumerate(self._shown) if line is not None), None)
        listed.scroll_home(animate=False)

    def on_key(self, event: events.Key) -> None:
        """Let the arrows move in the list while somebody types."""
        listed = self.query_one(OptionList)
        moves = {"down": listed.action_cursor_down, "up": listed.action_cursor_up}
        moves |= {"pagedown": listed.action_page_down, "pageup": listed.action_page_up}
        if event.key in moves and not listed.has_focus:
            event.stop()
            moves[event.key]()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._take(self.query_one(OptionList).highlighted)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._take(event.option_index)

    def _take(self, place: int | None) -> None:
        line = self._shown[place] if place is not None else None
        if line is None:
            return
        if line.run is not None:
            self.dismiss(line)
        elif line.keys:
            self.notify("This does not work now.", markup=False, timeout=2)

    def action_close(self) -> None:
        self.dismiss(None)

    async def on_chips_picked(self, event: Chips.Picked) -> None:
        event.stop()
        if event.chip_id == "do":
            self._take(self.query_one(OptionList).highlighted)
        elif event.chip_id == "keys":
            await self.run_action("app.keys")
        else:
            self.dismiss(None)


def _drawn(line: HelpLine, width: int) -> Content:
    """Return a line as it is drawn, wrapped beside its keys."""
    room = width - (KEYS_WIDTH if line.keys or line.run else 0)
    rows = textwrap.wrap(display_line(line.words), room) or [""]
    if not room - width:
        return Content("\n".join(rows))
    keys = display_line("  ".join(line.keys))
    first = f"{keys:<{KEYS_WIDTH - 1}} "
    beside = "\n".join([rows[0], *(" " * KEYS_WIDTH + row for row in rows[1:])])
    return Content.assemble((first, "bold"), beside)


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
