"""Whether a model file can be used in a study: its metadata, and whether llama.cpp can load it."""

from __future__ import annotations

import os
from dataclasses import replace

from doubleread.engine.gguf.inspect import NO_TEMPLATE, inspect_in_child
from doubleread.engine.gguf.load_trial import check_loading, try_loading
from doubleread.engine.gguf.model_info import ModelInfo
from doubleread.errors import ModelFileError


def examine(path: str | os.PathLike[str], *, usable: bool = True, needs_template: bool = True) -> ModelInfo:
    """Return a model file's metadata, after asking llama.cpp whether it can load the file.

    Both happen in child processes. Raises ModelFileError as `inspect_gguf` does, and with `usable` also if llama.cpp
    cannot load the model; without, `ModelInfo.problems` says so. If the file has no chat template but needs one, the
    error or `ModelInfo.notes` names the family that its vocabulary suggests.
    """
    try:
        info = inspect_in_child(path, usable=usable, needs_template=needs_template)
    except ModelFileError as error:
        if error.title != NO_TEMPLATE[0]:
            raise
        raise ModelFileError(error.title, f"{error.happened}; {suggestion(path)}", error.remedy) from error
    if needs_template and not info.has_chat_template and info.kind == "language model":
        return replace(info, notes=(*info.notes, suggestion(path)))
    if info.problems:
        return info
    try:
        check_loading(info.path)
    except ModelFileError as error:
        if usable:
            raise
        return replace(info, problems=(f"{error.happened.removeprefix(f'{info.path}: ')}; {error.remedy}",))
    return info


def suggestion(path: str | os.PathLike[str]) -> str:
    """Return which chat template the vocabulary of a model file suggests, as llama.cpp reads it."""
    trial = try_loading(path)
    if trial is None or not trial.family:
        return "its vocabulary suggests no chat template"
    return f"its vocabulary suggests the chat template {trial.family}"
