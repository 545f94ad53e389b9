"""Record a study's model files when it is created, and find them again when it runs, even if they were moved."""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePath

from doubleread import locations
from doubleread.console import note
from doubleread.domain.model import Adapter, Model, NamedTemplate
from doubleread.engine.gguf.adapters import NOT_USABLE, check_adapter
from doubleread.engine.gguf.chat_templates import IN_FILE, read_named_template
from doubleread.engine.gguf.examine import examine
from doubleread.engine.gguf.hashes import model_sha256
from doubleread.engine.gguf.inspect import inspect_gguf, inspect_in_child
from doubleread.engine.gguf.model_info import ModelInfo
from doubleread.engine.gguf.model_parts import part_paths
from doubleread.engine.templates.families import template_families
from doubleread.errors import DoublereadError, ModelFileError
from doubleread.runs.bundled_models import bundled_models
from doubleread.store import StudyFile

LONGEST_NAME = 200
_SLOW = 2_000_000_000
_SCALE = re.compile(r"-?\d+(\.\d+)?")


def pair_of_models(
    first: str,
    second: str,
    n_ctx: int,
    templates: tuple[NamedTemplate | None, NamedTemplate | None] = (None, None),
    adapters: tuple[tuple[Adapter, ...], tuple[Adapter, ...]] = ((), ()),
) -> tuple[Model, Model]:
    """Return both models as a study keeps them. Their ids are random, so that an id reveals nothing.

    Each is given as a GGUF file, as the name of a bundled model or, for external answers, as any other name. Raises
    ModelFileError for a file that cannot answer a chat, and if both arms differ in nothing.
    """
    one = _taken_in(first, n_ctx, templates[0], adapters[0])
    models = (one, _taken_in(second, n_ctx, templates[1], adapters[1]))
    if models[0].sha256 and models[0].sha256 == models[1].sha256:
        if _settings(models[0]) == _settings(models[1]):
            remedy = "choose two different models, or different chat templates or adapters"
            raise ModelFileError("Same model twice", f"{first} and {second} are identical", remedy)
        return replace(models[0], name=_arm_name(models[0])), replace(models[1], name=_arm_name(models[1]))
    if models[0].name == models[1].name:
        if not (models[0].path and models[1].path):
            raise ModelFileError("Same model twice", f"both are called {models[0].name}", "give one another name")
        return replace(models[0], name=_longer_name(models[0])), replace(models[1], name=_longer_name(models[1]))
    return models


def pair_of_bundled_models() -> tuple[Model, Model]:
    """Return the bundled models as a study keeps them. Raises ModelFileError if they were changed."""
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
        replace(_model(inspect_gguf(entry.path), entry.sha256, entry.path, entry.role), name=entry.name)
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
        template = path.read_text(encoding="utf-8")
        ChatTemplate(template, "<s>", "</s>")
    except (OSError, UnicodeDecodeError) as error:
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


def _taken_in(file_or_name: str, n_ctx: int, template: NamedTemplate | None, adapters: tuple[Adapter, ...]) -> Model:
    path = _model_file(file_or_name)
    if path is None:
        if template is not None or adapters:
            raise _no_model_for_settings(file_or_name)
        return _external(file_or_name)
    if path != Path(file_or_name):
        note(f"note: {file_or_name} is the bundled model {path}")
    info = examine(path, template=template)
    for adapter in adapters:
        check_adapter(info.path, adapter.path)
    for remark in info.notes:
        note(f"note: {info.name}: {remark}")
    if 0 < info.context_length < n_ctx:
        note(
            f"note: {info.name} was trained for {info.context_length} tokens; it runs with that context,"
            f" not the protocol's {n_ctx}"
        )
    if info.file_bytes > _SLOW:
        note(f"hashing {path} ...")
    return replace(_model(info, model_sha256(path), path), chat_template=template, adapters=adapters)


def _model_file(file_or_name: str) -> Path | None:
    """Return the GGUF file that is meant, which may not exist; None for the name of a model with external answers."""
    path = Path(file_or_name)
    if not path.exists() and path.suffix.lower() != ".gguf" and path.name == file_or_name:
        return _bundled_path(file_or_name)
    return path


def _no_model_for_settings(name: str) -> DoublereadError:
    happened = f"{name} is no file, so its answers are external"
    return DoublereadError(
        "Settings without a model", happened, "give a GGUF file, or neither chat template nor adapter"
    )


