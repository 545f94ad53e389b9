"""The memory plan: what gives way and in which order, and that nothing is planned that is not there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doubleread.engine.client.protocol import Load
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.planning.memory_need import GIB, MIB, Ratios, cells_of, layers_on_gpu
from doubleread.engine.planning.memory_plan import GPU_MARGIN, Demand, Place, Resources, memory_margin, plan_memory
from doubleread.errors import DoublereadError
from engine.shapes import gemma3_4b, jamba, llama3_8b, mamba_2_8b, mixtral_8x7b, qwen25_7b

SHAPES = (llama3_8b(), qwen25_7b(), gemma3_4b(), mixtral_8x7b(), mamba_2_8b(), jamba())
A, B = Demand(llama3_8b(), 8192, 1200), Demand(qwen25_7b(), 8192, 1200)


def machine(ram, *gpus):
    """A machine with so many GiB free in main memory, and in each GPU."""
    free = None if ram is None else int(ram * GIB)
    places = tuple(Place(f"GPU {index}", int(size * GIB), GPU_MARGIN) for index, size in enumerate(gpus))
    return Resources(Place("main memory", free, memory_margin(free)), places)


def plan(here, slots=1, demands=(A, B), batch=True, **more):
    return plan_memory(demands, here, EngineSettings(n_slots=slots, **more), for_batch=batch)


def ways(found):
    return [(item.n_slots, item.kv_type, item.n_cells) for item in found.engines]


def test_with_room_enough_nothing_gives_way():
    found = plan(machine(256, 80), slots=8)
    assert ways(found) == [(8, "f16", 8 * 1200 + 8192)] * 2
    assert [(item.gpu_layers, item.main_gpu) for item in found.engines] == [(-1, 0)] * 2
    assert not found.sequential
    assert not found.notes


def test_one_slot_needs_no_memory_in_common():
    assert ways(plan(machine(None))) == [(1, "f16", 0)] * 2


def test_cells_slots_and_number_format_give_way_in_this_order():
    seen = []
    for tenths in range(300, 90, -1):
        try:
            found = plan(machine(256, tenths / 10), slots=16)
        except DoublereadError:
            break
        step = (found.sequential, *ways(found)[0])
        if not seen or seen[-1] != step:
            seen.append(step)
    together = [step for step in seen if not step[0]]
    slots = [step[1] for step in together if step[2] == "f16"]
    assert together[0] == (False, 16, "f16", 16 * 1200 + 8192)
    assert together[1] == (False, 16, "f16", 16 * 1200)
    assert slots == sorted(slots, reverse=True)
    assert slots[-1] == 4
    first_q8 = [step[2] for step in together].index("q8_0")
    assert {step[2] for step in together[first_q8:]} == {"q8_0"}
    assert together[first_q8][1] == 8
    assert seen[len(together)][0]


def test_a_batch_takes_the_models_in_turn_rather_than_a_part_of_one():
    found = plan(machine(64, 8), slots=8)
    assert found.sequential
    assert all(item.gpu_layers == -1 for item in found.engines)
    assert "they run one after the other over all cases" in found.notes[0]
    assert found.taken(found.places[1]) <= 7 * GIB


def test_a_reader_who_waits_gets_both_with_fewer_layers():
    found = plan(machine(64, 8), batch=False)
    assert not found.sequential
    for model in found.models:
        assert 0 < layers_on_gpu(model.shape, model.settings) < len(model.shape.layers)
    assert any("layers on the GPU, the rest on the processor" in note for note in found.notes)


def test_two_gpus_take_a_model_each_whichever_has_the_room():
    assert [item.main_gpu for item in plan(machine(64, 24, 24)).engines] == [0, 1]
    big, small = Demand(mixtral_8x7b(), 8192, 1200), B
    assert [item.main_gpu for item in plan(machine(64, 12, 40), demands=(big, small)).engines] == [1, 0]


def test_a_model_too_large_for_one_gpu_is_split_over_all():
    found = plan(machine(64, 20, 20), demands=(Demand(mixtral_8x7b(), 8192, 1200),))
    assert [(item.gpu_layers, item.main_gpu) for item in found.engines] == [(-1, -1)]
    assert {portion.place for portion in found.models[0].portions} == {"main memory", "GPU 0", "GPU 1"}


def test_without_a_gpu_a_batch_runs_in_turn_and_a_reader_is_told_how_to_prepare():
    assert plan(machine(8)).sequential
    with pytest.raises(DoublereadError, match="doubleread run"):
        plan(machine(8), batch=False)


@pytest.mark.parametrize("batch", [True, False])
def test_a_model_too_large_is_refused_with_the_arithmetic(batch):
    with pytest.raises(DoublereadError) as refused:
        plan(machine(3), batch=batch)
    assert refused.value.title == "Model too large for this machine"
    assert "weights 4." in refused.value.happened
    assert "3.00 GiB in main memory" in refused.value.happened
    assert "smaller quantisation" in refused.value.remedy


def test_eight_bit_caches_need_flash_attention():
    free = 5.6
    assert plan(machine(free), demands=(A,)).engines[0].kv_type == "q8_0"
    with pytest.raises(DoublereadError):
        plan(machine(free), demands=(A,), flash_attention="off")


def test_a_processor_goes_without_flash_attention_where_there_is_room():
    assert [item.flash_attention for item in plan(machine(256), slots=8).engines] == ["off", "off"]
    assert [item.flash_attention for item in plan(machine(256, 80), slots=8).engines] == ["auto", "auto"]
    assert plan(machine(256), kv_type="q8_0").engines[0].flash_attention == "auto"
    assert plan(machine(256), flash_attention="on").engines[0].flash_attention == "on"


def test_slots_count_more_than_the_kind_of_attention():
    seen = {plan(machine(tenths / 10), slots=8, demands=(A,)).engines[0] for tenths in range(60, 120)}
    assert {item.flash_attention for item in seen} == {"auto", "off"}
    assert all(item.n_slots == 8 for item in seen if item.flash_attention == "off")


def test_a_gpu_without_memory_of_its_own_takes_from_main_memory():
    shared = Resources(Place("main memory", 8 * GIB, 512 * MIB), (Place("GPU 0", 32 * GIB, GPU_MARGIN, shared=True),))
    assert plan(shared).sequential
    roomy = Resources(replace(shared.memory, free=64 * GIB), shared.gpus)
    found = plan(roomy)
    assert found.taken(roomy.memory) == sum(portion.need.total for model in found.models for portion in model.portions)
    assert found.taken(roomy.gpus[0]) == sum(model.portions[1].need.total for model in found.models)


demand = st.builds(
    Demand, st.sampled_from(SHAPES), st.sampled_from([512, 2048, 8192]), st.sampled_from([0, 300, 1500, 9000])
)
room = st.one_of(st.none(), st.floats(0, 200).map(lambda size: int(size * GIB)))
resources = st.builds(
    lambda free, gpus: Resources(
        Place("main memory", free, memory_margin(free)),
        tuple(Place(f"GPU {index}", size, GPU_MARGIN) for index, size in enumerate(gpus)),
    ),
    room,
    st.lists(room, max_size=3),
)
bases = st.builds(
    EngineSettings,
    n_slots=st.integers(1, 64),
    kv_type=st.sampled_from(["f16", "q8_0", "q4_0"]),
    flash_attention=st.sampled_from(["auto", "off"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(demand, min_size=1, max_size=2), resources, bases, st.booleans())
def test_nothing_is_planned_that_is_not_there(demands, here, base, batch):
    try:
        found = plan_memory(demands, here, base, for_batch=batch)
    except DoublereadError:
        return
    assert len(found.models) == len(demands)
    assert not found.sequential or (batch and len(demands) == 2)
    for place in found.places:
        assert place.room is None or found.taken(place) <= place.room
    for model, asked in zip(found.models, demands, strict=True):
        item = model.settings
        assert item.n_ctx == asked.n_ctx
        assert 1 <= item.n_slots <= base.n_slots
        assert cells_of(item) >= asked.n_ctx
        assert item.n_cells < item.n_ctx * item.n_slots
        assert item.flash_attention != "off" or item.kv_type == base.kv_type
        assert sum(portion.need.cache for portion in model.portions) > 0
        Load.of("model.gguf", item)


def rank(found):
    """How good a plan is: together before in turn, slots, cells; the 16-bit cache comes before the number of slots."""
    return (
        not found.sequential,
        min(model.settings.kv_type == "f16" for model in found.models),
        min(model.settings.n_slots for model in found.models),
        min(cells_of(model.settings) for model in found.models),
    )


def layers(found):
    return sum(layers_on_gpu(model.shape, model.settings) for model in found.models)


@settings(max_examples=150, deadline=None)
@given(st.lists(demand, min_size=2, max_size=2), st.integers(1, 32), st.floats(1, 80), st.floats(0, 40), st.booleans())
def test_more_memory_is_never_worse(demands, slots, gpu, more, batch):
    base = EngineSettings(n_slots=slots)
    for few, many in ((machine(gpu), machine(gpu + more)), (machine(200, gpu), machine(200, gpu + more))):
        try:
            before = plan_memory(demands, few, base, for_batch=batch)
        except DoublereadError:
            continue
        after = plan_memory(demands, many, base, for_batch=batch)
        assert rank(after) >= rank(before)
        assert layers(after) >= layers(before)


def test_corrections_by_llama_cpp_count():
    larger = replace(A, ratios=Ratios(compute=4.0, cache=2.0))
    before, after = (plan(machine(64), demands=(item,)).models[0].portions[0].need for item in (A, larger))
    assert after.cache == 2 * before.cache
    assert after.compute == pytest.approx(4 * before.compute, rel=1e-6)
