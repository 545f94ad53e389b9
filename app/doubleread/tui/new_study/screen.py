"""A new study in five steps: cases, models, protocol, readers, file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import ContentSwitcher, Static

from doubleread.cases.problems import bad_lines
from doubleread.cases.reading import CancelledError
from doubleread.domain.display import display_line, display_text
from doubleread.domain.wording import plural
from doubleread.engine.gguf.places import FoundModel
from doubleread.errors import DoublereadError, of_system
from doubleread.runs.new_study import CreatedStudy, NewStudy, PreparedStudy, create_study, prepare_study
from doubleread.runs.protocol_arms import ARM_KEYS
from doubleread.sessions.case_files import all_problems, packs_of, refusal
from doubleread.sessions.model_choice import ModelFacts, model_facts, usable_models
from doubleread.sessions.new_readers import NewReaders, add_readers
from doubleread.store.files.file_key import FileKey
from doubleread.store.files.unlocking import unlock
from doubleread.tui.new_study.arm_questions import alike_words, arm_words, model_fields, model_path
from doubleread.tui.new_study.cases_pane import CasesPane
from doubleread.tui.new_study.fields_pane import FieldsPane
from doubleread.tui.new_study.questions import (
    Described,
    file_fields,
    new_readers,
    new_study,
    protocol_fields,
    protocol_words,
    reader_fields,
    reader_words,
    summary,
)
from doubleread.tui.shared.actions import Situation
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.dialogs import LineDialog, TextDialog
from doubleread.tui.shared.fields import Field
from doubleread.tui.shared.forms import LOOK_SECONDS, error_words
from doubleread.tui.shared.guides import NEW_STUDY
from doubleread.tui.shared.head_line import HeadLine
from doubleread.tui.shared.screen_actions import NEW_STUDY_ACTIONS
from doubleread.tui.shared.screen_words import screen_words

if TYPE_CHECKING:
    from doubleread.tui.shared.program import Program

Event = TypeVar("Event", bound=Message)

STEPS: Mapping[str, str] = {
    "cases": "Cases",
    "models": "Models",
    "protocol": "Protocol",
    "readers": "Readers",
    "file": "File",
}
_LAST_GROUP = 4
"""Letters of the recovery key that a person types to show that it is written down."""


class Step(Horizontal):
    """Fields on the left, and on the right what follows from them."""

    DEFAULT_CSS = """
    Step {
        & > FieldsPane { width: 1fr; padding-right: 1; }
        & > .side { width: 1fr; padding-left: 1; border-left: solid $border; scrollbar-size-vertical: 1; }
        & > .side > Static { height: auto; }
    }
    """

    def compose(self) -> ComposeResult:
        yield FieldsPane(f"{self.id}-fields")
        with VerticalScroll(classes="side", can_focus=False):
            yield Static("", markup=False)

    @property
    def pane(self) -> FieldsPane:
        """Its fields."""
        return self.query_one(FieldsPane)

    def show(self, content: Content) -> None:
        """Show what follows from the fields."""
        self.query_one(".side > Static", Static).update(content)


class NewStudyScreen(DeclaredScreen):
    """Asks in five steps for what a study needs, and creates it."""

    DEFAULT_CSS = """
    NewStudyScreen {
        background: $surface;
        & > ContentSwitcher { height: 1fr; padding: 1 1 0 1; }
        & > .working { height: auto; padding: 0 1; color: $accent; display: none; }
        &.-working > .working { display: block; }
    }
    """
    declared = NEW_STUDY_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in NEW_STUDY_ACTIONS if action.id != "quit"]
    guide = NEW_STUDY

    @dataclass
    class Found(Message):
        """The models of this machine were found."""

        models: Sequence[FoundModel]

    @dataclass
    class Looked(Message):
        """A model file was looked at."""

        path: Path
        facts: ModelFacts

    @dataclass
    class Prepared(Message):
        """Everything was read and checked, or something will not do. With a `key`, the file is to be encrypted."""

        outcome: PreparedStudy | DoublereadError
        key: FileKey | None = None

    class Stopped(Message):
        """Somebody stopped the checks before the study was written."""

    @dataclass
    class Created(Message):
        """The study was created, or not. `trouble` is what went wrong after it was."""

        outcome: CreatedStudy | DoublereadError
        lines: Sequence[str] = ()
        trouble: DoublereadError | None = None

    def __init__(self, remapped: Mapping[str, str]) -> None:
        super().__init__(remapped)
        self._step = "cases"
        self._models: Sequence[FoundModel] | None = None
        self._facts: dict[Path, ModelFacts | None] = {}
        self._working = False
        self._stoppable = False
        self._stopped = False
        self._said = ""

    def situation(self) -> Situation:
        return Situation(step=self._step)

    def compose(self) -> ComposeResult:
        yield HeadLine()
        yield Chips(id="steps")
        with ContentSwitcher(initial="cases"):
            yield CasesPane(id="cases")
            for name in STEPS:
                if name != "cases":
                    yield Step(id=name)
        yield Static("", classes="working", markup=False)
        yield self.key_line()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(HeadLine).show([("doubleread", 1), ("new study", 2)], [])
        self.set_interval(LOOK_SECONDS, self._look)
        self._show_steps()
        self.cases_pane.begin()
        self._find_models()

    @property
    def cases_pane(self) -> CasesPane:
        return self.query_one(CasesPane)

    def _pane(self, step: str) -> FieldsPane:
        return self.query_one(f"#{step}", Step).pane

    @work(thread=True)
    def _find_models(self) -> None:
        self.post_message(self.Found(usable_models()))

    async def on_new_study_screen_found(self, event: Found) -> None:
        event.stop()
        self._models = event.models
        if self._step == "models":
            await self._ask("models")

    def key_chips(self) -> list[Chip]:
        """Return the chips of the key line, with the words for this step."""
        if self._working:
            return [Chip("new_study.back", "stop", key=self.key_of("new_study.back"))] if self._stoppable else []
        words = {"new_study.next": "create the study" if self._step == "file" else "next step"}
        words["new_study.back"] = "leave" if self._step == "cases" else "step back"
        chips = super().key_chips()
        return [replace(chip, label=words.get(chip.id, chip.label)) for chip in chips]

    def _show_steps(self) -> None:
        chips = [
            Chip(name, words, key=str(number), chosen=name == self._step)
            for number, (name, words) in enumerate(STEPS.items(), start=1)
        ]
        self.query_one("#steps", Chips).show(chips)
        self.show_keys()

    async def _go(self, step: str) -> None:
        """Show a step. Its questions depend on the steps before."""
        self._step = step
        self.query_one(ContentSwitcher).current = step
        self._show_steps()
        if step == "cases":
            self.cases_pane.begin()
            return
        await self._ask(step)
        self._pane(step).begin()

    async def _ask(self, step: str) -> None:
        cases = self.cases_pane.cases
        if step == "models":
            if self._models is None:
                self.query_one("#models", Step).show(Content("Looking for models …"))
                return
            await self._pane(step).ask(model_fields(self._models, self._facts.get, cases))
            self._look_at_models()
        elif step == "protocol":
            await self._pane(step).ask(protocol_fields(cases))
        elif step == "readers":
            await self._pane(step).ask(reader_fields(len(cases)))
        elif step == "file" and not self._pane(step).fields:
            await self._pane(step).ask(file_fields(self.cases_pane.files[0].path.stem))
        self._show_side()

    def _show_side(self) -> None:
        """Show what follows from the fields of the step."""
        if self._step == "cases" or not self._pane(self._step).complete:
            return
        values = self._pane(self._step).values
        parts: list[Content] = []
        if self._step == "models":
            for letter in ARM_KEYS:
                words = arm_words(values, letter, self._facts.get) if values else []
                parts += [_heading(f"Arm {letter.upper()}"), *_lines(words), Content("")]
            parts += _lines([alike_words(values)] if values else [])
        elif self._step == "protocol":
            parts = [_heading("What readers are asked"), *_lines(protocol_words(values))]
        elif self._step == "readers":
            parts = [_heading("Who reads how much"), *_lines(reader_words(values, len(self.cases_pane.cases)))]
        else:
            rows = summary(self._described, self.cases_pane.cases, self._left_out, self._facts.get)
            parts = [_heading("The study"), *(_row(label, words) for label, words in rows)]
        self.query_one(f"#{self._step}", Step).show(Content("\n").join(parts))

    @property
    def _left_out(self) -> int:
        """How many lines are skipped."""
        return bad_lines(all_problems(self.cases_pane.files)) if self.cases_pane.skip_bad else 0

    @property
    def _fields(self) -> list[Field]:
        """The fields of all steps."""
        return [field for name in STEPS if name != "cases" for field in self._pane(name).fields]

    @property
    def _described(self) -> Described:
        return Described(*(self._pane(name).values for name in STEPS if name != "cases"))

    def _look_at_models(self) -> None:
        """Look at the chosen model files that nobody has looked at yet."""
        values = self._pane("models").values
        for letter in ARM_KEYS:
            path = model_path(values, letter) if values else None
            if path is not None and path not in self._facts:
                self._facts[path] = None
                self._look_at(path)

    @work(thread=True, group="look")
    def _look_at(self, path: Path) -> None:
        self.post_message(self.Looked(path, model_facts(path)))

    def on_new_study_screen_looked(self, event: Looked) -> None:
        event.stop()
        self._facts[event.path] = event.facts
        self._pane("models").show_asked()
        self._show_side()

    def on_fields_pane_edited(self, event: FieldsPane.Edited) -> None:
        event.stop()
        if self._step == "models":
            self._look_at_models()
        self._show_side()

    @on(FieldsPane.Filled)
    @on(CasesPane.Filled)
    async def _filled(self, event: Message) -> None:
        event.stop()
        await self.action_next_step()

    def on_cases_pane_edited(self, event: CasesPane.Edited) -> None:
        event.stop()
        count = len(self.cases_pane.cases)
        self.query_one(HeadLine).show([("doubleread", 1), ("new study", 2)], [(plural(count, "case"), 1)])

    async def action_next_step(self) -> None:
        """Check this step and go to the next, or create the study after the last."""
        if self._working or not self._accepted(self._step):
            return
        names = list(STEPS)
        if self._step != names[-1]:
            await self._go(names[names.index(self._step) + 1])
        elif (unready := next((name for name in names if not self._accepted(name)), None)) is not None:
            await self._go(unready)
        else:
            self._create()

    def _accepted(self, step: str) -> bool:
        """Return whether a step is filled in; otherwise show what is missing."""
        if step != "cases":
            return self._pane(step).accepted()
        pane = self.cases_pane
        if pane.reading:
            self.tell("A file is still being read.")
            return False
        if (error := refusal(pane.files, skip_bad=pane.skip_bad)) is not None:
            self.show_error(error)
            return False
        return True

    async def action_back(self) -> None:
        """Go back one step, or leave after a question; stop what goes on."""
        names = list(STEPS)
        if self._working:
            self._stopped = self._stoppable
            return
        if self._step != names[0]:
            await self._go(names[names.index(self._step) - 1])
        elif not self.cases_pane.files:
            self.dismiss()
        else:

            def take(meant: bool | None) -> None:
                if meant:
                    self.dismiss()

            self.confirm("Leave the new study?", self.lost_by_quitting, "leave", take)

    @property
    def lost_by_quitting(self) -> str:
        """What is chosen so far, until it is written."""
        if not self.cases_pane.files:
            return ""
        return "Nothing has been written. What you have chosen here is forgotten."

    @on(Chips.Picked, "#steps")
    async def _pick_step(self, event: Chips.Picked) -> None:
        """Go to a step, if those before it are filled in."""
        event.stop()
        if self._working:
            return
        names = list(STEPS)
        for name in names[: names.index(event.chip_id)]:
            if name == "cases" or self._pane(name).fields:
                if not self._accepted(name):
                    await self._go(name)
                    return
            else:
                await self._go(name)
                return
        await self._go(event.chip_id)

    def action_next_view(self) -> None:
        """Show cases, problems or duplicates in turn."""
        self.cases_pane.next_view()

    def action_turn(self, step: int) -> None:
        """Show another case of the preview."""
        self.cases_pane.turn(step)

    def _create(self) -> None:
        pane = self.cases_pane
        told = self._described
        wanted = new_study(told, packs_of(pane.files), skip_bad=pane.skip_bad)
        self._stopped, self._said = False, ""
        self._set_working("Checking everything …", stoppable=True)
        self._prepare(wanted, told.file.get("passphrase") or "")

    def _set_working(self, words: str, *, stoppable: bool = False) -> None:
        """Say what goes on, or with "" that nothing does."""
        self._working, self._stoppable = bool(words), stoppable
        self.set_class(self._working, "-working")
        self.query_one(".working", Static).update(Content(display_line(words)))
        self.query_one(ContentSwitcher).disabled = self._working
        self.show_keys()

    def _look(self) -> None:
        """Show what the thread that checks everything said last."""
        if self._stoppable and self._said:
            self.query_one(".working", Static).update(Content(display_line(self._said)))

    @work(thread=True, group="create")
    def _prepare(self, wanted: NewStudy, passphrase: str) -> None:
        def say(words: str) -> None:
            if self._stopped:
                raise CancelledError
            self._said = words

        def far(what: str, done: int, total: int) -> None:
            say(f"{what}: {done} of {total}")

        def prepared() -> NewStudyScreen.Prepared:
            ready = prepare_study(wanted, say, far)
            return self.Prepared(ready, FileKey.chosen(passphrase) if wanted.encrypted else None)

        try:
            self.post_message(_attempt(prepared, self.Prepared))
        except CancelledError:
            self.post_message(self.Stopped())

    def on_new_study_screen_stopped(self, event: Stopped) -> None:
        event.stop()
        self._set_working("")
        self._pane("file").begin()

    def on_new_study_screen_prepared(self, event: Prepared) -> None:
        event.stop()
        outcome, key = event.outcome, event.key
        if isinstance(outcome, DoublereadError):
            self._failed(outcome)
        elif key is None:
            self._begin_writing(outcome, None)
        else:
            self._confirm_key(outcome, key)

    def _confirm_key(self, ready: PreparedStudy, key: FileKey, wrong: str = "") -> None:
        """Show the recovery key until somebody has written it down."""
        words = (
            f"{wrong}Write down this recovery key and keep it apart from the file. It opens the study if the passphrase"
            f" is forgotten. If both are lost, the study can never be read again.\n\n{key.recovery_key}\n\n"
            f"To go on, type its last {_LAST_GROUP} characters."
        )

        def take(typed: str | None) -> None:
            if typed is None:
                self._set_working("")
            elif typed.strip().upper() == key.recovery_key[-_LAST_GROUP:]:
                self._begin_writing(ready, key)
            else:
                self._confirm_key(ready, key, "These were not its last characters.\n\n")

        self.app.push_screen(LineDialog("The recovery key", words, go_on="it is written down"), take)

    def _begin_writing(self, ready: PreparedStudy, key: FileKey | None) -> None:
        self._set_working("Writing the study …")
        self._write(ready, key, new_readers(self._pane("readers").values))

    @work(thread=True, group="create")
    def _write(self, ready: PreparedStudy, key: FileKey | None, readers: NewReaders) -> None:
        def created() -> NewStudyScreen.Created:
            done = create_study(ready, key)
            try:
                if key is not None:
                    unlock(done.path, key.recovery_key)
                return self.Created(done, add_readers(done.path, readers))
            except DoublereadError as error:
                return self.Created(done, trouble=error)

        event = _attempt(created, self.Created)
        if isinstance(event.outcome, CreatedStudy):
            remarks = [note_words(note) for note in (*ready.notes, *event.outcome.notes)]
            event.lines = [*event.lines, *(f"Note: {remark}" for remark in remarks)]
        self.post_message(event)

    def on_new_study_screen_created(self, event: Created) -> None:
        event.stop()
        outcome = event.outcome
        if isinstance(outcome, DoublereadError):
            self._failed(outcome)
            return
        self.query_one(".working", Static).update("")
        names = " and ".join(arm.name for arm in outcome.arms)
        parts = [f"{outcome.path}: {plural(outcome.cases, 'case')}, {names}", "\n".join(event.lines)]
        if external := [arm.name for arm in outcome.arms if arm.external]:
            parts.append(f"Next: import the answers of {' and '.join(external)}, on the study's page.")
        if event.trouble is not None:
            why = screen_words(str(event.trouble))
            parts.append(f"The readers were not registered: {why}. Register them on the study's page.")
        dialog = TextDialog("The study is created", "\n\n".join(part for part in parts if part))
        self.app.push_screen(dialog, lambda _: self._leave_for(outcome))

    def _leave_for(self, study: CreatedStudy) -> None:
        """Show the new study, and above its page the one on which answers are generated."""
        app = cast("Program", self.app)
        self.dismiss()

        def show() -> None:
            from doubleread.tui.run.screen import RunScreen

            app.open_page(study.path)
            if study.runnable:
                app.push_screen(RunScreen(study.path, app.runs, self.remapped))

        self.app.call_later(show)

    def _failed(self, error: DoublereadError) -> None:
        self._set_working("")
        self.app.push_screen(
            TextDialog(error.title, error_words(error, self._fields)), lambda _: self._pane("file").begin()
        )


def note_words(note: str) -> str:
    """Return a remark of the commands for a screen."""
    return screen_words(note.removeprefix("note: ").replace("; doubleread cases check lists them", ""))


def _attempt(work_to_do: Callable[[], Event], failed: Callable[[DoublereadError], Event]) -> Event:
    """Return what comes of some work, or the message about its failure."""
    try:
        return work_to_do()
    except DoublereadError as error:
        return failed(error)
    except OSError as error:
        known = of_system(error)
        if known is None:
            raise
        return failed(known)


def _heading(words: str) -> Content:
    return Content.styled(words, "bold $primary")


def _lines(words: Sequence[str]) -> list[Content]:
    return [Content(display_text(line)) for line in words]


def _row(label: str, words: str) -> Content:
    return Content.assemble((f"{label:<15} ", "$text-muted"), display_line(words))


def open_new_study(app: Program) -> None:
    """Show the page on which a study is created."""
    app.push_screen(NewStudyScreen(app.settings.keys))
