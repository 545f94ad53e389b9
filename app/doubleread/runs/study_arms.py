"""Make a study's arms when it is created."""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePath

from doubleread.console import note
from doubleread.domain.arm import Adapter, Arm, Arms, NamedTemplate, arm_differences
from doubleread.domain.model import Model
from doubleread.domain.retrieval import Retrieval, retrieval_mistakes
from doubleread.domain.server import server_from_record
from doubleread.domain.study import Protocol
from doubleread.engine.gguf.adapters import NOT_USABLE, check_adapter
from doubleread.engine.gguf.chat_templates import IN_FILE, read_named_template
from doubleread.engine.gguf.examine import examine
from doubleread.engine.gguf.hashes import model_sha256
from doubleread.engine.gguf.inspect import inspect_gguf, inspect_in_child
from doubleread.engine.gguf.model_info import ModelInfo
from doubleread.engine.templates.families import template_families
from doubleread.errors import CorpusError, DoublereadError, ModelFileError
from doubleread.runs.bundled_models import bundled_models
from doubleread.runs.corpora import retrieval_of
from doubleread.runs.protocol_arms import ArmDraft

Say = Callable[[str], None]

LONGEST_NAME = 200
LONGEST_TEMPLATE = 1_000_000
"""In bytes. Published chat templates have up to 20,000; a model file given by mistake has billions."""
_SLOW = 2_000_000_000
_SCALE = re.compile(r"-?\d+(\.\d+)?(e[-+]?\d+)?")


def pair_of_arms(first: ArmDraft, second: ArmDraft, protocol: Protocol, say: Say = note) -> Arms:
    """Return both arms as a study keeps them. Their ids are random, so that an id reveals nothing.

    `say` is told remarks about the models, and before a file is hashed that takes long.

    Raises ModelFileError for a file that cannot answer, and DoublereadError if both arms differ in nothing.
    """
    arms = _named(_taken_in(first, protocol.n_ctx, say), _taken_in(second, protocol.n_ctx, say))
    if not arm_differences(arms, protocol):
        remedy = "choose two models, or give one of them another chat template, adapter, prompt, retrieval or decoding"
        raise DoublereadError("Both arms are the same", "they have the same model and differ in no setting", remedy)
    if arms[0].name == arms[1].name:
        raise DoublereadError("Both arms have the same name", f"both are called {arms[0].name}", "rename one of them")
    return arms


def _named(first: Arm, second: Arm) -> Arms:
    """Give arms that would share a name longer ones."""
    if first.name != second.name or first.external or second.external:
        return first, second
    if first.model is None or second.model is None or first.model.sha256 == second.model.sha256:
        return _with_suffix(first, first.settings_name), _with_suffix(second, second.settings_name)
    return (
        _with_suffix(first, PurePath(first.model.path).stem),
        _with_suffix(second, PurePath(second.model.path).stem),
    )


def _with_suffix(arm: Arm, suffix: str) -> Arm:
    return replace(arm, name=f"{arm.name} ({suffix})")


def pair_of_bundled_arms() -> Arms:
    """Return two arms with the bundled models. Raises ModelFileError if they were changed."""
    entries = bundled_models()
    if len(entries) != 2:
        raise ModelFileError("The bundled models are missing", "the list does not name two", "install doubleread again")
    for entry in entries:
        if model_sha256(entry.path) != entry.sha256:
            raise ModelFileError(
                "A bundled model was changed",
                f"{entry.path} differs from the file that was shipped",
                "install doubleread again",
            )
    # Their bytes are known, so they can be read in this process, which is faster.
    first, second = (
        Arm(
            str(uuid.uuid4()),
            entry.name,
            entry.role,
            replace(_model(inspect_gguf(entry.path), entry.sha256, entry.path), name=entry.name),
        )
        for entry in entries
    )
    return first, second


def named_template(name_or_file: str, model: str) -> NamedTemplate:
    """Return a chat template by the name of its family, from a file, or by its name in the GGUF file of `model`.

    Raises DoublereadError for an unusable one.
    """
    if name_or_file.startswith(IN_FILE):
        path = _model_file(model)
        if path is None:
            raise _no_model_for_settings(model)
        return NamedTemplate(name_or_file, read_named_template(path, name_or_file.removeprefix(IN_FILE)))
    from doubleread.engine.worker.chat_template import ChatTemplate, TemplateError  # jinja2 takes long to import

    if family := template_families().get(name_or_file):
        return NamedTemplate(family.name, family.template)
    path = Path(name_or_file)
    try:
        with path.open("rb") as file:
            read = file.read(LONGEST_TEMPLATE + 1)
        if len(read) > LONGEST_TEMPLATE:
            happened = f"{path} has more than {LONGEST_TEMPLATE} bytes"
            raise DoublereadError("Chat template not usable", happened, "give a Jinja file")
        template = read.decode("utf-8")
        ChatTemplate(template, "<s>", "</s>")
    except (OSError, ValueError) as error:
        happened = f"{name_or_file} is neither the name of a template nor a readable file ({type(error).__name__})"
        remedy = f"give a Jinja file, {IN_FILE}NAME for one in the model file, or: {', '.join(template_families())}"
        raise DoublereadError("Chat template not found", happened, remedy) from error
    except TemplateError as error:
        raise DoublereadError("Chat template not usable", f"{path}: {error}", "correct the file") from error
    return NamedTemplate(path.name, template)


