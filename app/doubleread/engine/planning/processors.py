"""What processors this machine has, as its system reports them: cores, their kinds, the memory near them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from doubleread.platform import read_small, usable_cores

CPU_FOLDER = Path("/sys/devices")
_FULL = 1024


@dataclass(frozen=True, slots=True)
class Processor:
    """A logical processor. Those of one physical core have the same `core`.

    `speed` compares the cores of one machine, with 1024 for the fastest; `node` numbers the memory near it.
    """

    number: int
    core: str
    speed: int = _FULL
    node: int = 0


def processors() -> tuple[Processor, ...]:
    """Return the processors that this process may use."""
    return _processors(usable_cores())


@lru_cache(maxsize=4)
def _processors(cores: tuple[int, ...]) -> tuple[Processor, ...]:
    if sys.platform == "linux":
        return described(cores)
    elif sys.platform == "darwin":  # noqa: RET505  (type checkers follow only this form from one system to the other)
        fast, slow = _apple("hw.perflevel0.logicalcpu"), _apple("hw.perflevel1.logicalcpu")
        return of_two_kinds(fast, slow) if fast else _alike(cores)
    else:
        return _alike(cores)


def _alike(cores: Sequence[int]) -> tuple[Processor, ...]:
    return tuple(Processor(core, str(core)) for core in cores)


def of_two_kinds(fast: int, slow: int) -> tuple[Processor, ...]:
    """Return fast cores, and slow ones of half their speed, for a system that reports no more."""
    return tuple(
        Processor(number, str(number), _FULL if number < fast else _FULL // 2) for number in range(fast + slow)
    )


def described(cores: Sequence[int], root: Path = CPU_FOLDER) -> tuple[Processor, ...]:
    """Return these processors by Linux's description of them, below `root`."""
    speeds = _speeds(cores, root)
    nodes = _nodes(root)
    found: list[Processor] = []
    for core in cores:
        topology = root / "system/cpu" / f"cpu{core}" / "topology"
        package = read_small(str(topology / "physical_package_id")).strip()
        name = read_small(str(topology / "core_id")).strip()
        # Core ids restart in each package, and in each cluster of some machines.
        cluster = read_small(str(topology / "cluster_id")).strip()
        siblings = read_small(str(topology / "thread_siblings_list")).strip()
        key = siblings or (f"{package}/{cluster}/{name}" if name else f"cpu{core}")
        node = nodes.get(core, int(package) if package.isdecimal() else 0)
        found.append(Processor(core, key, speeds.get(core, _FULL), node))
    return tuple(found)


def _speeds(cores: Sequence[int], root: Path) -> dict[int, int]:
    """Return relative speeds, by the two kinds' names, the kernel's own measure, or the highest frequency."""
    if slow := listed(read_small(str(root / "cpu_atom/cpus"))):
        return {core: _FULL // 2 if core in slow else _FULL for core in cores}
    for name in ("cpu_capacity", "cpufreq/cpuinfo_max_freq"):
        found = {core: read_small(str(root / "system/cpu" / f"cpu{core}" / name)).strip() for core in cores}
        numbers = {core: int(text) for core, text in found.items() if text.isdecimal() and int(text) > 0}
        if numbers and len(numbers) == len(cores):
            fastest = max(numbers.values())
            return {core: number * _FULL // fastest for core, number in numbers.items()}
    return {}


def _nodes(root: Path) -> dict[int, int]:
    folder = root / "system/node"
    try:
        names = sorted(name for name in os.listdir(folder) if name[:4] == "node" and name[4:].isdecimal())
    except OSError:
        return {}
    return {core: int(name[4:]) for name in names for core in listed(read_small(str(folder / name / "cpulist")))}


def listed(text: str) -> frozenset[int]:
    """Read a list of numbers as Linux writes it: "0-3,8". Other text is ignored."""
    found: set[int] = set()
    for part in text.strip().split(","):
        low, _, high = part.partition("-")
        if low.isdecimal() and (not high or high.isdecimal()):
            found.update(range(int(low), min(int(high or low), int(low) + 65535) + 1))
    return frozenset(found)


def _apple(name: str) -> int:
    """Ask macOS for one of its numbers; 0 if there is none of this name."""
    import ctypes

    value, size = ctypes.c_int(0), ctypes.c_size_t(4)
    try:
        library = ctypes.CDLL(None)
        failed = library.sysctlbyname(name.encode("ascii"), ctypes.byref(value), ctypes.byref(size), None, 0)
    except (OSError, AttributeError):
        return 0
    return 0 if failed else max(value.value, 0)
