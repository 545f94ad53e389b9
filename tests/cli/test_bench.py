"""`doubleread bench`, from the command line to the table."""

from __future__ import annotations

import os
import sys
from inspect import signature

import psutil
import pytest

from bench import programs
from doubleread.bench.comparing import DEFAULT_WAYS, WAYS, first_cores
from doubleread.bench.make_model import make_model
from doubleread.bench.shapes import FILE_TYPES, SHAPES
from doubleread.bench.vocabulary import byte_vocabulary
from doubleread.bench.workloads import EVERY
from doubleread.cli.commands.bench import ShapeName, TypeName, WayName, WorkloadName, run
from doubleread.engine.gguf.hashes import model_sha256
from doubleread.engine.planning.devices import machine
from doubleread.engine.tuning.record import Choice, Threads, TuningRecord, keep
from doubleread.engine.tuning.tune import conditions_here

FEW = ("--slots", 2, "--rounds", 1, "--prompt-tokens", 60, "--answer-tokens", 6, "--threads", 1)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("DOUBLEREAD_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "tiny.gguf"
    shape = SHAPES["tiny"]
    make_model(path, shape, "Q4_0", byte_vocabulary(shape.vocabulary), name="tiny")
    return path


def test_the_names_of_the_command_line_are_those_of_the_parts():
    assert [item.value for item in ShapeName] == list(SHAPES)
    assert {item.value for item in TypeName} == set(FILE_TYPES)
    assert tuple(item.value for item in WayName) == WAYS
    assert tuple(item.value for item in signature(run).parameters["way"].default) == DEFAULT_WAYS
    assert [item.value for item in WorkloadName] == list(EVERY)


def test_a_model_is_made_and_not_written_over(invoke, tmp_path):
    path = tmp_path / "m.gguf"
    done = invoke("bench", "make-model", "--shape", "tiny", "--type", "Q4_K_M", "--out", path)
    assert done.code == 0
    assert "a vocabulary of 1024 tokens" in done.out
    again = invoke("bench", "make-model", "--shape", "tiny", "--out", path)
    assert (again.code, again.out) == (1, "")
    assert again.err.startswith("File exists: ")


def test_a_model_can_have_anothers_vocabulary(invoke, tiny, tmp_path):
    done = invoke("bench", "make-model", "--shape", "tiny", "--vocab", tiny, "--out", tmp_path / "m.gguf", "--seed", 2)
    assert done.code == 0
    missing = invoke("bench", "make-model", "--vocab", tmp_path / "none.gguf", "--out", tmp_path / "n.gguf")
    assert missing.code == 1
    assert missing.err.startswith("Vocabulary not readable: ")
    assert not (tmp_path / "n.gguf").exists()


def test_a_model_that_is_none_is_refused(invoke, tmp_path):
    done = invoke("bench", "run", tmp_path / "none.gguf")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Model file not found: ")


def test_the_ways_are_shown_side_by_side_with_the_settings_of_the_tuning_record(invoke, tiny):
    with first_cores(1):
        conditions = conditions_here(machine())
    choice = Choice(flash_attention=True, n_slots=4, n_ubatch=64)
    record = TuningRecord(model_sha256(tiny), conditions, choice, Choice(), 1000, Threads(), 1.0, "")
    keep(record)
    done = invoke("bench", "run", tiny, *FEW, "--workload", "short", "--way", "loop", "--way", "one-slot")
    assert done.code == 0, done.err
    assert "short answers: 2 prompts of 60 tokens, answers of 6, 2 at a time, 1 rounds" in done.out
    lines = {line.split()[0]: line for line in done.out.splitlines() if line.strip()}
    assert "x " not in lines["doubleread"]
    assert "x " in lines["loop"]
    assert "x " in lines["one-slot"]
    assert "round 1 of 1, loop" in done.err
    settings = "flash attention on, keys and values in f16, micro-batches of 64"
    assert f"the engine had {settings}, from tuning record {record.id}; the other ways had flash attention on" in (
        " ".join(done.out.split())
    )
    assert ("other programs used" in done.out) is (sys.platform == "linux")


@pytest.mark.skipif(sys.platform == "win32", reason="programs that are scripts need a shebang")
def test_json_holds_every_run_and_no_process_stays(invoke, tiny, tmp_path, monkeypatch):
    folder = tmp_path / "programs"
    folder.mkdir()
    programs.install(folder, server="works", batched_bench="works")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    before = set(psutil.Process().children(recursive=True))
    names = ("--workload", "long", "--workload", "documents", "--way", "server", "--way", "batched-bench")
    done = invoke("bench", "run", tiny, *FEW, "--rounds", 2, "--questions", 2, *names, "--json")
    assert done.code == 0, done.err
    long, documents = done.json["workloads"]
    assert list(long["ways"]) == ["doubleread", "server", "batched-bench"]
    assert long["equal_answers"] is True
    assert len(long["processors_used_by_others"]) == (2 if sys.platform == "linux" else 0)
    for way in long["ways"].values():
        assert [(taken["answers"], taken["tokens"]) for taken in way["rounds"]] == [(2, 12), (2, 12)]
        assert way["base_is_times_as_fast"]["lowest"] <= way["base_is_times_as_fast"]["highest"]
    assert long["ways"]["batched-bench"]["middling_run"]["decode_share_of_limit"] > 0
    assert list(documents["ways"]) == ["doubleread", "server"]
    assert documents["left_out"] == {"batched-bench": "llama-batched-bench has no such workload"}
    assert documents["questions"] == 2
    (settings,) = long["engine"]
    assert (settings["flash_attention"], settings["tuning"]) == ("off", None)
    assert settings["origin"] == "the defaults, because this model was not measured on this machine"
    assert long["others_flash_attention"] == "auto"
    left = set(psutil.Process().children(recursive=True)) - before
    assert not [child for child in left if child.status() != psutil.STATUS_ZOMBIE]


def test_two_models_answer_at_once_and_in_turn(invoke, tiny):
    done = invoke("bench", "run", tiny, *FEW, "--workload", "two-models", "--json")
    assert done.code == 0, done.err
    (found,) = done.json["workloads"]
    assert list(found["ways"]) == ["at once", "one after the other"]
    assert [way["rounds"][0]["tokens"] for way in found["ways"].values()] == [24, 24]


def test_the_measurements_of_the_engine_alone(invoke, tiny):
    names = [word for name in ("interactive", "overhead", "memory") for word in ("--workload", name)]
    sizes = ("--slots", 2, "--threads", 1, "--prompt-tokens", 60, "--questions", 30, "--answer-tokens", 60)
    done = invoke("bench", "run", tiny, *sizes, *names, "--json")
    assert done.code == 0, done.err
    measured = {item["name"]: item for found in done.json["workloads"] for item in found["measurements"]}
    busy = measured["first token while 2 answers are made"]
    assert busy["met"] is (busy["value"] <= busy["goal"])
    assert 0 < measured["share of it not llama.cpp's"]["value"] < 100
    if sys.platform == "linux":
        assert measured["memory after 30 answers"]["value"] > 1
