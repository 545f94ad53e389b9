"""Whether llama-cpp-python is there. Reading, adjudication and analysis work without it."""

from __future__ import annotations

from importlib.util import find_spec

from doubleread.errors import DoublereadError

INSTALL_ENGINE = "pip install 'doubleread[engine]'"


def engine_installed() -> bool:
    """Whether models can be run in this environment. llama-cpp-python is looked for, not imported."""
    return find_spec("llama_cpp") is not None


def require_engine() -> None:
    """Raise DoublereadError, with the command that installs it, if models cannot be run."""
    if not engine_installed():
        raise DoublereadError(
            "Engine not installed",
            "running a model needs llama-cpp-python, which this installation does not have",
            f"run: {INSTALL_ENGINE} (compiling llama.cpp takes minutes)",
        )
