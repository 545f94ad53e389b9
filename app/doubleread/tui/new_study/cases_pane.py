"""Choose files with cases: how each is read, a preview, the problems and the duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from doubleread.cases.duplicates import Duplicate, duplicates_of
from doubleread.cases.formats import FORMATS
from doubleread.cases.reading import CancelledError, ReadAs
from doubleread.domain.case import Case
from doubleread.domain.case_text import case_text
from doubleread.domain.display import display_line, display_text
from doubleread.domain.formatting import PROPORTION
from doubleread.domain.wording import plural
from doubleread.locations import CORPUS_SUFFIX, STUDY_SUFFIX
from doubleread.sessions.case_files import (
    FIELD_WORDS,
    ChosenFile,
    all_problems,
    cases_of,
    kinds_words,
    mapped,
    problem_words,
    read_chosen,
)
from doubleread.tui.shared.chips import Chip, Chips
from doubleread.tui.shared.dialogs import LineDialog, ListDialog
from doubleread.tui.shared.field_views import Changed, Done, FieldView, Tick
from doubleread.tui.shared.fields import PathField, SwitchField, refused
from doubleread.tui.shared.forms import LOOK_SECONDS
from doubleread.tui.shared.screen_words import screen_words
from doubleread.typed_paths import from_home

_NO_CASES = (".gguf", CORPUS_SUFFIX, STUDY_SUFFIX)
View = Literal["cases", "problems", "duplicates"]
VIEWS: tuple[View, ...] = ("cases", "problems", "duplicates")
NONE = "\0none"
_SHOWN = 200
_WIDEST = max(map(len, FIELD_WORDS.values()))
_PROBLEMS_ABOVE = 20
"""How many problems are shown above the first row of a table."""
_TYPED = {"id_prefix": "What do all ids begin with?", "split": "Which part of the dataset, such as test?"}
_ENCODINGS = (
    ("", "UTF-8, or as the file says"),
    ("cp1252", "Windows, Western Europe (cp1252)"),
    ("latin-1", "ISO 8859-1 (latin-1)"),
    ("cp1250", "Windows, Central Europe (cp1250)"),
    ("cp1251", "Windows, Cyrillic (cp1251)"),
    ("mac-roman", "Mac OS Roman"),
    ("utf-16", "UTF-16"),
    ("shift_jis", "Japanese (Shift JIS)"),
    ("gb18030", "Chinese (GB 18030)"),
)


class Rows(OptionList):
    """A list whose rows are opened with enter or a click."""

    DEFAULT_CSS = """
    Rows { height: auto; border: none; padding: 0 1; background: $panel; scrollbar-size-vertical: 1;
           text-wrap: nowrap; text-overflow: ellipsis; }
    Rows:focus { border: none; background-tint: transparent; }
    Rows > .option-list--option { padding: 0; }
    Rows > .option-list--option-highlighted { background: $panel; color: $foreground; text-style: none; }
    Rows:focus > .option-list--option-highlighted { background: $primary; color: $background; text-style: bold; }
    """

    class Removed(Message):
        """Somebody wants to take the current row away."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("delete,backspace", "remove", show=False)]

    def action_remove(self) -> None:
        self.post_message(self.Removed())

    def fill(self, rows: Sequence[tuple[str, str]]) -> None:
        """Show rows of (id, words), and stay where somebody is."""
        before = self.highlighted
        self.clear_options()
        self.add_options(Option(Content(display_line(words)), id=row_id) for row_id, words in rows)
        self.highlighted = min(before or 0, len(rows) - 1) if rows else None
        self.display = bool(rows)


