"""Whether a model file can be used in a study: its metadata, and whether llama.cpp can load it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

from doubleread.domain.arm import NamedTemplate
from doubleread.engine.gguf.chat_templates import IN_FILE
from doubleread.engine.gguf.inspect import NO_TEMPLATE, inspect_in_child
from doubleread.engine.gguf.load_trial import LoadTrial, check_loading, try_loading
from doubleread.engine.gguf.model_info import ModelInfo
from doubleread.engine.templates.families import NO_FORMAT, suggested_family, template_families
from doubleread.errors import ModelFileError


def examine(path: str | os.PathLike[str], *, usable: bool = True, template: NamedTemplate | None = None) -> ModelInfo:
    """Return a model file's metadata, after asking llama.cpp whether it can load the file.

    Both happen in child processes. Raises ModelFileError as `inspect_gguf` does, and with `usable` also if llama.cpp
    cannot load the model; without, `ModelInfo.problems` says so. If the file needs a chat template, the error or
    `ModelInfo.notes` says which one it suggests. The notes also say what does not fit between the model and its chat
    template, which is `template` if that is given.
    """
    try:
        info = inspect_in_child(path, usable=usable, needs_template=template is None)
    except ModelFileError as error:
        if error.title != NO_TEMPLATE[0]:
            raise
        info = inspect_in_child(path, usable=False)
        raise ModelFileError(error.title, f"{error.happened}; {_suggestion(info)}", error.remedy) from error
    if template is None and not info.has_chat_template and info.kind == "language model":
        return replace(info, notes=(*info.notes, _suggestion(info)))
    if info.problems:
        return info
    try:
        trial = check_loading(info.path)
    except ModelFileError as error:
        if usable:
            raise
        return replace(info, problems=(f"{error.happened.removeprefix(f'{info.path}: ')}; {error.remedy}",))
    return replace(info, notes=(*info.notes, *_remarks(info, template, trial)))


def _suggestion(info: ModelInfo) -> str:
    """Return which chat template a file without a default one suggests, by its vocabulary as llama.cpp reads it."""
    if info.named_templates:
        listed = [IN_FILE + name for name in info.named_templates]
        return f"it has no default but {', '.join(listed)}: create the study with --chat-template-a {listed[0]} (or -b)"
    trial = try_loading(info.path)
    if trial is None or (family := suggested_family(trial.family_tokens)) is None:
        return (
            "its vocabulary suggests no chat template: create the study with the one that the model card describes,"
            " such as --chat-template-a alpaca (or -b), or none for a base model"
        )
    return (
        f"its vocabulary suggests the chat template {family.name}:"
        f" if the model card agrees, create the study with --chat-template-a {family.name} (or -b)"
    )


def _remarks(info: ModelInfo, template: NamedTemplate | None, trial: LoadTrial | None) -> Iterator[str]:
    """Yield what does not fit between a model and its chat template, or the one that is named for it."""
    if template is None:
        if trial and trial.unknown_tokens and (family := suggested_family(trial.family_tokens)):
            unknown = ", ".join(trial.unknown_tokens)
            yield f"its chat template has {unknown}, which its vocabulary lacks; that suggests {family.name}"
        return
    if info.has_chat_template and template.source == NO_FORMAT:
        yield "its file has a chat template, which is not used: the model continues plain text"
    elif info.has_chat_template:
        yield f"the chat template {template.source} replaces the one in its file"
    named = template_families().get(template.source)
    missing = sorted(named.tokens.difference(trial.family_tokens)) if named and trial else []
    if missing:
        yield f"its vocabulary lacks {', '.join(missing)}, so {template.source} is written in plain characters"
