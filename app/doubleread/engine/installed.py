"""Whether llama-cpp-python and Dask are there. Reading, adjudication and analysis work without them."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from doubleread.errors import DoublereadError

INSTALL_ENGINE = "pip install 'doubleread[engine]'"
INSTALL_CLUSTER = "pip install 'doubleread[cluster]'"

_BACKEND = re.compile(r"(?:lib)?ggml-([a-z0-9]+)(?:\.\d+)*\.(?:so|dylib|dll)")
_GPU_BACKENDS = {"cuda": "CUDA", "hip": "ROCm", "metal": "Metal", "musa": "MUSA", "sycl": "SYCL", "vulkan": "Vulkan"}
_NOT_GPUS = frozenset({"base", "cpu", "blas", "rpc", "zendnn", "zdnn"})


def engine_installed() -> bool:
    """Whether models can be run in this environment. llama-cpp-python is looked for, not imported."""
    return find_spec("llama_cpp") is not None


def gpu_backends() -> tuple[str, ...]:
    """Return what llama.cpp was built to use on a GPU, such as "CUDA" or "Vulkan", by the names of its libraries.

    llama.cpp itself names a backend only if it finds a driver.
    """
    return tuple(_GPU_BACKENDS.get(name, name) for name in sorted(_backends() - _NOT_GPUS))


def built_for_gpu() -> bool:
    """Whether llama.cpp may compute on a GPU, so that it must be asked, which takes half a second."""
    return engine_installed() and bool(gpu_backends() or not _backends())


@lru_cache(maxsize=1)
def build_name() -> str:
    """Return what tells builds of llama.cpp apart without loading one: the version, and the libraries' sizes."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        number = version("llama_cpp_python")
    except PackageNotFoundError:
        return "none"
    sizes = sorted((path.name, path.stat().st_size) for path in _libraries("*") if path.is_file())
    return f"{number}-{hashlib.sha256(repr(sizes).encode()).hexdigest()[:12]}"


def _backends() -> set[str]:
    return {match[1] for path in _libraries("*ggml*") if (match := _BACKEND.match(path.name))}


def _libraries(pattern: str) -> list[Path]:
    spec = find_spec("llama_cpp")
    if spec is None or spec.origin is None:
        return []
    return list((Path(spec.origin).parent / "lib").glob(pattern))


def require_engine() -> None:
    """Raise DoublereadError, with the command that installs it, if models cannot be run."""
    if not engine_installed():
        raise DoublereadError(
            "Engine not installed",
            "running a model needs llama-cpp-python, which this installation does not have",
            f"run: {INSTALL_ENGINE} (compiling llama.cpp takes minutes)",
        )


def dask_version() -> str | None:
    """Return the version of Dask in this environment; None if there is none. It is looked for, not imported."""
    if find_spec("distributed") is None:
        return None
    from importlib.metadata import version

    return version("distributed")


def require_cluster() -> None:
    """Raise DoublereadError, with the command that installs it, if there is no Dask."""
    if dask_version() is None:
        raise DoublereadError(
            "Dask not installed",
            "running on a cluster needs Dask's package distributed, which this installation does not have",
            f"run: {INSTALL_CLUSTER}",
        )
