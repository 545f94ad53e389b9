"""LoRA adapters: what they add to the weights, computed by numpy and merged into a second file, beside llama.cpp."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gguf_files
from doubleread.domain.arm import Adapter
from doubleread.engine.client.protocol import Failed, Loaded

RANK, ALPHA, SEED = 4, 8.0, 5
LOGITS = """
import json, sys
import numpy as np
from doubleread.domain.arm import Adapter
from doubleread.engine.client.settings import LoadSettings
from doubleread.engine.worker.adapters import Adapters
from doubleread.engine.worker.llama import Batch, Context, Log, Model
log = Log()
path, adapters = json.loads(sys.stdin.read())
load = LoadSettings(flash_attention="off")
model = Model(path, load, lambda: None)
context = Context(model, load, 64, 1, 1)
try:
    if adapters is not None:
        Adapters(model, [Adapter(path, "", scale) for path, scale in adapters]).apply(context)
except RuntimeError as error:
    print(json.dumps({"error": str(error), "log": log.errors()}))
    raise SystemExit
batch = Batch(8)
index = batch.add(np.array([70, 101, 118, 101, 114], dtype=np.int32), 0, 0, output=True)
assert context.decode(batch) == 0
print(json.dumps({"logits": context.logits(index).tolist()}))
"""


def computed(model: Path, *adapters: tuple[Path, float], plain: bool = False) -> dict[str, Any]:
    """The logits after one prompt, from a process of its own."""
    asked = [str(model), None if plain else [(str(path), scale) for path, scale in adapters]]
    command = [sys.executable, "-c", LOGITS]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("adapter") / "lora.gguf"
    return gguf_files.write_adapter(path, rank=RANK, alpha=ALPHA, seed=SEED)


@pytest.mark.parametrize("scale", [1.0, 0.5, -1.0])
def test_an_adapter_adds_its_matrices_times_scale_alpha_and_rank(small, adapter, tmp_path, scale):
    matrices = gguf_files.adapter_matrices(gguf_files.SMALL, RANK, SEED)
    added = {name: scale * ALPHA / RANK * (second @ first) for name, (first, second) in matrices.items()}
    merged = gguf_files.write_merged(tmp_path / "merged.gguf", small, added)
    adapted = np.array(computed(small, (adapter, scale))["logits"])
    expected = np.array(computed(merged, plain=True)["logits"])
    base = np.array(computed(small, plain=True)["logits"])
    assert np.abs(adapted - expected).max() < 1e-3
    assert np.abs(adapted - base).max() > 0.1


def test_an_adapter_of_scale_nothing_leaves_every_bit_as_it_is(small, adapter):
    assert computed(small, (adapter, 0.0)) == computed(small, plain=True)


def test_two_adapters_add_up(small, adapter):
    twice = np.array(computed(small, (adapter, 0.5), (adapter, 0.5))["logits"])
    once = np.array(computed(small, (adapter, 1.0))["logits"])
    assert np.abs(twice - once).max() < 1e-3


def test_an_adapter_for_another_model_is_refused_with_llama_cpps_reason(small, tmp_path):
    wide = gguf_files.write_adapter(tmp_path / "wide.gguf", replace(gguf_files.SMALL, width=128))
    refused = computed(small, (wide, 1.0))
    assert refused["error"] == "the adapter wide.gguf could not be loaded"
    assert "has incorrect shape" in refused["log"]


def test_a_worker_answers_with_its_adapters_and_its_manifest_names_them(run, small, adapter):
    plain, adapted = run(small), run(small, adapters=(Adapter(str(adapter), "ab" * 32, 2.0),))
    for running in (plain, adapted):
        running.loaded()
        running.ask("one", "Which nerve?")
    assert plain.answer("one").text != adapted.answer("one").text
    assert plain.answer("one").manifest["adapters"] == []
    assert adapted.answer("one").manifest["adapters"] == [{"file": "lora.gguf", "sha256": "ab" * 32, "scale": 2.0}]


def test_a_worker_says_which_adapter_does_not_fit(run, small, tmp_path):
    wide = gguf_files.write_adapter(tmp_path / "wide.gguf", replace(gguf_files.SMALL, width=128))
    running = run(small, adapters=(Adapter(str(wide), "", 1.0),))
    failed = running.wait_for(lambda event: isinstance(event, Failed | Loaded))
    assert isinstance(failed, Failed)
    assert failed.title == "Adapter not usable"
    assert "the adapter wide.gguf could not be loaded" in failed.happened
    assert "trained for this model" in failed.remedy
