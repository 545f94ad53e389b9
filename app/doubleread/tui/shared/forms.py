"""Forms: a screen that asks for values, checks them at once, and then does the work in a thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widgets import ProgressBar, Static

from doubleread.domain.display import display_line, display_text
from doubleread.errors import CaseFileError, DoublereadError, of_system
from doubleread.tui.shared.chips import Chip
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.dialogs import ConfirmDialog, TextDialog
from doubleread.tui.shared.field_views import Changed, Done, FieldView
from doubleread.tui.shared.fields import Field, Values, checked
from doubleread.tui.shared.guides import FORM, Guide
from doubleread.tui.shared.screen_actions import FORM_ACTIONS
from doubleread.tui.shared.screen_words import screen_error, screen_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from doubleread.tui.shared.program import Program

LOOK_SECONDS = 0.1
"""Seconds between two looks at the progress of the work."""
MOST_PROBLEMS = 200
LOW = 16
"""Rows of the screen below which the words above the fields are only in the help."""


class Stopped(Exception):  # noqa: N818 - not an error: somebody wanted it
    """The person has stopped the work. Raised by `Work.report` and passed on by the function of a form."""


@dataclass(slots=True)
class Work:
    """How far the function of a form is. The function reports; the screen looks now and then."""

    done: int = 0
    total: int | None = None
    words: str = ""
    reported: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)

    def report(self, done: int, total: int | None = None, words: str = "") -> None:
        """Say how much is done, of how much, and of what. Raises Stopped once the person has stopped the work."""
        self.done, self.total, self.words, self.reported = done, total, words, True
        if self.stopped:
            raise Stopped

    def tell(self, what: str, done: int, total: int) -> None:
        """Report as a `doubleread.progress.Progress`."""
        self.report(done, total, what)

    @property
    def stopped(self) -> bool:
        """Whether the person has stopped the work. A function may look at this instead of calling `report`."""
        return self._stop.is_set()

    def stop(self) -> None:
        self._stop.set()


@dataclass(frozen=True, slots=True)
class FormResult:
    """What came of a form: words for the person, notes, and the files that were written.

    Without any of them, the form closes at once. `then` is called once the form is closed, for example to open the
    study that was created.
    """

    words: str = ""
    notes: Sequence[str] = ()
    written: Sequence[Path] = ()
    then: Callable[[Program], None] | None = None

    @property
    def text(self) -> str:
        parts = [self.words, "\n".join(f"Note: {screen_words(note.removeprefix('note: '))}" for note in self.notes)]
        if self.written:
            parts.append("Written:\n" + "\n".join(f"  {path.absolute()}" for path in self.written))
        return "\n\n".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its fields, and the function that gets their values once all are accepted.

    `submit` runs in a thread: it must not touch the screen, and opens the study file itself. It raises DoublereadError
    for what the person can act on; the form then stays as it is filled in. `confirm` returns a question to be answered
    before, or an empty string.
    """

    title: str
    about: str
    fields: Sequence[Field]
    submit: Callable[[Values, Work], FormResult]
    go_on: str = "continue"
    confirm: Callable[[Values], str] | None = None


