"""A study that is created on the screen, from a file of cases to answers, and cases that are checked and converted."""

from __future__ import annotations

import csv
import json
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

import gguf_files
from doubleread.cases.reading import ReadAs, RecordProgress
from doubleread.config import Settings
from doubleread.domain.case import Case, Document
from doubleread.domain.retrieval import CASE_DOCUMENTS
from doubleread.read_model.readers import registered_readers
from doubleread.runs.new_study import NewStudy
from doubleread.runs.protocol_arms import ArmDraft
from doubleread.sessions.case_files import ChosenFile, read_chosen
from doubleread.sessions.model_choice import model_facts
from doubleread.sessions.study_library import StudyLibrary
from doubleread.store import StudyFile
from doubleread.store.files.unlocking import is_locked
from doubleread.tui.app import DoublereadApp
from doubleread.tui.library.screen import LibraryScreen
from doubleread.tui.new_study.arm_questions import (
    EXTERNAL,
    FILE,
    SERVER,
    alike_words,
    arm_draft,
    arm_words,
    model_fields,
)
from doubleread.tui.new_study.cases_pane import Rows
from doubleread.tui.new_study.cases_screen import CasesScreen
from doubleread.tui.new_study.questions import Described, new_study, reader_fields, summary
from doubleread.tui.new_study.screen import NewStudyScreen
from doubleread.tui.run.screen import RunScreen
from doubleread.tui.shared.chips import Chips
from doubleread.tui.shared.dialogs import ConfirmDialog, LineDialog, ListDialog, MessageDialog, TextDialog
from doubleread.tui.shared.field_views import FieldView
from doubleread.tui.shared.fields import ChoiceField, checked
from doubleread.tui.shared.forms import FormScreen
from doubleread.tui.study.screen import StudyScreen
from tui.driving import click_chip, shown_text, until

GERMAN = ("Nr", "Beschreibung", "Was wird gefragt", "A", "B", "C", "Richtig", "Bereich")


