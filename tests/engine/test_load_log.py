"""What llama.cpp's log says of a load, in its own words."""

from __future__ import annotations

import pytest

from doubleread.engine.worker.load_log import LoadLog

USED = "llama_prepare_model_devices: using device {} (0000:01:00.0) - 23869 MiB free\n"
OFFLOADED = "load_tensors: offloaded {}/33 layers to GPU\n"


@pytest.mark.parametrize(
    ("named", "layers", "device"),
    [
        (("CUDA0 (NVIDIA H200)",), 33, "CUDA0 (NVIDIA H200)"),
        (("CUDA0 (NVIDIA A100)", "CUDA1 (NVIDIA A100)"), 20, "CUDA0 (NVIDIA A100), CUDA1 (NVIDIA A100)"),
        (("Vulkan0 (Intel(R) UHD Graphics 620 (KBL GT2))",), 1, "Vulkan0 (Intel(R) UHD Graphics 620 (KBL GT2))"),
        (("CUDA0 (NVIDIA H200)",), 0, "CPU"),
        ((), 0, "CPU"),
    ],
)
def test_the_devices_and_the_layers_on_them(named, layers, device):
    log = LoadLog()
    for line in ("llama_model_loader: loaded\n", *map(USED.format, named), OFFLOADED.format(layers), "done\n"):
        log.read(line)
    assert (log.device, log.offloaded_layers) == (device, layers)
