"""Generate a study's missing answers: start, watch, pause, resume, stop, leave."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from doubleread.errors import DoublereadError
from doubleread.runs.study_run import RunOptions
from doubleread.sessions.running import AnswersToGenerate, RunningStudy, answers_to_generate
from doubleread.tui.run.background import BackgroundRuns
from doubleread.tui.run.progress_text import progress_text, state_words
from doubleread.tui.shared.actions import Situation
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.dialogs import Dialog
from doubleread.tui.shared.field_views import Changed, Done, FieldView
from doubleread.tui.shared.fields import Field, NumberField, SwitchField, checked
from doubleread.tui.shared.guides import RUN
from doubleread.tui.shared.head_line import HeadLine
from doubleread.tui.shared.program import Program
from doubleread.tui.shared.screen_actions import RUN_ACTIONS

_LOOK_SECONDS = 0.25
_STILL_SECONDS = 1.0
_MOST_SLOTS = 64

FIELDS: tuple[Field, ...] = (
    NumberField(
        "slots",
        "Answers in parallel",
        "how many each model generates at once; empty: as many as fit into memory",
        required=False,
        minimum=1,
        maximum=_MOST_SLOTS,
    ),
    SwitchField("reproducible", "Reproducible", "slower; the same machine then gives identical answers"),
    SwitchField(
        "allow_drift",
        "Accept changed settings",
        "only if you were told that settings differ from those of earlier answers; the log records it",
    ),
)


class LeaveDialog(Dialog[str | None]):
    """Asks what becomes of a run when somebody leaves its page."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter", "pick('continue')"), ("s", "pick('stop')")]

    def __init__(self) -> None:
        words = (
            "Answers are being generated. The run can continue while you do other things in this program.\n\n"
            "If you stop, finished answers are kept, and unfinished ones are generated again later."
        )
        chips = [
            Chip("continue", "continue in the background", key="enter"),
            Chip("stop", "stop", key="s"),
            Chip("stay", "stay here", key="esc"),
        ]
        super().__init__("Leave this page?", words, chips)

    def action_pick(self, what: str) -> None:
        self.dismiss(what)

    def on_chips_picked(self, event: Chips.Picked) -> None:
        self.dismiss(None if event.chip_id == "stay" else event.chip_id)


class RunScreen(DeclaredScreen):
    """Shows the run of a study, or what can be started. The run itself is in `runs`, and outlives this page."""

    DEFAULT_CSS = """
    RunScreen {
        background: $surface;
        & > .body { height: 1fr; padding: 1 2; scrollbar-size-vertical: 1; }
        & .body Static { height: auto; }
        & .state { text-style: bold; margin-bottom: 1; }
        & .options { height: auto; margin-top: 1; }
    }
    """
    declared = RUN_ACTIONS
    guide = RUN
    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in RUN_ACTIONS if action.id != "quit"]

    class Counted(Message):
        """The answers were counted, or could not be."""

        def __init__(self, found: AnswersToGenerate | DoublereadError) -> None:
            super().__init__()
            self.found = found

    def __init__(self, path: Path, runs: BackgroundRuns, remapped: Mapping[str, str]) -> None:
        super().__init__(remapped)
        self.path = path
        self._runs = runs
        self._answers: AnswersToGenerate | None = None
        self._shown: object = None
        self._going = False

    @property
    def run_now(self) -> RunningStudy | None:
        """The run of this study, ended or not."""
        return self._runs.of(self.path)

    @property
    def _state(self) -> str:
        run = self.run_now
        return run.now.state if run is not None else ""

    def situation(self) -> Situation:
        startable = self._answers is not None and self._answers.here > 0 and self._state in ("", "ended")
        return Situation(run="startable" if startable else self._state)

    def compose(self) -> ComposeResult:
        yield HeadLine()
        with VerticalScroll(classes="body"):
            yield Static("Counting …", classes="state", markup=False)
            yield Static("", classes="progress", markup=False)
            with Vertical(classes="options"):
                for asked in FIELDS:
                    yield FieldView(asked)
        yield self.key_line()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(HeadLine).show([("doubleread", 1), (self.path.stem, 3), ("answers", 2)], [(self.path.name, 1)])
        self.query_one(".options").display = False
        self.set_interval(_STILL_SECONDS if self.still else _LOOK_SECONDS, self._look)
        self.query_one(".body").focus()
        self._count()

    def _count(self) -> None:
        self.run_worker(self._count_in_thread, thread=True, exclusive=True)

    def _count_in_thread(self) -> None:
        try:
            found: AnswersToGenerate | DoublereadError = answers_to_generate(self.path)
        except DoublereadError as error:
            found = error
        self.post_message(self.Counted(found))

    def on_run_screen_counted(self, event: Counted) -> None:
        event.stop()
        if isinstance(event.found, DoublereadError):
            self.show_error(event.found)
            return
        self._answers = event.found
        self.query_one(HeadLine).show(
            [("doubleread", 1), (event.found.title, 3), ("answers", 2)], [(self.path.name, 1)]
        )
        self._shown = None
        self._look()

    def _look(self) -> None:
        """Show the run as it is now, if anything has changed."""
        run = self.run_now
        now = run.now if run is not None else None
        if (now, self._answers, self.size) == self._shown:
            return
        if now is not None and not now.going and self._going:
            self._answers = None
            self._count()
        self._going = now is not None and now.going
        self._shown = now, self._answers, self.size
        startable = self.situation().run == "startable"
        self.query_one(".options").display = startable
        if now is not None:
            self.query_one(".state", Static).update(Content(state_words(now)))
            self.query_one(".progress", Static).update(progress_text(now, self.size.width - 5))
        elif self._answers is not None:
            self.query_one(".state", Static).update(Content(self._answers.words))
        self.show_keys()

    def on_resize(self) -> None:
        self._look()

    def on_changed(self, event: Changed) -> None:
        event.stop()

    def on_done(self, event: Done) -> None:
        """Go to the next option, or start."""
        event.stop()
        self.action_start()

    def action_start(self) -> None:
        """Start the run with the options, if they will do."""
        views = {view.asked.name: view for view in self.query(FieldView)}
        values, errors = checked(FIELDS, {name: view.raw for name, view in views.items()})
        for name, view in views.items():
            view.show_problem(errors.get(name))
        if errors:
            views[next(iter(errors))].line.focus()
            return
        self._runs.start(self.path, RunOptions(**values))
        self.query_one(".body").focus()
        self._look()

    def action_pause(self) -> None:
        """Finish the answers in progress and start no others, or continue."""
        if (run := self.run_now) is not None:
            run.resume() if self._state in ("pausing", "paused") else run.pause()

    def action_stop(self) -> None:
        """End the models at once."""
        if (run := self.run_now) is not None:
            run.stop()

    def action_back(self) -> None:
        """Leave. If the run goes on, ask what becomes of it."""
        run = self.run_now
        if run is None or not run.now.going:
            self.dismiss()
            return

        def take(what: str | None) -> None:
            if what == "stop":
                run.stop()
            if what:
                self.dismiss()

        self.app.push_screen(LeaveDialog(), take)


def open_run(app: Program, path: Path) -> None:
    """Show the page on which the answers of a study are generated."""
    app.push_screen(RunScreen(path, app.runs, app.settings.keys))