class Keys:
    """Presses keys, and counts them; what is typed counts too."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self._pilot = pilot
        self.keys = 0
        self.typed = 0

    async def press(self, *keys: str) -> None:
        self.keys += len(keys)
        await self._pilot.press(*keys)
        await self._pilot.pause()

    async def type(self, text: str) -> None:
        self.typed += len(text)
        await self._pilot.press(*text)
        await self._pilot.pause()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and no models but the bundled ones."""
    for variable in ("LLAMA_CACHE", "HF_HUB_CACHE", "OLLAMA_MODELS"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path / "none"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


@pytest.fixture
def app() -> DoublereadApp:
    return DoublereadApp(StudyLibrary(Settings()), Settings())


def write_table(
    path: Path, columns: Sequence[str] = GERMAN, cases: int = 2, key: str = "A", encoding: str = "utf-8"
) -> Path:
    words = ("hat Fieber und Husten", "klagt über Kopfschmerzen", "ist gestürzt", "hat Übelkeit", "ist müde")
    with path.open("w", encoding=encoding, newline="") as file:
        table = csv.writer(file, delimiter=";")
        table.writerow(columns)
        for number in range(cases):
            text = f"Eine {40 + number}-jährige Patientin {words[number % len(words)]}."
            table.writerow((f"F{number}", text, "Was ist es?", "Pneumonie", "Asthma", "Trauma", key, "Innere"))
    return path


def write_pack(path: Path, cases: int = 3, start: int = 0) -> Path:
    lines = [
        {"id": f"c{number}", "kind": "diagnosis", "text": f"Case {number} has a cough.", "question": "?", "key": "Flu"}
        for number in range(start, start + cases)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


async def open_new_study(pilot: Pilot[None]) -> NewStudyScreen:
    await until(pilot, lambda: isinstance(pilot.app.screen, LibraryScreen))
    await pilot.press("n")
    await until(pilot, lambda: isinstance(pilot.app.screen, NewStudyScreen))
    assert isinstance(pilot.app.screen, NewStudyScreen)
    return pilot.app.screen


async def says(pilot: Pilot[None], words: str) -> None:
    """Wait until the screen has words, whatever their lines are."""
    await until(pilot, lambda: words in shown_text(pilot) or words in " ".join(shown_text(pilot).split()))


def on_step(pilot: Pilot[None], name: str) -> Callable[[], bool]:
    def there() -> bool:
        screen = pilot.app.screen
        if not isinstance(screen, NewStudyScreen) or screen.situation().step != name:
            return False
        return name == "cases" or bool(screen.query_one(f"#{name}-fields").query("FieldView"))

    return there


async def add_file(pilot: Pilot[None], screen: NewStudyScreen | CasesScreen, name: str) -> None:
    """Type the name of a file, and wait until it is read."""
    pane = screen.query_one("CasesPane")
    before = len(pane.files)  # type: ignore[attr-defined]
    line = screen.query(Input).first()
    line.focus()
    line.value = name
    await pilot.press("enter")
    await until(pilot, lambda: len(pane.files) > before and not pane.reading)  # type: ignore[attr-defined]


async def choose_external(pilot: Pilot[None], name: str) -> None:
    """Choose answers made elsewhere for the arm whose choices have the focus, and go to the next arm."""
    await pilot.press("end", "enter")
    line = pilot.app.focused
    assert isinstance(line, Input)
    line.value = name
    await pilot.press("enter", "enter")


async def to_the_last_step(pilot: Pilot[None], readers: str = "") -> None:
    """Choose two arms with external answers, and leave everything else as it is."""
    await pilot.press("ctrl+s")
    await until(pilot, on_step(pilot, "models"))
    await choose_external(pilot, "One")
    await choose_external(pilot, "Two")
    await until(pilot, on_step(pilot, "protocol"))
    await pilot.press("ctrl+s")
    await until(pilot, on_step(pilot, "readers"))
    pilot.app.screen.query_one("#readers-fields").query(Input).first().value = readers
    await pilot.press("ctrl+s")
    await until(pilot, on_step(pilot, "file"))


async def test_from_a_table_with_german_columns_to_answers_of_real_models(app: DoublereadApp, here: Path) -> None:
    write_table(here / "faelle.csv")
    async with app.run_test(size=(120, 40)) as pilot:
        keys = Keys(pilot)
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
        await keys.press("n")
        await until(pilot, on_step(pilot, "cases"))
        await keys.type("faelle.csv")
        await keys.press("enter")
        screen = app.screen
        assert isinstance(screen, NewStudyScreen)
        pane = screen.cases_pane
        await until(pilot, lambda: screen.query_one("#how", Rows).has_focus)
        await until(pilot, lambda: "Case text: choose its column" in shown_text(pilot))
        for field, column in (("text", "Beschreibung"), ("question", "Was wird gefragt"), ("key", "Richtig")):
            await keys.press("enter")
            await until(pilot, lambda: isinstance(app.screen, ListDialog))
            await keys.press("enter")
            await until(pilot, lambda: not pane.reading and isinstance(app.screen, NewStudyScreen))
            assert pane.files[0].pack is not None
            assert pane.files[0].pack.mapping[field] == column
        await until(pilot, lambda: "1 of 2 cases" in shown_text(pilot))
        await until(pilot, lambda: "Eine 40-jährige Patientin hat Fieber und Husten." in shown_text(pilot))
        await keys.press("ctrl+s")
        await until(pilot, on_step(pilot, "models"))
        await keys.press("ctrl+s")
        await until(pilot, on_step(pilot, "protocol"))
        await keys.press("ctrl+s")
        await until(pilot, on_step(pilot, "readers"))
        await keys.type("R-01, R-02")
        await keys.press("ctrl+s")
        await until(pilot, on_step(pilot, "file"))
        await keys.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        words = "faelle.doubleread: 2 cases, doubleread demo biomedical and"
        await until(pilot, lambda: words in " ".join(shown_text(pilot).split()))
        await keys.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.situation().run == "startable")
        assert (keys.keys, keys.typed) == (14, 20)
        await keys.press("enter")
        await until(pilot, lambda: "no answer is missing" in shown_text(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StudyScreen))
    with StudyFile.open(here / "faelle.doubleread", device="d") as study:
        assert not study.missing_samples()
        assert [reader.reader_id for reader in registered_readers(study)] == ["R-01", "R-02"]
        case = study.case("F0")
        assert (case.text, case.key) == ("Eine 40-jährige Patientin hat Fieber und Husten.", "A")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_five_steps_by_keyboard_with_readers_and_a_plan(
    app: DoublereadApp, here: Path, size: tuple[int, int]
) -> None:
    write_pack(here / "pack.jsonl", 6)
    async with app.run_test(size=size) as pilot:
        screen = await open_new_study(pilot)
        await add_file(pilot, screen, "pack.jsonl")
        await pilot.press("ctrl+s")
        await until(pilot, on_step(pilot, "models"))
        await choose_external(pilot, "One")
        await choose_external(pilot, "Two")
        await until(pilot, on_step(pilot, "protocol"))
        await pilot.press("down", "down", "down")
        await until(pilot, lambda: "med-palm" in shown_text(pilot) and "Compare:" in shown_text(pilot))
        await pilot.press("ctrl+s")
        await until(pilot, on_step(pilot, "readers"))
        await pilot.press(*"R-01,R-02,R-03", "enter", *"S-01", "enter", "down", "down")
        await until(pilot, lambda: "R-03: 4 cases" in shown_text(pilot))
        await pilot.press("ctrl+s")
        await until(pilot, on_step(pilot, "file"))
        text = " ".join(shown_text(pilot).split())
        for words in ("Cases 6", "Arm A One", "Arm B Two", "Readers do med-palm", "File pack.doubleread"):
            assert words in text
        await pilot.press("enter", *"Coughs", "ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        await until(pilot, lambda: "import the answers of One and Two" in " ".join(shown_text(pilot).split()))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, StudyScreen))
    with StudyFile.open(here / "pack.doubleread", device="d") as study:
        assert study.protocol.title == "Coughs"
        assert study.protocol.axes
        assert [arm.name for arm in study.arms()] == ["One", "Two"]
        found = {reader.reader_id: (reader.role, reader.cases) for reader in registered_readers(study)}
    assert found == {"R-01": ("", 4), "R-02": ("", 4), "R-03": ("", 4), "S-01": ("adjudicator", 0)}


async def test_usual_column_names_and_another_encoding_are_found_and_can_be_changed(
    app: DoublereadApp, here: Path
) -> None:
    columns = ("Fallnummer", "Falltext", "Frage", "Antwort A", "Antwort B", "Antwort C", "Lösung", "Fachgebiet")
    write_table(here / "faelle.csv", columns, 5, encoding="cp1252")
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await open_new_study(pilot)
        await add_file(pilot, screen, "faelle.csv")
        await until(pilot, lambda: "1 of 5 cases (5 choice)" in shown_text(pilot))
        await until(pilot, lambda: "Eine 40-jährige Patientin hat Fieber und Husten." in shown_text(pilot))
        await until(pilot, lambda: "cp1252: check the preview" in shown_text(pilot))
        assert re.search(r"Answer key +← Lösung", shown_text(pilot))
        await pilot.press("f4")
        await until(pilot, lambda: "klagt über Kopfschmerzen" in shown_text(pilot))
        rows = screen.query_one("#how", Rows)
        await pilot.click(rows, offset=(5, 1))
        await until(pilot, lambda: isinstance(app.screen, ListDialog))
        await pilot.press("end", "enter")
        await until(pilot, lambda: not screen.cases_pane.reading and isinstance(app.screen, NewStudyScreen))
        assert screen.cases_pane.files[0].how.encoding == "gb18030"
        await until(pilot, lambda: "jährige" not in shown_text(pilot))


async def test_problems_are_listed_and_faulty_lines_can_be_skipped(app: DoublereadApp, here: Path) -> None:
    pack = write_pack(here / "pack.jsonl", 2)
    pack.write_text(pack.read_text() + '{"id": "bad", "kind": "diagnosis"}\n', encoding="utf-8")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_new_study(pilot)
        await add_file(pilot, screen, "pack.jsonl")
        await pilot.press("f2")
        await until(pilot, lambda: "line 3" in shown_text(pilot))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, MessageDialog))
        await says(pilot, "skip faulty lines")
        await pilot.press("enter", "tab", "space")
        assert screen.cases_pane.skip_bad
        await to_the_last_step(pilot)
        await says(pilot, "2, 1 line skipped")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
    with StudyFile.open(here / "pack.doubleread", device="d") as study:
        assert study.case_ids() == ["c0", "c1"]


