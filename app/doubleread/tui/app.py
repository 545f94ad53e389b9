"""The Textual app: themes, keys, and navigation between the library and the screens of a study."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.constants import TEXTUAL_ANIMATIONS
from textual.screen import Screen
from textual.widgets import Input

from doubleread import locations
from doubleread.config import Settings, Value, changed, save_keys, save_setting
from doubleread.domain.wording import plural
from doubleread.errors import DoublereadError, StudyLockedError
from doubleread.sessions.library import Library
from doubleread.sessions.reading_words import FIRST_READER, WHICH_PSEUDONYM, which_passphrase
from doubleread.sessions.session_end import SessionEnd
from doubleread.store.sqlite.patience import set_patience
from doubleread.tui.reading.screen import ReadingScreen
from doubleread.tui.settings.keymap import completed, unknown
from doubleread.tui.shared import themes
from doubleread.tui.shared.commands import Commands
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.dialogs import ConfirmDialog, LineDialog, MessageDialog
from doubleread.tui.shared.idle_collection import LOOK_SECONDS, IdleCollection
from doubleread.tui.shared.saving import Result
from doubleread.tui.shared.screen_words import screen_error
from doubleread.tui.shared.textual_adapter import FailingQuietly
from doubleread.tui.shared.three_texts import ThreeTexts
from doubleread.tui.shared.typing_order import OrderedTyping
from doubleread.tui.shared.unsaved import LOCKED, SLICE

if TYPE_CHECKING:
    from doubleread.tui.library.screen import LibraryScreen
    from doubleread.tui.run.background import BackgroundRuns
    from doubleread.tui.shared.forms import Form

ADD_ADJUDICATOR = 'What to do: "Register a reader" on the study\'s page, in the role adjudicator.'


class DoublereadApp(FailingQuietly, OrderedTyping):
    """Shows the library, or the study `start`: its results with `results`, its adjudication for an `adjudicator`, its
    score review for the pseudonym in `reviews`, its page (or the reading, if it is a reader's own file) with `page`,
    otherwise a reading.

    `reader` is the reader's pseudonym; without it the program asks, except in a demo that nobody has read. It also asks
    before it uses a pseudonym that is new in the study, unless `new_reader` confirms it. With `consensus`,
    it goes to the consensus round. With `only`, the app shows
    nothing but `start` for this reader or adjudicator: leaving it ends the app. `wall` returns the time of day.
    `troubles` are errors that came too late to be shown, `ends` says how far each reader came.
    """

    TITLE = "doubleread"
    CSS = """
    ToastRack { dock: top; align: right top; margin: 1 0 0 0; }
    Toast { width: 64; max-width: 80%; padding: 0 1; margin-top: 0; background: $panel; color: $foreground; }
    """
    COMMANDS = {Commands}
    COMMAND_PALETTE_BINDING = "ctrl+p"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "quit", show=False, priority=True, id="quit"),
    ]

    def __init__(
        self,
        library: Library,
        settings: Settings,
        *,
        start: Path | None = None,
        reader: str | None = None,
        new_reader: bool = False,
        results: bool = False,
        adjudicator: str | None = None,
        reviews: str | None = None,
        page: bool = False,
        only: bool = False,
        consensus: bool = False,
        wall: Callable[[], datetime] = datetime.now,
    ) -> None:
        super().__init__()
        self._library = library
        self._settings = settings
        self._start = start
        self._reader = reader
        self._new_reader = new_reader
        self._results = results
        self._adjudicator = adjudicator
        self._reviews = reviews
        self._page = page
        self._only = only
        self._consensus = consensus
        self._wall = wall
        self._demo: Path | None = None
        self._memory = IdleCollection()
        self._running_loop: asyncio.AbstractEventLoop | None = None
        self.troubles: list[DoublereadError] = []
        self.ends: dict[tuple[Path, str], SessionEnd] = {}
        # Before the first screen is styled; later, everything would be styled a second time.
        for theme in themes.ALL:
            self.register_theme(theme)
        self.theme = settings.theme

    def on_mount(self) -> None:
        """Take the user's keys, and open what was asked for."""
        self._running_loop = asyncio.get_running_loop()
        # The screen never blocks longer than this: what cannot be saved at once is kept and retried.
        set_patience(SLICE)
        self.set_keymap(completed(self._settings.keys))
        self._take_motion()
        if self._start is None:
            self.push_screen(self._library_screen())
        elif self._results:
            self.open_results(self._start)
        elif self._adjudicator is not None:
            self._open_adjudication(self._start, self._adjudicator)
        elif self._reviews is not None:
            self.open_score_review(self._start, self._reviews)
        elif self._page:
            self.open_file(self._start)
        else:
            self.open_study(self._start)
        self._name_unknown_actions()
        self.call_after_refresh(self._memory.begin)
        self.set_interval(LOOK_SECONDS, self._memory.look)

    def on_unmount(self) -> None:
        """End the models that still generate answers, and restore how long this thread waits for a locked file."""
        if "runs" in vars(self):
            self.runs.stop_all()
        set_patience(None)
        self._memory.end()

    def _name_unknown_actions(self) -> None:
        if names := unknown(self._settings.keys):
            words = f"No action is called {', '.join(names)}. The keys page lists the names."
            if isinstance(self.screen, DeclaredScreen):
                self.screen.tell(words, title="Settings: keys", warn=True)
            else:
                self.notify(words, title="Settings: keys", severity="warning", markup=False)

    @property
    def own_keys(self) -> Mapping[str, str]:
        """The user's own keys."""
        return self._settings.keys

    def change_setting(self, name: str, value: Value) -> bool:
        """Use another value of a setting at once, and keep it. Return whether the setting takes it."""
        try:
            settings = changed(self._settings, name, value)
        except DoublereadError as error:
            self.push_screen(MessageDialog.of(error))
            return False
        self._take_settings(settings, lambda path: save_setting(path, name, value))
        return True

    def change_keys(self, keys: Mapping[str, str]) -> None:
        """Use other keys at once, and keep them."""
        self._take_settings(replace(self._settings, keys=dict(keys)), lambda path: save_keys(path, keys))

    def _take_settings(self, settings: Settings, save: Callable[[Path], None]) -> None:
        """Use other settings on all screens. If they cannot be saved, they are used until the program ends."""
        before, self._settings = self._settings, settings
        self._library.settings = settings
        self.theme = settings.theme
        self._take_motion()
        self.set_keymap(completed(settings.keys))
        for screen in self.screen_stack:
            if isinstance(screen, DeclaredScreen) and screen.is_mounted:
                screen.take_settings(settings, before)
        try:
            save(locations.settings_file())
        except DoublereadError as error:
            told = screen_error(error)
            words = f"{told.happened}\n\nThe change applies until you quit. To keep it: {told.remedy}."
            self.push_screen(MessageDialog(told.title, words))

    def _take_motion(self) -> None:
        self.animation_level = "none" if self._settings.reduced_motion else TEXTUAL_ANIMATIONS

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Let no cursor blink for people who want reduced motion."""
        if isinstance(event.widget, Input):
            event.widget.cursor_blink = self.animation_level != "none"

    def action_settings(self) -> None:
        """Show the page of the settings."""
        from doubleread.tui.settings.settings_page import SettingsPage

        if not isinstance(self.screen, SettingsPage):
            self.push_screen(SettingsPage())

    def action_keys(self) -> None:
        """Show the keys page."""
        from doubleread.tui.settings.keys_page import KeysPage

        self.push_screen(KeysPage())

    async def on_event(self, event: events.Event) -> None:
        """Note that the reader is active."""
        if isinstance(event, (events.Key, events.MouseDown, events.MouseScrollDown, events.MouseScrollUp)):
            for screen in self.screen_stack:
                if isinstance(screen, ThreeTexts) and screen.is_mounted:
                    screen.touch()
            self._memory.note_activity()
            if isinstance(self.screen, DeclaredScreen):
                self.screen.expect_change()
        await super().on_event(event)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer none of Textual's own commands: `Commands` has all of them."""
        del screen
        return ()

    def open_demo(self, path: Path | None = None) -> None:
        """Open the demo for reading, creating it if there is none at `path`."""
        path = path or self._attempt(self._library.demo)
        if path is not None:
            self._demo = path
            self.open_study(path)

    def open_file(self, path: Path) -> None:
        """Open a study's page, or the reading if it is a reader's own file."""
        if self._library.is_locked(path):
            self._ask_passphrase(path, lambda: self.open_file(path))
            return
        try:
            reader = self._library.split_reader(path)
        except DoublereadError as error:
            self._failed(error)
            return
        if reader is not None:
            self._open_for(path, reader, confirmed=True)
        else:
            self.open_page(path)

    def _attempt(self, work: Callable[[], Result]) -> Result | None:
        """Do something with a study file. If it fails, show the error and return None."""
        try:
            return work()
        except DoublereadError as error:
            self._failed(error)
        return None

    def open_results(self, path: Path) -> None:
        """Show a study's results. If readers are not done, ask first: they must not see them."""
        from doubleread.tui.results.screen import ResultsScreen

        if self._library.is_locked(path):
            self._ask_passphrase(path, lambda: self.open_results(path))
            return
        session = self._attempt(lambda: self._library.results(path))
        if session is None:
            return

        def show(confirmed: bool | None) -> None:
            if confirmed:
                self.push_screen(ResultsScreen(session, self._settings, wall=self._wall))
                return
            session.close()
            self._end_if_nothing_is_left()

        if session.still_reading:
            readers = "\n".join(f"  {reader}: {left} to go" for reader, left in session.still_reading.items())
            words = (
                "Anyone who is still reading in this study must not see its results. These readers are not done:"
                f"\n{readers}"
            )
            self.push_screen(ConfirmDialog("Show the results?", words, "show the results"), show)
        else:
            show(True)

    def open_score_review(self, path: Path, adjudicator_id: str) -> None:
        from doubleread.tui.score_review.screen import ScoreReviewScreen

        session = self._attempt(lambda: self._library.reviewing(path, adjudicator_id))
        if session is not None:
            self.push_screen(ScoreReviewScreen(session, self._settings, wall=self._wall))

    def open_study(self, path: Path) -> None:
        """Open a study, after asking for the reader if that is not known."""
        if self._library.is_locked(path):
            self._ask_passphrase(path, lambda: self.open_study(path))
            return
        readers = self._attempt(lambda: tuple(self._library.readers(path)))
        if readers is None:
            return
        if self._reader is not None:
            self._open_for(path, self._reader, confirmed=self._new_reader)
        elif path == self._demo and len(readers) <= 1:
            self._open(path, readers[0] if readers else FIRST_READER)
        else:
            self._ask_reader(path, readers)

    def _ask_reader(self, path: Path, readers: Sequence[str]) -> None:
        words = WHICH_PSEUDONYM
        value = readers[0] if len(readers) == 1 else "" if readers else FIRST_READER

        def take(reader: str | None) -> None:
            if reader is not None:
                self._open_for(path, reader)
            else:
                self._end_if_nothing_is_left()

        self.push_screen(
            LineDialog("Your reader ID", words, value=value, offered=readers, go_on="open the study"), take
        )

    def _open_for(self, path: Path, reader: str, *, confirmed: bool = False) -> None:
        """Open a study for a reader, after a question if the pseudonym is new in it."""
        try:
            question = "" if confirmed else self._library.question_before_reading(path, reader)
            readers = self._library.readers(path) if question else ()
        except DoublereadError as error:
            self._failed(error)
            return

        def take(meant: bool | None) -> None:
            if meant:
                self._open(path, reader)
            else:
                self._ask_reader(path, readers)

        if question and not self._only:
            self.push_screen(ConfirmDialog("A new reader?", question, f"read as {reader}", "another ID"), take)
        else:
            self._open(path, reader)

    def _ask_passphrase(self, path: Path, go_on: Callable[[], None], failed: DoublereadError | None = None) -> None:
        """Ask for the passphrase of an encrypted study until it fits or the person cancels."""
        words = which_passphrase("The study" if self._only else path.name)
        if failed is not None:
            words = f"{failed.title}: {failed.happened}.\n\n{words}"

        def take(passphrase: str | None) -> None:
            if passphrase is None:
                self._end_if_nothing_is_left()
                return
            try:
                self._library.unlock(path, passphrase)
            except StudyLockedError as error:
                self._ask_passphrase(path, go_on, error)
            except DoublereadError as error:
                self._failed(error)
            else:
                go_on()

        self.push_screen(LineDialog("Encrypted study", words, go_on="open the study", secret=True), take)

    def _open(self, path: Path, reader: str, *, goes_on: bool = False) -> None:
        consensus, self._consensus = self._consensus, False
        opened = self._attempt(lambda: self._library.open(path, reader, consensus=consensus))
        if opened is not None:
            screen = ReadingScreen(
                opened,
                self._settings,
                wall=self._wall,
                on_closing_error=self.troubles.append,
                on_end=self._note_end,
                after_training=lambda: self.call_later(self._open_again, path, reader),
                to_round=lambda: self.call_later(self._open_again, path, reader, consensus=True),
                goes_on=goes_on,
            )
            self.push_screen(screen)

    def _note_end(self, end: SessionEnd) -> None:
        """Keep how far a reader came, for the terminal, and say it on the page that follows."""
        before = self.ends.pop((end.path, end.person), None)
        seconds = end.seconds + (before.seconds if before is not None else 0.0)
        self.ends[end.path, end.person] = replace(end, seconds=seconds)
        if self._at_home():
            self.call_later(self._tell_end, end)

    def _tell_end(self, end: SessionEnd) -> None:
        if isinstance(self.screen, DeclaredScreen) and self.screen.is_home:
            self.screen.tell(" ".join(filter(None, (end.sentence, end.next_step))), warn=bool(end.unsaved))

    async def _open_again(self, path: Path, reader: str, *, consensus: bool = False) -> None:
        """Close the reading screen, and open what the reader does next in the same study."""
        await self.pop_screen()
        self._consensus = consensus
        self._open(path, reader, goes_on=True)

    def ask_adjudicator(self, path: Path) -> None:
        adjudicators = self._attempt(lambda: tuple(self._library.adjudicators(path)))
        if adjudicators is None:
            return
        if not adjudicators:
            words = f"This study has no registered adjudicator.\n\n{ADD_ADJUDICATOR}"
            self.push_screen(MessageDialog("No adjudicator", words))
            return

        def take(adjudicator: str | None) -> None:
            if adjudicator is not None:
                self._open_adjudication(path, adjudicator)

        words = "Your pseudonym, as registered with the role adjudicator."
        value = adjudicators[0] if len(adjudicators) == 1 else ""
        self.push_screen(
            LineDialog("Who adjudicates?", words, value=value, offered=adjudicators, go_on="open the adjudication"),
            take,
        )

    def _open_adjudication(self, path: Path, adjudicator: str) -> None:
        from doubleread.tui.adjudication.screen import AdjudicationScreen

        session = self._attempt(lambda: self._library.adjudicate(path, adjudicator))
        if session is not None:
            self.push_screen(
                AdjudicationScreen(
                    session,
                    self._settings,
                    wall=self._wall,
                    on_closing_error=self.troubles.append,
                    on_end=self._note_end,
                )
            )

    def ask_reviewer(self, path: Path) -> None:
        """Open the score review of a study, after asking who reviews."""
        people = self._attempt(lambda: tuple(self._library.reviewers(path)))
        if people is None:
            return
        if not people:
            words = f"Nobody is registered in this study.\n\n{ADD_ADJUDICATOR}"
            self.push_screen(MessageDialog("No reviewer", words))
            return

        def take(reviewer: str | None) -> None:
            if reviewer is not None:
                self.open_score_review(path, reviewer)

        words = "Your pseudonym, as registered in this study."
        adjudicators = self._attempt(lambda: tuple(self._library.adjudicators(path))) or ()
        likely = people if len(people) == 1 else adjudicators
        value = likely[0] if len(likely) == 1 else ""
        self.push_screen(LineDialog("Who reviews?", words, value=value, offered=people, go_on="open the review"), take)

    def open_page(self, path: Path) -> None:
        """Show the page of a study."""
        from doubleread.tui.study.screen import StudyScreen

        if self._library.is_locked(path):
            self._ask_passphrase(path, lambda: self.open_page(path))
            return
        self.push_screen(StudyScreen(path, self._library.overview, self._settings.keys))

    def open_cases(self, path: Path) -> None:
        """Show the list of a study's cases."""
        from doubleread.tui.study.case_browser import CaseBrowserScreen

        browser = self._attempt(lambda: self._library.browse(path))
        if browser is not None:
            self.push_screen(CaseBrowserScreen(browser, self._settings))

    def open_form(self, make: Callable[[], Form]) -> None:
        """Show a form. If it cannot be made, show the error."""
        from doubleread.tui.shared.forms import FormScreen

        form = self._attempt(make)
        if form is not None:
            self.push_screen(FormScreen(form, self._settings.keys))

    @cached_property
    def runs(self) -> BackgroundRuns:
        """The runs that generate answers, also in the background."""
        from doubleread.tui.run.background import BackgroundRuns

        return BackgroundRuns()

    @property
    def settings(self) -> Settings:
        """The user's settings."""
        return self._settings

    def _at_home(self) -> bool:
        """Return whether there is a screen to go back to."""
        return any(isinstance(screen, DeclaredScreen) and screen.is_home for screen in self.screen_stack)

    def _end_if_nothing_is_left(self) -> None:
        if not self._at_home():
            self.exit()

    def _failed(self, error: DoublereadError) -> None:
        """Show an error; if there is no screen to go back to, show the library beneath it, or end with it."""
        if self._only:
            self.push_screen(MessageDialog.of(error), lambda _: self.exit(return_code=1))
            return
        if not self._at_home():
            self.push_screen(self._library_screen())
        self.push_screen(MessageDialog.of(error))

    def _library_screen(self) -> LibraryScreen:
        from doubleread.tui.library.screen import LibraryScreen

        return LibraryScreen(self._library, self._settings.keys, wall=self._wall)

    async def action_library(self) -> None:
        """Leave what is open, and show the page of the study, or else the library. With `only`, quit."""
        if self._only:
            await self.action_quit()
            return
        while isinstance(self.screen, DeclaredScreen) and not self.screen.is_home:
            self.pop_screen()
        if not self._at_home():
            self.push_screen(self._library_screen())

    def action_studies(self) -> None:
        """Leave the study, and show the library."""
        from doubleread.tui.library.screen import LibraryScreen

        while isinstance(self.screen, DeclaredScreen) and not isinstance(self.screen, LibraryScreen):
            self.pop_screen()
        if not any(isinstance(screen, LibraryScreen) for screen in self.screen_stack):
            self.push_screen(self._library_screen())

    def end_soon(self, end: Callable[[], None]) -> None:
        """End the app from its own thread. May be called from any thread and from a signal handler."""
        if self._running_loop is None:
            raise SystemExit(1)
        # A loop that is closed has ended already.
        with contextlib.suppress(RuntimeError):
            self._running_loop.call_soon_threadsafe(end)

    def end(self, code: int) -> None:
        """Save what is being typed and end with an exit code, without asking. `troubles` gets what was not saved."""
        self.save_typed()
        for screen in self._at_work():
            if waiting := len(screen.saving.unsaved):
                happened = f"{plural(waiting, 'action')} could not be saved, because {LOCKED}"
                self.troubles.append(DoublereadError("Not saved", happened, "do it again"))
        self.exit(return_code=code)

    def save_typed(self) -> None:
        """Save what is being typed, and what could not be saved before."""
        for screen in self._at_work():
            screen.leave_case()
            screen.saving.save_waiting()

    def put_down(self) -> None:
        """Save everything and stop the clock, because nobody sees the screen now."""
        self.save_typed()
        for screen in self._at_work():
            screen.saving.attempt(screen.session.leave)

    def take_up(self) -> None:
        """Let the clock go on."""
        for screen in self._at_work():
            screen.touch()

    def _at_work(self) -> list[ThreeTexts]:
        return [screen for screen in self.screen_stack if isinstance(screen, ThreeTexts) and screen.is_mounted]

    async def action_quit(self) -> None:
        """Save what is being typed and end the program; ask first if something cannot be saved."""
        at_work = self._at_work()
        for screen in at_work:
            screen.leave_case()
            if screen.saving.unsaved:
                screen.saving.save_waiting()
        if not (waiting := sum(len(screen.saving.unsaved) for screen in at_work)):
            self._quit_unless_something_goes_on()
            return

        def take(meant: bool | None) -> None:
            if meant:
                self.exit()

        words = f"{plural(waiting, 'action')} could not be saved, because {LOCKED}. If you quit now, it is lost."
        self.push_screen(ConfirmDialog("Not saved", words, "quit without saving", "stay"), take)

    def _quit_unless_something_goes_on(self) -> None:
        """End the program; ask first if models still generate answers, or if a page is filled in."""
        declared = (screen for screen in self.screen_stack if isinstance(screen, DeclaredScreen))
        lost = next((words for screen in declared if (words := screen.lost_by_quitting)), "")
        if "runs" in vars(self) and self.runs.going:
            generating = "Answers are being generated. If you quit now, finished answers are kept."
            dialog = ConfirmDialog(
                "Stop the models?", f"{generating} Run the study again for the rest.", "stop and quit", "stay"
            )
        elif lost:
            dialog = ConfirmDialog("Quit?", lost, "quit", "stay")
        else:
            self.exit()
            return

        def take(meant: bool | None) -> None:
            if meant:
                self.exit()

        self.push_screen(dialog, take)
