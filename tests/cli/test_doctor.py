"""What `doctor` and `run --dry-run` say of a study's models: the plan with its arithmetic, and nothing is made."""

from __future__ import annotations

import hashlib
import importlib
from dataclasses import replace

import pytest

from cli.conftest import write_pack
from doubleread.engine.planning.devices import machine
from doubleread.engine.planning.memory_need import MIB
from doubleread.engine.planning.probe import Device, Probe

MACHINE_USERS = (
    "engine.planning.plan",
    "engine.planning.study_plan",
    "runs.health",
    "engine.planning.devices",
)


@pytest.fixture
def little_memory(monkeypatch):
    """A machine with 100 MiB left, which are those that reserve."""
    here = replace(machine(), free_memory=100 * MIB)
    # A module that is first imported while `devices` is patched would keep what it got there.
    users = [importlib.import_module(f"doubleread.{name}") for name in MACHINE_USERS]
    for user in users:
        monkeypatch.setattr(user, "machine", lambda: here)


def test_a_dry_run_shows_the_plan_and_makes_nothing(invoke, make):
    study = make(3)
    before = hashlib.sha256(study.read_bytes()).hexdigest()
    done = invoke("run", study, "--dry-run", "--slots", 4)
    assert done.code == 0, done.err
    assert "Alpha: 3 answers would be generated" in done.out
    assert "Beta: 3 answers would be generated" in done.out
    for word in ("weights", "cache", "buffers", "reserve", "main memory", "Both models at the same time"):
        assert word in done.out
    assert "nothing was generated" in done.out
    assert hashlib.sha256(study.read_bytes()).hexdigest() == before


def test_a_dry_run_with_nothing_missing(invoke, make):
    study = make(1)
    assert invoke("run", study).code == 0
    assert "no answer is missing" in invoke("run", study, "--dry-run").out


def test_want_of_memory_is_said_before_loading(invoke, make, little_memory):
    study = make(1)
    done = invoke("run", study, "--dry-run")
    assert done.code == 1
    assert done.err.startswith("Model too large for this machine: Alpha needs at least 0.05 GiB (weights")
    assert "smaller quantisation" in done.err
    done = invoke("doctor", "--study", study)
    assert done.code == 1
    assert "Model too large for this machine" in done.out
    assert invoke("doctor", "--study", study, "--json").json["plan"]["fits"] is False


def test_the_doctor_plans_and_measures_a_study(invoke, make):
    done = invoke("doctor", "--study", make(2), "--slots", 2, "--json")
    assert done.code == 0, done.err
    plan = done.json["plan"]
    assert plan["fits"]
    assert [model["name"] for model in plan["models"]] == ["Alpha", "Beta"]
    for model in plan["models"]:
        (portion,) = model["memory"]
        parts = ("weights", "cache", "compute", "process")
        assert portion["total"] == sum(portion[part] for part in parts)
        assert model["speed"]["how"] == "measured"
        assert model["speed"]["answer"] > 0
    assert plan["places"][0]["taken"] == sum(model["memory"][0]["total"] for model in plan["models"])
    assert plan["limits"][0]["read_bytes"] > 0


def test_the_doctor_plans_for_files_without_trying_them(invoke, ggufs):
    done = invoke("doctor", *ggufs, "--quick")
    assert done.code == 0
    assert "Both models at the same time" in done.out
    assert "tokens a second" not in done.out


def test_an_idle_gpu_is_named_with_the_command(invoke, ggufs, monkeypatch):
    here = replace(machine(), nvidia=True)
    monkeypatch.setattr("doubleread.runs.health.machine", lambda: here)
    done = invoke("doctor", ggufs[0], "--quick")
    assert done.out.count("-DGGML_CUDA=on") >= 1


RADEON = Device("Vulkan0", "AMD Radeon Graphics (RADV RENOIR)", "igpu", 2**33, 2**34)


@pytest.mark.parametrize(
    ("backends", "devices", "computes_with", "advice"),
    [
        ((), (), "the processor (a build without GPU)", ""),
        (("CUDA",), (), "the processor (a build for CUDA that finds no GPU)", "check the driver, with nvidia-smi"),
        (("Vulkan",), (), "the processor (a build for Vulkan that finds no GPU)", "with vulkaninfo"),
        (("Vulkan",), (RADEON,), "the GPU, by Vulkan", ""),
        (("Vulkan",), (replace(RADEON, description="llvmpipe (LLVM 15)"),), "the GPU, by Vulkan", "slower than"),
    ],
)
def test_the_doctor_tells_the_build_from_the_device(invoke, monkeypatch, backends, devices, computes_with, advice):
    found = Probe("0.3.36", gpu_backends=backends, devices=devices)
    monkeypatch.setattr("doubleread.runs.health.probe", lambda: found)
    monkeypatch.setattr("doubleread.runs.health.machine", lambda: replace(machine(), nvidia=False))
    lines = invoke("doctor").out.splitlines()
    assert [line.removeprefix("computes with").strip() for line in lines if "computes with" in line] == [computes_with]
    advised = [line for line in lines if line.startswith("advice: ") and "GPU" in line]
    assert len(advised) == bool(advice)
    assert all(advice in line for line in advised)
    assert invoke("doctor", "--json").json["llama_cpp"]["gpu_backends"] == list(backends)


@pytest.mark.parametrize("more", [("--study", "x"), ("c.gguf",)])
def test_wrong_use(invoke, more):
    done = invoke("doctor", "a.gguf", "b.gguf", *more)
    assert done.code == 2
    assert done.err.startswith("Wrong use: ")


def test_wrong_use_leads_to_the_help_of_the_command(invoke):
    assert invoke("models", "inspect").err.rstrip().endswith("see doubleread models inspect --help")
    assert invoke("results", "x", "--csv").err.rstrip().endswith("see doubleread results --help")
    assert invoke("nothing").err.rstrip().endswith("see doubleread --help")


def test_a_file_that_is_gone_is_said(invoke, tmp_path):
    done = invoke("doctor", tmp_path / "gone.gguf")
    assert done.code == 1
    assert "Model file not found" in done.out


def test_a_study_of_external_answers_has_no_models_to_plan_for(invoke, tmp_path):
    study = tmp_path / "external.doubleread"
    pack = write_pack(tmp_path / "pack.jsonl")
    assert invoke("new", study, "--cases", pack, "--model-a", "gpt-4.1", "--model-b", "other").code == 0
    done = invoke("doctor", "--study", study)
    assert (done.code, done.err) == (0, "")
    assert "external answers only" in done.out
    assert invoke("doctor", "--study", study, "--json").json["plan"]["fits"] is None
    done = invoke("split", study, "--reader", "R-01", "--out", tmp_path / "own.doubleread", "--new-reader")
    assert done.code == 1
    assert "doubleread import-answers" in done.err