async def test_duplicate_cases_are_named(app: DoublereadApp, here: Path) -> None:
    write_pack(here / "one.jsonl", 2)
    write_pack(here / "two.jsonl", 2, start=1)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_new_study(pilot)
        await add_file(pilot, screen, "one.jsonl")
        await add_file(pilot, screen, "two.jsonl")
        await click_chip(pilot, screen.query_one("#view", Chips), "problems")
        await until(pilot, lambda: "the same case as in one.jsonl" in " ".join(shown_text(pilot).split()))
        screen.query_one("#files", Rows).focus()
        await pilot.press("delete")
        assert [chosen.path.name for chosen in screen.cases_pane.files] == ["one.jsonl"]


async def test_a_mistake_says_what_to_do_and_loses_nothing(app: DoublereadApp, here: Path) -> None:
    write_pack(here / "pack.jsonl", 3)
    (here / "pack.doubleread").write_text("something else")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_new_study(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, MessageDialog))
        await says(pilot, "no file is chosen")
        await pilot.press("enter", *"gone.jsonl", "enter")
        await until(pilot, lambda: "there is no file gone.jsonl" in shown_text(pilot))
        screen.query(Input).first().value = ""
        await add_file(pilot, screen, "pack.jsonl")
        await to_the_last_step(pilot, "R-01")
        await pilot.press("ctrl+q")
        await says(pilot, "What you have chosen here is forgotten.")
        await pilot.press("escape", "ctrl+s")
        await says(pilot, "pack.doubleread exists already; choose another name")
        screen.query_one("#file-fields").query(Input).first().value = "other"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
    assert (here / "pack.doubleread").read_text() == "something else"
    with StudyFile.open(here / "other.doubleread", device="d") as study:
        assert study.readers.ids() == ["R-01"]


