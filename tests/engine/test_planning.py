"""Plans for real files, and the plan's estimates against llama.cpp's own and against what a worker really takes."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

import gguf_architectures
import gguf_files
from doubleread.engine.client.settings import EngineSettings
from doubleread.engine.gguf.model_parts import part_paths
from doubleread.engine.gguf.model_shape import read_shape, shape_in_child
from doubleread.engine.planning.devices import Machine
from doubleread.engine.planning.memory_need import GIB, MIB, PROCESS_BYTES, cache_bytes, compute_estimate, need_of
from doubleread.engine.planning.memory_trial import read_log, try_memory
from doubleread.engine.planning.plan import Wanted, plan_engines
from doubleread.engine.planning.probe import Device, Probe
from doubleread.engine.planning.processors import Processor
from doubleread.errors import DoublereadError, ModelFileError

BIG = gguf_files.Shape(context=8192, width=512, layers=6, heads=8, hidden=1408)
PROCESSORS = tuple(Processor(number, str(number)) for number in range(8))
WITHIN = 0.10


def gpu(name="CUDA0", free=8 * GIB, kind="gpu"):
    return Device(name, "A GPU", kind, free, free)


def cuda(*devices):
    return Probe("0.3.36", "x", "CUDA", ("CUDA",), devices)


def here(free=64 * GIB, **more):
    return Machine(PROCESSORS, free_memory=free, **more)


@pytest.fixture(scope="module")
def big(tmp_path_factory) -> Path:
    """A model of 80 MB, large enough that it outweighs its process."""
    return gguf_files.write_llama(tmp_path_factory.mktemp("big") / "big.gguf", shape=BIG)


@pytest.fixture(scope="module")
def pair(models) -> list[Wanted]:
    return [Wanted(str(models / name), 512, 200) for name in ("small.gguf", "other.gguf")]


def test_two_models_get_processors_of_their_own(pair):
    first, second = plan_engines(pair, found=Probe(), here=here()).engines
    assert (first.n_threads, second.n_threads) == (4, 4)
    assert first.gpu_layers == second.gpu_layers == 0
    if first.cores is not None:
        assert not set(first.cores) & set(second.cores)


def test_models_in_turn_get_all_processors(pair, big):
    wanted = [Wanted(str(big), 8192), Wanted(str(big), 8192)]
    found = plan_engines(wanted, for_batch=True, found=Probe(), here=here(450 * MIB))
    assert found.sequential
    assert [item.n_threads_batch for item in found.engines] == [8, 8]


def test_a_context_is_no_longer_than_the_model_was_trained_for(models):
    (item,) = plan_engines([Wanted(str(models / "small.gguf"), 4096)], found=Probe(), here=here()).engines
    assert item.n_ctx == gguf_files.SMALL.context


def test_a_gpu_takes_all_layers_and_two_gpus_one_model_each(pair):
    one = plan_engines(pair, found=cuda(gpu()), here=here(nvidia=True)).engines
    assert [(item.gpu_layers, item.main_gpu) for item in one] == [(-1, 0)] * 2
    two = plan_engines(pair, found=cuda(gpu(), gpu("CUDA1")), here=here(nvidia=True)).engines
    assert [item.main_gpu for item in two] == [0, 1]


def test_a_built_in_gpu_counts_only_where_there_is_no_other(pair):
    found = plan_engines(pair, found=cuda(gpu("Vulkan0", kind="igpu"), gpu()), here=here())
    assert [place.name for place in found.places] == ["main memory", "GPU 0 (A GPU)"]
    assert not found.places[1].shared
    assert plan_engines(pair, found=cuda(gpu("Vulkan0", kind="igpu")), here=here()).places[1].shared


def test_the_driver_of_a_gpu_takes_main_memory_in_each_worker(pair):
    plans = [
        plan_engines(pair, found=replace(cuda(gpu()), driver_bytes=size), here=here(), exact=True)
        for size in (0, 300 * MIB)
    ]
    assert plans[1].taken(plans[1].places[0]) - plans[0].taken(plans[0].places[0]) == 2 * 300 * MIB
    assert plans[1].taken(plans[1].places[1]) == plans[0].taken(plans[0].places[1])


def test_a_build_without_gpu_is_named_with_the_command_that_mends_it(pair):
    found = plan_engines(pair, found=Probe("0.3.36"), here=here(nvidia=True))
    assert len(found.places) == 1
    assert "-DGGML_CUDA=on" in found.notes[-1]


def test_too_large_is_reported_before_loading_from_llama_cpps_own_sizes(big):
    with pytest.raises(DoublereadError) as refused:
        plan_engines([Wanted(str(big), 8192)], found=Probe(), here=here(200 * MIB))
    assert refused.value.title == "Model too large for this machine"
    assert re.search(r"at least 0\.\d\d GiB \(weights 0\.0\d, cache 0\.\d\d, buffers 0\.\d\d\)", refused.value.happened)


def test_a_file_that_is_none_is_refused(tmp_path):
    with pytest.raises(ModelFileError):
        plan_engines([Wanted(str(tmp_path / "none.gguf"))], found=Probe(), here=here())


@pytest.mark.parametrize("empty_first", [False, True])
def test_a_split_model_is_read_in_all_its_parts(tmp_path, small, empty_first):
    first = gguf_files.write_llama(tmp_path / "m.gguf", in_part=4, empty_first=empty_first)
    shape, whole = read_shape(first), read_shape(small)
    assert (shape.weight_bytes, shape.layers, shape.parameters) == (whole.weight_bytes, whole.layers, whole.parameters)
    with pytest.raises(ModelFileError, match="Not the first part"):
        read_shape(part_paths(first)[1])


def test_the_child_reads_what_this_process_reads(small):
    assert shape_in_child(small) == read_shape(small)


@pytest.mark.parametrize(
    "settings",
    [
        EngineSettings(n_ctx=4096),
        EngineSettings(n_ctx=2048, n_slots=8),
        EngineSettings(n_ctx=8192, n_slots=4, n_cells=12288, kv_type="q8_0"),
        EngineSettings(n_ctx=8192, n_slots=2, flash_attention="off"),
    ],
)
def test_the_arithmetic_agrees_with_llama_cpps_own(big, settings):
    trial, shape = try_memory(str(big), settings), read_shape(big)
    assert trial is not None
    assert trial.gpu_compute == 0
    assert trial.cache == pytest.approx(cache_bytes(shape, settings), rel=0.001)
    assert trial.host_compute == pytest.approx(compute_estimate(shape, settings), rel=WITHIN)


@pytest.mark.parametrize("write", [gguf_architectures.write_windowed, gguf_architectures.write_recurrent])
@pytest.mark.parametrize("slots", [1, 4])
@pytest.mark.parametrize("kv_unified", [True, False])
def test_windows_and_states_agree_with_llama_cpps_own(tmp_path, write, slots, kv_unified):
    settings = EngineSettings(n_ctx=2048, n_slots=slots, kv_unified=kv_unified)
    path = write(tmp_path / "other.gguf")
    trial, shape = try_memory(str(path), settings), read_shape(path)
    assert trial is not None
    assert trial.cache == pytest.approx(cache_bytes(shape, settings), abs=0.02 * MIB)


def test_what_llama_cpp_cannot_say_is_none(tmp_path):
    path = tmp_path / "text.gguf"
    path.write_text("no model", encoding="ascii")
    assert try_memory(str(path), EngineSettings()) is None
    assert read_log("nothing of interest") is None


def test_a_log_with_windows_states_and_gpus_is_read():
    log = """
