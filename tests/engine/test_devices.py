"""What a machine has and how two models share it, on made-up control groups and on this machine."""

from __future__ import annotations

import subprocess
import sys

from doubleread.engine.devices import (
    Machine,
    available_memory,
    cpu_quota,
    gpu_advice,
    machine,
    plan_engines,
    split_cores,
    thread_count,
)
from doubleread.engine.probe import Device, Probe, probe
from doubleread.platform import usable_cores

GPU = Device("CUDA0", "A GPU", "gpu", 2**34, 2**35)
CUDA = Probe("0.3.36", "x", "CUDA", True, (GPU,))


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


def test_cores_are_shared_out_without_overlap():
    cores = tuple(range(1000, 1009))
    shares = split_cores(2, cores)
    assert sorted(core for share in shares for core in share) == list(cores)
    assert abs(len(shares[0]) - len(shares[1])) <= 1
    assert split_cores(2, (1000,)) == ((1000,), (1000,))
    assert thread_count(shares[0]) == len(shares[0])


def test_two_models_get_cores_of_their_own_here():
    here = machine()
    assert here.core_count >= 1
    plans = plan_engines(["a", "b"], found=Probe())
    assert len(plans) == 2
    assert all(plan.n_threads >= 1 and plan.gpu_layers == 0 for plan in plans)
    if sys.platform == "linux" and len(usable_cores()) >= 2:
        assert not set(plans[0].cores) & set(plans[1].cores)


def test_a_quota_below_the_number_of_cores_is_respected():
    here = Machine(tuple(range(1000, 1064)), 4, None, False)
    plans = plan_engines(["a", "b"], found=Probe(), here=here)
    assert [plan.n_threads for plan in plans] == [2, 2]


def test_a_gpu_takes_all_layers_and_two_gpus_one_model_each():
    here = Machine((1000, 1001), 2, None, True)
    assert [(plan.gpu_layers, plan.main_gpu) for plan in plan_engines(["a", "b"], found=CUDA, here=here)] == [
        (-1, 0)
    ] * 2
    both = Probe(gpu_offload=True, devices=(GPU, GPU))
    assert [plan.main_gpu for plan in plan_engines(["a", "b"], found=both, here=here)] == [0, 1]


def test_a_gpu_that_the_build_cannot_use_is_named_with_the_command():
    advice = gpu_advice(Probe(), nvidia=True)
    assert "-DGGML_CUDA=on" in advice
    assert "--force-reinstall --no-cache-dir" in advice
    assert gpu_advice(CUDA, nvidia=True) == gpu_advice(Probe(), nvidia=False) == ""


def test_the_probe_asks_the_real_llama_cpp():
    found = probe()
    assert found.error == ""
    assert found.llama_cpp_python
    assert found.system_info
    assert any(device.kind == "cpu" and device.total_bytes > 0 for device in found.devices)


def test_the_program_side_never_imports_llama_cpp():
    modules = ["protocol", "supervisor", "settings", "inspect", "devices", "probe", "deaths", "manifest", "worker"]
    code = (
        f"import sys, importlib; [importlib.import_module('doubleread.engine.' + name) for name in {modules!r}];"
        "bad = {'llama_cpp', 'numpy', 'jinja2', 'textual', 'sqlite_utils'} & set(sys.modules);"
        "sys.exit(str(bad) if bad else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
