"""Help: how to mark, every key, every label. And the study's guideline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from doubleread.domain.display import display_text
from doubleread.domain.labels import VERDICTS, Label, LabelSet
from doubleread.domain.sentences import SENTENCE_JUDGEMENTS
from doubleread.tui.shared.actions import GROUPS, Action, shown_keys
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.screen_actions import ADJUDICATION_ACTIONS, ALL_ACTIONS, BY_ID
from doubleread.tui.shared.text.keys import CARET_BINDINGS, SELECTION_BINDINGS

HOW_TO = """\
By mouse: drag over the words (a double click takes a word, a triple click a sentence), then click on \
what kind of error it is, then on how grave it is. That is saved at once.

By keyboard: tab leads from text to text. The arrows move the cursor; s selects the sentence, space the \
word, shift and an arrow any words. Then m, the letter of the kind, the letter of the gravity: \
s m f m marks a sentence as a major fabrication.

Sentence by sentence: in an answer, a begins. 1 to 4 say of the sentence at the cursor whether it is \
supported, unsupported, incorrect, or whether you are unsure, and go on to the next; up and down go by sentence, \
a click goes to one. f makes an annotation of a sentence that is unsupported or wrong. a again ends it; all is kept.

Something left out: select it in the case, then o, and say which answer leaves it out. \
A mark can be rated further with e, moved with < > , . and taken back with d. u undoes anything.

When both answers have a verdict and you have a preference, c commits and shows the key.

Beside the sentences: ▸ is the one at hand, ✓ supported, ○ unsupported, ✗ wrong, ? unsure, · not judged yet.

Beside the texts: A1 is the first annotation in answer A, o1 the first omission, a symbol in the case without \
an o the passage that this annotation contradicts, and after the commit ≡ the words that the score relies on.

███ stands for words by which an answer names the model that wrote it. They can be marked like any others."""

HOW_TO_REVIEW = """\
Each reader marked and judged the case alone. Here is where they differ, the open differences first. The one at hand \
stands below the texts in full; in the texts, the words of reader 1 are underlined, those of reader 2 italic, with \
the reader's number beside them.

One key resolves it, and the next comes by itself: 1 takes what reader 1 holds, 2 what reader 2 holds, which may be \
that nothing is wrong there; j joins their words, o writes an own annotation or value, x rejects what all marked. The \
line below has the same by click.

For words of your own, select them in the text first: drag over them, or tab into the text, s for the sentence or \
space for the word, then m or o, the letter of the kind, the letter of the gravity.

u takes a decision back, U makes it again. When all are resolved, c commits the case. The readers' own readings stay \
as they are. A resolved case is opened again by any change, with a reason.

Beside the texts: ◦ a difference that is open, ✓ one that is resolved, = what the readers agree on."""

PANEL_KEYS = """\
In the rating panel: digits and letters as shown beside each choice, t for the note, esc to close.
In doubleread review-scores: the letter of an option says that the answer chooses it; a digit grades a diagnosis."""


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


def text_keys(remapped: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield keys and what they do in a text."""
    for binding in (*CARET_BINDINGS, *SELECTION_BINDINGS):
        if binding.id in BY_ID or "extend-" in (binding.id or ""):
            continue
        keys = remapped.get(binding.id or "", binding.key).split(",")
        yield "  ".join(key_name(key) for key in keys), binding.tooltip


@dataclass(frozen=True, slots=True)
class Guide:
    """What the help begins with on a screen, and which actions it lists."""

    title: str
    words: str
    actions: tuple[Action, ...]


MARKING = Guide("How to mark", HOW_TO, ALL_ACTIONS)
ADJUDICATING = Guide("How to resolve differences", HOW_TO_REVIEW, ADJUDICATION_ACTIONS)


def help_text(remapped: Mapping[str, str], labels: LabelSet, guide: Guide = MARKING) -> Content:
    """Return the whole page. `labels` are those of the study."""
    parts: list[Content] = []

    def heading(words: str) -> None:
        parts.append(Content.assemble((f"\n{words}\n", "bold $primary")))

    def row(keys: str, words: str) -> None:
        parts.append(Content.assemble((f"  {keys:<24}", "bold $accent"), f" {words}\n"))

    heading(guide.title)
    parts.append(Content(guide.words + "\n"))
    for group in GROUPS:
        listed = [action for action in guide.actions if action.group == group]
        if listed:
            heading(group)
        for action in listed:
            row("  ".join(shown_keys(action, remapped)), f"{action.tooltip}.")
    heading("In a text")
    for keys, words in text_keys(remapped):
        row(keys, words)
    row("shift + these keys", "Extend the selection.")
    parts.append(Content(f"\n{PANEL_KEYS}\n"))
    heading("Labels")
    for title, group_labels in _label_groups(labels):
        parts.append(Content.assemble((f" {title}\n", "$text-muted")))
        for label in group_labels:
            row(label.name, label.definition)
    heading("Names of the actions")
    parts.append(Content("With these names, [keys] in config.toml gives an action other keys.\n"))
    for action in ALL_ACTIONS:
        row(action.id, action.label)
    for binding in (*CARET_BINDINGS, *SELECTION_BINDINGS):
        if binding.id and binding.id not in BY_ID:
            row(binding.id, binding.tooltip)
    return Content("").join(parts)


def _label_groups(labels: LabelSet) -> tuple[tuple[str, tuple[Label, ...]], ...]:
    return (
        ("category", (*labels.categories, labels.omission)),
        ("severity", labels.severities),
        ("basis", labels.bases),
        ("harm", labels.harms),
        ("certainty", labels.certainties),
        ("verdict on an answer", VERDICTS),
        ("sentence", SENTENCE_JUDGEMENTS),
    )


class Page(ModalScreen[None]):
    """A page to read, over the whole window."""

    DEFAULT_CSS = """
    Page {
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
        & Static { height: auto; }
        & > Chips { height: 1; padding: 0 2; max-width: 112; width: 100%; background: $surface; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,question_mark,f1", "close", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def compose(self) -> ComposeResult:
        """Make the page."""
        with VerticalScroll() as page:
            page.border_title = Content(f" {self._title} ")
            yield from self.compose_page()
        yield Chips([Chip("close", "close", key="esc")])

    def compose_page(self) -> ComposeResult:
        """Make what is to be read."""
        yield from ()

    def on_mount(self) -> None:
        """Let the keys scroll."""
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, direction: int) -> None:
        """Scroll by a row."""
        self.query_one(VerticalScroll).scroll_relative(y=direction, animate=False)

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)

    def on_chips_picked(self) -> None:
        """Go back by click."""
        self.dismiss(None)


class HelpPage(Page):
    """Keys, labels, how to mark."""

    def __init__(self, remapped: Mapping[str, str], labels: LabelSet, guide: Guide = MARKING) -> None:
        super().__init__("Help")
        self._content = help_text(remapped, labels, guide)

    def compose_page(self) -> ComposeResult:
        """Make the text."""
        yield Static(self._content, markup=False)


class GuidelinePage(Page):
    """The study's guideline, in Markdown. Its links lead nowhere."""

    def __init__(self, guideline: str) -> None:
        super().__init__("Guideline")
        self._guideline = guideline

    def compose_page(self) -> ComposeResult:
        """Make the text."""
        from textual.widgets import Markdown  # takes a tenth of a second, and few open this page

        yield Markdown(display_text(self._guideline), open_links=False)
