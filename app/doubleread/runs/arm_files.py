"""Find the files of a study's arms, models and adapters, even if they were moved."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePath

from doubleread import locations
from doubleread.domain.arm import Adapter, Arm
from doubleread.domain.model import Model
from doubleread.engine.gguf.hashes import model_sha256
from doubleread.engine.gguf.model_parts import part_paths
from doubleread.errors import ModelFileError
from doubleread.runs.bundled_models import bundled_models
from doubleread.store import StudyFile


def found_model(study: StudyFile, arm: Arm) -> Path:
    """Return the path of an arm's model, and record it in the study if it has changed.

    The file is looked for where it was, beside the study, in the models folders and among the bundled models, and is
    recognised by its hash. Raises ModelFileError naming the arm if it is not found.
    """
    if arm.model is None:
        raise ModelFileError(
            "No model file",
            f"the answers of {arm.name} are external, so the study has no model file",
            "continue with the existing answers, or add more with doubleread import-answers",
        )
    changed = None
    for path in _candidates(study, arm.model):
        if not os.path.isfile(path):
            continue
        if _sha256_or_none(path) == arm.model.sha256:
            if str(path) != arm.model.path:
                study.set_model_path(arm.model.sha256, path)
            return path
        changed = changed or path
    where = f"{arm.model.path} no longer exists" if changed is None else _what_changed(changed)
    raise ModelFileError(
        "Model file not found",
        f"{arm.name}: {where}",
        f"restore the file, or put it into {locations.home() / 'models'}",
    )


def found_adapters(study: StudyFile, arm: Arm) -> tuple[Adapter, ...]:
    """Return an arm's adapters with their current paths. Raises ModelFileError for one that is not found."""
    found = []
    for adapter in arm.adapters:
        paths = _places(study, adapter.path)
        path = next((path for path in paths if path.is_file() and model_sha256(path) == adapter.sha256), None)
        if path is None:
            happened = f"{adapter.path}, the adapter of {arm.name}, no longer exists or has changed"
            remedy = f"restore the file, or put it into {locations.home() / 'models'}"
            raise ModelFileError("Adapter not found", happened, remedy)
        found.append(replace(adapter, path=str(path)))
    return tuple(found)


def _sha256_or_none(path: Path) -> str | None:
    """Return a model's hash, or None if a part of it is missing: the complete model may be elsewhere."""
    if not all(map(os.path.isfile, part_paths(path))):
        return None
    return model_sha256(path)


def file_may_be_here(study: StudyFile, arm: Arm) -> bool:
    """Return whether there is a file in any of the places where its model could be, without reading it."""
    return arm.model is not None and any(map(os.path.isfile, _candidates(study, arm.model)))


def _what_changed(path: Path) -> str:
    parts = part_paths(path)
    if missing := [part.name for part in parts if not os.path.isfile(part)]:
        return f"{path} lacks {', '.join(missing[:4])}"
    if len(parts) > 1:
        return f"{path} and its {len(parts) - 1} further parts have changed"
    return f"{path} has changed"


def _candidates(study: StudyFile, model: Model) -> Iterator[Path]:
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
