"""What can only be seen on a GPU: `pytest -m gpu`, with llama.cpp built for it."""

from __future__ import annotations

import pytest

from benchmarks.memory_plan import GOAL, compare
from doubleread import locations
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.planning.plan import Wanted, plan_engines

pytestmark = pytest.mark.gpu

MODELS = [locations.bundled("models", f"demo-{name}.gguf") for name in ("general", "biomedical")]


def test_two_models_are_wholly_on_the_gpu_and_answer(run):
    plan = plan_engines([Wanted(str(model), 512) for model in MODELS], EngineSettings(n_slots=4))
    for model, settings in zip(MODELS, plan.engines, strict=True):
        running = run(model, **{name: getattr(settings, name) for name in EngineSettings.__struct_fields__})
        engine = running.loaded().engine
        assert engine["device"] != "CPU"
        assert engine["offloaded_layers"] == engine["layers"]
        running.ask("one", "Which nerve?", max_tokens=40)
        assert running.answer("one").text


def test_the_plan_is_what_is_taken():
    for item in compare(MODELS, EngineSettings(n_slots=64), 512):
        assert item.error <= GOAL, item.row()
