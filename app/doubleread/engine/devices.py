"""What this machine has for two models: processor cores, memory, GPUs; and how to share it between them."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from doubleread.engine.probe import Probe, probe
from doubleread.engine.settings import EngineSettings
from doubleread.platform import free_memory, read_small, usable_cores

CUDA_BUILD = 'CMAKE_ARGS="-DGGML_CUDA=on" make demo'
CUDA_PIP = 'CMAKE_ARGS="-DGGML_CUDA=on" pip install --force-reinstall --no-cache-dir llama-cpp-python'
_UNLIMITED = 1 << 60


@dataclass(frozen=True, slots=True)
class Machine:
    """What may be used: logical processors, whole cores' worth of time, free memory in bytes (None: unknown)."""

    cores: tuple[int, ...]
    core_count: int
    free_memory: int | None
    nvidia: bool


def machine() -> Machine:
    """Look at the machine, and at the container around this process, without starting llama.cpp."""
    cores = usable_cores()
    quota = cpu_quota()
    count = len(cores) if quota is None else max(1, min(len(cores), math.floor(quota)))
    return Machine(cores, count, available_memory(), nvidia_driver())


def cpu_quota(root: Path = Path("/sys/fs/cgroup"), groups: str | None = None) -> float | None:
    """Return how many processors' worth of time the control group allows, None where it sets no limit."""
    lowest: float | None = None
    for folder in _groups(root, groups):
        quota, period = 0.0, 0.0
        if words := read_small(str(folder / "cpu.max")).split():
            quota, period = _number(words[0]), _number(words[1]) if len(words) > 1 else 100000.0
        elif words := read_small(str(folder / "cpu.cfs_quota_us")).split():
            quota, period = _number(words[0]), _number(read_small(str(folder / "cpu.cfs_period_us")))
        if quota > 0 and period > 0:
            lowest = min(quota / period, lowest or math.inf)
    return lowest


def available_memory(root: Path = Path("/sys/fs/cgroup"), groups: str | None = None) -> int | None:
    """Return the bytes still to be had, the control group's limit counted in; None where nothing is known."""
    found = free_memory()
    for folder in _groups(root, groups):
        for limit_name, used_name in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ):
            limit = _number(read_small(str(folder / limit_name)))
            if 0 < limit < _UNLIMITED:
                left = max(0, int(limit - _number(read_small(str(folder / used_name)))))
                found = left if found is None else min(found, left)
    return found


def nvidia_driver() -> bool:
    """Say whether an NVIDIA GPU with a driver is here."""
    try:
        if any(Path("/proc/driver/nvidia/gpus").iterdir()):
            return True
    except OSError:
        pass
    program = shutil.which("nvidia-smi")
    if program is None:
        return False
    try:
        done = subprocess.run([program, "-L"], capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and b"GPU " in done.stdout


def split_cores(n_workers: int, cores: Sequence[int] | None = None) -> tuple[tuple[int, ...], ...]:
    """Share logical processors out among workers: disjoint, evenly, the threads of one core together.

    With fewer cores than workers, some workers share one.
    """
    groups = _physical_cores(tuple(usable_cores() if cores is None else cores))
    if len(groups) < n_workers:
        return tuple(groups[index % len(groups)] for index in range(n_workers))
    shares: list[tuple[int, ...]] = []
    for index in range(n_workers):
        low, high = index * len(groups) // n_workers, (index + 1) * len(groups) // n_workers
        shares.append(tuple(sorted(core for group in groups[low:high] for core in group)))
    return tuple(shares)


def thread_count(cores: Sequence[int]) -> int:
    """Return how many threads suit these logical processors: one for each physical core."""
    return max(1, len(_physical_cores(tuple(cores))))


def gpu_advice(found: Probe, nvidia: bool | None = None) -> str:
    """Say what to do where a GPU lies idle because of the build; empty where all is well."""
    if (nvidia_driver() if nvidia is None else nvidia) and not found.gpu_offload and not found.error:
        return (
            "there is an NVIDIA GPU, but llama.cpp was built for the processor alone; "
            f"build it for the GPU: {CUDA_BUILD} (or, in an environment of your own: {CUDA_PIP})"
        )
    return ""


def plan_engines(
    paths: Sequence[str | os.PathLike[str]],
    base: EngineSettings | None = None,
    found: Probe | None = None,
    here: Machine | None = None,
) -> tuple[EngineSettings, ...]:
    """Return settings for running these models at the same time, by the rest of `base`.

    All layers go to the GPU where the build can use one (each model to its own where there are enough); otherwise every
    model gets its own cores, with a thread for each. `found` is llama.cpp's probe and `here` the machine; both are
    looked up where they are not given.
    """
    base, here = base or EngineSettings(), here or machine()
    gpus = _gpus_to_use(found, here)
    shares = split_cores(len(paths), _within_quota(here))
    plans: list[EngineSettings] = []
    for index, cores in enumerate(shares):
        threads = thread_count(cores)
        plan = replace(
            base,
            cores=cores if sys.platform == "linux" else None,
            n_threads=threads,
            n_threads_batch=threads,
        )
        if gpus:
            plan = replace(plan, gpu_layers=-1, main_gpu=index % gpus if gpus > 1 else 0)
        plans.append(plan)
    return tuple(plans)


def _gpus_to_use(found: Probe | None, here: Machine) -> int:
    """How many GPUs there are for llama.cpp. A child is asked only where there may be one."""
    if found is None:
        if not here.nvidia and sys.platform != "darwin":
            return 0
        found = probe()
    return len(found.gpus) if found.gpu_offload else 0


def _within_quota(here: Machine) -> tuple[int, ...]:
    """The processors to use: as many as the control group gives time for."""
    return here.cores if here.core_count >= len(here.cores) else here.cores[: here.core_count]


@lru_cache(maxsize=8)
def _physical_cores(cores: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Group logical processors by the core they belong to, in the order of their numbers."""
    groups: dict[tuple[str, str], list[int]] = {}
    for core in cores:
        topology = f"/sys/devices/system/cpu/cpu{core}/topology"
        name = read_small(f"{topology}/core_id").strip()
        key = (read_small(f"{topology}/physical_package_id").strip(), name) if name else ("", f"cpu{core}")
        groups.setdefault(key, []).append(core)
    return tuple(tuple(group) for group in groups.values())


def _groups(root: Path, groups: str | None) -> list[Path]:
    """The control groups that this process is in, from its own up to the root."""
    text = read_small("/proc/self/cgroup") if groups is None else groups
    found: list[Path] = []
    for line in text.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        for base in [root, *(root / name for name in [controllers] if name)]:
            place = base / path.lstrip("/")
            found += [place, *(parent for parent in place.parents if parent == base or base in parent.parents)]
    return list(dict.fromkeys(found))


def _number(text: str) -> float:
    try:
        return float(text.split()[0]) if text.strip() else 0.0
    except ValueError:
        return 0.0
