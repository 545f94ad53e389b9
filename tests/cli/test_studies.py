"""Making, running, scoring, looking at and exporting a study, with real tiny models through the real llama.cpp."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import gguf_files
from cli.conftest import PROGRAM, write_pack
from doubleread import locations
from doubleread.config import Settings
from doubleread.errors import DoublereadError
from doubleread.exports.formats import EXPORTERS
from doubleread.runs.bundled_models import bundled_models
from doubleread.sessions.study_library import StudyLibrary
from doubleread.store import StudyFile
from doubleread.store.log.verify import verify
from hostile import MARK, hostile_strings
from pty_terminal import PtyProgram, heed_signals
from waiting import PATIENCE, until

STYLING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
BARE = "".join(hostile_strings(40)).replace("\x00", "")


def rows(study, sql):
    with closing(sqlite3.connect(f"file:{study}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def raw_controls(text: str) -> set[str]:
    return {
        character for character in text if (ord(character) < 32 and character != "\n") or 127 <= ord(character) < 160
    }


def test_a_study_is_made_run_scored_shown_exported_and_verified(invoke, make, tmp_path):
    study = make(2)
    ran = invoke("run", study, "--slots", "2")
    assert (ran.code, ran.out) == (0, f"{study}: 4 of 4 answers\n")
    assert "Alpha" in ran.err
    manifests = [json.loads(row[0]) for row in rows(study, "SELECT manifest FROM answers")]
    assert {manifest["n_slots"] for manifest in manifests} == {2}
    assert {manifest["completion_tokens"] for manifest in manifests} == {24}
    again = invoke("run", study)
    assert (again.code, again.err) == (0, "nothing is missing\n")
    assert invoke("score", study).out == "4 answers scored, 0 with a changed outcome\n"
    record = invoke("results", study, "--json").json
    assert [arm["answered"] for arm in record["arms"]] == [2, 2]
    table = invoke("results", study).out
    assert "Alpha" in table
    assert "Correct answers" in table
    report = invoke("verify", study, "--json").json
    assert report["ok"]
    assert "every check passed" in invoke("verify", study).out
    out = tmp_path / "export"
    assert invoke("export", study, "--format", "jsonl", "--out", out).out.startswith(
        f"{out}: 0 annotations, 0 readings, 4 a"
    )
    assert invoke("export", study, "--format", "csv", "--out", out).code == 1


def test_an_export_counts_one_of_a_kind_as_one(invoke, make, tmp_path):
    done = invoke(
        "export", make(1), "--format", "jsonl", "--out", tmp_path / "export", "--with-case-text", "--attested-by", "L"
    )
    assert done.out.rstrip().endswith(", 1 case")


def test_names_are_found_without_the_suffix_and_in_the_library(invoke, make):
    study = make(1)
    assert invoke("results", study.with_suffix("")).code == 0
    locations.studies().mkdir(parents=True)
    shutil.move(study, locations.studies() / study.name)
    assert invoke("verify", "trial").code == 0


def test_ids_of_models_tell_nothing(make):
    study = make(1)
    ids = [row[0] for row in rows(study, "SELECT id FROM arms")]
    assert all(len(arm_id) == 36 for arm_id in ids)
    assert len(set(ids)) == 2


@pytest.mark.parametrize(("title", "expected"), [(None, "trial"), ("My study", "My study")])
def test_titles(invoke, ggufs, tmp_path, title, expected):
    options = ["--title", title] if title else []
    study = tmp_path / "trial"
    done = invoke(
        "new",
        study,
        "--cases",
        write_pack(tmp_path / "p.jsonl"),
        "--model-a",
        ggufs[0],
        "--model-b",
        ggufs[1],
        *options,
    )
    assert done.code == 0
    with StudyFile.open(tmp_path / "trial.doubleread", device="d") as opened:
        assert opened.protocol.title == expected


def test_what_cannot_be_a_study_is_refused_and_nothing_is_made(invoke, ggufs, tmp_path):
    good = write_pack(tmp_path / "good.jsonl")
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{}\nnot json\n")
    (tmp_path / "copy").mkdir()
    copy = shutil.copy(ggufs[0], tmp_path / "copy" / "renamed.gguf")
    study = tmp_path / "s.doubleread"
    first = ("--model-a", ggufs[0])
    both = (*first, "--model-b", ggufs[1])
    protocol = tmp_path / "p.toml"
    protocol.write_text('n_ctx = "x"\nnonsense = 1\n[decoding]\ntemperature = -1\n[prompt]\nchoice = "none"\n')
    refused = {
        "Both arms are the same": ("--cases", good, *first, "--model-b", copy),
        "the same case as in": ("--cases", good, "--cases", good, *both),
        "bad.jsonl, line 2": ("--cases", good, "--cases", bad, *both),
        "does not exist": ("--cases", tmp_path / "none.jsonl", *both),
        "Model file not found": ("--cases", good, *first, "--model-b", tmp_path / "none.gguf"),
        "nonsense is not known": ("--cases", good, *both, "--protocol", protocol),
        "No such protocol file": ("--cases", good, *both, "--protocol", tmp_path / "none.toml"),
    }
    for words, arguments in refused.items():
        done = invoke("new", study, *arguments)
        assert (done.code, done.out) == (1, "")
        assert words in done.err
        assert not study.exists()
    every = invoke("new", study, "--cases", good, *both, "--protocol", protocol).err
    for name in ("n_ctx", "nonsense", "decoding.temperature", "prompt.choice"):
        assert name in every
    study.write_text("mine")
    assert "exists already" in invoke("new", study, "--cases", good, *both).err
    assert study.read_text() == "mine"


def test_a_protocol_from_a_file_is_the_studys(make):
    study = make(
        1, protocol='title = "T"\nn_ctx = 900\nreveal_names = true\n[decoding]\nmax_tokens = 8\nstop = ["x"]\n'
    )
    with StudyFile.open(study, device="d") as opened:
        protocol = opened.protocol
    assert (protocol.title, protocol.n_ctx, protocol.reveal_names) == ("T", 900, True)
    assert (protocol.decoding.max_tokens, protocol.decoding.stop) == (8, ("x",))


def test_a_case_that_is_too_long_is_listed_and_the_others_are_made(invoke, make):
    study = make(1, text="word " * 2000)
    done = invoke("run", study)
    assert done.code == 1
    assert done.err.count("pack-0, ") == 2
    assert "2 of 2 are missing" in done.err
    assert done.out.endswith("0 of 2 answers\n")


def test_models_that_moved_are_found_by_their_hash(invoke, make, ggufs, tmp_path):
    (tmp_path / "old").mkdir()
    moved = tuple(tmp_path / "old" / path.name for path in ggufs)
    for source, target in zip(ggufs, moved, strict=True):
        shutil.copy(source, target)
    study = make(1, arms=moved)
    shutil.copy(ggufs[1], moved[0])
    moved[1].rename(study.parent / moved[1].name)
    lost = invoke("run", study)
    assert lost.code == 1
    assert lost.err.startswith("Model file not found: Alpha: ")
    (locations.home() / "models").mkdir()
    shutil.copy(ggufs[0], locations.home() / "models" / moved[0].name)
    assert invoke("run", study).code == 0
    assert {os.path.dirname(row[0]) for row in rows(study, "SELECT path FROM models")} == {
        str(study.parent),
        str(locations.home() / "models"),
    }


def test_a_run_that_is_killed_goes_on_with_nothing_twice_and_nothing_missing(invoke, make):
    # After the second kill so many answers are missing that no delay of this test lets the run end before it.
    study = make(100, protocol='[prompt]\nsystem = ""\n[decoding]\nmax_tokens = 100\n')
    for wanted in (5, 20):
        process = subprocess.Popen([*PROGRAM, "run", str(study)], stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        until(lambda wanted=wanted: rows(study, "SELECT count(*) FROM answers")[0][0] >= wanted)
        process.kill()
        process.communicate()
    between = dict(rows(study, "SELECT id, sha256 FROM answers"))
    assert 20 <= len(between) < 200
    assert invoke("run", study).code == 0
    after = dict(rows(study, "SELECT id, sha256 FROM answers"))
    assert between.items() <= after.items()
    assert len(rows(study, "SELECT DISTINCT case_id, arm_id FROM answers")) == len(after) == 200
    assert len(rows(study, "SELECT id FROM events WHERE kind = 'answer.recorded'")) == 200
    assert verify(study).ok


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_keeps_what_it_has(invoke, make, wish):
    study = make(200, protocol='[prompt]\nsystem = ""\n[decoding]\nmax_tokens = 200\n')
    process = subprocess.Popen(
        [*PROGRAM, "run", str(study)], stderr=subprocess.PIPE, text=True, preexec_fn=heed_signals
    )
    until(lambda: rows(study, "SELECT count(*) FROM answers")[0][0] >= 2)
    process.send_signal(wish)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "Stopped: " in err
    assert "to go; run the same command again" in err
    assert "Traceback" not in err
    assert verify(study).ok


def test_hostile_text_in_cases_and_names_reaches_no_output_raw(invoke, ggufs, tmp_path):
    pack = write_pack(tmp_path / "pack.jsonl", 1, text=f"A man. {BARE}", title=BARE)
    protocol = tmp_path / "p.toml"
    protocol.write_text(f"title = {json.dumps(BARE[:300])}\nn_ctx = 64\n[decoding]\nmax_tokens = 8\n", encoding="utf-8")
    bad = tmp_path / "bad.jsonl"
    bad.write_text(json.dumps({"id": BARE, "kind": BARE, "text": 3}) + "\n", encoding="utf-8")
    study = tmp_path / "hostile.doubleread"
    new = ("new", study, "--model-a", ggufs[0], "--model-b", ggufs[1], "--protocol", protocol, "--cases")
    for arguments in (
        (*new, bad),
        (*new, pack),
        ("cases", "check", bad, pack),
        ("run", study),
        ("results", study),
        ("results", study, "--json"),
        ("verify", study),
        ("verify", tmp_path / "\x1b[31m"),
        ("export", study, "--format", "csv", "--out", tmp_path / "\x1b[31mout"),
    ):
        done = invoke(*arguments)
        assert not raw_controls(done.out + done.err), arguments
        assert "\u202e" not in done.out + done.err
    assert invoke("results", study, "--json").json["title"] == BARE[:300]


def test_hostile_text_reaches_no_terminal_raw(invoke, tmp_path, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    evil = gguf_files.write_llama(tmp_path / "a.gguf", name=BARE[:2000])
    other = gguf_files.write_llama(tmp_path / "b.gguf", shape=replace(gguf_files.SMALL, seed=2), name="[/] [red]other")
    protocol = tmp_path / "p.toml"
    protocol.write_text(f"title = {json.dumps(BARE[:300])}\n[decoding]\nmax_tokens = 8\n[prompt]\nsystem = ''\n")
    study = tmp_path / "s.doubleread"
    pack = write_pack(tmp_path / "pack.jsonl", 1, id=BARE)
    arms = ("--model-a", evil, "--model-b", other)
    assert invoke("new", study, *arms, "--cases", pack, "--protocol", protocol).code == 0
    for arguments in (("run", study), ("results", study), ("models", "inspect", evil), ("verify", study)):
        with PtyProgram([*PROGRAM, *map(str, arguments)], dict(os.environ), columns=100) as program:
            program.ended()
            written = bytes(program.output)
        assert b"Traceback" not in written
        assert f"\x1b[{MARK}".encode() not in written
        assert not set(written) & {0x07, 0x08, 0x00, 0x7F}
        assert not raw_controls(STYLING.sub("", written.decode("utf-8"))) - {"\r"}


def test_a_damaged_study_is_named_and_not_changed(invoke, make):
    study = make(1)
    data = study.read_bytes().replace(b"has a cough", b"has a couch")
    study.write_bytes(data)
    done = invoke("verify", study)
    assert done.code == 1
    assert "FAILED" in done.out
    assert not invoke("verify", study, "--json").json["ok"]
    assert study.read_bytes() == data


def test_the_doctor_names_build_memory_and_sqlite(invoke):
    record = invoke("doctor", "--json").json
    assert record["llama_cpp"]["llama_cpp_python"]
    assert record["core_count"] >= 1
    assert record["sqlite"]["journal_mode"] in ("WAL", "DELETE")
    text = invoke("doctor").out
    assert "SQLite" in text
    assert "computes with" in text


def test_the_doctor_says_how_to_mend_a_build_without_gpu(invoke, monkeypatch):
    monkeypatch.setattr("doubleread.engine.planning.devices.nvidia_driver", lambda: True)
    assert 'CMAKE_ARGS="-DGGML_CUDA=on"' in " ".join(invoke("doctor", "--json").json["advice"])


def test_the_library_lists_good_and_damaged_studies(make):
    folder = locations.studies()
    folder.mkdir(parents=True)
    study = make(2)
    shutil.copy(study, folder / "good.doubleread")
    (folder / "text.doubleread").write_text("hello")
    (folder / "empty.doubleread").write_bytes(b"")
    (folder / "folder.doubleread").mkdir()
    (folder / "cut.doubleread").write_bytes(study.read_bytes()[:5000])
    library = StudyLibrary(Settings())
    entries = {entry.path.stem: library.examine(entry) for entry in library.studies()}
    assert (entries["good"].cases, entries["good"].answered, entries["good"].problem) == (2, 0, "")
    assert all(entries[name].problem for name in ("text", "empty", "folder", "cut"))


def test_a_study_without_its_models_can_be_read_as_far_as_it_goes(invoke, make, ggufs, tmp_path):
    (tmp_path / "old").mkdir()
    moved = tuple(shutil.copy(path, tmp_path / "old" / path.name) for path in ggufs)
    study = make(2, arms=moved)
    shutil.rmtree(tmp_path / "old")
    library = StudyLibrary(Settings())
    with pytest.raises(DoublereadError) as caught:
        library.open(study, "R-01")
    assert "Alpha" not in str(caught.value)
    assert "doubleread run" in str(caught.value)


def states(opened) -> list[str]:
    return sorted(answer.state for answer in opened.session.answers().values())


def test_a_model_that_was_exchanged_is_trouble_in_its_pane_without_names_until_it_is_back(make, ggufs, tmp_path):
    (tmp_path / "old").mkdir()
    moved = tuple(Path(shutil.copy(path, tmp_path / "old" / path.name)) for path in ggufs)
    study = make(1, arms=moved)
    shutil.copy(ggufs[1], moved[0])
    opened = StudyLibrary(Settings()).open(study, "R-01")
    opened.session.start()
    try:
        until(lambda: states(opened) == ["done", "failed"])
        answers = opened.session.answers()
        (failed,) = [answer for answer in answers.values() if answer.state == "failed"]
        assert failed.trouble.title == "Model file not found"
        assert "lpha" not in str(failed.trouble)
        shutil.copy(ggufs[0], moved[0])
        opened.session.make_again(failed.side)
        until(lambda: states(opened) == ["done", "done"])
    finally:
        opened.session.close()


def test_a_study_with_missing_answers_is_opened_with_its_models_at_work(make):
    opened = StudyLibrary(Settings()).open(make(1), "R-01")
    opened.session.start()
    try:
        until(lambda: states(opened) == ["done", "done"])
        assert opened.session.reading is not None
        assert not opened.is_demo
    finally:
        opened.session.close()


def test_roles_describe_the_models_in_place_of_their_names(invoke, tmp_path):
    pack = write_pack(tmp_path / "pack.jsonl", 1)
    study = tmp_path / "roles.doubleread"
    named = ("--model-a", "Alpha", "--model-b", "Beta", "--role-a", " biomedical ", "--role-b", "general")
    assert invoke("new", study, "--cases", pack, *named).code == 0
    with StudyFile.open(study, device="d") as opened:
        assert [arm.role for arm in opened.arms()] == ["biomedical", "general"]
        assert opened.asked_role() == "biomedical"


def test_the_name_of_a_bundled_model_is_that_model_and_not_an_external_one(invoke, tmp_path):
    pack = write_pack(tmp_path / "pack.jsonl", 1)
    study = tmp_path / "named.doubleread"
    done = invoke("new", study, "--cases", pack, "--model-a", "demo-general", "--model-b", "Beta")
    assert done.code == 0
    assert "demo-general is the bundled model" in done.err
    with StudyFile.open(study, device="d") as opened:
        first, second = opened.arms()
    bundled = {arm.name: arm for arm in bundled_models()}["demo-general"]
    assert (first.model.sha256, first.model.path) == (bundled.sha256, str(bundled.path))
    assert (second.name, second.external) == ("Beta", True)


def test_export_describes_its_formats(invoke):
    listed = invoke("export", "--format", "list")
    shown = invoke("export", "--help").out
    assert listed.code == 0
    for name, exporter in EXPORTERS.items():
        assert f"{name} " in listed.out
        assert exporter.about in listed.out
        assert name in shown.partition("Formats:")[2]
