"""What llama.cpp's build can do here, queried in a short-lived child because the query starts the GPU driver."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, replace

from doubleread.engine.client.strict_json import ProtocolError, build, loads
from doubleread.engine.installed import INSTALL_ENGINE, engine_installed
from doubleread.platform import child_options, clean_environment


@dataclass(frozen=True, slots=True)
class Device:
    """Something to compute on. `kind` is "cpu", "gpu", "igpu", "accel" or "other"; memory in bytes."""

    name: str
    description: str
    kind: str
    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Probe:
    """The build and its devices. `error` says why llama.cpp could not be asked; then the rest is empty."""

    llama_cpp_python: str = ""
    llama_cpp: str = ""
    system_info: str = ""
    gpu_offload: bool = False
    devices: tuple[Device, ...] = ()
    error: str = ""

    @property
    def gpus(self) -> tuple[Device, ...]:
        """The devices that are GPUs."""
        return tuple(device for device in self.devices if device.kind in ("gpu", "igpu"))


def probe(timeout: float = 60.0) -> Probe:
    """Ask llama.cpp in a child. Never raises: what goes wrong is said in `error`."""
    if not engine_installed():
        return Probe(error=f"not installed ({INSTALL_ENGINE})")
    command = [sys.executable, "-P", "-m", "doubleread.engine.planning.probe"]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=timeout, check=False, env=clean_environment(), **child_options()
        )
        lines = done.stdout.strip().splitlines() or [b""]
        found: Probe = build(Probe, loads(lines[-1]))
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

    found = replace(
        build(Probe, llama.build_info()),
        gpu_offload=llama.supports_gpu_offload(),
        devices=tuple(Device(**device) for device in llama.devices()),
    )
    os.write(answer, json.dumps(asdict(found)).encode("ascii"))
    return 0


if __name__ == "__main__":
    sys.exit(_main())
