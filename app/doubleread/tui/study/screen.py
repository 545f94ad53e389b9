"""The page of one study: how it is coming along, what to do next, and everything that can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from doubleread.domain.display import display_line
from doubleread.errors import DoublereadError
from doubleread.tui.shared.actions import shown_keys
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.dialogs import MessageDialog
from doubleread.tui.shared.guides import STUDY
from doubleread.tui.shared.head_line import HeadLine
from doubleread.tui.study.actions import STUDY_ACTIONS, STUDY_GROUPS, STUDY_SCREEN_ACTIONS, StudyAction
from doubleread.tui.study.facts import facts

if TYPE_CHECKING:
    from doubleread.sessions.study_overview import StudyOverview
    from doubleread.tui.shared.program import Program

_BY_ID = {action.id: action for action in STUDY_ACTIONS}


class StudyScreen(DeclaredScreen):
    """One study. `look` counts it, in a thread, whenever the page comes to the front."""

    DEFAULT_CSS = """
    StudyScreen {
        background: $surface;
        & > .next { height: auto; padding: 1 2 0 2; color: $accent; text-style: bold; }
        & > Horizontal { height: 1fr; padding: 1 1 0 1; }
        & .facts { width: 1fr; height: 1fr; padding: 0 2 0 1; scrollbar-size-vertical: 1; }
        & .facts > Static { height: auto; text-wrap: nowrap; }
        & .menu { width: 44; height: 1fr; border-left: solid $border; padding: 0 1; }
        & OptionList { height: 1fr; border: none; background: $surface; padding: 0; scrollbar-size-vertical: 1;
                       text-wrap: nowrap; text-overflow: ellipsis; }
        & OptionList:focus { border: none; background-tint: transparent; }
        & OptionList > .option-list--option { padding: 0 1; }
        & OptionList > .option-list--option-disabled { color: $text-muted; }
        & OptionList > .option-list--option-highlighted { background: $primary; color: $background; text-style: bold; }
        & .about { height: 3; padding: 0 1; color: $text-muted; }
        &.-narrow .menu { width: 36; }
    }
    """
    declared = STUDY_SCREEN_ACTIONS
    guide = STUDY
    is_home = True
    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in STUDY_SCREEN_ACTIONS if action.id != "quit"]

    class Looked(Message):
        """The study was counted, or could not be."""

        def __init__(self, found: StudyOverview | DoublereadError) -> None:
            super().__init__()
            self.found = found

    def __init__(self, path: Path, look: Callable[[Path], StudyOverview], remapped: Mapping[str, str]) -> None:
        super().__init__(remapped)
        self.path = path
        self.overview: StudyOverview | None = None
        self._moved = False
        self._look_at = look

    def compose(self) -> ComposeResult:
        yield HeadLine()
        yield Static("", classes="next", markup=False)
        with Horizontal():
            with VerticalScroll(classes="facts", can_focus=False):
                yield Static("Counting …", markup=False)
            with Vertical(classes="menu"):
                yield OptionList(markup=False)
                yield Static("", classes="about", markup=False)
        yield self.key_line()

    def on_mount(self) -> None:
        self.query_one(HeadLine).show([("doubleread", 1), (self.path.stem, 3)], [])
        self._fill_menu()
        self.query_one(OptionList).focus()

    def on_resize(self) -> None:
        self.set_class(self.size.width < 100, "-narrow")
        self._show_facts()

    def on_screen_resume(self) -> None:
        """Count again, because something may have changed."""
        self.run_worker(self._look, thread=True, exclusive=True)

    def _look(self) -> None:
        """Count the study. Runs in a thread."""
        try:
            found: StudyOverview | DoublereadError = self._look_at(self.path)
        except DoublereadError as error:
            found = error
        self.post_message(self.Looked(found))

    def on_study_screen_looked(self, event: Looked) -> None:
        event.stop()
        if isinstance(event.found, DoublereadError):
            self.show_error(event.found)
            return
        before = self.overview
        self.overview = event.found
        self._show_facts()
        self._fill_menu()
        step = event.found.next_step.action
        if (not self._moved) if before is None else before.next_step.action != step:
            self._go_to(step)

    def _go_to(self, action_id: str) -> None:
        menu = self.query_one(OptionList)
        place = next((n for n, option in enumerate(menu.options) if option.id == action_id), None)
        if place is not None:
            menu.highlighted = place

    def _show_facts(self) -> None:
        if (study := self.overview) is None:
            return
        own = f"file of {study.split_reader}" if study.split_reader is not None else "study"
        self.query_one(HeadLine).show(
            [("doubleread", 1), (study.title or self.path.stem, 9), (own, 3)], [(self.path.name, 2)]
        )
        self.query_one(".next", Static).update(Content(f"Next: {display_line(study.next_step.words)}"))
        width = max(self.size.width - (36 if self.has_class("-narrow") else 44) - 6, 20)
        self.query_one(".facts > Static", Static).update(facts(study, width))

    def _fill_menu(self) -> None:
        menu = self.query_one(OptionList)
        before = menu.highlighted
        menu.clear_options()
        for group in STUDY_GROUPS:
            rows = [action for action in STUDY_ACTIONS if action.group == group]
            if rows:
                menu.add_option(Option(Content(group), disabled=True))
            menu.add_options(Option(self._line(action), id=action.id) for action in rows)
        menu.highlighted = 1 if before is None else before
        self._show_about()

    def _line(self, action: StudyAction) -> Content:
        key = next(iter(shown_keys(action.declared, self.remapped)), "")
        style = "$text-muted" if self._why_not(action) else ""
        return Content.assemble((f"{key:<7}", "bold"), (action.label, style))

    def _why_not(self, action: StudyAction) -> str:
        return action.unless(self.overview) if self.overview is not None else ""

    def on_key(self) -> None:
        """Note that somebody moves in the menu: then the next step does not take the highlight away."""
        self._moved = True

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._show_about()

    def _show_about(self) -> None:
        if (action := self._highlighted()) is not None:
            why_not = self._why_not(action)
            words = f"Not now: {why_not}." if why_not else f"{action.about}."
            self.query_one(".about", Static).update(Content(display_line(words)))

    def _highlighted(self) -> StudyAction | None:
        menu = self.query_one(OptionList)
        if menu.highlighted is None:
            return None
        return _BY_ID.get(menu.get_option_at_index(menu.highlighted).id or "")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id:
            self.action_choose(event.option_id)

    def action_open(self) -> None:
        """Do what is highlighted in the menu."""
        if (action := self._highlighted()) is not None:
            self.action_choose(action.id)

    def action_choose(self, action_id: str) -> None:
        """Do one of the menu, or say why it does not work now."""
        action = _BY_ID[action_id]
        if why_not := self._why_not(action):
            self.app.push_screen(MessageDialog(action.label, f"Not available now: {why_not}."))
            return
        action.open(cast("Program", self.app), self.path)

    def action_back(self) -> None:
        """Return to the list of studies."""
        self.app.call_later(self.app.run_action, "studies")