async def test_what_was_typed_stays_when_other_cases_bring_other_tasks(app: DoublereadApp, here: Path) -> None:
    write_pack(here / "pack.jsonl", 2)
    write_table(here / "choices.csv", ("id", "text", "question", "a", "b", "c", "key", "tags"))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await open_new_study(pilot)
        await add_file(pilot, screen, "pack.jsonl")
        for step in ("models", "protocol"):
            await pilot.press("ctrl+s")
            await until(pilot, on_step(pilot, step))
        screen.query_one("#field-max_tokens").query_one(Input).value = "99"
        assert "longhealth-1" not in shown_text(pilot)
        await click_chip(pilot, screen.query_one("#steps", Chips), "cases")
        await until(pilot, on_step(pilot, "cases"))
        await add_file(pilot, screen, "choices.csv")
        await click_chip(pilot, screen.query_one("#steps", Chips), "protocol")
        await until(pilot, lambda: "longhealth-1" in shown_text(pilot))
        assert screen.query_one("#field-max_tokens").query_one(Input).value == "99"


async def test_readers_that_are_easily_confused_are_refused_on_their_step(app: DoublereadApp, here: Path) -> None:
    write_pack(here / "pack.jsonl", 3)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_new_study(pilot)
        await add_file(pilot, screen, "pack.jsonl")
        await pilot.press("ctrl+s")
        await until(pilot, on_step(pilot, "models"))
        await choose_external(pilot, "One")
        await choose_external(pilot, "Two")
        await until(pilot, on_step(pilot, "protocol"))
        await click_chip(pilot, screen.query_one("#steps", Chips), "readers")
        await until(pilot, on_step(pilot, "readers"))
        await pilot.press(*"R-1, R-01", "ctrl+s")
        await says(pilot, "R-1 and R-01 are easily confused")
        assert on_step(pilot, "readers")()
        await pilot.press("escape")
        await until(pilot, on_step(pilot, "protocol"))
        await pilot.press("escape")
        await until(pilot, on_step(pilot, "models"))
        await says(pilot, "One")
        await click_chip(pilot, screen.query_one("#steps", Chips), "readers")
        await until(pilot, on_step(pilot, "readers"))
        await says(pilot, "R-1, R-01")
        for _ in range(3):
            await pilot.press("escape")
        await until(pilot, on_step(pilot, "cases"))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
    assert not list(here.glob("*.doubleread"))


