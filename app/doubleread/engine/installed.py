"""Whether llama-cpp-python and Dask are there. Reading, adjudication and analysis work without them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from doubleread.errors import DoublereadError

INSTALL_ENGINE = "pip install 'doubleread[engine]'"
INSTALL_CLUSTER = "pip install 'doubleread[cluster]'"

_BACKEND = re.compile(r"(?:lib)?ggml-([a-z0-9]+)\.(?:so|dylib|dll)")
_NOT_GPUS = frozenset({"base", "cpu", "blas", "rpc", "zendnn", "zdnn"})


def engine_installed() -> bool:
    """Whether models can be run in this environment. llama-cpp-python is looked for, not imported."""
    return find_spec("llama_cpp") is not None


def built_for_gpu() -> bool:
    """Whether llama.cpp may compute on a GPU, by the names of its libraries. Asking it takes half a second."""
    spec = find_spec("llama_cpp")
    if spec is None or spec.origin is None:
        return False
    return _names_gpu(path.name for path in (Path(spec.origin).parent / "lib").glob("*ggml*"))


def _names_gpu(libraries: Iterable[str]) -> bool:
    """Return whether a library is for GPUs, or whether all of llama.cpp is in one library, which does not tell."""
    found = {match[1] for name in libraries if (match := _BACKEND.match(name))}
    return not found or bool(found - _NOT_GPUS)


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
