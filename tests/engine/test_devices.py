"""What a machine has, on made-up control groups and on this machine."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import doubleread.engine
from doubleread.bench.comparing import first_cores
from doubleread.engine.installed import built_for_gpu, gpu_backends
from doubleread.engine.planning.devices import available_memory, cpu_quota, gpu_advice, machine
from doubleread.engine.planning.probe import Device, Probe, probe
from doubleread.platform import clean_environment, openmp_environment, processor_name, usable_cores

GPU = Device("CUDA0", "A GPU", "gpu", 2**34, 2**35)
CUDA = Probe("0.3.36", "x", "CUDA", ("CUDA",), (GPU,))


def test_the_control_groups_limits_count_from_the_own_one_upwards(tmp_path):
    own = tmp_path / "a" / "b"
    own.mkdir(parents=True)
    (own / "cpu.max").write_text("max 100000\n", encoding="ascii")
    (tmp_path / "a" / "cpu.max").write_text("250000 100000\n", encoding="ascii")
    (own / "memory.max").write_text("1000000\n", encoding="ascii")
    (own / "memory.current").write_text("400000\n", encoding="ascii")
    assert cpu_quota(tmp_path, "0::/a/b\n") == 2.5
    assert available_memory(tmp_path, "0::/a/b\n") == 600000
    assert cpu_quota(tmp_path, "0::/elsewhere\n") is None


def test_the_older_control_groups_are_read_too(tmp_path):
    group = tmp_path / "cpu" / "x"
    group.mkdir(parents=True)
    (group / "cpu.cfs_quota_us").write_text("150000", encoding="ascii")
    (group / "cpu.cfs_period_us").write_text("100000", encoding="ascii")
    assert cpu_quota(tmp_path, "4:cpu:/x\n") == 1.5


def test_copies_of_files_do_not_count_as_memory_that_is_taken(tmp_path):
    (tmp_path / "memory.max").write_text("1000000\n", encoding="ascii")
    (tmp_path / "memory.current").write_text("900000\n", encoding="ascii")
    stat = "anon 200000\ninactive_file 300000\nactive_file 400000\n"
    (tmp_path / "memory.stat").write_text(stat, encoding="ascii")
    assert available_memory(tmp_path, "0::/\n") == 800000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says on which processors a process may run")
def test_fewer_processors_are_seen_at_once():
    before = usable_cores()
    assert machine().cores == before
    with first_cores(1):
        assert machine().cores == before[:1]
    assert machine().cores == before


def test_this_machine_is_described():
    here = machine()
    assert here.cores == usable_cores()
    assert 1 <= here.core_count <= len(here.cores)


def test_a_gpu_that_the_build_cannot_use_is_named_with_the_command():
    advice = gpu_advice(Probe(), nvidia=True)
    assert "-DGGML_CUDA=on" in advice
    assert "--force-reinstall --no-cache-dir" in advice
    assert gpu_advice(CUDA, nvidia=True) == gpu_advice(Probe(), nvidia=False) == ""


def test_software_that_imitates_a_gpu_has_no_memory_of_its_own():
    imitated = replace(GPU, description="llvmpipe (LLVM 15.0.6, 256 bits)")
    assert imitated.software
    assert imitated.in_main_memory
    assert not GPU.software
    assert GPU.in_main_memory == (sys.platform == "darwin")
    assert replace(GPU, kind="igpu").in_main_memory


@pytest.mark.parametrize(
    "name", ["HSA_OVERRIDE_GFX_VERSION", "VK_DRIVER_FILES", "XDG_DATA_DIRS", "CUDA_VISIBLE_DEVICES"]
)
def test_a_worker_gets_the_variables_that_choose_a_gpu_or_its_driver(monkeypatch, name):
    monkeypatch.setenv(name, "x")
    assert clean_environment()[name] == "x"


@pytest.mark.parametrize(
    ("libraries", "backends", "asked"),
    [
        (("libggml.so", "libggml-base.so.0", "libggml-cpu.so", "libggml-cpu-haswell.so", "libllama.so"), (), False),
        (("libggml-base.so", "libggml-cpu.so", "libggml-cuda.so", "libggml-cuda.so.0"), ("CUDA",), True),
        (("libggml-base.0.dylib", "libggml-blas.dylib", "libggml-metal.0.9.dylib"), ("Metal",), True),
        (("ggml-base.dll", "ggml-cpu.dll", "ggml-vulkan.dll", "ggml-hip.dll"), ("ROCm", "Vulkan"), True),
        (("ggml-base.dll", "ggml-cpu.dll", "ggml-rpc.dll"), (), False),
        (("libllama.so",), (), True),
    ],
)
def test_the_names_of_llama_cpps_libraries_tell_for_which_gpus_it_was_built(
    tmp_path, monkeypatch, libraries, backends, asked
):
    (tmp_path / "llama_cpp" / "lib").mkdir(parents=True)
    (tmp_path / "llama_cpp" / "__init__.py").touch()
    for name in libraries:
        (tmp_path / "llama_cpp" / "lib" / name).touch()
    # A test before may have imported the real one into this process.
    monkeypatch.delitem(sys.modules, "llama_cpp", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    assert gpu_backends() == backends
    assert built_for_gpu() is asked


def test_the_probe_asks_the_real_llama_cpp():
    found = probe()
    assert found.error == ""
    assert found.llama_cpp_python
    assert found.system_info
    assert any(device.kind == "cpu" and device.total_bytes > 0 for device in found.devices)
    assert found.gpu_backends == gpu_backends()
    assert bool(found.gpus) <= bool(found.gpu_backends)


def test_the_program_side_never_imports_llama_cpp():
    engine = Path(doubleread.engine.__file__).parent
    modules = [
        f"{folder}.{path.stem}"
        for folder in ("client", "planning", "gguf")
        for path in (engine / folder).glob("[a-z]*.py")
    ]
    modules += ["worker.process", "worker.manifest", "worker.reasoning", "worker.reasoning_budget"]
    modules += ["worker.turns", "worker.text_stream", "children", "strict_json"]
    assert len(modules) > 30
    code = (
        f"import sys, importlib; [importlib.import_module('doubleread.engine.' + name) for name in {modules!r}];"
        "bad = {'llama_cpp', 'numpy', 'jinja2', 'textual', 'sqlite_utils'} & set(sys.modules);"
        "sys.exit(str(bad) if bad else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_threads_of_a_worker_soon_sleep_when_they_wait_unless_the_user_says_how_they_wait(monkeypatch):
    for name in ("GOMP_SPINCOUNT", "KMP_BLOCKTIME", "OMP_WAIT_POLICY"):
        monkeypatch.delenv(name, raising=False)
    assert openmp_environment() == {"GOMP_SPINCOUNT": "1000", "KMP_BLOCKTIME": "1"}
    monkeypatch.setenv("GOMP_SPINCOUNT", "5")
    assert openmp_environment() == {"KMP_BLOCKTIME": "1"}
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    assert openmp_environment() == {}


def test_the_processor_has_a_name():
    assert processor_name()
    assert processor_name() == processor_name()