def keys_in(words: str) -> list[str]:
    """The recovery keys in what is shown."""
    return re.findall(r"(?:[0-9A-Z]{4}-){10,}[0-9A-Z]{4}", re.sub(r"[\s│]", "", words))


async def test_an_encrypted_study_shows_its_recovery_key_until_it_is_confirmed(app: DoublereadApp, here: Path) -> None:
    pytest.importorskip("sqlcipher3")
    write_pack(here / "pack.jsonl", 2)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await open_new_study(pilot)
        await add_file(pilot, screen, "pack.jsonl")
        await to_the_last_step(pilot, "R-01")
        await pilot.press("enter", "enter", "space", "enter", *"a long passphrase", "enter", *"another", "ctrl+s")
        await says(pilot, "the two entries differ")
        line = app.focused
        assert isinstance(line, Input)
        line.value = "a long passphrase"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, LineDialog) and bool(keys_in(shown_text(pilot))))
        key = keys_in(shown_text(pilot))[0]
        await pilot.press(*"XXXX", "enter")
        await until(pilot, lambda: "not its last" in shown_text(pilot))
        assert not (here / "pack.doubleread").exists()
        await until(pilot, lambda: isinstance(app.screen, LineDialog))
        await pilot.press(*key[-4:].lower(), "enter")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
    assert is_locked(here / "pack.doubleread") is False
    assert b"SQLite format 3" not in (here / "pack.doubleread").read_bytes()[:100]
    with StudyFile.open(here / "pack.doubleread", device="d") as study:
        assert study.encrypted
        assert study.readers.ids() == ["R-01"]


def test_a_model_without_a_chat_template_needs_one(tmp_path: Path) -> None:
    path = gguf_files.write_llama(tmp_path / "plain.gguf", template=None)
    facts = {path: model_facts(path)}
    assert facts[path].needs_template
    fields = model_fields([], facts.get)
    raw = {"model_a": "\0file", "file_a": str(path), "model_b": "\0external", "external_b": "Two"}
    _, errors = checked(fields, raw)
    assert "no chat template" in errors["template_a"].happened
    values, errors = checked(fields, {**raw, "template_a": "alpaca"})
    assert not errors
    assert values["template_a"] == "alpaca"


def test_arms_that_are_the_same_are_named_where_they_are_chosen(tmp_path: Path) -> None:
    one = {"model_a": str(tmp_path / "one.gguf"), "template_a": "", "role_a": "general"}
    same = {**one, "model_b": one["model_a"], "template_b": None, "role_b": ""}
    assert "Both arms are the same" in alike_words(same)
    assert not alike_words({**same, "template_b": "chatml"})
    assert not alike_words({**same, "passages_b": CASE_DOCUMENTS})
    assert not alike_words({**same, "arm_temperature_a": 0.0})
    assert not alike_words({**same, "model_b": EXTERNAL, "external_b": "two"})
    assert not alike_words({**same, "model_a": None, "model_b": None}), "nothing is chosen yet"


