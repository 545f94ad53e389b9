"""`doubleread models ...`, in a home folder of the test's own."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import gguf_files
from cli.conftest import write_pack
from doubleread import locations
from doubleread.domain.case import Case
from doubleread.domain.study import Protocol
from doubleread.engine.gguf.model_parts import part_paths
from doubleread.runs.arm_files import file_may_be_here, found_model
from doubleread.runs.study_arms import pair_of_bundled_arms
from doubleread.store import StudyFile

SHAPE = replace(gguf_files.SMALL, context=1024, seed=5)
HOSTILE = "\x1b]52;c;AAAA\x07[red]\u202eevil"


@pytest.fixture
def home(tmp_path, monkeypatch, own_home):
    folder = tmp_path / "user"
    folder.mkdir()
    for name in ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "LLAMA_CACHE", "OLLAMA_MODELS", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    monkeypatch.chdir(folder)
    return folder


def put(path, content=b"GGUF....") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def listed(invoke) -> dict:
    models = invoke("models", "list", "--json").json["models"]
    return {(model["place"], model["name"]): model for model in models if model["place"] != "bundled"}


def test_models_are_found_where_other_programs_keep_them(invoke, home, own_home, monkeypatch):
    monkeypatch.setenv("LLAMA_CACHE", str(home / "llama-cache"))
    put(home / "models" / "here.gguf")
    put(own_home / "models" / "own.gguf")
    put(home / ".lmstudio" / "models" / "owner" / "repo" / "lm.gguf")
    put(home / ".lmstudio" / "models" / "owner" / "repo" / "mmproj-lm.gguf")
    put(home / "llama-cache" / "cached.gguf")
    snapshot = home / ".cache" / "huggingface" / "hub" / "models--org--tiny" / "snapshots" / "abc"
    put(snapshot / "q4-00001-of-00002.gguf")
    put(snapshot / "q4-00002-of-00002.gguf")
    digest = "ab" * 32
    put(home / ".ollama" / "models" / "blobs" / f"sha256-{digest}")
    manifest = {"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}"}]}
    folder = home / ".ollama" / "models" / "manifests" / "registry.ollama.ai"
    put(folder / "library" / "llama3" / "8b", json.dumps(manifest).encode())
    put(folder / "someone" / "other" / "latest", json.dumps(manifest).encode())
    assert set(listed(invoke)) == {
        ("this folder", "here"),
        ("doubleread", "own"),
        ("LM Studio", "owner/repo/lm.gguf"),
        ("llama.cpp", "cached"),
        ("Hugging Face", "org/tiny/q4-00001-of-00002.gguf"),
        ("Ollama", "llama3:8b"),
    }


def test_a_split_model_is_listed_once_with_the_size_of_all_its_parts(invoke, home):
    for number in (1, 2, 3):
        put(home / "models" / f"big-{number:05d}-of-00003.gguf")
    put(home / "models" / "odd-00002-of-00002.gguf")
    put(home / "models" / "gap-00001-of-00003.gguf")
    put(home / "models" / "gap-00003-of-00003.gguf")
    found = {name: (model["bytes"], model["problem"]) for (_, name), model in listed(invoke).items()}
    assert found == {
        "big-00001-of-00003": (24, None),
        "odd-00002-of-00002": (8, "odd-00001-of-00002.gguf is missing"),
        "gap-00001-of-00003": (16, "gap-00002-of-00003.gguf is missing"),
    }


def test_a_part_that_changed_ends_a_run_under_the_old_hash(invoke, make, ggufs, tmp_path):
    (tmp_path / "parts").mkdir()
    first = gguf_files.write_llama(tmp_path / "parts" / "big.gguf", in_part=8, name="Big", shape=SHAPE)
    study = make(1, arms=(first, ggufs[1]))
    parts = part_paths(first)
    info = invoke("models", "inspect", first).out
    assert "in 3 parts" in info
    whole = parts[1].read_bytes()
    parts[1].write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    done = invoke("run", study)
    assert done.code == 1
    assert "and its 2 further parts have changed" in done.err
    parts[1].unlink()
    assert "lacks big-00002-of-00003.gguf" in invoke("run", study).err
    parts[1].write_bytes(whole)
    assert invoke("run", study).code == 0


@pytest.mark.parametrize("entries", [{"general.type": "adapter"}, {"llama.pooling_type": 4}])
def test_no_study_is_made_of_what_cannot_answer(invoke, tmp_path, ggufs, own_home, entries):
    path = gguf_files.write_llama(tmp_path / "odd.gguf", more=entries)
    assert "can answer" in invoke("models", "inspect", path).out
    pack = write_pack(tmp_path / "pack.jsonl", 1)
    done = invoke("new", tmp_path / "s", "--cases", pack, "--model-a", path, "--model-b", ggufs[1])
    assert (done.code, done.err.split(":")[0]) == (1, "Not a language model")
    assert not (tmp_path / "s.doubleread").exists()


def test_broken_and_hostile_files_do_no_harm(invoke, home):
    put(home / "models" / "cut.gguf", b"GG")
    put(home / "models" / f"{HOSTILE.replace('/', '')}.gguf")
    put(home / "models" / "empty.gguf", b"")
    (home / "models" / "link.gguf").symlink_to(home / "nowhere")
    (home / "models" / "loop").symlink_to(home / "models")
    if hasattr(os, "mkfifo"):
        os.mkfifo(home / "models" / "pipe.gguf")
    put(home / ".ollama" / "models" / "manifests" / "a" / "b" / "c" / "d", b"[" * 100_000)
    put(home / ".ollama" / "models" / "manifests" / "a" / "b" / "c" / "e", b'{"layers": [{"digest": "../../etc"}]}')
    found = listed(invoke)
    assert found["this folder", "cut"]["problem"]
    assert found["this folder", "link"]["problem"] == "is missing"
    plain = invoke("models", "list")
    for text in (plain.out, invoke("models", "list", "--json").out):
        assert not [character for character in text if ord(character) < 32 and character != "\n"]
        assert "\u202e" not in text
    assert "[red]" in plain.out


def test_inspecting_says_what_a_model_is(invoke, ggufs):
    record = invoke("models", "inspect", ggufs[0], "--json").json
    assert (record["name"], record["architecture"], record["problems"]) == ("Alpha", "llama", [])
    plain = invoke("models", "inspect", ggufs[0])
    assert plain.code == 0
    assert "can answer" in plain.out


def test_inspecting_a_model_with_a_hostile_name(invoke, tmp_path):
    path = gguf_files.write_llama(tmp_path / "x.gguf", name=HOSTILE)
    done = invoke("models", "inspect", path)
    assert "\x1b" not in done.out
    assert "[red]" in done.out


def test_what_is_no_model_is_refused(invoke, tmp_path, ggufs):
    text = tmp_path / "text.gguf"
    text.write_text("hello")
    cut = gguf_files.write_cut_off(tmp_path / "cut.gguf", ggufs[0], 0.5)
    for path in (text, cut, tmp_path / "nowhere.gguf", tmp_path):
        done = invoke("models", "inspect", path)
        assert (done.code, done.out) == (1, "")
        assert done.err.count("\n") == 1


def test_a_model_without_a_chat_template_can_be_inspected_but_not_used(invoke, tmp_path, ggufs, own_home):
    path = gguf_files.write_llama(tmp_path / "base.gguf", template=None)
    assert "No chat template" not in invoke("models", "inspect", path).err
    assert "can answer" in invoke("models", "inspect", path).out
    shutil.copy(ggufs[0], tmp_path / "other.gguf")
    pack = tmp_path / "pack.jsonl"
    pack.write_text('{"id": "1", "kind": "diagnosis", "text": "t", "question": "q", "key": "k"}\n')
    done = invoke("new", tmp_path / "s", "--cases", pack, "--model-a", path, "--model-b", tmp_path / "other.gguf")
    assert done.code == 1
    assert done.err.startswith("No chat template: ")


def test_a_model_in_a_folder_that_cannot_be_searched_is_looked_for_elsewhere(tmp_path):
    # Such as the home of the study lead on a shared machine. A name that is too long fails in the same way, even
    # for somebody who may read everything.
    unsearchable = f"/{'x' * 300}/model.gguf"
    first, second = pair_of_bundled_arms()
    path = tmp_path / "moved.doubleread"
    study = StudyFile.create(
        path,
        cases=[Case("c", "diagnosis", "Fever.", "Why?", "flu")],
        arms=(replace(first, model=replace(first.model, path=unsearchable)), second),
        protocol=Protocol(),
        device="d",
    )
    with study:
        moved, _ = study.arms()
        assert file_may_be_here(study, moved)
        assert found_model(study, moved) == Path(first.model.path)
        assert study.arms()[0].model.path == first.model.path


def test_a_moved_model_is_found_in_the_models_folder(make, invoke, tmp_path, ggufs):
    moved = locations.home() / "models" / "gamma.gguf"
    gone = tmp_path / moved.name
    gone.write_bytes(ggufs[0].read_bytes())
    study = make(arms=(gone, ggufs[1]))
    gone.unlink()
    missing = invoke("run", study)
    assert (missing.code, f"put it into {moved.parent}" in missing.err) == (1, True)
    moved.parent.mkdir(parents=True)
    moved.write_bytes(ggufs[0].read_bytes())
    assert invoke("run", study).code == 0
