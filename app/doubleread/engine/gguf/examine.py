"""Whether a model file can be used in a study: its metadata, and whether llama.cpp can load it."""

from __future__ import annotations

import os
from dataclasses import replace

from doubleread.engine.gguf.inspect import inspect_in_child
from doubleread.engine.gguf.load_trial import check_loading
from doubleread.engine.gguf.model_info import ModelInfo
from doubleread.errors import ModelFileError


def examine(path: str | os.PathLike[str], *, usable: bool = True) -> ModelInfo:
    """Return a model file's metadata, after asking llama.cpp whether it can load the file.

    Both happen in child processes. Raises ModelFileError as `inspect_gguf` does, and with `usable` also if llama.cpp
    cannot load the model; without, `ModelInfo.problems` says so.
    """
    info = inspect_in_child(path, usable=usable)
    if info.problems:
        return info
    try:
        check_loading(info.path)
    except ModelFileError as error:
        if usable:
            raise
        return replace(info, problems=(f"{error.happened.removeprefix(f'{info.path}: ')}; {error.remedy}",))
    return info