def _bundled_path(name: str) -> Path | None:
    with contextlib.suppress(ModelFileError):
        return next((model.path for model in bundled_models() if model.name == name.strip()), None)
    return None


def _external(given: str) -> Model:
    name = unicodedata.normalize("NFC", given.strip())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ModelFileError(
            "Model refused",
            f"a name has 1 to {LONGEST_NAME} printable characters",
            "give a GGUF file, or the name of a model whose answers you will import",
        )
    return Model(id=str(uuid.uuid4()), name=name, sha256="")


def _model(info: ModelInfo, sha256: str, path: Path, role: str = "") -> Model:
    measures = {
        "parameters": info.parameters,
        "quantisation": info.quantisation,
        "context_length": info.context_length,
        "file_bytes": info.file_bytes,
        **({"parts": [part.name for part in info.parts]} if info.parts else {}),
    }
    return Model(
        id=str(uuid.uuid4()),
        name=info.name,
        sha256=sha256,
        path=os.path.abspath(path),
        role=role,
        metadata={**info.metadata, **measures},
    )


def _settings(model: Model) -> tuple[object, ...]:
    return model.chat_template, tuple((adapter.sha256, adapter.scale) for adapter in model.adapters)


def _arm_name(model: Model) -> str:
    """Return a name that tells arms with the same model apart."""
    return f"{model.name} ({model.settings_name})"


def _longer_name(model: Model) -> str:
    return f"{model.name} ({PurePath(model.path).stem})"


def found_model(study: StudyFile, model: Model) -> Path:
    """Return the path of a study's model, and record it in the study if it has changed.

    The file is looked for where it was, beside the study, in the models folders and among the bundled models, and is
    recognised by its hash. Raises ModelFileError naming the model if it is not found.
    """
    changed = None
    for path in _candidates(study, model):
        if not os.path.isfile(path):
            continue
        if _sha256_or_none(path) == model.sha256:
            if str(path) != model.path:
                study.set_model_path(model.id, path)
            return path
        changed = changed or path
    if not model.path:
        happened = f"the answers of {model.name} are external, so the study has no model file"
        raise ModelFileError(
            "No model file",
            happened,
            "continue with the existing answers, or add more with doubleread import-answers",
        )
    where = f"{model.path} no longer exists" if changed is None else _what_changed(changed)
    raise ModelFileError(
        "Model file not found",
        f"{model.name}: {where}",
        f"restore the file, or put it into {locations.home() / 'models'}",
    )


def found_adapters(study: StudyFile, model: Model) -> tuple[Adapter, ...]:
    """Return a model's adapters with their current paths. Raises ModelFileError for one that is not found."""
    found = []
    for adapter in model.adapters:
        paths = _places(study, adapter.path)
        path = next((path for path in paths if path.is_file() and model_sha256(path) == adapter.sha256), None)
        if path is None:
            happened = f"{adapter.path}, the adapter of {model.name}, no longer exists or has changed"
            remedy = f"restore the file, or put it into {locations.home() / 'models'}"
            raise ModelFileError("Adapter not found", happened, remedy)
        found.append(replace(adapter, path=str(path)))
    return tuple(found)


def _sha256_or_none(path: Path) -> str | None:
    """Return a model's hash, or None if a part of it is missing: the complete model may be elsewhere."""
    if not all(map(os.path.isfile, part_paths(path))):
        return None
    return model_sha256(path)


def file_may_be_here(study: StudyFile, model: Model) -> bool:
    """Return whether there is a file in any of the places where a model could be, without reading it."""
    return any(map(os.path.isfile, _candidates(study, model)))


def _what_changed(path: Path) -> str:
    parts = part_paths(path)
    if missing := [part.name for part in parts if not os.path.isfile(part)]:
        return f"{path} lacks {', '.join(missing[:4])}"
    if len(parts) > 1:
        return f"{path} and its {len(parts) - 1} further parts have changed"
    return f"{path} has changed"


def _candidates(study: StudyFile, model: Model) -> Iterator[Path]:
    if not model.path:
        return
    yield from _places(study, model.path)
    with contextlib.suppress(ModelFileError):
        yield from (bundled.path for bundled in bundled_models() if bundled.sha256 == model.sha256)


def _places(study: StudyFile, recorded: str) -> Iterator[Path]:
    # A study can come from a system with other separators in its paths.
    name = PurePath(recorded.replace("\\", "/")).name
    yield Path(recorded)
    yield study.path.absolute().parent / name
    yield locations.home() / "models" / name
    yield Path("models").absolute() / name
