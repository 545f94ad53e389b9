"""The help (how to annotate, every key, every label) and the study's guideline."""

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

from doubleread.domain.criteria import CRITERION_JUDGEMENTS
from doubleread.domain.display import display_text
from doubleread.domain.labels import VERDICTS, Label, LabelSet
from doubleread.domain.sentences import SENTENCE_JUDGEMENTS
from doubleread.tui.shared.actions import GROUPS, Action, shown_keys
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.screen_actions import ADJUDICATION_ACTIONS, ALL_ACTIONS, BY_ID, SCORE_REVIEW_ACTIONS
from doubleread.tui.shared.text.keys import CARET_BINDINGS, SELECTION_BINDINGS

HOW_TO = """\
With the mouse: drag over the words (double-click for a word, triple-click for a sentence), then click the \
category, then the severity. The annotation is saved at once.

With the keyboard: tab moves between the texts. The arrows move the cursor; s selects the sentence, space the \
word, shift and an arrow any words. Then press m, the letter of the category and the letter of the severity: \
s m f m marks a sentence as a major fabrication.

Sentence by sentence: press a in an answer. 1 to 4 judge the sentence at the cursor as supported, unsupported, \
incorrect or unsure and move to the next; up and down move by sentence, a click selects one. f turns an \
unsupported or incorrect sentence into an annotation. Press a again to stop; all judgements are kept.

Documents: if the case has any, they follow its question. f6 goes to their list; a digit or the arrow keys open \
one, enter returns to the text.

Find and jump: / finds words in the case, its documents and both answers; enter or the down arrow goes to the next \
place, the up arrow to the previous one, escape ends. h draws letters on the words in view: type them to jump to a \
word. H selects from one word to another in the same way.

The same words: the words that you select or annotate in an answer are marked in the case as well, if it has them. \
This compares words, not what they mean. l links the annotation to the first such place as contradicting it, E as \
supporting it; press again for the next place. To link other words, select them in the case and press l or E there.

Scales: if the study asks you to rate answers on scales, press X in an answer, then one digit for each scale; n says \
that a scale does not apply. Escape stops; X continues where you stopped.

Criterion by criterion: if the case has a rubric, its criteria are shown below the answer that you go to. 1, 2 and \
3 judge the criterion as met, not met or cannot tell and move to the next; a criterion that describes a fault is met \
if the answer has that fault. 4 clears a judgement. [ and ] go back and forth. Selected words of the answer become \
the evidence; l links or removes them later. J scrolls a long criterion. j leaves the criteria for the verdicts, and \
returns to them.

Omissions: select the omitted words in the case or a document, press o, then choose the answer that omits them. \
e adds ratings to an annotation, < > , . move its ends, d retracts it. u undoes anything.

When both answers have a verdict and you have a preference, c commits the reading and shows the answer key.

Beside the sentences: ▸ is the current one, ✓ supported, ○ unsupported, ✗ incorrect, ? unsure, · not judged yet.

Beside the texts: A1 is the first annotation in answer A, o1 the first omission; A1 in the case marks the words \
that are linked to annotation A1. After the commit, ≡ is the evidence of the score.

███ are redacted words by which an answer identifies its model. You can annotate them like any others."""

HOW_TO_ADJUDICATE = """\
Each reader annotated and judged the case alone. The list shows where they differ, open differences first. The \
current one is shown in full below the texts; in the texts, the words of reader 1 are underlined, those of \
reader 2 italic, with the reader's number beside them.

One key resolves it and moves to the next: 1 takes reader 1's judgement, 2 reader 2's, which can be that there is \
no annotation; j joins their spans, o makes your own annotation or value, x rejects all annotations. You can also \
click these on the line below.

For your own span, select it in the text first: drag over it, or tab into the text and press s for the sentence or \
space for the word. Then press m or o, the letter of the category and the letter of the severity.

u undoes a decision, U redoes it. When all are resolved, c commits the case. The readings are not changed. To change \
a resolved case, give a reason; this reopens it.

Beside the texts: ◦ an open difference, ✓ a resolved one, = an annotation on which the readers agree."""

HOW_TO_REVIEW = """\
Each answer here has a score that the program is not sure of. You do not see which model wrote it. ≡ marks what the \
scorer relied on; the line below the texts says what is doubtful.

One key decides it and moves to the next: for a question with options, the letter of the option that the answer \
chooses; for an inference, E for entailment, N for neutral or C for contradiction; for a diagnosis, a grade from 5 to \
0 for how close it is to the key; - if the answer states nothing that counts, ! if it is a refusal. You can also click \
these.

Your decision is saved at once and replaces the automatic score. ctrl+z undoes it. To change an earlier decision, \
go back to its answer and give a reason."""

FORM_HELP = """\
Type or choose, then press enter: it goes to the next field, and after the last one submits the form. tab and \
shift+tab, or the mouse, go to any field. In a list, the arrow keys move and the space bar chooses. In a path, the \
down arrow goes to the list of files in the folder; enter opens a folder or takes a file.

Each value is checked when you leave its field; a problem is shown below it. Nothing is done before you submit the \
form. During the work, escape stops it."""