class CasesPane(Horizontal):
    """On the left the files and how they are read, on the right what comes of them."""

    DEFAULT_CSS = """
    CasesPane {
        & > .files { width: 1fr; padding-right: 1; scrollbar-size-vertical: 1; }
        & .files Static { height: auto; }
        & .hint { color: $text-muted; margin-bottom: 1; }
        & Rows { margin-bottom: 1; }
        & #files { max-height: 5; }
        & > .found { width: 1fr; padding-left: 1; border-left: solid $border; }
        & .found VerticalScroll { height: 1fr; scrollbar-size-vertical: 1; }
        & .found VerticalScroll > Static { height: auto; }
    }
    """

    class Edited(Message):
        """Files were chosen, removed, or read in another way."""

    class Filled(Message):
        """Somebody wants to go on to the next step."""

    @dataclass
    class Read(Message):
        """A file was read as it was `wanted`."""

        wanted: ChosenFile
        chosen: ChosenFile

    @dataclass
    class Compared(Message):
        """The cases were compared with each other."""

        cases: tuple[Case, ...]
        found: tuple[Duplicate, ...]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.files: list[ChosenFile] = []
        self.cases: tuple[Case, ...] = ()
        self.problems: tuple[str, ...] = ()
        self.duplicates: tuple[Duplicate, ...] | None = ()
        self._view: View = "cases"
        self._case = 0
        self._reading: dict[Path, ChosenFile] = {}
        self._far = ""

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="files", can_focus=False):
            yield FieldView(PathField("file", "Add a file or folder", "then press enter", without=_NO_CASES))
            yield Rows(id="files", markup=False, compact=True)
            yield Static("How it is read: enter changes a line.", classes="hint", id="how-hint", markup=False)
            yield Rows(id="how", markup=False, compact=True)
            yield FieldView(SwitchField("skip_bad", "Skip faulty lines", "they are listed in the study's log"))
        with Vertical(classes="found"):
            yield Chips(id="view")
            yield Chips(id="turn")
            with VerticalScroll():
                yield Static("", id="shown", markup=False)

    def on_mount(self) -> None:
        self.set_interval(LOOK_SECONDS, self._look)
        self._show()

    def begin(self) -> None:
        """Go to where the next thing is to be done."""
        (self.query_one("#how") if self.files else self.query_one(Input)).focus()

    @property
    def skip_bad(self) -> bool:
        """Whether lines with problems are skipped."""
        return self.query_one(Tick).on

    @property
    def reading(self) -> bool:
        """Whether a file is being read."""
        return bool(self._reading)

    @property
    def current(self) -> ChosenFile | None:
        """The file that is shown."""
        place = self.query_one("#files", Rows).highlighted
        return self.files[place] if place is not None and place < len(self.files) else None

    def on_done(self, event: Done) -> None:
        """Add what was typed; without anything typed, go on."""
        event.stop()
        line = self.query_one(Input)
        if not line.has_focus:
            self.post_message(self.Filled())
            return
        typed = line.value.strip()
        if typed:
            self.add(from_home(typed))
        elif self.files:
            self.post_message(self.Filled())

    def add(self, path: Path) -> None:
        """Add a file or folder with cases."""
        view = self.query(FieldView).first()
        if not path.exists():
            view.show_problem(refused(f"there is no file {path}", "check its name, or choose it from the list"))
            return
        view.show_problem(None)
        self.query_one(Input).value = ""
        known = [chosen.path.resolve() for chosen in self.files]
        if path.resolve() in known:
            self._read(ChosenFile(self.files[known.index(path.resolve())].path, ReadAs()))
            return
        self.files.append(ChosenFile(path, ReadAs()))
        self._show()
        self.query_one("#files", Rows).highlighted = len(self.files) - 1
        self._read(self.files[-1])

    def _read(self, wanted: ChosenFile) -> None:
        """Read a file. If it is still being read in another way, that is given up."""
        self._reading[wanted.path] = wanted
        self._far = ""
        self.query_one("#shown", Static).update("Reading …")
        self._read_in_thread(wanted)

    def _is_wanted(self, wanted: ChosenFile) -> bool:
        return self._reading.get(wanted.path) is wanted

    @work(thread=True, group="read")
    def _read_in_thread(self, wanted: ChosenFile) -> None:
        def progress(done: int, total: int) -> None:
            if not self.is_running or not self._is_wanted(wanted):
                raise CancelledError
            of = f" of {total}" if total else ""
            self._far = f"Reading {wanted.path.name}: {done}{of} … delete in the list of files stops it."

        try:
            chosen = read_chosen(wanted.path, wanted.how, progress)
        except CancelledError:
            return
        self.post_message(self.Read(wanted, chosen))

    def _look(self) -> None:
        """Show how far the reading is."""
        if self.reading and self._far:
            self.query_one("#shown", Static).update(Content(display_line(self._far)))

    def on_cases_pane_read(self, event: Read) -> None:
        event.stop()
        if not self._is_wanted(event.wanted):
            return
        del self._reading[event.wanted.path]
        place = [chosen.path for chosen in self.files].index(event.wanted.path)
        self.files[place] = event.chosen
        self._changed()
        if not self.reading and self.query_one(Input).has_focus and self.files:
            self.call_after_refresh(self._go_to_how)

    def _go_to_how(self) -> None:
        """Go to the first line about the reading of a file that a person should look at."""
        rows, chosen = self.query_one("#how", Rows), self.current
        if chosen is None:
            return
        needed = ("text", "key") if chosen.columns else ()
        lacking = next((name for name in needed if not _column_of(chosen, name)), "")
        ids = [option.id for option in rows.options]
        rows.highlighted = ids.index(lacking) if lacking in ids else 0
        rows.focus()

    def _changed(self) -> None:
        self.cases = cases_of(self.files)
        self.problems = tuple(screen_words(problem_words(problem)) for problem in all_problems(self.files))
        self._case = min(self._case, max(len(self.cases) - 1, 0))
        self.duplicates = None if self.cases else ()
        self._show()
        self.post_message(self.Edited())
        if self.cases:
            self._compare(self.cases)

    @work(thread=True, group="compare", exclusive=True)
    def _compare(self, cases: tuple[Case, ...]) -> None:
        def progress(_done: int, _total: int) -> None:
            if not self.is_running or cases is not self.cases:
                raise CancelledError

        try:
            found = duplicates_of(cases, progress=progress).found
        except CancelledError:
            return
        self.post_message(self.Compared(cases, found))

    def on_cases_pane_compared(self, event: Compared) -> None:
        event.stop()
        if event.cases is self.cases:
            self.duplicates = event.found
            self._show_found()

    def on_changed(self, event: Changed) -> None:
        event.stop()
        self.post_message(self.Edited())

    @on(Rows.Removed)
    def _remove(self, event: Rows.Removed) -> None:
        event.stop()
        rows = self.query_one("#files", Rows)
        place = rows.highlighted if rows.has_focus else None
        if place is not None and place < len(self.files):
            self._reading.pop(self.files[place].path, None)
            del self.files[place]
            self._changed()

    @on(OptionList.OptionHighlighted, "#files")
    def _other_file(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._show_how()

    @on(OptionList.OptionSelected, "#files")
    def _to_how(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.query_one("#how", Rows).focus()

    @on(OptionList.OptionSelected, "#how")
    def _choose(self, event: OptionList.OptionSelected) -> None:
        """Ask what a line of how the file is read should be."""
        event.stop()
        chosen, row = self.current, event.option_id
        if chosen is None or row is None:
            return
        if row == "format":
            items = [("", "recognised from its contents"), *((name, f"{one.about}") for name, one in FORMATS.items())]
            title, current = "Which format is the file in?", chosen.how.format
        elif row == "encoding":
            likely = chosen.pack.likely_encodings if chosen.pack is not None else {}
            items = [*((name, f"{name}: {word}") for name, word in likely.items()), *_ENCODINGS]
            title, current = "Which encoding is the file in?", chosen.how.encoding or ""
        elif row in _TYPED:
            self._type(chosen, row)
            return
        elif row == "longhealth_task":
            items = [("1", "Task 1: find it"), ("2", "Task 2: with distraction"), ("3", "Task 3: not answerable")]
            title, current = "Which task of LongHealth?", str(chosen.how.longhealth_task)
        else:
            items = [(NONE, "(no column)"), *((column, _with_sample(chosen, column)) for column in chosen.columns)]
            title, current = f"Which column is {FIELD_WORDS[row]}?", _column_of(chosen, row) or _free(chosen)

        def take(value: str | None) -> None:
            if value is None:
                return
            if row == "format":
                how = replace(chosen.how, format=value, mapping={})
            elif row == "encoding":
                how = replace(chosen.how, encoding=value or None)
            elif row == "longhealth_task":
                how = replace(chosen.how, longhealth_task=int(value))
            else:
                how = mapped(chosen.how, row, "" if value == NONE else value)
            self._read(replace(chosen, how=how))
            rows = self.query_one("#how", Rows)
            if row in FIELD_WORDS and rows.highlighted is not None:
                rows.highlighted = min(rows.highlighted + 1, rows.option_count - 1)

        self.app.push_screen(ListDialog(title, items, current=current, go_on="take it"), take)

    def _type(self, chosen: ChosenFile, row: str) -> None:
        """Ask for a line of text about how the file is read; a minus sign empties it."""

        def take(typed: str | None) -> None:
            if typed is not None:
                text = "" if typed == "-" else typed
                prefix, split = (text, chosen.how.split) if row == "id_prefix" else (chosen.how.id_prefix, text)
                self._read(replace(chosen, how=replace(chosen.how, id_prefix=prefix, split=split)))

        value = chosen.how.id_prefix if row == "id_prefix" else chosen.how.split
        self.app.push_screen(LineDialog(_TYPED[row], "Type - for none.", value=value), take)

    @on(Chips.Picked, "#view")
    def _pick_view(self, event: Chips.Picked) -> None:
        event.stop()
        self._view = next(view for view in VIEWS if view == event.chip_id)
        self._show_found()

    def next_view(self) -> None:
        """Show cases, problems or duplicates in turn."""
        self._view = VIEWS[(VIEWS.index(self._view) + 1) % len(VIEWS)]
        self._show_found()

    @on(Chips.Picked, "#turn")
    def _pick_turn(self, event: Chips.Picked) -> None:
        event.stop()
        self.turn(-1 if event.chip_id == "previous" else 1)

    def turn(self, step: int) -> None:
        """Show the next case, or the one before."""
        self._view = "cases"
        self._case = max(min(self._case + step, len(self.cases) - 1), 0)
        self._show_found()
        self.query_one(".found VerticalScroll", VerticalScroll).scroll_home(animate=False)

    def _show(self) -> None:
        self.query_one("#files", Rows).fill([(str(number), one.words) for number, one in enumerate(self.files)])
        self._show_how()
        self._show_found()

    def _show_how(self) -> None:
        chosen, rows = self.current, self.query_one("#how", Rows)
        self.query_one("#how-hint").display = chosen is not None
        if chosen is None:
            rows.fill([])
            return
        name = chosen.format
        about = FORMATS[name].about if name in FORMATS else "not recognised: choose it"
        found = chosen.pack.encoding if chosen.pack is not None else ""
        encoding = f"{chosen.how.encoding}: check the preview" if chosen.how.encoding else found or "-"
        lines = [("format", f"Format       {about}"), ("encoding", f"Encoding     {encoding}")]
        if chosen.format == "longhealth":
            lines.append(("longhealth_task", f"Task         {chosen.how.longhealth_task}"))
        if chosen.path.is_dir():
            lines.append(("split", f"Split        {chosen.how.split or '-'}"))
        lines.append(("id_prefix", f"Id prefix    {chosen.how.id_prefix or '-'}"))
        for field, words in FIELD_WORDS.items() if chosen.columns else ():
            lines.append((field, f"{words.ljust(_WIDEST)} ← {_column_of(chosen, field) or '-'}"))
        rows.fill(lines)

    def _show_found(self) -> None:
        counts = {"problems": len(self.problems), "cases": len(self.cases), "duplicates": len(self.duplicates or ())}
        words = {view: f"{view} {counts[view]}" for view in VIEWS}
        if self.duplicates is None:
            words["duplicates"] = "duplicates …"
        self.query_one("#view", Chips).show(Chip(view, words[view], chosen=view == self._view) for view in VIEWS)
        turning = self._view == "cases" and len(self.cases) > 1
        turn = self.query_one("#turn", Chips)
        turn.display = turning
        turn.show([Chip("previous", "previous case", key="f3"), Chip("next", "next case", key="f4")] if turning else [])
        self.query_one("#shown", Static).update(self._found())

    def _found(self) -> Content:
        if self.reading:
            return Content("Reading …")
        if self._view == "problems":
            return _listed(self.problems, "No line has a problem.")
        if self._view == "duplicates":
            if self.duplicates is None:
                return Content("Comparing the cases …")
            return _listed([_duplicate_words(one) for one in self.duplicates], "There are no duplicates.")
        unread = [one for one in self.files if one.error is not None]
        if unread and unread[0].error is not None:
            error = unread[0].error
            return Content(
                display_text(f"{screen_words(error.happened)}.\n\nChoose the format or the encoding on the left.")
            )
        if not self.cases:
            if self.problems:
                sample = self.current.sample if self.current is not None else {}
                found = ["", "First row", *(f"{name}: {value}" for name, value in sample.items())] if sample else []
                return _listed([*self.problems[:_PROBLEMS_ABOVE], *found], "")
            return Content("A preview appears here as soon as you add a file.")
        return _preview(self.cases[self._case], self._case, self.cases)


def _with_sample(chosen: ChosenFile, column: str) -> str:
    """Return a column with what is in its first row."""
    return f"{column}: {chosen.sample[column]}" if chosen.sample.get(column) else column


def _free(chosen: ChosenFile) -> str:
    """Return the first column that is not read from."""
    taken = set(chosen.pack.mapping.values()) if chosen.pack is not None else set()
    return next((column for column in chosen.columns if column not in taken), "")


def _column_of(chosen: ChosenFile, field: str) -> str:
    return chosen.pack.mapping.get(field, "") if chosen.pack is not None else ""


def _listed(lines: Sequence[str], none: str) -> Content:
    if not lines:
        return Content(none)
    more = [f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return Content(display_text("\n".join([*lines[:_SHOWN], *more])))


def _duplicate_words(one: Duplicate) -> str:
    how = "is the same case as" if one.exact else f"is {PROPORTION.value(one.similarity)} similar to"
    key = ", but has another answer key" if one.other_key else ""
    return f"{one.id} {how} {one.other}{key}"


def _preview(case: Case, place: int, cases: Sequence[Case]) -> Content:
    """Return a case as readers will see it, with the key that they see after the commit."""
    text = case_text(case.text, case.question, case.options, case.documents, case.turns).text
    parts = [
        Content.styled(f"{place + 1} of {plural(len(cases), 'case')} ({kinds_words(cases)})\n", "$text-muted"),
        Content.styled(display_line(f"{case.title or case.id}"), "bold"),
        Content(f"\n\n{display_text(text)}\n\n"),
        Content.styled("After the commit, readers see the answer key\n", "$text-muted"),
        Content(display_text(case.key_text or ("criteria" if case.criteria else ""))),
    ]
    if case.explanation:
        parts.append(Content(f"\n\n{display_text(case.explanation)}"))
    parts += [Content.styled(f"\n\n{display_line(line)}", "$text-muted") for line in _about(case)]
    return Content("").join(parts)


def _about(case: Case) -> list[str]:
    facts = {"id": case.id, "topics": ", ".join(case.tags), "source": case.source, "licence": case.licence}
    return [", ".join(f"{name}: {value}" for name, value in facts.items() if value)]
