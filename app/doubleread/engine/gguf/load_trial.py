"""Whether llama.cpp can load a model: tested in a child process that loads everything but the weights.

That takes a tenth of a second for any size of model.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass

from doubleread.engine.children import run_module
from doubleread.engine.strict_json import ProtocolError, dumps, loads
from doubleread.errors import ModelFileError
from doubleread.platform import forbid_core_dumps

_UNKNOWN = re.compile(r"unknown model architecture: '([^']*)'")
_UPDATE = "update llama-cpp-python, or choose another model"


@dataclass(frozen=True, slots=True)
class LoadTrial:
    """What llama.cpp reports about a model. `error` is why it cannot load it, `build` its version.

    `encoder` and `diffusion` mean that the model does not only generate from left to right. `family_tokens` are the
    control tokens of its vocabulary that belong to a family of chat templates, `unknown_tokens` those that its own chat
    template writes although its vocabulary lacks them.
    """

    build: str
    error: str = ""
    encoder: bool = False
    diffusion: bool = False
    family_tokens: tuple[str, ...] = ()
    unknown_tokens: tuple[str, ...] = ()


def try_loading(path: str | os.PathLike[str], timeout: float = 120.0) -> LoadTrial | None:
    """Return what llama.cpp reports about a model file; None if llama.cpp itself cannot be used here."""
    try:
        done = run_module("engine.gguf.load_trial", [os.fspath(path)], timeout=timeout)
    except subprocess.TimeoutExpired:
        return LoadTrial("", f"llama.cpp did not finish within {timeout:.0f} seconds")
    except OSError:
        return None
    if done.returncode < 0 or done.returncode > 1:
        return LoadTrial("", f"llama.cpp exited while loading the file (exit code {done.returncode})")
    try:
        trial: LoadTrial = loads(done.stdout, LoadTrial)
    except ProtocolError:
        return None
    return trial


def check_loading(path: str | os.PathLike[str], timeout: float = 120.0) -> LoadTrial | None:
    """Return what llama.cpp reports about a model file; None if llama.cpp itself cannot be used here.

    Raises ModelFileError if llama.cpp cannot load the model, or the engine cannot answer with it.
    """
    trial = try_loading(path, timeout)
    if trial is None:
        return None
    if found := _UNKNOWN.search(trial.error):
        raise ModelFileError(
            "Model not supported",
            f"{path}: llama.cpp {trial.build} does not support the architecture {found[1]!r}",
            _UPDATE,
        )
    if trial.error:
        raise ModelFileError("Model not loaded", f"{path}: {trial.error}", _UPDATE)
    if trial.encoder or trial.diffusion:
        how = "reads text with an encoder" if trial.encoder else "generates a whole text at once by diffusion"
        raise ModelFileError(
            "Not a language model", f"{path}: the model {how}, which the engine does not support", "choose a chat model"
        )
    return trial


def _reason(errors: str) -> str:
    """Return llama.cpp's own words without the names of its functions."""
    lines = [line.rpartition("error loading model: ")[2] for line in errors.split("; ")]
    reasons = [line for line in lines if "failed to load model" not in line]
    return "; ".join(reasons) or "llama.cpp gave no reason"


def _main(path: str) -> int:
    # llama.cpp prints to both outputs.
    answer = os.dup(1)
    os.dup2(2, 1)
    os.environ["GGML_NO_BACKTRACE"] = "1"
    forbid_core_dumps()
    from doubleread.engine.client.settings import LoadSettings
    from doubleread.engine.templates.families import template_families
    from doubleread.engine.worker import llama
    from doubleread.engine.worker.fatal_exit import leave

    log, version = llama.Log(), llama.build_info()["llama_cpp"]
    try:
        model = llama.Model(path, LoadSettings(), lambda: None, weights=False)
        of_families = frozenset[str]().union(*(family.tokens for family in template_families().values()))
        known, own = of_families & model.control_tokens().keys(), model.chat_template
        trial = LoadTrial(
            version,
            encoder=model.has_encoder,
            diffusion=model.is_diffusion,
            family_tokens=tuple(sorted(known)),
            unknown_tokens=tuple(sorted(token for token in of_families - known if token in own)),
        )
    except (RuntimeError, MemoryError):
        trial = LoadTrial(version, _reason(log.errors()))
    os.write(answer, dumps(trial))
    # llama.cpp writes to the log as long as the process lives.
    leave(0)
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
