"""A case of the results, read-only: the case, both answers with all annotations, the key and the scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from doubleread.config import Settings
from doubleread.domain.blinding import Side
from doubleread.domain.case_text import CaseText, case_text
from doubleread.domain.display import display_line, display_text
from doubleread.domain.spans import Span
from doubleread.read_model.answers import ScoredAnswer, with_words
from doubleread.read_model.case_details import CaseDetail
from doubleread.read_model.score_words import answer_words, criterion_lines
from doubleread.tui.shared.actions import Situation, shown_keys
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.guides import CASE_VIEW
from doubleread.tui.shared.head_line import HeadLine
from doubleread.tui.shared.read_only_pane import ReadOnlyPane
from doubleread.tui.shared.reasoning_fold import ReasoningFold
from doubleread.tui.shared.screen_actions import BY_ID, CASE_VIEW_ACTIONS
from doubleread.tui.shared.text.find_bar import FindBar, NamedText
from doubleread.tui.shared.text.marks import Mark
from doubleread.tui.shared.three_texts import WIDE

_CASE = 2
"""Index of the case among the texts, after the answers 0 and 1; on the screen, the case comes first."""
_ORDER = (_CASE, 0, 1)
_SYMBOLS = "●◆"
_SIDES: tuple[Side, Side] = ("A", "B")
"""Names of both answers' folds. The models are in the order of the results, not on a reader's sides."""


def whole_text(shown: CaseDetail) -> CaseText:
    """Return the case as one text, with its documents."""
    case = shown.case
    return case_text(case.text, case.question, case.options, case.documents, case.turns)


def marked(shown: CaseDetail) -> tuple[list[list[Mark]], list[str]]:
    """Return the marks of both answers and of the case, and a line for each annotation with its reader and its
    label.
    """
    whole = whole_text(shown)
    marks: list[list[Mark]] = [[], [], []]
    lines: list[str] = []
    for place, answer in enumerate(shown.answers):
        if answer is None:
            continue
        if answer.score is not None and answer.score.start is not None and answer.score.end is not None:
            span = Span(answer.score.start, answer.score.end)
            marks[place] += [Mark(f"evidence {place}", span, "evidence", "≡")] if len(span) else []
        for reading in answer.readings:
            for annotation in with_words((*reading.annotations, *reading.omissions)):
                symbol = annotation.label
                if annotation.in_answer:
                    marks[place].append(Mark(annotation.id, annotation.span, annotation.severity, symbol))
                elif (left_out := whole.shown(annotation.place, annotation.span)) is not None:
                    marks[_CASE].append(Mark(annotation.id, left_out, "omission", symbol))
                linked = annotation.passage
                if linked is not None and (passage := whole.shown(linked.source, linked.span)) is not None:
                    marks[_CASE].append(Mark(f"passage {annotation.id}", passage, "passage", symbol))
                rated = [
                    annotation.category,
                    annotation.severity,
                    annotation.basis,
                    annotation.harm and f"harm {annotation.harm}",
                ]
                said = ", ".join(filter(None, rated))
                note = f" · {annotation.note}" if annotation.note else ""
                lines.append(f"{_SYMBOLS[place]} {reading.reader_id} {symbol}  {said}  “{annotation.quote}”{note}")
    return marks, lines


def scored(answer: ScoredAnswer | None) -> list[str]:
    """Return how an answer was scored, and a line for what each reader says of it."""
    if answer is None:
        return ["no answer yet"]
    lines = [answer_words(answer)]
    if answer.override is not None:
        held = answer.override
        why = f" ({held.reason})" if held.reason else ""
        lines.append(f"   reviewed by {held.adjudicator_id}: {held.said}, {held.outcome}{why}")
    for reading in answer.readings:
        said = [reading.verdict or "no verdict"]
        if reading.grade is not None:
            said.append(f"grade {int(reading.grade)}, {reading.grade.label}")
        elif reading.confirms is not None:
            said.append("names the diagnosis" if reading.confirms else "does not name it")
        if reading.preferred:
            said.append("preferred")
        lines.append(f"   {reading.reader_id}: {', '.join(said)}")
    return [*lines, *(f"   {line}" for line in criterion_lines(answer))]


class CaseViewScreen(DeclaredScreen):
    """The three texts side by side, or one at a time if there is less room. `read` asks for another case."""

    DEFAULT_CSS = """
    CaseViewScreen {
        background: $surface;
        & > #tabs { height: 1; }
        & > Horizontal { height: 1fr; }
        & > VerticalScroll { height: auto; max-height: 30%; padding: 0 1; background: $panel; }
        & > VerticalScroll > Static { height: auto; }
        & .key { text-style: bold; color: $accent; }
        & .explanation { color: $text-muted; }
    }
    """
    AUTO_FOCUS = ""  # the text of the case has the focus first
    declared = CASE_VIEW_ACTIONS
    guide = CASE_VIEW
    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in CASE_VIEW_ACTIONS if action.id != "quit"]

    def __init__(
        self, shown: CaseDetail, case_ids: Sequence[str], settings: Settings, *, read: Callable[[str], None]
    ) -> None:
        super().__init__(settings.keys)
        self.shown = shown
        self.place = _CASE
        self._case_ids = tuple(case_ids)
        self._settings = settings
        self._read = read

    def compose(self) -> ComposeResult:
        """Make the parts."""
        yield HeadLine()
        yield Chips(id="tabs", gap=1, tick=False)
        with Horizontal():
            for place in _ORDER:
                fold = ReasoningFold(_SIDES[place], self._settings) if place != _CASE else None
                yield ReadOnlyPane(id=f"text-{place}", fold=fold)
        yield FindBar(self)
        with VerticalScroll():
            yield Static(classes="key", markup=False)
            yield Static(classes="scores", markup=False)
            yield Static(classes="explanation", markup=False)
        yield self.key_line()

    def situation(self) -> Situation:
        return Situation(documents=bool(self.shown.case.documents))

    def pane(self, place: int) -> ReadOnlyPane:
        """Return the pane of an answer, or of the case."""
        return self.query_one(f"#text-{place}", ReadOnlyPane)

    def on_mount(self) -> None:
        """Show the case."""
        for place in _ORDER:
            self.pane(place).use(self._settings)
        self.show(self.shown)
        self._arrange()
        self.pane(self.place).text.focus()

    def show(self, shown: CaseDetail) -> None:
        """Show a case."""
        self.shown = shown
        case = shown.case
        marks, lines = marked(shown)
        self.pane(_CASE).show_case(f"Case · {case.title or case.id}", whole_text(shown), marks[_CASE])
        answers = list(zip(shown.names, shown.answers, strict=True))
        for place, (name, answer) in enumerate(answers):
            self.pane(place).show(f"{_SYMBOLS[place]} {name}", answer.text if answer else "", marks[place])
            self._show_reasoning(place)
        self.query_one(".key", Static).update(Content(display_text(f"Key  {case.key_text}" if case.key_text else "")))
        scores = []
        for place, (name, answer) in enumerate(answers):
            first, *rest = scored(answer)
            scores += [f"{_SYMBOLS[place]} {name}: {first}", *rest]
        self.query_one(".scores", Static).update(Content("\n".join(map(display_line, [*scores, *lines]))))
        self.query_one(".explanation", Static).update(Content(display_text(case.explanation)))
        number = self._case_ids.index(case.id) + 1 if case.id in self._case_ids else 0
        self.query_one(HeadLine).show(
            [("doubleread", 1), ("results", 2), (case.title or case.id, 6), (case.specialty, 4)],
            [(f"{number} of {len(self._case_ids)} in the list", 9)],
        )
        self._show_tabs()
        self.show_keys()

    def _show_reasoning(self, place: int) -> None:
        keys = shown_keys(BY_ID["results.reasoning"], self.remapped)
        key = keys[0] if keys and place == self.place else ""
        self.pane(place).reasoning.show(self._reasoning(place), key)

    def _reasoning(self, place: int) -> str:
        answer = self.shown.answers[place]
        return answer.reasoning if answer else ""

    @property
    def _single(self) -> bool:
        return self.size.width < WIDE

    def _arrange(self) -> None:
        for place in _ORDER:
            pane = self.pane(place)
            pane.display = not self._single or place == self.place
            pane.set_class(self._single, "-bare")
        self.query_one("#tabs").display = self._single
        self._show_tabs()

    def _show_tabs(self) -> None:
        names = ["Case", *(f"{_SYMBOLS[place]} {name}" for place, name in enumerate(self.shown.names))]
        chips = [Chip(str(place), name, chosen=place == self.place) for place, name in zip(_ORDER, names, strict=True)]
        self.query_one("#tabs", Chips).show(chips)

    def on_resize(self) -> None:
        """Adapt to the size of the window."""
        self._arrange()
        self.pane(self.place).text.focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Follow the focus."""
        pane = next((above for above in event.widget.ancestors if isinstance(above, ReadOnlyPane)), None)
        if pane is not None and pane.id:
            self.place = int(pane.id.removeprefix("text-"))
            self._show_tabs()
            for place in range(len(self.shown.answers)):
                self._show_reasoning(place)

    def _go_to(self, place: int) -> None:
        self.place = place
        self._arrange()
        self.pane(place).text.focus()

    def action_show_documents(self) -> None:
        """Go to the list of the case's documents."""
        self.place = _CASE
        self._arrange()
        self.pane(_CASE).documents.focus()

    def action_find(self) -> None:
        """Find words in the case and in both answers."""
        self.query_one(FindBar).open()

    @property
    def texts(self) -> Sequence[NamedText]:
        """The texts in which words are found, with their short names."""
        return [NamedText("case" if place == _CASE else _SYMBOLS[place], self.pane(place).text) for place in _ORDER]

    @property
    def text_number(self) -> int:
        """The index of the current text, in the order of the screen."""
        return _ORDER.index(self.place)

    def show_text(self, number: int) -> None:
        """Make a text the current one."""
        self.place = _ORDER[number]
        self._arrange()

    def action_text(self, by: int) -> None:
        """Go to the next text, or the previous one. The judgements of the answers come last, if they scroll."""
        panel = self.query_one(VerticalScroll)
        order = (*_ORDER, None) if panel.max_scroll_y else _ORDER
        now = order.index(None) if panel.has_focus and None in order else order.index(self.place)
        place = order[(now + by) % len(order)]
        if place is None:
            panel.focus()
        else:
            self._go_to(place)

    def action_toggle_reasoning(self) -> None:
        """Show or hide the model's reasoning before this answer; from the case, before the first that has any."""
        places = [self.place] if self.place != _CASE else [0, 1]
        thought = [place for place in places if self._reasoning(place)]
        if not thought:
            words = (
                "No model wrote reasoning before its answer."
                if self.place == _CASE
                else "The model wrote no reasoning before this answer."
            )
            self.tell(words)
            return
        self.place = thought[0]
        self._arrange()
        pane = self.pane(self.place)
        unfolded = pane.reasoning.toggle()
        self.set_focus(pane.reasoning.text if unfolded else pane.text, scroll_visible=False)

    @on(ReasoningFold.Asked)
    def _reasoning_asked(self, event: ReasoningFold.Asked) -> None:
        event.stop()
        self.place = _SIDES.index(event.side)
        self.action_toggle_reasoning()

    def action_case(self, by: int) -> None:
        """Go to the next case of the list, or the previous one."""
        now = self._case_ids.index(self.shown.case.id) if self.shown.case.id in self._case_ids else -1
        if 0 <= now + by < len(self._case_ids):
            self._read(self._case_ids[now + by])
        else:
            words = "This is the last case of the list." if by > 0 else "This is the first case of the list."
            self.tell(words)

    @on(Chips.Picked, "#tabs")
    def _tab_picked(self, event: Chips.Picked) -> None:
        event.stop()
        self._go_to(int(event.chip_id))

    def action_back(self) -> None:
        """Go back to the list."""
        self.dismiss()
