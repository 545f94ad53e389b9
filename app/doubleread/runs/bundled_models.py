"""The models that ship with the program."""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from doubleread import locations
from doubleread.domain.arm import Arm
from doubleread.errors import ModelFileError


@dataclass(frozen=True, slots=True)
class BundledModel:
    """One entry of `models/models.toml`."""

    name: str
    path: Path
    sha256: str
    role: str


def bundled_models() -> list[BundledModel]:
    """Return the bundled models in the order of their list. Raises ModelFileError if the list cannot be read."""
    folder = locations.bundled("models")
    try:
        record = tomllib.loads((folder / "models.toml").read_text(encoding="utf-8"))
        return [
            BundledModel(entry["name"], folder / entry["file"], entry["sha256"], entry["role"])
            for entry in record["model"]
        ]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ModelFileError(
            "The bundled models are missing", f"{folder / 'models.toml'} cannot be read", "install doubleread again"
        ) from error


def is_demo(arms: Iterable[Arm]) -> bool:
    """Return whether these are arms with the bundled models."""
    with contextlib.suppress(ModelFileError):
        return {arm.model_sha256 for arm in arms} == {model.sha256 for model in bundled_models()}
    return False
