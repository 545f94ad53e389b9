"""Check and convert cases, without a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from doubleread.atomic import atomic_write_bytes
from doubleread.cases.native import as_lines
from doubleread.domain.case import Case
from doubleread.domain.wording import plural
from doubleread.errors import DoublereadError, of_system
from doubleread.sessions.case_files import refusal
from doubleread.tui.new_study.cases_pane import CasesPane
from doubleread.tui.shared.actions import Situation
from doubleread.tui.shared.declared import DeclaredScreen
from doubleread.tui.shared.dialogs import LineDialog
from doubleread.tui.shared.guides import CONVERT
from doubleread.tui.shared.head_line import HeadLine
from doubleread.tui.shared.program import Program
from doubleread.tui.shared.screen_actions import CASES_ACTIONS
from doubleread.typed_paths import from_home

_MODE = 0o666
"""The permissions of a pack, less the umask: as of any file that a person saves."""


class CasesScreen(DeclaredScreen):
    """The first step of a new study alone; it writes a case pack."""

    DEFAULT_CSS = """
    CasesScreen {
        background: $surface;
        & > CasesPane { height: 1fr; padding: 1 1 0 1; }
    }
    """
    declared = CASES_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in CASES_ACTIONS if action.id != "quit"]
    guide = CONVERT

    @dataclass
    class Written(Message):
        """The pack was written, or not."""

        outcome: Path | DoublereadError
        cases: int

    def __init__(self, remapped: Mapping[str, str]) -> None:
        super().__init__(remapped)

    def situation(self) -> Situation:
        return Situation(step="cases")

    def compose(self) -> ComposeResult:
        yield HeadLine()
        yield CasesPane()
        yield self.key_line()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(HeadLine).show([("doubleread", 1), ("check and convert cases", 2)], [])
        self.pane.begin()

    @property
    def pane(self) -> CasesPane:
        return self.query_one(CasesPane)

    @on(CasesPane.Filled)
    def _filled(self, event: CasesPane.Filled) -> None:
        event.stop()
        self.action_write()

    def action_write(self) -> None:
        """Ask for the name of the pack, and write it."""
        if self.pane.reading:
            self.tell("A file is still being read.")
            return
        if (error := refusal(self.pane.files, skip_bad=self.pane.skip_bad)) is not None:
            self.show_error(error)
            return
        cases = self.pane.cases
        first = self.pane.files[0].path

        def take(name: str | None) -> None:
            if name is not None:
                path = from_home(name)
                self._ask_to_replace(path if path.suffix else path.with_name(f"{path.name}.jsonl"), cases)

        words = f"{plural(len(cases), 'case')} as JSON Lines. Which file?"
        value = str(first.with_name(f"{first.stem}-pack.jsonl"))
        self.app.push_screen(LineDialog("Write a case pack", words, value=value, go_on="write"), take)

    def _ask_to_replace(self, path: Path, cases: Sequence[Case]) -> None:
        if any(path.exists() and path.samefile(chosen.path) for chosen in self.pane.files):
            self.inform("Nothing written", f"{path} is the file that the cases come from.\n\nChoose another name.")
        elif path.exists():

            def take(meant: bool | None) -> None:
                if meant:
                    self._write(path, cases)

            self.confirm("Replace the file?", f"{path} exists already.", "replace it", take)
        else:
            self._write(path, cases)

    @work(thread=True)
    def _write(self, path: Path, cases: Sequence[Case]) -> None:
        outcome: Path | DoublereadError = path
        try:
            with atomic_write_bytes(path, _MODE) as file:
                file.writelines(line.encode("utf-8") for line in as_lines(cases))
        except OSError as error:
            known = of_system(error)
            if known is None:
                raise
            outcome = known
        self.post_message(self.Written(outcome, len(cases)))

    def on_cases_screen_written(self, event: Written) -> None:
        event.stop()
        if isinstance(event.outcome, DoublereadError):
            self.show_error(event.outcome)
        else:
            self.inform("Written", f"{event.outcome}: {plural(event.cases, 'case')}")

    def action_next_view(self) -> None:
        """Show cases, problems or duplicates in turn."""
        self.pane.next_view()

    def action_turn(self, step: int) -> None:
        """Show another case of the preview."""
        self.pane.turn(step)

    def action_back(self) -> None:
        """Leave."""
        self.dismiss()


def open_check_cases(app: Program) -> None:
    """Show the page on which cases are checked and converted."""
    app.push_screen(CasesScreen(app.settings.keys))
