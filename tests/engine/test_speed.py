"""How fast models are: measured on a real worker, estimated from limits, and the limits themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.planning.devices import Machine
from doubleread.engine.planning.machine_limits import Limits, measure_limits
from doubleread.engine.planning.memory_need import GIB
from doubleread.engine.planning.memory_plan import Demand, Place, Resources, plan_memory
from doubleread.engine.planning.plan import Wanted, plan_engines
from doubleread.engine.planning.probe import Probe
from doubleread.engine.planning.processors import Processor
from doubleread.engine.planning.speed import estimate, seconds_to_try, speeds
from engine.shapes import llama3_8b, mixtral_8x7b

LIMITS = Limits(4, 40e9, 200e9)


def placed(shape, n_ctx=8192):
    here = Resources(Place("main memory", 256 * GIB, GIB))
    return plan_memory([Demand(shape, n_ctx)], here, EngineSettings(), for_batch=True)


def test_an_estimate_by_hand():
    shape = llama3_8b()
    (model,) = placed(shape).models
    # 4,096 tokens of 131,072 bytes each, and all weights but the embeddings
    read = 4096 * 131072 + (shape.weight_bytes - shape.input_bytes)
    found = estimate(model, LIMITS)
    assert found.answer == pytest.approx(40e9 / read)
    assert found.prompt == pytest.approx(200e9 / (2 * (shape.parameters - 128256 * 4096)))
    assert found.how == "estimated"


def test_experts_that_are_not_asked_cost_nothing():
    (dense,), (mixed,) = placed(llama3_8b()).models, placed(mixtral_8x7b()).models
    assert mixed.shape.weight_bytes > 5 * dense.shape.weight_bytes
    assert estimate(mixed, LIMITS).answer > estimate(dense, LIMITS).answer / 2


def test_what_would_take_long_is_estimated_and_not_tried():
    plan = placed(mixtral_8x7b())
    assert seconds_to_try(plan.models[0], estimate(plan.models[0], LIMITS)) > 30
    assert speeds(plan, LIMITS) == [estimate(plan.models[0], LIMITS)]


def test_real_models_are_measured_together_and_in_turn(models):
    here = Machine((Processor(0, "0"),), free_memory=64 * GIB)
    wanted = [Wanted(str(models / name), 512) for name in ("small.gguf", "other.gguf")]
    plan = plan_engines(wanted, found=Probe(), here=here)
    plan = replace(
        plan, models=tuple(replace(item, settings=item.settings.replace(cores=None)) for item in plan.models)
    )
    for sequential in (False, True):
        for found in speeds(replace(plan, sequential=sequential), None):
            assert found is not None
            assert found.how == "measured"
            assert found.prompt > 0
            assert found.answer > 0


def test_a_model_that_cannot_be_loaded_is_not_known(models):
    here = Machine((Processor(0, "0"),), free_memory=64 * GIB)
    plan = plan_engines([Wanted(str(models / "small.gguf"), 512)], found=Probe(), here=here)
    (model,) = plan.models
    gone = replace(model, shape=replace(model.shape, path=str(models / "gone.gguf")))
    assert speeds(replace(plan, models=(gone,)), None) == [None]


def test_this_machines_limits_are_measured():
    (found,) = measure_limits([1])
    assert found.threads == 1
    assert 1e8 < found.read_bytes < 1e12
    assert 1e8 < found.float32_operations < 1e13


def test_limits_that_cannot_be_measured_are_none():
    assert measure_limits([1], timeout=0.001) == ()
