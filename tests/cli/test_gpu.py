"""A study on a GPU, from `doctor` to a run that is killed: see `engine/test_gpu.py`."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from doubleread import locations
from doubleread.engine.planning.probe import probe
from killed_runs import killed_runs, make_study

pytestmark = pytest.mark.gpu

MODELS = [locations.bundled("models", f"demo-{name}.gguf") for name in ("general", "biomedical")]


def test_the_doctor_names_the_gpu_and_plans_both_models_on_it(invoke):
    done = invoke("doctor", *MODELS, "--slots", 2, "--quick", "--json")
    assert done.code == 0, done.err
    found, plan = done.json["llama_cpp"], done.json["plan"]
    assert found["gpu_backends"]
    assert [place["name"].startswith("GPU 0 (") for place in plan["places"]] == [False, True]
    assert not plan["sequential"]
    for model in plan["models"]:
        assert model["layers_on_gpu"] == model["layers"]
        assert [portion["place"] for portion in model["memory"]] == [place["name"] for place in plan["places"]]
    said = invoke("doctor", *MODELS, "--quick").out
    assert f"the GPU, by {' and '.join(found['gpu_backends'])}" in said
    assert said.count("all layers") == 2


def test_the_doctor_measures_the_speed_on_the_gpu(invoke):
    done = invoke("doctor", MODELS[0], "--json")
    (model,) = done.json["plan"]["models"]
    assert model["layers_on_gpu"] == model["layers"]
    assert model["speed"]["how"] == "measured"
    assert model["speed"]["answer"] > 0


def test_a_run_uses_the_gpu_as_the_dry_run_says(invoke, tmp_path):
    study = tmp_path / "gpu.doubleread"
    make_study(study, 3)
    said = invoke("run", study, "--dry-run").out
    assert said.count("all layers") == 2
    assert "GPU 0 (" in said
    assert invoke("run", study).code == 0
    assert _devices(study) == {_gpu()}


@pytest.mark.timeout(900)
def test_a_run_that_is_killed_again_and_again_makes_every_answer_once(tmp_path):
    study = tmp_path / "killed.doubleread"
    found = killed_runs(study, 4, 2, seed=7)
    assert found.faults == []
    assert (found.answers, found.kills) == (8, 2)
    assert (found.twice, found.lost, found.orphans) == (0, 0, 0)
    assert _devices(study) == {_gpu()}


def _gpu() -> str:
    device = probe().gpus[0]
    return f"{device.name} ({device.description})"


def _devices(study) -> set[str]:
    """What the manifests of all answers name as their device."""
    with closing(sqlite3.connect(f"file:{study}?mode=ro", uri=True)) as connection:
        return {row[0] for row in connection.execute("SELECT json_extract(manifest, '$.device') FROM answers")}