llama_kv_cache: size =   32.00 MiB (  4096 cells,   2 layers,  1/1 seqs), K (f16):   16.00 MiB, V (f16):   16.00 MiB
llama_kv_cache: size =    8.00 MiB (   512 cells,   4 layers,  1/1 seqs), K (f16):    4.00 MiB, V (f16):    4.00 MiB
llama_memory_recurrent: size =    1.50 MiB (     1 cells,   4 layers,  1 seqs  0 rs_seq), R (f32):    0.50 MiB
sched_reserve:      CUDA0 compute buffer size =   100.00 MiB
sched_reserve:  CUDA_Host compute buffer size =    10.00 MiB
sched_reserve:      CUDA0 compute buffer size =   120.00 MiB
"""
    trial = read_log(log)
    assert trial is not None
    assert (trial.cache, trial.host_compute, trial.gpu_compute) == (int(41.5 * MIB), 10 * MIB, 120 * MIB)


@pytest.mark.parametrize("kv_type", ["f16", "q8_0"])
def test_a_real_worker_takes_what_was_planned(run, big, kv_type):
    settings = EngineSettings(n_ctx=8192, n_slots=2, kv_type=kv_type)
    running = run(big, n_ctx=8192, n_slots=2, kv_type=kv_type)
    running.loaded()
    running.ask("long", "word " * 600, max_tokens=4)
    running.answer("long")
    used = psutil.Process(running.engine.pid).memory_info().rss
    planned, _ = need_of(read_shape(big), settings)
    assert planned.process == pytest.approx(PROCESS_BYTES, rel=0.01)
    assert used == pytest.approx(planned.total, rel=WITHIN)
