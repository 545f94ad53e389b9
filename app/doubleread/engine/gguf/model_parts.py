"""A model in several GGUF files: its parts, whether they belong together, and their common hash."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from doubleread.engine.gguf.header import Header, Tensor
from doubleread.engine.gguf.model_file import opened_header
from doubleread.errors import ModelFileError
from doubleread.file_hash import file_sha256

MOST_PARTS = 10_000
_PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")
_AGAIN = "download all parts again from one source"


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a model, with its header and its size in bytes."""

    path: Path
    header: Header
    size: int


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """All files of a model: one, or the parts of a split one in order. The first has the metadata."""

    parts: tuple[Part, ...]

    @property
    def header(self) -> Header:
        """The header with the model's metadata."""
        return self.parts[0].header

    @property
    def tensors(self) -> list[Tensor]:
        """The tensors of all parts."""
        return [tensor for part in self.parts for tensor in part.header.tensors]

    @property
    def size(self) -> int:
        """The size of all parts in bytes."""
        return sum(part.size for part in self.parts)


def part_paths(path: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Return the files of a model by the name of one of them, in order: itself, or all parts of a split model.

    Nothing is read; files may be missing.
    """
    place = Path(path)
    found = _PART.search(place.name)
    total = int(found[2]) if found else 1
    if found is None or not 1 < total <= MOST_PARTS or not 1 <= int(found[1]) <= total:
        return (place,)
    stem = place.name[: found.start()]
    return tuple(place.parent / f"{stem}-{number:05d}-of-{total:05d}.gguf" for number in range(1, total + 1))


def part_sha256s(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return the SHA-256 of each of a model's files. Raises ModelFileError if one cannot be read."""
    try:
        return tuple(map(file_sha256, part_paths(path)))
    except OSError as error:
        raise ModelFileError(
            "Model file not readable",
            f"{error.filename or path}: {error.strerror or error}",
            "download or copy the file again",
        ) from error


def model_sha256_of(parts: Sequence[str]) -> str:
    """Return a model's SHA-256 from those of its files, in hexadecimal.

    For one file it is that file's own. For a split model it is the SHA-256 of its parts' SHA-256 in hexadecimal, in
    order, each followed by a line feed: `sha256sum PARTS | cut -c 1-64 | sha256sum`.
    """
    if len(parts) == 1:
        return parts[0]
    return hashlib.sha256("".join(f"{part}\n" for part in parts).encode("ascii")).hexdigest()


def model_files(path: str | os.PathLike[str]) -> ModelFiles:
    """Return all files of a model, with their headers.

    Raises ModelFileError for a file that cannot be read, and for parts that are missing, in a wrong order, or of
    different models.
    """
    place = Path(path)
    header, size = opened_header(place)
    paths = part_paths(place)
    count = header.values.get("split.count", 0)
    split = isinstance(count, int) and count > 1
    if len(paths) == 1 and not split:
        return ModelFiles((Part(place, header, size),))
    if len(paths) == 1:
        number = header.values.get("split.no", 0)
        shown = f"part {number + 1} of {count}" if isinstance(number, int) else f"one of {count} parts"
        raise ModelFileError(
            "Renamed part of a model",
            f"{place.name} states that it is {shown}, but llama.cpp finds the others by names that end in"
            f" -00001-of-{min(int(count), 99999):05d}.gguf",
            "restore the published names of all parts",
        )
    if missing := [part.name for part in paths if not part.is_file()]:
        shown = ", ".join(missing[:4]) + (f" and {len(missing) - 4} more" if len(missing) > 4 else "")
        raise ModelFileError(
            "Model file incomplete",
            f"of its {len(paths)} parts, these are missing: {shown}",
            "put them in the same folder",
        )
    if place != paths[0]:
        number = paths.index(place) + 1
        raise ModelFileError(
            "Not the first part", f"{place.name} is part {number} of {len(paths)}", f"give {paths[0].name}"
        )
    _check_own(place, header, len(paths))
    parts = [Part(place, header, size)]
    for other in paths[1:]:
        parts.append(Part(other, *opened_header(other)))
        _check_own(other, parts[-1].header, len(paths))
        _check_other(parts[-1], header)
    files = ModelFiles(tuple(parts))
    _check_tensors(files)
    return files


def _check_own(place: Path, header: Header, total: int) -> None:
    """Compare a part's metadata with its name."""
    count, number = header.values.get("split.count"), header.values.get("split.no")
    named = int(_PART.search(place.name)[1])  # type: ignore[index]
    if count is None:
        raise ModelFileError(
            "Not a part of a model",
            f"{place.name} is named like part {named} of {total}, but does not state that it is a part",
            "rename it if it is a complete model, or download the parts again",
        )
    if count != total:
        raise ModelFileError(
            "Part of another model",
            f"{place.name} states that there are {count} parts, but its name says {total}",
            _AGAIN,
        )
    if number != named - 1:
        shown = number + 1 if isinstance(number, int) else number
        raise ModelFileError(
            "Parts in the wrong order",
            f"{place.name} states that it is part {shown}, but its name says {named}",
            _AGAIN,
        )


def _check_other(part: Part, first: Header) -> None:
    """Compare a further part's metadata with the first part's: what both state must be the same."""
    for key, value in part.header.values.items():
        if key != "split.no" and key in first.values and first.values[key] != value:
            raise ModelFileError(
                "Part of another model",
                f"{part.path.name} states a different {key} from the first part ({value!s:.60}, not"
                f" {first.values[key]!s:.60})",
                _AGAIN,
            )


def _check_tensors(files: ModelFiles) -> None:
    owner: dict[str, str] = {}
    for part in files.parts:
        for tensor in part.header.tensors:
            if tensor.name in owner:
                raise ModelFileError(
                    "Part of another model",
                    f"{part.path.name} and {owner[tensor.name]} both contain the tensor {tensor.name!r:.80}",
                    _AGAIN,
                )
            owner[tensor.name] = part.path.name
    stated = files.header.values.get("split.tensors.count")
    if isinstance(stated, int) and stated != len(owner):
        raise ModelFileError(
            "Part of another model",
            f"the {len(files.parts)} parts contain {len(owner)} tensors; {files.parts[0].path.name} states {stated}",
            _AGAIN,
        )