def test_further_settings_of_an_arm_are_asked_where_they_make_sense(tmp_path: Path) -> None:
    model, corpus, adapter = (tmp_path / name for name in ("m.gguf", "guide.corpus", "domain.gguf"))
    for path in (model, corpus, adapter):
        path.touch()
    plain = Case("c0", "diagnosis", "A cough.", "?", "Flu")
    letter = replace(plain, documents=(Document("d1", "Letter", "A cough."),))
    raw = {
        "model_a": FILE,
        "file_a": str(model),
        "more_a": True,
        "passages_a": FILE,
        "corpus_a": str(corpus),
        "top_a": "3",
        "adapter_a": str(adapter),
        "scale_a": "0,5",
        "arm_temperature_a": "0.7",
        "model_b": SERVER,
        "url_b": "http://localhost:1/v1",
        "id_b": "two",
        "more_b": True,
        "passages_b": CASE_DOCUMENTS,
        "adapter_b": str(adapter),
    }
    values, errors = checked(model_fields([], lambda _: None, [letter]), raw)
    assert not errors
    first, second = arm_draft(values, "a"), arm_draft(values, "b")
    assert first.retrieval == {"corpus": str(corpus), "top": 3}
    assert first.lora == (f"{adapter}:0.5",)
    assert first.decoding == {"temperature": 0.7}
    assert (second.retrieval, second.lora, second.decoding) == ({"corpus": CASE_DOCUMENTS}, (), {})
    assert arm_words(values, "a", lambda _: None)[-3:] == [
        "with the best 3 passages of guide.corpus",
        "with the adapter domain.gguf, scale 0.5",
        "temperature 0.7",
    ]
    assert arm_words(values, "b", lambda _: None)[-1] == "with the best 5 passages of the case's documents"
    values, errors = checked(model_fields([], lambda _: None, [plain]), {**raw, "more_a": False, "corpus_a": ""})
    assert "corpus_a" not in values | errors
    assert arm_draft(values, "a") == ArmDraft(model=str(model))
    (asked,) = (field for field in model_fields([], lambda _: None, [plain]) if field.name == "passages_b")
    assert isinstance(asked, ChoiceField)
    assert CASE_DOCUMENTS not in {choice.id for choice in asked.choices}
    values, errors = checked(model_fields([], lambda _: None), {**raw, "model_b": EXTERNAL, "external_b": "two"})
    assert not {"more_b", "passages_b", "adapter_b"} & values.keys()


async def test_a_corpus_is_built_and_given_to_an_arm(app: DoublereadApp, here: Path) -> None:
    (here / "guides").mkdir()
    (here / "guides" / "cough.md").write_text("A cough with fever may be influenza.", encoding="utf-8")
    (here / "guides" / "logo.png").touch()
    write_pack(here / "pack.jsonl")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
        await pilot.press("k")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        lines = {view.asked.name: view.query(Input).first() for view in app.screen.query(FieldView).results()
                 if view.query(Input)}  # fmt: skip
        lines["documents"].value, lines["out"].value = "guides", "rules"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        await says(pilot, "1 document, 1 passage")
        await says(pilot, "1 file of other types not read, such as logo.png")
        assert (here / "rules.corpus").exists()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
        screen = await open_new_study(pilot)
        await add_file(pilot, screen, "pack.jsonl")
        await pilot.press("ctrl+s")
        await until(pilot, on_step(pilot, "models"))
        views = {view.asked.name: view for view in screen.query_one("#models-fields").query(FieldView)}
        views["more_a"].line.focus()
        await pilot.press("space")
        views["passages_a"].line.focus()
        await pilot.press("down")
        await until(pilot, lambda: bool(views["corpus_a"].display))
        views["corpus_a"].query_one(Input).value = "rules.corpus"
        await says(pilot, "with the best 5 passages of rules.corpus")
        await pilot.press("ctrl+s")
        await until(pilot, on_step(pilot, "protocol"))
        views = {view.asked.name: view for view in screen.query_one("#protocol-fields").query(FieldView)}
        views["shots"].query_one(Input).value = "1"
        await pilot.press("ctrl+s")
        await until(pilot, on_step(pilot, "readers"))
        await pilot.press("ctrl+s")
        await until(pilot, on_step(pilot, "file"))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
    with StudyFile.open(here / "pack.doubleread", device="d") as study:
        first, second = study.arms()
        assert first.retrieval is not None
        assert (first.retrieval.corpus, first.retrieval.documents) == (str(here / "rules.corpus"), 1)
        assert second.retrieval is None
        assert len(study.protocol.prompt.examples) == 1
        assert len(study.case_ids()) == 2


