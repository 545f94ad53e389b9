"""The forms of a study's page do what the commands do, through the same functions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import training_study
from cases.answer_logs import chat
from cases.dataset_files import lines
from doubleread.config import Settings
from doubleread.domain.background import Background
from doubleread.domain.study import Protocol
from doubleread.errors import DoublereadError, InputRefusedError, WrongSettingsError
from doubleread.read_model.readers import registered_readers
from doubleread.sessions.study_library import opened_to_look
from doubleread.store import StudyFile
from doubleread.tui.app import DoublereadApp
from doubleread.tui.shared.dialogs import TextDialog
from doubleread.tui.shared.fields import checked
from doubleread.tui.shared.forms import Form, FormResult, FormScreen, Work
from doubleread.tui.study import export_forms, file_forms, import_forms, readers_forms, sharing_forms
from doubleread.tui.study.actions import STUDY_ACTIONS
from doubleread.tui.study.screen import StudyScreen
from sessions import adjudicated_study
from tui.driving import rows, rows_drawn, shown_text, until
from tui.studies import OneStudyLibrary, make_study

MakeForm = Callable[[Path], Form]


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOUBLEREAD_HOME", str(tmp_path_factory.mktemp("home")))


def fill(make: MakeForm, path: Path, **typed: Any) -> FormResult:
    """Fill in a form as somebody would who leaves the other fields as they are, and submit it."""
    form = make(path)
    raw = {asked.name: _first(asked) for asked in form.fields} | typed
    values, errors = checked(form.fields, raw)
    if errors:
        raise next(iter(errors.values()))
    return form.submit(values, Work())


def _first(asked: Any) -> Any:
    value = getattr(asked, "value", "")
    if not value and (choices := getattr(asked, "choices", ())) and isinstance(value, str):
        return choices[0].id
    return value


def registered(path: Path) -> dict[str, str]:
    with opened_to_look(path) as study:
        return {reader.reader_id: reader.role for reader in registered_readers(study)}


def test_training_is_waived_and_says_how_far_readers_are(tmp_path):
    path = tmp_path / "s.doubleread"
    with training_study.make_training_study(path) as study:
        training_study.train(study, "R-01")
        study.readers.register("R-02")
    form = readers_forms._qualify(path)
    assert "R-01: passed, 100.0%\nR-02: not begun" in form.about
    done = fill(readers_forms._qualify, path, reason="trained elsewhere")
    assert done.words == "The training of R-02 is waived."
    with opened_to_look(path) as study:
        assert study.training.qualified()["R-02"].reason == "trained elsewhere"
    with pytest.raises(InputRefusedError, match=r"R-01 passed, 100\.0%, R-02 waived"):
        readers_forms._qualify(path)


def test_training_is_not_waived_in_a_study_without(path):
    with pytest.raises(InputRefusedError, match="no training"):
        readers_forms._qualify(path)


def test_the_background_of_a_reader_is_stated_and_shown_again(path):
    reader_id = "R-01"
    with StudyFile.open(path, device="d") as study:
        study.readers.register(reader_id)
    first = fill(readers_forms._background_of_whom, path)
    assert (first.words, first.then is not None) == ("", True)

    def form(path: Path) -> Form:
        with opened_to_look(path) as study:
            known = study.background_of(reader_id) or Background()
        return readers_forms._background(path, reader_id, known)

    fill(form, path, specialty="cardiology", profession="nurse", years="7")
    fill(form, path, country="Kenya", years="8")
    with opened_to_look(path) as study:
        assert study.background_of(reader_id) == Background("cardiology", "nurse", 8, "Kenya")
    assert "cardiology, nurse, 8 years, Kenya" in str(readers_forms._background_of_whom(path).fields)


def test_readers_are_registered(path):
    done = fill(readers_forms._register, path, reader="R-07", role="reader", qualification="internist, 12 years")
    assert done.words == "R-07 is registered."
    assert registered(path)["R-07"] == "reader"


def test_a_pseudonym_like_a_known_one_is_asked_about(path):
    fill(readers_forms._register, path, reader="R-07")
    form = readers_forms._register(path)
    assert form.confirm is not None
    assert form.confirm({"reader": "r07"}) == "r07 reads like R-07. Is r07 somebody else?"
    assert form.confirm({"reader": "R-07"}) == ""


def test_a_pseudonym_that_cannot_be_shown_is_refused(path):
    with pytest.raises(WrongSettingsError, match="1 to 64 printable"):
        fill(readers_forms._register, path, reader="R\x07")


def test_cases_are_assigned_by_a_plan(path):
    for reader in ("R-07", "R-08"):
        fill(readers_forms._register, path, reader=reader)
    done = fill(readers_forms._assign, path, plan="blocks", readers=("R-07", "R-08"), each="1", seed="4")
    assert "assigned by the plan blocks, seed 4." in done.words
    with opened_to_look(path) as study:
        assigned = study.readers.assigned()
    assert set(assigned) >= {"R-07", "R-08"}
    assert f"R-07: {len(assigned['R-07'])} case" in done.words


def test_a_plan_needs_enough_readers(path):
    fill(readers_forms._register, path, reader="R-07")
    with pytest.raises(WrongSettingsError, match="more than the 1 named"):
        fill(readers_forms._assign, path, plan="blocks", readers=("R-07",), each="2")


def test_readers_are_withdrawn_and_reinstated(path):
    fill(readers_forms._register, path, reader="R-07")
    out = fill(readers_forms._withdraw, path, reader="R-07", reason="moved away")
    assert out.words == "R-07 is withdrawn. 0 committed readings kept."
    back = fill(readers_forms._withdraw, path, reader="R-07", reason="is back")
    assert back.words == "R-07 is reinstated. 0 committed readings kept."


def test_files_are_split_off_and_merged(path):
    for reader in ("R-07", "R-08"):
        fill(readers_forms._register, path, reader=reader)
    done = fill(sharing_forms._split, path, readers=("R-07", "R-08"))
    assert [file.name for file in done.written] == ["trial-R-07.doubleread", "trial-R-08.doubleread"]
    merged = fill(sharing_forms._merge, path, nearby=frozenset(file.name for file in done.written), file="")
    assert merged.words.count("nothing new") + merged.words.count("new entr") == 2
    assert "verified copy from before the merge" in merged.notes[0]
    with pytest.raises(InputRefusedError, match="exists already"):
        fill(sharing_forms._split, path, readers=("R-07",))


def test_files_for_a_consensus_round_are_split_off_where_the_protocol_has_one(path, tmp_path):
    fill(readers_forms._register, path, reader="R-07")
    (asked,) = (asked for asked in sharing_forms._split(path).fields if asked.name == "consensus")
    assert not asked.when({}), "this protocol has no consensus round"
    trial = tmp_path / "round.doubleread"
    with adjudicated_study.make_study(trial, cases=1, protocol=Protocol(consensus=True)) as study:
        adjudicated_study.read_twice(study)
    readers = adjudicated_study.READERS
    fill(sharing_forms._split, trial, readers=readers)
    done = fill(sharing_forms._split, trial, readers=readers, consensus=True)
    assert [file.name for file in done.written] == [f"round-{reader}-consensus.doubleread" for reader in readers]
    words = "shows how others judged 1 case, without names, as of now"
    assert done.notes == [f"{file.name} {words}" for file in done.written]
    with StudyFile.open(done.written[0], device="theirs") as own:
        assert own.for_consensus


def test_a_file_split_off_can_be_encrypted(path):
    fill(readers_forms._register, path, reader="R-07")
    secret = {"encrypt": True, "passphrase": "correct horse battery"}
    with pytest.raises(InputRefusedError, match="differ"):
        fill(sharing_forms._split, path, readers=("R-07",), **secret, again="correct horse")
    done = fill(sharing_forms._split, path, readers=("R-07",), **secret, again="correct horse battery")
    assert "recovery key: " in done.words
    assert not done.written[0].read_bytes().startswith(b"SQLite")
    assert (done.written[0].stat().st_mode & 0o777) == 0o600


def test_a_split_that_fails_halfway_still_shows_the_recovery_keys(path, monkeypatch):
    for reader in ("R-07", "R-08", "R-09"):
        fill(readers_forms._register, path, reader=reader)
    whole = sharing_forms.split_off

    def failing(study, reader_id, out, *, key, **more):
        if reader_id == "R-08":
            raise DoublereadError("Not written", "the disk is full", "free some space")
        return whole(study, reader_id, out, key=key, **more)

    monkeypatch.setattr(sharing_forms, "split_off", failing)
    secret = {"encrypt": True, "passphrase": "correct horse battery", "again": "correct horse battery"}
    done = fill(sharing_forms._split, path, readers=("R-07", "R-08", "R-09"), **secret)
    assert done.words.count("recovery key: ") == 1
    assert [file.name for file in done.written] == ["trial-R-07.doubleread"]
    assert any("no file was written for R-08 and R-09" in note and "the disk is full" in note for note in done.notes)
    with pytest.raises(DoublereadError, match="disk is full"):
        fill(sharing_forms._split, path, readers=("R-08",), **secret)


def test_a_merge_needs_a_file(path):
    for file in ("", str(path.parent)):
        with pytest.raises(DoublereadError, match="no file is chosen"):
            fill(sharing_forms._merge, path, file=file)


def test_a_study_without_branches_has_none_to_choose(path):
    with pytest.raises(DoublereadError, match="no reading has more than one branch"):
        sharing_forms._branches(path)


def test_the_report_is_written_once(path, tmp_path):
    done = fill(file_forms._report, path)
    assert done.written[0].read_text(encoding="utf-8").startswith("<!doctype html>")
    again = file_forms._report(path).fields[0]
    assert again.value == tmp_path / "trial-report-2.html"  # type: ignore[attr-defined]


def test_a_report_can_unblind_with_a_reason(path):
    fill(readers_forms._register, path, reader="R-07")
    names = [asked.name for asked in file_forms._report(path).fields]
    assert names == ["out", "with_cases", "reason", "by"]
    fill(file_forms._report, path, reason="the journal asks")
    with opened_to_look(path) as study:
        assert [event.body["reason"] for event in study.events(kind="study.unblinded")] == ["the journal asks"]


def test_the_log_is_filtered(path):
    fill(readers_forms._register, path, reader="R-07")
    assert "R-07" in fill(file_forms._log, path, kind="reader").words
    assert fill(file_forms._log, path, case="no such case").words == "No entry matches."
    with pytest.raises(WrongSettingsError, match='no kind "nonsense"'):
        fill(file_forms._log, path, kind="nonsense")


def test_the_file_is_verified_and_copied(path):
    assert "every check passed" in fill(file_forms._verify, path).words
    done = fill(file_forms._backup, path)
    assert done.written[0].name == "trial-copy.doubleread"
    with StudyFile.open(done.written[0], device="elsewhere") as copy, opened_to_look(path) as study:
        assert copy.study_id == study.study_id


def test_answers_are_imported(tmp_path):
    path = make_study(tmp_path / "empty.doubleread", answered=())
    file = tmp_path / "answers.jsonl"
    file.write_text('{"case_id": "c01", "text": "B"}\n', encoding="utf-8")
    with opened_to_look(path) as study:
        name = study.arms()[0].name
    done = fill(import_forms._import_answers, path, file=str(file), arm=name)
    assert done.words.startswith("1 answer imported")
    assert not done.notes
    file.write_bytes(lines(chat("c02", "B")))
    for format_name in ("as the file says", "openai-batch"):
        done = fill(import_forms._import_answers, path, file=str(file), arm=name, format=format_name)
        assert "read as openai-batch" in done.notes


def test_an_arm_that_the_study_does_not_have_is_refused(path, tmp_path):
    file = tmp_path / "answers.jsonl"
    file.write_text('{"case_id": "c01", "text": "B"}\n', encoding="utf-8")
    with pytest.raises(WrongSettingsError, match='no arm "another"'):
        fill(import_forms._import_answers, path, file=str(file), arm="another")


def test_a_study_is_exported(path, tmp_path):
    done = fill(export_forms._export, path, committed_only=True)
    manifest = json.loads((tmp_path / "trial-export" / "manifest.json").read_text(encoding="utf-8"))
    assert done.written == [tmp_path / "trial-export"]
    assert manifest["filters"] == {"committed_only": True}
    assert manifest["case_text"] is False
    assert manifest["attestation"] is None


def test_case_text_is_exported_once_somebody_attests_it(path, tmp_path):
    with pytest.raises(InputRefusedError, match="the texts of the cases") as refused:
        fill(export_forms._export, path, with_case_text=True)
    assert "under Attested by" in refused.value.remedy
    assert not (tmp_path / "trial-export").exists()
    fill(export_forms._export, path, with_case_text=True, attested_by="R. Lead")
    manifest = json.loads((tmp_path / "trial-export" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["attestation"]["by"] == "R. Lead"
    assert "R. Lead" in fill(file_forms._log, path, kind="export").words


def test_a_deposit_is_written(path, tmp_path):
    done = fill(export_forms._deposit, path, attested_by="R. Lead")
    assert "Incomplete checklist items:" in done.words
    assert "TRIPOD-LLM" in done.words
    assert (tmp_path / "trial-deposit" / "README.md").is_file()


def test_annotations_are_imported_for_a_reader(path, tmp_path):
    fill(readers_forms._register, path, reader="R-07")
    with opened_to_look(path) as study:
        answer = study.answers.all_of_case("c01")[0]
        category = study.protocol.labels.categories[0].name
    file = tmp_path / "spans.csv"
    quote = answer.text[:5]
    file.write_text(
        "answer_id,start,end,quote,category,severity\n" + f"{answer.id},0,5,{quote},{category},major\n",
        encoding="utf-8",
    )
    done = fill(import_forms._import_annotations, path, file=str(file), reader="R-07")
    assert done.words == "1 annotation of R-07 imported, 1 reading opened. The readings stay open."


def test_annotations_are_imported_with_labels_and_offsets_of_another_program(path, tmp_path):
    fill(readers_forms._register, path, reader="R-07")
    with opened_to_look(path) as study:
        answer = study.answers.all_of_case("c01")[0]
        category = study.protocol.labels.categories[0].name
    file = tmp_path / "spans.csv"
    file.write_text(f"answer_id,start,end,category\n{answer.id},1,5,Erfindung\n", encoding="utf-8")
    values = {"file": str(file), "reader": "R-07", "offsets": "code-points,1,inclusive"}
    done = fill(import_forms._import_annotations, path, **values, labels=f"Other=x; Erfindung={category}/major")
    assert done.words == "1 annotation of R-07 imported, 1 reading opened. The readings stay open."
    assert rows(path, "SELECT quote, category, severity FROM annotations") == [
        {"quote": answer.text[:5], "category": category, "severity": "major"}
    ]
    for wrong in ({"offsets": "letters"}, {"labels": "Erfindung"}):
        with pytest.raises(InputRefusedError, match="not understood"):
            fill(import_forms._import_annotations, path, **{**values, **wrong})


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_every_form_opens_from_the_page_by_its_key(path, size):
    fill(readers_forms._register, path, reader="R-07")
    app = DoublereadApp(OneStudyLibrary(path), Settings())
    async with app.run_test(size=size) as pilot:
        app.open_page(path)
        await until(pilot, lambda: isinstance(app.screen, StudyScreen) and app.screen.overview is not None)
        page = app.screen
        assert isinstance(page, StudyScreen)
        assert page.overview is not None
        for action in STUDY_ACTIONS:
            if (
                action.group in ("Read", "Adjudicate")
                or action.id in ("results", "generate", "serve")
                or action.unless(page.overview)
            ):
                continue
            await pilot.press(action.key)
            await until(pilot, lambda: isinstance(app.screen, FormScreen))
            assert isinstance(app.screen, FormScreen)
            assert app.screen.form.title in shown_text(pilot)
            for asked in app.screen.form.fields[:1]:
                await until(pilot, lambda label=asked.label: any(label in row for row in rows_drawn(app.screen)))
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is page)


async def test_a_reader_is_registered_with_the_keyboard_alone(path):
    app = DoublereadApp(OneStudyLibrary(path), Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        app.open_page(path)
        await until(pilot, lambda: isinstance(app.screen, StudyScreen) and app.screen.overview is not None)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        await pilot.press(*"R-07", "ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, TextDialog))
        assert "R-07 is registered." in shown_text(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, StudyScreen))
    assert "R-07" in registered(path)