LIBRARY_HELP = """\
A study is one file: cases, the answers of two models, and what readers say of them. The list shows the studies in \
the library's own folder and in the current folder, and recently used ones in any folder. Enter opens the page of a \
study, from where you read, adjudicate and see results. A file that was made for one reader opens for reading at once.

"Open file" opens a study in any folder; it then stays in this list. A study whose file is missing stays listed until \
you remove it. Removing a study from the list deletes nothing."""

CASES_HELP = """\
All cases of the study, without their answers and keys. Press / and type words to find the cases that contain all of \
them in title, text, question, options or documents; the beginning of a word is enough. Press the keys in the line \
below, or click them, to show only the cases with a tag, of a kind, or in a state. Enter opens a case.

✓ marks a case with both answers, followed by the readers who have committed it. = marks an adjudicated case."""
_CHOOSING_CASES = """\
Add files with cases, or folders: their format is recognised. If it is not, or if the columns of a table have other \
names, go to the lines below the files: enter changes one, such as the column of the question. The preview on the \
right follows at once. f2 shows the problems line by line, and duplicate cases; f3 and f4 go to the previous and the \
next case. delete removes a file from the list, never from the disk."""

NEW_STUDY_HELP = f"""\
A study has cases, two arms that answer them, a protocol, and readers. Each of the five steps has its page. Enter \
goes to the next field, and from the last one to the next step; ctrl+s goes to the next step directly, escape one step \
back. You can also click a step at the top. Nothing is lost on the way, and nothing is written before the last step.

{_CHOOSING_CASES}"""

CONVERT_HELP = f"""\
{_CHOOSING_CASES}

ctrl+s writes the good cases as a case pack: a file that you can edit, share, and use in any study."""

RUN_HELP = """\
Both models generate the missing answers. You see how many there are, how fast they come, and how long the rest will \
take, but no text: the answers are read later, blind. While readers have cases left, the models are counted together.

Each answer is saved when it is finished. p pauses: answers in progress are finished, no others are started, and the \
models stay in memory. s stops at once: unfinished answers are generated again next time. You can leave this page \
during a run; it continues until you stop it or quit the program.

If the program is stopped or the power fails, start it again: only missing answers are generated."""

STUDY_HELP = """\
The line at the top says what to do next. On the left is the state of the study, on the right everything that you \
can do with it: go there with the arrow keys and press enter, press the key beside it, or click it. Actions that are \
not available now are grey; the line below the menu says why.

While readers still have cases left, this page does not say which models are compared: anyone may see it."""

PANEL_KEYS = """\
In the rating panel: the key beside each choice, t for the note, esc to close."""


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
    """What the help begins with on a screen, and which actions it lists. `texts`: the screen has texts to annotate."""

    title: str
    words: str
    actions: tuple[Action, ...]
    texts: bool = True


MARKING = Guide("How to annotate", HOW_TO, ALL_ACTIONS)
REVIEWING = Guide("How to review scores", HOW_TO_REVIEW, SCORE_REVIEW_ACTIONS)
ADJUDICATING = Guide("How to resolve differences", HOW_TO_ADJUDICATE, ADJUDICATION_ACTIONS)


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
    if guide.texts:
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
    parts.append(Content("Use these names under [keys] in config.toml to change an action's keys.\n"))
    for action in ALL_ACTIONS if guide.texts else guide.actions:
        row(action.id, action.label)
    for binding in (*CARET_BINDINGS, *SELECTION_BINDINGS):
        if guide.texts and binding.id and binding.id not in BY_ID:
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
        ("criterion", CRITERION_JUDGEMENTS),
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
        with VerticalScroll() as page:
            page.border_title = Content(f" {self._title} ")
            yield from self.compose_page()
        yield Chips([Chip("close", "close", key="esc")])

    def compose_page(self) -> ComposeResult:
        yield from ()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, direction: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=direction, animate=False)

    def action_close(self) -> None:
        self.dismiss(None)

    def on_chips_picked(self) -> None:
        self.dismiss(None)


class HelpPage(Page):
    """Keys, labels, how to mark."""

    def __init__(self, remapped: Mapping[str, str], labels: LabelSet, guide: Guide = MARKING) -> None:
        super().__init__("Help")
        self._content = help_text(remapped, labels, guide)

    def compose_page(self) -> ComposeResult:
        yield Static(self._content, markup=False)


class GuidelinePage(Page):
    """The study's guideline, in Markdown. Its links lead nowhere."""

    def __init__(self, guideline: str) -> None:
        super().__init__("Guideline")
        self._guideline = guideline

    def compose_page(self) -> ComposeResult:
        from textual.widgets import Markdown  # takes a tenth of a second, and few open this page

        yield Markdown(display_text(self._guideline), open_links=False)
