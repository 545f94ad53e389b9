"""The resources of this machine: processor cores, memory, GPU, and the limits of a container."""

from __future__ import annotations

import math
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from doubleread.engine.planning.probe import Probe
from doubleread.engine.planning.processors import Processor, processors
from doubleread.platform import free_memory, read_small

CUDA_BUILD = 'CMAKE_ARGS="-DGGML_CUDA=on" make demo'
CUDA_PIP = 'CMAKE_ARGS="-DGGML_CUDA=on" pip install --force-reinstall --no-cache-dir llama-cpp-python'
_UNLIMITED = 1 << 60


@dataclass(frozen=True, slots=True)
class Machine:
    """The usable processors, the free memory in bytes (None: unknown), and whether there is an NVIDIA driver.

    `quota` is the processor time of the container, in processors; None if there is no limit.
    """

    processors: tuple[Processor, ...]
    quota: float | None = None
    free_memory: int | None = None
    nvidia: bool = False

    @property
    def cores(self) -> tuple[int, ...]:
        """The numbers of the logical processors."""
        return tuple(processor.number for processor in self.processors)

    @property
    def core_count(self) -> int:
        """How many processors there is time for."""
        count = len(self.processors)
        return count if self.quota is None else max(1, min(count, math.floor(self.quota)))


def machine() -> Machine:
    """Examine the machine and the container around this process, without starting llama.cpp."""
    return Machine(processors(), cpu_quota(), available_memory(), nvidia_driver())


def cpu_quota(root: Path = Path("/sys/fs/cgroup"), groups: str | None = None) -> float | None:
    """Return the processor time that the control group allows, in processors; None if there is no limit."""
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
    """Return the available bytes within the control group's limit; None if unknown."""
    found = free_memory()
    for folder in _groups(root, groups):
        for limit_name, used_name in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ):
            limit = _number(read_small(str(folder / limit_name)))
            if 0 < limit < _UNLIMITED:
                used = _number(read_small(str(folder / used_name))) - _given_back(folder)
                left = max(0, int(limit - max(used, 0)))
                found = left if found is None else min(found, left)
    return found


def nvidia_driver() -> bool:
    """Return whether there is an NVIDIA GPU with a driver."""
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


def gpu_advice(found: Probe, nvidia: bool | None = None) -> str:
    """Return what to do if a GPU is idle because of the build; empty if all is well."""
    idle = not found.gpu_backends and not found.gpus and not found.error
    if idle and (nvidia_driver() if nvidia is None else nvidia):
        return (
            "there is an NVIDIA GPU, but llama.cpp was built for the processor only; "
            f"build it for the GPU: {CUDA_BUILD} (or, in an environment of your own: {CUDA_PIP})"
        )
    return ""


def _groups(root: Path, groups: str | None) -> list[Path]:
    """Return the control groups of this process, from its own up to the root."""
    text = read_small("/proc/self/cgroup") if groups is None else groups
    found: list[Path] = []
    for line in text.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        for base in [root, *(root / name for name in [controllers] if name)]:
            place = base / path.lstrip("/")
            found += [place, *(parent for parent in place.parents if parent == base or base in parent.parents)]
    return list(dict.fromkeys(found))


def _given_back(folder: Path) -> float:
    """Return the bytes of a control group that cache files; the system frees them on demand."""
    found = dict(line.split(" ", 1) for line in read_small(str(folder / "memory.stat")).splitlines() if " " in line)
    for prefix in ("total_", ""):
        if f"{prefix}inactive_file" in found:
            return sum(_number(found.get(f"{prefix}{name}_file", "")) for name in ("inactive", "active"))
    return 0.0


def _number(text: str) -> float:
    try:
        return float(text.split()[0]) if text.strip() else 0.0
    except ValueError:
        return 0.0