async def test_a_corpus_that_cannot_be_built_says_what_to_do(app: DoublereadApp, here: Path) -> None:
    (here / "guides").mkdir()
    (here / "guides" / "one.txt").write_bytes(b"caf\xe9")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
        await pilot.press("k")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        await pilot.press(*"guides", "enter", *"out", "ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        await says(pilot, 'leave them out with "Leave out what cannot be read"')
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        assert app.screen.query(Input).first().value == "guides"
    assert not (here / "out.corpus").exists()


def test_training_cases_are_chosen_on_the_step_of_the_readers(tmp_path: Path) -> None:
    file = tmp_path / "training.jsonl"
    assert "training" in {field.name for field in reader_fields(3)}
    arms = {"model_a": EXTERNAL, "external_a": "one", "model_b": EXTERNAL, "external_b": "two"}
    told = Described(arms, {}, {"plan": "", "training": file}, {"path": tmp_path / "s"})
    assert new_study(told, [], skip_bad=False).training == file
    assert ("Training", str(file)) in summary(told, [], 0, lambda _: None)


async def test_cases_are_checked_and_written_as_a_pack(app: DoublereadApp, here: Path) -> None:
    write_table(here / "faelle.csv", ("id", "text", "question", "a", "b", "c", "key", "tags"))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, CasesScreen))
        screen = app.screen
        assert isinstance(screen, CasesScreen)
        await add_file(pilot, screen, "faelle.csv")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, LineDialog))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MessageDialog))
        await says(pilot, "faelle-pack.jsonl: 2 cases")
        await pilot.press("enter", "ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, LineDialog))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
    lines = (here / "faelle-pack.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["F0", "F1"]


async def test_the_checks_before_a_study_is_written_can_be_stopped(
    app: DoublereadApp, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(new: NewStudy, say: Callable[[str], None], progress: Callable[[str, int, int], None]) -> None:
        while True:
            progress("reading cases", 1, 2)

    monkeypatch.setattr("doubleread.tui.new_study.screen.prepare_study", endless)
    write_pack(here / "pack.jsonl", 2)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_new_study(pilot)
        await add_file(pilot, screen, "pack.jsonl")
        await to_the_last_step(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "reading cases: 1 of 2" in shown_text(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "create the study" in shown_text(pilot))
        assert on_step(pilot, "file")()
    assert not list(here.glob("*.doubleread"))


async def test_a_file_taken_away_does_not_disturb_the_one_read_beside_it(
    app: DoublereadApp, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()

    def slow(path: Path, how: ReadAs | None = None, progress: RecordProgress | None = None) -> ChosenFile:
        goes_on.wait(30)
        return read_chosen(path, how, progress)

    monkeypatch.setattr("doubleread.tui.new_study.cases_pane.read_chosen", slow)
    one, two = write_pack(here / "one.jsonl", 2), write_pack(here / "two.jsonl", 3)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = (await open_new_study(pilot)).cases_pane
        pane.add(one)
        pane.add(two)
        pane.query_one("#files", Rows).highlighted = 0
        pane.query_one("#files", Rows).focus()
        await pilot.press("delete")
        goes_on.set()
        await until(pilot, lambda: not pane.reading)
        assert [(chosen.path.name, len(chosen.pack.cases)) for chosen in pane.files if chosen.pack] == [
            ("two.jsonl", 3)
        ]


async def test_a_file_is_shown_as_it_was_wanted_last(
    app: DoublereadApp, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_goes_on, ended = threading.Event(), threading.Event()

    def slow(path: Path, how: ReadAs, progress: RecordProgress | None = None) -> ChosenFile:
        if not how.id_prefix:
            first_goes_on.wait(30)
        found = read_chosen(path, how, lambda _done, _total: None)
        if not how.id_prefix:
            ended.set()
        return found

    monkeypatch.setattr("doubleread.tui.new_study.cases_pane.read_chosen", slow)
    pack = write_pack(here / "pack.jsonl", 2)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = (await open_new_study(pilot)).cases_pane
        pane.add(pack)
        pane._read(ChosenFile(pack, ReadAs(id_prefix="x-")))
        await until(pilot, lambda: not pane.reading)
        first_goes_on.set()
        await until(pilot, ended.is_set)
        await pilot.pause()
        assert [case.id for case in pane.cases] == ["x-c0", "x-c1"]