def adapter_of(given: str) -> Adapter:
    """Return the LoRA adapter given as FILE or FILE:SCALE. Raises DoublereadError for what is none."""
    file, colon, scale = given.rpartition(":")
    if not (colon and _SCALE.fullmatch(scale)):
        file, scale = given, "1"
    info = inspect_in_child(file, usable=False)
    if info.kind != "LoRA adapter":
        raise ModelFileError(NOT_USABLE, f"{file} is a {info.kind}", "give a LoRA adapter in GGUF format")
    return Adapter(os.path.abspath(file), model_sha256(Path(file)), float(scale))


def _on_server(draft: ArmDraft, say: Say) -> Arm:
    from doubleread.engine.server.server_info import examined  # its HTTP library takes long to import

    if given := [name for name in ("model", "chat_template", "lora") if getattr(draft, name)]:
        happened = f"an arm has a server and also {given[0].replace('_', ' ')}"
        raise DoublereadError("Two models in one arm", happened, "give the server or the file")
    server = server_from_record(draft.server)
    if server.warning:
        say(f"warning: {server.warning}")
    examined(server)
    return Arm(
        id=str(uuid.uuid4()),
        name=_checked_name(draft.name or server.model),
        role=_checked_role(draft.role),
        prompt=draft.prompt,
        decoding=draft.decoding,
        server=server,
        retrieval=_retrieval(draft),
    )


def _retrieval(draft: ArmDraft) -> Retrieval | None:
    if not draft.retrieval:
        return None
    if mistakes := retrieval_mistakes(draft.retrieval):
        raise CorpusError("Retrieval refused", mistakes[0], "correct it and try again")
    return retrieval_of(draft.retrieval)


def _taken_in(draft: ArmDraft, n_ctx: int, say: Say) -> Arm:
    if draft.server:
        return _on_server(draft, say)
    path = _model_file(draft.model)
    if path is None and (draft.chat_template or draft.lora or draft.prompt or draft.decoding or draft.retrieval):
        raise _no_model_for_settings(draft.model)
    arm = Arm(
        id=str(uuid.uuid4()),
        name=_checked_name(draft.name) if draft.name else "",
        role=_checked_role(draft.role),
        chat_template=named_template(draft.chat_template, draft.model) if draft.chat_template else None,
        adapters=tuple(map(adapter_of, draft.lora)),
        prompt=draft.prompt,
        decoding=draft.decoding,
        retrieval=_retrieval(draft),
    )
    if path is None:
        return replace(arm, name=arm.name or _checked_name(draft.model))
    if path != Path(draft.model):
        say(f"note: {draft.model} is the bundled model {path}")
    info = examine(path, template=arm.chat_template)
    for adapter in arm.adapters:
        check_adapter(info.path, adapter.path)
    for remark in info.notes:
        say(f"note: {info.name}: {remark}")
    if 0 < info.context_length < n_ctx:
        say(
            f"note: {info.name} was trained for {info.context_length:,} tokens; it runs with that context,"
            f" not the protocol's {n_ctx:,}"
        )
    if info.file_bytes > _SLOW:
        say(f"hashing {path} ...")
    model = _model(info, model_sha256(path), path)
    return replace(arm, name=arm.name or _own_name(model), model=model)


def _model_file(file_or_name: str) -> Path | None:
    """Return the GGUF file that is meant, which may not exist; None for the name of a model with external answers."""
    path = Path(file_or_name)
    if not path.exists() and path.suffix.lower() != ".gguf" and path.name == file_or_name:
        return _bundled_path(file_or_name)
    return path


def _no_model_for_settings(name: str) -> DoublereadError:
    happened = f"{name} is no file, so its answers are external"
    return DoublereadError("Settings without a model", happened, "give a GGUF file, or no settings")


def _bundled_path(name: str) -> Path | None:
    with contextlib.suppress(ModelFileError):
        return next((model.path for model in bundled_models() if model.name == name.strip()), None)
    return None


def _checked_name(given: str) -> str:
    name = unicodedata.normalize("NFC", given.strip())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ModelFileError(
            "Model refused",
            f"a name has 1 to {LONGEST_NAME} printable characters",
            "give a GGUF file, or the name of a model whose answers you will import",
        )
    return name


def _own_name(model: Model) -> str:
    """Return the name that a model gives itself, or its file's, as an arm can have it."""
    for given in (model.name, PurePath(model.path).stem):
        printable = "".join(sign if sign.isprintable() else " " for sign in unicodedata.normalize("NFC", given))
        if name := " ".join(printable.split())[:LONGEST_NAME]:
            return name
    return "model"


def _checked_role(given: str) -> str:
    role = unicodedata.normalize("NFC", given.strip())
    if len(role) > LONGEST_NAME or not role.isprintable():
        happened = f"a role has at most {LONGEST_NAME} printable characters"
        raise DoublereadError("Role refused", happened, "describe the arm in a few words")
    return role


def _model(info: ModelInfo, sha256: str, path: Path) -> Model:
    measures = {
        "parameters": info.parameters,
        "quantisation": info.quantisation,
        "context_length": info.context_length,
        "file_bytes": info.file_bytes,
        **({"parts": [part.name for part in info.parts]} if info.parts else {}),
    }
    return Model(sha256, info.name, os.path.abspath(path), {**info.metadata, **measures})
