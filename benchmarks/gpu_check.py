"""What needs a GPU, checked without one: `make gpu-check`, or `python -m benchmarks.gpu_check [PYTEST ARGUMENTS]`.

Builds llama-cpp-python of the locked version with Vulkan in a folder of its own, which the environment's own build does
not notice, and runs `doubleread doctor` and the tests marked `gpu` on Vulkan's first device. Without a GPU, that is the
software device of Mesa. A build is kept until the lock changes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / "build" / "vulkan"
CMAKE_ARGS = "-DGGML_VULKAN=ON -DLLAVA_BUILD=OFF"
_PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
_PACKAGES = """Install the compiler of shaders, the headers of Vulkan and a driver:
  Debian, Ubuntu: apt install glslc libvulkan-dev spirv-headers mesa-vulkan-drivers
  Fedora: dnf install glslc vulkan-headers vulkan-loader-devel spirv-headers-devel mesa-vulkan-drivers
  macOS: brew install shaderc vulkan-headers vulkan-loader spirv-headers molten-vk"""
_HEADERS = "#include <vulkan/vulkan.hpp>\n#include <spirv/unified1/spirv.hpp>\n"
_LAYER_SETTINGS = re.compile(r" *VkBool32 enable_best_practice = .*?, &layer_setting_info\);\n", re.DOTALL)
_NO_LAYER_SETTINGS = (
    "    vk::InstanceCreateInfo instance_create_info(vk::InstanceCreateFlags{}, &app_info, layers, extensions);\n"
)


class CannotCheckError(Exception):
    """Why there is nothing to check with, and what to do."""


def main(arguments: list[str]) -> int:
    """Build if necessary, and check. Return the exit code."""
    try:
        build()
        environment = {**os.environ, "PYTHONPATH": str(BUILT), "GGML_VK_VISIBLE_DEVICES": "0"}
        _require_device(environment)
    except CannotCheckError as error:
        print(error, file=sys.stderr)
        return 1
    failed = [
        subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=environment, check=False).returncode
        for command in (["doubleread", "doctor"], ["pytest", "-m", "gpu", *arguments])
    ]
    return int(any(failed))


def build() -> None:
    """Install llama-cpp-python with Vulkan into a folder, unless the one that the lock asks for is there."""
    requirement = locked_requirement((ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8"))
    made_from = f"{requirement}\n{CMAKE_ARGS}\nPython {sys.version_info.major}.{sys.version_info.minor}\n"
    stamp = BUILT / "built_from.txt"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == made_from:
        return
    if shutil.which("glslc") is None or not _compiles(""):
        raise CannotCheckError(f"llama.cpp cannot be built with Vulkan here.\n{_PACKAGES}")
    shutil.rmtree(BUILT, ignore_errors=True)
    with tempfile.TemporaryDirectory() as temporary:
        source = _unpacked(requirement, Path(temporary))
        # No part of the package uses llama.cpp's common library, which is a quarter of the work.
        _change(source / "CMakeLists.txt", lambda code: code.replace("LLAMA_BUILD_COMMON ON", "LLAMA_BUILD_COMMON OFF"))
        if not _compiles("vk::LayerSettingEXT setting;\n"):
            _change(source / "vendor/llama.cpp/ggml/src/ggml-vulkan/ggml-vulkan.cpp", without_layer_settings)
        _install(source)
    stamp.write_text(made_from, encoding="utf-8")


def locked_requirement(lock: str) -> str:
    """Return the lines of llama-cpp-python in a file of locked requirements: its version and the hashes."""
    found = re.search(r"^llama-cpp-python==(?:.*\\\n)*.*", lock, re.MULTILINE)
    if found is None:
        raise CannotCheckError("llama-cpp-python is not locked. Run: make lock")
    return found[0]


def without_layer_settings(code: str) -> str:
    """Return ggml-vulkan.cpp without the settings of the validation layer, whose types older headers lack."""
    changed, count = _LAYER_SETTINGS.subn(lambda _: _NO_LAYER_SETTINGS, code)
    if count != 1:
        raise CannotCheckError("The headers of Vulkan are too old for this llama.cpp. Install a newer Vulkan SDK.")
    return changed


def _change(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def _compiles(code: str) -> bool:
    """Return whether a program with the headers of Vulkan and SPIR-V compiles."""
    compiler = next((name for name in ("c++", "g++", "clang++") if shutil.which(name)), "c++")
    sdk = os.environ.get("VULKAN_SDK")
    command = [compiler, "-std=c++17", "-fsyntax-only", *([f"-I{sdk}/include"] if sdk else []), "-x", "c++", "-"]
    try:
        done = subprocess.run(command, input=(_HEADERS + code).encode(), capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def _unpacked(requirement: str, folder: Path) -> Path:
    """Download the source, whose hash is checked, and unpack it."""
    wanted = folder / "wanted.txt"
    wanted.write_text(requirement, encoding="utf-8")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-binary", "llama-cpp-python", "--require-hashes"]
    _run([*_PIP, "download", *options, "--dest", str(folder), "-r", str(wanted)], "llama-cpp-python was not downloaded")
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return archive.with_name(archive.name.removesuffix(".tar.gz"))


def _install(source: Path) -> None:
    cores = os.cpu_count() or 1
    print(f"Compiling llama.cpp with Vulkan: about 10 minutes on 2 cores, here {cores}. This is done once.", flush=True)
    environment = {
        **os.environ,
        "CMAKE_ARGS": CMAKE_ARGS,
        "CMAKE_BUILD_PARALLEL_LEVEL": os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL", str(cores)),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-cache-dir", "--target", str(BUILT)]
    _run([*_PIP, "install", *options, str(source)], "llama.cpp was not built with Vulkan", environment)


def _run(command: list[str], failure: str, environment: Mapping[str, str] | None = None) -> None:
    """Run a program, and say now and then that it still runs."""
    started = time.monotonic()
    with subprocess.Popen(command, env=environment) as process:
        while True:
            try:
                code = process.wait(30)
                break
            except subprocess.TimeoutExpired:
                minutes, seconds = divmod(int(time.monotonic() - started), 60)
                print(f"  still working, {minutes} min {seconds} s", flush=True)
    if code:
        raise CannotCheckError(f"{failure}; pip's messages above say why.")


def _require_device(environment: Mapping[str, str]) -> None:
    code = "from doubleread.engine.planning.probe import probe; import sys; sys.exit(not probe().gpus)"
    if subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode:
        raise CannotCheckError(f"Vulkan finds no device here.\n{_PACKAGES}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
