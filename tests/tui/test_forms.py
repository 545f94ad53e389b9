"""Forms: what they accept, the keys and clicks that fill them in, and the work that they start."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from doubleread.config import Settings
from doubleread.errors import CaseFileError, DoublereadError
from doubleread.tui.app import DoublereadApp
from doubleread.tui.library.screen import LibraryScreen
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.dialogs import ConfirmDialog, TextDialog
from doubleread.tui.shared.field_views import FieldView, FolderList, listed
from doubleread.tui.shared.fields import (
    ChoiceField,
    ChoicesField,
    Field,
    FormChoice,
    NumberField,
    PathField,
    SwitchField,
    TextField,
    Values,
    checked,
    value_of,
)
from doubleread.tui.shared.forms import Form, FormResult, FormScreen, Work
from tui.driving import click_chip, notices, shown_text, until
from tui.studies import OneStudyLibrary

PLANS = (FormChoice("all", "everybody", "every reader reads every case"), FormChoice("split", "shared out"))


def ask(fields: list[Field], submit: Any = lambda values, work: FormResult("done"), **more: Any) -> Form:
    return Form("Assign cases", "Say who reads what.", fields, submit, "assign", **more)


class Submitted:
    """Notes the values that a form was submitted with."""

    def __init__(self, result: FormResult | DoublereadError | None = None) -> None:
        self.values: list[Values] = []
        self._result = result or FormResult("12 cases assigned", ["note: seed 1"], [Path("out/list.csv")])

    def __call__(self, values: Values, work: Work) -> FormResult:
        self.values.append(dict(values))
        if isinstance(self._result, DoublereadError):
            raise self._result
        return self._result


@pytest.fixture
def app(tmp_path: Path) -> DoublereadApp:
    return DoublereadApp(OneStudyLibrary(tmp_path / "none.doubleread"), Settings())


def is_shown(app: DoublereadApp) -> bool:
    return isinstance(app.screen, FormScreen) and any(chips.chips for chips in app.screen.query("#keys").results(Chips))


def form_screen(app: DoublereadApp) -> FormScreen:
    assert isinstance(app.screen, FormScreen)
    return app.screen


@pytest.mark.parametrize(
    ("asked", "raw", "words"),
    [
        (TextField("n", "N"), "  ", "this is missing"),
        (NumberField("n", "N"), "1.5", '"1.5" is not a whole number'),
        (NumberField("n", "N", minimum=1, maximum=9), "10", "10 is out of range"),
        (NumberField("n", "N", whole=False), "1e999", '"1e999" is not a number'),
        (ChoicesField("n", "N", choices=PLANS), frozenset(), "nothing is chosen"),
        (PathField("n", "N"), "nowhere.jsonl", "there is no file nowhere.jsonl"),
        (PathField("n", "N"), ".", ". is a folder"),
        (PathField("n", "N", kind="folder"), "nowhere", "there is no folder nowhere"),
        (PathField("n", "N", kind="new file"), __file__, f"{__file__} exists already"),
        (PathField("n", "N", kind="new file"), "no/such/out.csv", "there is no folder no/such"),
        (PathField("n", "N"), "a\0b", "there is no file a"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_value_says_what_is_wrong(asked: Field, raw: Any, words: str) -> None:
    with pytest.raises(DoublereadError) as refused:
        value_of(asked, raw)
    assert refused.value.happened.startswith(words)
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("asked", "raw", "value"),
    [
        (TextField("n", "N"), " R-01 ", "R-01"),
        (TextField("n", "N", secret=True), " a pass ", " a pass "),
        (TextField("n", "N", required=False), "", None),
        (NumberField("n", "N"), "12", 12),
        (NumberField("n", "N", whole=False), "0,25", 0.25),
        (ChoicesField("n", "N", choices=PLANS), {"split", "all"}, ("all", "split")),
        (SwitchField("n", "N"), True, True),
        (PathField("n", "N"), __file__, Path(__file__)),
        (PathField("n", "N", kind="new folder"), "a-new-one", Path("a-new-one")),
    ],
)
def test_a_good_value_is_taken(asked: Field, raw: Any, value: Any) -> None:
    assert value_of(asked, raw) == value


def test_a_field_is_asked_only_when_it_applies() -> None:
    fields = [SwitchField("encrypt", "Encrypt"), TextField("phrase", "Passphrase", when=lambda now: now["encrypt"])]
    assert checked(fields, {"encrypt": False, "phrase": ""}) == ({"encrypt": False}, {})
    values, errors = checked(fields, {"encrypt": True, "phrase": ""})
    assert values == {"encrypt": True, "phrase": None}
    assert set(errors) == {"phrase"}


def test_a_check_sees_all_values() -> None:
    def other(value: str, values: Values) -> None:
        if value == values["first"]:
            raise DoublereadError("Not accepted", "both are the same", "choose another")

    fields = [TextField("second", "Second", check=other), TextField("first", "First")]
    assert checked(fields, {"first": "a", "second": "a"})[1]["second"].happened == "both are the same"
    assert not checked(fields, {"first": "a", "second": "b"})[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.jsonl", "B.CSV", "a.txt", ".hidden.jsonl"):
        (tmp_path / name).write_text("")
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / "c.jsonl").write_text("")
    return tmp_path


def test_a_folder_lists_what_fits(folder: Path) -> None:
    asked = PathField("n", "N", suffixes=(".jsonl", ".csv"))
    assert listed(f"{folder}/", asked).names == ("packs/", "B.CSV", "b.jsonl")
    assert "b.jsonl" not in listed(f"{folder}/", PathField("f", "F", without=(".jsonl",))).names
    assert listed(f"{folder}/b", asked).names == ("B.CSV", "b.jsonl")
    assert listed(f"{folder}/.", asked).names == (".hidden.jsonl",)
    assert listed(f"{folder}/", PathField("n", "N", kind="folder")).names == ("packs/",)
    assert "No such file" in listed(f"{folder}/gone/x", asked).problem


async def test_a_form_is_filled_in_with_the_keyboard(app: DoublereadApp, folder: Path) -> None:
    submitted = Submitted()
    fields = [
        PathField("cases", "Cases", value=folder, suffixes=(".jsonl",)),
        TextField("reader", "Reader"),
        NumberField("seed", "Seed", value=1),
        ChoiceField("plan", "Plan", choices=PLANS),
        ChoicesField("kinds", "Kinds", choices=[FormChoice(name, name) for name in ("choice", "coding", "summary")]),
        SwitchField("repeat", "Repeat some"),
    ]
    async with app.run_test(size=(80, 24)) as pilot:
        app.open_form(lambda: ask(fields, submitted))
        await until(pilot, lambda: is_shown(app))
        names = app.screen.query_one(FolderList)
        await until(pilot, lambda: names.option_count == 3)
        await pilot.press("down", "enter")  # into the folder "packs"
        await until(pilot, lambda: app.screen.query_one("#field-cases Input", Input).value == f"{folder}/packs/")
        await until(pilot, lambda: names.option_count == 2)
        await pilot.press("enter")
        await pilot.press(*"R-01", "enter", *"5", "enter", "down", "enter")
        await pilot.press("space", "down", "down", "space", "enter", "space", "enter")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        assert submitted.values == [
            {
                "cases": folder / "packs" / "c.jsonl",
                "reader": "R-01",
                "seed": 5,
                "plan": "split",
                "kinds": ("choice", "summary"),
                "repeat": True,
            }
        ]
        text = shown_text(pilot)
        assert all(words in text for words in ("12 cases assigned", "Note: seed 1", "out/list.csv"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))


async def test_a_form_is_filled_in_with_the_mouse(app: DoublereadApp) -> None:
    submitted = Submitted(FormResult())
    fields = [ChoiceField("plan", "Plan", choices=PLANS), SwitchField("repeat", "Repeat some")]
    async with app.run_test(size=(120, 40)) as pilot:
        app.open_form(lambda: ask(fields, submitted))
        await until(pilot, lambda: is_shown(app))
        await pilot.click("#field-plan Picks", offset=(3, 1))
        await pilot.click("#field-repeat Tick")
        await click_chip(pilot, app.screen.query_one("#keys", Chips), "form.submit")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
        assert submitted.values == [{"plan": "split", "repeat": True}]


async def test_a_wrong_value_is_shown_when_its_field_is_left_and_until_it_is_right(app: DoublereadApp) -> None:
    fields = [NumberField("n", "Readers", minimum=2), TextField("reason", "Reason")]
    async with app.run_test(size=(80, 24)) as pilot:
        app.open_form(lambda: ask(fields))
        await until(pilot, lambda: is_shown(app))
        await pilot.press(*"1")
        assert "out of range" not in shown_text(pilot)
        await pilot.press("tab")
        await until(pilot, lambda: "1 is out of range; use 2 or more" in shown_text(pilot))
        await pilot.press("shift+tab", "end", "2")
        await until(pilot, lambda: "out of range" not in shown_text(pilot))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "this is missing" in shown_text(pilot))
        focused = app.screen.focused
        assert focused is not None
        assert focused in app.screen.query_one("#field-reason", FieldView).walk_children()


async def test_after_an_error_the_form_is_as_it_was(app: DoublereadApp) -> None:
    error = CaseFileError("Nothing imported", "2 lines are faulty", "correct them", ("line 3: no id", "line 9: no key"))
    submitted = Submitted(error)
    async with app.run_test(size=(80, 24)) as pilot:
        app.open_form(lambda: ask([TextField("reason", "Reason")], submitted))
        await until(pilot, lambda: is_shown(app))
        await pilot.press(*"because", "enter")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        text = shown_text(pilot)
        assert all(words in text for words in ("Nothing imported", "What to do: correct them.", "line 9: no key"))
        await pilot.press("enter")
        await until(pilot, lambda: is_shown(app))
        assert app.screen.query_one(Input).value == "because"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: len(submitted.values) == 2)


async def test_an_error_of_the_disk_is_told_too(app: DoublereadApp, tmp_path: Path) -> None:
    def write(values: Values, work: Work) -> FormResult:
        (tmp_path / "gone" / "x").write_text("")
        return FormResult()

    async with app.run_test(size=(80, 24)) as pilot:
        app.open_form(lambda: ask([], write))
        await until(pilot, lambda: is_shown(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "File cannot be used" in shown_text(pilot))


@pytest.fixture
def going_on() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


async def test_work_shows_its_progress_and_can_be_stopped(app: DoublereadApp, going_on: threading.Event) -> None:
    ended = threading.Event()

    def work_on(values: Values, work: Work) -> FormResult:
        try:
            work.report(3, 12, "cases imported:")
            going_on.wait(60)
            work.report(4, 12, "cases imported:")
        finally:
            ended.set()
        return FormResult("done")

    async with app.run_test(size=(80, 24)) as pilot:
        app.open_form(lambda: ask([TextField("reason", "Reason", value="x")], work_on))
        await until(pilot, lambda: is_shown(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "cases imported: 3 of 12" in shown_text(pilot))
        assert form_screen(app).working
        await pilot.press("ctrl+s", "escape")
        await until(pilot, lambda: "Stopping" in shown_text(pilot))
        going_on.set()
        await until(pilot, lambda: not form_screen(app).working)
        assert ended.is_set()
        assert "Stopped." in [notice.message for notice in notices(pilot)]
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))


async def test_a_form_asks_before_it_begins(app: DoublereadApp) -> None:
    submitted = Submitted(FormResult())
    form = ask([], submitted, confirm=lambda values: "Nobody can undo this.")
    async with app.run_test(size=(80, 24)) as pilot:
        app.open_form(lambda: form)
        await until(pilot, lambda: is_shown(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("escape")
        await until(pilot, lambda: is_shown(app))
        assert not submitted.values
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("enter")
        await until(pilot, lambda: bool(submitted.values))


async def test_a_form_leads_on(app: DoublereadApp) -> None:
    gone_on: list[DoublereadApp] = []
    async with app.run_test(size=(80, 24)) as pilot:
        app.open_form(lambda: ask([], lambda values, work: FormResult("made", then=gone_on.append)))
        await until(pilot, lambda: is_shown(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        assert not gone_on
        await pilot.press("enter")
        await until(pilot, lambda: gone_on == [app])


async def test_a_form_that_cannot_be_made_says_why(app: DoublereadApp) -> None:
    def make() -> Form:
        raise DoublereadError("No readers", "nobody is registered", "register somebody")

    async with app.run_test(size=(80, 24)) as pilot:
        app.open_form(make)
        await until(pilot, lambda: "nobody is registered" in shown_text(pilot))


async def test_the_help_of_a_form_says_how_to_fill_it_in(app: DoublereadApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        app.open_form(lambda: ask([TextField("reason", "Reason")]))
        await until(pilot, lambda: is_shown(app))
        await pilot.press("question_mark")
        assert app.screen.query_one(Input).value == "?"
        await pilot.press("f1")
        await until(pilot, lambda: "the space bar chooses" in shown_text(pilot))
        assert "fabrication" not in shown_text(pilot)


async def test_a_low_window_has_room_for_a_field_and_the_keys(app: DoublereadApp) -> None:
    fields: list[Field] = [TextField(f"f{number}", f"Field {number}") for number in range(9)]
    form = Form("Long", "Many words about it. " * 30, fields, Submitted(), "go on")
    async with app.run_test(size=(80, 24)) as pilot:
        app.open_form(lambda: form)
        await until(pilot, lambda: is_shown(app))
        assert "Many words about it." in shown_text(pilot)
        await pilot.resize_terminal(40, 10)
        await until(pilot, lambda: "Field 0" in shown_text(pilot) and "ctrl+s go on" in shown_text(pilot))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "Many words about it." in shown_text(pilot))


async def test_an_error_names_fields_and_not_options(app: DoublereadApp) -> None:
    error = CaseFileError("Refused", "1 problem", "correct it, or add --skip-bad to leave them out", ("use --format",))
    fields: list[Field] = [SwitchField("skip_bad", "Leave out faulty lines"), TextField("format", "File format")]
    async with app.run_test(size=(80, 24)) as pilot:
        app.open_form(lambda: ask(fields, Submitted(error)))
        await until(pilot, lambda: is_shown(app))
        await pilot.press("tab", "x", "ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        assert 'or choose "Leave out faulty lines" to leave them out' in " ".join(shown_text(pilot).split())
        assert 'use "File format"' in shown_text(pilot)
        assert "--" not in shown_text(pilot)


async def test_after_an_error_the_field_that_it_names_has_the_focus(app: DoublereadApp) -> None:
    error = DoublereadError("Nothing written yet", "there are texts of cases", "write your name under Attested by")
    fields: list[Field] = [TextField("out", "Folder"), TextField("by", "Attested by", required=False)]
    async with app.run_test(size=(80, 24)) as pilot:
        app.open_form(lambda: ask(fields, Submitted(error)))
        await until(pilot, lambda: is_shown(app))
        await pilot.press("x", "ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        await pilot.press("enter")
        await until(pilot, lambda: is_shown(app))
        await pilot.press(*"me")
        assert [entry.value for entry in app.screen.query(Input)] == ["x", "me"]


async def test_what_a_list_has_no_room_for_is_shown_below_it(app: DoublereadApp) -> None:
    plans = (FormChoice("all", "everybody", "every reader reads every case"), FormChoice("later", "later", "not now"))
    fields: list[Field] = [ChoiceField("plan", "Plan", choices=plans), TextField("name", "Name")]
    async with app.run_test(size=(40, 24)) as pilot:
        app.open_form(lambda: ask(fields, Submitted()))
        await until(pilot, lambda: is_shown(app))
        await until(pilot, lambda: "every reader reads every case" in shown_text(pilot))
        await pilot.press("down")
        await until(pilot, lambda: "every reader reads every case" not in shown_text(pilot))
        await pilot.press("up")
        await until(pilot, lambda: "every reader reads every case" in shown_text(pilot))
        await pilot.press("tab")
        await until(pilot, lambda: "every reader reads every case" not in shown_text(pilot))
        await pilot.press("shift+tab")
        await until(pilot, lambda: form_screen(app).query(".cut-off").first().display)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: not form_screen(app).query(".cut-off").first().display)
