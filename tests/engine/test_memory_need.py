"""From a header to bytes: the shapes of known models against arithmetic done by hand."""

from __future__ import annotations

import pytest

from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.planning.memory_need import (
    cache_bytes,
    cells_of,
    compute_estimate,
    layers_on_gpu,
    need_of,
    row_bytes,
    window_cells,
)
from engine.shapes import gemma3_4b, jamba, llama3_8b, mamba_2_8b, mixtral_8x7b, qwen25_7b

MIB = 2**20
BASE = EngineSettings(n_ctx=8192)


@pytest.mark.parametrize(
    ("kv_type", "size"), [("f32", 4096), ("f16", 2048), ("bf16", 2048), ("q8_0", 1088), ("q4_0", 576), ("q5_1", 768)]
)
def test_a_row_of_1024_numbers(kv_type, size):
    assert row_bytes(1024, kv_type) == size


def test_cells_are_those_of_all_slots_rounded_up():
    assert cells_of(EngineSettings(n_ctx=1000, n_slots=3, kv_unified=False)) == 3 * 1024
    assert cells_of(EngineSettings(n_ctx=1000, n_slots=3, n_cells=10)) == 1024
    assert cells_of(EngineSettings(n_ctx=1000, n_slots=3)) == 3072
    assert cells_of(EngineSettings(n_ctx=1000, n_slots=3, n_cells=1500)) == 1536


@pytest.mark.parametrize(
    ("shape", "settings", "cache"),
    [
        # 32 layers x 8192 cells x (8 heads x 128 keys + as many values) x 2 bytes = 1 GiB
        (llama3_8b(), BASE, 1024 * MIB),
        (llama3_8b(), EngineSettings(n_ctx=8192, n_slots=4), 4096 * MIB),
        (llama3_8b(), EngineSettings(n_ctx=8192, n_slots=4, n_cells=8192), 1024 * MIB),
        (llama3_8b(), EngineSettings(n_ctx=8192, kv_type="q8_0"), 1024 * MIB * 34 // 64),
        # 28 x 8192 x 2 x (4 x 128) x 2
        (qwen25_7b(), BASE, 448 * MIB),
        # 34 layers of 4 heads of 256; every sixth sees all, the others two windows of 1024 and a part of 512: one for
        # the slot, one for the beginning that prompts share
        (gemma3_4b(), BASE, (5 * 8192 + 29 * 2560) * 2 * 4 * 256 * 2),
        (gemma3_4b(), EngineSettings(n_ctx=8192, kv_unified=False), (5 * 8192 + 29 * 1536) * 2 * 4 * 256 * 2),
        (mixtral_8x7b(), BASE, 1024 * MIB),
        # 64 layers x 4 bytes x (3 x 5120 + 16 x 5120) for each sequence, and nothing for the length
        (mamba_2_8b(), BASE, 2 * 64 * 4 * 19 * 5120),
        (mamba_2_8b(), EngineSettings(n_ctx=8192, n_slots=8), 9 * 64 * 4 * 19 * 5120),
        # one layer of attention with 2 heads of 128, seven of state 4 x (3 + 16) x 2048
        (jamba(), BASE, 8192 * 2 * 2 * 128 * 2 + 2 * 7 * 4 * 19 * 2048),
    ],
)
def test_the_cache_by_hand(shape, settings, cache):
    assert cache_bytes(shape, settings) == cache


def test_a_window_grows_with_the_slots_and_never_beyond_all_cells():
    settings = EngineSettings(n_ctx=8192, n_slots=4)
    assert window_cells(1024, settings) == 5 * 1024 + 512
    assert window_cells(1024, EngineSettings(n_ctx=1024)) == 1024


def test_weights_by_hand():
    # Q4_K: 144 bytes for 256 numbers. 2 x 128256 x 4096 of embeddings and output; in each layer q and output of
    # 4096 x 4096, k and v of 4096 x 1024, three of 4096 x 14336.
    numbers = 2 * 128256 * 4096 + 32 * (2 * 4096 * 4096 + 2 * 4096 * 1024 + 3 * 4096 * 14336)
    assert llama3_8b().parameters == numbers
    assert llama3_8b().weight_bytes == numbers * 144 // 256


def test_two_of_eight_experts_are_read_for_a_token():
    shape = mixtral_8x7b()
    expert = 32 * 3 * 4096 * 14336
    rest = 32 * (2 * 4096 * 4096 + 2 * 4096 * 1024) + 32000 * 4096
    assert shape.active_parameters == 2 * expert + rest
    assert shape.parameters == 8 * expert + rest + 32000 * 4096
    assert shape.active_bytes == shape.active_parameters * 144 // 256


def test_embeddings_that_are_also_the_output_are_once_on_the_processor_and_twice_with_a_gpu():
    shape = gemma3_4b()
    embeddings = 262144 * 2560 * 2
    assert shape.tied_bytes == shape.input_bytes == embeddings
    host, none = need_of(shape, BASE)
    assert (host.weights, none.total) == (shape.weight_bytes, 0)
    host, device = need_of(shape, EngineSettings(gpu_layers=-1))
    assert host.weights == embeddings
    assert device.weights == shape.weight_bytes


@pytest.mark.parametrize(("asked", "got"), [(-1, 33), (33, 33), (99, 33), (1, 1), (20, 20), (0, 0)])
def test_layers_go_to_the_gpu_from_the_end(asked, got):
    shape = llama3_8b()
    settings = EngineSettings(n_ctx=8192, gpu_layers=asked)
    assert layers_on_gpu(shape, settings) == got
    host, device = need_of(shape, settings)
    assert host.weights + device.weights == shape.weight_bytes
    assert host.cache + device.cache == cache_bytes(shape, settings)
    assert device.cache == max(got - 1, 0) * 32 * MIB


def test_without_flash_attention_every_head_has_a_table():
    settings = EngineSettings(n_ctx=8192, flash_attention="off")
    table = 32 * 8192 * 128 * 4
    assert table < compute_estimate(llama3_8b(), settings) < 2 * table
    eight = settings.replace(n_slots=8)
    assert compute_estimate(llama3_8b(), eight) > 8 * table
    assert compute_estimate(llama3_8b(), eight.replace(kv_unified=False)) < 2 * table
