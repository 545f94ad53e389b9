"""What can only be seen on a GPU: `pytest -m gpu` with llama.cpp built for it, or `make gpu-check` without a GPU."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import psutil
import pytest

from benchmarks.memory_plan import GOAL, compare
from doubleread import locations
from doubleread.engine.client.protocol import Load, encode
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.planning.memory_need import MIB
from doubleread.engine.planning.plan import Wanted, plan_engines
from doubleread.engine.planning.probe import Probe, probe
from real_model import smollm2

pytestmark = pytest.mark.gpu

MODELS = [locations.bundled("models", f"demo-{name}.gguf") for name in ("general", "biomedical")]
LAYERS = 5
"""Those of a bundled model: four, and the output."""

CASE = "A man has chest pain, worse on lying down. What is the most likely diagnosis?"
CONTINUATIONS = ("Acute pericarditis", "A", " B", "The most likely")

REALLY_LOAD = """
import sys
from doubleread.engine.client.protocol import decode_request
from doubleread.engine.worker import llama
load = decode_request(sys.stdin.buffer.readline())
log = llama.Log()
model = llama.Model(load.path, load, lambda: None)
context = llama.Context(model, load, load.n_ctx, 1, 1)
sys.stderr.flush()
__import__("os")._exit(0)
"""
BUFFER = re.compile(r"(\S+) +(?:model|output|KV|RS|compute) buffer size = +([0-9.]+) MiB")

ON_GPU: dict[str, Any] = {"gpu_layers": -1, "main_gpu": 0}


def test_the_device_is_listed_with_its_memory():
    found = probe()
    assert found.gpu_backends
    for device in found.gpus:
        assert device.name
        assert 0 < device.free_bytes <= device.total_bytes


@pytest.mark.parametrize("layers", [0, 1, 3, LAYERS, -1])
def test_as_many_layers_are_on_the_gpu_as_asked_for_and_compute_what_the_processor_does(run, layers):
    expected = _likelihoods(run(MODELS[0], gpu_layers=0))
    running = run(MODELS[0], gpu_layers=layers, main_gpu=0 if layers else -1)
    engine = running.loaded().engine
    assert engine["layers"] == LAYERS
    assert engine["offloaded_layers"] == (LAYERS if layers < 0 else layers)
    used = probe().gpus[0]
    assert engine["device"] == (f"{used.name} ({used.description})" if layers else "CPU")
    assert _likelihoods(running) == near(expected)


@pytest.mark.parametrize("more", [{"flash_attention": "on"}, {"flash_attention": "off"}, {"kv_type": "q8_0"}])
def test_other_kinds_of_attention_and_cache_agree_as_well(run, more):
    expected = _likelihoods(run(MODELS[1], gpu_layers=0, **more))
    assert _likelihoods(run(MODELS[1], **ON_GPU, **more)) == near(expected)


def near(log_likelihoods: list[float], *, quantised: bool = True) -> Any:
    """Allow for rounding. With a quantised model, the processor rounds to 8 bits what a GPU multiplies as it is."""
    return pytest.approx(log_likelihoods, abs=0.05, rel=0.05) if quantised else pytest.approx(log_likelihoods, abs=0.02)


@pytest.mark.parametrize("flash_attention", ["on", "off"])
@pytest.mark.parametrize("layers", [1, 2, -1])
def test_a_model_in_32_bits_gives_the_processors_logits(run, small, layers, flash_attention):
    expected = _likelihoods(run(small, gpu_layers=0, flash_attention=flash_attention))
    found = _likelihoods(run(small, gpu_layers=layers, main_gpu=0, flash_attention=flash_attention))
    assert found == near(expected, quantised=False)


def _likelihoods(running) -> list[float]:
    running.ask_likelihood("likelihood", CASE, *CONTINUATIONS)
    return list(running.likelihoods("likelihood").log_likelihoods)


def test_a_real_model_on_the_gpu_begins_its_answer_as_on_the_processor(run):
    texts = []
    for settings in ({"gpu_layers": 0}, ON_GPU):
        running = run(smollm2(), n_ctx=256, **settings)
        running.ask("heart", "What does the heart do?", max_tokens=8, temperature=0.0)
        texts.append(running.answer("heart").text)
    assert texts[0]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("kv_unified", [True, False])
def test_answers_in_parallel_are_those_of_one_at_a_time(run, kv_unified):
    questions = [f"Case {number}. {CASE}" for number in range(3)]
    alone, together = (run(MODELS[0], **ON_GPU, n_slots=slots, kv_unified=kv_unified) for slots in (1, 3))
    for running in (alone, together):
        for question in questions:
            running.ask(question, question, max_tokens=8, temperature=0.0)
    for question in questions:
        assert together.answer(question).text == alone.answer(question).text


def test_an_answer_given_up_leaves_the_others_untouched(run):
    running = run(MODELS[0], **ON_GPU, n_slots=2)
    running.loaded()
    running.ask("kept", CASE, max_tokens=16, temperature=0.0)
    running.ask("given up", f"Again: {CASE}", max_tokens=400)
    running.engine.cancel("given up")
    assert running.answer("given up").finish_reason == "cancelled"
    kept = running.answer("kept").text
    running.ask("alone", CASE, max_tokens=16, temperature=0.0)
    assert running.answer("alone").text == kept


def test_a_worker_that_was_killed_loads_and_answers_again(run):
    running = run(MODELS[0], **ON_GPU)
    running.ask("before", CASE, max_tokens=8, temperature=0.0)
    before = running.answer("before").text
    psutil.Process(running.engine.pid).kill()
    running.died()
    since = len(running.events)
    running.engine.restart()
    assert running.loaded(since).engine["offloaded_layers"] == LAYERS
    running.ask("after", CASE, max_tokens=8, temperature=0.0)
    assert running.answer("after").text == before


def test_two_models_are_wholly_on_the_gpu_and_answer(run):
    plan = plan_engines([Wanted(str(model), 512) for model in MODELS], EngineSettings(n_slots=4))
    for model, settings in zip(MODELS, plan.engines, strict=True):
        running = run(model, **{name: getattr(settings, name) for name in EngineSettings.__struct_fields__})
        engine = running.loaded().engine
        assert engine["device"] != "CPU"
        assert engine["offloaded_layers"] == engine["layers"]
        running.ask("one", "Which nerve?", max_tokens=8)
        assert running.answer("one").text


def test_two_gpus_take_a_model_each_or_share_one(run, monkeypatch):
    if not all(gpu.software for gpu in probe().gpus):
        pytest.skip("one GPU counts once, whereas software can imitate it twice")
    monkeypatch.setenv("GGML_VK_VISIBLE_DEVICES", "0,0")
    first, second = (f"{gpu.name} ({gpu.description})" for gpu in probe().gpus)
    plan = plan_engines([Wanted(str(model), 512) for model in MODELS])
    assert [settings.main_gpu for settings in plan.engines] == [0, 1]
    expected = run(MODELS[0], gpu_layers=0)
    expected.ask("one", CASE, max_tokens=8, temperature=0.0)
    for main_gpu, device in ((1, second), (-1, f"{first}, {second}")):
        running = run(MODELS[0], gpu_layers=-1, main_gpu=main_gpu)
        assert running.loaded().engine["device"] == device
        running.ask("one", CASE, max_tokens=8, temperature=0.0)
        assert running.answer("one").text == expected.answer("one").text


@pytest.mark.parametrize("layers", [0, 2, -1])
@pytest.mark.parametrize("slots", [1, 8])
@pytest.mark.parametrize("name", ["demo", "smollm2"])
def test_the_plan_is_the_sum_of_the_buffers_that_llama_cpp_allocates(name, slots, layers):
    path = MODELS[0] if name == "demo" else smollm2()
    found = probe() if layers else Probe()
    base = EngineSettings(n_slots=slots, gpu_layers=layers)
    (model,) = plan_engines([Wanted(str(path), 1024)], base, exact=True, found=found).models
    planned = [portion.need.total - portion.need.process for portion in model.portions]
    assert len(planned) == (2 if layers else 1)
    taken = _allocated(Load.of(str(path), model.settings))
    assert bool(taken["GPU"]) == bool(layers)
    for place, size in zip(("main memory", "GPU"), planned, strict=False):
        assert size / MIB == pytest.approx(taken[place], rel=GOAL / 100, abs=5), (place, model.portions, taken)


def _allocated(load: Load) -> dict[str, float]:
    """Load a model in a process of its own and return the mebibytes that llama.cpp allocates, by its log."""
    command = [sys.executable, "-c", REALLY_LOAD]
    done = subprocess.run(command, input=encode(load), capture_output=True, check=True, timeout=120)
    taken = {"main memory": 0.0, "GPU": 0.0}
    for name, size in BUFFER.findall(done.stderr.decode("utf-8", "replace")):
        taken["main memory" if name.startswith("CPU") or name.endswith("_Host") else "GPU"] += float(size)
    return taken


def test_the_plan_is_what_is_taken():
    if all(gpu.software for gpu in probe().gpus):
        pytest.skip("software that imitates a GPU has no memory of its own, and too little speed to fill it")
    for item in compare(MODELS, EngineSettings(n_slots=64), 512):
        assert item.error <= GOAL, item.row()
