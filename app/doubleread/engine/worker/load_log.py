"""What llama.cpp's log tells of a load, and nothing else does: the devices in use and the layers on them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_OFFLOADED = re.compile(r"offloaded (\d+)/\d+ layers to GPU")
_DEVICE = re.compile(r"using device (.+) \([^()]*\) - \d+ MiB free")


@dataclass
class LoadLog:
    """Each device as "CUDA0 (NVIDIA H100)"; the layers on GPUs, of which the output is one."""

    devices: list[str] = field(default_factory=list)
    offloaded_layers: int = 0

    def read(self, line: str) -> None:
        """Take in a line of the log."""
        if found := _OFFLOADED.search(line):
            self.offloaded_layers = int(found[1])
        elif found := _DEVICE.search(line):
            self.devices.append(found[1])

    @property
    def device(self) -> str:
        """The devices that compute. A GPU without a layer is not one of them."""
        return ", ".join(self.devices) if self.offloaded_layers else "CPU"
