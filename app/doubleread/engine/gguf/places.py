"""Where GGUF files are on this machine: the program's own folders, and those of other programs that run them.

Nothing here reads more than the first four bytes of a file. Its content is read elsewhere, with care.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doubleread import locations
from doubleread.engine.gguf.model_parts import part_paths

DEPTH = 6
FILES_AT_MOST = 20_000
_MANIFEST_BYTES = 1_000_000
_OLLAMA_MODEL = "application/vnd.ollama.image.model"


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model file. `name` is what its program calls it; `problem` is why it cannot be used, empty if it can."""

    name: str
    path: Path
    place: str
    size: int
    problem: str = ""


def found_models() -> list[FoundModel]:
    """Return the models of all known places, each file once. Folders that cannot be read are skipped."""
    found: list[FoundModel] = []
    seen: set[str] = set()
    for place, folder in _folders():
        for path in _gguf_files(folder):
            _add(found, seen, place, _name(place, folder, path), path)
    for name, path in _ollama_models():
        _add(found, seen, "Ollama", name, path)
    return found


def _add(found: list[FoundModel], seen: set[str], place: str, name: str, path: Path) -> None:
    real = os.path.realpath(path)
    if real in seen:
        return
    seen.add(real)
    size, problem = 0, ""
    for part in part_paths(path):
        try:
            status = os.stat(part)
        except OSError:
            problem = problem or ("is missing" if part == path else f"{part.name} is missing")
        else:
            problem = problem or _problem(os.fspath(part), status)
            size += status.st_size
    found.append(FoundModel(name, path, place, size, problem))


def _problem(path: str, status: os.stat_result) -> str:
    if not stat.S_ISREG(status.st_mode):
        return "is not a regular file"
    try:
        with open(path, "rb") as file:
            magic = file.read(4)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return "" if magic == b"GGUF" else "is not a GGUF file, or its download is incomplete"


def _folders() -> Iterator[tuple[str, Path]]:
    home = Path.home()
    yield "bundled", locations.bundled("models")
    yield "doubleread", locations.home() / "models"
    yield "this folder", Path("models").absolute()
    yield "LM Studio", home / ".lmstudio" / "models"
    yield "LM Studio", home / ".cache" / "lm-studio" / "models"
    yield "llama.cpp", _llama_cpp_cache(home)
    yield "Hugging Face", _hugging_face_cache(home)


def _llama_cpp_cache(home: Path) -> Path:
    if override := os.environ.get("LLAMA_CACHE"):
        return Path(override)
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "llama.cpp"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "llama.cpp"
    return _user_cache(home) / "llama.cpp"


def _hugging_face_cache(home: Path) -> Path:
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if override := os.environ.get(variable):
            return Path(override)
    base = os.environ.get("HF_HOME")
    return (Path(base) if base else _user_cache(home) / "huggingface") / "hub"


def _user_cache(home: Path) -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")


def _gguf_files(folder: Path) -> Iterator[Path]:
    """Yield the GGUF files below a folder: the first available part of split models, and no image projectors."""
    budget = FILES_AT_MOST
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError:
            continue
        below = []
        names = {entry.name for entry in entries}
        for entry in entries:
            budget -= 1
            if budget < 0:
                return
            name = entry.name.lower()
            if name.endswith(".gguf"):
                path = Path(entry.path)
                if "mmproj" not in name and path == next(part for part in part_paths(path) if part.name in names):
                    yield path
            elif depth < DEPTH and _is_folder(entry):
                below.append((Path(entry.path), depth + 1))
        waiting.extend(reversed(below))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _name(place: str, folder: Path, path: Path) -> str:
    """Return the name that the place's own program uses for the file."""
    parts = path.relative_to(folder).parts
    if place == "Hugging Face" and parts[0].startswith("models--"):
        return f"{parts[0].removeprefix('models--').replace('--', '/')}/{path.name}"
    return "/".join(parts) if place == "LM Studio" else path.stem


def _ollama_models() -> Iterator[tuple[str, Path]]:
    override = os.environ.get("OLLAMA_MODELS")
    roots = [Path(override)] if override else [Path.home() / ".ollama" / "models"]
    if not override and sys.platform.startswith("linux"):
        roots.append(Path("/usr/share/ollama/.ollama/models"))
    for root in roots:
        for manifest in _plain_files(root / "manifests"):
            digest = _ollama_digest(manifest)
            if digest:
                yield _ollama_name(manifest.relative_to(root / "manifests").parts), root / "blobs" / digest


def _plain_files(folder: Path) -> Iterator[Path]:
    budget = FILES_AT_MOST
    for here, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            budget -= 1
            if budget < 0:
                return
            yield Path(here, name)


def _ollama_digest(manifest: Path) -> str | None:
    """Return the file name of the model's blob, or None if the manifest names none."""
    try:
        status = manifest.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MANIFEST_BYTES:
            return None
        record: Any = json.loads(manifest.read_bytes())
        layers = record["layers"]
        digest = next(layer["digest"] for layer in layers if layer.get("mediaType") == _OLLAMA_MODEL)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, StopIteration, RecursionError):
        return None
    return digest.replace(":", "-") if re.fullmatch(r"sha256[:-][0-9a-f]{64}", str(digest)) else None


def _ollama_name(parts: tuple[str, ...]) -> str:
    """Return "llama3:8b" for registry/library/llama3/8b, with host and owner if they are not the usual ones."""
    *owners, name, tag = ("", "", *parts)[-4:] if len(parts) < 4 else parts
    shown = [owner for owner in owners[1:] if owner and owner != "library"]
    return "/".join([*shown, f"{name}:{tag}"])