class FormScreen(DeclaredScreen):
    """Asks for the values of a form. Enter goes from field to field, ctrl+s submits, escape leaves or stops."""

    DEFAULT_CSS = """
    FormScreen {
        align: center middle;
        background: $surface;
        & > .box { width: 100; max-width: 100%; height: auto; max-height: 100%; padding: 1 2 0 2;
                   border: round $border; border-title-color: $primary; border-title-style: bold; }
        & .about { height: auto; margin-bottom: 1; }
        &.-low .about { display: none; }
        & .fields { height: auto; max-height: 100%; scrollbar-size-vertical: 1; }
        & .working { height: auto; display: none; margin-bottom: 1; }
        &.-working .working { display: block; }
        & .working Bar { width: 1fr; }
        & .working Static { height: auto; }
        & KeyLine { background: $surface; }
    }
    """
    declared = FORM_ACTIONS
    least_size = Size(40, 10)
    BINDINGS: ClassVar[list[BindingType]] = [
        *(action.binding() for action in FORM_ACTIONS if action.id != "quit"),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    class Finished(Message):
        """The work has ended: with a result, an error, or because it was stopped."""

        def __init__(self, outcome: FormResult | DoublereadError | None) -> None:
            super().__init__()
            self.outcome = outcome

    def __init__(self, form: Form, remapped: Mapping[str, str]) -> None:
        super().__init__(remapped)
        self.form = form
        self.guide = Guide(form.title, form.about or FORM.about, FORM.words)
        self._work: Work | None = None
        self._visited: set[str] = set()

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(f" {display_line(self.form.title)} ")
            if self.form.about:
                yield Static(Content(display_text(self.form.about)), classes="about", markup=False)
            with VerticalScroll(classes="fields", can_focus=False):
                for asked in self.form.fields:
                    yield FieldView(asked)
            with Vertical(classes="working"):
                yield Static("", markup=False)
                yield ProgressBar(show_eta=False)
            yield self.key_line()

    def on_mount(self) -> None:
        self._show_asked()
        self.set_interval(LOOK_SECONDS, self._look)
        self._focus_first()
        # A long list of choices would scroll its own label out of sight.
        self.call_after_refresh(self.query_one(".fields").scroll_home, animate=False)

    def on_resize(self) -> None:
        """Leave room for the lines around the fields: what does not fit is scrolled."""
        low = self.size.height < LOW
        self.set_class(low, "-low")
        around = 5 + sum(widget.outer_size.height or 2 for widget in self.query(".about") if not low)
        self.query_one(".fields").styles.max_height = max(self.size.height - around, 4)

    @property
    def working(self) -> bool:
        """Whether the work goes on."""
        return self._work is not None

    @property
    def _views(self) -> list[FieldView]:
        return list(self.query(FieldView))

    def _checked(self) -> tuple[dict[str, Any], dict[str, DoublereadError]]:
        return checked(self.form.fields, {view.asked.name: view.raw for view in self._views})

    def _show_asked(self) -> None:
        """Show the fields that are asked, and correct the problems that are shown."""
        values, errors = self._checked()
        for view in self._views:
            view.display = view.asked.name in values
            if view.wrong:
                view.show_problem(errors.get(view.asked.name))

    def key_chips(self) -> list[Chip]:
        """Return the chips of the key line, with the form's own word for going on."""
        if self.working:
            return [Chip("form.back", "stop", key=self.key_of("form.back"))]
        chips = [
            replace(chip, label=self.form.go_on) if chip.id == "form.submit" else chip for chip in super().key_chips()
        ]
        chips.insert(1, Chip("next", "next field", key="enter"))
        return chips

    async def pick_key(self, chip_id: str) -> None:
        if chip_id == "next":
            self._next(self.focused)
        else:
            await super().pick_key(chip_id)

    def on_changed(self, event: Changed) -> None:
        event.stop()
        self._show_asked()

    def on_done(self, event: Done) -> None:
        event.stop()
        self._next(self.focused)

    def _next(self, here: object) -> None:
        """Go to the next field; after the last one, submit."""
        shown = [view for view in self._views if view.display]
        now = next((view for view in shown if here is not None and here in view.walk_children()), None)
        place = shown.index(now) + 1 if now in shown else 0
        if place < len(shown):
            shown[place].line.focus()
        else:
            self.action_submit()

    def on_descendant_blur(self) -> None:
        """Check the field that somebody leaves."""
        self.call_later(self._check_left)

    def _check_left(self) -> None:
        if self.working or not self.is_mounted or self.app.screen is not self:
            return
        _, errors = self._checked()
        focused = self.focused
        for view in self._views:
            inside = focused is not None and focused in view.walk_children()
            if view.display and not inside and (view.asked.name in self._visited):
                view.show_problem(errors.get(view.asked.name))

    def on_descendant_focus(self) -> None:
        """Show which field somebody is in, and note that they were there."""
        focused = self.focused
        for view in self._views:
            here = focused is not None and focused in view.walk_children()
            view.set_class(here, "-here")
            if here:
                self._visited.add(view.asked.name)

    def action_submit(self) -> None:
        """Check all fields and begin the work, or go to the first field that will not do."""
        if self.working:
            return
        values, errors = self._checked()
        for view in self._views:
            view.show_problem(errors.get(view.asked.name))
        if wrong := [view for view in self._views if view.asked.name in errors]:
            wrong[0].line.focus()
            return
        question = self.form.confirm(values) if self.form.confirm is not None else ""
        if not question:
            self._begin(values)
            return

        def take(meant: bool | None) -> None:
            if meant:
                self._begin(values)

        self.app.push_screen(ConfirmDialog(self.form.title, question, self.form.go_on), take)

    def _begin(self, values: Values) -> None:
        work = self._work = Work()
        self._show_working()
        self.run_worker(lambda: self._run(values, work), thread=True, group="work")

    def _run(self, values: Values, work: Work) -> None:
        """Do the work. Runs in a thread."""
        outcome: FormResult | DoublereadError | None
        try:
            outcome = self.form.submit(values, work)
        except Stopped:
            outcome = None
        except DoublereadError as error:
            outcome = error
        except OSError as error:
            known = of_system(error)
            if known is None:
                raise
            outcome = known
        self.post_message(self.Finished(outcome))

    def _show_working(self) -> None:
        self.set_class(self.working, "-working")
        self.query_one(".fields").disabled = self.working
        self.query_one(".working Static", Static).update("Working …")
        self.query_one(ProgressBar).display = False
        self.show_keys()

    def _look(self) -> None:
        work = self._work
        if work is None or not work.reported:
            return
        bar = self.query_one(ProgressBar)
        bar.display = work.total is not None
        bar.update(total=work.total, progress=work.done)
        of = f"{work.done} of {work.total}" if work.total is not None else str(work.done)
        words = "Stopping …" if work.stopped else " ".join(part for part in (work.words, of) if part)
        self.query_one(".working Static", Static).update(Content(display_line(words)))

    def on_form_screen_finished(self, event: Finished) -> None:
        event.stop()
        self._work = None
        self._show_working()
        outcome = event.outcome
        if outcome is None:
            self.tell("Stopped.")
            self._focus_first()
        elif isinstance(outcome, DoublereadError):
            words = error_words(outcome, self.form.fields)
            self.app.push_screen(TextDialog(outcome.title, words), lambda _: self._focus_named(words))
        elif outcome.text:
            self.app.push_screen(TextDialog(self.form.title, outcome.text), lambda _: self._close(outcome))
        else:
            self._close(outcome)

    def _focus_first(self) -> None:
        if shown := [view for view in self._views if view.display]:
            shown[0].line.focus()

    def _focus_named(self, words: str) -> None:
        """Focus the field that an error names by its label, else the first."""
        named = (view for view in self._views if view.display and view.asked.label in words)
        if (view := next(named, None)) is not None:
            view.line.focus()
        else:
            self._focus_first()

    def _close(self, result: FormResult) -> None:
        app = cast("Program", self.app)
        self.dismiss()
        if result.then is not None:
            self.app.call_later(result.then, app)

    def action_back(self) -> None:
        """Stop the work, or leave the form."""
        if self._work is not None:
            self._work.stop()
            self.query_one(".working Static", Static).update("Stopping …")
        else:
            self.dismiss()

    def on_unmount(self) -> None:
        """Stop the work if the program ends."""
        if self._work is not None:
            self._work.stop()


def error_words(error: DoublereadError, fields: Sequence[Field] = ()) -> str:
    """Return what happened, what to do, and every single problem of a case file, in the words of these fields."""
    told = screen_error(error, fields)
    problems = [screen_words(problem, fields) for problem in error.problems] if isinstance(error, CaseFileError) else []
    parts = [told.happened, f"What to do: {told.remedy}." if told.remedy else ""]
    if len(problems) > MOST_PROBLEMS:
        problems[MOST_PROBLEMS:] = [f"and {len(problems) - MOST_PROBLEMS} more"]
    return "\n\n".join(part for part in (*parts, "\n".join(problems)) if part)
