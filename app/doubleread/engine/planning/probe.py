"""What llama.cpp's build can do here, queried in a short-lived child because the query starts the GPU driver."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

from doubleread.engine.children import run_module
from doubleread.engine.installed import INSTALL_ENGINE, engine_installed, gpu_backends
from doubleread.engine.strict_json import ProtocolError, dumps, loads
from doubleread.platform import resident_memory


@dataclass(frozen=True, slots=True)
class Device:
    """A device to compute on. `kind` is "cpu", "gpu", "igpu", "accel" or "other"; memory in bytes."""

    name: str
    description: str
    kind: str
    free_bytes: int
    total_bytes: int

    @property
    def software(self) -> bool:
        """Whether the processor imitates a GPU here, as Vulkan does without one."""
        return self.description.startswith(("llvmpipe", "SwiftShader"))

    @property
    def in_main_memory(self) -> bool:
        """Whether it has no memory of its own."""
        return self.kind == "igpu" or self.software or sys.platform == "darwin"


@dataclass(frozen=True, slots=True)
class Probe:
    """The build and its devices. `error` is why llama.cpp could not be asked; then the rest is empty.

    `gpu_backends` are what the build can compute with on a GPU, such as "CUDA" or "Vulkan", even if there is none.
    `driver_bytes` is what their drivers take of main memory, in every process that loads llama.cpp.
    """

    llama_cpp_python: str = ""
    llama_cpp: str = ""
    system_info: str = ""
    gpu_backends: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    driver_bytes: int = 0
    error: str = ""

    @property
    def gpus(self) -> tuple[Device, ...]:
        """The devices that are GPUs."""
        return tuple(device for device in self.devices if device.kind in ("gpu", "igpu"))


def probe(timeout: float = 60.0) -> Probe:
    """Ask llama.cpp in a child. Never raises: `error` holds what went wrong."""
    if not engine_installed():
        return Probe(error=f"not installed ({INSTALL_ENGINE})")
    try:
        done = run_module("engine.planning.probe", timeout=timeout)
        lines = done.stdout.strip().splitlines() or [b""]
        found: Probe = loads(lines[-1], Probe)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Probe(error=f"llama.cpp did not answer ({error})")
    except ProtocolError:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        return Probe(error=f"llama.cpp cannot be used: {last[0]}")
    return found


def _main() -> int:
    answer = os.dup(1)
    os.dup2(2, 1)
    from doubleread.engine.worker import llama

    before = resident_memory()
    devices = llama.devices()
    backends = gpu_backends()
    taken = max(resident_memory() - before, 0) if backends else 0
    found = {"gpu_backends": backends, "devices": devices, "driver_bytes": taken}
    os.write(answer, dumps(llama.build_info() | found))
    return 0


if __name__ == "__main__":
    sys.exit(_main())
